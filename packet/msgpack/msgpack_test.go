package msgpack

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/socketio-go/socketio/packet"
)

// golden is what the npm parser made of packets and of bytes; see
// ../../interop/README.md.
type golden struct {
	Msgpack []struct {
		Name      string
		Packet    wire
		Hex, Same string
	}
	MsgpackValues []struct {
		Hex   string
		Value json.RawMessage
	}
	MsgpackThrows []struct {
		Hex, Error string
		Packet     *wire
	}
}

type wire struct {
	Type packet.Type
	NSP  string
	ID   *int64
	Data json.RawMessage
}

func read(t *testing.T) (g golden) {
	t.Helper()
	b, err := os.ReadFile("../../interop/testdata/parsers.json")
	if err == nil {
		err = json.Unmarshal(b, &g)
	}
	if err != nil {
		t.Fatal(err)
	}
	return g
}

var inHex = regexp.MustCompile(`\{"\$hex":"([0-9a-f]*)"\}`)

// attach replaces {"$hex":…} by placeholders.
func attach(data []byte) (payload []byte, attachments [][]byte) {
	payload = inHex.ReplaceAllFunc(data, func(m []byte) []byte {
		b, _ := hex.DecodeString(string(inHex.FindSubmatch(m)[1]))
		attachments = append(attachments, b)
		return []byte(`{"_placeholder":true,"num":` + strconv.Itoa(len(attachments)-1) + `}`)
	})
	return payload, attachments
}

func (w *wire) packet(t *testing.T) packet.Packet {
	t.Helper()
	p := packet.Packet{Type: w.Type, Namespace: w.NSP, ID: packet.NoID}
	if w.ID != nil {
		p.ID = *w.ID
	}
	payload, attachments := attach(w.Data)
	if err := p.SetPayload(payload, attachments); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSameBytesAsTheNpmParser(t *testing.T) {
	for _, g := range read(t).Msgpack {
		switch g.Name {
		case "connect, reply": // a server always says pid: see "connect, reply of a server"
			continue
		case "event of a client", "ack of a client": // options, and another order
			continue
		case "event, numeric name": // names are texts here
			continue
		case "numbers, large": // npm breaks whole numbers beyond 64 bits, which are floats here
			continue
		}
		t.Run(g.Name, func(t *testing.T) {
			p := g.Packet.packet(t)
			frames, err := Codec{}.Encode(&p)
			if err != nil || len(frames) != 1 || !frames[0].Binary {
				t.Fatal(frames, err)
			}
			if got := hex.EncodeToString(frames[0].Data); got != g.Same {
				t.Errorf("got  %s\nwant %s", got, g.Same)
			}
		})
	}
}

func TestReadsWhatTheNpmParserWrites(t *testing.T) {
	for _, g := range read(t).Msgpack {
		if g.Name == "numbers, large" { // see above
			continue
		}
		t.Run(g.Name, func(t *testing.T) {
			b, _ := hex.DecodeString(g.Hex)
			got, ok, err := Codec{}.NewDecoder()(packet.Frame{Binary: true, Data: b})
			if err != nil || !ok {
				t.Fatal(ok, err)
			}
			want := g.Packet.packet(t)
			if got.Type != want.Type || got.Namespace != want.Namespace || got.ID != want.ID || string(got.Event) != string(want.Event) {
				t.Errorf("got %+v, want %+v", got, want)
			}
			same(t, "["+string(got.Args.JSON())+"]", "["+string(want.Args.JSON())+"]")
			same(t, "["+string(got.Data)+"]", "["+string(want.Data)+"]")
			if !reflect.DeepEqual(got.Args.Attachments(), want.Args.Attachments()) {
				t.Errorf("attachments %x, want %x", got.Args.Attachments(), want.Args.Attachments())
			}
		})
	}
}

// same compares JSON by its meaning.
func same(t *testing.T, got, want string) {
	t.Helper()
	var g, w any
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Fatalf("%v: %s", err, got)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatalf("%v: %s", err, want)
	}
	if !reflect.DeepEqual(g, w) {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestValuesOfAllForms(t *testing.T) {
	for _, g := range read(t).MsgpackValues {
		t.Run(g.Hex, func(t *testing.T) {
			b, _ := hex.DecodeString("83a47479706502a46461746192a178" + g.Hex + "a36e7370a12f")
			p, _, err := decode(packet.Frame{Binary: true, Data: b})
			if err != nil {
				t.Fatal(err)
			}
			want, attachments := attach([]byte(strings.ReplaceAll(string(g.Value), `{"$undefined":true}`, "null")))
			same(t, string(p.Args.JSON()), string(want))
			if !reflect.DeepEqual(p.Args.Attachments(), attachments) {
				t.Errorf("attachments %x, want %x", p.Args.Attachments(), attachments)
			}
		})
	}
}

func TestTimestamps(t *testing.T) {
	for in, want := range map[string]string{
		"d6ff00000000":                   `"1970-01-01T00:00:00.000Z"`,
		"d7ff1dcd6500655455c0":           `"2023-11-15T05:23:12.125Z"`,
		"c70cff00000000ffffffffffffffff": `"1969-12-31T23:59:59.000Z"`,
		"c70cff000000007fffffffffffffff": `null`,
		"d7007fffffffffffffff":           `null`,
	} {
		b, _ := hex.DecodeString("83a47479706502a46461746192a178" + in + "a36e7370a12f")
		p, _, err := decode(packet.Frame{Binary: true, Data: b})
		if err != nil || string(p.Args.JSON()) != want {
			t.Errorf("%s: %s, %v; want %s", in, p.Args.JSON(), err, want)
		}
	}
}

func TestRefusesWhatTheNpmParserRefuses(t *testing.T) {
	for _, g := range read(t).MsgpackThrows {
		b, _ := hex.DecodeString(g.Hex)
		p, ok, err := decode(packet.Frame{Binary: true, Data: b})
		if g.Packet == nil && (err == nil || ok) {
			t.Errorf("%s is accepted as %+v; npm says %q", g.Hex, p, g.Error)
		}
	}
	for name, b := range map[string][]byte{
		"nesting":         append([]byte("\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x92\xa1x"), bytes.Repeat([]byte{0x91}, 5000)...),
		"trailing bytes":  []byte("\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x91\xa1x\x00"),
		"reserved name":   []byte("\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x91\xa7connect"),
		"negative id":     []byte("\x84\xa4type\x02\xa3nsp\xa1/\xa4data\x91\xa1x\xa2id\xff"),
		"null as data":    []byte("\x83\xa4type\x00\xa3nsp\xa1/\xa4data\xc0"),
		"key of an array": []byte("\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x92\xa1x\x81\x90\x01"),
		"bad namespace":   []byte("\x82\xa4type\x01\xa3nsp\xa5admin"),
	} {
		if p, ok, err := decode(packet.Frame{Binary: true, Data: b}); err == nil || ok {
			t.Errorf("%s is accepted: %+v", name, p)
		}
	}
	if _, _, err := decode(packet.Frame{Data: []byte("2")}); err == nil {
		t.Error("text is accepted")
	}
}

func TestNumbersBeyondJavaScript(t *testing.T) {
	for in, want := range map[string]string{
		"18446744073709551615": "cfffffffffffffffff", "-9223372036854775808": "d38000000000000000",
		"1e400": "", "1e3": "cd03e8", "-1.0": "ff", "1e300": "cb7e37e43c8800759c", "9007199254740993": "cf0020000000000001",
	} {
		var e encoder
		err := e.number(in)
		if got := hex.EncodeToString(e.dst); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %s, %v", in, got, err)
		}
	}
}

// FuzzDecode holds that nothing panics, that what is accepted is well-formed, and
// that it survives being sent again.
func FuzzDecode(f *testing.F) {
	var g golden
	if b, err := os.ReadFile("../../interop/testdata/parsers.json"); err == nil {
		_ = json.Unmarshal(b, &g)
	}
	for _, m := range g.Msgpack {
		b, _ := hex.DecodeString(m.Hex)
		f.Add(b)
	}
	for _, v := range g.MsgpackValues {
		b, _ := hex.DecodeString("83a47479706502a46461746192a178" + v.Hex + "a36e7370a12f")
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, ok, err := decode(packet.Frame{Binary: true, Data: b})
		if err != nil || !ok {
			return
		}
		if !json.Valid([]byte("[" + string(p.Args.JSON()) + "]")) {
			t.Fatalf("not JSON: %s", p.Args.JSON())
		}
		frames, err := Codec{}.Encode(&p)
		if err != nil {
			t.Fatalf("cannot be sent again: %v", err)
		}
		again, ok, err := decode(frames[0])
		if err != nil || !ok || again.ID != p.ID || string(again.Event) != string(p.Event) || string(again.Data) != string(p.Data) && p.Type != packet.Connect {
			t.Fatalf("%+v became %+v, %v", p, again, err)
		}
		same(t, "["+string(again.Args.JSON())+"]", "["+string(p.Args.JSON())+"]")
	})
}
