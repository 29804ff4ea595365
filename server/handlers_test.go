package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/internal/rawclient"
)

func (j *journal) handler(name string) socketio.Handler {
	return socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error {
		j.add("%s %s %s", name, m.Event, m.Args.Raw(0))
		return nil
	})
}

func TestWhichHandlersRun(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		c, other := x.connect(), x.connect()
		s := x.socket(c)
		send := func(want ...string) {
			t.Helper()
			c.send(`42["e",1]`)
			j.want(t, want...)
		}
		send() // nobody minds
		removeWild := x.io.Handle("*", j.handler("wild"))
		send("wild e 1")
		ownWild := s.Handle("*", j.handler("own wild"))
		send("wild e 1", "own wild e 1")
		removeOne := x.io.Handle("e", j.handler("one"))
		send("one e 1") // has its own handler, and so no wildcard
		removeTwo := x.io.Handle("e", j.handler("two"))
		own := s.Handle("e", j.handler("own"))
		removeAny := x.io.OnAny(j.handler("any"))
		x.io.OnAny(j.handler("any too"))
		send("any e 1", "any too e 1", "one e 1", "two e 1", "own e 1")
		other.send(`42["e",2]`)
		j.want(t, "any e 2", "any too e 2", "one e 2", "two e 2")
		other.send(`42["unknown"]`, `42["*"]`, `42[5,3]`, `42`, `42["\u0065",4]`)
		j.want(t, "any unknown ", "any too unknown ", "wild unknown ", "any * ", "any too * ", "wild * ", "any 5 3", "any too 5 3", "wild 5 3",
			"any e 4", "any too e 4", "one e 4", "two e 4")
		removeOne()
		removeOne()
		removeAny()
		send("any too e 1", "two e 1", "own e 1")
		removeTwo()
		send("any too e 1", "own e 1")
		own()
		send("any too e 1", "wild e 1", "own wild e 1")
		removeWild()
		ownWild()
		send("any too e 1")
	})
}

func TestHandlersThatChangeTheHandlers(t *testing.T) {
	bubble(t, "websocket", Options{}, func(t *testing.T, x *fixture) {
		var j journal
		var remove func()
		remove = x.io.Handle("e", socketio.HandlerFunc(func(context.Context, *socketio.Message) error {
			remove()
			x.io.Handle("e", j.handler("new"))
			return nil
		}))
		x.io.Handle("e", j.handler("second"))
		c := x.connect()
		c.send(`42["e"]`)
		j.want(t, "second e ")
		c.send(`42["e"]`)
		j.want(t, "second e ", "new e ")
	})
}

func TestEventsOfOneSocketWaitForEachOther(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		handle(x.io, "slow", func(_ context.Context, s *Socket, m *socketio.Message) error {
			j.add("begin %s", m.Args.Raw(0))
			time.Sleep(time.Minute)
			j.add("end %s", m.Args.Raw(0))
			return nil
		})
		a, b := x.connect(), x.connect()
		a.send(`42["slow","a1"]`, `42["slow","a2"]`)
		synctest.Wait()
		b.send(`42["slow","b1"]`)
		j.want(t, `begin "a1"`, `begin "b1"`) // different sockets run in parallel
		time.Sleep(time.Minute)
		synctest.Wait()
		got := strings.Join(j.take(), " ")
		if !strings.Contains(got, `end "a1" `) || strings.Index(got, `end "a1"`) > strings.Index(got, `begin "a2"`) {
			t.Errorf("happened %s", got)
		}
		// Neither heartbeats nor disconnects wait for a handler.
		a.send("41")
		synctest.Wait()
		if x.io.SocketCount() != 1 {
			t.Error("the disconnect waits for the handler")
		}
	})
}

func TestNamespacesOfOneClientRunInParallel(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		block := make(chan struct{})
		handle(x.io, "block", func(context.Context, *Socket, *socketio.Message) error { <-block; return nil })
		handle(x.io.Of("/other"), "quick", func(_ context.Context, _ *Socket, m *socketio.Message) error { return m.Ack() })
		c := x.connect().join("/other")
		c.send(`42["block"]`, `42/other,1["quick"]`)
		c.want(`43/other,1[]`)
		close(block)
	})
}

func TestConcurrent(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		block := make(chan struct{})
		x.barriers()
		x.io.Handle("wait", socketio.Concurrent(socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error {
			<-block
			return errors.Join(m.Ack(m.Args), errors.New("logged"))
		})))
		x.io.Handle("panic", socketio.Concurrent(socketio.HandlerFunc(func(context.Context, *socketio.Message) error { panic("alone") })))
		c := x.connect()
		c.send(`421["wait",1]`, `42["panic"]`, `422["wait",2]`)
		c.barrier() // later events do not wait
		c.quiet()
		close(block)
		synctest.Wait()
		got := map[string]bool{c.Next(): true, c.Next(): true}
		if !got[`431[1]`] || !got[`432[2]`] {
			t.Errorf("got %v", got)
		}
		if !x.logs.logged("panic", "alone") || !x.logs.logged("handler failed", "logged") {
			t.Error("not logged")
		}
	})
}

func TestPanicsCostOnlyThemselves(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		x.barriers()
		boom := func(context.Context, *socketio.Message) error { panic(errors.New("boom")) }
		x.io.OnAny(socketio.HandlerFunc(boom))
		x.io.Handle("e", socketio.HandlerFunc(boom))
		x.io.Handle("e", socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error {
			_ = m.Socket.(fmt.Stringer)
			return nil
		}))
		x.io.Handle("e", j.handler("still"))
		x.io.OnDisconnect(func(*Socket, socketio.Reason) { panic("in OnDisconnect") })
		j.record(x.io.Namespace)
		c := x.connect()
		c.send(`42["e",1]`, `42["e",2]`)
		j.want(t, "still e 1", "still e 2")
		c.send(`425["e"]`)
		c.want(`435[{"error":{"message":"internal error"}}]`)
		j.want(t, "still e ")
		c.send("41")
		j.want(t, "client namespace disconnect")
		if !x.logs.logged("ERROR socketio: panic", "boom", "stack=goroutine", "handlers_test.go", "nsp=/", "sid="+c.sid) ||
			!x.logs.logged("panic", "interface conversion") || !x.logs.logged("panic", "in OnDisconnect") {
			t.Error("not logged")
		}
	})
}

func TestContextOfHandlers(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		j.record(x.io.Namespace)
		handle(x.io, "wait", func(ctx context.Context, s *Socket, _ *socketio.Message) error {
			if _, has := ctx.Deadline(); has || ctx.Value("key") != nil || ctx.Err() != nil {
				t.Error("the context has more than an end")
			}
			derived, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
			<-derived.Done()
			j.add("%v %v %v", derived.Err(), ctx.Err(), context.Cause(ctx))
			return nil
		})
		handle(x.io, "after", func(ctx context.Context, s *Socket, _ *socketio.Message) error {
			<-ctx.Done()
			<-s.Context().Done()
			j.add("after %v", s.Context().Err())
			return nil
		})
		c := x.connect()
		c.send(`42["wait"]`, `42["after"]`)
		j.want(t)
		c.send("41")
		// What had arrived is still handled, with a context that has ended; then the hook.
		j.want(t, "context canceled context canceled context canceled", "after context canceled", "client namespace disconnect")
	})
}

// A handler may wait for an acknowledgement of its own socket, however many events
// stand between the question and the answer.
func TestHandlerWaitsForItsOwnSocket(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		handle(x.io, "ask", func(ctx context.Context, s *Socket, m *socketio.Message) error {
			args, err := s.Call(ctx, "q")
			j.add("answer %s %v", args.Raw(0), err)
			return m.Ack(args)
		})
		x.io.Handle("n", j.handler("flood"))
		c := x.connect()
		want := []string{`answer "a" <nil>`}
		packets := []string{`427["ask"]`}
		for i := range 1000 {
			packets = append(packets, fmt.Sprintf(`42["n",%d]`, i))
			want = append(want, fmt.Sprintf("flood n %d", i))
		}
		c.send(packets...)
		c.want(`420["q"]`)
		j.want(t)
		c.send(`430["a"]`)
		c.want(`437["a"]`)
		j.want(t, want...)
	})
}

// While nothing is read because too much waits, the answer does not come; the
// deadline does.
func TestHandlerWaitsBeyondTheReceiveBudget(t *testing.T) {
	modes(t, Options{ReceiveBudget: 10_000, AckTimeout: 30 * time.Second}, func(t *testing.T, x *fixture) {
		var j journal
		handle(x.io, "ask", func(ctx context.Context, s *Socket, m *socketio.Message) error {
			_, err := s.Call(ctx, "q")
			j.add("%v", errors.Is(err, context.DeadlineExceeded))
			return nil
		})
		x.io.Handle("n", j.handler("flood"))
		c := x.connect()
		want := []string{"true"}
		packets := []string{`42["ask"]`}
		for i := range 200 {
			packets = append(packets, fmt.Sprintf(`42["n",%d]`, i))
			want = append(want, fmt.Sprintf("flood n %d", i))
		}
		go func() { _ = c.Send(append(packets, `430["a"]`)...) }()
		time.Sleep(29 * time.Second)
		j.want(t)
		time.Sleep(2 * time.Second)
		j.want(t, want...)
		if x.io.SocketCount() != 1 {
			t.Error("the client was disconnected")
		}
	})
}

type line struct {
	Text string           `json:"text"`
	File socketio.Binary  `json:"file,omitempty"`
	Pos  map[string][]int `json:"pos,omitempty"`
}

var (
	lineEvent  = socketio.NewEvent[line]("line")
	pingEvent  = socketio.NewEvent[socketio.None]("ping")
	upperCall  = socketio.NewCall[string, line]("upper")
	resetCall  = socketio.NewCall[socketio.None, socketio.None]("reset")
	choiceCall = socketio.NewCall[[]int, int]("choose")
)

func TestTypedEvents(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		socketio.On(x.io, lineEvent, func(_ context.Context, s *Socket, l line) error {
			j.add("%s %x %v", l.Text, l.File, l.Pos)
			return lineEvent.Emit(s, l)
		})
		removePing := socketio.On(x.io.Namespace, pingEvent, func(_ context.Context, s *Socket, _ socketio.None) error {
			j.add("ping")
			return pingEvent.Emit(s, socketio.None{})
		})
		socketio.Handle(x.io, upperCall, func(_ context.Context, s *Socket, text string) (line, error) {
			if text == "" {
				return line{}, &socketio.Error{Message: "empty"}
			}
			return line{Text: strings.ToUpper(text)}, nil
		})
		c := x.connect()
		socketio.Handle(x.socket(c), resetCall, func(context.Context, *Socket, socketio.None) (socketio.None, error) {
			j.add("reset")
			return socketio.None{}, nil
		})
		c.send(`451-["line",{"text":"hi","file":{"_placeholder":true,"num":0},"pos":{"a":[1]}}]`, "x0aff")
		c.want(`451-["line",{"text":"hi","file":{"_placeholder":true,"num":0},"pos":{"a":[1]}}]`, "x0aff")
		j.want(t, "hi 0aff map[a:[1]]")
		c.send(`42["ping"]`, `42["ping","ignored"]`)
		c.want(`42["ping"]`, `42["ping"]`)
		j.want(t, "ping", "ping")
		removePing()
		c.send(`421["upper","abc"]`, `422["upper",""]`, `423["reset"]`, `42["reset"]`, `42["ping"]`)
		c.want(`431[{"text":"ABC"}]`, `432[{"error":{"message":"empty"}}]`, `433[]`)
		j.want(t, "reset", "reset")
		// What does not fit is the peer's mistake, and it is told so.
		c.send(`424["upper",5]`, `425["upper"]`, `426["line",{"text":5}]`, `42["upper",{}]`)
		c.want(`434[{"error":{"message":"invalid arguments for event \"upper\""}}]`,
			`435[{"error":{"message":"invalid arguments for event \"upper\""}}]`,
			`436[{"error":{"message":"invalid arguments for event \"line\""}}]`)
		c.quiet()
		if !x.logs.logged("handler failed", "invalid arguments", "want 1 arguments, got 0") {
			t.Error("the mistake is not logged")
		}
	})
}

func TestTypedCalls(t *testing.T) {
	modes(t, Options{AckTimeout: time.Second}, func(t *testing.T, x *fixture) {
		c := x.connect()
		s := x.socket(c)
		ask := func(reply string) (int, error) {
			t.Helper()
			type result struct {
				n   int
				err error
			}
			got := make(chan result, 1)
			go func() {
				n, err := choiceCall.Do(t.Context(), s, []int{1, 2})
				got <- result{n, err}
			}()
			q := c.Next()
			id, ok := strings.CutSuffix(strings.TrimPrefix(q, "42"), `["choose",[1,2]]`)
			if !ok {
				t.Fatal(q)
			}
			if reply != "" {
				c.send("43" + id + reply)
			}
			r := <-got
			return r.n, r.err
		}
		if n, err := ask(`[2]`); n != 2 || err != nil {
			t.Error(n, err)
		}
		var remote *socketio.RemoteError
		if _, err := ask(`[{"error":{"message":"no","data":[1]}}]`); !errors.As(err, &remote) || remote.Message != "no" || string(remote.Data) != "[1]" {
			t.Error(err)
		}
		for _, reply := range []string{`[]`, `["2"]`, `[{"error":{"message":""}}]`, `[{"error":"text"}]`, `[{"error":{"message":"x"}},1]`} {
			if _, err := ask(reply); err == nil || errors.As(err, &remote) && strings.Contains(reply, "error") {
				t.Errorf("%s: %v", reply, err)
			}
		}
		if _, err := ask(""); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		done := make(chan error, 1)
		go func() {
			_, err := resetCall.Do(t.Context(), s, socketio.None{})
			done <- err
		}()
		if q := c.Next(); !strings.HasSuffix(q, `["reset"]`) {
			t.Error(q)
		} else {
			c.send("43" + strings.TrimSuffix(q[2:], `["reset"]`) + `["ignored"]`)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestTypedGroupCalls(t *testing.T) {
	bubble(t, "websocket", Options{}, func(t *testing.T, x *fixture) {
		for _, reply := range []string{`[1]`, `[2]`, `[{"error":{"message":"busy"}}]`, `["no number"]`, ""} {
			c := x.dialWith(rawclient.Options{Mode: "websocket"}).join("/")
			go func() {
				if c.want(`420["choose",[3]]`); reply != "" {
					c.send("430" + reply)
				}
			}()
		}
		got, err := choiceCall.DoAll(t.Context(), x.io.Timeout(time.Second), []int{3})
		synctest.Wait()
		var missing *socketio.AckError
		var remote *socketio.RemoteError
		if len(got) != 2 || got[0]+got[1] != 3 || !errors.As(err, &missing) || missing.Missing != 1 || !errors.As(err, &remote) || remote.Message != "busy" {
			t.Errorf("%v, %v", got, err)
		}
	})
}
