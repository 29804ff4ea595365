package client_test

import (
	"context"
	"errors"
	"net"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/client"
	"github.com/socketio-go/socketio/socketiotest"
)

// What was emitted before Shutdown arrives, and what was asked is answered.
func TestShutdown(t *testing.T) {
	overModes(t, func(t *testing.T, io *socketiotest.Server, o client.Options) {
		got := socketiotest.Record(t, io.Server)
		handle(io, "slow", func(_ context.Context, m *socketio.Message) error {
			time.Sleep(3 * time.Second)
			return m.Ack("done")
		})
		handled := false
		s := io.Client("/", &o)
		handle(s, "work", func(context.Context, *socketio.Message) error {
			time.Sleep(10 * time.Second)
			handled = true
			return nil
		})
		io.Connect(s)
		_ = io.Peer(s).Emit("work")
		synctest.Wait()
		text := strings.Repeat("x", 50_000)
		for i := range 10 {
			if err := s.Emit("n", i, text); err != nil {
				t.Fatal(err)
			}
		}
		answered := make(chan error, 1)
		go func() {
			_, err := s.Call(context.Background(), "slow")
			answered <- err
		}()
		synctest.Wait()
		start := time.Now()
		if err := s.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := <-answered; err != nil {
			t.Errorf("a call that was under way: %v", err)
		}
		if d := time.Since(start); d != 10*time.Second || !handled {
			t.Errorf("after %v; the handler has ended: %v", d, handled)
		}
		for i := range 10 {
			got.Expect("n", i, text)
		}
		if err := s.Emit("late"); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Emit after Shutdown: %v", err)
		}
		if err := s.Shutdown(t.Context()); err != nil {
			t.Errorf("again: %v", err)
		}
		io.Connect(s)
		if err := s.Emit("again"); err != nil {
			t.Error(err)
		}
	})
}

// Shutdown waits for the connection that events wait for, as long as its context.
func TestShutdownWithoutConnection(t *testing.T) {
	bubble(t, func(t *testing.T, io *socketiotest.Server) {
		got := socketiotest.Record(t, io.Server)
		s := offline(t, io, client.Options{})
		_ = s.Emit("n", 1)
		time.AfterFunc(30*time.Second, io.Online)
		refused := make(chan error, 1)
		time.AfterFunc(time.Second, func() { refused <- s.Emit("n", 2) })
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if err := <-refused; !errors.Is(err, net.ErrClosed) {
			t.Errorf("Emit during Shutdown: %v", err)
		}
		got.Expect("n", 1)

		s = offline(t, io, client.Options{})
		_ = s.Emit("n", 3)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute || s.Active() {
			t.Errorf("%v after %v, active %v", err, time.Since(start), s.Active())
		}
	})
}

func TestManagerShutdown(t *testing.T) {
	bubble(t, func(t *testing.T, io *socketiotest.Server) {
		io.Of("/a")
		m := io.Manager(nil)
		for _, nsp := range []string{"/", "/a"} {
			io.Connect(m.Socket(nsp, nil))
		}
		if err := m.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if io.ClientCount() != 0 {
			t.Errorf("%d connections", io.ClientCount())
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A server that does not take what is sent holds Shutdown up only as long as its
// context.
func TestShutdownIsImpatient(t *testing.T) {
	for mode, o := range modes {
		t.Run(mode, func(t *testing.T) {
			bubble(t, func(t *testing.T, io *socketiotest.Server) {
				network := newHole(io.DialContext)
				o.Network.DialContext = network.DialContext
				s := io.Connect(io.Client("/", &o))
				time.Sleep(time.Second)
				network.open()
				_ = s.Emit("n")
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				start := time.Now()
				if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
					t.Errorf("%v after %v", err, time.Since(start))
				}
			})
		})
	}
}

// The goroutines of a client, as the documentation counts them; none after Close.
func TestGoroutines(t *testing.T) {
	const clients = 10
	for mode, o := range modes {
		t.Run(mode, func(t *testing.T) {
			io, url, _ := overTCP(t)
			base := 0
			connectAll := func() []*client.Socket {
				var list []*client.Socket
				for range clients {
					s, err := client.Dial(t.Context(), url, &o)
					if err != nil {
						t.Fatal(err)
					}
					list = append(list, upgraded(t, mode, s))
				}
				return list
			}
			first := connectAll() // what lives as long as the process is there now
			perServer := 0
			if mode == "polling" {
				perServer = 2 // net/http's, for the pending GET and the idle connection of a POST at most
			} else if !onLoops {
				perServer = 1
			}
			perClient := map[string]int{"polling": 1 + 2*2, "websocket": 0, "upgrade": 0}[mode]
			if mode != "polling" && !onLoops {
				perClient = 1
			}
			base = steady()
			second := connectAll()
			got := steady() - base
			if most := clients * (perClient + 2*perServer); got > most || mode != "polling" && got != clients*(perClient+perServer) {
				t.Errorf("%d goroutines for %d clients and their server", got, clients)
			}
			for _, s := range append(first, second...) {
				_ = s.Close()
			}
			_ = io
		})
	}
}

// steady waits until the number of goroutines does not change any more.
func steady() int {
	n, since := runtime.NumGoroutine(), time.Now()
	for time.Since(since) < 200*time.Millisecond {
		time.Sleep(5 * time.Millisecond)
		if now := runtime.NumGoroutine(); now != n {
			n, since = now, time.Now()
		}
	}
	return n
}
