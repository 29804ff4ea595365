package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/internal/dispatch"
	"github.com/socketio-go/socketio/internal/rawclient"
)

// These tests run over TCP, in real time. Where connections are driven by event
// loops, quick handlers run on the goroutine that reads, and slow ones are
// overtaken: none of it may be seen from outside.

// eventually waits until f is true.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !f(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still not: %s", what)
		}
	}
}

// overTCP runs f with a server of these options, for clients on WebSocket.
func overTCP(t *testing.T, opts Options, f func(t *testing.T, x *fixture)) {
	t.Helper()
	x := &fixture{t: t, mode: "websocket", logs: new(recorder)}
	opts.Logger = slog.New(x.logs)
	x.io = New(&opts)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	x.dialer = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, l.Addr().String())
	}
	hs := &http.Server{Handler: x.io}
	go func() { _ = hs.Serve(l) }()
	defer func() {
		for _, c := range x.clients {
			c.Cut()
		}
		_ = x.io.Close()
		_ = hs.Close()
		eventually(t, "everybody gone", func() bool { return x.io.ClientCount() == 0 && x.io.SocketCount() == 0 })
	}()
	f(t, x)
}

func TestTCPEcho(t *testing.T) {
	overTCP(t, Options{}, func(t *testing.T, x *fixture) {
		handle(x.io, "echo", func(_ context.Context, s *Socket, m *socketio.Message) error {
			return errors.Join(s.Emit("echo", m.Args), m.Ack(m.Args))
		})
		for _, mode := range []string{"polling", "websocket", "upgrade"} {
			c := x.dialWith(rawclient.Options{Mode: mode}).join("/")
			for range 100 {
				c.send(`421["echo","a",{"b":[1]}]`, `451-2["echo",{"_placeholder":true,"num":0}]`, "x0102")
				c.want(`42["echo","a",{"b":[1]}]`, `431["a",{"b":[1]}]`)
				c.want(`451-["echo",{"_placeholder":true,"num":0}]`, "x0102", `461-2[{"_placeholder":true,"num":0}]`, "x0102")
			}
		}
	})
}

// Quick and slow handlers in turn: the order stays that of arrival, and nothing
// that a handler keeps is changed by what arrives later.
func TestTCPOrder(t *testing.T) {
	const n = 3000
	overTCP(t, Options{}, func(t *testing.T, x *fixture) {
		var kept []socketio.Args
		var typed []string
		var inside, overlaps atomic.Int64
		handler := func(_ context.Context, _ *Socket, m *socketio.Message) error {
			if inside.Add(1) > 1 {
				overlaps.Add(1)
			}
			defer inside.Add(-1)
			if len(kept)%100 == 0 {
				time.Sleep(time.Millisecond)
			}
			kept = append(kept, m.Args)
			return nil
		}
		for _, name := range []string{"a", "b", "c"} {
			handle(x.io, name, handler)
		}
		socketio.On(x.io, socketio.NewEvent[string]("typed"), func(_ context.Context, _ *Socket, s string) error {
			if inside.Add(1) > 1 {
				overlaps.Add(1)
			}
			defer inside.Add(-1)
			typed = append(typed, s)
			return nil
		})
		x.barriers()
		c := x.connect()
		var want []string
		for i := range n {
			text := fmt.Sprintf("%d-%s", i, strings.Repeat(string(rune('a'+i%26)), i%50))
			c.send(fmt.Sprintf(`42["%s","%s"]`, string("abc"[i%3]), text), fmt.Sprintf(`42["typed","%s"]`, text))
			want = append(want, text)
		}
		c.barrier()
		for i, args := range kept {
			var got string
			if err := args.Scan(&got); err != nil || got != want[i] {
				t.Fatalf("event %d was %q, %v, want %q", i, got, err, want[i])
			}
		}
		if len(kept) != n || !slices.Equal(typed, want) || overlaps.Load() > 0 {
			t.Errorf("%d and %d events, %d overlaps", len(kept), len(typed), overlaps.Load())
		}
	})
}

func TestTCPHandlerWaitsForItsOwnSocket(t *testing.T) {
	overTCP(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		handle(x.io, "ask", func(ctx context.Context, s *Socket, m *socketio.Message) error {
			args, err := s.Call(ctx, "q")
			j.add("answered")
			return errors.Join(err, m.Ack(args))
		})
		handle(x.io, "n", func(context.Context, *Socket, *socketio.Message) error { j.add("n"); return nil })
		handle(x.io.Of("/other"), "quick", func(_ context.Context, _ *Socket, m *socketio.Message) error { return m.Ack() })
		c := x.connect().join("/other")
		for round := range 20 {
			c.send(`421["ask"]`, `42["n"]`, `42["n"]`, `42/other,5["quick"]`)
			got := []string{c.Next(), c.Next()} // the other namespace does not wait
			slices.Sort(got)
			if q := fmt.Sprintf(`42%d["q"]`, round); got[0] != q || got[1] != `43/other,5[]` {
				t.Fatalf("got %q", got)
			}
			c.send(fmt.Sprintf(`43%d["a"]`, round))
			c.want(`431["a"]`)
			eventually(t, "all handled", func() bool { return j.len() == 3 })
			if got := j.take(); got[0] != "answered" {
				t.Fatalf("happened %q", got)
			}
		}
	})
}

// Handlers that panic, or end their own connection.
func TestTCPHandlersThatEnd(t *testing.T) {
	overTCP(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		j.record(x.io.Namespace)
		handle(x.io, "panic", func(context.Context, *Socket, *socketio.Message) error { panic("on purpose") })
		handle(x.io, "kick", func(_ context.Context, s *Socket, _ *socketio.Message) error { s.Disconnect(false); return s.Emit("x") })
		handle(x.io, "bye", func(_ context.Context, s *Socket, _ *socketio.Message) error { s.Disconnect(true); return nil })
		x.barriers()
		c := x.connect()
		for range 10 {
			c.send(`421["panic"]`)
			c.want(`431[{"error":{"message":"internal error"}}]`)
			c.send(`42["kick"]`, `422["barrier"]`) // the second one is ignored
			c.want("41")
			c.join("/").barrier()
		}
		c.send(`42["bye"]`, `422["barrier"]`)
		c.want("41", "closed")
		eventually(t, "all hooks called", func() bool { return j.len() == 11 })
		for _, reason := range j.take() {
			if reason != "server namespace disconnect" {
				t.Error(reason)
			}
		}
	})
}

// Handlers that block hold up nobody but their own sockets, however many there are.
func TestTCPBlockedHandlers(t *testing.T) {
	overTCP(t, Options{}, func(t *testing.T, x *fixture) {
		block := make(chan struct{})
		handle(x.io, "block", func(_ context.Context, _ *Socket, m *socketio.Message) error { <-block; return m.Ack() })
		x.barriers()
		var blocked []*client
		for range 20 {
			c := x.connect()
			c.send(`421["block"]`, `422["barrier"]`)
			blocked = append(blocked, c)
		}
		free := x.connect()
		for range 50 {
			free.barrier()
		}
		// A disconnect, too, is seen while the handler runs.
		n := x.io.SocketCount()
		blocked[0].send("41")
		blocked[1].Cut()
		eventually(t, "two gone", func() bool { return x.io.SocketCount() == n-2 })
		close(block)
		for _, c := range blocked[2:] {
			c.want(`431[]`, `432["done"]`)
		}
	})
}

func TestTCPBounds(t *testing.T) {
	const budget, size, n = 100_000, 1000, 2000
	overTCP(t, Options{ReceiveBudget: budget, SendBudget: 1 << 20}, func(t *testing.T, x *fixture) {
		block := make(chan struct{})
		next := 0
		handle(x.io, "n", func(_ context.Context, _ *Socket, m *socketio.Message) error {
			<-block
			var i int
			if err := m.Args.Scan(&i); err != nil || i != next {
				t.Errorf("got %d, want %d, %v", i, next, err)
			}
			next++
			return nil
		})
		x.barriers()
		c := x.connect()
		s := x.io.Socket(c.sid)
		text := strings.Repeat("x", size)
		for i := range n {
			c.send(fmt.Sprintf(`42["n",%d,"%s"]`, i, text))
		}
		c.send(`4299["barrier"]`)
		waiting := func() int {
			s.conn.mu.Lock()
			defer s.conn.mu.Unlock()
			return int(s.conn.waiting)
		}
		eventually(t, "budget used up", func() bool { return waiting() > budget })
		time.Sleep(20 * time.Millisecond)
		if w := waiting(); w > budget+size+2*dispatch.TaskOverhead {
			t.Errorf("%d bytes wait", w)
		}
		close(block)
		c.want(`4399["done"]`)
		if next != n {
			t.Errorf("%d events handled", next)
		}
		eventually(t, "nothing waits", func() bool { return waiting() == 0 })

		// And the other way round: a client that does not read is disconnected.
		slow, good := x.connect(), x.connect()
		slow.Hold()
		for i := 0; x.io.Socket(slow.sid) != nil; i++ {
			if err := x.io.To(slow.sid, good.sid).Emit("n", i, strings.Repeat("y", 50_000)); err != nil || i > 1000 {
				t.Fatalf("%d events, %v", i, err)
			}
			if got := good.Next(); !strings.HasPrefix(got, fmt.Sprintf(`42["n",%d,`, i)) {
				t.Fatalf("the good client got %.50s", got)
			}
		}
	})
}

func TestTCPShutdown(t *testing.T) {
	overTCP(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		j.record(x.io.Namespace)
		begun := make(chan struct{})
		handle(x.io, "slow", func(ctx context.Context, _ *Socket, _ *socketio.Message) error {
			close(begun)
			<-ctx.Done()
			time.Sleep(20 * time.Millisecond)
			j.add("handled")
			return nil
		})
		c := x.connect()
		c.send(`42["slow"]`)
		<-begun
		want := make([]string, 1000)
		for i := range want {
			want[i] = fmt.Sprintf(`42["n",%d]`, i)
			if err := x.io.Emit("n", i); err != nil {
				t.Fatal(err)
			}
		}
		if err := x.io.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if got := j.take(); !slices.Equal(got, []string{"handled", "server shutting down"}) {
			t.Errorf("happened %q", got)
		}
		c.want(append(want, "closed")...)
	})
}

// Everything at once, for the race detector.
func TestTCPManyAtOnce(t *testing.T) {
	overTCP(t, Options{}, func(t *testing.T, x *fixture) {
		var handled atomic.Int64
		x.io.OnConnect(func(_ context.Context, s *Socket) error { s.Join("all"); return nil })
		socketio.On(x.io, socketio.NewEvent[int]("n"), func(_ context.Context, s *Socket, i int) error {
			handled.Add(1)
			switch i % 10 {
			case 3:
				time.Sleep(200 * time.Microsecond)
			case 5:
				return s.To("all").Emit("b", i)
			case 7:
				s.Join("odd")
				s.Leave("odd")
			}
			return nil
		})
		x.barriers()
		var running sync.WaitGroup
		for i := range 16 {
			c := x.connect()
			running.Go(func() {
				for k := range 60 {
					if c.Send(fmt.Sprintf(`42["n",%d]`, k)) != nil {
						t.Error("disconnected")
					}
				}
				if i%4 == 3 {
					c.Cut()
					return
				}
				_ = c.Send(`429["barrier"]`)
				for got := ""; got != `439["done"]`; {
					if got = c.Next(); got == "closed" || got == "timeout" {
						t.Error(got)
						return
					}
				}
			})
		}
		running.Wait()
		if handled.Load() < 12*60 {
			t.Errorf("%d events", handled.Load())
		}
	})
}

// What few connections need is made while packets arrive.
func TestTCPDisconnectWhileReading(t *testing.T) {
	overTCP(t, Options{}, func(t *testing.T, x *fixture) {
		handle(x.io.Of("/other"), "echo", func(_ context.Context, s *Socket, m *socketio.Message) error { return s.Emit("echo", m.Args) })
		for range 30 {
			c := x.connect()
			s := x.io.Socket(c.sid)
			c.join("/other")
			var done sync.WaitGroup
			begin := make(chan struct{})
			done.Go(func() {
				<-begin
				s.Disconnect(false)
			})
			close(begin)
			c.send(`42/other,["echo"]`, `42["late"]`)
			done.Wait()
			if got := []string{c.Next(), c.Next()}; !slices.Contains(got, "41") || !slices.Contains(got, `42/other,["echo"]`) {
				t.Fatalf("got %q", got)
			}
			c.Cut()
		}
	})
}
