package server

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/socketio-go/socketio"
)

// group is three clients a, b and c in rooms: a in "1", b in "1" and "2", c in "2".
type group struct {
	x       *fixture
	names   []string
	clients map[string]*client
	sockets map[string]*Socket
}

func (x *fixture) group() *group {
	x.t.Helper()
	g := &group{x, []string{"a", "b", "c"}, map[string]*client{}, map[string]*Socket{}}
	for _, name := range g.names {
		g.clients[name] = x.connect()
		g.sockets[name] = x.socket(g.clients[name])
	}
	g.sockets["a"].Join("1")
	g.sockets["b"].Join("1", "2")
	g.sockets["c"].Join("2")
	return g
}

// reached tells who has got the event "e", each once for each copy.
func (g *group) reached() string {
	g.x.t.Helper()
	synctest.Wait()
	var got strings.Builder
	for _, name := range g.names {
		for c := g.clients[name]; c.Waiting() > 0; {
			if p := c.Next(); p != `42["e"]` {
				g.x.t.Errorf("%s got %s", name, p)
			}
			got.WriteString(name)
		}
	}
	return got.String()
}

func (g *group) want(why string, to socketio.Emitter, want string) {
	g.x.t.Helper()
	if err := to.Emit("e"); err != nil {
		g.x.t.Errorf("%s: %v", why, err)
	}
	if got := g.reached(); got != want {
		g.x.t.Errorf("%s: reached %q, want %q", why, got, want)
	}
}

func TestRooms(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		g := x.group()
		a, b, c := g.sockets["a"], g.sockets["b"], g.sockets["c"]
		outsider := x.dial().join("/other" + x.other())
		for _, test := range []struct {
			why  string
			to   socketio.Emitter
			want string
		}{
			{"everybody", x.io, "abc"},
			{"a room", x.io.To("1"), "ab"},
			{"In is To", x.io.In("1"), "ab"},
			{"several rooms, each socket once", x.io.To("1", "2"), "abc"},
			{"a chain of rooms", x.io.To("1").In("2").To("1"), "abc"},
			{"the same room twice", x.io.To("2", "2"), "bc"},
			{"an unknown room", x.io.To("3"), ""},
			{"unknown and known", x.io.To("3", "2"), "bc"},
			{"all but a room", x.io.Except("1"), "c"},
			{"a room but another", x.io.To("1").Except("2"), "a"},
			{"a chain of exceptions", x.io.Except("1").Except("2"), ""},
			{"an unknown exception", x.io.Except("3"), "abc"},
			{"an id is a room", x.io.To(b.ID()), "b"},
			{"ids and rooms", x.io.To(b.ID(), "1", a.ID()), "ab"},
			{"all but an id", x.io.Except(b.ID()), "ac"},
			{"local", x.io.Local(), "abc"},
			{"local room", x.io.Local().To("1"), "ab"},
			{"a socket", a, "a"},
			{"the others", a.Broadcast(), "bc"},
			{"the others, locally", a.Local(), "bc"},
			{"the others in a room", a.To("1"), "b"},
			{"the others in rooms", a.To("1", "2"), "bc"},
			{"the others in, in", a.In("1").In("2"), "bc"},
			{"the others but a room", a.Except("2"), ""},
			{"the others in a room but another", c.To("1").Except("2"), "a"},
			{"somebody else's id", a.To(b.ID()), "b"},
			{"its own id, which it is excluded from", a.To(a.ID()), ""},
			{"not the room itself, but its others", a.Volatile().To("1"), "b"},
			{"compressed", a.Compress(true), "a"},
		} {
			g.want(test.why, test.to, test.want)
		}
		outsider.quiet()
	})
}

func TestJoinAndLeave(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		g := x.group()
		a, b := g.sockets["a"], g.sockets["b"]
		rooms := func(s *Socket, want ...string) {
			t.Helper()
			if got := s.Rooms(); !slices.Equal(got, want) {
				t.Errorf("rooms %v, want %v", got, want)
			}
		}
		rooms(a, a.ID(), "1")
		a.Join("1", "3", "3")
		rooms(a, a.ID(), "1", "3")
		g.want("joined twice", x.io.To("3"), "a")
		a.Leave("1")
		a.Leave("never joined")
		rooms(a, a.ID(), "3")
		g.want("left", x.io.To("1"), "b")
		b.Leave("1")
		if _, ok := x.io.rooms["1"]; ok || len(x.io.rooms) != 2 {
			t.Errorf("rooms %v", x.io.rooms)
		}
		a.Rooms()[0] = "changed by the caller"
		rooms(a, a.ID(), "3")

		// The room of the own id can be left and joined again.
		a.Leave(a.ID())
		rooms(a, "3")
		g.want("its own room left", x.io.To(a.ID()), "")
		g.want("not excluded by it either", x.io.Except(a.ID()), "abc")
		a.Join(a.ID())
		rooms(a, a.ID(), "3")
		g.want("its own room joined", x.io.To(a.ID()), "a")

		// A room may have the name of another socket's id.
		b.Join(a.ID())
		g.want("both", x.io.To(a.ID()), "ab")
		a.Leave(a.ID())
		g.want("the guest alone", x.io.To(a.ID()), "b")
		g.want("all but the guest", x.io.Except(a.ID()), "ac")
		a.Join(a.ID())
		g.want("both again, once each", x.io.To(a.ID(), "2", a.ID()), "abc")
		b.Leave(a.ID())
		g.want("the owner alone", x.io.To(a.ID()), "a")
	})
}

func TestJoinInAMiddleware(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		x.io.Use(func(_ context.Context, s *Socket) error {
			s.Join("a", "b", "a", "c")
			s.Leave("b")
			j.add("%v %d", s.Rooms(), x.io.To("a").Count())
			var auth struct{ Refuse bool }
			if err := s.Auth(&auth); err != nil || auth.Refuse {
				return &socketio.Error{Message: "no"}
			}
			return nil
		})
		refused := x.dial()
		refused.send(`40{"refuse":true}`)
		refused.want(`44{"message":"no"}`)
		j.want(t, "[a a c] 0")
		c := x.connect()
		j.want(t, "[a a c] 0")
		s := x.socket(c)
		if got := s.Rooms(); !slices.Equal(got, []string{s.ID(), "a", "c"}) {
			t.Errorf("in %v", got)
		}
		if x.io.To("a").Count() != 1 || x.io.To("b").Count() != 0 {
			t.Error("the rooms have the wrong members")
		}
		c.send("41")
		synctest.Wait()
		if len(x.io.rooms) != 0 {
			t.Errorf("left over: %v", x.io.rooms)
		}
	})
}

func TestRoomsAfterTheEnd(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		g := x.group()
		a, b := g.sockets["a"], g.sockets["b"]
		x.io.OnDisconnect(func(s *Socket, _ socketio.Reason) {
			s.Join("too late")
			j.add("%v %v %v", s.Rooms()[0] == s.ID(), s.Rooms()[1:], x.io.Socket(s.ID()) == nil)
			if err := s.To("1", "2").Emit("e"); err != nil {
				t.Error(err)
			}
		})
		g.clients["b"].send("41")
		j.want(t, "true [1 2] true")
		if got := g.reached(); got != "ac" {
			t.Errorf("told %q, want the members of its rooms", got)
		}
		b.Join("1")
		b.Leave("1")
		g.want("gone", x.io.To("1"), "a")
		a.Disconnect(false)
		j.want(t, "true [1] true")
		g.clients["a"].want("41")
		g.clients["c"].lose()
		j.want(t, "true [2] true")
		if len(x.io.rooms) != 0 || len(x.io.sockets) != 0 {
			t.Errorf("left over: %v %v", x.io.rooms, x.io.sockets)
		}
	})
}

func TestSocketsOfABroadcast(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		g := x.group()
		names := func(b Broadcast) string {
			var got []string
			for s := range b.Sockets() {
				for name, other := range g.sockets {
					if s == other {
						got = append(got, name)
					}
				}
			}
			slices.Sort(got)
			return strings.Join(got, "")
		}
		for want, b := range map[string]Broadcast{
			"abc": x.io.Local(), "ab": x.io.To("1"), "bc": g.sockets["a"].Broadcast(), "c": x.io.To("2").Except("1"), "": x.io.To("none"),
		} {
			if got := names(b); got != want {
				t.Errorf("sockets %q, want %q", got, want)
			}
		}
		n := 0
		for s := range x.io.Sockets() {
			if g.sockets["a"] != s && g.sockets["b"] != s && g.sockets["c"] != s {
				t.Error("a stranger")
			}
			n++
		}
		for s := range g.sockets["a"].Sockets() {
			if s != g.sockets["a"] {
				t.Error("another socket")
			}
			n++
		}
		if n != 4 {
			t.Errorf("%d sockets", n)
		}
		x.io.To("1").SocketsJoin("3", "4")
		g.want("joined", x.io.To("3"), "ab")
		x.io.To("2").SocketsLeave("4", "2", "none")
		g.want("left", x.io.To("4"), "a")
		g.want("emptied", x.io.To("2"), "")
		g.sockets["a"].To("3").DisconnectSockets(false)
		g.clients["b"].want("41")
		x.io.To("4").DisconnectSockets(true)
		g.clients["a"].want("41", "closed")
		synctest.Wait()
		if got := names(x.io.Local()); got != "c" {
			t.Errorf("left over %q", got)
		}
	})
}

// Operators do not change the value they are called on, whatever the capacity of
// the slices behind it.
func TestBroadcastsAreImmutable(t *testing.T) {
	bubble(t, "websocket", Options{}, func(t *testing.T, x *fixture) {
		g := x.group()
		for n := range 10 {
			rooms := make([]string, n, n+8)
			for i := range rooms {
				rooms[i] = fmt.Sprint("unused", i)
			}
			base := x.io.To(rooms...).Except(rooms...).To("3").Except("3")
			first, second := base.To("1").Except("none"), base.To("2").Except("1")
			g.want("first", first, "ab")
			g.want("second", second, "c")
			g.want("first again", first, "ab")
			third, fourth := first.Except("2"), first.Except("1")
			g.want("third", third, "a")
			g.want("fourth", fourth, "")
			_ = append(rooms, "1")[:n+1] // the caller's slice is the caller's
			g.want("base", base, "")
		}
		rooms := []string{"1"}
		to := x.io.To(rooms...).Except("none")
		except := x.io.Except(rooms...)
		rooms[0] = "2"
		g.want("the caller's slice changes", to, "ab")
		g.want("the caller's slice changes", except, "c")
	})
}

// A broadcast to many may be shared among processors; its order is kept, and
// everybody gets it once.
func TestLargeBroadcast(t *testing.T) {
	const n, rounds = 700, 5
	bubble(t, "websocket", Options{}, func(t *testing.T, x *fixture) {
		var seen atomic.Int64
		x.io.OnAnyOutgoing(socketio.HandlerFunc(func(context.Context, *socketio.Message) error { seen.Add(1); return nil }))
		x.io.OnConnect(func(_ context.Context, s *Socket) error { s.Join("all"); return nil })
		clients := make([]*client, n)
		for i := range clients {
			clients[i] = x.connect()
		}
		sender := x.socket(clients[0])
		for i := range rounds {
			if err := sender.To("all").Emit("n", i, []byte{byte(i)}); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range clients[1:] {
			for i := range rounds {
				c.want(fmt.Sprintf(`451-["n",%d,{"_placeholder":true,"num":0}]`, i), fmt.Sprintf("x%02x", i))
			}
		}
		synctest.Wait()
		for _, c := range clients {
			if c.Waiting() > 0 {
				t.Errorf("got %s too much", c.Next())
			}
		}
		if got := seen.Load(); got != rounds*(n-1) {
			t.Errorf("OnAnyOutgoing saw %d events", got)
		}
	})
}

// counted notes how often it is encoded.
type counted struct{ times *atomic.Int64 }

func (c counted) MarshalJSON() ([]byte, error) {
	c.times.Add(1)
	return []byte(`"counted"`), nil
}

// However many receive it, an event is encoded once, also with recovery (SRV-081, SRV-106).
func TestABroadcastIsEncodedOnce(t *testing.T) {
	for _, recovery := range []*Recovery{nil, {}} {
		modes(t, Options{Recovery: recovery}, func(t *testing.T, x *fixture) {
			visitors := []*visitor{x.visit("/"), x.visit("/"), x.visit("/")}
			s := x.socket(visitors[0].client)
			value := counted{new(atomic.Int64)}
			for why, emit := range map[string]func() error{
				"broadcast": func() error { return x.io.Emit("e", value) },
				"rooms":     func() error { return x.io.To(visitors[1].sid, visitors[2].sid).Emit("e", value) },
				"a socket":  func() error { return s.Emit("e", value) },
			} {
				must(t, emit())
				synctest.Wait()
				if n := value.times.Swap(0); n != 1 {
					t.Errorf("%s: encoded %d times", why, n)
				}
			}
			for _, v := range visitors {
				for range 2 {
					if got := v.Next(); !strings.HasPrefix(got, `42["e","counted"`) {
						t.Errorf("got %s", got)
					}
				}
			}
		})
	}
}

func TestOnAnyOutgoing(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		g := x.group()
		a := g.sockets["a"]
		name := func(s socketio.Socket) string {
			for name, other := range g.sockets {
				if other == s {
					return name
				}
			}
			return "?"
		}
		remove := x.io.OnAnyOutgoing(socketio.HandlerFunc(func(ctx context.Context, m *socketio.Message) error {
			j.add("%s %s %s %v", name(m.Socket), m.Event, m.Args.Raw(0), m.WantsAck())
			return nil
		}))
		x.io.OnAnyOutgoing(socketio.HandlerFunc(func(context.Context, *socketio.Message) error { panic("costs nothing") }))
		if err := a.Emit("one", 1); err != nil {
			t.Fatal(err)
		}
		j.want(t, "a one 1 false")
		if err := x.io.To("1").Volatile().Emit("room", []byte{1}); err != nil {
			t.Fatal(err)
		}
		got := j.take()
		slices.Sort(got)
		if !slices.Equal(got, []string{`a room {"_placeholder":true,"num":0} false`, `b room {"_placeholder":true,"num":0} false`}) {
			t.Errorf("saw %q", got)
		}
		go func() { _, _ = a.Call(t.Context(), "call") }()
		j.want(t, "a call  false")
		handle(x.io, "ask", func(_ context.Context, _ *Socket, m *socketio.Message) error { return m.Ack("answer") })
		g.clients["b"].send(`421["ask"]`)
		j.want(t) // acknowledgements are not among the events
		if err := a.Emit("unencodable", func() {}); err == nil {
			t.Error("encoded")
		}
		remove()
		if err := a.Emit("two"); err != nil {
			t.Fatal(err)
		}
		j.want(t)
		g.clients["a"].want(`42["one",1]`)
	})
}
