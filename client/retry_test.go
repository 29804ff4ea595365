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
)

func retrying(retries int) client.Options {
	return client.Options{Jitter: -1, SocketOptions: client.SocketOptions{Retries: retries, AckTimeout: 5 * time.Second}}
}

// note makes the script write down what comes, with its time.
func (x *script) note(j *journal, answer func(c *scriptConn, p string) bool) {
	x.packet = func(c *scriptConn, p string) {
		if strings.HasPrefix(p, "2") {
			j.add("%d: %v %s", c.n, time.Since(x.begin).Round(time.Second), p)
		}
		if strings.HasPrefix(p, "0") || answer(c, p) {
			c.answer(p)
		}
	}
}

// One event at a time, in order, each again and again until it is acknowledged.
func TestRetries(t *testing.T) {
	scripted(t, func(t *testing.T, x *script) {
		var seen journal
		tries := map[string]int{}
		x.note(&seen, func(c *scriptConn, p string) bool {
			tries[p]++
			return tries[p] == 3 || !strings.Contains(p, "lazy")
		})
		s := connect(t, x.client(retrying(5)))
		synctest.Wait()
		if err := s.Volatile().Emit("not in the queue"); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"a", "lazy b", "c"} {
			if err := s.Emit(name); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		seen.want(t, `1: 0s 2["not in the queue"]`, `1: 0s 20["a"]`, `1: 0s 21["lazy b"]`, `1: 5s 21["lazy b"]`, `1: 10s 21["lazy b"]`, `1: 10s 22["c"]`)
	})
}

func TestRetriesAreLimited(t *testing.T) {
	scripted(t, func(t *testing.T, x *script) {
		var seen journal
		var log logs
		x.note(&seen, func(_ *scriptConn, p string) bool { return strings.Contains(p, "good") })
		o := retrying(2)
		o.Logger = slog.New(&log)
		s := connect(t, x.client(o))
		if err := s.Emit("bad"); err != nil {
			t.Fatal(err)
		}
		good := make(chan error, 1)
		go func() {
			time.Sleep(time.Second)
			_, err := s.Call(context.Background(), "good")
			good <- err
		}()
		if _, err := s.Call(t.Context(), "bad call"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if err := <-good; err != nil {
			t.Error(err)
		}
		seen.want(t, `1: 0s 20["bad"]`, `1: 5s 20["bad"]`, `1: 10s 20["bad"]`,
			`1: 15s 21["bad call"]`, `1: 20s 21["bad call"]`, `1: 25s 21["bad call"]`, `1: 30s 22["good"]`)
		if !log.logged("an event is given up") {
			t.Error("an event that nobody waits for is dropped without a word")
		}
	})
}

// A lost connection is a try that has failed; the next connection goes on with the
// same event.
func TestRetriesAcrossConnections(t *testing.T) {
	scripted(t, func(t *testing.T, x *script) {
		var seen journal
		x.note(&seen, func(c *scriptConn, p string) bool {
			if c.n < 3 {
				c.Close()
				return false
			}
			return true
		})
		s := connect(t, x.client(retrying(2)))
		for i := range 3 {
			if err := s.Emit("n", i); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		seen.want(t, `1: 0s 20["n",0]`, `2: 1s 20["n",0]`, `3: 2s 20["n",0]`, `3: 2s 21["n",1]`, `3: 2s 22["n",2]`)

		x.mu.Lock()
		x.conns[2].n = 1 // unreliable again
		x.mu.Unlock()
		x.note(&seen, func(c *scriptConn, _ string) bool { c.Close(); return false })
		start := time.Since(x.begin)
		_, err := s.Call(context.Background(), "poison")
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("an event that kills every connection: %v", err)
		}
		if d := time.Since(x.begin) - start; d != 2*time.Second {
			t.Errorf("given up after %v", d)
		}
	})
}

// A late answer to an earlier try counts, and is not mistaken for that of the next.
func TestRetryWithALateAnswer(t *testing.T) {
	scripted(t, func(t *testing.T, x *script) {
		var seen journal
		x.note(&seen, func(c *scriptConn, p string) bool {
			time.AfterFunc(7*time.Second, func() { c.answer(p) })
			return false
		})
		s := connect(t, x.client(retrying(9)))
		answered := make(chan error, 2)
		for _, name := range []string{"a", "b"} {
			go func() {
				_, err := s.Call(context.Background(), name)
				answered <- err
			}()
			synctest.Wait()
		}
		if err := errors.Join(<-answered, <-answered); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		seen.want(t, `1: 0s 20["a"]`, `1: 5s 20["a"]`, `1: 7s 21["b"]`, `1: 12s 21["b"]`)
	})
}

// Who gives up does not hold up the others.
func TestRetryWhoseCallerGivesUp(t *testing.T) {
	scripted(t, func(t *testing.T, x *script) {
		var seen journal
		x.note(&seen, func(_ *scriptConn, p string) bool { return strings.Contains(p, "good") })
		s := connect(t, x.client(retrying(9)))
		var answered [3]chan error
		for i, name := range []string{"bad", "bad too", "good"} {
			answered[i] = make(chan error, 1)
			go func() {
				ctx, cancel := context.WithTimeout(t.Context(), []time.Duration{2 * time.Second, time.Second, time.Hour}[i])
				defer cancel()
				_, err := s.Call(ctx, name)
				answered[i] <- err
			}()
			synctest.Wait()
		}
		for i, want := range []error{context.DeadlineExceeded, context.DeadlineExceeded, nil} {
			if err := <-answered[i]; !errors.Is(err, want) {
				t.Errorf("call %d: %v, want %v", i, err, want)
			}
		}
		seen.want(t, `1: 0s 20["bad"]`, `1: 2s 22["good"]`)
	})
}

// The queue is bounded, and ends with the socket.
func TestRetryQueueEnds(t *testing.T) {
	scripted(t, func(t *testing.T, x *script) {
		var seen journal
		x.note(&seen, func(*scriptConn, string) bool { return false })
		o := retrying(9)
		o.SendBudget = 1000
		s := x.client(o)
		if err := s.Emit("inactive"); !errors.Is(err, net.ErrClosed) {
			t.Errorf("got %v", err)
		}
		connect(t, s)
		sent := 0
		for ; sent < 100; sent++ {
			if err := s.Emit("n", strings.Repeat("x", 50)); err != nil {
				if !errors.Is(err, socketio.ErrSlowConsumer) {
					t.Error(err)
				}
				break
			}
		}
		if sent < 5 || sent > 20 {
			t.Errorf("%d events in 1000 bytes", sent)
		}
		if err := s.Emit("a", make(chan int)); err == nil {
			t.Error("what cannot be encoded")
		}
		_ = s.Close()
		connect(t, s)
		time.Sleep(time.Minute)
		if n := len(seen.take()); n != 1 {
			t.Errorf("%d events arrived", n)
		}
		if err := s.Emit("the budget is free again", strings.Repeat("x", 900)); err != nil {
			t.Error(err)
		}
	})
}

// At least once and in order: a server that loses connections at random points sees
// every event, first appearances in order, and repetitions that are recognisable by
// the application's number.
func TestRetriesAreAtLeastOnceAndInOrder(t *testing.T) {
	scripted(t, func(t *testing.T, x *script) {
		var got []int
		n := 0
		x.packet = func(c *scriptConn, p string) {
			if !strings.HasPrefix(p, "2") {
				c.answer(p)
				return
			}
			var i int
			if _, err := fmt.Sscanf(p[strings.IndexByte(p, '['):], `["n",%d]`, &i); err != nil {
				t.Error(p)
			}
			n++
			switch n % 7 {
			case 2: // lost with the connection
				c.Close()
				return
			case 4: // handled, but the answer is lost
				got = append(got, i)
				c.Close()
				return
			case 6: // handled, but never answered
				got = append(got, i)
				return
			}
			got = append(got, i)
			c.answer(p)
		}
		s := connect(t, x.client(retrying(20)))
		const events = 60
		for i := range events {
			if err := s.Emit("n", i); err != nil {
				t.Fatal(err)
			}
			time.Sleep(300 * time.Millisecond)
		}
		if err := s.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !slices.IsSorted(got) {
			t.Errorf("out of order: %v", got)
		}
		if unique := slices.Compact(slices.Clone(got)); len(unique) != events || len(got) == events {
			t.Errorf("%d of %d events, %d with repetitions", len(unique), events, len(got))
		}
	})
}
