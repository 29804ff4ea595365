package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/adapter"
	"github.com/socketio-go/socketio/internal/rawclient"
	"github.com/socketio-go/socketio/packet"
)

// fetch returns the sockets that a broadcast addresses, by their ids.
func fetch(t *testing.T, b Broadcast) map[string]*RemoteSocket {
	t.Helper()
	list, err := b.FetchSockets(t.Context())
	must(t, err)
	found := make(map[string]*RemoteSocket)
	for _, s := range list {
		if found[s.ID()] != nil {
			t.Errorf("%s is described twice", s.ID())
		}
		found[s.ID()] = s
	}
	return found
}

func TestFetchSockets(t *testing.T) {
	modes(t, Options{KeepHeaders: []string{"X-User"}}, func(t *testing.T, x *fixture) {
		type user struct{ Name string }
		x.io.Of("/other")
		x.dial().join("/other")
		c := x.dialWith(rawclient.Options{Mode: x.mode, Query: "&a=1&a=2&b=%20", Header: http.Header{"X-User": {"u"}, "X-Other": {"x"}, "Origin": {"http://server"}}})
		c.send(`40{"token":"123"}`)
		c.sid = strings.TrimSuffix(strings.TrimPrefix(c.Next(), `40{"sid":"`), `"}`)
		b := x.connect()
		s := x.socket(c)
		s.Join("1", "2")
		x.socket(b).Join("2")
		s.SetData(&user{"first"})
		found := fetch(t, x.io.To())
		if len(found) > 0 {
			t.Errorf("To() addresses %d sockets", len(found))
		}
		for why, test := range map[string]struct {
			to   Broadcast
			want int
		}{
			"all":             {x.io.Compress(true), 2},
			"room":            {x.io.To("1"), 1},
			"two rooms":       {x.io.To("1", "2"), 2},
			"except":          {x.io.Except("1"), 1},
			"room and except": {x.io.To("2").Except("1"), 1},
			"local":           {x.io.Local(), 2},
			"id":              {x.io.To(c.sid), 1},
			"the others":      {s.Broadcast(), 1},
			"nobody":          {x.io.To("3"), 0},
		} {
			if got := fetch(t, test.to); len(got) != test.want || test.to.Count() != test.want {
				t.Errorf("%s: %d sockets, count %d, want %d", why, len(got), test.to.Count(), test.want)
			}
		}
		if list, err := x.io.FetchSockets(t.Context()); err != nil || len(list) != 2 {
			t.Errorf("%d sockets, %v", len(list), err)
		}
		r := fetch(t, x.io.Local())[c.sid]
		rooms := slices.Sorted(slices.Values(r.Rooms()))
		if !slices.Contains(rooms, c.sid) || len(rooms) != 3 {
			t.Errorf("rooms %q", rooms)
		}
		if u, ok := Data[*user](r); !ok || u.Name != "first" || r.Data() != s.Data() || r.Node() != "" {
			t.Errorf("data %v on %q", r.Data(), r.Node())
		}
		h, transport := r.Handshake(), "polling"
		if x.mode == "websocket" {
			transport = "websocket"
		}
		if h.Address != s.Handshake().RemoteAddr || h.Issued != s.Handshake().Issued || h.Secure || !h.XDomain ||
			h.Query["a"] != "2" || h.Query["b"] != " " || h.Query["EIO"] != "4" || h.Query["transport"] != transport ||
			!strings.HasPrefix(h.URL, "/socket.io/?EIO=4") || string(h.Auth) != `{"token":"123"}` ||
			h.Headers.Get("X-User") != "u" || h.Headers.Get("X-Other") != "" {
			t.Errorf("handshake %+v", h)
		}
		// The time is that of JavaScript's Date: the fake clock begins in 2000.
		if want := time.UnixMilli(h.Issued).Format("Mon Jan 02 2006 15:04:05 GMT-0700"); !strings.HasPrefix(h.Time, want) {
			t.Errorf("time %s", h.Time)
		}
		if wire, err := json.Marshal(h); err != nil || !strings.HasPrefix(string(wire), `{"headers":{"X-User"`) {
			t.Errorf("on the wire %s, %v", wire, err)
		}
		// It is a description of that moment (SRV-090).
		s.SetData(&user{"second"})
		s.Join("3")
		if u, _ := Data[*user](r); u.Name != "first" || len(r.Rooms()) != 3 {
			t.Error("a description changes")
		}
	})
}

func TestDataOfSocketsElsewhere(t *testing.T) {
	type user struct{ Name string }
	type missing struct{ dataOf }
	for _, test := range []struct {
		data any
		want string
		ok   bool
	}{
		{user{"a"}, "a", true},
		{json.RawMessage(`{"name":"b"}`), "b", true},
		{json.RawMessage(`{"name":5}`), "", false},
		{json.RawMessage(`nonsense`), "", false},
		{nil, "", false},
		{&user{"a"}, "", false},
		{"text", "", false},
	} {
		if u, ok := Data[user](missing{dataOf{test.data}}); ok != test.ok || ok && u.Name != test.want {
			t.Errorf("%v: %+v, %v", test.data, u, ok)
		}
	}
	if raw, ok := Data[json.RawMessage](missing{dataOf{json.RawMessage("1")}}); !ok || string(raw) != "1" {
		t.Errorf("%s, %v", raw, ok)
	}
}

type dataOf struct{ data any }

func (d dataOf) Data() any { return d.data }

func TestRemoteSocketActs(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		c, other := x.connect(), x.connect()
		s, r := x.socket(c), fetch(t, x.io.Local())[c.sid]
		must(t, r.Emit("hello", []byte{1}), r.Join("a", "b"), r.Leave("b"))
		c.want(`451-["hello",{"_placeholder":true,"num":0}]`, "x01")
		if rooms := s.Rooms(); !slices.Equal(rooms, []string{s.ID(), "a"}) {
			t.Errorf("rooms %q", rooms)
		}
		answer := make(chan string, 1)
		call := func(f func() (socketio.Args, error)) {
			go func() {
				args, err := f()
				answer <- fmt.Sprintf("%s %v", args.JSON(), err)
			}()
		}
		call(func() (socketio.Args, error) { return r.Call(t.Context(), "q", 1) })
		c.want(`420["q",1]`)
		c.send(`430["answer",2]`)
		if got := <-answer; got != `"answer",2 <nil>` {
			t.Errorf("answer %s", got)
		}
		start := time.Now()
		_, err := r.Timeout(3*time.Second).CallAll(t.Context(), "q")
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		c.want(`421["q"]`)
		other.quiet()
		must(t, r.Disconnect(false))
		c.want("41")
		if s.Connected() {
			t.Error("still connected")
		}
		// It has gone: nobody is addressed any more.
		must(t, r.Emit("late"), r.Join("c"), r.Leave("c"), r.Disconnect(true))
		if _, err := r.Call(t.Context(), "q"); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Call: %v", err)
		}
		c.quiet()
		must(t, fetch(t, x.io.Local())[other.sid].Disconnect(true))
		other.want("41", "closed")
	})
}

func TestGroupOperations(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		a, b, c := x.connect(), x.connect(), x.connect()
		sa, sb := x.socket(a), x.socket(b)
		sa.Join("1")
		must(t, x.io.To("1").SocketsJoin("2", "3"), x.io.SocketsJoin("all"), x.io.To("nobody").SocketsJoin("4"), x.io.To().SocketsJoin("5"))
		rooms := make(map[string]int)
		for room, n := range x.io.Rooms() {
			rooms[room] = n
		}
		if fmt.Sprint(rooms) != "map[1:1 2:1 3:1 all:3]" {
			t.Errorf("rooms %v", rooms)
		}
		must(t, x.io.To("2").SocketsLeave("3", "2"), sb.Broadcast().SocketsLeave("all"), x.io.SocketsLeave("unknown"))
		if n, m := x.io.To("all").Count(), x.io.To("2", "3").Count(); n != 1 || m != 0 || x.io.Except("all").Count() != 2 {
			t.Errorf("%d and %d sockets", n, m)
		}
		must(t, x.io.Emit("before"), x.io.To("all").DisconnectSockets(false))
		b.want(`42["before"]`, "41")
		must(t, x.io.DisconnectSockets(true))
		a.want(`42["before"]`, "41", "closed")
		c.want(`42["before"]`, "41", "closed")
		synctest.Wait()
		if x.io.SocketCount() != 0 || x.io.ClientCount() != 1 {
			t.Errorf("%d sockets, %d clients", x.io.SocketCount(), x.io.ClientCount())
		}
	})
}

// A server that is alone says things to nobody, and waits for nobody (SRV-036).
func TestServerSideOfALoneServer(t *testing.T) {
	bubble(t, "websocket", Options{}, func(t *testing.T, x *fixture) {
		x.io.OnServerSide("e", socketio.HandlerFunc(func(context.Context, *socketio.Message) error {
			t.Error("it hears itself")
			return nil
		}))
		start := time.Now()
		must(t, x.io.ServerSideEmit("e", 1))
		answers, err := x.io.ServerSideCall(t.Context(), "e", 1)
		n, countErr := x.io.ServerCount(t.Context())
		if len(answers) > 0 || err != nil || n != 1 || countErr != nil || time.Since(start) > 0 {
			t.Errorf("%d answers, %v, %d servers, %v", len(answers), err, n, countErr)
		}
		// What the protocol of clients has reserved, servers may not say either.
		for _, name := range []string{"connect", "connection", "new_namespace"} {
			if err := x.io.ServerSideEmit(name); err == nil {
				t.Errorf("%s was emitted", name)
			}
			if _, err := x.io.ServerSideCall(t.Context(), name); err == nil {
				t.Errorf("%s was called", name)
			}
		}
		if err := x.io.ServerSideEmit("e", func() {}); err == nil {
			t.Error("encoded a function")
		}
		synctest.Wait()
	})
}

// tap is an adapter through which a test sees what the server does, and can act as
// other servers would.
type tap struct {
	adapter.Adapter
	adapter.Local
	j    *journal
	deaf bool // the other servers do not answer
}

func (a *tap) Name() string { return a.Local.Name() }

func (a *tap) RoomAdded(room string)   { a.j.add("added %s", room) }
func (a *tap) RoomRemoved(room string) { a.j.add("removed %s", room) }
func (a *tap) Barrier(ctx context.Context) error {
	a.j.add("barrier")
	if a.deaf {
		<-ctx.Done()
	}
	return ctx.Err()
}

func (a *tap) Close() error {
	a.j.add("close %s", a.Name())
	return a.Adapter.Close()
}

// tapped makes a server with such adapters.
func tapped(j *journal, taps map[string]*tap) adapter.Factory {
	return func(l adapter.Local, r *adapter.Recovery) adapter.Adapter {
		a := &tap{adapter.NewMemory(l, r), l, j, false}
		taps[l.Name()] = a
		return a
	}
}

// What other servers say runs the handlers of OnServerSide, and is answered once.
func TestServerSideHandlers(t *testing.T) {
	var j journal
	taps := make(map[string]*tap)
	bubble(t, "websocket", Options{Adapter: tapped(&j, taps)}, func(t *testing.T, x *fixture) {
		remove := x.io.OnServerSide("e", socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error {
			j.add("%s %s %v %v", m.Event, m.Args.JSON(), m.Socket, m.WantsAck())
			return m.Ack("answer", m.Args)
		}))
		x.io.OnServerSide("fail", socketio.HandlerFunc(func(context.Context, *socketio.Message) error {
			return &socketio.Error{Message: "no"}
		}))
		x.io.OnServerSide("panic", socketio.HandlerFunc(func(context.Context, *socketio.Message) error { panic("server-side") }))
		x.io.OnServerSide("twice", socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error {
			return errors.Join(m.Ack(1), m.Ack(2))
		}))
		args, err := packet.NewArgs("a", 1)
		must(t, err)
		say := func(event string, wants bool) {
			var reply func(socketio.Args)
			if wants {
				reply = func(args socketio.Args) { j.add("reply %s", args.JSON()) }
			}
			taps["/"].ServerSide(event, args, reply)
		}
		say("e", true)
		j.want(t, `e "a",1 <nil> true`, `reply "answer","a",1`)
		say("e", false)
		j.want(t, `e "a",1 <nil> false`)
		say("fail", true)
		j.want(t, `reply {"error":{"message":"no"}}`)
		say("panic", true)
		j.want(t, `reply {"error":{"message":"internal error"}}`)
		say("twice", true)
		j.want(t, `reply 1`)
		say("unknown", true)
		remove()
		say("e", true)
		j.want(t)
		if !x.logs.logged("panic", "server-side", "nsp=/") {
			t.Error("the panic is not logged")
		}
	})
}

// An adapter hears of rooms when they begin and end here, in order, and may hold a
// join up until the others know.
func TestWhatAdaptersHear(t *testing.T) {
	var j journal
	taps := make(map[string]*tap)
	bubble(t, "websocket", Options{Adapter: tapped(&j, taps)}, func(t *testing.T, x *fixture) {
		a, b := x.connect(), x.connect()
		sa, sb := x.socket(a), x.socket(b)
		j.want(t) // the rooms of ids are not told
		sa.Join("1", "2")
		j.want(t, "added 1", "added 2", "barrier")
		sa.Join("1", sa.ID())
		sb.Join("1")
		sb.Join(sa.ID())
		j.want(t, "added "+sa.ID(), "barrier") // somebody else's id is a room like others
		sa.Leave("1")
		sa.Leave("1")
		sb.Leave(sa.ID())
		j.want(t, "removed "+sa.ID())
		a.Cut()
		j.want(t, "removed 2")
		sb.Disconnect(false)
		j.want(t, "removed 1")
		sb.Join("late")
		j.want(t)
		x.io.Of("/other")
		must(t, x.io.Close())
		got := j.take()
		slices.Sort(got)
		if !slices.Equal(got, []string{"close /", "close /other"}) {
			t.Errorf("%q", got)
		}
	})
}

// A join waits for other servers, but not for ever; what is restored joins as well.
func TestJoinsWaitForTheOthers(t *testing.T) {
	var j journal
	taps := make(map[string]*tap)
	bubble(t, "websocket", Options{Adapter: tapped(&j, taps), Recovery: &Recovery{}, AckTimeout: 5 * time.Second}, func(t *testing.T, x *fixture) {
		v := x.visit("/")
		x.socket(v.client).Join("a")
		j.want(t, "added a", "barrier")
		v.lose()
		j.want(t, "removed a")
		v.wantBack()
		j.want(t, "added a", "barrier")
		taps["/"].deaf = true
		start := time.Now()
		x.socket(v.client).Join("b")
		if d := time.Since(start); d != 5*time.Second || x.io.To("b").Count() != 1 {
			t.Errorf("joined after %v", d)
		}
		j.want(t, "added b", "barrier")
		if !x.logs.logged("other servers may not know", "rooms=[b]") {
			t.Error("not logged")
		}
	})
}
