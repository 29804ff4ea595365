package interop

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/client"
	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/packet"
	"github.com/socketio-go/socketio/packet/msgpack"
)

// world is what a scenario of our client needs.
type world struct {
	*testing.T
	server *process
	mode   string
	codec  packet.Codec
	ctx    context.Context
}

var transports = map[string][]string{
	"polling":   {engine.Polling},
	"websocket": {engine.WebSocket},
	"upgrade":   nil,
}

// TestClient runs our client against the official server, in three transport modes.
func TestClient(t *testing.T) {
	if _, err := os.Stat("js/node_modules"); err != nil {
		t.Fatal("the npm packages are missing: run make deps")
	}
	runClient(t, npmServer(t), true)
}

// TestClientOwnServer runs the same against our server, as a control of the scenarios.
func TestClientOwnServer(t *testing.T) {
	binary := buildFixture(t, "")
	runClient(t, start(t, &process{t: t, command: []string{binary}}), false)
}

func runClient(t *testing.T, shared *process, npm bool) {
	for mode := range transports {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			for name, run := range scenarios {
				t.Run(name, func(t *testing.T) { runScenario(t, shared, mode, nil, run) })
			}
			for name, s := range ownScenarios {
				if s.npmOnly && !npm {
					continue
				}
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					own := &process{t: t, dir: shared.dir, command: append(shared.command[:len(shared.command):len(shared.command)], s.flags...)}
					runScenario(t, start(t, own), mode, nil, s.run)
				})
			}
		})
	}
}

// TestClientCodecs runs the scenarios with the other codecs of the official server.
func TestClientCodecs(t *testing.T) {
	for name, codec := range map[string]packet.Codec{"msgpack": msgpack.Codec{}, "json": packet.JSON{}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shared := npmServer(t, "--parser", name)
			for mode := range transports {
				t.Run(mode, func(t *testing.T) {
					t.Parallel()
					for scenario, run := range scenarios {
						if name != "json" || !carriesBinary(scenario) {
							t.Run(scenario, func(t *testing.T) { runScenario(t, shared, mode, codec, run) })
						}
					}
				})
			}
		})
	}
}

// carriesBinary tells the scenarios that a codec without binary values cannot have.
func carriesBinary(scenario string) bool {
	switch scenario {
	case "typed: events and calls", "ack: by the client", "rooms: messages reach members once, and not others":
		return true
	}
	return strings.HasPrefix(scenario, "binary")
}

func runScenario(t *testing.T, server *process, mode string, codec packet.Codec, run func(w *world)) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	run(&world{T: t, server: server, mode: mode, codec: codec, ctx: ctx})
}

// options are those of a client in this mode, which comes back quickly.
func (w *world) options() *client.Options {
	return &client.Options{
		Transports:        transports[w.mode],
		Codec:             w.codec,
		ReconnectionDelay: 50 * time.Millisecond, ReconnectionDelayMax: 300 * time.Millisecond,
	}
}

// manager makes one whose sockets are closed at the end.
func (w *world) manager(o *client.Options) *client.Manager {
	if o == nil {
		o = w.options()
	}
	m := client.NewManager(w.server.url, o)
	w.Cleanup(func() { _ = m.Close() })
	return m
}

// connect connects to a namespace, and waits for the upgrade.
func (w *world) connect(namespace string, o *client.Options) *client.Socket {
	w.Helper()
	return w.joined(w.manager(o).Socket(namespace, nil))
}

func (w *world) joined(s *client.Socket) *client.Socket {
	w.Helper()
	if err := s.Connect(w.ctx); err != nil {
		w.Fatal(err)
	}
	w.until("the transport is the last one", func() bool { return w.mode != "upgrade" || s.Transport() == engine.WebSocket })
	return s
}

// until waits for something to become true.
func (w *world) until(what string, f func() bool) {
	w.Helper()
	for !f() {
		select {
		case <-time.After(2 * time.Millisecond):
		case <-w.ctx.Done():
			w.Fatalf("still not: %s", what)
		}
	}
}

// ask calls and returns the answers as JSON.
func (w *world) ask(s socketio.Caller, event string, args ...any) string {
	w.Helper()
	answer, err := s.Call(w.ctx, event, args...)
	if err != nil {
		w.Fatalf("%s: %v", event, err)
	}
	return w.text(answer)
}

// text is arguments as a JSON array; binary values in base64.
func (w *world) text(args socketio.Args) string {
	w.Helper()
	list := make([]any, args.Len())
	dst := make([]any, args.Len())
	for i := range list {
		dst[i] = &list[i]
	}
	if err := args.Scan(dst...); err != nil {
		w.Fatal(err)
	}
	b, err := json.Marshal(list)
	if err != nil {
		w.Fatal(err)
	}
	return string(b)
}

// want compares.
func (w *world) want(got, want string) {
	w.Helper()
	if got != want {
		w.Errorf("got  %.300s\nwant %.300s", got, want)
	}
}

// inbox collects the arguments of an event.
func (w *world) inbox(s *client.Socket, event string) <-chan string {
	box := make(chan string, 10_000)
	s.Handle(event, socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error {
		box <- w.text(m.Args)
		return nil
	}))
	return box
}

func (w *world) next(box <-chan string) string {
	w.Helper()
	select {
	case s := <-box:
		return s
	case <-w.ctx.Done():
		w.Fatal("nothing comes")
		return ""
	}
}

// barrier: when it returns, everything the server sent before has been handled.
func (w *world) barrier(sockets ...*client.Socket) {
	w.Helper()
	for _, s := range sockets {
		done := make(chan struct{})
		remove := s.Handle("echo", socketio.HandlerFunc(func(context.Context, *socketio.Message) error { close(done); return nil }))
		if err := s.Emit("echo", "barrier"); err != nil {
			w.Fatal(err)
		}
		select {
		case <-done:
		case <-w.ctx.Done():
			w.Fatal("no echo")
		}
		remove()
	}
}

// watch tells why sockets have left a namespace, in the server's words.
func (w *world) watch(namespace string) func(id string) string {
	w.Helper()
	s := w.connect(namespace, nil)
	w.want(w.ask(s, "join", "watch"), `["ok"]`)
	left := make(chan [2]string, 100)
	s.Handle("left", socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error {
		var v struct{ ID, Reason string }
		err := m.Args.Scan(&v)
		left <- [2]string{v.ID, v.Reason}
		return err
	}))
	return func(id string) string {
		w.Helper()
		for {
			select {
			case v := <-left:
				if v[0] == id {
					return v[1]
				}
			case <-w.ctx.Done():
				w.Fatal("it has not left")
			}
		}
	}
}

// disconnects collects the reasons of a socket.
func (w *world) disconnects(s *client.Socket) <-chan string {
	box := make(chan string, 100)
	s.OnDisconnect(func(_ *client.Socket, reason socketio.Reason, _ error) { box <- string(reason) })
	return box
}

func (w *world) connects(s *client.Socket) <-chan string {
	box := make(chan string, 100)
	s.OnConnect(func(_ context.Context, s *client.Socket) { box <- s.ID() })
	return box
}
