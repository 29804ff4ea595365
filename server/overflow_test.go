package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/internal/memnet"
)

// full makes a client stop reading, and fills what the network takes and more.
func (x *fixture) full() (c *client, s *Socket) {
	x.t.Helper()
	c = x.connect()
	s = x.socket(c)
	c.Hold()
	synctest.Wait()
	must(x.t, s.Emit("taken by the read that waits"))
	synctest.Wait()
	must(x.t, s.Emit("fill", strings.Repeat("x", memnet.DefaultBuffer+20_000)))
	synctest.Wait()
	return c, s
}

func TestOverflowDrop(t *testing.T) {
	modes(t, Options{SendBudget: 50_000 + memnet.DefaultBuffer, Overflow: OverflowDrop}, func(t *testing.T, x *fixture) {
		x.barriers()
		var j journal
		j.record(x.io.Namespace)
		c, s := x.full()
		good := x.connect()
		large := strings.Repeat("y", 40_000+memnet.DefaultBuffer)
		if err := s.Emit("does not fit", large); !errors.Is(err, socketio.ErrSlowConsumer) {
			t.Errorf("Emit: %v", err)
		}
		must(t, x.io.Emit("does not fit one of them", large)) // a broadcast has no error
		if got := good.Next(); !strings.HasPrefix(got, `42["does not fit one of them"`) {
			t.Errorf("got %.50s", got)
		}
		must(t, s.Emit("fits"))
		if _, err := s.Call(t.Context(), "q", large); !errors.Is(err, socketio.ErrSlowConsumer) {
			t.Errorf("Call: %v", err)
		}
		var missing *socketio.AckError
		done := make(chan error)
		go func() { _, err := x.io.CallAll(t.Context(), "q", large); done <- err }()
		if got := good.Next(); !strings.HasPrefix(got, `421["q"`) {
			t.Errorf("got %.50s", got)
		}
		good.send(`431[]`)
		if err := <-done; !errors.As(err, &missing) || missing.Missing != 1 || !errors.Is(err, socketio.ErrSlowConsumer) {
			t.Errorf("CallAll: %v", err)
		}
		// All of a call, or nothing: binary values are not torn off.
		if err := s.Emit("binary", []byte{1}, make([]byte, 40_000+memnet.DefaultBuffer)); !errors.Is(err, socketio.ErrSlowConsumer) {
			t.Errorf("Emit of binary values: %v", err)
		}
		// The event with binary values are three messages.
		if got := x.io.Stats(); got.Overflows != 7 || got.Sessions != 2 || got.Volatile != 0 {
			t.Errorf("%+v", got)
		}
		j.want(t)
		c.Release()
		c.want(`42["taken by the read that waits"]`)
		if got := c.Next(); !strings.HasPrefix(got, `42["fill"`) {
			t.Errorf("got %.50s", got)
		}
		c.want(`42["fits"]`)
		must(t, s.Emit("there is room again"))
		c.want(`42["there is room again"]`)
		c.barrier()
		if s.Cause() != nil || !s.Connected() {
			t.Errorf("connected %v, cause %v", s.Connected(), s.Cause())
		}
	})
}

// What is held until the CONNECT reply overflows in the same way.
func TestOverflowWhileConnecting(t *testing.T) {
	modes(t, Options{SendBudget: 10_000}, func(t *testing.T, x *fixture) {
		var first, second error
		x.io.OnConnect(func(_ context.Context, s *Socket) error {
			first, second = s.Emit("e", strings.Repeat("x", 20_000)), s.Emit("e")
			return nil
		})
		x.dial().send("40")
		synctest.Wait()
		if first != nil || !errors.Is(second, socketio.ErrSlowConsumer) {
			t.Errorf("%v, %v", first, second)
		}
		if x.io.SocketCount() != 0 || x.io.ClientCount() != 0 {
			t.Error("still connected")
		}
	})
}

func TestOverflowDropWhileConnecting(t *testing.T) {
	modes(t, Options{SendBudget: 10_000, Overflow: OverflowDrop}, func(t *testing.T, x *fixture) {
		x.barriers()
		var first, second, third error
		x.io.OnConnect(func(_ context.Context, s *Socket) error {
			first = s.Emit("fits")
			second = s.Emit("does not", strings.Repeat("x", 20_000))
			third = s.Emit("fits again")
			return nil
		})
		c := x.connect()
		if first != nil || !errors.Is(second, socketio.ErrSlowConsumer) || third != nil {
			t.Errorf("%v, %v, %v", first, second, third)
		}
		c.want(`42["fits"]`, `42["fits again"]`)
		c.barrier()
	})
}

// Causes: what has ended a connection, beside its reason (SRV-069).
func TestCause(t *testing.T) {
	modes(t, Options{SendBudget: 10_000, MaxPayload: 50_000}, func(t *testing.T, x *fixture) {
		for why, test := range map[string]struct {
			end   func(c *client, s *Socket)
			cause string // in its text; "-" is none
			is    error
		}{
			"the client leaves":     {func(c *client, _ *Socket) { c.send("41") }, "-", nil},
			"the server closes":     {func(_ *client, s *Socket) { s.Disconnect(true) }, "-", nil},
			"the client closes":     {func(c *client, _ *Socket) { c.send("1") }, "-", nil},
			"an unknown packet":     {func(c *client, _ *Socket) { c.send("7") }, "unknown packet type", nil},
			"a ping of the client":  {func(c *client, _ *Socket) { c.send("2") }, "heartbeat", nil},
			"a packet out of place": {func(c *client, _ *Socket) { c.send("40") }, "", nil},
			"too slow a client": {func(c *client, s *Socket) {
				c.Hold()
				synctest.Wait()
				for s.Connected() {
					_ = s.Emit("e", strings.Repeat("x", 9_000))
				}
			}, "slow", socketio.ErrSlowConsumer},
		} {
			c := x.connect()
			s := x.socket(c)
			if s.Cause() != nil {
				t.Errorf("%s: a cause before the end: %v", why, s.Cause())
			}
			test.end(c, s)
			synctest.Wait()
			err := s.Cause()
			c.Cut() // which is a cause of its own for a connection that is still there
			switch {
			case s.Connected():
				t.Errorf("%s: still connected", why)
			case test.cause == "-" && err != nil, test.cause != "-" && test.cause != "" && (err == nil || !strings.Contains(err.Error(), test.cause)):
				t.Errorf("%s: cause %v, want %q", why, err, test.cause)
			case test.is != nil && !errors.Is(err, test.is):
				t.Errorf("%s: cause %v", why, err)
			}
		}
	})
}

// The hooks of the end see the cause.
func TestCauseInOnDisconnect(t *testing.T) {
	bubble(t, "websocket", Options{SendBudget: 10_000}, func(t *testing.T, x *fixture) {
		var j journal
		x.io.OnDisconnect(func(s *Socket, r socketio.Reason) { j.add("%s: %v", r, s.Cause()) })
		c := x.connect()
		s := x.socket(c)
		c.Hold()
		for s.Connected() {
			_ = s.Emit("e", strings.Repeat("x", 9_000))
			synctest.Wait()
		}
		j.want(t, "transport error: "+socketio.ErrSlowConsumer.Error())
	})
}

func TestLogValue(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		x.io.Of("/chat")
		c := x.dial().join("/chat")
		s := x.io.Of("/chat").Socket(c.sid)
		var out bytes.Buffer
		slog.New(slog.NewTextHandler(&out, nil)).Info("hello", "socket", s)
		want := fmt.Sprintf("socket.sid=%s socket.nsp=/chat socket.remote=%s socket.transport=%s\n", s.ID(), s.Handshake().RemoteAddr, s.Transport())
		if got := out.String(); !strings.HasSuffix(got, want) {
			t.Errorf("logged %s", got)
		}
		if s.conn.session.ID() == s.ID() || strings.Contains(out.String(), s.conn.session.ID()) {
			t.Error("the secret of the connection is logged")
		}
	})
}

// The counts of a small script, exactly.
func TestStats(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		x.io.Of("/other")
		if got := x.io.Stats(); got != (Stats{Namespaces: 2}) {
			t.Errorf("at first %+v", got)
		}
		handle(x.io, "echo", func(_ context.Context, _ *Socket, m *socketio.Message) error { return m.Ack(m.Args) })
		sent, received := uint64(0), uint64(0)
		count := func(n *uint64, texts ...string) {
			for _, text := range texts {
				*n += uint64(len(text))
			}
		}
		c := x.connect()
		count(&sent, "40", `421["echo",1]`, `451-2["echo",{"_placeholder":true,"num":0}]`, "123")
		c.send(`421["echo",1]`, `451-2["echo",{"_placeholder":true,"num":0}]`, "x010203")
		c.want(`431[1]`, `461-2[{"_placeholder":true,"num":0}]`, "x010203")
		upgrades := map[string]string{"websocket": "[]"}[x.mode]
		open := fmt.Sprintf(`0{"sid":"%s","upgrades":%s,"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`, c.SID, orDefault(upgrades, `["websocket"]`))
		count(&received, open, fmt.Sprintf(`40{"sid":"%s"}`, c.sid), `431[1]`, `461-2[{"_placeholder":true,"num":0}]`, "123")
		want := Stats{Stats: engine.Stats{Sessions: 1, Opened: 1, PacketsIn: 4, PacketsOut: 5}, Sockets: 1, Namespaces: 2}
		if x.mode == "polling" {
			count(&sent, "b", "=") // base64 of three bytes has four letters
		}
		if x.mode == "upgrade" {
			count(&sent, "2probe", "5")
			count(&received, "3probe")
			want.PacketsIn, want.PacketsOut = want.PacketsIn+2, want.PacketsOut+1
		}
		want.BytesIn, want.BytesOut = sent, received
		synctest.Wait()
		got := x.io.Stats()
		if noops := got.PacketsOut - want.PacketsOut; x.mode == "upgrade" && noops <= 5 { // which let go of GETs
			want.PacketsOut, want.BytesOut = got.PacketsOut, want.BytesOut+noops
		}
		if got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		// A heartbeat, and the end.
		time.Sleep(26 * time.Second)
		synctest.Wait()
		before := got
		if got = x.io.Stats(); got.PacketsIn != before.PacketsIn+1 || got.PacketsOut != before.PacketsOut+1 || got.BytesIn != before.BytesIn+1 || got.BytesOut != before.BytesOut+1 {
			t.Errorf("with a heartbeat %+v", got)
		}
		c.send("41")
		synctest.Wait()
		if got := x.io.Stats(); got.Sockets != 0 || got.Sessions != 1 {
			t.Errorf("after the disconnect: %+v", got)
		}
		c.lose()
		synctest.Wait()
		if got := x.io.Stats(); got.Sockets != 0 || got.Sessions != 0 || got.Opened != 1 {
			t.Errorf("at the end: %+v", got)
		}
	})
}

func orDefault(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// Volatile events are for clients that can take them at this moment (SRV-058).
func TestVolatileOnEachTransport(t *testing.T) {
	bubble(t, "polling", Options{}, func(t *testing.T, x *fixture) {
		x.barriers()
		c := x.connect()
		s := x.socket(c)
		synctest.Wait() // a GET is pending
		must(t, s.Volatile().Emit("v", 1), s.Volatile().Emit("v", 2), s.Volatile().Emit("v", 3), s.Emit("e"))
		c.want(`42["v",1]`, `42["e"]`) // the GET is taken
		c.Hold()
		synctest.Wait()
		must(t, s.Emit("fetched by the GET that waits"))
		synctest.Wait()
		must(t, s.Volatile().Emit("no GET"), x.io.Volatile().Emit("no GET"), s.Volatile().Emit("no GET", []byte{1}))
		c.Release()
		c.want(`42["fetched by the GET that waits"]`)
		c.barrier()
		c.quiet()
		if got := x.io.Stats().Volatile; got != 2+1+1+2 {
			t.Errorf("%d dropped", got)
		}
	})
	for _, mode := range []string{"websocket", "upgrade"} {
		bubble(t, mode, Options{}, func(t *testing.T, x *fixture) {
			x.barriers()
			c := x.connect()
			s := x.socket(c)
			for i := range 2 {
				must(t, s.Volatile().Emit("v", i))
				synctest.Wait() // the network takes it
			}
			must(t, s.Volatile().Emit("v", []byte{3}))
			c.want(`42["v",0]`, `42["v",1]`, `451-["v",{"_placeholder":true,"num":0}]`, "x03")
			c.barrier()
			c.Cut()
			c, s = x.full()
			must(t, s.Volatile().Emit("dropped"), x.io.Volatile().Emit("dropped"), s.Volatile().Emit("dropped", []byte{1}))
			if got := x.io.Stats().Volatile; got != 4 {
				t.Errorf("%s: %d dropped", mode, got)
			}
			c.Release()
			c.want(`42["taken by the read that waits"]`)
			c.Next()
			c.barrier()
			c.quiet()
		})
	}
}

// Before the CONNECT reply nobody can receive (SRV-058), and a volatile event does not wait.
func TestVolatileBeforeConnected(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		x.barriers()
		x.io.OnConnect(func(_ context.Context, s *Socket) error {
			return errors.Join(s.Volatile().Emit("v"), x.io.Volatile().Emit("v"), s.Emit("e"))
		})
		c := x.connect()
		c.want(`42["e"]`)
		c.barrier()
		c.quiet()
	})
}
