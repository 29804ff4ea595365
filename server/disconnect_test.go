package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/internal/rawclient"
	"github.com/socketio-go/socketio/websocket"
)

// Every way to end, and what OnDisconnect is told (SRV-068).
func TestReasons(t *testing.T) {
	type end struct {
		want, onPolling string // onPolling if it is different there
		do              func(x *fixture, c *client)
	}
	for name, end := range map[string]end{
		"client leaves the namespace": {"client namespace disconnect", "", func(_ *fixture, c *client) { c.send("41") }},
		"Disconnect":                  {"server namespace disconnect", "", func(x *fixture, c *client) { x.socket(c).Disconnect(false) }},
		"Disconnect, connection too":  {"server namespace disconnect", "", func(x *fixture, c *client) { x.socket(c).Disconnect(true) }},
		"client closes":               {"transport close", "", func(_ *fixture, c *client) { c.send("1") }},
		"connection lost":             {"transport close", "transport error", func(_ *fixture, c *client) { c.lose() }},
		"WebSocket broken": {"transport error", "transport error", func(_ *fixture, c *client) {
			if ws := c.WebSocket(); ws != nil {
				_ = ws.Write(websocket.Text, []byte("4\xff")) // not UTF-8
			} else {
				_ = c.Send("2") // only servers ping
			}
		}},
		"invalid Engine.IO packet":           {"parse error", "", func(_ *fixture, c *client) { c.send("9") }},
		"invalid Socket.IO packet":           {"forced close", "", func(_ *fixture, c *client) { c.send("4{}") }},
		"packet that has no place":           {"forced close", "", func(_ *fixture, c *client) { c.send(`42/other,["x"]`) }},
		"packet of a server":                 {"forced close", "", func(_ *fixture, c *client) { c.send(`44{"message":"x"}`) }},
		"second CONNECT":                     {"forced close", "", func(_ *fixture, c *client) { c.send("40") }},
		"text while attachments are awaited": {"forced close", "", func(_ *fixture, c *client) { c.send(`451-["x",{"_placeholder":true,"num":0}]`, `42["x"]`) }},
		"attachment that nobody announced":   {"forced close", "", func(_ *fixture, c *client) { c.send("x01") }},
		"Close":                              {"server shutting down", "", func(x *fixture, _ *client) { _ = x.io.Close() }},
		"Shutdown": {"server shutting down", "", func(x *fixture, c *client) {
			if err := x.io.Shutdown(c.t.Context()); err != nil {
				c.t.Error(err)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			modes(t, Options{}, func(t *testing.T, x *fixture) {
				var j journal
				j.record(x.io.Namespace)
				c, other := x.connect(), x.connect()
				end.do(x, c)
				want := end.want
				if x.mode == "polling" && end.onPolling != "" {
					want = end.onPolling
				}
				if strings.Contains(want, "shutting") {
					j.want(t, want, want)
					return
				}
				j.want(t, want)
				if x.io.SocketCount() != 1 || x.io.Socket(other.sid) == nil {
					t.Error("another client was disconnected, or this one was not")
				}
			})
		})
	}
}

func TestPingTimeout(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		j.record(x.io.Namespace)
		x.connect()
		dead := x.dialWith(rawclient.Options{Mode: x.mode, Mute: true}).join("/")
		time.Sleep(44 * time.Second)
		j.want(t)
		time.Sleep(2 * time.Second)
		j.want(t, "ping timeout")
		dead.want("2", "closed")
		time.Sleep(10 * time.Minute)
		j.want(t) // the one that answers stays
	})
}

func TestDisconnectByTheServer(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		n := x.io.Of("/other")
		j.record(x.io.Namespace)
		j.record(n)
		handle(n, "echo", func(_ context.Context, s *Socket, m *socketio.Message) error { return s.Emit("echo", m.Args) })
		c := x.connect()
		root := x.socket(c)
		c.join("/other")
		if err := errors.Join(root.Emit("last words"), n.Socket(c.sid).Emit("here too")); err != nil {
			t.Fatal(err)
		}
		root.Disconnect(false)
		root.Disconnect(false)
		c.want(`42["last words"]`, `42/other,["here too"]`, "41")
		j.want(t, "server namespace disconnect")
		if root.Connected() || root.Emit("x") == nil || x.io.SocketCount() != 0 {
			t.Error("still connected")
		}
		// What was under way to the socket is ignored, in whatever form (B-24).
		c.send(`42["in flight"]`, `42/other,["echo",1]`, `430["x"]`, "41", `421["in flight"]`)
		c.want(`42/other,["echo",1]`)
		// The client may come back, and has no excuse any more.
		first := root.ID()
		if c.join("/"); c.sid == first {
			t.Error("the same id again")
		}
		c.send("41")
		j.want(t, "client namespace disconnect")
		c.send(`42["no excuse"]`)
		c.want("closed")
	})
}

func TestDisconnectOfASocketThatIsGone(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		j.record(x.io.Namespace)
		c := x.connect()
		first := x.socket(c)
		first.Disconnect(false)
		c.want("41")
		c.join("/")
		first.Disconnect(false)
		c.quiet() // the new socket is another one
		j.want(t, "server namespace disconnect")
		second := x.socket(c)
		c.send("1")
		j.want(t, "transport close")
		// A CONNECT that crosses the end of the connection comes to nothing.
		if second.conn.connect("/", nil); x.io.SocketCount() != 0 || len(second.conn.all()) != 0 {
			t.Error("a socket without a connection")
		}
	})
}

func TestDisconnectOfTheConnection(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		n := x.io.Of("/other")
		j.record(x.io.Namespace)
		j.record(n)
		handle(x.io, "bye", func(_ context.Context, s *Socket, _ *socketio.Message) error {
			if err := s.Emit("last words"); err != nil {
				return err
			}
			s.Disconnect(true)
			return nil
		})
		c := x.connect().join("/other")
		c.send(`42["bye"]`)
		c.want(`42["last words"]`, "41", "41/other,", "closed")
		j.want(t, "server namespace disconnect", "server namespace disconnect")
		if x.io.ClientCount() != 0 || n.SocketCount() != 0 {
			t.Error("something is left")
		}
	})
}

func TestOnDisconnectComesLast(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		handle(x.io, "e", func(_ context.Context, s *Socket, m *socketio.Message) error {
			time.Sleep(time.Second)
			j.add("%s", m.Args.Raw(0))
			return m.Ack()
		})
		x.io.OnDisconnect(func(s *Socket, reason socketio.Reason) {
			j.add("first %s %v", reason, errors.Is(s.Emit("x"), net.ErrClosed))
		})
		x.io.OnDisconnect(func(s *Socket, _ socketio.Reason) { j.add("second %v", s.Data()) })
		c := x.connect()
		x.socket(c).SetData("kept")
		c.send(`421["e",1]`, `422["e",2]`, `423["e",3]`, "41")
		time.Sleep(5 * time.Second)
		j.want(t, "1", "2", "3", "first client namespace disconnect true", "second kept")
		c.quiet() // the acknowledgements had nobody to go to
	})
}

func TestShutdown(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		j.record(x.io.Namespace)
		handle(x.io, "slow", func(ctx context.Context, s *Socket, _ *socketio.Message) error {
			<-ctx.Done()
			time.Sleep(5 * time.Second)
			j.add("handled")
			return nil
		})
		x.io.Of("/busy").Use(func(ctx context.Context, _ *Socket) error {
			time.Sleep(3 * time.Second)
			j.add("admitted %v", ctx.Err())
			return nil
		})
		j.record(x.io.Of("/busy"))
		c := x.connect()
		c.send(`42["slow"]`, "40/busy,")
		synctest.Wait()
		want := make([]string, 100)
		for i := range want {
			want[i] = fmt.Sprintf(`42["n",%d]`, i)
			if err := x.io.Emit("n", i); err != nil {
				t.Fatal(err)
			}
		}
		start := time.Now()
		if err := x.io.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if d := time.Since(start); d < 5*time.Second || d > 6*time.Second {
			t.Errorf("took %v", d)
		}
		j.want(t, "admitted context canceled", "handled", "server shutting down")
		c.want(append(want, "closed")...)
		if x.io.ClientCount() != 0 || x.io.SocketCount() != 0 {
			t.Error("something is left")
		}
		x.refusesClients()
	})
}

// refusesClients checks that a server that was shut down takes nobody.
func (x *fixture) refusesClients() {
	x.t.Helper()
	tr := &http.Transport{DialContext: x.net.DialContext}
	defer tr.CloseIdleConnections()
	res, err := (&http.Client{Transport: tr}).Get("http://server/socket.io/?EIO=4&transport=polling")
	if err != nil {
		x.t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		x.t.Errorf("a new client is answered with %d", res.StatusCode)
	}
	raw, err := rawclient.Dial(x.t.Context(), rawclient.Options{DialContext: x.net.DialContext, Mode: "websocket"})
	if err == nil {
		if got := raw.Next(); got != "closed" {
			x.t.Errorf("a new WebSocket got %q", got)
		}
		raw.Cut()
	}
}

func TestShutdownHasADeadline(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		release := make(chan struct{})
		handle(x.io, "stuck", func(context.Context, *Socket, *socketio.Message) error { <-release; return nil })
		stuck, deaf := x.connect(), x.connect()
		stuck.send(`42["stuck"]`)
		deaf.Hold()
		synctest.Wait() // the handler runs, and the client has stopped to read
		if err := x.io.Emit("big", strings.Repeat("x", 1<<20)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		start := time.Now()
		err := x.io.Shutdown(ctx)
		if d := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || d != 2*time.Second {
			t.Errorf("%v after %v", err, d)
		}
		if x.io.ClientCount() != 0 || x.io.SocketCount() != 0 {
			t.Error("something is left")
		}
		x.refusesClients()
		close(release)
		if err := x.io.Shutdown(t.Context()); err != nil {
			t.Errorf("a second Shutdown: %v", err)
		}
	})
}

func TestClose(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		j.record(x.io.Namespace)
		release := make(chan struct{})
		handle(x.io, "stuck", func(context.Context, *Socket, *socketio.Message) error { <-release; return nil })
		c := x.connect()
		c.send(`42["stuck"]`)
		synctest.Wait()
		s := x.socket(c)
		start := time.Now()
		if err := errors.Join(x.io.Close(), x.io.Close()); err != nil || time.Since(start) > 0 {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		if s.Connected() || !errors.Is(s.Emit("x"), net.ErrClosed) {
			t.Error("still connected")
		}
		c.want("closed")
		j.want(t)
		if x.io.ClientCount() != 0 {
			t.Error("a client is left")
		}
		close(release)
		j.want(t, "server shutting down") // after what was being handled
		x.refusesClients()
	})
}

// A client that is admitted while the server stops does not stay.
func TestStopWhileConnecting(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		j.record(x.io.Namespace)
		admit := make(chan struct{})
		var late *Socket
		x.io.Use(func(_ context.Context, s *Socket) error {
			late = s
			<-admit
			return nil
		})
		x.io.OnConnect(func(context.Context, *Socket) error { j.add("connected"); return nil })
		c := x.dial()
		c.send("40")
		synctest.Wait()
		x.io.stop()
		close(admit)
		j.want(t)
		if x.io.SocketCount() != 0 || late.Context().Err() == nil || len(late.conn.all()) != 0 {
			t.Error("it was admitted")
		}
		c.quiet()
	})
}
