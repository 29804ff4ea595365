package engine

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"testing"
	"testing/synctest"
)

// goldenFrame is a text, or bytes.
type goldenFrame struct {
	Text *string
	Hex  string
}

func (f *goldenFrame) bytes(t testing.TB) (b []byte, binary bool) {
	t.Helper()
	if f.Text != nil {
		return []byte(*f.Text), false
	}
	b, err := hex.DecodeString(f.Hex)
	if err != nil {
		t.Fatal(err)
	}
	return b, true
}

type goldenV3 struct {
	Packets []struct {
		Name              string
		Packet            goldenPacket
		WebSocket, Base64 goldenFrame
	}
	Payloads []struct {
		Name            string
		Packets         []goldenPacket
		Payload, Base64 goldenFrame
	}
	Received []struct {
		Input   string
		Packets []goldenPacket
	}
	ReceivedBinary []struct {
		Hex     string
		Packets []goldenPacket
	}
}

func readGoldenV3(t testing.TB) (f goldenV3) {
	t.Helper()
	b, err := os.ReadFile("../interop/testdata/payloads-v3.json")
	if err == nil {
		err = json.Unmarshal(b, &f)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestGoldenV3(t *testing.T) {
	f := readGoldenV3(t)
	if len(f.Packets) < 15 || len(f.Payloads) < 10 {
		t.Errorf("only %d packets and %d payloads", len(f.Packets), len(f.Payloads))
	}
	same := func(name string, golden goldenFrame, got []byte, gotBinary bool) {
		t.Helper()
		if want, binary := golden.bytes(t); string(got) != string(want) || gotBinary != binary {
			t.Errorf("%s: %q, binary %v; want %q, %v", name, got, gotBinary, want, binary)
		}
	}
	for _, e := range f.Packets {
		m := e.Packet.message(t)
		frame := *frames([]Message{m}, 3, false)[0]
		same(e.Name+" on websocket", e.WebSocket, frame.Payload(), m.binary)
		frame = *frames([]Message{m}, 3, true)[0]
		same(e.Name+" as base64", e.Base64, frame.Payload(), false)
	}
	for _, e := range f.Payloads {
		var ms []Message
		for _, p := range e.Packets {
			ms = append(ms, p.message(t))
		}
		got, binary := appendPayloadV3(nil, ms, false)
		same(e.Name, e.Payload, got, binary)
		got, binary = appendPayloadV3(nil, ms, true)
		same(e.Name+" as base64", e.Base64, got, binary)
	}
}

// lenientV3 lists what the npm server reads in some way and ours refuses: lengths
// that no client writes, or that are not those of what follows, and cut characters.
var lenientV3 = []string{
	"+2:4a", " 2:4a", "2:4😀", "1:b", "3:b4=",
	"0002ff34", "0005ff34", "000909090909090909090909090909090909090909ff34", // longer than what is there
	"00010001ff3461",
	"0202ff3461",           // neither text nor binary
	"0002ff3461ff",         // the other way round: npm drops what came before the mistake, too
	"0100ff", "0102ff0999", // of no type
}

func TestGoldenReceivedV3(t *testing.T) {
	f := readGoldenV3(t)
	bubble(t, Options{AllowEIO3: true}, func(t *testing.T, x *fixture) {
		check := func(input, contentType, name string, packets []goldenPacket) {
			t.Helper()
			if slices.Contains(lenientV3, name) || slices.ContainsFunc(packets, func(p goldenPacket) bool { return p.Type == "close" || p.Type == "pong" }) {
				return
			}
			c := x.pollerV3("")
			if status, body, _ := x.request("POST", pollV3+"&sid="+c.sid, input, "Content-Type", contentType); status != 200 || body != "ok" {
				t.Errorf("%q: %d %s", name, status, body)
			}
			synctest.Wait()
			messages, broken := outcome(packets)
			r := x.last()
			if len(input) == 0 {
				broken = true // an empty body is no payload
			}
			if got := r.received(); got != messages || (r.ended() == ParseError) != broken || !broken && r.ended() != "" {
				t.Errorf("%q: received %q, ended with %q; npm received %q, error = %v", name, got, r.ended(), messages, broken)
			}
			r.session.Close()
		}
		for _, e := range f.Received {
			check(e.Input, "text/plain;charset=UTF-8", e.Input, e.Packets)
		}
		for _, e := range f.ReceivedBinary {
			b, err := hex.DecodeString(e.Hex)
			if err != nil {
				t.Fatal(err)
			}
			check(string(b), "application/octet-stream", e.Hex, e.Packets)
		}
	})
}
