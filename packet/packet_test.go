package packet

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/socketio-go/socketio/internal/jsontext"
)

func event(t *testing.T, id int64, name string, args ...any) (string, [][]byte) {
	t.Helper()
	text, att, err := AppendEvent(nil, "/", id, name, args...)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), att
}

func parse(t *testing.T, text string, attachments ...[]byte) Packet {
	t.Helper()
	var d Decoder
	p, ok, err := d.Text([]byte(text), MaxAttachments)
	for _, a := range attachments {
		if ok || err != nil {
			t.Fatalf("Text(%q) = %v, %v before its attachments", text, ok, err)
		}
		p, ok, err = d.Binary(a)
	}
	if err != nil || !ok {
		t.Fatalf("decode %q = %v, %v", text, ok, err)
	}
	return p
}

func TestAppendExamplesOfTheProtocol(t *testing.T) {
	refused := AppendConnectError(nil, "/", []byte(`{"message":"Not authorized"}`))
	refusedData := AppendConnectError([]byte("x"), "/a", []byte(`{"message":"no","data":{"code":401}}`))
	plain, _ := event(t, NoID, "a", 1)
	acked, _ := event(t, 12, "a")
	nested, _, err := AppendEvent(nil, "/admin", 12, "a")
	if err != nil {
		t.Fatal(err)
	}
	binary, att, err := AppendEvent(nil, "/admin", 13, "a", []byte{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	ack, _, err := AppendAck(nil, "/", 12, "b")
	if err != nil {
		t.Fatal(err)
	}
	for want, got := range map[string]string{
		`0{"token":"1"}`:  string(AppendConnect(nil, "/", []byte(`{"token":"1"}`))),
		`0/admin,{"x":1}`: string(AppendConnect(nil, "/admin", []byte(`{"x":1}`))),
		`1/admin,`:        string(AppendDisconnect(nil, "/admin")),
		`2["a",1]`:        plain,
		`212["a"]`:        acked,
		`2/admin,12["a"]`: string(nested),
		`51-/admin,13["a",{"_placeholder":true,"num":0}]`: string(binary),
		`312["b"]`:                                  string(ack),
		`4{"message":"Not authorized"}`:             string(refused),
		`x4/a,{"message":"no","data":{"code":401}}`: string(refusedData),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if len(att) != 1 || !bytes.Equal(att[0], []byte{1, 2}) {
		t.Errorf("attachments = %v", att)
	}
}

func TestStringsAreEscapedAsJSONStringifyDoes(t *testing.T) {
	for in, want := range map[string]string{
		"a\"b\\c":            `"a\"b\\c"`,
		"\b\f\n\r\t\x00\x1f": `"\b\f\n\r\t\u0000\u001f"`,
		"<&>":                `"<&>"`,
		"é世😀\u2028":          "\"é世😀\u2028\"",
		"a\xffb\xc3":         "\"a\uFFFDb\uFFFD\"",
		"\x7f":               "\"\x7f\"",
	} {
		got := string(jsontext.AppendString(nil, in))
		if got != want {
			t.Errorf("jsontext.AppendString(%q) = %s, want %s", in, got, want)
		}
		if !json.Valid([]byte(got)) {
			t.Errorf("%s is not JSON", got)
		}
	}
}

type upload struct {
	Name  string   `json:"name"`
	Parts []Binary `json:"parts"`
}

func TestBinaryInsideOfStructs(t *testing.T) {
	in := upload{"<f>", []Binary{{1}, {}, {2, 3}}}
	text, att := event(t, NoID, "up", []byte{9}, in)
	want := `53-["up",{"_placeholder":true,"num":0},{"name":"<f>","parts":[{"_placeholder":true,"num":1},{"_placeholder":true,"num":2},{"_placeholder":true,"num":3}]}]`
	want = strings.Replace(want, "53-", "54-", 1)
	if text != want {
		t.Fatalf("got  %s\nwant %s", text, want)
	}
	p := parse(t, text, att...)
	var first []byte
	var out upload
	if err := p.Args.Scan(&first, &out); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(out, in) || !bytes.Equal(first, []byte{9}) {
		t.Errorf("got %v %+v", first, out)
	}
	var anything any
	if err := p.Args.Scan(nil, &anything); err != nil {
		t.Fatal(err)
	}
	parts := anything.(map[string]any)["parts"].([]any)
	if !bytes.Equal(parts[2].([]byte), []byte{2, 3}) {
		t.Errorf("as any: %v", anything)
	}
}

// letter says how it is encoded, with a binary value in it.
type letter struct{ seal, text []byte }

func (l letter) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"seal": Binary(l.seal), "text": string(l.text)})
}

// Attachments have the order in which the text names them, also those that a
// MarshalJSON has put there; what becomes a text is no place to look into (SIO-004, NEW-10).
func TestOrderOfAttachments(t *testing.T) {
	text, att := event(t, NoID, "e",
		[]any{[]byte{1}, letter{[]byte{2}, []byte("hi")}},
		map[string]any{"z": Binary{4}, "a": []Binary{{3}}},
		time.Unix(0, 0).UTC(), []byte{5})
	want := `55-["e",[{"_placeholder":true,"num":0},{"seal":{"_placeholder":true,"num":1},"text":"hi"}],` +
		`{"a":[{"_placeholder":true,"num":2}],"z":{"_placeholder":true,"num":3}},"1970-01-01T00:00:00Z",{"_placeholder":true,"num":4}]`
	if text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	if got := bytes.Join(att, nil); !bytes.Equal(got, []byte{1, 2, 3, 4, 5}) {
		t.Errorf("attachments %v", got)
	}
}

func TestBinaryAloneIsSelfContainedJSON(t *testing.T) {
	b, err := json.Marshal(upload{Parts: []Binary{{1, 2}, nil}})
	if err != nil {
		t.Fatal(err)
	}
	var out upload
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(out.Parts, []Binary{{1, 2}, nil}) {
		t.Errorf("got %v", out.Parts)
	}
	if err := json.Unmarshal([]byte(`{"parts":[{"base64":"%"}]}`), &out); err == nil {
		t.Error("bad base64 accepted")
	}
}

func TestRelayDecodesNothing(t *testing.T) {
	in := parse(t, `52-["x",{"num":1,"_placeholder":true}, {"a":[{"_placeholder":true,"num":0}]} ,"s"]`, []byte{1}, []byte{2})
	if in.Args.Len() != 3 || in.Args.Size() == 0 {
		t.Fatalf("Len = %d, Size = %d", in.Args.Len(), in.Args.Size())
	}
	text, _ := event(t, NoID, "y", in.Args)
	if want := `52-["y",{"num":1,"_placeholder":true}, {"a":[{"_placeholder":true,"num":0}]} ,"s"]`; text != want {
		t.Errorf("alone:\n got %s\nwant %s", text, want)
	}
	text, att := event(t, NoID, "y", []byte{0}, Args{}, in.Args, 7)
	if want := `53-["y",{"_placeholder":true,"num":0},{"_placeholder":true,"num":2}, {"a":[{"_placeholder":true,"num":1}]} ,"s",7]`; text != want {
		t.Errorf("after another attachment:\n got %s\nwant %s", text, want)
	}
	if !reflect.DeepEqual(att, [][]byte{{0}, {1}, {2}}) {
		t.Errorf("attachments %v", att)
	}
	text, _ = event(t, NoID, "y", Args{})
	if text != `2["y"]` {
		t.Errorf("no arguments: %s", text)
	}
}

func TestScan(t *testing.T) {
	p := parse(t, "27[ \"e\" , \"a\\u0062\" , 5 , 1.5 , true , null , {\"x\":[1,2]} , \"plain\" ]")
	if p.ID != 7 || string(p.Event) != "e" {
		t.Fatalf("%+v", p)
	}
	var (
		s, plain string
		n        int
		f        float64
		b        bool
		null     any
		m        map[string][]int
	)
	if err := p.Args.Scan(&s, &n, &f, &b, &null, &m, &plain); err != nil {
		t.Fatal(err)
	}
	if s != "ab" || n != 5 || f != 1.5 || !b || null != nil || m["x"][1] != 2 || plain != "plain" {
		t.Error(s, n, f, b, null, m, plain)
	}
	if got := string(p.Args.Raw(5)); got != `{"x":[1,2]}` {
		t.Errorf("Raw(5) = %s", got)
	}
	if p.Args.Raw(-1) != nil || p.Args.Raw(7) != nil {
		t.Error("Raw outside of the arguments")
	}
	var blob []byte
	for _, bad := range [][]any{{&n}, {nil, &s}, {nil, nil, &n}, {&blob}, {nil, nil, nil, &f}, {1, 2, 3, 4, 5, 6, 7, 8}} {
		if err := p.Args.Scan(bad...); err == nil {
			t.Errorf("Scan(%T) accepted", bad[len(bad)-1])
		}
	}
	if err := p.Args.Scan(nil, nil, nil, nil, &blob); err != nil || blob != nil {
		t.Errorf("null into []byte: %v, %v", blob, err)
	}
}

func TestValuesOfAnyShape(t *testing.T) {
	in := []any{map[string]any{"b": []byte{1}, "a": []any{nil, true, 1.5, "x", Binary{2}, map[string]any{}}}, []any(nil), map[string]any(nil)}
	text, att := event(t, NoID, "e", in...)
	want := `52-["e",{"a":[null,true,1.5,"x",{"_placeholder":true,"num":0},{}],"b":{"_placeholder":true,"num":1}},null,null]`
	if text != want || len(att) != 2 || att[0][0] != 2 {
		t.Errorf("got  %s %v\nwant %s", text, att, want)
	}
	loop := map[string]any{}
	loop["loop"] = []any{loop}
	for _, v := range []any{loop, []any{Args{}}, map[string]any{"f": []any{func() {}}}} {
		if _, _, err := AppendEvent(nil, "/", NoID, "e", v); err == nil {
			t.Error("accepted a value that is not one")
		}
	}
}

func TestEncodingErrors(t *testing.T) {
	for _, v := range []any{make(chan int), math.NaN(), map[string]any{"f": func() {}}} {
		if _, _, err := AppendEvent(nil, "/", NoID, "e", v); err == nil {
			t.Errorf("%T accepted", v)
		}
	}
	var perr Error
	if _, _, err := AppendEvent(nil, "/", NoID, "disconnect"); !errors.As(err, &perr) || !strings.Contains(err.Error(), "reserved") {
		t.Errorf("reserved name: %v", err)
	}
}

func TestMalformedPackets(t *testing.T) {
	for _, in := range []string{
		``, `7`, `x`, `2{}`, `2[]`, `2["connect"]`, `2["a"`, `2[null]`, `2[{}]`, `2"a"`, `2["a"] x`, `2["a",]`, `2[,]`,
		`50-["a"]`, `5["a"]`, `5-["a"]`, `511-["a"]`, `51["a"]`, `51-`, `61-`, `599999999999999999999-["a"]`,
		`51-["a",{"_placeholder":true,"num":1}]`, `51-["a",{"_placeholder":true,"num":"0"}]`, `51-["a",{"_placeholder":true}]`,
		`51-["a",{"_placeholder":true,"num":-1}]`, `61-[{"a":[{"num":5,"_placeholder":true}]}]`,
		`4`, `4[]`, `41`, `0"x"`, `0[]`, `0null`, `1{}`, `1[]`, `3{}`, `3null`, `299999999999999999999["a"]`,
		`2["a",01]`, `2["a",+1]`, `2["a",1.]`, `2["a",1e]`, `2["a",-]`, `2["a",tru]`, `2["a","\x"]`, `2["a","\u12g4"]`, `2["a","\u12`,
		"2[\"a\",\"\n\"]", `2["a",{"b"}]`, `2["a",{b:1}]`, `2["a",{"b":1,}]`, `2["a",{"b":1]`, `2["a",{"b":}]`, `2["a",[1 2]]`, `2["a\ud8"]`, `2["a\`, `2[`, `2["a",{"a":1`,
		`2["a",` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `]`,
	} {
		if p, _, err := Parse([]byte(in), MaxAttachments); err == nil {
			t.Errorf("Parse(%.60q) = %+v, want an error", in, p)
		}
	}
}

func TestAcceptedOddities(t *testing.T) {
	for in, want := range map[string]Packet{
		`2`:                  {Type: Event, Namespace: "/", ID: NoID},
		`3`:                  {Type: Ack, Namespace: "/", ID: NoID},
		`1`:                  {Type: Disconnect, Namespace: "/", ID: NoID},
		`1/admin,`:           {Type: Disconnect, Namespace: "/admin", ID: NoID},
		`1/admin`:            {Type: Disconnect, Namespace: "/admin", ID: NoID},
		`0/a?b=1,`:           {Type: Connect, Namespace: "/a?b=1", ID: NoID},
		`4"no"`:              {Type: ConnectError, Namespace: "/", ID: NoID, Data: []byte(`"no"`)},
		`2[1]`:               {Type: Event, Namespace: "/", ID: NoID, Event: []byte("1")},
		`2["a\"b"]`:          {Type: Event, Namespace: "/", ID: NoID, Event: []byte(`a"b`)},
		`25["a",-0.5e+3,{}]`: {Type: Event, Namespace: "/", ID: 5, Event: []byte("a"), Args: Args{raw: []byte(`-0.5e+3,{}`), n: 2}},
	} {
		got, n, err := Parse([]byte(in), MaxAttachments)
		if err != nil || n != 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("Parse(%q) = %+v, %d, %v, want %+v", in, got, n, err, want)
		}
	}
}

func TestInterleavingIsAnError(t *testing.T) {
	var d Decoder
	if _, _, err := d.Binary(nil); err == nil {
		t.Error("binary without a packet accepted")
	}
	if _, ok, err := d.Text([]byte(`51-["a",{"_placeholder":true,"num":0}]`), 1); ok || err != nil {
		t.Fatal(ok, err)
	}
	if _, _, err := d.Text([]byte(`2["a"]`), 1); err == nil {
		t.Error("text while attachments are awaited accepted")
	}
}

func TestAWaitingPacketIsACopy(t *testing.T) {
	frame := []byte(`51-["abc","x",{"_placeholder":true,"num":0}]`)
	var d Decoder
	if _, _, err := d.Text(frame, 1); err != nil {
		t.Fatal(err)
	}
	clear(frame)
	p, ok, err := d.Binary([]byte{4})
	var s string
	var b []byte
	if err != nil || !ok || p.Args.Scan(&s, &b) != nil || s != "x" || b[0] != 4 || string(p.Event) != "abc" {
		t.Error(p, ok, err, s, b)
	}
	c := p.Args.Clone()
	clear(p.Args.raw)
	if c.Scan(&s) != nil || s != "x" {
		t.Error("Clone shares memory")
	}
}

func TestNestedPlaceholdersStayLinear(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 9000) + `{"_placeholder":true,"num":0}` + strings.Repeat(`}`, 9000)
	raw := []byte("[" + strings.Repeat(deep+",", 20) + "1]")
	if got := len(placeholders(raw)); got != 20 {
		t.Errorf("found %d, want 20", got)
	}
	// A placeholder inside of a placeholder belongs to it.
	if got := placeholders([]byte(`{"x":{"_placeholder":true,"num":0},"_placeholder":true,"num":3}`)); len(got) != 1 || got[0].num != 3 {
		t.Errorf("nested: %v", got)
	}
}

// npmFrames are the text frames that the npm codec made, and some that it refuses.
func npmFrames(f *testing.F) (frames []string) {
	var packets []struct{ Frames []struct{ Text string } }
	var bad struct{ Throws []struct{ Input string } }
	for name, dst := range map[string]any{"packets.json": &packets, "bad-packets.json": &bad} {
		b, err := os.ReadFile("../interop/testdata/" + name)
		if err == nil {
			err = json.Unmarshal(b, dst)
		}
		if err != nil {
			f.Fatal(err)
		}
	}
	for _, p := range packets {
		frames = append(frames, p.Frames[0].Text)
	}
	for _, b := range bad.Throws {
		frames = append(frames, b.Input)
	}
	return frames
}

func FuzzParse(f *testing.F) {
	for _, s := range npmFrames(f) {
		f.Add([]byte(s))
	}
	for _, s := range []string{`2["a",1]`, `51-/n,1["a",{"_placeholder":true,"num":0}]`, `0{"a":1}`, `4{"message":"x"}`, `312[{"a":[1,"\u00e9"]}]`, `1/x,`, `62-[{"num":1,"_placeholder":true},{"_placeholder":true,"num":0}]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		p, n, err := Parse(in, MaxAttachments)
		if err != nil {
			return
		}
		if n < 0 || n > MaxAttachments {
			t.Fatalf("%d attachments", n)
		}
		for i := range n {
			p.Args.attachments = append(p.Args.attachments, []byte{byte(i)})
		}
		for i := range p.Args.Len() {
			if !json.Valid(p.Args.Raw(i)) {
				t.Fatalf("argument %d of %q is not JSON: %q", i, in, p.Args.Raw(i))
			}
		}
		if p.Type != Event || p.Event == nil {
			return
		}
		text, att, err := AppendEvent(nil, p.Namespace, p.ID, string(p.Event), p.Args)
		if err != nil {
			t.Fatalf("cannot encode again what %q decoded to: %v", in, err)
		}
		again, m, err := Parse(text, MaxAttachments)
		if err != nil || m != len(att) || again.Args.Len() != p.Args.Len() || again.ID != p.ID {
			t.Fatalf("%q became %q: %v", in, text, err)
		}
	})
}
