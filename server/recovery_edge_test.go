package server

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/adapter"
)

// The client may be back before the server has noticed that it was gone.
func TestRecoveryOfALiveSocket(t *testing.T) {
	modes(t, Options{Recovery: &Recovery{}}, func(t *testing.T, x *fixture) {
		var j journal
		j.record(x.io.Namespace)
		x.io.OnConnect(func(_ context.Context, s *Socket) error { s.Join("lobby"); s.SetData("data"); return nil })
		v := x.visit("/")
		must(t, x.io.Emit("seen"))
		v.events(`42["seen"]`)
		old, before := v.client, x.socket(v.client)
		old.Hold()
		synctest.Wait()
		must(t, x.io.To("lobby").Emit("not seen", 1), x.io.To("lobby").Emit("not seen", 2))
		v.wantBack(`42["not seen",1]`, `42["not seen",2]`)
		s := x.socket(v.client)
		if s == before || before.Connected() || before.Context().Err() == nil || !s.Recovered() || s.Data() != "data" || x.io.SocketCount() != 1 {
			t.Errorf("the socket before %v, after %v, %d in all", before, s, x.io.SocketCount())
		}
		synctest.Wait()
		if got := j.take(); len(got) != 1 {
			t.Errorf("disconnected %q", got)
		}
		old.Release()
		must(t, x.io.To("lobby").Emit("once"))
		v.events(`42["once"]`)
		v.quiet()
		old.Cut()
		synctest.Wait()
		if x.io.Socket(v.sid) != s || !s.Connected() || len(s.Rooms()) != 2 || x.io.To("lobby").Count() != 1 {
			t.Error("the end of the old connection harms the new socket")
		}
		must(t, x.io.To("lobby").Emit("still there"))
		v.events(`42["still there"]`)
	})
}

// The client may be lost again while a hook still thinks about it, and come back.
func TestRecoveryOfASocketThatIsConnecting(t *testing.T) {
	modes(t, Options{Recovery: &Recovery{RunMiddlewares: true}}, func(t *testing.T, x *fixture) {
		var hold bool
		var j journal
		x.io.Use(func(ctx context.Context, s *Socket) error {
			if hold && s.Recovered() {
				hold = false
				<-ctx.Done()
				j.add("%v", s.Cause())
			}
			return nil
		})
		v := x.visit("/")
		must(t, x.io.Emit("seen"))
		v.events(`42["seen"]`)
		v.lose()
		synctest.Wait()
		must(t, x.io.Emit("missed"))
		hold = true
		first := x.dial()
		first.send(fmt.Sprintf(`40{"pid":%q,"offset":%q}`, v.pid, v.offset))
		first.quiet()
		v.wantBack(`42["missed"]`)
		j.want(t, errTakenOver.Error())
		if n := x.io.SocketCount(); n != 1 {
			t.Errorf("%d sockets", n)
		}
		first.want("closed")
	})
}

// A session is handed out once. What remains is one socket with this id.
func TestManyComeBackAsOne(t *testing.T) {
	bubble(t, "websocket", Options{Recovery: &Recovery{}}, func(t *testing.T, x *fixture) {
		for _, gone := range []bool{true, false} {
			v := x.visit("/")
			must(t, x.io.Emit("seen"))
			v.events(`42["seen"]`)
			if gone {
				v.lose()
			}
			auth := fmt.Sprintf(`40{"pid":%q,"offset":%q}`, v.pid, v.offset)
			var all []*client
			for range 20 {
				all = append(all, x.dial())
			}
			for _, c := range all {
				go func() { _ = c.Send(auth) }()
			}
			synctest.Wait()
			open, same := 0, 0
			for _, s := range slices.Collect(x.io.Sockets()) {
				open++
				if s.ID() == v.sid {
					same++
				}
			}
			if same != 1 {
				t.Errorf("%d sockets of %d have the id", same, open)
			}
			for _, c := range append(all, v.client) {
				c.Cut()
			}
			synctest.Wait()
			if n := x.io.SocketCount(); n != 0 {
				t.Errorf("%d sockets are left", n)
			}
		}
	})
}

// The log is bounded in bytes: who needs what was dropped begins anew, all others not.
func TestRecoveryIsBoundedInBytes(t *testing.T) {
	bubble(t, "websocket", Options{Recovery: &Recovery{MaxBytes: 100_000}}, func(t *testing.T, x *fixture) {
		behind, near, idle := x.visit("/"), x.visit("/"), x.visit("/")
		for _, v := range []*visitor{behind, near} {
			x.socket(v.client).Join("fed")
		}
		must(t, x.io.To("fed").Emit("seen"))
		behind.events(`42["seen"]`)
		near.events(`42["seen"]`)
		behind.lose()
		text := strings.Repeat("x", 1000)
		for i := range 500 {
			must(t, x.io.To("fed").Emit("n", i, text))
			near.events(fmt.Sprintf(`42["n",%d,"%s"]`, i, text))
		}
		near.lose()
		idle.lose()
		must(t, x.io.To("fed").Emit("missed"))
		behind.wantNew("500 kB later")
		near.wantBack(`42["missed"]`)
		idle.wantNew("500 kB later, and it cannot be known whether any were for it")
	})
}

// What waits for a client is bounded, also what it has missed: with more it begins anew.
func TestMoreIsMissedThanCanWait(t *testing.T) {
	modes(t, Options{Recovery: &Recovery{}, SendBudget: 25_000}, func(t *testing.T, x *fixture) {
		for n, want := range map[int]bool{30: true, 60: false} {
			v := x.visit("/")
			must(t, x.io.Emit("seen"))
			v.events(`42["seen"]`)
			v.lose()
			var sent []string
			for i := range n {
				text := strings.Repeat("x", 1000)
				must(t, x.io.Emit("n", i, text))
				sent = append(sent, fmt.Sprintf(`42["n",%d,"%s"]`, i, text))
			}
			if want {
				v.wantBack(sent...)
			} else {
				v.wantNew("it has missed too much")
			}
			must(t, x.io.To(v.sid).Emit("live"))
			v.events(`42["live"]`)
			v.lose()
		}
	})
}

// A client that does not read is disconnected while its event is being logged, and comes back to it.
func TestSlowConsumerComesBack(t *testing.T) {
	for _, overflow := range []Overflow{OverflowDisconnect, OverflowDrop} {
		modes(t, Options{Recovery: &Recovery{}, SendBudget: 200_000, Overflow: overflow}, func(t *testing.T, x *fixture) {
			var j journal
			j.record(x.io.Namespace)
			slow, good := x.visit("/"), x.visit("/")
			s := x.socket(slow.client)
			slow.Hold()
			sent := 0
			for ; s.Connected() && sent < 1000; sent++ {
				must(t, x.io.Emit("n", sent, strings.Repeat("x", 1000)))
				good.events(fmt.Sprintf(`42["n",%d,"%s"]`, sent, strings.Repeat("x", 1000)))
				synctest.Wait() // the goroutine that ends it may take its time, and more would be missed
			}
			j.want(t, "transport error")
			if !errors.Is(s.Cause(), socketio.ErrSlowConsumer) {
				t.Errorf("cause %v", s.Cause())
			}
			slow.Release()
			synctest.Wait()
			next := 0
			for slow.Waiting() > 0 {
				if p := slow.Next(); p != "closed" {
					if got := slow.without(p); !strings.HasPrefix(got, fmt.Sprintf(`42["n",%d,`, next)) {
						t.Fatalf("got %.50s, want %d", got, next)
					}
					next++
				}
			}
			slow.Cut()
			missed, again := slow.back()
			if !again {
				t.Fatal("not recovered")
			}
			for _, p := range missed {
				if !strings.HasPrefix(p, fmt.Sprintf(`42["n",%d,`, next)) {
					t.Fatalf("missed %.50s, want %d", p, next)
				}
				next++
			}
			if next != sent {
				t.Errorf("%d events of %d", next, sent)
			}
		})
	}
}

// OnAnyOutgoing runs while an event is being delivered in order, and may emit itself.
func TestOnAnyOutgoingThatEmitsWithRecovery(t *testing.T) {
	modes(t, Options{Recovery: &Recovery{}}, func(t *testing.T, x *fixture) {
		x.io.OnAnyOutgoing(socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error {
			if m.Event == "first" {
				return errors.Join(x.io.Emit("second"), m.Socket.Emit("third"))
			}
			return nil
		}))
		v := x.visit("/")
		done := make(chan error)
		go func() { done <- x.io.Emit("first") }()
		synctest.Wait()
		select {
		case err := <-done:
			must(t, err)
		default:
			t.Fatal("a deadlock")
		}
		got := []string{v.without(v.Next()), v.without(v.Next()), v.without(v.Next())}
		slices.Sort(got)
		if !slices.Equal(got, []string{`42["first"]`, `42["second"]`, `42["third"]`}) {
			t.Errorf("got %q", got)
		}
		v.lose()
		v.wantBack()
	})
}

// What the application does in its hooks must not meet the lock of the log.
func TestHooksThatUseTheServerWithRecovery(t *testing.T) {
	modes(t, Options{Recovery: &Recovery{RunMiddlewares: true}}, func(t *testing.T, x *fixture) {
		everything := func(s *Socket) error {
			_, err := x.io.FetchSockets(t.Context())
			s.Join("room")
			return errors.Join(err, s.Broadcast().Emit("e"), x.io.Emit("e"), x.io.To("room").SocketsJoin("more"), x.io.SocketsLeave("more"), s.Emit("own"))
		}
		x.io.Use(func(_ context.Context, s *Socket) error { return everything(s) })
		x.io.OnConnect(func(_ context.Context, s *Socket) error { return everything(s) })
		x.io.OnDisconnect(func(s *Socket, _ socketio.Reason) { _ = everything(s) })
		x.io.OnRoom(func(RoomEvent) { _ = x.io.Emit("room") })
		for range 3 {
			v := &visitor{x: x, nsp: "/"}
			v.client = x.dial()
			v.send("40")
			for !strings.HasPrefix(v.Next(), "40") {
			}
			v.lose()
		}
		time.Sleep(time.Minute) // until those are noticed that were cut between two GETs
		if n := x.io.SocketCount(); n != 0 {
			t.Errorf("%d sockets", n)
		}
	})
}

// What is kept for a namespace ends with it.
func TestRecoveryInANamespaceThatHasEnded(t *testing.T) {
	modes(t, Options{Recovery: &Recovery{}, CleanupEmptyNamespaces: true}, func(t *testing.T, x *fixture) {
		x.io.OfPattern(regexp.MustCompile("^/n$"))
		v := x.visit("/n")
		v.lose()
		synctest.Wait()
		v.wantNew("the namespace is another one")
		w := x.visit("/n")
		v.lose()
		must(t, x.io.Of("/n").Emit("missed"))
		v.wantBack(`42/n,["missed"]`)
		w.events(`42/n,["missed"]`)
	})
}

// broken is an adapter that cannot restore anything.
type broken struct{ adapter.Adapter }

func (broken) RestoreSession(context.Context, string, string) (*adapter.Session, error) {
	return nil, errors.New("the store is away")
}

// An adapter that fails to restore costs the session, and not the connection (SRV-107).
func TestASessionThatCannotBeRestored(t *testing.T) {
	opts := Options{Recovery: &Recovery{}, Adapter: func(l adapter.Local, r *adapter.Recovery) adapter.Adapter {
		return broken{adapter.NewMemory(l, r)}
	}}
	modes(t, opts, func(t *testing.T, x *fixture) {
		v := x.visit("/")
		must(t, x.io.Emit("seen"))
		v.events(`42["seen"]`)
		v.lose()
		v.wantNew("the adapter fails")
		must(t, x.io.Emit("live"))
		v.events(`42["live"]`)
		if !x.logs.logged("could not be restored", "nsp=/", "the store is away") {
			t.Error("not logged")
		}
	})
}

// Two minutes, unless told otherwise (SRV-006).
func TestHowLongAClientMayBeAway(t *testing.T) {
	modes(t, Options{Recovery: &Recovery{}}, func(t *testing.T, x *fixture) {
		var j journal
		j.record(x.io.Namespace)
		for away, back := range map[time.Duration]bool{2*time.Minute - time.Second: true, 2*time.Minute + time.Second: false} {
			v := x.visit("/")
			v.lose()
			synctest.Wait()
			if len(j.take()) != 1 {
				t.Fatal("the loss was not noticed")
			}
			time.Sleep(away)
			if back {
				v.wantBack()
			} else {
				v.wantNew(away.String())
			}
			v.lose()
			synctest.Wait()
			j.take()
		}
	})
}
