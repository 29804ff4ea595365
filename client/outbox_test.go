package client_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/client"
	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/server"
	"github.com/socketio-go/socketio/socketiotest"
)

// offline connects a client and takes the network away.
func offline(t *testing.T, io *socketiotest.Server, o client.Options) *client.Socket {
	t.Helper()
	s := io.Connect(io.Client("/", &o))
	time.Sleep(time.Second)
	io.Offline()
	io.Cut()
	synctest.Wait()
	time.Sleep(time.Second)
	if s.Connected() || !s.Active() {
		t.Fatalf("connected %v, active %v", s.Connected(), s.Active())
	}
	return s
}

// What is emitted without a connection waits for one, in order, before anything that
// the connect hook emits.
func TestOfflineBuffer(t *testing.T) {
	overModes(t, func(t *testing.T, io *socketiotest.Server, o client.Options) {
		got := socketiotest.Record(t, io.Server)
		echoes(io.Namespace)
		s := offline(t, io, o)
		for i := range 5 {
			if err := s.Emit("n", i, []byte{byte(i)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Volatile().Emit("volatile"); err != nil {
			t.Error(err)
		}
		s.OnConnect(func(_ context.Context, s *client.Socket) { _ = s.Emit("hook") })
		answered := make(chan error, 1)
		go func() {
			_, err := s.Call(t.Context(), "echo", "called")
			answered <- err
		}()
		synctest.Wait()
		io.Online()
		if err := <-answered; err != nil {
			t.Error(err)
		}
		synctest.Wait()
		for i := range 5 {
			got.Expect("n", i, []byte{byte(i)})
		}
		got.Expect("echo", "called")
		got.Expect("hook")
		got.None()
	})
}

func TestOfflineBufferIsBounded(t *testing.T) {
	for _, dropOldest := range []bool{false, true} {
		bubble(t, func(t *testing.T, io *socketiotest.Server) {
			var log logs
			got := socketiotest.Record(t, io.Server)
			s := offline(t, io, client.Options{SendBudget: 10_000, DropOldest: dropOldest, Logger: slog.New(&log)})
			text := strings.Repeat("x", 900)
			kept := 0
			for i := range 20 {
				err := s.Emit("n", i, text)
				if err == nil {
					kept++
				} else if !errors.Is(err, socketio.ErrSlowConsumer) {
					t.Fatal(err)
				}
			}
			io.Online()
			io.Connect(s)
			synctest.Wait()
			first := 0
			if dropOldest {
				if kept != 20 || !log.logged("given up") {
					t.Errorf("%d kept; an event that is dropped is not in the log", kept)
				}
				first = 20 - 10
			} else if kept < 9 || kept > 10 {
				t.Errorf("%d kept", kept)
			}
			for i := first; i < first+10 && i < first+kept; i++ {
				got.Expect("n", i, text)
			}
			got.None()
			if err := s.Emit("n", "the budget is free again", text); err != nil {
				t.Error(err)
			}
		})
	}
}

// One event larger than the budget is kept if nothing else waits.
func TestOfflineBufferTakesOneLargeEvent(t *testing.T) {
	bubble(t, func(t *testing.T, io *socketiotest.Server) {
		got := socketiotest.Record(t, io.Server)
		s := offline(t, io, client.Options{SendBudget: 100})
		text := strings.Repeat("x", 100_000)
		if err := s.Emit("large", text); err != nil {
			t.Error(err)
		}
		if err := s.Emit("more"); !errors.Is(err, socketio.ErrSlowConsumer) {
			t.Errorf("got %v", err)
		}
		io.Online()
		got.Expect("large", text)
	})
}

// Closing says what happens to what waited.
func TestCloseDropsWhatWaits(t *testing.T) {
	bubble(t, func(t *testing.T, io *socketiotest.Server) {
		var log logs
		s := offline(t, io, client.Options{Logger: slog.New(&log)})
		_ = s.Emit("n")
		answered := make(chan error, 1)
		go func() {
			_, err := s.Call(t.Context(), "echo")
			answered <- err
		}()
		synctest.Wait()
		_ = s.Close()
		if err := <-answered; !errors.Is(err, net.ErrClosed) {
			t.Errorf("a call that waited: %v", err)
		}
		if !log.logged("events that waited") {
			t.Error("not in the log")
		}
		got := socketiotest.Record(t, io.Server)
		io.Online()
		io.Connect(s)
		synctest.Wait()
		got.None()
	})
}

func TestVolatile(t *testing.T) {
	overModes(t, func(t *testing.T, io *socketiotest.Server, o client.Options) {
		got := socketiotest.Record(t, io.Server)
		s := io.Connect(io.Client("/", &o))
		time.Sleep(time.Second)
		if err := s.Volatile().Compress(false).Timeout(time.Second).Emit("v", 1); err != nil {
			t.Error(err)
		}
		got.Expect("v", 1)
		io.Offline()
		io.Cut()
		synctest.Wait()
		if _, err := s.Volatile().Call(t.Context(), "v"); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a volatile call: %v", err)
		}
		io.Online()
		io.Connect(s)
		synctest.Wait()
		got.None()
	})
}

// An event that the server would not take is an error, and costs no connection.
func TestTooLargeEvents(t *testing.T) {
	for mode, o := range modes {
		t.Run(mode, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				t.Cleanup(func() { time.Sleep(time.Minute) })
				var log logs
				o.Logger = slog.New(&log)
				io := socketiotest.NewServer(t, &server.Options{MaxPayload: 10_000})
				got := socketiotest.Record(t, io.Server)
				s := io.Connect(io.Client("/", &o))
				id := s.ID()
				time.Sleep(time.Second)
				if err := s.Emit("n", strings.Repeat("x", 10_000)); err == nil || !strings.Contains(err.Error(), "10000") {
					t.Errorf("got %v", err)
				}
				if err := s.Emit("n", "fits"); err != nil {
					t.Error(err)
				}
				got.Expect("n", "fits")
				if s.ID() != id {
					t.Error("the connection is another one")
				}
				io.Offline()
				io.Cut()
				synctest.Wait()
				time.Sleep(time.Second)
				_ = s.Emit("n", strings.Repeat("x", 10_000)) // nobody can know yet
				_ = s.Emit("n", "fits")
				answered := make(chan error, 1)
				go func() {
					_, err := s.Call(t.Context(), "n", strings.Repeat("x", 10_000))
					answered <- err
				}()
				synctest.Wait()
				io.Online()
				io.Connect(s)
				got.Expect("n", "fits")
				if err := <-answered; err == nil || !strings.Contains(err.Error(), "10000") {
					t.Errorf("a call: %v", err)
				}
				if !log.logged("cannot be sent") {
					t.Error("not in the log")
				}
			})
		})
	}
}

func TestCallTimeouts(t *testing.T) {
	overModes(t, func(t *testing.T, io *socketiotest.Server, o client.Options) {
		o.AckTimeout = 3 * time.Second
		s := io.Connect(io.Client("/", &o))
		early := func() context.Context {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			t.Cleanup(cancel)
			return ctx
		}
		for _, test := range []struct {
			call func() error
			want time.Duration
		}{
			{func() error { _, err := s.Call(t.Context(), "nobody"); return err }, 3 * time.Second},
			{func() error { _, err := s.Call(early(), "nobody"); return err }, time.Second},
			{func() error { _, err := s.Timeout(2*time.Second).Call(t.Context(), "nobody"); return err }, 2 * time.Second},
			{func() error { _, err := s.Timeout(5*time.Second).Call(early(), "nobody"); return err }, time.Second},
		} {
			start := time.Now()
			err := test.call()
			if d := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || d != test.want {
				t.Errorf("%v after %v, want %v", err, d, test.want)
			}
		}
	})
}

// A call that has not been sent when its time is over is not sent later.
func TestCallTimesOutBeforeItIsSent(t *testing.T) {
	bubble(t, func(t *testing.T, io *socketiotest.Server) {
		got := socketiotest.Record(t, io.Server)
		s := offline(t, io, client.Options{})
		if _, err := s.Timeout(time.Second).Call(t.Context(), "late"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		io.Online()
		io.Connect(s)
		synctest.Wait()
		got.None()
	})
}

// A call that was under way when the connection was lost fails at once; nobody
// knows whether it has been handled.
func TestCallWhenTheConnectionIsLost(t *testing.T) {
	overModes(t, func(t *testing.T, io *socketiotest.Server, o client.Options) {
		arrived := make(chan struct{}, 1)
		handle(io, "x", func(context.Context, *socketio.Message) error { arrived <- struct{}{}; return nil })
		s := io.Connect(io.Client("/", &o))
		time.Sleep(time.Second)
		answered := make(chan error, 1)
		go func() {
			_, err := s.Call(context.Background(), "x")
			answered <- err
		}()
		<-arrived
		synctest.Wait()
		io.Cut()
		if err := <-answered; !errors.Is(err, net.ErrClosed) || !strings.Contains(err.Error(), "has been disconnected") {
			t.Errorf("got %v", err)
		}
	})
}

// An acknowledgement belongs to the connection its event came on.
func TestAcksDoNotCrossConnections(t *testing.T) {
	scripted(t, func(t *testing.T, x *script) {
		s := x.client(client.Options{})
		messages := make(chan *socketio.Message, 1)
		handle(s, "ask", func(_ context.Context, m *socketio.Message) error { messages <- m; return nil })
		connect(t, s)
		x.conn(1).send(`25["ask"]`)
		m := <-messages
		x.conn(1).Close()
		time.Sleep(5 * time.Second)
		if err := m.Ack("too late"); !errors.Is(err, net.ErrClosed) {
			t.Errorf("got %v", err)
		}
		synctest.Wait()
		if got := x.conn(2).take(); !slices.Equal(got, []string{"0"}) {
			t.Errorf("the new connection got %q", got)
		}
		x.conn(2).send(`30["nobody asked"]`, `3["no number"]`, `42["type 4"]`) // an unknown acknowledgement is ignored
	})
}

// Each namespace counts its own, and goes on counting in the next connection; what
// nobody asked for means nothing (SIO-011, SIO-041).
func TestAckNumbers(t *testing.T) {
	scripted(t, func(t *testing.T, x *script) {
		m := x.manager(client.Options{})
		root, other := connect(t, m.Socket("/", nil)), connect(t, m.Socket("/other", nil))
		ask := func(s *client.Socket) {
			t.Helper()
			if _, err := s.Call(t.Context(), "q"); err != nil {
				t.Error(err)
			}
		}
		ask(root)
		ask(root)
		ask(other)
		x.conn(1).send(`30["again"]`, `399["never asked"]`, `3["no number"]`, `3/other,5[]`)
		ask(root)
		got := x.conn(1).take()
		if want := []string{"0", "0/other,", `20["q"]`, `21["q"]`, `2/other,0["q"]`, `22["q"]`}; !slices.Equal(got, want) {
			t.Errorf("the server got %q\nwant           %q", got, want)
		}
		x.conn(1).Close()
		time.Sleep(5 * time.Second)
		ask(root)
		if got := x.conn(2).take(); !slices.Contains(got, `23["q"]`) {
			t.Errorf("in the next connection the server got %q", got)
		}
	})
}

// What Volatile, Timeout and Compress say is for what is emitted through them, and not
// for the socket (CLI-035).
func TestSendersLeaveTheSocketAlone(t *testing.T) {
	bubble(t, func(t *testing.T, io *socketiotest.Server) {
		got := socketiotest.Record(t, io.Server)
		s := offline(t, io, client.Options{SocketOptions: client.SocketOptions{AckTimeout: 3 * time.Second}})
		volatile, hurried := s.Volatile(), s.Timeout(time.Second)
		if err := errors.Join(volatile.Emit("dropped"), s.Emit("kept", 1), hurried.Volatile().Emit("dropped"), hurried.Emit("kept", 2)); err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			to   socketio.Caller
			want time.Duration
		}{{hurried, time.Second}, {s, 3 * time.Second}, {hurried.Compress(false), time.Second}} {
			start := time.Now()
			if _, err := test.to.Call(t.Context(), "q"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != test.want {
				t.Errorf("%v after %v, want %v", err, time.Since(start), test.want)
			}
		}
		io.Online()
		io.Connect(s)
		got.Expect("kept", 1)
		got.Expect("kept", 2)
		synctest.Wait()
		got.None()
	})
}

func TestOnAnyOutgoing(t *testing.T) {
	bubble(t, func(t *testing.T, io *socketiotest.Server) {
		s := io.Client("/", nil)
		var seen []string
		remove := s.OnAnyOutgoing(socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error {
			seen = append(seen, m.Event+" "+jsonText(t, m.Args))
			return nil
		}))
		io.Connect(s)
		_ = s.Emit("a", 1, []byte{2})
		_ = s.Volatile().Emit("b")
		_ = s.Emit("connect") // is refused, and so not seen
		remove()
		_ = s.Emit("c")
		if want := []string{`a [1,"Ag=="]`, "b []"}; !slices.Equal(seen, want) {
			t.Errorf("saw %q, want %q", seen, want)
		}
	})
}

// While handlers are behind, the server is not read from, and does not take the
// client for dead.
func TestReceiveBudget(t *testing.T) {
	for mode, o := range modes {
		t.Run(mode, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				t.Cleanup(func() { time.Sleep(time.Minute) })
				io := socketiotest.NewServer(t, &server.Options{PingInterval: 4 * time.Second, PingTimeout: 2 * time.Second})
				o.ReceiveBudget = 50_000
				s := io.Client("/", &o)
				release := make(chan struct{})
				var got []int
				handle(s, "n", func(_ context.Context, m *socketio.Message) error {
					<-release
					var i int
					err := m.Args.Scan(&i)
					got = append(got, i)
					return err
				})
				io.Connect(s)
				time.Sleep(time.Second)
				peer := io.Peer(s)
				const n = 100
				text := strings.Repeat("x", 5000)
				for i := range n {
					if err := peer.Emit("n", i, text); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(5 * time.Minute)
				if !s.Connected() || !peer.Connected() {
					t.Fatalf("connected: %v, %v", s.Connected(), peer.Connected())
				}
				if err := s.Emit("still there"); err != nil {
					t.Error(err)
				}
				close(release)
				time.Sleep(time.Minute)
				synctest.Wait()
				if len(got) != n || !slices.IsSorted(got) {
					t.Errorf("%d events, sorted %v", len(got), slices.IsSorted(got))
				}
				if !s.Connected() {
					t.Error("not connected")
				}
			})
		})
	}
}

// Events that come before the CONNECT reply wait for it (SIO-027), within bounds.
func TestEventsBeforeTheReply(t *testing.T) {
	scripted(t, func(t *testing.T, x *script) {
		x.packet = func(c *scriptConn, p string) {
			if !strings.HasPrefix(p, "0") {
				return
			}
			c.send(`2["early",1]`, `27["ask"]`)
			c.answer(p)
			c.send(`2["then"]`)
		}
		var happened journal
		s := happened.record(x.client(client.Options{}))
		s.OnAny(socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error {
			happened.add("%s %v", m.Event, s.Connected())
			if m.WantsAck() {
				return m.Ack("yes")
			}
			return nil
		}))
		connect(t, s)
		happened.want(t, "connect", "early true", "ask true", "then true")
		if got := x.conn(0).take(); !slices.Equal(got, []string{"0", `37["yes"]`}) {
			t.Errorf("the server got %q", got)
		}
	})
	scripted(t, func(t *testing.T, x *script) {
		x.packet = func(c *scriptConn, p string) {
			for c.n == 1 {
				c.send(fmt.Sprintf(`2["early",%q]`, strings.Repeat("x", 1000)))
				if c.Session.Send(engine.TextMessage(append(engine.TextBuffer(1), '6'))) != nil {
					return
				}
				if len(c.entries) > 300 {
					break
				}
				c.add("sent")
			}
			c.answer(p)
		}
		connect(t, x.client(client.Options{ReceiveBudget: 100_000}))
		if n := x.conn(0).n; n != 2 {
			t.Errorf("connected in session %d", n)
		}
	})
}

// A socket that was closed before the reply keeps nothing of what comes for it.
func TestEventsForAClosedSocket(t *testing.T) {
	scripted(t, func(t *testing.T, x *script) {
		x.packet = func(c *scriptConn, p string) {
			if p == "0/slow," {
				time.AfterFunc(time.Second, func() { c.send(`2/slow,["early"]`, `0/slow,{"sid":"x"}`, `2/slow,["late"]`) })
			} else {
				c.answer(p)
			}
		}
		m := x.manager(client.Options{})
		connect(t, m.Socket("/", nil)) // keeps the connection
		s := m.Socket("/slow", nil)
		events := socketiotest.Record(t, s)
		go func() { _ = s.Connect(context.Background()) }()
		synctest.Wait()
		_ = s.Close()
		time.Sleep(2 * time.Second)
		connect(t, s)
		synctest.Wait()
		events.Expect("early") // those of the second connection
		events.Expect("late")
		events.None()
		if got := x.conn(1).take(); !slices.Equal(got, []string{"0", "0/slow,", "1/slow,", "0/slow,"}) {
			t.Errorf("the server got %q", got)
		}
	})
}

// The budget is the Manager's: a new connection does not get round it.
func TestReceiveBudgetAcrossConnections(t *testing.T) {
	overModes(t, func(t *testing.T, io *socketiotest.Server, o client.Options) {
		o.ReceiveBudget = 50_000
		text := strings.Repeat("x", 5000)
		io.OnConnect(func(_ context.Context, s *server.Socket) error {
			for i := range 30 {
				if err := s.Emit("n", i, text); err != nil {
					return err
				}
			}
			return nil
		})
		release := make(chan struct{})
		var got []int
		s := io.Client("/", &o)
		handle(s, "n", func(_ context.Context, m *socketio.Message) error {
			<-release
			var i int
			err := m.Args.Scan(&i)
			got = append(got, i)
			return err
		})
		io.Connect(s)
		for range 3 {
			time.Sleep(2 * time.Second)
			io.Cut()
		}
		time.Sleep(5 * time.Minute)
		if io.ClientCount() != 1 {
			t.Errorf("%d connections", io.ClientCount())
		}
		close(release)
		time.Sleep(time.Minute)
		synctest.Wait()
		if !s.Connected() || len(got) < 30 || !slices.Equal(got[len(got)-30:], numbers(30)) {
			t.Errorf("connected %v, %d events, %v", s.Connected(), len(got), got)
		}
	})
}

func numbers(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}
