package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/packet"
)

// pending is the number of acknowledgements the server waits for, or -1 for a map
// that should have been given up.
func (s *Socket) pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.acks != nil && len(s.acks) == 0 {
		return -1
	}
	return len(s.acks)
}

func TestAcksFromTheServer(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		x.barriers()
		handle(x.io, "echo", func(_ context.Context, _ *Socket, m *socketio.Message) error { return m.Ack(m.Args) })
		handle(x.io, "none", func(_ context.Context, _ *Socket, m *socketio.Message) error { return m.Ack() })
		handle(x.io, "wants", func(_ context.Context, _ *Socket, m *socketio.Message) error {
			before := m.WantsAck()
			return m.Ack(before, m.WantsAck())
		})
		handle(x.io, "twice", func(_ context.Context, _ *Socket, m *socketio.Message) error {
			return errors.Join(m.Ack(1), m.Ack(2), errors.New("too late to be an answer"))
		})
		handle(x.io, "silent", func(context.Context, *Socket, *socketio.Message) error { return nil })
		c := x.connect()
		c.send(`420["echo"]`, `421["echo",1]`, `422["echo",1,"two",[3],{"four":null}]`)
		c.want(`430[]`, `431[1]`, `432[1,"two",[3],{"four":null}]`)
		c.send(`452-3["echo",{"_placeholder":true,"num":0},{"x":[{"_placeholder":true,"num":1}]}]`, "x0102", "xff")
		c.want(`462-3[{"_placeholder":true,"num":0},{"x":[{"_placeholder":true,"num":1}]}]`, "x0102", "xff")
		c.send(`424["none"]`, `425["wants"]`, `426["twice"]`, `427["silent"]`, `428["nobody handles this"]`)
		c.want(`434[]`, `435[true,true]`, `436[1]`)
		c.send(`42["echo",1]`, `42["none"]`, `42["wants"]`, `42["twice"]`) // nobody asked
		c.barrier()
		c.quiet()
	})
}

func TestAckAfterTheHandlerReturned(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var kept []*socketio.Message
		handle(x.io, "later", func(_ context.Context, _ *Socket, m *socketio.Message) error {
			kept = append(kept, m)
			return nil
		})
		x.barriers()
		c := x.connect()
		c.send(`421["later","a"]`, `422["later","b"]`)
		c.barrier()
		c.quiet()
		for _, m := range slices.Backward(kept) {
			if err := m.Ack(m.Args); err != nil || m.WantsAck() {
				t.Error(err)
			}
		}
		c.want(`432["b"]`, `431["a"]`)
		c.send(`423["later"]`)
		c.barrier()
		c.send("41")
		synctest.Wait()
		if err := kept[2].Ack(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Ack after the disconnect: %v", err)
		}
	})
}

func TestCall(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		c := x.connect()
		s := x.socket(c)
		for i, want := range []string{`[]`, `["one"]`, `[1,"two",null]`} {
			got := make(chan socketio.Args, 1)
			go func() {
				args, err := s.Call(t.Context(), "q", i, []any{})
				if err != nil {
					t.Error(err)
				}
				got <- args
			}()
			c.want(fmt.Sprintf(`42%d["q",%d,[]]`, i, i))
			c.send(fmt.Sprintf("43%d%s", i, want))
			args, n := <-got, strings.Count(want, ",")+1
			if want == "[]" {
				n = 0
			}
			if args.Len() != n {
				t.Errorf("%d arguments, want %s", args.Len(), want)
			}
		}
		answer := make(chan []byte, 1)
		go func() {
			var b []byte
			args, err := s.Call(t.Context(), "binary", []byte{1})
			if err == nil {
				err = args.Scan(&b)
			}
			if err != nil {
				t.Error(err)
			}
			answer <- b
		}()
		c.want(`451-3["binary",{"_placeholder":true,"num":0}]`, "x01")
		c.send(`461-3[{"_placeholder":true,"num":0}]`, "x0203")
		if b := <-answer; !slices.Equal(b, []byte{2, 3}) {
			t.Errorf("answer %v", b)
		}
		if s.pending() != 0 {
			t.Errorf("%d acknowledgements pending", s.pending())
		}
		// Unknown and repeated ones mean nothing (SIO-041).
		c.send(`430["again"]`, `43999["never asked"]`, "43", "435")
		c.join("/other" + x.other())
	})
}

// The numbers of a namespace are counted together, for all of its sockets and for
// broadcasts; another namespace begins anew (SIO-011).
func TestAckNumbers(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		x.io.Of("/other")
		a, b, other := x.connect(), x.connect(), x.dial().join("/other")
		sa, sb, far := x.socket(a), x.socket(b), x.io.Of("/other").Socket(other.sid)
		call := func(f func() error) {
			go func() {
				if err := f(); err != nil {
					t.Error(err)
				}
			}()
			synctest.Wait()
		}
		call(func() error { _, err := sa.Call(t.Context(), "q"); return err })
		call(func() error { _, err := sb.Call(t.Context(), "q"); return err })
		call(func() error { _, err := x.io.CallAll(t.Context(), "q"); return err })
		call(func() error { _, err := sa.Call(t.Context(), "q"); return err })
		call(func() error { _, err := far.Call(t.Context(), "q"); return err })
		a.want(`420["q"]`, `422["q"]`, `423["q"]`)
		b.want(`421["q"]`, `422["q"]`)
		other.want(`42/other,0["q"]`)
		a.send("430[]", "432[]", "433[]")
		b.send("431[]", "432[]")
		other.send("43/other,0[]")
		synctest.Wait()
	})
}

// other is a namespace that exists.
func (x *fixture) other() string {
	x.io.Of("/other")
	return ""
}

func TestCallTimeouts(t *testing.T) {
	modes(t, Options{AckTimeout: 7 * time.Second}, func(t *testing.T, x *fixture) {
		x.barriers()
		c := x.connect()
		s := x.socket(c)
		three, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		canceled, cancelIt := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancelIt)
		for i, call := range []struct {
			f    func() (socketio.Args, error)
			want time.Duration
			err  error
		}{
			{func() (socketio.Args, error) { return s.Call(three, "q") }, 3 * time.Second, context.DeadlineExceeded},
			{func() (socketio.Args, error) { return s.Call(canceled, "q") }, 0, context.Canceled},
			{func() (socketio.Args, error) { return s.Call(t.Context(), "q") }, 7 * time.Second, context.DeadlineExceeded},
			{func() (socketio.Args, error) { return s.Timeout(time.Minute).Call(t.Context(), "q") }, time.Minute, context.DeadlineExceeded},
			{func() (socketio.Args, error) { return s.Timeout(time.Minute).Call(three, "q") }, 0, context.DeadlineExceeded},
		} {
			start := time.Now()
			_, err := call.f()
			if d := time.Since(start); d != call.want || !errors.Is(err, call.err) {
				t.Errorf("call %d: %v after %v, want %v after %v", i, err, d, call.err, call.want)
			}
			if s.pending() != 0 {
				t.Errorf("call %d: %d acknowledgements pending", i, s.pending())
			}
			c.want(fmt.Sprintf(`42%d["q"]`, i))
			c.send(fmt.Sprintf(`43%d["late"]`, i))
		}
		c.barrier()
	})
}

func TestCallsEndWithTheSocket(t *testing.T) {
	for name, end := range map[string]func(c *client, s *Socket){
		"client leaves": func(c *client, _ *Socket) { c.send("41") },
		"server kicks":  func(_ *client, s *Socket) { s.Disconnect(false) },
		"connection":    func(c *client, _ *Socket) { c.lose() },
	} {
		t.Run(name, func(t *testing.T) {
			modes(t, Options{}, func(t *testing.T, x *fixture) {
				c := x.connect()
				s := x.socket(c)
				failed := make(chan error, 1)
				go func() {
					_, err := s.Call(t.Context(), "q")
					failed <- err
				}()
				c.want(`420["q"]`)
				start := time.Now()
				end(c, s)
				if err := <-failed; !errors.Is(err, net.ErrClosed) || time.Since(start) > 0 {
					t.Errorf("%v after %v", err, time.Since(start))
				}
				if _, err := s.Call(t.Context(), "q"); !errors.Is(err, net.ErrClosed) {
					t.Errorf("a later call: %v", err)
				}
				if s.pending() != 0 {
					t.Errorf("%d acknowledgements pending", s.pending())
				}
			})
		})
	}
}

func TestCallAll(t *testing.T) {
	modes(t, Options{AckTimeout: 5 * time.Second}, func(t *testing.T, x *fixture) {
		var clients []*client
		var sockets []*Socket
		for range 3 {
			c := x.connect()
			clients, sockets = append(clients, c), append(sockets, x.socket(c))
		}
		id := 0
		// ask calls everybody; what each client does is in reply. It returns the sorted answers.
		ask := func(to Broadcast, reply func(i int, c *client)) ([]string, time.Duration, error) {
			start := time.Now()
			for i, c := range clients {
				go func() {
					c.want(fmt.Sprintf(`42%d["q"]`, id))
					reply(i, c)
				}()
			}
			answers, err := to.CallAll(t.Context(), "q")
			synctest.Wait()
			id++
			got := []string{}
			for _, a := range answers {
				got = append(got, string(a.Raw(0)))
			}
			slices.Sort(got)
			for _, s := range sockets {
				if s.pending() != 0 {
					t.Errorf("%d acknowledgements pending", s.pending())
				}
			}
			return got, time.Since(start), err
		}
		answer := func(i int, c *client) { c.send(fmt.Sprintf(`43%d[%d,"more"]`, id, i)) }

		got, d, err := ask(x.io.broadcast(), answer)
		if err != nil || d != 0 || !slices.Equal(got, []string{"0", "1", "2"}) {
			t.Errorf("all: %v, %v after %v", got, err, d)
		}
		got, d, err = ask(x.io.broadcast(), func(i int, c *client) {
			if i < 2 {
				answer(i, c)
			}
		})
		var missing *socketio.AckError
		if !errors.As(err, &missing) || missing.Missing != 1 || !errors.Is(err, context.DeadlineExceeded) || d != 5*time.Second || !slices.Equal(got, []string{"0", "1"}) {
			t.Errorf("partial: %v, %v after %v", got, err, d)
		}
		clients[2].send(fmt.Sprintf(`43%d["late"]`, id-1))
		got, d, err = ask(x.io.Timeout(time.Minute), func(int, *client) {})
		if !errors.As(err, &missing) || missing.Missing != 3 || d != time.Minute || len(got) != 0 {
			t.Errorf("none: %v, %v after %v", got, err, d)
		}
		got, d, err = ask(x.io.broadcast(), func(i int, c *client) {
			if i > 0 {
				answer(i, c)
			} else {
				c.send("41")
			}
		})
		if !errors.As(err, &missing) || missing.Missing != 1 || !errors.Is(err, net.ErrClosed) || errors.Is(err, context.DeadlineExceeded) || d != 0 || !slices.Equal(got, []string{"1", "2"}) {
			t.Errorf("disconnected: %v, %v after %v", got, err, d)
		}
		if answers, err := x.io.To("empty").CallAll(t.Context(), "q"); err != nil || len(answers) != 0 {
			t.Errorf("nobody: %v, %v", answers, err)
		}
		if _, err := x.io.CallAll(t.Context(), "disconnect"); err == nil {
			t.Error("reserved name accepted")
		}
		if _, err := x.io.To("room").Call(t.Context(), "q"); err == nil || !strings.Contains(err.Error(), "CallAll") {
			t.Errorf("Call to a group: %v", err)
		}
	})
}

// A receiver that is lost in the moment of sending counts once.
func TestCallAllWithASlowConsumer(t *testing.T) {
	bubble(t, "polling", Options{SendBudget: 1000}, func(t *testing.T, x *fixture) {
		slow, good := x.connect(), x.connect()
		s := x.socket(slow)
		slow.Hold()
		if err := s.Emit("taken by the GET that waits"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if err := s.Emit("queued", strings.Repeat("x", 900)); err != nil {
			t.Fatal(err)
		}
		go func() {
			if got := good.Next(); !strings.HasPrefix(got, `420["q"`) {
				t.Error(got)
			}
			time.Sleep(time.Second)
			good.send(`430["late, but in time"]`)
		}()
		defer synctest.Wait()
		answers, err := x.io.CallAll(t.Context(), "q", strings.Repeat("y", 200))
		var missing *socketio.AckError
		if !errors.As(err, &missing) || missing.Missing != 1 || !errors.Is(err, net.ErrClosed) || len(answers) != 1 {
			t.Errorf("%v, %v", answers, err)
		}
	})
}

func TestTheAckOfAHandlerThatFails(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		x.barriers()
		for name, err := range map[string]error{
			"public":  &socketio.Error{Message: "no", Data: []int{1}},
			"wrapped": fmt.Errorf("doing: %w", &socketio.Error{Message: "no"}),
			"private": errors.New("the password is 123"),
		} {
			handle(x.io, name, func(context.Context, *Socket, *socketio.Message) error { return err })
		}
		handle(x.io, "panic", func(context.Context, *Socket, *socketio.Message) error { panic("the password is 456") })
		handle(x.io, "answered", func(_ context.Context, _ *Socket, m *socketio.Message) error {
			return errors.Join(m.Ack("before"), errors.New("after"))
		})
		handle(x.io, "broken", func(context.Context, *Socket, *socketio.Message) error {
			return &socketio.Error{Message: "its data is none", Data: func() {}}
		})
		handle(x.io, "unencodable", func(_ context.Context, _ *Socket, m *socketio.Message) error { return m.Ack(func() {}) })
		c := x.connect()
		for name, want := range map[string]string{
			"public":   `[{"error":{"message":"no","data":[1]}}]`,
			"wrapped":  `[{"error":{"message":"no"}}]`,
			"private":  `[{"error":{"message":"internal error"}}]`,
			"panic":    `[{"error":{"message":"internal error"}}]`,
			"answered": `["before"]`,
			// The peer is not left waiting for an answer that does not exist.
			"broken":      `[{"error":{"message":"internal error"}}]`,
			"unencodable": `[{"error":{"message":"internal error"}}]`,
		} {
			c.send(`425["` + name + `"]`)
			c.want("435" + want)
			c.send(`42["` + name + `"]`) // nobody asked
		}
		c.barrier()
		c.quiet()
		if !x.logs.logged("WARN", "handler failed", "event=private", "123") || !x.logs.logged("DEBUG", "handler failed", "event=public") || !x.logs.logged("panic", "456", "ack_test.go") || !x.logs.logged("event=broken", "func()") || !x.logs.logged("event=unencodable", "func()") {
			t.Error("errors are not logged")
		}
	})
}

func TestEmitErrors(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		x.barriers()
		c := x.connect()
		s := x.socket(c)
		many := make([]any, 11)
		for i := range many {
			many[i] = []byte{byte(i)}
		}
		var invalid packet.Error
		for name, emit := range map[string]func(to socketio.Emitter) error{
			"reserved":    func(to socketio.Emitter) error { return to.Emit("disconnect") },
			"attachments": func(to socketio.Emitter) error { return to.Emit("many", many...) },
			"unencodable": func(to socketio.Emitter) error { return to.Emit("x", func() {}) },
		} {
			for _, to := range []socketio.Emitter{s, x.io, x.io.To("empty"), s.Broadcast(), s.Volatile()} {
				if err := emit(to); err == nil || name != "unencodable" && !errors.As(err, &invalid) {
					t.Errorf("%s to %T: %v", name, to, err)
				}
			}
		}
		if err := s.Emit("ten", many[:10]...); err != nil {
			t.Error(err)
		}
		if got := c.Next(); !strings.HasPrefix(got, `4510-["ten"`) {
			t.Error(got)
		}
		for i := range 10 {
			c.want(fmt.Sprintf("x%02x", i))
		}
		c.barrier()
		c.quiet() // nothing of what failed was sent
		c.send("41")
		synctest.Wait()
		for _, err := range []error{s.Emit("x"), s.Volatile().Emit("x"), s.Compress(true).Emit("x")} {
			if !errors.Is(err, net.ErrClosed) {
				t.Errorf("closed: %v", err)
			}
		}
		if err := s.Broadcast().Emit("x"); err != nil {
			t.Errorf("a broadcast by a socket that has gone: %v", err)
		}
	})
}
