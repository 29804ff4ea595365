// Package peer is a Socket.IO client for the tests of the demos. It says exactly
// what it is told to, over WebSocket, and fails the test when something does not
// come in time.
package peer

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/packet"
	"github.com/socketio-go/socketio/websocket"
)

// Wait is how long something may take on a busy machine.
const Wait = 15 * time.Second

// Peer is one connection to the namespace "/". Its methods are for one goroutine,
// that of the test.
type Peer struct {
	t       testing.TB
	ws      *websocket.Conn
	packets chan packet.Packet // from the server; closed at the end
	kept    []packet.Packet    // what nobody has waited for yet
	calls   int64

	mu      sync.Mutex // guards answers
	answers map[string]func(socketio.Args) any
}

// Dial connects to the server of a demo at url, which ends with a slash, with
// these credentials. What becomes of it is for the test to see.
func Dial(t testing.TB, url string, auth any) *Peer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Wait)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, url+"socket.io/?EIO=4&transport=websocket", &websocket.Options{MaxMessage: 16 << 20})
	if err != nil {
		t.Fatal(err)
	}
	p := &Peer{t: t, ws: ws, packets: make(chan packet.Packet, 1<<14)}
	t.Cleanup(p.Close)
	go p.read()
	p.write(packet.AppendConnect(nil, "/", p.encode(auth)), nil)
	return p
}

// read runs until the connection ends.
func (p *Peer) read() {
	defer close(p.packets)
	var decoder packet.Decoder
	for {
		t, b, err := p.ws.Read(context.Background())
		if err != nil {
			return
		}
		var got packet.Packet
		complete := false
		switch {
		case t == websocket.Binary:
			got, complete, err = decoder.Binary(b)
		case b[0] == '2':
			err = p.ws.Write(websocket.Text, []byte("3"))
		case b[0] == '4':
			got, complete, err = decoder.Text(slices.Clone(b[1:]), packet.MaxAttachments)
		}
		if err != nil {
			_ = p.ws.CloseNow()
		}
		if complete && !p.answer(&got) {
			p.packets <- got
		}
	}
}

// Answer makes the peer answer an event by itself, instead of keeping it for Event,
// until f is nil. f runs in a goroutine of its own.
func (p *Peer) Answer(event string, f func(args socketio.Args) any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.answers == nil {
		p.answers = make(map[string]func(socketio.Args) any)
	}
	p.answers[event] = f
}

func (p *Peer) answer(got *packet.Packet) bool {
	p.mu.Lock()
	f := p.answers[string(got.Event)]
	p.mu.Unlock()
	if f == nil || got.Type != packet.Event {
		return false
	}
	text, attachments, err := packet.AppendAck(nil, "/", got.ID, f(got.Args))
	if err != nil {
		p.t.Error(err)
	}
	p.write(text, attachments)
	return true
}

// Close ends the connection.
func (p *Peer) Close() { _ = p.ws.Close(websocket.StatusNormalClosure, "") }

// Connected waits until the server has let us in, and returns the secret with which
// the connection could be recovered, if the server has given one.
func (p *Peer) Connected() (pid string) {
	p.t.Helper()
	var reply struct{ PID string }
	got := p.next("to be connected", func(got *packet.Packet) bool { return got.Type == packet.Connect })
	p.decode(got.Data, &reply)
	return reply.PID
}

// Refused waits until the server has not let us in, and returns what it said.
func (p *Peer) Refused() string {
	p.t.Helper()
	var reply struct{ Message string }
	got := p.next("to be refused", func(got *packet.Packet) bool { return got.Type == packet.ConnectError })
	p.decode(got.Data, &reply)
	return reply.Message
}

// Disconnected waits until the server has sent us away, or has ended the connection.
func (p *Peer) Disconnected() {
	p.t.Helper()
	deadline := time.After(Wait)
	for {
		select {
		case got, open := <-p.packets:
			if !open || got.Type == packet.Disconnect {
				return
			}
		case <-deadline:
			p.t.Fatal("still connected")
		}
	}
}

// Emit sends an event.
func (p *Peer) Emit(event string, args ...any) {
	p.t.Helper()
	p.send(packet.AppendEvent(nil, "/", packet.NoID, event, args...))
}

// Call sends an event and waits for its acknowledgement.
func (p *Peer) Call(event string, args ...any) socketio.Args {
	p.t.Helper()
	p.calls++
	id := p.calls
	p.send(packet.AppendEvent(nil, "/", id, event, args...))
	return p.next("for the answer to "+event, func(got *packet.Packet) bool { return got.Type == packet.Ack && got.ID == id }).Args
}

// Ask is Call for a single result, as JSON; "" when there is none.
func (p *Peer) Ask(event string, args ...any) string {
	p.t.Helper()
	return string(p.Call(event, args...).Raw(0))
}

// Event waits for an event and decodes its arguments into what dst points at.
func (p *Peer) Event(name string, dst ...any) {
	p.t.Helper()
	got := p.next("for the event "+name, func(got *packet.Packet) bool { return isEvent(got, name) })
	if err := got.Args.Scan(dst...); err != nil {
		p.t.Fatalf("event %s: %v", name, err)
	}
}

// Saw reports whether an event has come that nobody has waited for. Events and
// acknowledgements arrive in the order in which the server sends them, so after a
// call everything sent before its acknowledgement is here.
func (p *Peer) Saw(name string) bool {
	for len(p.packets) > 0 {
		p.kept = append(p.kept, <-p.packets)
	}
	return slices.ContainsFunc(p.kept, func(got packet.Packet) bool { return isEvent(&got, name) })
}

// Raw sends a text frame that may be wrong.
func (p *Peer) Raw(text string) {
	p.t.Helper()
	p.write([]byte(text), nil)
}

// Refusal is the acknowledgement of something that the server refuses, as JSON.
func Refusal(message string) string {
	text, _ := json.Marshal(message)
	return `{"error":{"message":` + string(text) + `}}`
}

func isEvent(p *packet.Packet, name string) bool {
	return p.Type == packet.Event && string(p.Event) == name
}

// next waits for a packet, and keeps all others.
func (p *Peer) next(what string, wanted func(*packet.Packet) bool) packet.Packet {
	p.t.Helper()
	for i := range p.kept {
		if wanted(&p.kept[i]) {
			got := p.kept[i]
			p.kept = slices.Delete(p.kept, i, i+1)
			return got
		}
	}
	deadline := time.After(Wait)
	for {
		select {
		case got, open := <-p.packets:
			if !open {
				p.t.Fatalf("the connection ended while waiting %s; there were %s", what, p.names())
			}
			if wanted(&got) {
				return got
			}
			p.kept = append(p.kept, got)
		case <-deadline:
			p.t.Fatalf("waited too long %s; there were %s", what, p.names())
		}
	}
}

func (p *Peer) names() string {
	var list []string
	for _, got := range p.kept {
		list = append(list, string(got.Event)+string(got.Data))
	}
	return strings.Join(list, ", ")
}

func (p *Peer) send(text []byte, attachments [][]byte, err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	p.write(text, attachments)
}

// write sends the frames of a packet. The end of the connection is seen by its
// reader.
func (p *Peer) write(text []byte, attachments [][]byte) {
	_ = p.ws.Write(websocket.Text, append([]byte("4"), text...))
	for _, b := range attachments {
		_ = p.ws.Write(websocket.Binary, b)
	}
}

func (p *Peer) encode(v any) []byte {
	p.t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		p.t.Fatal(err)
	}
	return b
}

func (p *Peer) decode(text []byte, dst any) {
	p.t.Helper()
	if err := json.Unmarshal(text, dst); err != nil {
		p.t.Fatalf("%v: %s", err, text)
	}
}
