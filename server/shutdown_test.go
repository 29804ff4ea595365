package server

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio"
)

// drained is when the clients of a server saw its end.
type drained struct {
	mu    sync.Mutex
	times []time.Duration
	lost  int // that saw another end than after the last event
}

// drain connects clients, shuts the server down, and tells how they have seen it.
func (x *fixture) drain(n int, timeout time.Duration) (d *drained, took time.Duration, err error) {
	x.t.Helper()
	clients := make([]*client, n)
	for i := range clients {
		clients[i] = x.connect()
	}
	synctest.Wait()
	must(x.t, x.io.Emit("last"))
	d = new(drained)
	ctx, cancel := context.WithTimeout(x.t.Context(), timeout)
	defer cancel()
	start := time.Now()
	var group sync.WaitGroup
	for _, c := range clients {
		group.Go(func() {
			last, end := c.Next(), c.Next()
			d.mu.Lock()
			defer d.mu.Unlock()
			d.times = append(d.times, time.Since(start))
			if last != `42["last"]` || end != "closed" {
				d.lost++
			}
		})
	}
	err = x.io.Shutdown(ctx)
	took = time.Since(start)
	group.Wait()
	return d, took, err
}

// within counts the ends in each second.
func (d *drained) perSecond() (counts map[int]int) {
	counts = make(map[int]int)
	for _, at := range d.times {
		counts[int(at/time.Second)]++
	}
	return counts
}

func TestShutdownDrains(t *testing.T) {
	modes(t, Options{DrainRate: 40}, func(t *testing.T, x *fixture) {
		var j journal
		j.record(x.io.Namespace)
		d, took, err := x.drain(200, time.Minute)
		if err != nil || d.lost > 0 {
			t.Errorf("%v, %d of %d clients lost something", err, d.lost, len(d.times))
		}
		// 200 clients at 40 in a second: five seconds, more or less.
		if took < 4*time.Second || took > 7*time.Second {
			t.Errorf("took %v", took)
		}
		for second, n := range d.perSecond() {
			if n > 60 {
				t.Errorf("%d clients in second %d", n, second)
			}
		}
		// Jitter: batches are not all alike.
		sizes := make(map[int]bool)
		batches := make(map[time.Duration]int)
		for _, at := range d.times {
			batches[at]++
		}
		for _, n := range batches {
			sizes[n] = true
		}
		if x.mode != "polling" && len(sizes) < 2 {
			t.Errorf("%d batches have sizes %v", len(batches), sizes)
		}
		synctest.Wait()
		for _, reason := range j.take() {
			if reason != string(socketio.ServerShuttingDown) {
				t.Errorf("reason %s", reason)
			}
		}
		x.refusesClients()
	})
}

func TestShutdownAtOnce(t *testing.T) {
	modes(t, Options{DrainRate: -1}, func(t *testing.T, x *fixture) {
		d, took, err := x.drain(100, time.Minute)
		if err != nil || d.lost > 0 || took > 0 {
			t.Errorf("%v after %v, %d lost something", err, took, d.lost)
		}
	})
}

// Few clients need no time.
func TestShutdownOfFewClients(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		if _, took, err := x.drain(40, time.Minute); err != nil || took > 100*time.Millisecond {
			t.Errorf("%v after %v", err, took)
		}
	})
	for rate, want := range map[int]time.Duration{1: 9 * time.Second, 3: 3 * time.Second, 30: 300 * time.Millisecond} {
		bubble(t, "websocket", Options{DrainRate: rate}, func(t *testing.T, x *fixture) {
			if _, took, err := x.drain(10, time.Minute); err != nil || took < want-want/4 || took > want+want/4 {
				t.Errorf("ten clients at %d in a second took %v, %v", rate, took, err)
			}
		})
	}
}

// The context ends the draining too; nobody is left then.
func TestShutdownDrainsUntilItsDeadline(t *testing.T) {
	modes(t, Options{DrainRate: 20}, func(t *testing.T, x *fixture) {
		d, took, err := x.drain(200, 2*time.Second)
		if !errors.Is(err, context.DeadlineExceeded) || took != 2*time.Second || x.io.ClientCount() != 0 || x.io.SocketCount() != 0 {
			t.Errorf("%v after %v, %d clients left", err, took, x.io.ClientCount())
		}
		if n := len(d.times); n != 200 {
			t.Errorf("%d clients saw the end", n)
		}
	})
}

// While a server drains, clients that are still there are served, and new ones sent away.
func TestLifeWhileDraining(t *testing.T) {
	modes(t, Options{DrainRate: 20}, func(t *testing.T, x *fixture) {
		var j journal
		x.barriers()
		j.record(x.io.Namespace)
		x.io.Of("/other")
		clients := make([]*client, 60)
		for i := range clients {
			clients[i] = x.connect()
		}
		synctest.Wait()
		done := make(chan error)
		go func() { done <- x.io.Shutdown(t.Context()) }()
		time.Sleep(time.Second)
		synctest.Wait()
		x.refusesClients()
		served, ended := 0, 0
		for _, c := range clients {
			if c.Waiting() > 0 || x.io.Socket(c.sid) == nil {
				ended++
				continue
			}
			if c.Send(`4299["barrier"]`) == nil {
				if got := c.Next(); got == `4399["done"]` {
					served++
				}
			}
		}
		if served < 10 || ended < 10 {
			t.Errorf("%d clients are served, %d have gone", served, ended)
		}
		// Namespaces take no new sockets.
		for _, c := range clients {
			if x.io.Socket(c.sid) != nil {
				_ = c.Send("40/other,")
				synctest.Wait()
				if n := x.io.Of("/other").SocketCount(); n > 0 {
					t.Error("a socket was admitted")
				}
				break
			}
		}
		must(t, <-done)
		synctest.Wait()
		if n := len(j.take()); n != len(clients) {
			t.Errorf("%d of %d clients were told about", n, len(clients))
		}
	})
}

// Clients that have joined nothing, and such as are upgrading or joining, go as well.
func TestShutdownOfUnfinishedClients(t *testing.T) {
	modes(t, Options{DrainRate: 20}, func(t *testing.T, x *fixture) {
		x.io.Use(func(ctx context.Context, s *Socket) error {
			var auth struct{ Wait bool }
			if err := s.Auth(&auth); err == nil && auth.Wait {
				<-ctx.Done()
			}
			return nil
		})
		var idle []*client
		for range 10 {
			idle = append(idle, x.dial())
		}
		for range 10 {
			c := x.dial()
			c.send(`40{"wait":true}`)
			idle = append(idle, c)
		}
		for range 30 {
			x.connect()
		}
		synctest.Wait()
		start := time.Now()
		must(t, x.io.Shutdown(t.Context()))
		if d := time.Since(start); d > 10*time.Second || x.io.ClientCount() != 0 {
			t.Errorf("took %v, %d left", d, x.io.ClientCount())
		}
		for _, c := range idle {
			c.want("closed")
		}
	})
}

// 503 and when to come again (B-22); sessions that exist go on until their turn.
func TestRefusalWhileShuttingDown(t *testing.T) {
	bubble(t, "polling", Options{}, func(t *testing.T, x *fixture) {
		must(t, x.io.Shutdown(t.Context()))
		tr := &http.Transport{DialContext: x.net.DialContext}
		defer tr.CloseIdleConnections()
		for query, upgrade := range map[string]string{"EIO=4&transport=polling": "", "EIO=4&transport=polling&j=0": "", "EIO=4&transport=websocket": "websocket"} {
			r, err := http.NewRequest("GET", "http://server/socket.io/?"+query, nil)
			must(t, err)
			if upgrade != "" {
				r.Header = http.Header{"Connection": {"Upgrade"}, "Upgrade": {upgrade}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}}
			}
			res, err := (&http.Client{Transport: tr}).Do(r)
			must(t, err)
			_ = res.Body.Close()
			if res.StatusCode != 503 || res.Header.Get("Retry-After") != "1" || res.Header.Get("Set-Cookie") != "" {
				t.Errorf("%s: %d %v", query, res.StatusCode, res.Header)
			}
		}
	})
}

// Several at once, and Close in the middle.
func TestShutdownIsCalledTwice(t *testing.T) {
	modes(t, Options{DrainRate: 20}, func(t *testing.T, x *fixture) {
		for range 60 {
			x.connect()
		}
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() { must(t, x.io.Shutdown(t.Context())) })
		}
		time.Sleep(time.Second)
		must(t, x.io.Close())
		start := time.Now()
		group.Wait()
		if x.io.ClientCount() != 0 || x.io.SocketCount() != 0 || time.Since(start) > 3*time.Second {
			t.Errorf("%d clients are left, it took %v more", x.io.ClientCount(), time.Since(start))
		}
	})
}
