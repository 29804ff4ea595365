package server

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/internal/rawclient"
)

func TestRecovery(t *testing.T) {
	for _, nsp := range []string{"/", "/chat"} {
		t.Run(nsp, func(t *testing.T) {
			modes(t, Options{Recovery: &Recovery{}}, func(t *testing.T, x *fixture) { testRecovery(t, x, nsp) })
		})
	}
}

func testRecovery(t *testing.T, x *fixture, nsp string) {
	var j journal
	n := x.io.Of(nsp)
	n.OnConnect(func(_ context.Context, s *Socket) error {
		rooms := s.Rooms()
		slices.SortFunc(rooms, func(a, b string) int { return len(b) - len(a) })
		j.add("connect recovered=%v rooms=%d data=%v", s.Recovered(), len(rooms), s.Data())
		if !s.Recovered() {
			s.Join("lobby", "left")
			s.Leave("left")
			s.SetData(map[string]int{"n": 1})
		}
		return nil
	})
	j.record(n)
	v, other := x.visit(nsp), x.visit(nsp)
	head := "42" + prefix(nsp)
	j.want(t, "connect recovered=false rooms=1 data=<nil>", "connect recovered=false rooms=1 data=<nil>")
	must(t, n.Emit("hello", 1))
	v.events(head + `["hello",1]`)
	v.lose()
	j.want(t, "transport "+map[string]string{"polling": "error", "websocket": "close", "upgrade": "close"}[x.mode])
	must(t,
		n.Emit("all", 1), n.To("lobby").Emit("lobby", []byte{1, 2}, "text"), n.To("elsewhere").Emit("not for it"),
		n.To("left").Emit("not any more"), n.To(v.sid).Emit("its id"), n.To("elsewhere", "lobby").Emit("union"),
		n.Except("lobby").Emit("not for the lobby"), n.To("lobby").Except(v.sid).Emit("not for it"),
		n.To("lobby").Except("elsewhere").Emit("but elsewhere"), n.Volatile().Emit("volatile"),
		n.Socket(other.sid).To("lobby").Emit("of the other"), n.Socket(other.sid).Emit("to the other"), n.Local().Emit("local"),
	)
	binary := strings.Replace(head, "42", "451-", 1)
	v.wantBack(
		head+`["all",1]`, binary+`["lobby",{"_placeholder":true,"num":0},"text"]`, "x0102", head+`["its id"]`, head+`["union"]`,
		head+`["but elsewhere"]`, head+`["of the other"]`, head+`["local"]`,
	)
	j.want(t, "connect recovered=true rooms=2 data=map[n:1]")
	s := n.Socket(v.sid)
	if s == nil || !s.Recovered() || !s.Connected() || n.SocketCount() != 2 {
		t.Fatalf("socket %+v", s)
	}
	// Life goes on.
	must(t, n.To("lobby").Emit("live"), s.Emit("alone"))
	v.events(head+`["live"]`, head+`["alone"]`)
	v.quiet()
	// And again, with nothing missed.
	v.lose()
	v.wantBack()
	v.quiet()
}

// Offsets are the last argument of every event that wants no answer (SIO-031), of
// volatile ones too: a client takes any text at the end for one (R4).
func TestOffsets(t *testing.T) {
	modes(t, Options{Recovery: &Recovery{}}, func(t *testing.T, x *fixture) {
		v := x.visit("/")
		s := x.socket(v.client)
		must(t, s.Emit("direct", "text"), x.io.Emit("broadcast", "text"))
		v.events(`42["direct","text"]`)
		first := v.offset
		v.events(`42["broadcast","text"]`)
		if v.offset == first || v.offset == "" {
			t.Errorf("offsets %q and %q", first, v.offset)
		}
		stands := v.offset
		for _, volatile := range []Broadcast{s.Volatile(), x.io.Volatile(), x.io.To(v.sid).Volatile()} {
			synctest.Wait() // a GET is pending
			must(t, volatile.Emit("volatile", "text"))
			v.events(`42["volatile","text"]`)
			if v.offset != stands {
				t.Errorf("a volatile event moves the offset from %q to %q", stands, v.offset)
			}
		}
		v.lose()
		must(t, x.io.Emit("missed"))
		v.wantBack(`42["missed"]`)
		s = x.socket(v.client)
		done := make(chan error, 2)
		go func() { _, err := s.Call(t.Context(), "q", "text"); done <- err }()
		v.want(`420["q","text"]`)
		v.send(`430[]`)
		go func() { _, err := x.io.CallAll(t.Context(), "q", "text"); done <- err }()
		v.want(`421["q","text"]`)
		v.send(`431[]`)
		must(t, <-done, <-done)
	})
}

// A client that has received nothing has no offset, and comes back all the same (R3),
// also a long time after everything it could have seen was forgotten (R5).
func TestRecoveryOfAnIdleClient(t *testing.T) {
	modes(t, Options{Recovery: &Recovery{MaxDisconnection: time.Minute}}, func(t *testing.T, x *fixture) {
		v, w := x.visit("/"), x.visit("/")
		x.socket(w.client).Join("w")
		must(t, x.io.To("w").Emit("seen"))
		w.events(`42["seen"]`)
		for range 60 {
			time.Sleep(time.Minute)
			must(t, x.io.To("nobody").Emit("for nobody"))
		}
		v.lose()
		w.lose()
		must(t, x.io.Emit("missed"))
		v.wantBack(`42["missed"]`)
		w.wantBack(`42["missed"]`)
		// Without any event at all.
		u := x.visit("/")
		u.lose()
		u.wantBack()
		u.lose()
		must(t, x.io.Emit("missed"))
		u.wantBack(`42["missed"]`)
	})
}

// What was sent again, but has not arrived, is sent once more.
func TestRecoveryIsInterrupted(t *testing.T) {
	modes(t, Options{Recovery: &Recovery{}}, func(t *testing.T, x *fixture) {
		v := x.visit("/")
		v.lose()
		must(t, x.io.To(v.sid).Emit("missed", 1))
		for range 3 {
			c := x.dial()
			c.send(fmt.Sprintf(`40{"pid":%q}`, v.pid))
			synctest.Wait()
			c.Cut()
		}
		must(t, x.io.Emit("missed", 2))
		v.wantBack(`42["missed",1]`, `42["missed",2]`)
	})
}

// What is kept is what was said, whatever becomes of the memory it was said with.
func TestMissedBinaryValuesAreCopies(t *testing.T) {
	modes(t, Options{Recovery: &Recovery{}}, func(t *testing.T, x *fixture) {
		v := x.visit("/")
		v.lose()
		buf := []byte{1, 2, 3}
		must(t, x.io.Emit("missed", buf))
		buf[0] = 9
		v.wantBack(`451-["missed",{"_placeholder":true,"num":0}]`, "x010203")
	})
}

func TestNoRecovery(t *testing.T) {
	bubble(t, "websocket", Options{Recovery: &Recovery{MaxDisconnection: time.Minute}}, func(t *testing.T, x *fixture) {
		gone := func() *visitor {
			v := x.visit("/")
			must(t, x.io.Emit("e"))
			v.events(`42["e"]`)
			v.lose()
			return v
		}
		v := gone()
		v.pid = strings.Repeat("x", 20)
		v.wantNew("an unknown pid")
		for _, offset := range []string{"nonsense", "-1", "99999999999999999999999", strings.Repeat("a", 10_000), "\x00", "a.b.c.d", "𝕏"} {
			v = gone()
			v.offset = offset
			v.wantNew("the offset " + fmt.Sprintf("%.20q", offset))
		}
		for _, auth := range []string{`{"pid":5,"offset":%q}`, `{"pid":null,"offset":%q}`, `{"pid":["x"],"offset":%q}`, `{"pid":{},"offset":%q}`, `{"offset":%q}`, `{"PID":"x","offset":%q}`} {
			v = gone()
			if missed, again := v.arrive(fmt.Sprintf(auth, v.offset)); again || len(missed) > 0 {
				t.Errorf("recovered with %s", auth)
			}
		}
		for _, auth := range []string{`{"pid":%q,"offset":5}`, `{"pid":%q,"offset":["x"]}`} {
			v = gone()
			if missed, again := v.arrive(fmt.Sprintf(auth, v.pid)); again || len(missed) > 0 {
				t.Errorf("recovered with %s", auth)
			}
		}
		v = gone()
		time.Sleep(time.Minute + time.Second)
		v.wantNew("a minute later")
		v = gone()
		time.Sleep(time.Minute - time.Second)
		must(t, x.io.Emit("late"))
		v.wantBack(`42["late"]`)
		x.io.Of("/other")
		v = gone()
		v.nsp = "/other"
		v.wantNew("another namespace")
	})
}

// Only a connection that was lost is a disconnection to come back from (SRV-100).
func TestWhatIsNotALoss(t *testing.T) {
	modes(t, Options{Recovery: &Recovery{}}, func(t *testing.T, x *fixture) {
		for why, leave := range map[string]func(v *visitor, s *Socket){
			"the client leaves":              func(v *visitor, _ *Socket) { v.send("41") },
			"the server disconnects":         func(_ *visitor, s *Socket) { s.Disconnect(false) },
			"the server closes":              func(_ *visitor, s *Socket) { s.Disconnect(true) },
			"the server disconnects all":     func(*visitor, *Socket) { _ = x.io.DisconnectSockets(false) },
			"an invalid packet of Engine.IO": func(v *visitor, _ *Socket) { v.send("7") },
			"the server closes by its id":    func(v *visitor, _ *Socket) { _ = x.io.To(v.sid).DisconnectSockets(true) },
		} {
			v := x.visit("/")
			leave(v, x.socket(v.client))
			synctest.Wait()
			v.lose()
			v.wantNew(why)
			v.Cut()
		}
		for why, lose := range map[string]func(v *visitor){
			"an invalid packet":        func(v *visitor) { v.send("4{}") },
			"a packet out of place":    func(v *visitor) { v.send(`42/nowhere,["e"]`) },
			"a close by the client":    func(v *visitor) { v.send("1") },
			"a connection that is cut": func(v *visitor) { v.lose() },
		} {
			v := x.visit("/")
			lose(v)
			synctest.Wait()
			if x.io.Socket(v.sid) != nil {
				t.Errorf("%s does not end the socket", why)
			}
			must(t, x.io.Emit("missed"))
			v.wantBack(`42["missed"]`)
			v.Cut()
		}
	})
}

func TestRecoveryAfterAPingTimeout(t *testing.T) {
	opts := Options{Recovery: &Recovery{MaxDisconnection: time.Minute}, PingInterval: time.Minute, PingTimeout: time.Minute}
	modes(t, opts, func(t *testing.T, x *fixture) {
		v := x.visit("/")
		must(t, x.io.Emit("seen"))
		v.events(`42["seen"]`)
		c := v.client
		c.Hold() // it hears nothing, for as long as nobody notices
		synctest.Wait()
		must(t, x.io.Emit("taken by the read that waits"), x.io.Emit("missed"))
		var j journal
		j.record(x.io.Namespace)
		time.Sleep(2*time.Minute + time.Second)
		j.want(t, "ping timeout")
		time.Sleep(58 * time.Second)
		v.wantBack(`42["taken by the read that waits"]`, `42["missed"]`)
		c.Cut()
	})
}

func TestMiddlewaresOfRestoredSockets(t *testing.T) {
	for _, run := range []bool{false, true} {
		modes(t, Options{Recovery: &Recovery{RunMiddlewares: run}}, func(t *testing.T, x *fixture) {
			var j journal
			x.io.Use(func(_ context.Context, s *Socket) error {
				j.add("use %v %v", s.Recovered(), s.Data())
				return nil
			})
			x.io.OnConnect(func(_ context.Context, s *Socket) error { s.SetData("d"); return nil })
			v := x.visit("/")
			j.want(t, "use false <nil>")
			v.lose()
			v.wantBack()
			if run {
				j.want(t, "use true d")
			} else {
				j.want(t)
			}
			v.lose()
			v.pid = strings.Repeat("y", 20)
			v.wantNew("an unknown pid")
			j.want(t, "use false <nil>")
		})
	}
}

// A hook may refuse a restored socket, which then leaves nothing behind, and learns nothing.
func TestRefusedRestoredSockets(t *testing.T) {
	for _, hook := range []string{"Use", "OnConnect"} {
		t.Run(hook, func(t *testing.T) {
			modes(t, Options{Recovery: &Recovery{RunMiddlewares: true}}, func(t *testing.T, x *fixture) {
				var j journal
				j.record(x.io.Namespace)
				refuse := func(_ context.Context, s *Socket) error {
					if s.Recovered() {
						return &socketio.Error{Message: "not again"}
					}
					s.Join("lobby")
					return nil
				}
				if hook == "Use" {
					x.io.Use(refuse)
					x.io.OnConnect(func(_ context.Context, s *Socket) error { s.Join("lobby"); return nil })
				} else {
					x.io.OnConnect(refuse)
				}
				v := x.visit("/")
				must(t, x.io.Emit("seen"))
				v.events(`42["seen"]`)
				v.lose()
				synctest.Wait()
				j.take()
				must(t, x.io.Emit("missed"))
				for range 2 {
					v.client = x.dial()
					v.send(fmt.Sprintf(`40{"pid":%q,"offset":%q}`, v.pid, v.offset))
					if got := v.Next(); got != `44{"message":"not again"}` {
						// The second time there is no session any more, or it is refused again.
						if !strings.HasPrefix(got, `40{"sid"`) || strings.Contains(got, v.pid) {
							t.Fatalf("got %s", got)
						}
						v.send("41")
						j.want(t, "client namespace disconnect")
					}
					v.quiet()
					j.want(t)
					if x.io.SocketCount() != 0 || x.io.To("lobby").Count() != 0 {
						t.Error("something is left")
					}
				}
			})
		})
	}
}

// Rooms and data are those of the end, not of the beginning.
func TestWhatIsRestoredIsTheLatest(t *testing.T) {
	modes(t, Options{Recovery: &Recovery{}}, func(t *testing.T, x *fixture) {
		type user struct{ Name string }
		v := x.visit("/")
		s := x.socket(v.client)
		s.Join("a", "b", "c")
		s.SetData(user{"first"})
		must(t, x.io.In("a").SocketsJoin("d"), x.io.In("a").SocketsLeave("b"))
		s.Leave(s.ID())
		s.SetData(&user{"last"})
		v.lose()
		must(t, x.io.To("b").Emit("b"), x.io.To("d").Emit("d"))
		v.wantBack(`42["d"]`)
		s = x.socket(v.client)
		got := slices.Sorted(slices.Values(s.Rooms()))
		if u, ok := Data[*user](s); !ok || u.Name != "last" || !slices.Equal(slices.DeleteFunc(got, func(r string) bool { return r == s.ID() }), []string{"a", "c", "d"}) {
			t.Errorf("data %v, rooms %q", s.Data(), got)
		}
	})
}

// Two events of one millisecond, and of one client in two namespaces.
func TestNamespacesAreRestoredOneByOne(t *testing.T) {
	modes(t, Options{Recovery: &Recovery{}}, func(t *testing.T, x *fixture) {
		x.io.Of("/a")
		x.io.Of("/b")
		a, b := &visitor{x: x, nsp: "/a"}, &visitor{x: x, nsp: "/b"}
		a.arrive("")
		b.client = &client{Client: a.Client, t: t}
		b.send("40/b,")
		var reply struct{ SID, PID string }
		must(t, json.Unmarshal([]byte(strings.TrimPrefix(b.Next(), "40/b,")), &reply))
		b.sid, b.pid = reply.SID, reply.PID
		must(t, x.io.Of("/a").Emit("e", 1), x.io.Of("/b").Emit("e", 1))
		a.events(`42/a,["e",1]`)
		b.events(`42/b,["e",1]`)
		a.lose()
		must(t, x.io.Of("/a").Emit("e", 2), x.io.Of("/b").Emit("e", 3), x.io.Of("/a").Emit("e", 4))
		b.wantBack(`42/b,["e",3]`)
		a.wantBack(`42/a,["e",2]`, `42/a,["e",4]`)
	})
}

// What a client has not been told was recovered cannot be: without the option there is neither pid nor offset.
func TestWithoutRecovery(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		c := x.dial()
		c.send(`40{"pid":"xxxxxxxxxxxxxxxxxxxx","offset":"1"}`)
		if got := c.Next(); !strings.HasPrefix(got, `40{"sid":"`) || strings.Contains(got, "pid") {
			t.Errorf("got %s", got)
		}
		must(t, x.io.Emit("e", "text"))
		c.want(`42["e","text"]`)
	})
}

// A shutdown is a loss as others see it; here nobody comes back.
func TestShutdownWithRecovery(t *testing.T) {
	modes(t, Options{Recovery: &Recovery{}}, func(t *testing.T, x *fixture) {
		var j journal
		j.record(x.io.Namespace)
		v := x.visit("/")
		must(t, x.io.Emit("last"), x.io.Shutdown(t.Context()))
		v.events(`42["last"]`)
		v.want("closed")
		j.want(t, "server shutting down")
		if raw, err := rawclient.Dial(t.Context(), rawclient.Options{Mode: "polling", DialContext: x.net.DialContext}); err == nil {
			raw.Cut()
			t.Error("a client got in")
		}
	})
}
