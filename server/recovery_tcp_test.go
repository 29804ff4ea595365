package server

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/socketio-go/socketio"
)

// Several goroutines broadcast numbers while clients are cut and come back, again
// and again: each client receives all of them once, in an order that is the same for
// everybody, and nothing of rooms it is not in.
func TestTCPRecoveryLosesNothing(t *testing.T) {
	const emitters, each, visitors = 3, 300, 4
	for _, mode := range []string{"polling", "websocket", "upgrade"} {
		t.Run(mode, func(t *testing.T) {
			overTCP(t, Options{Recovery: &Recovery{}}, func(t *testing.T, x *fixture) {
				x.mode = mode
				orders := make([][]string, visitors)
				var wanderers, all sync.WaitGroup
				for i := range visitors {
					v := x.visit("/")
					v.Timeout = 30 * time.Second
					x.io.Socket(v.sid).Join("all")
					wanderers.Go(func() { orders[i] = v.wander(emitters * each) })
				}
				for e := range emitters {
					all.Go(func() {
						for n := range each {
							must(t, x.io.To("all").Emit("n", e, n), x.io.To("others").Emit("wrong"), x.io.Except("all").Emit("wrong"))
							if rand.IntN(3) == 0 {
								time.Sleep(time.Duration(rand.IntN(200)) * time.Microsecond)
							}
						}
					})
				}
				all.Wait()
				wanderers.Wait()
				next := make([]int, emitters)
				for _, p := range orders[0] {
					var e, n int
					if _, err := fmt.Sscanf(p, `42["n",%d,%d]`, &e, &n); err != nil || n != next[e] {
						t.Fatalf("got %s, want number %d", p, next[e])
					}
					next[e]++
				}
				for i, order := range orders {
					if !slices.Equal(order, orders[0]) {
						t.Errorf("client %d of %d received %d events, or in another order", i, visitors, len(order))
					}
				}
				x.nobodyIsLeft()
			})
		})
	}
}

// nobodyIsLeft cuts all clients, and waits until the server has forgotten them.
func (x *fixture) nobodyIsLeft() {
	x.t.Helper()
	for _, c := range x.clients {
		c.Cut()
	}
	_ = x.io.DisconnectSockets(true) // those that are between two GETs
	eventually(x.t, "everything forgotten", func() bool {
		x.io.Namespace.mu.RLock()
		defer x.io.Namespace.mu.RUnlock()
		return len(x.io.pids)+len(x.io.sockets)+len(x.io.rooms) == 0
	})
}

// Everything at once: nothing hangs, and nothing is left.
func TestTCPRecoveryInDisorder(t *testing.T) {
	const clients, rounds = 6, 30
	opts := Options{Recovery: &Recovery{RunMiddlewares: true, MaxBytes: 50_000}, SendBudget: 20_000}
	overTCP(t, opts, func(t *testing.T, x *fixture) {
		everything := func(s *Socket) error {
			s.Join("room", s.ID()[:1])
			_ = s.To("room").Emit("e", s.Rooms(), []byte{1})
			_, err := x.io.To(s.ID(), "room").FetchSockets(t.Context())
			return err
		}
		x.io.Use(func(_ context.Context, s *Socket) error {
			if rand.IntN(10) == 0 {
				return &socketio.Error{Message: "bad luck"}
			}
			return everything(s)
		})
		x.io.OnConnect(func(_ context.Context, s *Socket) error {
			if rand.IntN(20) == 0 {
				s.Disconnect(rand.IntN(2) == 0)
			}
			return everything(s)
		})
		x.io.OnDisconnect(func(s *Socket, _ socketio.Reason) { _ = everything(s) })
		x.io.OnRoom(func(e RoomEvent) { _ = x.io.To(e.Room).Except(e.SocketID).Volatile().Emit("news", e) })
		x.io.OnAnyOutgoing(socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error {
			if m.Event == "large" {
				return m.Socket.Emit("seen")
			}
			return nil
		}))
		handle(x.io, "do", func(_ context.Context, s *Socket, m *socketio.Message) error {
			s.Leave("room")
			return errors.Join(everything(s), m.Ack(s.Recovered()))
		})
		var group sync.WaitGroup
		stop := make(chan struct{})
		group.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
					_ = x.io.Emit("large", strings.Repeat("x", rand.IntN(5000)))
				}
			}
		})
		var visitors sync.WaitGroup
		for range clients {
			visitors.Go(func() { x.stray(rounds) })
		}
		visitors.Wait()
		close(stop)
		group.Wait()
		x.nobodyIsLeft()
	})
}

// stray connects, does something, and is cut, again and again, sometimes with the
// session of before, and sometimes twice with the same.
func (x *fixture) stray(rounds int) {
	pid, offset := "", ""
	for range rounds {
		auth := ""
		if pid != "" && rand.IntN(3) > 0 {
			auth = fmt.Sprintf(`{"pid":%q,"offset":%q}`, pid, offset)
		}
		both := []*client{x.dial()}
		if rand.IntN(4) == 0 {
			both = append(both, x.dial())
		}
		for _, c := range both {
			c.Timeout = 20 * time.Millisecond
			_ = c.Send("40" + auth)
		}
		for _, c := range both {
			for range rand.IntN(20) {
				p := c.Next()
				if p == "closed" || p == "timeout" || p == "41" || strings.HasPrefix(p, "44") {
					break
				}
				if reply, ok := strings.CutPrefix(p, `40{"sid":"`); ok {
					pid, offset = reply[len(reply)-22:len(reply)-2], ""
					_ = c.Send(`421["do"]`)
				} else if i := strings.LastIndex(p, `,"`); i > 0 && strings.HasPrefix(p, "42") && strings.HasSuffix(p, `"]`) {
					offset = p[i+2 : len(p)-2]
				}
			}
			if rand.IntN(5) > 0 {
				c.Cut()
			}
		}
	}
}

// wander reads n events, and is cut and comes back meanwhile.
func (v *visitor) wander(n int) (got []string) {
	for stay := rand.IntN(40); len(got) < n; stay-- {
		if stay == 0 {
			v.Cut()
			missed, again := v.back()
			if !again {
				v.x.t.Errorf("not recovered with pid %s and offset %s after %d events", v.pid, v.offset, len(got))
				return got
			}
			v.Timeout = 30 * time.Second
			got = append(got, missed...)
			stay = rand.IntN(40) + 1
			continue
		}
		p := v.Next()
		if p == "closed" || p == "timeout" {
			v.x.t.Errorf("%s after %d events", p, len(got))
			return got
		}
		got = append(got, v.without(p))
	}
	return got
}
