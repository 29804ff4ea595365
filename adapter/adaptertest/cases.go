package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/adapter"
	"github.com/socketio-go/socketio/packet"
)

// member is a socket and its server.
type member struct {
	*socket
	server *server
}

// each adds one socket to every server.
func (s *stage) each(name string, rooms ...string) (list []member) {
	for _, srv := range s.servers {
		list = append(list, member{srv.add(name, rooms...), srv})
	}
	return list
}

func hello(name string, args ...any) *adapter.Packet {
	return &adapter.Packet{Event: name, Args: args}
}

// must fails the test on an error.
func (s *stage) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// got waits until the sockets have got these events, and nothing else.
func (s *stage) got(members []member, want ...string) {
	s.Helper()
	for _, m := range members {
		s.eventually(func() string {
			var names []string
			for _, e := range m.server.events(m.socket) {
				names = append(names, e.name)
			}
			if len(names) < len(want) {
				return fmt.Sprintf("%s has got %q, want %q", m.id, names, want)
			}
			if !slices.Equal(names, want) {
				s.Fatalf("%s has got %q, want %q", m.id, names, want)
			}
			return ""
		})
	}
}

func testBroadcast(s *stage) {
	here := s.each("a")
	here = append(here, s.each("b", "room")...)
	var elsewhere []member
	for _, srv := range s.others {
		elsewhere = append(elsewhere, member{srv.add("c"), srv})
	}
	for i, srv := range s.servers {
		s.must(srv.adapter.Broadcast(hello(fmt.Sprint("from ", i)), &adapter.Target{}))
		var want []string
		for j := range i + 1 {
			want = append(want, fmt.Sprint("from ", j))
		}
		s.got(here, want...)
	}
	s.quiet()
	s.got(elsewhere)
}

func testRooms(s *stage) {
	one, two, both, none := s.each("one", "1"), s.each("two", "2"), s.each("both", "1", "2"), s.each("none")
	last := s.servers[len(s.servers)-1]
	s.must(last.adapter.Broadcast(hello("to 1"), &adapter.Target{Rooms: []string{"1"}}))
	s.must(last.adapter.Broadcast(hello("to 1 and 2"), &adapter.Target{Rooms: []string{"1", "2"}}))
	s.must(last.adapter.Broadcast(hello("to nobody"), &adapter.Target{Rooms: []string{"3"}}))
	s.must(last.adapter.Broadcast(hello("to all"), &adapter.Target{}))
	s.got(one, "to 1", "to 1 and 2", "to all")
	s.got(two, "to 1 and 2", "to all")
	s.got(both, "to 1", "to 1 and 2", "to all")
	s.got(none, "to all")
}

func testExcept(s *stage) {
	one, two, both := s.each("one", "1"), s.each("two", "2"), s.each("both", "1", "2")
	first := s.servers[0]
	s.must(first.adapter.Broadcast(hello("not 2"), &adapter.Target{Except: []string{"2"}}))
	s.must(first.adapter.Broadcast(hello("1, not 2"), &adapter.Target{Rooms: []string{"1"}, Except: []string{"2", "3"}}))
	s.must(first.adapter.Broadcast(hello("not one"), &adapter.Target{Except: []string{one[len(one)-1].id}}))
	for i, m := range one {
		want := []string{"not 2", "1, not 2"}
		if i < len(one)-1 {
			want = append(want, "not one")
		}
		s.got([]member{m}, want...)
	}
	s.got(two, "not one")
	s.got(both, "not one")
}

func testByID(s *stage) {
	members, others := s.each("a"), s.each("b")
	for i, m := range members {
		from := s.servers[(i+1)%len(s.servers)]
		s.must(from.adapter.Broadcast(hello("for you"), &adapter.Target{Rooms: []string{m.id}}))
	}
	s.got(members, "for you")
	s.quiet()
	s.got(others)
}

func testLocal(s *stage) {
	members := s.each("a", "room")
	s.must(s.servers[0].adapter.Broadcast(hello("here"), &adapter.Target{Local: true}))
	s.must(s.servers[0].adapter.Broadcast(hello("here, in a room"), &adapter.Target{Local: true, Rooms: []string{"room"}}))
	s.must(s.servers[0].adapter.Broadcast(hello("everywhere"), &adapter.Target{}))
	s.got(members[:1], "here", "here, in a room", "everywhere")
	s.got(members[1:], "everywhere")
}

func testArguments(s *stage) {
	members := s.each("a")
	relayed, err := packet.NewArgs("relayed", []byte{7}, map[string]any{"b": packet.Binary{8, 9}})
	s.must(err)
	type data struct {
		Text string   `json:"text"`
		List []any    `json:"list"`
		Zero *float64 `json:"zero"`
	}
	values := []any{"text ž 😀 \u2028", 1, -2.5, true, nil, data{Text: "<&>", List: []any{1, "x", nil}}, []byte{1, 2, 3}, relayed}
	want, err := packet.NewArgs(values...)
	s.must(err)
	s.must(s.servers[0].adapter.Broadcast(hello("event \"1\"", values...), &adapter.Target{}))
	s.must(s.servers[0].adapter.Broadcast(hello("none"), &adapter.Target{}))
	s.got(members, "event \"1\"", "none")
	for _, m := range members {
		e := m.server.events(m.socket)
		if e[0].args != string(want.JSON()) || e[0].attachments != 3 || e[1].args != "" {
			s.Errorf("%s has got %+v, want %s", m.id, e, want.JSON())
		}
	}
}

func testFlags(s *stage) {
	members := s.each("a")
	s.must(s.servers[0].adapter.Broadcast(&adapter.Packet{Event: "volatile", Volatile: true}, &adapter.Target{}))
	s.must(s.servers[0].adapter.Broadcast(&adapter.Packet{Event: "plain", Plain: true}, &adapter.Target{}))
	s.got(members, "volatile", "plain")
	for _, m := range members {
		if e := m.server.events(m.socket); !e[0].volatile || e[0].plain || e[1].volatile || !e[1].plain {
			s.Errorf("%s has got %+v", m.id, e)
		}
	}
}

func testOrder(s *stage) {
	const n = 300
	members := s.each("a", "room")
	var group sync.WaitGroup
	for i, srv := range s.servers {
		group.Go(func() {
			for k := range n {
				t := &adapter.Target{}
				if k%3 == 1 {
					t.Rooms = []string{"room"}
				} else if k%3 == 2 {
					t.Rooms = []string{"room", "another"}
				}
				s.must(srv.adapter.Broadcast(hello(strconv.Itoa(i), k), t))
			}
		})
	}
	group.Wait()
	for _, m := range members {
		s.eventually(func() string {
			if got := len(m.server.events(m.socket)); got < n*len(s.servers) {
				return fmt.Sprintf("%s has got %d events, want %d", m.id, got, n*len(s.servers))
			}
			return ""
		})
		next := make(map[string]int)
		for _, e := range m.server.events(m.socket) {
			if e.args != strconv.Itoa(next[e.name]) {
				s.Fatalf("%s has got event %s of server %s, want %d", m.id, e.args, e.name, next[e.name])
			}
			next[e.name]++
		}
	}
}

func testUnencodable(s *stage) {
	members := s.each("a")
	if err := s.servers[0].adapter.Broadcast(hello("x", func() {}), &adapter.Target{}); err == nil {
		s.Error("no error")
	}
	if _, err := s.servers[0].adapter.BroadcastWithAck(s.deadline(), hello("x", make(chan int)), &adapter.Target{}); err == nil {
		s.Error("no error of a call")
	}
	s.quiet()
	s.got(members)
}

// answers are the first values of the answers, in order.
func answers(list []packet.Args) []string {
	texts := make([]string, len(list))
	for i, args := range list {
		var b []byte
		if args.Scan(&texts[i], &b) != nil || len(b) != 3 {
			texts[i] = "not an answer: " + string(args.JSON())
		}
	}
	slices.Sort(texts)
	return texts
}

func idsOf(members []member) (list []string) {
	for _, m := range members {
		list = append(list, m.id)
	}
	slices.Sort(list)
	return list
}

func testCall(s *stage) {
	in, out := s.each("in", "room"), s.each("out")
	for _, srv := range s.servers {
		got, err := srv.adapter.BroadcastWithAck(s.deadline(), hello("q"), &adapter.Target{Rooms: []string{"room"}})
		if err != nil || !slices.Equal(answers(got), idsOf(in)) {
			s.Fatalf("got %q, %v, want %q", answers(got), err, idsOf(in))
		}
	}
	all := append(in, out...)
	got, err := s.servers[0].adapter.BroadcastWithAck(s.deadline(), hello("q"), &adapter.Target{})
	if err != nil || !slices.Equal(answers(got), idsOf(all)) {
		s.Fatalf("got %q, %v, want %q", answers(got), err, idsOf(all))
	}
	got, err = s.servers[0].adapter.BroadcastWithAck(s.deadline(), hello("q"), &adapter.Target{Local: true})
	if err != nil || len(got) != 2 {
		s.Fatalf("of this server: %q, %v", answers(got), err)
	}
}

func testCallNobody(s *stage) {
	s.each("a")
	start := time.Now()
	got, err := s.servers[0].adapter.BroadcastWithAck(s.deadline(), hello("q"), &adapter.Target{Rooms: []string{"empty"}})
	if err != nil || len(got) > 0 || time.Since(start) > s.cluster.Settle/2 {
		s.Errorf("got %d answers, %v after %v", len(got), err, time.Since(start))
	}
}

func testCallDeadline(s *stage) {
	good, bad := s.each("good"), s.each("bad")
	for _, m := range bad {
		m.silent = true
	}
	ctx, cancel := context.WithTimeout(s.Context(), s.cluster.Settle/10)
	defer cancel()
	got, err := s.servers[0].adapter.BroadcastWithAck(ctx, hello("q"), &adapter.Target{})
	var missing *socketio.AckError
	if !errors.As(err, &missing) || missing.Missing != len(bad) || !errors.Is(err, context.DeadlineExceeded) || !slices.Equal(answers(got), idsOf(good)) {
		s.Errorf("got %q, %v; want %q and %d missing", answers(got), err, idsOf(good), len(bad))
	}
}

func testCallLost(s *stage) {
	good, bad := s.each("good"), s.each("bad")
	for _, m := range bad {
		m.lost = true
	}
	start := time.Now()
	got, err := s.servers[0].adapter.BroadcastWithAck(s.deadline(), hello("q"), &adapter.Target{})
	var missing *socketio.AckError
	if !errors.As(err, &missing) || missing.Missing != len(bad) || !slices.Equal(answers(got), idsOf(good)) || time.Since(start) > s.cluster.Settle/2 {
		s.Errorf("got %q, %v after %v; want %q and %d missing", answers(got), err, time.Since(start), idsOf(good), len(bad))
	}
}

func testFetch(s *stage) {
	type user struct{ Name string }
	members := s.each("a", "room")
	for _, m := range members {
		m.data = user{"user of " + m.id}
	}
	for _, srv := range s.servers {
		sockets, err := srv.adapter.FetchSockets(s.deadline(), &adapter.Target{})
		s.must(err)
		if len(sockets) != len(members) {
			s.Fatalf("%d sockets, want %d", len(sockets), len(members))
		}
		for _, sock := range sockets {
			h := sock.Handshake
			if !slices.Equal(sock.Rooms, []string{sock.ID, "room"}) || h.Address != "address of "+sock.ID || h.Issued != 1234567890123 ||
				h.Query["a"] != "b" || string(h.Auth) != `{"token":1}` || !strings.Contains(fmt.Sprintf("%s", sock.Data), "user of "+sock.ID) {
				s.Errorf("got %+v", sock)
			}
		}
	}
}

// fetched are the ids of sockets, in order.
func (s *stage) fetched(srv *server, t *adapter.Target) []string {
	s.Helper()
	sockets, err := srv.adapter.FetchSockets(s.deadline(), t)
	s.must(err)
	var list []string
	for _, sock := range sockets {
		list = append(list, sock.ID)
	}
	slices.Sort(list)
	return list
}

func testFetchSome(s *stage) {
	in, out := s.each("in", "room"), s.each("out")
	for _, srv := range s.servers {
		for _, c := range []struct {
			t    adapter.Target
			want []member
		}{
			{adapter.Target{Rooms: []string{"room"}}, in},
			{adapter.Target{Except: []string{"room"}}, out},
			{adapter.Target{Rooms: []string{out[0].id}}, out[:1]},
			{adapter.Target{Rooms: []string{"unknown"}}, nil},
			{adapter.Target{Rooms: []string{"room"}, Local: true}, in[srv.node : srv.node+1]},
		} {
			if got := s.fetched(srv, &c.t); !slices.Equal(got, idsOf(c.want)) {
				s.Errorf("%+v: %q, want %q", c.t, got, idsOf(c.want))
			}
		}
	}
}

func testJoinLeave(s *stage) {
	in, out := s.each("in", "a"), s.each("out")
	first, last := s.servers[0], s.servers[len(s.servers)-1]
	s.must(first.adapter.AddSockets(&adapter.Target{Rooms: []string{"a"}}, []string{"b", "c"}))
	s.eventually(func() string {
		if got := s.fetched(last, &adapter.Target{Rooms: []string{"b"}}); !slices.Equal(got, idsOf(in)) {
			return fmt.Sprintf("%q have joined, want %q", got, idsOf(in))
		}
		return ""
	})
	s.must(last.adapter.Broadcast(hello("to c"), &adapter.Target{Rooms: []string{"c"}}))
	s.got(in, "to c")
	s.must(last.adapter.DelSockets(&adapter.Target{Rooms: []string{"a"}}, []string{"b", "unknown"}))
	s.eventually(func() string {
		if got := s.fetched(first, &adapter.Target{Rooms: []string{"b"}}); len(got) > 0 {
			return fmt.Sprintf("%q have not left", got)
		}
		return ""
	})
	s.must(first.adapter.AddSockets(&adapter.Target{Rooms: []string{out[len(out)-1].id}}, []string{"d"}))
	s.eventually(func() string {
		if got := s.fetched(first, &adapter.Target{Rooms: []string{"d"}}); !slices.Equal(got, idsOf(out[len(out)-1:])) {
			return fmt.Sprintf("%q have joined", got)
		}
		return ""
	})
	s.got(out)
}

func testDisconnect(s *stage) {
	in, out := s.each("in", "a"), s.each("out")
	last := s.servers[len(s.servers)-1]
	s.must(last.adapter.Broadcast(hello("goodbye"), &adapter.Target{Rooms: []string{"a"}}))
	s.must(last.adapter.DisconnectSockets(&adapter.Target{Rooms: []string{"a"}}, true))
	s.eventually(func() string {
		if got := s.fetched(s.servers[0], &adapter.Target{}); !slices.Equal(got, idsOf(out)) {
			return fmt.Sprintf("%q are there, want %q", got, idsOf(out))
		}
		return ""
	})
	s.got(in, "goodbye")
	for _, m := range in {
		if !m.gone || !m.closed {
			s.Errorf("%s: gone %v, with its connection %v", m.id, m.gone, m.closed)
		}
	}
}

// hears waits until a server has heard something, and nothing else.
func (s *stage) hears(srv *server, want ...heard) {
	s.Helper()
	s.eventually(func() string {
		srv.mu.Lock()
		defer srv.mu.Unlock()
		if len(srv.heard) < len(want) {
			return fmt.Sprintf("server %d has heard %v, want %v", srv.node, srv.heard, want)
		}
		if !slices.Equal(srv.heard, want) {
			s.Fatalf("server %d has heard %v, want %v", srv.node, srv.heard, want)
		}
		return ""
	})
}

func testServerSide(s *stage) {
	args, err := packet.NewArgs("a", 1, nil)
	s.must(err)
	s.must(s.servers[0].adapter.ServerSideEmit("news", args))
	s.must(s.servers[0].adapter.ServerSideEmit("more", packet.Args{}))
	for _, srv := range s.servers[1:] {
		s.hears(srv, heard{"news", `"a",1,null`}, heard{"more", ""})
	}
	s.quiet()
	s.hears(s.servers[0])
	for _, srv := range s.others {
		s.hears(srv)
	}
}

func testServerSideCall(s *stage) {
	args, err := packet.NewArgs("a")
	s.must(err)
	for _, srv := range s.servers {
		got, err := srv.adapter.ServerSideCall(s.deadline(), "q", args)
		s.must(err)
		var nodes []int
		for _, answer := range got {
			var node int
			var text string
			s.must(answer.Scan(&node, &text))
			nodes = append(nodes, node)
			if text != "a" {
				s.Errorf("the answer is %s", answer.JSON())
			}
		}
		slices.Sort(nodes)
		var want []int
		for _, other := range s.servers {
			if other != srv {
				want = append(want, other.node)
			}
		}
		if !slices.Equal(nodes, want) {
			s.Errorf("server %d has answers of %v, want %v", srv.node, nodes, want)
		}
	}
}

func testServerSideSilent(s *stage) {
	if len(s.servers) < 3 {
		return // there is nobody to be silent beside one who answers
	}
	s.servers[1].mu.Lock()
	s.servers[1].silent = true
	s.servers[1].mu.Unlock()
	ctx, cancel := context.WithTimeout(s.Context(), s.cluster.Settle/10)
	defer cancel()
	got, err := s.servers[0].adapter.ServerSideCall(ctx, "q", packet.Args{})
	var partial *adapter.PartialError
	if !errors.As(err, &partial) || len(partial.Missing) != 1 || !errors.Is(err, context.DeadlineExceeded) || len(got) != len(s.servers)-2 {
		s.Errorf("got %d answers, %v", len(got), err)
	}
}

func testBarrier(s *stage) {
	for i := range 50 {
		room := fmt.Sprint("room ", i)
		at := s.servers[i%len(s.servers)]
		m := member{at.add(room, room), at}
		from := s.servers[(i+1)%len(s.servers)]
		s.must(from.adapter.Broadcast(hello("at once"), &adapter.Target{Rooms: []string{room}}))
		s.got([]member{m}, "at once")
	}
}

func testClose(s *stage) {
	members := s.each("a")
	if len(s.servers) == 1 {
		return // counted by newStage
	}
	s.servers[1].close()
	rest := append(slices.Clone(members[:1]), members[2:]...)
	s.eventually(func() string {
		n, err := s.servers[0].adapter.ServerCount(s.deadline())
		if n != len(s.servers)-1 || err != nil {
			return fmt.Sprintf("%d servers are counted, %v", n, err)
		}
		return ""
	})
	if got := s.fetched(s.servers[0], &adapter.Target{}); !slices.Equal(got, idsOf(rest)) {
		s.Errorf("%q are fetched, want %q", got, idsOf(rest))
	}
	got, err := s.servers[0].adapter.BroadcastWithAck(s.deadline(), hello("q"), &adapter.Target{})
	if err != nil || !slices.Equal(answers(got), idsOf(rest)) {
		s.Errorf("%q answer, %v, want %q", answers(got), err, idsOf(rest))
	}
	if got, err := s.servers[0].adapter.ServerSideCall(s.deadline(), "q", packet.Args{}); err != nil || len(got) != len(rest)-1 {
		s.Errorf("%d servers answer, %v", len(got), err)
	}
}

func testConcurrency(s *stage) {
	var group sync.WaitGroup
	for _, srv := range s.servers {
		group.Go(func() {
			for i := range 20 {
				m := srv.add(fmt.Sprint("s", i), "room")
				t := &adapter.Target{Rooms: []string{"room"}}
				_ = srv.adapter.Broadcast(hello("e", i), t)
				_, _ = srv.adapter.FetchSockets(s.deadline(), t)
				_ = srv.adapter.AddSockets(&adapter.Target{Rooms: []string{m.id}}, []string{"more"})
				_, _ = srv.adapter.ServerSideCall(s.deadline(), "q", packet.Args{})
				_ = srv.adapter.DelSockets(&adapter.Target{Rooms: []string{m.id}}, []string{"room"})
			}
		})
		group.Go(func() {
			for range 10 {
				if _, err := srv.adapter.BroadcastWithAck(s.deadline(), hello("q"), &adapter.Target{}); err != nil {
					s.Errorf("call: %v", err)
				}
			}
		})
	}
	group.Wait()
}
