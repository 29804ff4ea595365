package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio"
)

// names are the names of namespaces, in order.
func names(p *Parent) (list []string) {
	for n := range p.Children() {
		list = append(list, n.Name())
	}
	slices.Sort(list)
	return list
}

func TestParent(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		static := x.io.Of("/dynamic-101")
		x.io.OnNamespace(func(n *Namespace) { j.add("namespace %s", n.Name()) })
		p := x.io.OfPattern(regexp.MustCompile(`^/dynamic-[0-9]+$`))
		p.Use(func(_ context.Context, s *Socket) error { j.add("use %s", s.Namespace().Name()); return nil })
		p.OnConnect(func(_ context.Context, s *Socket) error { j.add("connect"); s.Join("room"); return nil })
		p.OnDisconnect(func(_ *Socket, r socketio.Reason) { j.add("%s", r) })
		p.OnRoom(func(e RoomEvent) { j.add("%s %s", e.Kind, e.Room) })
		p.Handle("e", j.handler("handler"))
		p.OnAny(j.handler("any"))
		p.PrependAny(j.handler("first"))
		p.OnAnyOutgoing(j.handler("out"))
		p.PrependAnyOutgoing(j.handler("first out"))
		p.Wrap(func(next socketio.Handler) socketio.Handler {
			return socketio.HandlerFunc(func(ctx context.Context, m *socketio.Message) error {
				j.add("wrap")
				return next.ServeEvent(ctx, m)
			})
		})
		a := x.dial().join("/dynamic-1")
		j.want(t, "namespace /dynamic-1", "use /dynamic-1", "connect", "create-room room", "join-room room")
		b := x.dial().join("/dynamic-1")
		j.want(t, "use /dynamic-1", "connect", "join-room room")
		c := x.dial().join("/dynamic-2")
		j.want(t, "namespace /dynamic-2", "use /dynamic-2", "connect", "create-room room", "join-room room")
		d := x.dial().join("/dynamic-101") // existed before (SRV-041)
		j.want(t)
		if got := names(p); !slices.Equal(got, []string{"/dynamic-1", "/dynamic-2"}) {
			t.Errorf("children %q", got)
		}
		child := x.io.Of("/dynamic-1")
		s := child.Socket(a.sid)
		if s == nil || s.Namespace() != child || child.SocketCount() != 2 || static.SocketCount() != 1 {
			t.Fatalf("socket %v", s)
		}
		a.send(`42/dynamic-1,["e",1]`)
		j.want(t, "first e 1", "any e 1", "wrap", "handler e 1")
		must(t, p.Emit("all"))
		a.want(`42/dynamic-1,["all"]`)
		b.want(`42/dynamic-1,["all"]`)
		c.want(`42/dynamic-2,["all"]`)
		j.want(t, slices.Repeat([]string{"first out all ", "out all "}, 3)...)
		child.Socket(b.sid).Leave("room")
		child.Socket(b.sid).Join("alone")
		j.want(t, "leave-room room", "create-room alone", "join-room alone")
		must(t, p.To("room").Except("alone").Emit("in room", []byte{1}), p.Broadcast().Except("room").Emit("not in room"))
		a.want(`451-/dynamic-1,["in room",{"_placeholder":true,"num":0}]`, "x01")
		c.want(`451-/dynamic-2,["in room",{"_placeholder":true,"num":0}]`, "x01")
		b.want(`42/dynamic-1,["not in room"]`)
		if n := len(slices.Collect(p.Sockets())); n != 3 || p.Broadcast().Count() != 3 || p.To("room").Count() != 2 {
			t.Errorf("%d sockets, %d, %d", n, p.Broadcast().Count(), p.To("room").Count())
		}
		j.take()
		must(t, p.To("alone").SocketsJoin("more"), p.To("more").SocketsLeave("alone"))
		j.want(t, "create-room more", "join-room more", "leave-room alone", "delete-room alone")
		must(t, p.To("room").DisconnectSockets(false))
		a.want("41/dynamic-1,")
		c.want("41/dynamic-2,")
		for _, got := range j.take() {
			if got != "server namespace disconnect" && got != "leave-room room" && got != "delete-room room" {
				t.Errorf("happened %s", got)
			}
		}
		d.quiet()
		// Nobody can be asked together.
		if _, err := p.Broadcast().FetchSockets(t.Context()); err == nil {
			t.Error("FetchSockets of a parent")
		}
		if _, err := p.Broadcast().CallAll(t.Context(), "q"); err == nil {
			t.Error("CallAll of a parent")
		}
		if _, err := p.Broadcast().Call(t.Context(), "q"); err == nil {
			t.Error("Call of a parent")
		}
		// What is registered later is for later namespaces.
		p.Handle("late", j.handler("late"))
		b.send(`42/dynamic-1,["late"]`)
		e := x.dial().join("/dynamic-3")
		j.take()
		e.send(`42/dynamic-3,["late"]`)
		synctest.Wait()
		if got := j.take(); slices.Contains(got, "late late ") == false {
			t.Errorf("happened %q", got)
		}
	})
}

// Namespaces that exist come first, then parents in the order of their making.
func TestParentsInOrder(t *testing.T) {
	bubble(t, "websocket", Options{}, func(t *testing.T, x *fixture) {
		var j journal
		parent := func(name string, yes bool) *Parent {
			return x.io.OfFunc(func(_ context.Context, nsp string, auth json.RawMessage) bool {
				j.add("%s %s %s", name, nsp, auth)
				return yes
			})
		}
		first, second, third := parent("first", false), parent("second", true), parent("third", true)
		c := x.dial()
		c.send(`40/a,{"token":"secret"}`)
		if got := c.Next(); !strings.HasPrefix(got, `40/a,{"sid"`) {
			t.Fatal(got)
		}
		j.want(t, `first /a {"token":"secret"}`, `second /a {"token":"secret"}`)
		x.dial().join("/a")
		x.dial().join("/")
		j.want(t)
		x.dial().join("/b")
		j.want(t, `first /b `, `second /b `)
		if got := fmt.Sprint(names(first), names(second), names(third)); got != "[] [/a /b] []" {
			t.Errorf("children %s", got)
		}
		// A pattern takes what Of names, a function is not asked (SRV-015).
		x.io.Of("/c")
		pattern := x.io.OfPattern(regexp.MustCompile("^/d$"))
		x.io.Of("d")
		if got := fmt.Sprint(names(first), names(second), names(third), names(pattern)); got != "[] [/a /b] [] [/d]" {
			t.Errorf("children %s", got)
		}
		j.want(t)
	})
}

func TestNobodyMatches(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		x.io.OfPattern(regexp.MustCompile("^/yes$"))
		x.io.OfFunc(func(_ context.Context, name string, _ json.RawMessage) bool {
			if name == "/panic" {
				panic("in a matcher")
			}
			return false
		})
		c := x.dial()
		for range 100 { // a client may ask again as soon as it has been refused
			c.send("40/no,")
			c.want(`44/no,{"message":"Invalid namespace"}`)
			c.send("40/panic,")
			c.want(`44/panic,{"message":"Invalid namespace"}`)
		}
		c.join("/yes").join("/")
		if !x.logs.logged("panic", "in a matcher", "/panic") || !x.logs.logged("parent_test.go") {
			t.Error("the panic is not logged with its stack")
		}
		if n := x.io.Stats().Namespaces; n != 2 {
			t.Errorf("%d namespaces", n)
		}
	})
}

// While a matcher thinks, all others go on, and so do the client's other namespaces.
func TestAMatcherThatWaits(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		x.barriers()
		var j journal
		release := make(chan struct{})
		x.io.OnNamespace(func(n *Namespace) { j.add("made %s", n.Name()) })
		x.io.OfFunc(func(_ context.Context, name string, _ json.RawMessage) bool {
			j.add("asked %s", name)
			<-release
			return name != "/no"
		})
		a, b := x.connect(), x.connect()
		a.send("40/yes,")
		b.send("40/yes,")
		j.want(t, "asked /yes", "asked /yes")
		a.barrier()
		b.barrier()
		a.quiet()
		// Events cannot be sent to it yet: that breaks the protocol (reference 2.2).
		c := x.connect()
		c.send("40/yes,")
		j.want(t, "asked /yes")
		c.send(`42/yes,["e"]`)
		c.want("closed")
		// Nor can it be asked for twice at a time.
		d := x.connect()
		d.send("40/yes,")
		j.want(t, "asked /yes")
		d.send("40/yes,")
		d.want("closed")
		close(release)
		for _, c := range []*client{a, b} {
			if got := c.Next(); !strings.HasPrefix(got, `40/yes,{"sid"`) {
				t.Errorf("got %s", got)
			}
		}
		synctest.Wait()
		made := slices.DeleteFunc(j.take(), func(e string) bool { return e != "made /yes" })
		if len(made) != 1 || x.io.Of("/yes").SocketCount() != 2 {
			t.Errorf("%q, %d sockets", made, x.io.Of("/yes").SocketCount())
		}
	})
}

// The context of a matcher ends with the connection, and at the connect timeout at the latest.
func TestTheContextOfAMatcher(t *testing.T) {
	modes(t, Options{ConnectTimeout: 10 * time.Second}, func(t *testing.T, x *fixture) {
		var j journal
		x.io.OfFunc(func(ctx context.Context, name string, _ json.RawMessage) bool {
			start := time.Now()
			<-ctx.Done()
			j.add("%v after %v", ctx.Err(), time.Since(start))
			return true
		})
		c := x.connect()
		c.send("40/a,")
		synctest.Wait()
		time.Sleep(time.Second)
		c.lose()
		j.want(t, "context canceled after 1s")
		synctest.Wait()
		d := x.connect()
		d.send("40/b,")
		time.Sleep(11 * time.Second)
		j.want(t, "context deadline exceeded after 10s")
	})
}

// What a client may have under way at a time is bounded.
func TestManyWishesOfOneClient(t *testing.T) {
	bubble(t, "websocket", Options{}, func(t *testing.T, x *fixture) {
		release := make(chan struct{})
		x.io.OfFunc(func(context.Context, string, json.RawMessage) bool { <-release; return true })
		c := x.connect()
		for i := range maxJoining {
			c.send(fmt.Sprintf("40/%d,", i))
		}
		c.quiet()
		c.send("40/one-more,")
		c.want("closed")
		close(release)
		synctest.Wait()
		for n := range x.io.namespaces {
			if x.io.Of(n).SocketCount() > 0 {
				t.Errorf("%s has a socket of a connection that has ended", n)
			}
		}
	})
}

func TestConcurrentCreation(t *testing.T) {
	bubble(t, "websocket", Options{}, func(t *testing.T, x *fixture) {
		var j journal
		x.io.OnNamespace(func(n *Namespace) {
			n.Handle("who", socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error { return m.Ack(n.Name()) }))
			j.add("made %s", n.Name())
		})
		x.io.OfPattern(regexp.MustCompile("^/n[0-9]$"))
		var clients []*client
		for range 40 {
			clients = append(clients, x.dial())
		}
		var group sync.WaitGroup
		for i, c := range clients {
			group.Go(func() { _ = c.Send(fmt.Sprintf("40/n%d,", i%4)) })
		}
		group.Wait()
		for i, c := range clients {
			if got := c.Next(); !strings.HasPrefix(got, fmt.Sprintf(`40/n%d,{"sid"`, i%4)) {
				t.Fatalf("got %s", got)
			}
			// Whoever is in has been announced before (SRV-020).
			c.send(fmt.Sprintf(`42/n%d,1["who"]`, i%4))
			c.want(fmt.Sprintf(`43/n%d,1["/n%d"]`, i%4, i%4))
		}
		got := j.take()
		slices.Sort(got)
		if !slices.Equal(got, []string{"made /n0", "made /n1", "made /n2", "made /n3"}) {
			t.Errorf("made %q", got)
		}
	})
}

// OnNamespace is where an application puts what all namespaces have in common, such as
// who may join: nobody gets in before it has run.
func TestOnNamespace(t *testing.T) {
	modes(t, Options{ConnectTimeout: 10 * time.Second}, func(t *testing.T, x *fixture) {
		x.barriers()
		var j journal
		x.io.OnNamespace(func(n *Namespace) {
			j.add("made %s", n.Name())
			if n.Name() == "/stuck" {
				time.Sleep(time.Minute)
			}
			time.Sleep(time.Second)
			if x.io.Of(n.Name()) != n {
				j.add("another one")
			}
			n.Use(func(context.Context, *Socket) error { return &socketio.Error{Message: "not yet " + n.Name()} })
		})
		x.io.OnNamespace(func(n *Namespace) { panic("on purpose") })
		x.io.OnNamespace(func(n *Namespace) { j.add("told of %s", n.Name()) })
		x.io.OfPattern(regexp.MustCompile("^/dynamic|^/stuck"))
		a, b := x.connect(), x.connect()
		go x.io.Of("static")
		synctest.Wait()
		a.send("40/dynamic,", "40/static,")
		synctest.Wait()
		b.send("40/dynamic,", "40/static,")
		a.barrier() // nobody waits but the namespaces
		b.barrier()
		for _, c := range []*client{a, b} {
			for range 2 {
				if got := c.Next(); got != `44/dynamic,{"message":"not yet /dynamic"}` && got != `44/static,{"message":"not yet /static"}` {
					t.Errorf("got %s", got)
				}
			}
		}
		x.io.Of("/static")
		x.io.Of("/")
		got := j.take()
		slices.Sort(got)
		if !slices.Equal(got, []string{"made /dynamic", "made /static", "told of /dynamic", "told of /static"}) {
			t.Errorf("happened %q", got)
		}
		if !x.logs.logged("panic", "on purpose", "nsp=/static") {
			t.Error("the panic is not logged")
		}
		// Those who wait too long are sent away.
		a.send("40/stuck,")
		synctest.Wait()
		b.send("40/stuck,")
		start := time.Now()
		b.want(`44/stuck,{"message":"Invalid namespace"}`)
		if d := time.Since(start); d != 10*time.Second {
			t.Errorf("refused after %v", d)
		}
		a.want(`44/stuck,{"message":"not yet /stuck"}`)
	})
}

func TestCleanup(t *testing.T) {
	for _, cleanup := range []bool{false, true} {
		modes(t, Options{CleanupEmptyNamespaces: cleanup}, func(t *testing.T, x *fixture) {
			var refuse error
			p := x.io.OfPattern(regexp.MustCompile("^/dynamic"))
			p.Use(func(context.Context, *Socket) error { return refuse })
			p.OnDisconnect(func(s *Socket, _ socketio.Reason) { _ = s.Namespace().Emit("bye") })
			x.io.Of("/static")
			x.dial().join("/static").send("41/static,")
			has := func(why string, want bool) {
				t.Helper()
				synctest.Wait()
				if got := len(names(p)) > 0; got != (want || !cleanup) || x.io.Stats().Namespaces != 2+len(names(p)) {
					t.Errorf("%s: %q of %d", why, names(p), x.io.Stats().Namespaces)
				}
			}
			a, b := x.dial().join("/dynamic"), x.dial().join("/dynamic")
			first := x.io.Of("/dynamic")
			a.send("41/dynamic,")
			has("one is left", true)
			b.lose()
			has("nobody is left", false)
			c := x.dial().join("/dynamic")
			if again := x.io.Of("/dynamic") != first; again != cleanup {
				t.Errorf("another namespace: %v", again)
			}
			must(t, x.io.Of("/dynamic").Emit("hello"))
			c.want(`42/dynamic,["hello"]`)
			must(t, x.io.Of("/dynamic").DisconnectSockets(false))
			has("they were sent away", false)
			// With a refused client (SRV-044).
			refuse = errors.New("no")
			d := x.dial()
			d.send("40/dynamic,")
			d.want(`44/dynamic,{"message":"internal error"}`)
			has("nobody was let in", false)
			refuse = nil
			e := x.dial().join("/dynamic")
			refuse = errors.New("no")
			d.send("40/dynamic,")
			d.want(`44/dynamic,{"message":"internal error"}`)
			has("another one was not let in", true)
			must(t, x.io.Of("/dynamic").Emit("hello"))
			e.want(`42/dynamic,["hello"]`)
			e.lose()
			has("nobody is left", false)
			if x.io.acquire("/static", false) == nil {
				t.Error("a namespace that the server has made was removed")
			}
		})
	}
}

// The adapter of a namespace ends with it (SRV-044).
func TestCleanupClosesTheAdapter(t *testing.T) {
	var j journal
	taps := make(map[string]*tap)
	bubble(t, "websocket", Options{CleanupEmptyNamespaces: true, Adapter: tapped(&j, taps)}, func(t *testing.T, x *fixture) {
		x.io.OfPattern(regexp.MustCompile("^/dynamic$"))
		c := x.dial().join("/dynamic")
		j.want(t)
		c.send("41/dynamic,")
		j.want(t, "close /dynamic")
		c.join("/dynamic").lose()
		j.want(t, "close /dynamic")
	})
}

func TestCleanupUnderLoad(t *testing.T) {
	bubble(t, "websocket", Options{CleanupEmptyNamespaces: true}, func(t *testing.T, x *fixture) {
		p := x.io.OfPattern(regexp.MustCompile("^/n"))
		handle(p, "echo", func(_ context.Context, s *Socket, _ *socketio.Message) error {
			return s.Namespace().Emit("echo", s.ID())
		})
		var group sync.WaitGroup
		for range 8 {
			c := x.dial()
			group.Go(func() {
				for range 30 {
					_ = c.Send("40/n,")
					reply := c.Next()
					for ; !strings.HasPrefix(reply, "40/n,"); reply = c.Next() {
						if !strings.HasPrefix(reply, `42/n,["echo"`) {
							t.Errorf("got %s", reply)
							return
						}
					}
					_ = c.Send(`42/n,["echo"]`)
					for sid := reply[len(`40/n,{"sid":`) : len(reply)-1]; ; {
						switch got := c.Next(); {
						case got == `42/n,["echo",`+sid+`]`:
						case strings.HasPrefix(got, `42/n,["echo"`):
							continue
						default:
							t.Errorf("got %s instead of the echo of %s", got, sid)
							return
						}
						break
					}
					_ = c.Send("41/n,")
				}
			})
		}
		group.Wait()
		synctest.Wait()
		if got := names(p); len(got) > 0 || x.io.Stats().Namespaces != 1 {
			t.Errorf("left %q", got)
		}
	})
}
