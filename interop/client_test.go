package interop

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/client"
	"github.com/socketio-go/socketio/engine"
)

// pattern is n bytes with a recognisable content, as the fixture makes them.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i % 251)
	}
	return b
}

// scenarios run against a server that they share, also with another codec.
var scenarios = map[string]func(w *world){
	"connect: every id is new and 20 characters long": func(w *world) {
		seen := map[string]bool{}
		for range 5 {
			s := w.connect("/", nil)
			if id := s.ID(); len(id) != 20 || seen[id] {
				w.Errorf("id %q", id)
			}
			seen[s.ID()] = true
		}
	},
	"connect: query and headers of the first request": func(w *world) {
		o := w.options()
		o.Query = map[string][]string{"token": {"a b&c=d"}}
		o.Header = map[string][]string{"X-Fixture": {"header"}}
		var got struct {
			Query  map[string]string
			Header string
		}
		answer, err := w.connect("/", o).Call(w.ctx, "handshake")
		if err = errors.Join(err, answer.Scan(&got)); err != nil || got.Query["token"] != "a b&c=d" || got.Query["EIO"] != "4" || got.Header != "header" {
			w.Errorf("%+v, %v", got, err)
		}
	},
	"connect: where there is no server": func(w *world) {
		o := w.options()
		o.Path = "/elsewhere/"
		_, err := client.Dial(w.ctx, w.server.url, o)
		if answer := (*engine.Refusal)(nil); err == nil || w.mode != "websocket" && (!errors.As(err, &answer) || answer.Status != 404) {
			w.Errorf("got %v", err)
		}
	},
	"auth: refused with message and data, the connection stays usable": func(w *world) {
		m := w.manager(nil)
		root := w.joined(m.Socket("/", nil))
		err := m.Socket("/auth", &client.SocketOptions{Auth: map[string]string{"token": "wrong"}}).Connect(w.ctx)
		var refused *client.ConnectError
		if !errors.As(err, &refused) || refused.Message != "unauthorized" || string(refused.Data) != `{"code":401}` {
			w.Errorf("got %v", err)
		}
		w.want(w.ask(root, "echo", "unharmed"), `["unharmed"]`)
	},
	"auth: accepted from a value and from a function, tried again with another": func(w *world) {
		m := w.manager(nil)
		tokens := []string{"wrong", "secret"}
		s := m.Socket("/auth", &client.SocketOptions{AuthFunc: func(context.Context) (any, error) {
			token := tokens[0]
			tokens = tokens[1:]
			return map[string]string{"token": token}, nil
		}})
		var refused *client.ConnectError
		if err := s.Connect(w.ctx); !errors.As(err, &refused) || s.Active() {
			w.Errorf("got %v, active %v", err, s.Active())
		}
		w.joined(s)
		if got := w.ask(s, "whoami"); !strings.Contains(got, `"auth":{"token":"secret"}`) || !strings.Contains(got, `"id":"`+s.ID()+`"`) {
			w.Errorf("whoami %s", got)
		}
		o := w.options()
		o.Auth = map[string]any{"token": "secret", "nested": map[string]int{"é": 1}}
		if got := w.ask(w.connect("/auth", o), "whoami"); !strings.Contains(got, `"nested":{"é":1}`) {
			w.Errorf("whoami %s", got)
		}
	},
	"namespace: an unknown one is refused": func(w *world) {
		var refused *client.ConnectError
		if err := w.manager(nil).Socket("/nope", nil).Connect(w.ctx); !errors.As(err, &refused) || refused.Message != "Invalid namespace" {
			w.Errorf("got %v", err)
		}
	},
	"namespace: several share one connection and do not mix": func(w *world) {
		m := w.manager(nil)
		var all sync.WaitGroup
		for _, nsp := range []string{"/", "/a", "/b", "/c", "/d"} {
			s := m.Socket(nsp, nil)
			box := w.inbox(s, "msg")
			w.joined(s)
			all.Go(func() {
				for i := range 20 {
					w.want(w.ask(s, "room", s.ID(), nsp, i), `["ok"]`)
					w.want(w.next(box), fmt.Sprintf(`[%q,%d]`, nsp, i))
				}
			})
		}
		all.Wait()
	},
	"namespace: left and joined again": func(w *world) {
		m := w.manager(nil)
		keep := w.joined(m.Socket("/", nil))
		s := w.joined(m.Socket("/chat", nil))
		for range 3 {
			id := s.ID()
			_ = s.Close()
			w.want(w.ask(keep, "echo", 1), "[1]") // the server has handled the DISCONNECT
			w.joined(s)
			if s.ID() == id {
				w.Error("the id is the old one")
			}
			w.want(w.ask(s, "has", id), "[false]")
		}
	},
	"namespace: a slow middleware delays only its own": func(w *world) {
		m := w.manager(nil)
		slow := make(chan error, 1)
		go func() { slow <- m.Socket("/slow", nil).Connect(w.ctx) }()
		s := w.joined(m.Socket("/", nil))
		w.want(w.ask(s, "echo", "quick"), `["quick"]`)
		select {
		case <-slow:
			w.Error("the slow one was faster")
		default:
		}
		if err := <-slow; err != nil {
			w.Error(err)
		}
	},
	"events: a greeting is not lost": func(w *world) {
		s := w.manager(nil).Socket("/chat", nil)
		box := w.inbox(s, "welcome")
		w.joined(s)
		w.want(w.next(box), `[{"id":"`+s.ID()+`"}]`)
	},
	"echo: values of all kinds": func(w *world) {
		s := w.connect("/", nil)
		box := w.inbox(s, "echo")
		for _, text := range []string{
			`[]`, `[null]`, `[0,-1,1.5,0.0001,9007199254740991,true,false]`, `["","é 😀 \u2028 \u0000 \" \\ /","a"]`, `[[],{},[[[[1]]]],{"a":{"b":[{"c":null}]}}]`, `["\u001e4x","b64","451-"]`,
		} {
			var args []any
			if err := json.Unmarshal([]byte(text), &args); err != nil {
				w.Fatal(err)
			}
			want, _ := json.Marshal(args)
			w.want(w.ask(s, "echo", args...), string(want))
			if err := s.Emit("echo", args...); err != nil {
				w.Fatal(err)
			}
			w.want(w.next(box), string(want))
		}
	},
	"echo: a text of 200 KB": func(w *world) {
		text := strings.Repeat("0123456789abcdé", 14_000)
		w.want(w.ask(w.connect("/", nil), "echo", text), `["`+text+`"]`)
	},
	"binary: of all sizes, nested, several": func(w *world) {
		s := w.connect("/", nil)
		box := w.inbox(s, "echo")
		for _, args := range [][]any{
			{[]byte{}}, {[]byte{0}}, {pattern(125)}, {pattern(126)}, {pattern(65536)}, {pattern(200_000)},
			{"a", pattern(3), 1, pattern(4), map[string]any{"deep": []any{map[string]any{"er": pattern(5)}}}},
			{struct{ A, B socketio.Binary }{pattern(2), nil}},
		} {
			want := encoded(args)
			w.want(w.ask(s, "echo", args...), want)
			if err := s.Emit("echo", args...); err != nil {
				w.Fatal(err)
			}
			w.want(w.next(box), want)
		}
	},
	"binary: pushed by the server, in its place among other events": func(w *world) {
		s := w.connect("/", nil)
		var order []string
		s.OnAny(socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error {
			order = append(order, m.Event)
			var b []byte
			if m.Event == "big" && (m.Args.Scan(&b) != nil || !bytes.Equal(b, pattern(len(b)))) {
				w.Error("not what the server sent")
			}
			return nil
		}))
		for _, e := range []func() error{
			func() error { return s.Emit("burst", 2) }, func() error { return s.Emit("big", 70_000) },
			func() error { return s.Emit("burst", 1) }, func() error { return s.Emit("big", 1) },
		} {
			if err := e(); err != nil {
				w.Fatal(err)
			}
		}
		w.barrier(s)
		if got := strings.Join(order, " "); got != "n n big n big echo" {
			w.Errorf("order: %s", got)
		}
	},
	"order: 1,000 events each way, begun before the connection": func(w *world) {
		s := w.manager(nil).Socket("/", nil)
		box := w.inbox(s, "n")
		connected := make(chan error, 1)
		go func() { connected <- s.Connect(w.ctx) }()
		w.until("active", s.Active)
		for i := range 1000 {
			if err := s.Emit("num", i); err != nil {
				w.Fatal(err)
			}
			if i == 500 {
				if err := s.Emit("burst", 1000); err != nil {
					w.Fatal(err)
				}
			}
		}
		if err := <-connected; err != nil {
			w.Fatal(err)
		}
		w.want(w.ask(s, "order"), `[{"count":1000,"inversions":0}]`)
		for i := range 1000 {
			w.want(w.next(box), fmt.Sprintf("[%d]", i))
		}
	},
	"order: traffic goes on through the whole upgrade": func(w *world) {
		s := w.manager(nil).Socket("/", nil)
		box := w.inbox(s, "n")
		if err := s.Connect(w.ctx); err != nil {
			w.Fatal(err)
		}
		sent := 0
		for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); sent++ {
			if err := errors.Join(s.Emit("num", sent), s.Emit("burst", 3)); err != nil {
				w.Fatal(err)
			}
			<-time.After(time.Millisecond)
		}
		w.want(w.ask(s, "order"), fmt.Sprintf(`[{"count":%d,"inversions":0}]`, sent))
		for range sent {
			for i := range 3 {
				w.want(w.next(box), fmt.Sprintf("[%d]", i))
			}
		}
		if w.mode == "upgrade" && s.Transport() != engine.WebSocket {
			w.Error("there was no upgrade")
		}
	},
	"typed: events and calls": func(w *world) {
		s := w.connect("/", nil)
		type thing struct {
			Name string `json:"name"`
			Data socketio.Binary
		}
		echo := socketio.NewEvent[thing]("echo")
		got := make(chan thing, 1)
		socketio.On(s, echo, func(_ context.Context, _ *client.Socket, v thing) error { got <- v; return nil })
		if err := echo.Emit(s, thing{"x", pattern(9)}); err != nil {
			w.Fatal(err)
		}
		if v := <-got; v.Name != "x" || !bytes.Equal(v.Data, pattern(9)) {
			w.Errorf("got %+v", v)
		}
		v, err := socketio.NewCall[thing, thing]("echo").Do(w.ctx, s, thing{"y", nil})
		if err != nil || v.Name != "y" || v.Data != nil {
			w.Errorf("got %+v, %v", v, err)
		}
		_, err = socketio.NewCall[socketio.None, socketio.None]("boom").Do(w.ctx, s, socketio.None{})
		if remote := (*socketio.RemoteError)(nil); !errors.As(err, &remote) || remote.Message != "internal error" {
			w.Errorf("got %v", err)
		}
	},
	"events: an unknown one is ignored": func(w *world) {
		s := w.connect("/", nil)
		if _, err := s.Timeout(200*time.Millisecond).Call(w.ctx, "nobody knows"); !errors.Is(err, context.DeadlineExceeded) {
			w.Errorf("got %v", err)
		}
		w.want(w.ask(s, "echo"), "[]")
	},
	"events: volatile and without compression": func(w *world) {
		s := w.connect("/", nil)
		volatile, plain := w.inbox(s, "volatile"), w.inbox(s, "nocompress")
		w.until("a volatile event arrives", func() bool {
			w.want(w.ask(s, "volatile", 1), `["ok"]`)
			select {
			case got := <-volatile:
				w.want(got, "[1]")
				return true
			default:
				return false
			}
		})
		w.want(w.ask(s, "nocompress", strings.Repeat("x", 5000)), `["ok"]`)
		w.want(w.next(plain), `["`+strings.Repeat("x", 5000)+`"]`)
		w.until("a volatile event of ours arrives", func() bool {
			if err := s.Volatile().Emit("num", 7); err != nil {
				w.Fatal(err)
			}
			return w.ask(s, "order") != `[{"count":0,"inversions":0}]`
		})
	},
	"ack: by the client": func(w *world) {
		s := w.connect("/", nil)
		answers := map[string][]any{"none": nil, "one": {"1"}, "many": {1, "2", []int{3}}, "binary": {pattern(9), "x"}}
		for event, values := range answers {
			s.Handle(event, socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error { return m.Ack(values...) }))
			want := encoded([]any{map[string]any{"ok": append([]any{}, values...)}})
			w.want(w.ask(s, "ask", event, "with", pattern(2)), want)
			w.want(w.ask(s, "self-ask", event), want)
		}
	},
	"ack: many at once, answered in reverse": func(w *world) {
		s := w.connect("/", nil)
		var mu sync.Mutex
		var waiting []*socketio.Message
		s.Handle("later", socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error {
			mu.Lock()
			defer mu.Unlock()
			if waiting = append(waiting, m); len(waiting) == 20 {
				for _, m := range slices.Backward(waiting) {
					if err := m.Ack(m.Args); err != nil {
						return err
					}
				}
			}
			return nil
		}))
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() { w.want(w.ask(s, "ask", "later", i), fmt.Sprintf(`[{"ok":[%d]}]`, i)) })
		}
		all.Wait()
	},
	"ack: silence is a timeout on either side": func(w *world) {
		s := w.connect("/", nil)
		w.want(w.ask(s, "ask", "nobody here"), `[{"error":"timeout"}]`)
		if _, err := s.Timeout(100*time.Millisecond).Call(w.ctx, "slow", 300); !errors.Is(err, context.DeadlineExceeded) {
			w.Errorf("got %v", err)
		}
		w.want(w.ask(s, "echo", "the late answer is ignored"), `["the late answer is ignored"]`)
	},
	"ack: a broadcast asks everybody": func(w *world) {
		room := "asked-" + w.Name()
		var want []string
		var s *client.Socket
		for i := range 3 {
			s = w.connect("/", nil)
			s.Handle("who", socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error { return m.Ack(i) }))
			w.want(w.ask(s, "join", room), `["ok"]`)
			want = append(want, fmt.Sprint(i))
		}
		var got struct {
			Responses []int
			TimedOut  bool
		}
		answer, err := s.Call(w.ctx, "ask-room", 5000, room, "who")
		if err = errors.Join(err, answer.Scan(&got)); err != nil || got.TimedOut {
			w.Errorf("%+v, %v", got, err)
		}
		slices.Sort(got.Responses)
		w.want(fmt.Sprint(got.Responses), "["+strings.Join(want, " ")+"]")
	},
	"slow: a blocked handler holds up later events, in order, and no acks": func(w *world) {
		s := w.connect("/", nil)
		release := make(chan struct{})
		var order []string
		s.Handle("n", socketio.HandlerFunc(func(ctx context.Context, m *socketio.Message) error {
			if len(order) == 0 {
				if _, err := s.Call(ctx, "echo", "asked while blocked"); err != nil {
					return err
				}
				<-release
			}
			order = append(order, w.text(m.Args))
			return nil
		}))
		w.want(w.ask(s, "burst", 5), `["ok"]`)
		w.want(w.ask(s, "echo", "acks get past"), `["acks get past"]`)
		close(release)
		w.barrier(s)
		w.want(strings.Join(order, ""), "[0][1][2][3][4]")
	},
	"rooms: messages reach members once, and not others": func(w *world) {
		a, b := w.connect("/", nil), w.connect("/", nil)
		room := "room-" + a.ID()
		boxA, boxB := w.inbox(a, "msg"), w.inbox(b, "msg")
		w.want(w.ask(a, "join", []string{room, room + "2"}), `["ok"]`)
		w.want(w.ask(b, "room", []string{room, room + "2"}, "to a", pattern(3)), `["ok"]`)
		w.want(w.next(boxA), encoded([]any{"to a", pattern(3)}))
		w.want(w.ask(b, "join", room), `["ok"]`)
		w.want(w.ask(a, "room-others", room, "to b"), `["ok"]`)
		w.want(w.next(boxB), `["to b"]`)
		w.want(w.ask(b, "room-except", room, a.ID(), "only b"), `["ok"]`)
		w.want(w.next(boxB), `["only b"]`)
		w.barrier(a, b)
		if len(boxA)+len(boxB) > 0 {
			w.Error("somebody heard more")
		}
	},
	"server disconnect: no reconnection, but Connect": func(w *world) {
		gone := w.watch("/")
		m := w.manager(nil)
		s, other := w.joined(m.Socket("/", nil)), w.joined(m.Socket("/chat", nil))
		reasons, connects, id := w.disconnects(s), w.connects(s), s.ID()
		if err := s.Emit("kick"); err != nil {
			w.Fatal(err)
		}
		w.want(w.next(reasons), "io server disconnect")
		w.want(gone(id), "server namespace disconnect")
		w.want(w.ask(other, "echo", "unharmed"), `["unharmed"]`)
		if s.Active() || len(connects) > 0 {
			w.Error("it has connected again by itself")
		}
		w.joined(s)
		w.want(w.ask(s, "echo", "back"), `["back"]`)
	},
	"server disconnect: what was emitted before arrives first": func(w *world) {
		s := w.connect("/", nil)
		box, reasons := w.inbox(s, "n"), w.disconnects(s)
		if err := s.Emit("burst-kick", 300); err != nil {
			w.Fatal(err)
		}
		w.want(w.next(reasons), "io server disconnect")
		if len(box) != 300 {
			w.Errorf("%d events came before", len(box))
		}
	},
	"server disconnect: of the whole connection": func(w *world) {
		m := w.manager(nil)
		s, other := w.joined(m.Socket("/", nil)), w.joined(m.Socket("/chat", nil))
		reasons := w.disconnects(other)
		if err := s.Emit("kick-all"); err != nil {
			w.Fatal(err)
		}
		w.want(w.next(reasons), "io server disconnect")
		w.until("inactive", func() bool { return !s.Active() && !other.Active() })
		w.joined(s)
	},
	"client disconnect: the server is told": func(w *world) {
		gone := w.watch("/chat")
		m := w.manager(nil)
		keep, s := w.joined(m.Socket("/", nil)), w.joined(m.Socket("/chat", nil))
		reasons, id := w.disconnects(s), s.ID()
		_ = s.Close()
		w.want(w.next(reasons), "io client disconnect")
		w.want(gone(id), "client namespace disconnect")
		w.want(w.ask(keep, "echo", "goes on"), `["goes on"]`)
	},
	"client disconnect: a call that is under way is waited for": func(w *world) {
		listener := w.connect("/", nil)
		box := w.inbox(listener, "msg")
		s := w.connect("/", nil)
		asked, release := make(chan struct{}), make(chan struct{})
		s.Handle("question", socketio.Concurrent(socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error {
			close(asked)
			<-release
			return m.Ack("answer")
		})))
		called, closed := make(chan error, 1), make(chan error, 1)
		go func() {
			_, err := s.Call(w.ctx, "ask", "question")
			called <- err
		}()
		<-asked
		for i := range 50 {
			if err := s.Emit("room", listener.ID(), i); err != nil {
				w.Fatal(err)
			}
		}
		go func() { closed <- s.Shutdown(w.ctx) }()
		w.until("events refused", func() bool { return s.Emit("num", 0) != nil })
		close(release)
		if err := errors.Join(<-called, <-closed); err != nil {
			w.Error(err)
		}
		for i := range 50 {
			w.want(w.next(box), fmt.Sprintf("[%d]", i))
		}
	},
}

// encoded is arguments as JSON, binary values in base64.
func encoded(args []any) string {
	b, err := json.Marshal(plain(args))
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func plain(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = plain(v[i])
		}
		return list
	case map[string]any:
		m := make(map[string]any, len(v))
		for k := range v {
			m[k] = plain(v[k])
		}
		return m
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	case struct{ A, B socketio.Binary }:
		return map[string]any{"A": plain([]byte(v.A)), "B": nil}
	}
	return v
}
