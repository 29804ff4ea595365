package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio"
)

func TestConnect(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		type credentials struct {
			Token string
		}
		var got []credentials
		x.io.Of("admin").Use(func(_ context.Context, s *Socket) error {
			c := credentials{"before"}
			if err := s.Auth(&c); err != nil {
				return err
			}
			got = append(got, c)
			return nil
		})
		c := x.dial()
		c.send(`40/admin,{"token":"123"}`)
		if reply := c.Next(); !strings.HasPrefix(reply, `40/admin,{"sid":"`) {
			t.Fatal(reply)
		}
		other := x.dial().join("/admin") // no credentials leave the destination alone
		if len(got) != 2 || got[0].Token != "123" || got[1].Token != "before" {
			t.Errorf("credentials %+v", got)
		}
		s := x.io.Of("/admin").Socket(other.sid)
		if s == nil || s.ID() != other.sid || s.Namespace() != x.io.Of("/admin") || !s.Connected() || s.Namespace().Name() != "/admin" {
			t.Errorf("socket %+v", s)
		}
		if x.io.Of("/admin").SocketCount() != 2 || x.io.SocketCount() != 0 || x.io.ClientCount() != 2 {
			t.Error("counts are wrong")
		}
		if x.io.Of("") != x.io.Namespace {
			t.Error(`Of("") is not the root namespace`)
		}
	})
}

func TestBadCredentials(t *testing.T) {
	bubble(t, "websocket", Options{}, func(t *testing.T, x *fixture) {
		x.io.Use(func(_ context.Context, s *Socket) error {
			var auth struct{ Token string }
			return s.Auth(&auth)
		})
		c := x.dial()
		c.send(`40{"token":5}`)
		c.want(`44{"message":"internal error"}`)
	})
}

func TestRefusals(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var ended journal
		ended.record(x.io.Namespace)
		for name, err := range map[string]error{
			"/public":  &socketio.Error{Message: "go <away>", Data: map[string]int{"code": 401}},
			"/wrapped": fmt.Errorf("while doing this: %w", &socketio.Error{Message: "no"}),
			"/private": errors.New("password of the database is wrong"),
			"/broken":  &socketio.Error{Message: "data that is none", Data: func() {}},
		} {
			x.io.Of(name).OnConnect(func(context.Context, *Socket) error { return err })
			x.io.Of(name + "/use").Use(func(context.Context, *Socket) error { return err })
			ended.record(x.io.Of(name))
			ended.record(x.io.Of(name + "/use"))
		}
		x.io.Of("/panic").Use(func(context.Context, *Socket) error { panic("secret") })
		c := x.dial()
		for name, want := range map[string]string{
			"/public":  `{"message":"go <away>","data":{"code":401}}`,
			"/wrapped": `{"message":"no"}`,
			"/private": `{"message":"internal error"}`,
			"/broken":  `{"message":"data that is none"}`,
			"/panic":   `{"message":"internal error"}`,
			"/nope":    `{"message":"Invalid namespace"}`,
			"/public?": `{"message":"Invalid namespace"}`,
		} {
			for _, suffix := range []string{"", "/use"} {
				if name := name + suffix; x.io.acquire(name, false) != nil || suffix == "" {
					c.send("40" + name + ",")
					c.want("44" + name + "," + want)
				}
			}
		}
		// The connection stays usable, and so does the namespace (SIO-022).
		c.send("40/public,")
		c.want(`44/public,{"message":"go <away>","data":{"code":401}}`)
		c.join("/")
		ended.want(t)
		for _, n := range x.io.namespaces {
			if n.SocketCount() > 0 && n.Name() != "/" {
				t.Errorf("%s keeps a refused socket", n.Name())
			}
		}
		if !x.logs.logged("connection refused", "password", "/private") || !x.logs.logged("panic", "secret", "connect_test.go") {
			t.Error("the reasons are not logged")
		}
	})
}

func TestMiddlewaresRunInOrder(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		hook := func(name string) ConnectFunc {
			return func(ctx context.Context, s *Socket) error {
				s.Join(name)
				j.add("%s connected=%v known=%v rooms=%d", name, s.Connected(), x.io.Socket(s.ID()) == s, len(s.Rooms()))
				if ctx != s.Context() || ctx.Err() != nil {
					j.add("another context")
				}
				var auth struct{ Stop string }
				if err := s.Auth(&auth); err != nil || auth.Stop == name {
					return &socketio.Error{Message: "stopped"}
				}
				return nil
			}
		}
		x.io.OnConnect(hook("c1"))
		x.io.Use(hook("u1"))
		x.io.Use(hook("u2"))
		x.io.OnConnect(hook("c2"))
		all := []string{
			"u1 connected=false known=false rooms=1", "u2 connected=false known=false rooms=2", // not yet part of it
			"c1 connected=false known=true rooms=4", "c2 connected=false known=true rooms=5", // its own and all it has asked for
		}
		x.connect()
		j.want(t, all...)
		for i, name := range []string{"u1", "u2", "c1", "c2"} {
			c := x.dial()
			c.send(`40{"stop":"` + name + `"}`)
			c.want(`44{"message":"stopped"}`)
			j.want(t, all[:i+1]...)
		}
		if n := x.io.SocketCount(); n != 1 {
			t.Errorf("%d sockets", n)
		}
	})
}

// CONNECT comes first, then what was emitted before it, in order.
func TestEmitBeforeConnected(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		x.barriers()
		x.io.Use(func(_ context.Context, s *Socket) error { return s.Emit("use", 1) })
		x.io.OnConnect(func(_ context.Context, s *Socket) error {
			s.Join("lobby")
			if err := s.Volatile().Emit("volatile"); err != nil {
				return err
			}
			if err := x.io.To("lobby").Emit("room", []byte{7}); err != nil {
				return err
			}
			return s.Emit("connect hook", 2)
		})
		c := x.connect()
		c.want(`42["use",1]`, `451-["room",{"_placeholder":true,"num":0}]`, "x07", `42["connect hook",2]`)
		c.barrier()
		c.quiet()
	})
}

func TestCallBeforeConnected(t *testing.T) {
	for name, call := range map[string]func(ctx context.Context, s *Socket) (socketio.Args, error){
		"Call": func(ctx context.Context, s *Socket) (socketio.Args, error) { return s.Call(ctx, "q") },
		"Timeout.Call": func(ctx context.Context, s *Socket) (socketio.Args, error) {
			return s.Timeout(time.Second).Call(ctx, "q")
		},
		"Compress.Call": func(ctx context.Context, s *Socket) (socketio.Args, error) { return s.Compress(false).Call(ctx, "q") },
	} {
		t.Run(name, func(t *testing.T) {
			modes(t, Options{}, func(t *testing.T, x *fixture) {
				x.barriers()
				x.io.OnConnect(func(ctx context.Context, s *Socket) error {
					if err := s.Emit("first"); err != nil {
						return err
					}
					args, err := call(ctx, s)
					if err != nil {
						return err
					}
					return s.Emit("answer", args, s.Connected())
				})
				c := x.connect()
				c.want(`42["first"]`, `420["q"]`)
				c.send(`42["early"]`, `430["a",1]`)
				c.want(`42["answer","a",1,true]`)
				c.barrier()
				c.quiet()
			})
		})
	}
}

func TestErrorAfterEarlyAccept(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		j.record(x.io.Namespace)
		handle(x.io, "secret", func(context.Context, *Socket, *socketio.Message) error { j.add("handled"); return nil })
		x.io.OnConnect(func(ctx context.Context, s *Socket) error {
			if _, err := s.Call(ctx, "password?"); err != nil {
				return err
			}
			return &socketio.Error{Message: "wrong"}
		})
		c := x.connect()
		c.want(`420["password?"]`)
		// What it sent before the refusal is not handled.
		c.send(`42["secret"]`, `430["guess"]`, `42["secret"]`)
		c.want("41")
		j.want(t, "server namespace disconnect")
		if x.io.SocketCount() != 0 {
			t.Error("the socket is still there")
		}
		c.join("/")
	})
}

func TestDisconnectDuringOnConnect(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		j.record(x.io.Namespace)
		x.io.OnConnect(func(ctx context.Context, s *Socket) error {
			j.add("begin")
			<-ctx.Done()
			j.add("%v, %v", ctx.Err(), errors.Is(s.Emit("late"), net.ErrClosed))
			return nil
		})
		x.io.OnConnect(func(context.Context, *Socket) error { j.add("next"); return nil })
		c := x.dial()
		c.send("40")
		j.want(t, "begin")
		c.send("1")
		j.want(t, "context canceled, true", "next", "transport close")
		if x.io.SocketCount() != 0 || len(x.io.rooms) != 0 {
			t.Error("something is left")
		}
	})
}

func TestDisconnectDuringMiddleware(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		j.record(x.io.Namespace)
		x.io.Use(func(ctx context.Context, _ *Socket) error {
			<-ctx.Done()
			j.add("%v", ctx.Err())
			return nil
		})
		x.io.OnConnect(func(context.Context, *Socket) error { j.add("connected"); return nil })
		c := x.dial()
		c.send("40")
		c.lose()
		j.want(t, "context canceled") // it was never part of the namespace
	})
}

func TestServerDisconnectsWhileConnecting(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		n := x.io.Of("/use")
		n.Use(func(_ context.Context, s *Socket) error { s.Disconnect(false); return nil })
		j.record(n)
		m := x.io.Of("/connect")
		m.OnConnect(func(_ context.Context, s *Socket) error { s.Disconnect(false); return nil })
		j.record(m)
		c := x.dial()
		c.send("40/use,")
		c.want("41/use,")
		j.want(t)
		c.send("40/connect,")
		c.want("41/connect,")
		j.want(t, "server namespace disconnect")
		c.quiet()
	})
}

func TestConnectTimeout(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		x.io.Of("/slow").Use(func(ctx context.Context, _ *Socket) error {
			select {
			case <-time.After(time.Minute):
			case <-ctx.Done():
			}
			return nil
		})
		x.io.Of("/closed").Use(func(context.Context, *Socket) error { return errors.New("no") })
		for _, first := range []string{"", "40/slow,", "40/closed,", "40/unknown,"} {
			start := time.Now()
			c := x.dial()
			if first != "" {
				c.send(first)
			}
			for got := ""; got != "closed"; {
				if got = c.Next(); got == "timeout" || strings.HasPrefix(got, "40") {
					t.Fatalf("after %q: %s", first, got)
				}
			}
			if d := time.Since(start); d < 45*time.Second || d > 46*time.Second {
				t.Errorf("after %q closed in %v", first, d)
			}
		}
		c := x.connect() // joined in time
		c.send("41")
		time.Sleep(5 * time.Minute)
		c.join("/")
	})
}

func TestSecondConnect(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		j.record(x.io.Namespace)
		c := x.connect()
		c.send("40")
		c.want("closed")
		j.want(t, "forced close")
	})
}

func TestSecondConnectDuringSlowMiddleware(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		n, admitted := 0, 0
		x.io.Use(func(context.Context, *Socket) error {
			n++
			time.Sleep(time.Second)
			return nil
		})
		x.io.OnConnect(func(context.Context, *Socket) error { admitted++; return nil })
		c := x.dial()
		c.send("40", "40")
		c.want("closed")
		time.Sleep(time.Minute)
		synctest.Wait()
		if n != 1 || admitted != 0 || x.io.SocketCount() != 0 {
			t.Errorf("%d sockets, %d of them admitted", n, admitted)
		}
	})
}

func TestEventBeforeConnect(t *testing.T) {
	for name, packet := range map[string]string{
		"nothing joined": `42["x"]`, "ack": `430[]`, "other namespace": `42/other,["x"]`, "disconnect": "41", "error": `44{"message":"x"}`,
	} {
		t.Run(name, func(t *testing.T) {
			modes(t, Options{}, func(t *testing.T, x *fixture) {
				x.io.Of("/other")
				x.io.OnAny(socketio.HandlerFunc(func(context.Context, *socketio.Message) error { t.Error("handled"); return nil }))
				c := x.dial()
				if name == "other namespace" || name == "error" {
					c.join("/")
				}
				c.send(packet)
				c.want("closed")
			})
		})
	}
}

func TestEventWhileConnecting(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		x.io.Use(func(ctx context.Context, _ *Socket) error { <-ctx.Done(); return nil })
		x.io.OnAny(socketio.HandlerFunc(func(context.Context, *socketio.Message) error { t.Error("handled"); return nil }))
		c := x.dial()
		c.send("40", `42["x"]`)
		c.want("closed")
	})
}

func TestSeveralNamespaces(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		for _, name := range []string{"/", "/a", "/b"} {
			handle(x.io.Of(name), "who", func(_ context.Context, s *Socket, m *socketio.Message) error {
				return m.Ack(s.Namespace().Name(), s.ID())
			})
		}
		c := x.dial()
		ids := map[string]string{}
		for _, name := range []string{"/", "/a", "/b"} {
			ids[c.join(name).sid] = name
		}
		if len(ids) != 3 || x.io.ClientCount() != 1 {
			t.Fatalf("ids %v", ids)
		}
		for sid, name := range ids {
			c.send("42" + prefix(name) + `7["who"]`)
			c.want("43" + prefix(name) + `7["` + name + `","` + sid + `"]`)
			if err := x.io.Of(name).Emit("only here"); err != nil {
				t.Fatal(err)
			}
			c.want("42" + prefix(name) + `["only here"]`)
		}
		c.send("41/a,")
		synctest.Wait()
		if x.io.Of("/a").SocketCount() != 0 || x.io.Of("/b").SocketCount() != 1 {
			t.Error("leaving one namespace leaves others alone")
		}
		c.send(`42/b,7["who"]`)
		if got := c.Next(); !strings.HasPrefix(got, `43/b,7["/b",`) {
			t.Error(got)
		}
	})
}

func TestHandshakeAndTransport(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		handle(x.io, "transport", func(_ context.Context, s *Socket, m *socketio.Message) error {
			h := s.Handshake()
			return m.Ack(s.Transport(), h.Query().Get("transport"), h.RemoteAddr != "", h.Secure)
		})
		c := x.connect()
		c.send(`421["transport"]`)
		c.want("431" + map[string]string{
			"polling":   `["polling","polling",true,false]`,
			"websocket": `["websocket","websocket",true,false]`,
			"upgrade":   `["websocket","polling",true,false]`,
		}[x.mode])
	})
}

func TestData(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		s := x.socket(x.connect())
		if s.Data() != nil {
			t.Error("data before SetData")
		}
		s.SetData([]int{1})
		if got := s.Data().([]int); got[0] != 1 {
			t.Errorf("Data = %v", got)
		}
		if other := x.socket(x.connect()); other.Data() != nil {
			t.Error("data is shared")
		}
	})
}

// Whatever the moment in which a socket ends: either it was never part of its
// namespace, or OnDisconnect hears of it.
func TestEndInTheMomentOfAdmission(t *testing.T) {
	bubble(t, "websocket", Options{}, func(t *testing.T, x *fixture) {
		var j journal
		j.record(x.io.Namespace)
		c := &conn{server: x.io}
		for i := range 300 {
			s := &Socket{id: "x", nsp: x.io.Namespace, conn: c}
			var running atomic.Bool
			left := make(chan struct{})
			go func() {
				running.Store(true)
				s.leave(socketio.TransportClose)
				close(left)
			}()
			for !running.Load() {
				runtime.Gosched()
			}
			for range i % 50 { // some place in the other goroutine's work
				_ = s.gone()
			}
			admitted := x.io.add(s)
			<-left
			synctest.Wait()
			if n := len(j.take()); admitted != (n == 1) || x.io.SocketCount() != 0 {
				t.Fatalf("admitted: %v, calls of OnDisconnect: %d", admitted, n)
			}
		}
	})
}
