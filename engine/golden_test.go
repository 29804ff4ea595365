package engine

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

// The file holds what the npm codec made; ../interop/README.md tells its format.

// goldenPacket is a packet as the npm codec sees it. Data is a text or {"$hex":…}.
type goldenPacket struct {
	Type string
	Data any
}

type goldenFile struct {
	Packets []struct {
		Name      string
		Packet    goldenPacket
		WebSocket struct {
			Text *string
			Hex  string
		}
		Polling struct{ Text string }
	}
	Payloads []struct {
		Name    string
		Packets []goldenPacket
		Payload string
	}
	Received []struct {
		Input   string
		Packets []goldenPacket
	}
	ReceivedPackets []struct {
		Input  string
		Packet goldenPacket
	}
}

func readGolden(t testing.TB) (f goldenFile) {
	t.Helper()
	b, err := os.ReadFile("../interop/testdata/payloads.json")
	if err == nil {
		err = json.Unmarshal(b, &f)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var goldenTypes = []string{"open", "close", "ping", "pong", "message", "upgrade", "noop"}

// message is the packet as we would send it.
func (p goldenPacket) message(t *testing.T) Message {
	t.Helper()
	data, _ := p.Data.(string)
	if binary, ok := p.Data.(map[string]any); ok {
		b, err := hex.DecodeString(binary["$hex"].(string))
		if err != nil {
			t.Fatal(err)
		}
		return BinaryMessage(b)
	}
	if p.Type == "message" {
		return text(data)
	}
	return control(fmt.Sprint(slices.Index(goldenTypes, p.Type)) + data)
}

func TestGoldenPayloads(t *testing.T) {
	f := readGolden(t)
	if len(f.Packets) < 15 || len(f.Payloads) < 10 {
		t.Errorf("only %d packets and %d payloads", len(f.Packets), len(f.Payloads))
	}
	for _, e := range f.Packets {
		m := e.Packet.message(t)
		want, binary := "", e.WebSocket.Text == nil
		if binary {
			b, err := hex.DecodeString(e.WebSocket.Hex)
			if err != nil {
				t.Fatal(err)
			}
			want = string(b)
		} else {
			want = *e.WebSocket.Text
		}
		if got := string(m.frame.Payload()); got != want || m.binary != binary {
			t.Errorf("%s on websocket: %q, binary = %v; want %q", e.Name, got, m.binary, want)
		}
		if got := string(appendPayload(nil, []Message{m})); got != e.Polling.Text {
			t.Errorf("%s on polling: %q, want %q", e.Name, got, e.Polling.Text)
		}
	}
	for _, e := range f.Payloads {
		var ms []Message
		for _, p := range e.Packets {
			ms = append(ms, p.message(t))
		}
		if got := string(appendPayload(nil, ms)); got != e.Payload {
			t.Errorf("%s: %q, want %q", e.Name, got, e.Payload)
		}
	}
}

// lenient lists base64 that Node reads in some way and ours refuses: no encoder
// writes it.
var lenient = []string{"bAQIDBA", "bA-_A", "b!!!!", "b AQ ID", "bAQ==ID", "bA", "bAQID\x1eb"}

// outcome is what a session makes of packets: the messages it delivers, and whether
// it ends with a parse error.
func outcome(packets []goldenPacket) (messages string, broken bool) {
	var got []string
	for _, p := range packets {
		switch p.Type {
		case "error":
			return strings.Join(got, ","), true
		case "message":
			s, _ := p.Data.(string)
			if binary, ok := p.Data.(map[string]any); ok {
				s = binary["$hex"].(string)
			}
			got = append(got, s)
		}
	}
	return strings.Join(got, ","), false
}

// ends tells packets that end a session by their meaning, not their form.
func ends(packets []goldenPacket) bool {
	return slices.ContainsFunc(packets, func(p goldenPacket) bool { return p.Type == "close" || p.Type == "ping" })
}

func TestGoldenReceived(t *testing.T) {
	f := readGolden(t)
	bubble(t, Options{}, func(t *testing.T, x *fixture) {
		check := func(input string, packets []goldenPacket, c *client) {
			t.Helper()
			messages, broken := outcome(packets)
			c.send(input)
			synctest.Wait()
			r := x.last()
			if got := r.received(); got != messages || (r.ended() == ParseError) != broken || !broken && r.ended() != "" {
				t.Errorf("%q: received %q, ended with %q; npm received %q, error = %v", input, got, r.ended(), messages, broken)
			}
			if !broken {
				r.session.Close()
			}
		}
		for _, e := range f.Received {
			if !slices.Contains(lenient, e.Input) && !ends(e.Packets) {
				check(e.Input, e.Packets, x.poller())
			}
		}
		for _, e := range f.ReceivedPackets {
			if packets := []goldenPacket{e.Packet}; !slices.Contains(lenient, e.Input) && !ends(packets) {
				check(e.Input, packets, x.socketeer())
			}
		}
	})
}
