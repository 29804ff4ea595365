package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/client"
	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/packet"
	"github.com/socketio-go/socketio/server"
	"github.com/socketio-go/socketio/socketiotest"
)

// The sockets of both sides behave alike. These tests run with the server's end
// emitting and the client's end receiving, and the other way round; over polling,
// WebSocket and the upgrade; in memory, where a goroutine reads for every
// connection, and over TCP, where event loops do if the system has them.

// pair is a connection in the eyes of a behaviour test.
type pair struct {
	*testing.T
	emitter, receiver socketio.Socket
	line              func(h func(ctx context.Context, s socketio.Socket, l line) error) // On
	post              func(h func(ctx context.Context, s socketio.Socket, p post) (receipt, error))
	onAny             func(h socketio.Handler) (remove func())
	cut               func() // the network, for good
}

type line struct {
	From string
	Data socketio.Binary
}
type post struct{ Text string }
type receipt struct{ ID int }

var (
	newLine = socketio.NewEvent[line]("line")
	newPost = socketio.NewCall[post, receipt]("post")
)

// end is what both *server.Socket and *client.Socket are.
type end[S socketio.Socket] interface {
	socketio.Socket
	socketio.Registrar[S]
	OnAny(h socketio.Handler) (remove func())
}

func pairOf[S end[S]](t *testing.T, emitter socketio.Socket, receiver S, cut func()) *pair {
	var r socketio.Registrar[S] = receiver
	return &pair{
		T: t, emitter: emitter, receiver: receiver, onAny: receiver.OnAny, cut: cut,
		line: func(h func(context.Context, socketio.Socket, line) error) {
			socketio.On(r, newLine, func(ctx context.Context, s S, l line) error { return h(ctx, s, l) })
		},
		post: func(h func(context.Context, socketio.Socket, post) (receipt, error)) {
			socketio.Handle(r, newPost, func(ctx context.Context, s S, p post) (receipt, error) { return h(ctx, s, p) })
		},
	}
}

func TestBothEnds(t *testing.T) {
	for mode, o := range modes {
		for name, behaviour := range behaviours {
			for _, direction := range []string{"from server", "from client"} {
				t.Run(mode+"/"+name+"/"+direction+"/memory", func(t *testing.T) {
					bubble(t, func(t *testing.T, io *socketiotest.Server) {
						c := io.Dial(&o)
						behaviour(directed(t, direction, io.Server, upgraded(t, mode, c), func() { io.Offline(); io.Cut() }))
					})
				})
				t.Run(mode+"/"+name+"/"+direction+"/TCP", func(t *testing.T) {
					t.Parallel()
					io, url, cut := overTCP(t)
					c, err := client.Dial(t.Context(), url, &o)
					if err != nil {
						t.Fatal(err)
					}
					t.Cleanup(func() { _ = c.Close() })
					behaviour(directed(t, direction, io, upgraded(t, mode, c), cut))
				})
			}
		}
	}
}

// upgraded waits for an upgrade.
func upgraded(t *testing.T, mode string, c *client.Socket) *client.Socket {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); mode == "upgrade" && c.Transport() != engine.WebSocket; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no upgrade")
		}
	}
	return c
}

func directed(t *testing.T, direction string, io *server.Server, c *client.Socket, cut func()) *pair {
	t.Helper()
	s := io.Socket(c.ID())
	if s == nil {
		t.Fatal("the server does not know the client")
	}
	if direction == "from server" {
		return pairOf(t, s, c, cut)
	}
	return pairOf(t, c, s, cut)
}

// overTCP starts a server.
func overTCP(t testing.TB) (io *server.Server, url string, cut func()) {
	t.Helper()
	io = server.New(nil)
	hs := httptest.NewServer(io)
	t.Cleanup(func() {
		_ = io.Close()
		hs.Close()
	})
	// Cutting what the server holds is a reset in the client's eyes.
	return io, hs.URL, func() { _ = io.Close() }
}

// patience is how long something may take on a busy machine.
const patience = time.Minute

// wait returns the next value.
func wait[T any](p *pair, from <-chan T) T {
	p.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		p.Fatal("nothing happens")
		panic("unreachable")
	}
}

func (p *pair) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	p.Cleanup(cancel)
	return ctx
}

func (p *pair) noError(errs ...error) {
	p.Helper()
	if err := errors.Join(errs...); err != nil {
		p.Fatal(err)
	}
}

// handle registers an untyped handler at the receiver.
func (p *pair) handle(event string, f func(ctx context.Context, m *socketio.Message) error) (remove func()) {
	return handle(p.receiver, event, f)
}

var behaviours = map[string]func(p *pair){
	"typed event": func(p *pair) {
		got := make(chan line, 1)
		p.line(func(_ context.Context, s socketio.Socket, l line) error {
			if s != p.receiver {
				p.Error("not the socket")
			}
			got <- l
			return nil
		})
		p.noError(newLine.Emit(p.emitter, line{"me", []byte{1, 2, 3}}))
		if l := wait(p, got); l.From != "me" || !bytes.Equal(l.Data, []byte{1, 2, 3}) {
			p.Errorf("got %+v", l)
		}
	},
	"typed call": func(p *pair) {
		p.post(func(_ context.Context, _ socketio.Socket, m post) (receipt, error) { return receipt{len(m.Text)}, nil })
		r, err := newPost.Do(p.ctx(), p.emitter, post{"four"})
		if err != nil || r.ID != 4 {
			p.Errorf("got %+v, %v", r, err)
		}
	},
	"arguments of all kinds": func(p *pair) {
		p.handle("echo", func(_ context.Context, m *socketio.Message) error { return m.Ack(m.Args) })
		for _, args := range [][]any{
			{}, {nil}, {"a", 1, -2.5, true, []any{}, map[string]any{"k": "é\u2028<&>"}}, {"\x00\x1e"},
			{[]byte{}, "between", []byte{0xff}, map[string]any{"in": []any{[]byte{1, 2}}}}, {strings.Repeat("long ", 20000)},
		} {
			answer, err := p.emitter.Call(p.ctx(), "echo", args...)
			p.noError(err)
			want, err := packet.NewArgs(args...)
			p.noError(err)
			if got, want := jsonText(p.T, answer), jsonText(p.T, want); got != want {
				p.Errorf("got %.200s, want %.200s", got, want)
			}
		}
	},
	"order": func(p *pair) {
		const n = 2000
		got := make(chan int, n)
		p.handle("n", func(_ context.Context, m *socketio.Message) error {
			var i int
			err := m.Args.Scan(&i)
			if i%500 == 0 {
				time.Sleep(5 * time.Millisecond) // some handlers are slow
			}
			got <- i
			return err
		})
		for i := range n {
			if i%3 == 0 {
				p.noError(p.emitter.Emit("n", i, []byte{1}))
			} else {
				p.noError(p.emitter.Emit("n", i))
			}
		}
		for i := range n {
			if j := wait(p, got); j != i {
				p.Fatalf("%d comes after %d", j, i-1)
			}
		}
	},
	"a handler may wait for an answer of its own socket": func(p *pair) {
		handle(p.emitter, "question", func(_ context.Context, m *socketio.Message) error { return m.Ack("answer") })
		p.handle("ask", func(ctx context.Context, m *socketio.Message) error {
			answer, err := m.Socket.Call(ctx, "question")
			if err != nil {
				return err
			}
			return m.Ack(answer, "and more")
		})
		answer, err := p.emitter.Call(p.ctx(), "ask")
		p.noError(err)
		if got := jsonText(p.T, answer); got != `["answer","and more"]` {
			p.Errorf("got %s", got)
		}
	},
	"one at a time": func(p *pair) {
		running, overlaps, done := make(chan struct{}, 1), 0, make(chan struct{}, 20)
		p.handle("x", func(context.Context, *socketio.Message) error {
			select {
			case running <- struct{}{}:
			default:
				overlaps++
			}
			time.Sleep(2 * time.Millisecond)
			<-running
			done <- struct{}{}
			return nil
		})
		for range cap(done) {
			p.noError(p.emitter.Emit("x"))
		}
		for range cap(done) {
			wait(p, done)
		}
		if overlaps > 0 {
			p.Errorf("%d handlers at the same time", overlaps)
		}
	},
	"concurrent": func(p *pair) {
		release := make(chan struct{})
		p.receiver.Handle("wait", socketio.Concurrent(socketio.HandlerFunc(func(ctx context.Context, m *socketio.Message) error {
			<-release
			return m.Ack("waited")
		})))
		p.handle("release", func(context.Context, *socketio.Message) error { close(release); return nil })
		answered := make(chan error, 1)
		go func() {
			_, err := p.emitter.Call(p.ctx(), "wait")
			answered <- err
		}()
		time.Sleep(10 * time.Millisecond)
		p.noError(p.emitter.Emit("release"))
		p.noError(wait(p, answered))
	},
	"errors of handlers": func(p *pair) {
		p.handle("public", func(context.Context, *socketio.Message) error {
			return fmt.Errorf("wrapped: %w", &socketio.Error{Message: "no such room", Data: map[string]int{"room": 7}})
		})
		p.handle("private", func(context.Context, *socketio.Message) error { return errors.New("password is 1234") })
		p.handle("panic", func(context.Context, *socketio.Message) error { panic("on purpose") })
		for event, want := range map[string]string{"public": "no such room", "private": "internal error", "panic": "internal error"} {
			_, err := socketio.NewCall[socketio.None, socketio.None](event).Do(p.ctx(), p.emitter, socketio.None{})
			var remote *socketio.RemoteError
			if !errors.As(err, &remote) || remote.Message != want || event == "public" && string(remote.Data) != `{"room":7}` {
				p.Errorf("%s: %v", event, err)
			}
		}
	},
	"catch-all handlers": func(p *pair) {
		got := make(chan string, 10)
		note := func(who string) socketio.Handler {
			return socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error { got <- who + " " + m.Event; return nil })
		}
		removeAny := p.onAny(note("any"))
		p.receiver.Handle("*", note("wild"))
		remove := p.receiver.Handle("known", note("own"))
		p.noError(p.emitter.Emit("known"), p.emitter.Emit("other"))
		for _, want := range []string{"any known", "own known", "any other", "wild other"} {
			if s := wait(p, got); s != want {
				p.Errorf("got %q, want %q", s, want)
			}
		}
		remove()
		removeAny()
		p.noError(p.emitter.Emit("known"))
		if s := wait(p, got); s != "wild known" {
			p.Errorf("got %q", s)
		}
	},
	"acknowledgements": func(p *pair) {
		late := make(chan *socketio.Message, 1)
		p.handle("twice", func(_ context.Context, m *socketio.Message) error {
			if !m.WantsAck() {
				p.Error("no acknowledgement is wanted")
			}
			return errors.Join(m.Ack(1), m.Ack(2))
		})
		p.handle("late", func(_ context.Context, m *socketio.Message) error { late <- m; return nil })
		p.handle("unencodable", func(_ context.Context, m *socketio.Message) error { _ = m.Ack(make(chan int)); return nil })
		answer, err := p.emitter.Call(p.ctx(), "twice")
		p.noError(err)
		if got := jsonText(p.T, answer); got != "[1]" {
			p.Errorf("got %s", got)
		}
		go func() { _ = wait(p, late).Ack([]byte{7}) }()
		if answer, err = p.emitter.Call(p.ctx(), "late"); err != nil || jsonText(p.T, answer) != `["Bw=="]` {
			p.Errorf("%v, %v", answer, err)
		}
		if answer, err = p.emitter.Call(p.ctx(), "unencodable"); err != nil || jsonText(p.T, answer) != `[{"error":{"message":"internal error"}}]` {
			p.Errorf("%v, %v", answer, err)
		}
	},
	"calls that nobody answers": func(p *pair) {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		defer cancel()
		if _, err := p.emitter.Call(ctx, "nobody"); !errors.Is(err, context.DeadlineExceeded) {
			p.Errorf("deadline: %v", err)
		}
		ctx, cancel = context.WithCancel(context.Background())
		time.AfterFunc(10*time.Millisecond, cancel)
		if _, err := p.emitter.Call(ctx, "nobody"); !errors.Is(err, context.Canceled) {
			p.Errorf("cancelled: %v", err)
		}
	},
	"encoding errors": func(p *pair) {
		loop := map[string]any{}
		loop["self"] = loop
		for name, args := range map[string][]any{
			"disconnect": {}, "a": {make(chan int)}, "b": {loop},
			"c": {[]any{[]byte{}, []byte{}, []byte{}, []byte{}, []byte{}, []byte{}, []byte{}, []byte{}, []byte{}, []byte{}, []byte{}}},
		} {
			if err := p.emitter.Emit(name, args...); err == nil || errors.Is(err, net.ErrClosed) {
				p.Errorf("%s: %v", name, err)
			}
		}
		p.handle("still", func(_ context.Context, m *socketio.Message) error { return m.Ack() })
		_, err := p.emitter.Call(p.ctx(), "still")
		p.noError(err)
	},
	"the end of the connection": func(p *pair) {
		contexts := make(chan context.Context, 1)
		p.handle("forever", func(ctx context.Context, _ *socketio.Message) error {
			contexts <- ctx
			<-ctx.Done()
			return ctx.Err()
		})
		answered := make(chan error, 1)
		go func() {
			_, err := p.emitter.Call(p.ctx(), "forever")
			answered <- err
		}()
		ctx := wait(p, contexts)
		if err := ctx.Err(); err != nil {
			p.Errorf("too early: %v", err)
		}
		leave(p.emitter)
		if err := wait(p, answered); !errors.Is(err, net.ErrClosed) {
			p.Errorf("the call: %v", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(patience):
			p.Error("the context of the handler goes on")
		}
		for _, s := range []socketio.Socket{p.emitter, p.receiver} {
			for deadline := time.Now().Add(patience); s.Connected() && time.Now().Before(deadline); {
				time.Sleep(time.Millisecond)
			}
			if err := s.Emit("x"); s.Connected() || !errors.Is(err, net.ErrClosed) {
				p.Errorf("%T: connected %v, %v", s, s.Connected(), err)
			}
			if _, err := s.Call(p.ctx(), "x"); !errors.Is(err, net.ErrClosed) {
				p.Errorf("%T: %v", s, err)
			}
		}
	},
	"a call when the network fails": func(p *pair) {
		asked := make(chan struct{}, 1)
		p.handle("forever", func(ctx context.Context, _ *socketio.Message) error {
			asked <- struct{}{}
			<-ctx.Done()
			return nil
		})
		answered := make(chan error, 1)
		go func() {
			_, err := p.emitter.Call(p.ctx(), "forever")
			answered <- err
		}()
		wait(p, asked)
		p.cut()
		if err := wait(p, answered); !errors.Is(err, net.ErrClosed) {
			p.Errorf("got %v", err)
		}
	},
	"large values": func(p *pair) {
		p.handle("size", func(_ context.Context, m *socketio.Message) error {
			var b []byte
			if err := m.Args.Scan(&b); err != nil {
				return err
			}
			return m.Ack(len(b), b[len(b)-1])
		})
		const size = 700_000
		b := bytes.Repeat([]byte{7}, size)
		for range 3 {
			answer, err := p.emitter.Call(p.ctx(), "size", b)
			p.noError(err)
			if got := jsonText(p.T, answer); got != fmt.Sprintf("[%d,7]", size) {
				p.Errorf("got %s", got)
			}
		}
	},
	"a flood": func(p *pair) {
		const n, size = 400, 20_000 // more than a receiver keeps
		block := make(chan struct{})
		got := make(chan int, n)
		p.handle("flood", func(_ context.Context, m *socketio.Message) error {
			<-block
			var i int
			err := m.Args.Scan(&i)
			got <- i
			return err
		})
		text := strings.Repeat("x", size)
		sent := 0
		for i := range n {
			if err := p.emitter.Emit("flood", i, text); err != nil {
				if !errors.Is(err, socketio.ErrSlowConsumer) {
					p.Fatal(err)
				}
				break
			}
			sent++
		}
		close(block)
		for i := range sent {
			if j := wait(p, got); j != i {
				p.Fatalf("%d comes after %d", j, i-1)
			}
		}
	},
}

// leave ends a socket from its own side.
func leave(s socketio.Socket) {
	switch s := s.(type) {
	case *client.Socket:
		_ = s.Close()
	case *server.Socket:
		s.Disconnect(false)
	}
}
