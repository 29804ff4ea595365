package socketiotest_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/client"
	"github.com/socketio-go/socketio/server"
	"github.com/socketio-go/socketio/socketiotest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	for deadline := time.Now().Add(10 * time.Second); code == 0 && runtime.NumGoroutine() > 1; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			fmt.Fprintln(os.Stderr, "goroutines leaked")
			code = 1
		}
	}
	os.Exit(code)
}

// A test of a user's, outside of a bubble.
func TestPair(t *testing.T) {
	s, c := socketiotest.Pair(t)
	atServer, atClient := socketiotest.Record(t, s), socketiotest.Record(t, c)
	if err := s.Emit("hello", map[string]any{"b": []byte{1}, "a": 1}, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Emit("n", 1.5); err != nil {
		t.Fatal(err)
	}
	atClient.Expect("hello", struct {
		A int             `json:"a"`
		B socketio.Binary `json:"b"`
	}{1, []byte{1}}, nil)
	atServer.Expect("n", 1.5)
	atServer.None()
	atClient.None()
}

// And inside of one: a day's reconnections take no time.
func TestServerInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		io := socketiotest.NewServer(t, nil)
		io.Of("/a").OnConnect(func(_ context.Context, s *server.Socket) error { return s.Emit("welcome", s.ID()) })
		c := io.Client("/a", nil)
		events := socketiotest.Record(t, c)
		io.Connect(c)
		events.Expect("welcome", c.ID())
		for range 24 {
			time.Sleep(time.Minute)
			id := c.ID()
			io.Offline()
			io.Cut()
			time.Sleep(time.Hour)
			if c.Connected() {
				t.Fatal("connected without a network")
			}
			io.Online()
			time.Sleep(10 * time.Second)
			if !c.Connected() || c.ID() == id {
				t.Fatal("not connected again")
			}
			events.Expect("welcome", io.Peer(c).ID())
		}
		synctest.Wait()
		events.None()
	})
}

// complaints is a testing.TB that keeps what a test would fail with.
type complaints struct {
	testing.TB
	texts []string
}

func (c *complaints) Helper() {}
func (c *complaints) Errorf(format string, args ...any) {
	c.texts = append(c.texts, fmt.Sprintf(format, args...))
}
func (c *complaints) Fatalf(format string, args ...any) { c.Errorf(format, args...); runtime.Goexit() }
func (c *complaints) Fatal(args ...any)                 { c.Fatalf("%s", fmt.Sprint(args...)) }

// of runs f and returns what it complains about.
func of(t *testing.T, f func(tb testing.TB)) string {
	t.Helper()
	c := &complaints{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(c)
	}()
	<-done
	return strings.Join(c.texts, "\n")
}

func TestComplaints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		io := socketiotest.NewServer(t, nil)
		c := io.Dial(nil)
		for want, f := range map[string]func(tb testing.TB, r *socketiotest.Recorder){
			`got "n" [1], want "n" [2]`:  func(_ testing.TB, r *socketiotest.Recorder) { _ = c.Emit("n", 1); r.Expect("n", 2) },
			`got "n" [], want "m" []`:    func(_ testing.TB, r *socketiotest.Recorder) { _ = c.Emit("n"); r.Expect("m") },
			`got "n" [[1]], want "n" []`: func(_ testing.TB, r *socketiotest.Recorder) { _ = c.Emit("n", []byte{1}); r.Expect("n") },
			"no event has come":          func(_ testing.TB, r *socketiotest.Recorder) { r.Next() },
			"unsupported type":           func(_ testing.TB, r *socketiotest.Recorder) { _ = c.Emit("n"); r.Expect("n", make(chan int)) },
			`unexpected event "n" [7]`:   func(_ testing.TB, r *socketiotest.Recorder) { _ = c.Emit("n", 7); synctest.Wait(); r.None() },
			"the server has no socket": func(tb testing.TB, _ *socketiotest.Recorder) {
				socketiotest.NewServer(tb, nil).Peer(c)
			},
			"Invalid namespace": func(tb testing.TB, _ *socketiotest.Recorder) {
				s := socketiotest.NewServer(tb, nil)
				s.Connect(s.Client("/nowhere", &client.Options{}))
			},
		} {
			if got := of(t, func(tb testing.TB) { f(tb, socketiotest.Record(tb, io.Server)) }); !strings.Contains(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	})
}
