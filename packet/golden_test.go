package packet

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The files hold what the npm codec made; ../interop/README.md tells their format.

// golden is a packet as the npm codec sees it.
type golden struct {
	Type        Type
	NSP         string
	ID          *float64
	Data        any
	Attachments int
}

// frame is one frame of a packet.
type frame struct {
	Text *string
	Hex  *string
}

func read(t *testing.T, name string, dst any) {
	t.Helper()
	b, err := os.ReadFile("../interop/testdata/" + name)
	if err == nil {
		err = json.Unmarshal(b, dst)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// binaries turns {"$hex":…} into []byte.
func binaries(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = binaries(v[i])
		}
	case map[string]any:
		if s, ok := v["$hex"].(string); ok {
			b, err := hex.DecodeString(s)
			if err != nil {
				panic(err)
			}
			return b
		}
		for k := range v {
			v[k] = binaries(v[k])
		}
	}
	return v
}

// want is what our decoder makes of the packet: binary types are folded, and names
// are texts.
func (g golden) want(t *testing.T) golden {
	if g.Type >= binaryEvent {
		g.Type -= binaryEvent - Event
	}
	g.Data, g.Attachments = binaries(g.Data), 0
	if list, ok := g.Data.([]any); ok && g.Type == Event {
		if n, ok := list[0].(float64); ok {
			list[0] = strconv.FormatFloat(n, 'f', -1, 64)
		}
	}
	return g
}

// view is a packet of ours in the same form.
func view(p Packet) (golden, error) {
	g := golden{Type: p.Type, NSP: p.Namespace}
	if p.ID != NoID {
		id := float64(p.ID)
		g.ID = &id
	}
	switch {
	case p.Data != nil:
		if err := json.Unmarshal(p.Data, &g.Data); err != nil {
			return g, err
		}
	case p.Type == Event && p.Event != nil, p.Type == Ack && p.Args.raw != nil:
		list := make([]any, p.Args.Len())
		dst := make([]any, len(list))
		for i := range list {
			dst[i] = &list[i]
		}
		if err := p.Args.Scan(dst...); err != nil {
			return g, err
		}
		if p.Type == Event {
			list = append([]any{string(p.Event)}, list...)
		}
		g.Data = list
	}
	return g, nil
}

// decode gives frames to a decoder and returns the packets, up to the first error.
func decode(t *testing.T, most int, frames []frame) (packets []golden, waiting bool, err error) {
	t.Helper()
	var d Decoder
	for _, f := range frames {
		var p Packet
		var ok bool
		if f.Text != nil {
			p, ok, err = d.Text([]byte(*f.Text), most)
		} else {
			b, hexErr := hex.DecodeString(*f.Hex)
			if hexErr != nil {
				t.Fatal(hexErr)
			}
			p, ok, err = d.Binary(b)
		}
		if err != nil {
			return packets, false, err
		}
		if ok {
			g, err := view(p)
			if err != nil {
				t.Fatal(err)
			}
			packets = append(packets, g)
		}
	}
	return packets, d.pending != nil, nil
}

func TestGoldenPackets(t *testing.T) {
	var list []struct {
		Name   string
		Packet golden
		Frames []frame
	}
	read(t, "packets.json", &list)
	for _, e := range list {
		t.Run(e.Name, func(t *testing.T) {
			want := e.Packet.want(t)
			got, waiting, err := decode(t, 11, e.Frames)
			if err != nil || waiting || len(got) != 1 || !reflect.DeepEqual(got[0], want) {
				t.Fatalf("decoded %+v, %v\nwant    %+v", got, err, want)
			}
			text, attachments := encode(t, want)
			if e.Name == "event, numeric name" {
				text = strings.Replace(text, `"42"`, "42", 1) // ours are always texts
			}
			ours := []frame{{Text: &text}}
			for _, b := range attachments {
				s := hex.EncodeToString(b)
				ours = append(ours, frame{Hex: &s})
			}
			if head, theirs := header(text), header(*e.Frames[0].Text); head != theirs {
				t.Errorf("header %q, want %q", head, theirs)
			}
			if !sameAttachments(ours[1:], e.Frames[1:], want.Data) {
				t.Errorf("attachments %x", attachments)
			}
			again, waiting, err := decode(t, 11, ours)
			if err != nil || waiting || len(again) != 1 || !reflect.DeepEqual(again[0], want) {
				t.Errorf("%s decoded to %+v, %v\nwant %+v", text, again, err, want)
			}
		})
	}
	if len(list) < 80 {
		t.Errorf("only %d packets", len(list))
	}
}

// sameAttachments compares frames of attachments. The keys of a Go map have no
// order but the one we give them, so that the order is theirs only without maps of
// several keys; the numbers then are what matters, which decoding again shows.
func sameAttachments(ours, theirs []frame, data any) bool {
	if len(ours) != len(theirs) {
		return false
	}
	count := map[string]int{}
	for i := range ours {
		count[*ours[i].Hex]++
		count[*theirs[i].Hex]--
		if !hasMap(data) && *ours[i].Hex != *theirs[i].Hex {
			return false
		}
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

func hasMap(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return len(v) > 1
	case []any:
		for i := range v {
			if hasMap(v[i]) {
				return true
			}
		}
	}
	return false
}

// encode makes our frames of a packet.
func encode(t *testing.T, g golden) (text string, attachments [][]byte) {
	t.Helper()
	var b []byte
	var err error
	id := NoID
	if g.ID != nil {
		id = int64(*g.ID)
	}
	list, _ := g.Data.([]any)
	switch g.Type {
	case Connect:
		var data []byte
		if g.Data != nil {
			data, err = json.Marshal(g.Data)
		}
		b = AppendConnect(nil, g.NSP, data)
	case Disconnect:
		b = AppendDisconnect(nil, g.NSP)
	case ConnectError:
		b = AppendConnectError(nil, g.NSP, []byte(mustMarshal(t, g.Data)))
	case Event:
		b, attachments, err = AppendEvent(nil, g.NSP, id, list[0].(string), list[1:]...)
	case Ack:
		b, attachments, err = AppendAck(nil, g.NSP, id, list...)
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(b), attachments
}

func mustMarshal(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// header is everything before the JSON.
func header(text string) string {
	at := 0
	if i := strings.IndexByte(text, '/'); i >= 0 && i < 5 { // a namespace may contain anything but a comma
		at = strings.IndexByte(text[i:], ',') + i
	}
	if i := strings.IndexAny(text[at:], `[{"`); i >= 0 {
		return text[:at+i]
	}
	return text
}

// differences lists what the npm codec accepts and ours refuses or reads in another
// way, with the reason. Nothing that an encoder writes is among it.
var differences = []struct {
	reason string
	inputs []string
}{
	{`Number("") is 0, which is CONNECT; nobody sends that`, []string{"", " "}},
	{"a refusal says why, and only servers send one: reference 2.2 closes at 44", []string{"4", "41"}},
	{"attachments of nothing: the npm server waits for ever, ours closes", []string{"51-", "61-", "51-1", "61-1", "51-/admin"}},
	{"Number() reads 1.0, 1e0, 0x1, +1 and white space as a count", []string{
		`51.0-["a"]`, `61.0-["a"]`, `51e0-["a"]`, `61e0-["a"]`, `51e1-["a"]`, `61e1-["a"]`, `50x1-["a"]`, `60x1-["a"]`,
		`5+1-["a"]`, `6+1-["a"]`, `5 1-["a"]`, `6 1-["a"]`, `51 -["a"]`, `61 -["a"]`,
	}},
	{"Number() reads white space as 0, and trims it", []string{
		`1 `, `2 `, `2 ["a"]`, "2\n[\"a\"]", "2\u2028[\"a\"]", "2\ufeff[\"a\"]", `2 1["a"]`, "2\u00a01[\"a\"]", "2\t1[\"a\"]",
	}},
	{"an id beyond 2^63", []string{`218446744073709551616["a"]`, `299999999999999999999999999["a"]`}},
	{"the name is the number as it was written", []string{`2[1e3]`, `51-[1e3]`}},
	{"1e400 is no float64: scanning says so", []string{`2["a",1e400]`}},
}

func different(input string) (reason string) {
	for _, d := range differences {
		if slices.Contains(d.inputs, input) {
			return d.reason
		}
	}
	return ""
}

func TestGoldenInputs(t *testing.T) {
	var list struct {
		Throws []struct {
			Input, Error string
		}
		Decodes []struct {
			Input   string
			Decoded golden
			Waiting bool
		}
		Sequences []struct {
			Name    string
			Frames  []frame
			Decoded []golden
			Error   string
			Waiting bool
		}
	}
	read(t, "bad-packets.json", &list)
	if len(list.Throws) < 300 || len(list.Decodes) < 200 || len(list.Sequences) < 30 {
		t.Errorf("only %d, %d and %d inputs", len(list.Throws), len(list.Decodes), len(list.Sequences))
	}
	for _, e := range list.Throws {
		if p, n, err := Parse([]byte(e.Input), MaxAttachments); err == nil {
			t.Errorf("%.80q = %+v, %d; npm says %s", e.Input, p, n, e.Error)
		}
	}
	listed := 0
	for _, e := range list.Decodes {
		p, n, err := Parse([]byte(e.Input), MaxAttachments)
		equal := err == nil && n == e.Decoded.Attachments && (n > 0) == e.Waiting
		var got golden
		if equal {
			got, err = view(p)
			equal = err == nil && reflect.DeepEqual(got, e.Decoded.want(t))
		}
		if reason := different(e.Input); reason != "" {
			listed++
			if equal {
				t.Errorf("%.80q is listed as different (%s), but is not", e.Input, reason)
			}
		} else if !equal {
			t.Errorf("%.80q\n got %+v, %v\nwant %+v", e.Input, got, err, e.Decoded)
		}
	}
	for _, d := range differences {
		listed -= len(d.inputs)
	}
	if listed != 0 {
		t.Errorf("%d inputs are listed as different, but are not in the file", -listed)
	}
	for _, e := range list.Sequences {
		var want []golden
		for _, g := range e.Decoded {
			want = append(want, g.want(t))
		}
		wantErr := e.Error != ""
		switch e.Name {
		case "number a fraction":
			want, wantErr = nil, true // attachments[0.5] is undefined
		case "number 0.0":
			want, wantErr = nil, true // no encoder writes it
		}
		got, waiting, err := decode(t, MaxAttachments, e.Frames)
		if !reflect.DeepEqual(got, want) || (err != nil) != wantErr || err == nil && waiting != e.Waiting {
			t.Errorf("%s: %+v, %v, %v\nwant %+v, %s", e.Name, got, waiting, err, want, e.Error)
		}
	}
}

// The numbers of placeholders in what a peer wrote by itself are not attachments.
func TestForeignPlaceholders(t *testing.T) {
	var v any
	for _, text := range []string{
		`{"_placeholder":true,"base64":"QUJD","x":1}`,
		`{"_placeholder":true,"base64":"QUJD"}`,
		`{"_placeholder":true,"base64":"not base64!"}`,
		`{"_placeholder":true,"base64":""}`,
		`{"_placeholder":true,"base64":"\""}`,
		`{"_placeholder":true,"base64":"a\\"}`,
		`{"_placeholder":true,"base64":5}`,
		`{"x":[{"_placeholder":true,"base64":"QUJD","num":0}]}`,
	} {
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		for _, value := range []any{json.RawMessage(text), struct{ V any }{v}, []map[string]any{{"v": v}}, v} {
			out, attachments, err := AppendEvent(nil, "/", NoID, "e", value, "after")
			if err != nil {
				t.Errorf("%T of %s: %v", value, text, err)
				continue
			}
			if p, n, err := Parse(out, MaxAttachments); err != nil || n != len(attachments) || p.Args.Len() != 2 || !bytes.HasSuffix(out, []byte(`,"after"]`)) {
				t.Errorf("%T of %s became %s: %v", value, text, out, err)
			}
		}
	}
}
