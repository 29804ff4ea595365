package server

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/packet"
)

// wrapper is a middleware that notes when it is entered and left.
func (j *journal) wrapper(name string) socketio.Middleware {
	return func(next socketio.Handler) socketio.Handler {
		return socketio.HandlerFunc(func(ctx context.Context, m *socketio.Message) error {
			j.add("> %s %s", name, m.Event)
			err := next.ServeEvent(ctx, m)
			j.add("< %s %v", name, err)
			return err
		})
	}
}

// The outermost comes first; those of the socket are inside; catch-all handlers are
// outside of all of them (SRV-063, SRV-065).
func TestWrap(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		x.io.Wrap(j.wrapper("a"))
		x.io.Wrap(j.wrapper("b"))
		c, other := x.connect(), x.connect()
		s := x.socket(c)
		s.Wrap(j.wrapper("own"))
		x.io.OnAny(j.handler("any"))
		s.OnAny(j.handler("own any"))
		x.io.PrependAny(j.handler("first"))
		s.PrependAny(j.handler("own first"))
		x.io.Handle("e", j.handler("one"))
		x.io.Handle("e", j.handler("two"))
		s.Handle("e", j.handler("own"))
		x.io.Handle("*", j.handler("wild"))
		c.send(`42["e",1]`)
		j.want(t, "first e 1", "any e 1", "own first e 1", "own any e 1", "> a e", "> b e", "> own e", "one e 1", "two e 1", "own e 1", "< own <nil>", "< b <nil>", "< a <nil>")
		other.send(`42["e",2]`)
		j.want(t, "first e 2", "any e 2", "> a e", "> b e", "one e 2", "two e 2", "< b <nil>", "< a <nil>")
		other.send(`42["x",3]`)
		j.want(t, "first x 3", "any x 3", "> a x", "> b x", "wild x 3", "< b <nil>", "< a <nil>")
		x.io.Wrap(j.wrapper("late")) // also for sockets that are there already
		other.send(`42["x",4]`)
		j.want(t, "first x 4", "any x 4", "> a x", "> b x", "> late x", "wild x 4", "< late <nil>", "< b <nil>", "< a <nil>")
		// Not applied to acknowledgements (SRV-063).
		done := make(chan error)
		go func() { _, err := s.Call(t.Context(), "q"); done <- err }()
		c.want(`420["q"]`)
		c.send(`430[]`)
		must(t, <-done)
		j.want(t)
	})
}

// A middleware may be the only one that minds an event.
func TestWrapWithoutHandlers(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		x.io.Wrap(j.wrapper("a"))
		c := x.connect()
		c.send(`42["e",1]`, `421["q"]`)
		j.want(t, "> a e", "< a <nil>", "> a q", "< a <nil>")
		c.quiet()
	})
}

func TestAMiddlewareDropsAndFails(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		x.io.Wrap(func(next socketio.Handler) socketio.Handler {
			return socketio.HandlerFunc(func(ctx context.Context, m *socketio.Message) error {
				switch m.Event {
				case "drop":
					return nil
				case "refuse":
					return &socketio.Error{Message: "not you", Data: 7}
				case "fail":
					return fmt.Errorf("secret: %w", errors.New("x"))
				case "panic":
					panic("in a middleware")
				case "answer":
					return m.Ack("by the middleware")
				case "twice":
					return errors.Join(next.ServeEvent(ctx, m), next.ServeEvent(ctx, m))
				}
				return next.ServeEvent(ctx, m)
			})
		})
		x.io.Handle("*", j.handler("wild"))
		x.io.Handle("ok", j.handler("ok"))
		handle(x.io, "answer", func(_ context.Context, _ *Socket, m *socketio.Message) error { return m.Ack("by the handler") })
		c := x.connect()
		for event, answer := range map[string]string{
			"refuse": `{"error":{"message":"not you","data":7}}`,
			"fail":   `{"error":{"message":"internal error"}}`,
			"panic":  `{"error":{"message":"internal error"}}`,
			"answer": `"by the middleware"`,
		} {
			c.send(fmt.Sprintf(`425[%q,1]`, event))
			c.want(`435[` + answer + `]`)
			c.send(fmt.Sprintf(`42[%q,1]`, event)) // nobody asks for an answer
		}
		c.send(`426["drop"]`, `42["drop"]`)
		c.quiet()
		j.want(t)
		c.send(`42["ok",1]`, `42["twice",2]`)
		j.want(t, "ok ok 1", "wild twice 2", "wild twice 2")
		if !x.logs.logged("secret") || !x.logs.logged("panic", "in a middleware") {
			t.Error("what failed is not logged")
		}
	})
}

// The error of a handler is what next returns, and the client's only when it is passed on.
func TestAMiddlewareSeesErrors(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		x.io.Wrap(func(next socketio.Handler) socketio.Handler {
			return socketio.HandlerFunc(func(ctx context.Context, m *socketio.Message) error {
				err := next.ServeEvent(ctx, m)
				if m.Event == "forgiven" {
					j.add("forgiven: %v", err)
					return m.Ack("fine")
				}
				return err
			})
		})
		x.io.Wrap(j.wrapper("in"))
		fail := errors.New("secret")
		for _, name := range []string{"fail", "forgiven"} {
			handle(x.io, name, func(context.Context, *Socket, *socketio.Message) error { return fail })
			x.io.Handle(name, j.handler("the next one"))
			handle(x.io, name, func(context.Context, *Socket, *socketio.Message) error { return &socketio.Error{Message: "no"} })
		}
		handle(x.io, "panic", func(context.Context, *Socket, *socketio.Message) error { panic("deep inside") })
		c := x.connect()
		c.send(`421["fail",1]`)
		c.want(`431[{"error":{"message":"no"}}]`)
		j.want(t, "> in fail", "the next one fail 1", "< in secret\nno")
		c.send(`422["forgiven",1]`)
		c.want(`432["fine"]`)
		j.want(t, "> in forgiven", "the next one forgiven 1", "< in secret\nno", "forgiven: secret\nno")
		c.send(`423["panic"]`)
		c.want(`433[{"error":{"message":"internal error"}}]`)
		j.want(t, "> in panic", "< in socketio: panic: deep inside")
		c.quiet()
	})
}

// What a middleware puts into the context reaches the handlers.
func TestAMiddlewareChangesTheContext(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		type key struct{}
		x.io.Wrap(func(next socketio.Handler) socketio.Handler {
			return socketio.HandlerFunc(func(ctx context.Context, m *socketio.Message) error {
				return next.ServeEvent(context.WithValue(ctx, key{}, m.Event), m)
			})
		})
		answer := socketio.HandlerFunc(func(ctx context.Context, m *socketio.Message) error { return m.Ack(ctx.Value(key{})) })
		x.io.Handle("here", answer)
		x.io.Handle("there", socketio.Concurrent(answer))
		c := x.connect()
		c.send(`421["here"]`)
		c.want(`431["here"]`)
		c.send(`422["there"]`)
		c.want(`432["there"]`)
	})
}

// A middleware may change the event, and with it which handlers there are.
func TestAMiddlewareChangesTheMessage(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		x.io.Wrap(func(next socketio.Handler) socketio.Handler {
			return socketio.HandlerFunc(func(ctx context.Context, m *socketio.Message) error {
				switch m.Event {
				case "v1:post":
					m.Event = "post"
				case "add":
					var n int
					must(t, m.Args.Scan(&n))
					args, err := packet.NewArgs(n + 1)
					must(t, err)
					m.Args = args
				}
				return next.ServeEvent(ctx, m)
			})
		})
		x.io.Handle("post", j.handler("handler"))
		x.io.Handle("add", j.handler("handler"))
		x.io.Handle("*", j.handler("wild"))
		x.io.OnAny(j.handler("any"))
		c := x.connect()
		c.send(`42["v1:post",1]`, `42["add",1]`, `42["v1:other",3]`)
		j.want(t, "any v1:post 1", "handler post 1", "any add 1", "handler add 2", "any v1:other 3", "wild v1:other 3")
	})
}

// Typed and concurrent handlers behind a middleware, whose arguments stay valid.
func TestWrappedHandlersOfAllKinds(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		type post struct{ Text string }
		var j journal
		x.barriers()
		x.io.Wrap(j.wrapper("w"))
		socketio.On(x.io, socketio.NewEvent[post]("typed"), func(_ context.Context, _ *Socket, p post) error {
			j.add("typed %s", p.Text)
			return nil
		})
		socketio.Handle(x.io, socketio.NewCall[post, string]("call"), func(_ context.Context, _ *Socket, p post) (string, error) {
			if p.Text == "" {
				return "", &socketio.Error{Message: "empty"}
			}
			return p.Text + "!", nil
		})
		block := make(chan struct{})
		x.io.Handle("slow", socketio.Concurrent(socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error {
			<-block
			var p post
			must(t, m.Args.Scan(&p))
			return m.Ack(p.Text)
		})))
		c := x.connect()
		c.send(`42["typed",{"text":"a"}]`, `421["call",{"text":"b"}]`, `422["call",{}]`)
		c.want(`431["b!"]`, `432[{"error":{"message":"empty"}}]`)
		c.send(`423["slow",{"text":"kept"}]`)
		c.barrier() // is not held up
		c.send(`42["typed",{"text":"overwritten?"}]`)
		c.barrier()
		close(block)
		c.want(`433["kept"]`)
		synctest.Wait()
		var typed []string
		for _, entry := range j.take() {
			if entry[0] == 't' {
				typed = append(typed, entry)
			}
		}
		if fmt.Sprint(typed) != "[typed a typed overwritten?]" {
			t.Errorf("%q", typed)
		}
	})
}

// A middleware that waits holds up its own socket, and no other.
func TestAMiddlewareThatWaits(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		x.barriers()
		x.io.Wrap(func(next socketio.Handler) socketio.Handler {
			return socketio.HandlerFunc(func(ctx context.Context, m *socketio.Message) error {
				if m.Event == "wait" {
					time.Sleep(10 * time.Second)
					args, err := m.Socket.Call(ctx, "really?")
					if err != nil {
						return err
					}
					m.Args = args
				}
				return next.ServeEvent(ctx, m)
			})
		})
		handle(x.io, "wait", func(_ context.Context, _ *Socket, m *socketio.Message) error { return m.Ack(m.Args) })
		c, other := x.connect(), x.connect()
		start := time.Now()
		c.send(`421["wait"]`, `4299["barrier"]`)
		synctest.Wait()
		other.barrier()
		if d := time.Since(start); d > time.Second {
			t.Errorf("another socket waited for %v", d)
		}
		c.want(`420["really?"]`)
		c.send(`430["yes"]`)
		c.want(`431["yes"]`, `4399["done"]`)
	})
}

// What any-handlers of a socket see, and in which order (SRV-066).
func TestOutgoingHandlers(t *testing.T) {
	for _, recovery := range []*Recovery{nil, {}} {
		modes(t, Options{Recovery: recovery}, func(t *testing.T, x *fixture) {
			var j journal
			v := x.visit("/")
			s := x.socket(v.client)
			x.io.OnAnyOutgoing(j.handler("all"))
			removeFirst := x.io.PrependAnyOutgoing(j.handler("first"))
			s.OnAnyOutgoing(j.handler("own"))
			remove := s.PrependAnyOutgoing(j.handler("own first"))
			for _, emit := range map[string]func() error{
				"direct":    func() error { return s.Emit("e", 1) },
				"broadcast": func() error { return x.io.Emit("e", 1) },
				"room":      func() error { return x.io.To(s.ID()).Emit("e", 1) },
				"volatile":  func() error { return s.Volatile().Emit("e", 1) },
			} {
				must(t, emit())
				j.want(t, "first e 1", "all e 1", "own first e 1", "own e 1")
			}
			remove()
			removeFirst()
			must(t, x.io.Emit("e", 1))
			j.want(t, "all e 1", "own e 1")
			// Answers of a call to all are no events, the call is.
			go func() { _, _ = x.io.CallAll(t.Context(), "q", 2) }()
			j.want(t, "all q 2", "own q 2")
			// A volatile event that is dropped is seen all the same (SRV-066).
			v.Hold()
			must(t, s.Emit("taken"))
			synctest.Wait()
			must(t, s.Emit("fill", string(make([]byte, 200_000))))
			synctest.Wait()
			j.take()
			must(t, s.Volatile().Emit("dropped", 1))
			j.want(t, "all dropped 1", "own dropped 1")
			v.Release()
		})
	}
}
