package server

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"
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
			})
		})
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
