package packet

import (
	"encoding/json"
	"testing"
)

func TestJSONCodec(t *testing.T) {
	var file struct {
		JSON []struct {
			Name, Text string
			Packet     struct {
				Type Type
				NSP  string
				ID   *int64
				Data json.RawMessage
			}
		}
	}
	read(t, "parsers.json", &file)
	decode := JSON{}.NewDecoder()
	for _, g := range file.JSON {
		t.Run(g.Name, func(t *testing.T) {
			p, ok, err := decode(Frame{Data: []byte(g.Text)})
			if err != nil || !ok || p.Type != g.Packet.Type || p.Namespace != g.Packet.NSP {
				t.Fatal(p, ok, err)
			}
			if id := g.Packet.ID; id != nil && p.ID != *id || id == nil && p.ID != NoID {
				t.Errorf("id %d", p.ID)
			}
			if g.Name == "event, numeric name" { // names are texts here
				return
			}
			frames, err := JSON{}.Encode(&p)
			if err != nil || len(frames) != 1 || frames[0].Binary || string(frames[0].Data) != g.Text {
				t.Errorf("got  %s, %v\nwant %s", frames[0].Data, err, g.Text)
			}
		})
	}
}

func TestJSONCodecRefuses(t *testing.T) {
	decode := JSON{}.NewDecoder()
	for _, in := range []string{
		"", "1", "[]", "{}", `{"type":2}`, `{"nsp":"/"}`, `{"type":5,"nsp":"/","data":["a"]}`, `{"type":-1,"nsp":"/"}`, `{"type":"2","nsp":"/","data":["a"]}`,
		`{"type":2,"nsp":"a","data":["a"]}`, `{"type":2,"nsp":"","data":["a"]}`, `{"type":2,"nsp":"/","data":{}}`, `{"type":2,"nsp":"/","data":[]}`,
		`{"type":2,"nsp":"/","data":["connect"]}`, `{"type":2,"nsp":"/","data":["a"],"id":-1}`, `{"type":2,"nsp":"/","data":["a"],"id":1.5}`,
		`{"type":2,"nsp":"/","data":["a"],"id":"1"}`, `{"type":2,"nsp":"/","data":null}`, `{"type":2,"nsp":"/"}`, `{"type":3,"nsp":"/","id":1}`, `{"type":4,"nsp":"/"}`, `{"type":0,"nsp":"/","data":1}`, `{"type":1,"nsp":"/","data":{}}`, `{"type":2,"nsp":"/","data":["a"`,
	} {
		if p, ok, err := decode(Frame{Data: []byte(in)}); err == nil || ok {
			t.Errorf("%s is accepted: %+v", in, p)
		}
	}
	if _, _, err := decode(Frame{Binary: true, Data: []byte(`{"type":1,"nsp":"/"}`)}); err == nil {
		t.Error("a binary frame is accepted")
	}
	args, err := NewArgs([]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (JSON{}).Encode(&Packet{Type: Event, Event: []byte("a"), Args: args, ID: NoID}); err == nil {
		t.Error("a binary value is sent")
	}
}

func TestParseArgs(t *testing.T) {
	for in, n := range map[string]int{"": 0, " ": 0, "1": 1, ` "a" , [1,2] ,{"b":3}`: 3, "null,null": 2} {
		a, err := ParseArgs([]byte(in), nil)
		if err != nil || a.Len() != n || string(a.JSON()) != in {
			t.Errorf("%q: %d, %v", in, a.Len(), err)
		}
	}
	for _, in := range []string{",", "1,", ",1", "1 2", "[", `"`, "1,,2", "undefined"} {
		if a, err := ParseArgs([]byte(in), nil); err == nil {
			t.Errorf("%q is accepted: %d", in, a.Len())
		}
	}
	one := [][]byte{{1, 2}}
	a, err := ParseArgs([]byte(`{"num":0,"_placeholder":true}`), one)
	var b []byte
	if err != nil || a.Scan(&b) != nil || len(b) != 2 || &a.Attachments()[0][0] != &one[0][0] {
		t.Error(b, err)
	}
	if _, err := ParseArgs([]byte(`{"_placeholder":true,"num":1}`), one); err == nil {
		t.Error("a placeholder of nothing is accepted")
	}
}
