package server

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/internal/dispatch"
	"github.com/socketio-go/socketio/internal/memnet"
	"github.com/socketio-go/socketio/internal/rawclient"
)

// A client that stops reading costs its budget and no more, and nobody else notices.
func TestSlowReader(t *testing.T) {
	const budget, size = 100_000, 1000
	modes(t, Options{SendBudget: budget}, func(t *testing.T, x *fixture) {
		var j journal
		j.record(x.io.Namespace)
		slow, good := x.connect(), x.connect()
		s := x.socket(slow)
		slow.Hold()
		text := strings.Repeat("x", size)
		start, sent := time.Now(), 0
		for ; s.Connected() && sent < 1000; sent++ {
			if err := x.io.Emit("n", sent, text); err != nil {
				t.Fatal(err)
			}
			if got := good.Next(); got != fmt.Sprintf(`42["n",%d,"%s"]`, sent, text) {
				t.Fatalf("the good client got %.50s", got)
			}
		}
		// Beside the budget there are the network's buffer and what is being written and read.
		if most := (budget + memnet.DefaultBuffer + 40_000) / size; sent > most || sent < budget/size/2 {
			t.Errorf("disconnected after %d messages, want at most %d", sent, most)
		}
		if d := time.Since(start); d > 0 {
			t.Errorf("the broadcasts took %v", d)
		}
		j.want(t, "transport error")
		if x.io.SocketCount() != 1 {
			t.Errorf("%d sockets", x.io.SocketCount())
		}
	})
}

func TestEmitToASlowReader(t *testing.T) {
	modes(t, Options{SendBudget: 10_000}, func(t *testing.T, x *fixture) {
		c := x.connect()
		s := x.socket(c)
		c.Hold()
		var err error
		for n := 0; err == nil && n < 1000; n++ {
			err = s.Emit("x", strings.Repeat("x", 1000))
			synctest.Wait()
		}
		if !errors.Is(err, socketio.ErrSlowConsumer) {
			t.Error(err)
		}
		if err = s.Emit("x"); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
}

// Nothing is sent any more once an event was refused, not even what would fit. What is
// emitted when the connection has ended already may be logged, for the next one.
func TestNothingFollowsAnOverflow(t *testing.T) {
	for _, recovery := range []*Recovery{nil, {}} {
		modes(t, Options{SendBudget: 100_000, Recovery: recovery}, func(t *testing.T, x *fixture) {
			block := make(chan struct{})
			defer close(block)
			x.io.Of("/held").OnConnect(func(context.Context, *Socket) error { <-block; return nil })
			c := x.visit("/").client
			s := x.socket(c)
			c.Hold()
			synctest.Wait()
			must(t, s.Emit("taken by the read that waits"))
			synctest.Wait()
			must(t, s.Emit("more than the network takes", strings.Repeat("x", memnet.DefaultBuffer+30_000)))
			synctest.Wait()
			overflow := errors.Join(s.Emit("fits", strings.Repeat("x", 10_000)), s.Emit("does not", strings.Repeat("x", 90_000)))
			small := s.Emit("small")
			if !errors.Is(overflow, socketio.ErrSlowConsumer) || small == nil && !s.gone() {
				t.Errorf("%v, and then %v", overflow, small)
			}
			c.Release()
			c = x.dial()
			c.send("40/held,")
			synctest.Wait()
			for s := range x.io.Of("/held").Sockets() {
				overflow := errors.Join(s.Emit("fits", strings.Repeat("x", 20_000)), s.Emit("does not", strings.Repeat("x", 90_000)))
				if small := s.Emit("small"); !errors.Is(overflow, socketio.ErrSlowConsumer) || recovery != nil && small == nil && !s.gone() {
					t.Errorf("while connecting: %v, and then %v", overflow, small)
				}
			}
		})
	}
}

func TestVolatile(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		x.barriers()
		c, good := x.connect(), x.connect()
		s := x.socket(c)
		if err := s.Volatile().Emit("v", 1); err != nil {
			t.Fatal(err)
		}
		c.want(`42["v",1]`)
		c.Hold()
		if err := s.Emit("taken by the read that waits"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if err := s.Emit("fill", strings.Repeat("x", 200_000)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if err := errors.Join(s.Volatile().Emit("dropped"), x.io.Volatile().Emit("v", 2), s.Emit("kept")); err != nil {
			t.Fatal(err)
		}
		good.want(`42["v",2]`)
		c.Release()
		c.want(`42["taken by the read that waits"]`)
		if got := c.Next(); !strings.HasPrefix(got, `42["fill"`) {
			t.Fatalf("%.100s", got)
		}
		c.want(`42["kept"]`)
		c.barrier()
		c.quiet()
		synctest.Wait()
		if err := s.To(good.sid).Volatile().Emit("v", 3); err != nil {
			t.Fatal(err)
		}
		good.want(`42["v",3]`)
		c.quiet()
	})
}

func TestCompress(t *testing.T) {
	bubble(t, "polling", Options{}, func(t *testing.T, x *fixture) {
		c := x.connect()
		s := x.socket(c)
		c.Hold()
		if err := s.Emit("taken by the GET that waits"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		tr := &http.Transport{DialContext: x.net.DialContext}
		defer tr.CloseIdleConnections()
		text := strings.Repeat("x", 2000)
		for name, test := range map[string]struct {
			to   socketio.Emitter
			want bool
		}{
			"as it is": {s, true}, "on": {s.Compress(true), true}, "off": {s.Compress(false), false},
			"broadcast": {x.io, true}, "broadcast off": {x.io.Compress(false), false}, "off and on": {x.io.Compress(false).Compress(true), true},
		} {
			if err := test.to.Emit("x", text); err != nil {
				t.Fatal(err)
			}
			res, err := (&http.Client{Transport: tr}).Get("http://server/socket.io/?EIO=4&transport=polling&sid=" + c.SID)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.Uncompressed != test.want {
				t.Errorf("%s: compressed = %v", name, res.Uncompressed)
			}
		}
	})
}

// What is emitted before the client is connected counts as well.
func TestHeldEventsAreBounded(t *testing.T) {
	const budget, size = 10_000, 1000
	modes(t, Options{SendBudget: budget}, func(t *testing.T, x *fixture) {
		var j journal
		j.record(x.io.Namespace)
		x.io.OnConnect(func(ctx context.Context, s *Socket) error {
			sent := 0
			var err error
			for ; err == nil && sent < 1000; sent++ {
				err = s.Emit("n", strings.Repeat("x", size))
			}
			if !errors.Is(err, socketio.ErrSlowConsumer) || sent > budget/size+1 {
				t.Errorf("after %d events: %v", sent, err)
			}
			<-ctx.Done()
			return s.Emit("late")
		})
		c := x.dial()
		c.send("40")
		c.want("closed")
		j.want(t, "transport error")
	})
}

// A client that sends faster than its handlers work is slowed down, not
// disconnected, and loses nothing.
func TestReceiveBudget(t *testing.T) {
	const budget, size, n = 50_000, 1000, 500
	modes(t, Options{ReceiveBudget: budget}, func(t *testing.T, x *fixture) {
		var j journal
		j.record(x.io.Namespace)
		block := make(chan struct{})
		next := 0
		handle(x.io, "n", func(_ context.Context, s *Socket, m *socketio.Message) error {
			<-block
			var i int
			if err := m.Args.Scan(&i); err != nil || i != next {
				t.Errorf("got %d, want %d, %v", i, next, err)
			}
			next++
			return nil
		})
		handle(x.io.Of("/other"), "n", func(context.Context, *Socket, *socketio.Message) error { <-block; return nil })
		c := x.connect()
		s := x.socket(c)
		c.join("/other")
		var sent atomic.Bool
		go func() {
			for i := 0; i < n; i += 50 {
				packets := make([]string, 0, 100)
				for k := range 50 {
					packets = append(packets, fmt.Sprintf(`42["n",%d,"%s"]`, i+k, strings.Repeat("x", size)), fmt.Sprintf(`42/other,["n","%s"]`, strings.Repeat("x", size)))
				}
				if c.Send(packets...) != nil {
					return
				}
			}
			sent.Store(true)
		}()
		for range 10 {
			time.Sleep(time.Minute)
			synctest.Wait()
			s.conn.mu.Lock()
			waiting, paused := s.conn.waiting, s.conn.paused
			s.conn.mu.Unlock()
			if waiting > budget+size+2*dispatch.TaskOverhead || waiting < budget-size || !paused {
				t.Fatalf("%d bytes waiting, paused = %v", waiting, paused)
			}
		}
		if x.mode == "polling" && sent.Load() {
			t.Error("polling was not slowed down")
		}
		j.want(t) // not taken for dead
		close(block)
		synctest.Wait()
		for range 10 {
			time.Sleep(time.Second)
			synctest.Wait()
		}
		if next != n || s.conn.waiting != 0 || s.conn.paused || !s.Connected() {
			t.Errorf("%d of %d handled, %d bytes waiting, paused = %v", next, n, s.conn.waiting, s.conn.paused)
		}
	})
}

func TestOneEventBeyondTheReceiveBudget(t *testing.T) {
	modes(t, Options{ReceiveBudget: 100}, func(t *testing.T, x *fixture) {
		handle(x.io, "e", func(_ context.Context, _ *Socket, m *socketio.Message) error { return m.Ack(m.Args.Size()) })
		c := x.connect()
		for range 3 {
			c.send(`451-1["e",{"_placeholder":true,"num":0}]`, "x"+strings.Repeat("00", 5000))
			c.want(`431[5029]`)
		}
	})
}

// 10,000 events in each direction while the client moves from polling to WebSocket.
func TestOrderAcrossTheUpgrade(t *testing.T) {
	const n = 10_000
	bubble(t, "polling", Options{}, func(t *testing.T, x *fixture) {
		var next, inversions atomic.Int64
		handle(x.io, "up", func(_ context.Context, _ *Socket, m *socketio.Message) error {
			var i int
			if err := m.Args.Scan(&i); err != nil || int64(i) != next.Add(1)-1 {
				inversions.Add(1)
			}
			return nil
		})
		c := x.connect()
		s := x.socket(c)
		go func() {
			for i := range n {
				if s.Emit("down", i) != nil {
					return
				}
				if i%10 == 0 {
					time.Sleep(time.Millisecond)
				}
			}
		}()
		var sent sync.WaitGroup
		sent.Go(func() {
			for i := 0; i < n; {
				packets := make([]string, 1+rand.N(20))
				for k := range packets {
					packets[k] = fmt.Sprintf(`42["up",%d]`, i)
					i++
				}
				if err := c.Send(packets[:min(len(packets), len(packets)-max(0, i-n))]...); err != nil {
					t.Error(err)
					return
				}
				time.Sleep(time.Millisecond)
			}
		})
		time.Sleep(400 * time.Millisecond)
		if s.Transport() != "polling" || next.Load() == 0 || c.Waiting() == 0 {
			t.Fatalf("%d events on %s", next.Load(), s.Transport())
		}
		if err := c.Upgrade(t.Context()); err != nil {
			t.Fatal(err)
		}
		if next.Load() == n || c.Waiting() == n {
			t.Fatal("the upgrade came too late")
		}
		for i := range n {
			if got := c.Next(); got != fmt.Sprintf(`42["down",%d]`, i) {
				t.Fatalf("got %s, want %d", got, i)
			}
		}
		sent.Wait()
		synctest.Wait()
		if next.Load() != n || inversions.Load() > 0 || s.Transport() != "websocket" {
			t.Errorf("%d events with %d inversions", next.Load(), inversions.Load())
		}
	})
}

// Of several goroutines each one's order is kept; packets with attachments stay whole.
func TestOrderOfConcurrentEmitters(t *testing.T) {
	const emitters, n = 8, 200
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		c := x.connect()
		s := x.socket(c)
		for g := range emitters {
			go func() {
				for i := range n {
					if err := s.Emit("n", g, i, binary.BigEndian.AppendUint16([]byte{byte(g)}, uint16(i))); err != nil {
						t.Error(err)
					}
				}
			}()
		}
		var next [emitters]int
		for range emitters * n {
			var g, i int
			text := c.Next()
			if _, err := fmt.Sscanf(text, `451-["n",%d,%d,{"_placeholder":true,"num":0}]`, &g, &i); err != nil || i != next[g] {
				t.Fatalf("got %s, want %v, %v", text, next, err)
			}
			c.want(fmt.Sprintf("x%02x%04x", g, i))
			next[g]++
		}
	})
}

// Everything at once, for the race detector; at the end nothing is left.
func TestManyAtOnce(t *testing.T) {
	const clients, rounds = 24, 4
	bubble(t, "", Options{}, func(t *testing.T, x *fixture) {
		var connects, disconnects atomic.Int64
		x.io.OnConnect(func(_ context.Context, s *Socket) error {
			connects.Add(1)
			s.Join("all", "some"+s.ID()[:1])
			return x.io.To("all").Emit("joined", s.ID())
		})
		x.io.OnDisconnect(func(s *Socket, _ socketio.Reason) {
			disconnects.Add(1)
			_ = s.To("all").Emit("left", s.ID())
		})
		handle(x.io, "all", func(ctx context.Context, s *Socket, m *socketio.Message) error {
			s.Join("more")
			s.SetData(s.Rooms())
			s.Leave("more")
			x.io.To("some" + s.ID()[:1]).SocketsJoin("other")
			remove := s.Handle("own", socketio.Concurrent(socketio.HandlerFunc(func(context.Context, *socketio.Message) error { return nil })))
			defer remove()
			_ = s.Volatile().Emit("v")
			_, err := x.io.To("other").Timeout(time.Second).CallAll(ctx, "q")
			return errors.Join(err, m.Ack(s.Data()))
		})
		var running sync.WaitGroup
		for i := range clients {
			running.Go(func() {
				for round := range rounds {
					mode := []string{"polling", "websocket", "upgrade"}[(i+round)%3]
					c, err := rawclient.Dial(context.Background(), rawclient.Options{Mode: mode, DialContext: x.net.DialContext})
					if err != nil {
						t.Error(err)
						return
					}
					_ = c.Send("40")
					_ = c.Next()
					_ = c.Send(`421["all"]`, `42["own"]`, `42["unknown"]`)
					for range 10 {
						if got := c.Next(); strings.HasSuffix(got, `["q"]`) {
							_ = c.Send("43" + strings.TrimSuffix(got[2:], `["q"]`) + "[]")
						}
					}
					switch (i + round) % 4 {
					case 0:
						_ = c.Send("41")
					case 1:
						x.io.To("some" + string("aA0-"[i%4])).DisconnectSockets(i%2 == 0)
					case 2:
						_ = c.Send("1")
					}
					c.Cut()
				}
			})
		}
		running.Wait()
		time.Sleep(time.Minute) // what is still being waited for
		synctest.Wait()
		x.io.mu.RLock()
		names := len(x.io.namespaces)
		x.io.mu.RUnlock()
		if x.io.SocketCount() != 0 || len(x.io.rooms) != 0 || x.io.ClientCount() != 0 || names != 1 {
			t.Errorf("left over: %d sockets, rooms %v, %d clients", x.io.SocketCount(), x.io.rooms, x.io.ClientCount())
		}
		if connects.Load() != disconnects.Load() || connects.Load() == 0 {
			t.Errorf("%d connects, %d disconnects", connects.Load(), disconnects.Load())
		}
		if i := slices.IndexFunc(x.logs.take(), func(entry string) bool { return strings.Contains(entry, "panic") }); i >= 0 {
			t.Error("something panicked")
		}
	})
}
