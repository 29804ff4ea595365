package adaptertest

import (
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/socketio-go/socketio/adapter"
)

// away takes a socket out of its server and keeps its session.
func (m *member) away(pid string) *adapter.Session {
	s := &adapter.Session{SID: m.id, PID: pid, Rooms: append([]string{m.id}, m.rooms...), Data: "data of " + m.id, Offset: m.offset}
	m.server.mu.Lock()
	delete(m.server.sockets, m.id)
	m.server.mu.Unlock()
	m.server.adapter.PersistSession(s)
	return s
}

// recovering is a socket that knows its offsets.
func (srv *server) recovering(name string, rooms ...string) *member {
	m := &member{&socket{id: name + "-" + strconv.Itoa(srv.node)}, srv}
	srv.adapter.Attach(nil, func(missed []adapter.Missed, offset string) {
		srv.mu.Lock()
		defer srv.mu.Unlock()
		if m.offset = offset; offset == "" || len(missed) > 0 {
			srv.stage.Errorf("attached at %q with %d missed events", offset, len(missed))
		}
		srv.sockets[m.id] = m.socket
	})
	srv.join(m.socket, rooms)
	return m
}

// back restores a session on a server, and returns what it has missed.
func (s *stage) back(srv *server, pid, offset string) (m *member, missed []adapter.Missed) {
	s.Helper()
	session, err := srv.adapter.RestoreSession(s.deadline(), pid, offset)
	s.must(err)
	if session == nil {
		return nil, nil
	}
	m = &member{&socket{id: session.SID, rooms: slices.DeleteFunc(slices.Clone(session.Rooms), func(r string) bool { return r == session.SID })}, srv}
	srv.adapter.Attach(session, func(list []adapter.Missed, offset string) {
		srv.mu.Lock()
		defer srv.mu.Unlock()
		missed, m.offset = list, offset
		srv.sockets[m.id] = m.socket
	})
	if session.Data != "data of "+m.id {
		s.Errorf("the data is %v", session.Data)
	}
	return m, missed
}

func names(missed []adapter.Missed) (list []string) {
	for _, e := range missed {
		list = append(list, e.Event)
	}
	return list
}

func testRecovery(s *stage) {
	first, last := s.servers[0], s.servers[len(s.servers)-1]
	m := first.recovering("a", "room")
	s.must(last.adapter.Broadcast(hello("before"), &adapter.Target{}))
	s.got([]member{*m}, "before")
	offset := first.events(m.socket)[0].offset
	m.away("secret")
	for i := range 5 {
		s.must(last.adapter.Broadcast(hello(fmt.Sprint(i), i), &adapter.Target{Rooms: []string{"room"}}))
	}
	back, missed := s.back(last, "secret", offset)
	if back == nil || back.id != m.id || !slices.Equal(back.rooms, []string{"room"}) {
		s.Fatalf("restored %+v", back)
	}
	if got := names(missed); !slices.Equal(got, []string{"0", "1", "2", "3", "4"}) {
		s.Fatalf("missed %q", got)
	}
	for i, e := range missed {
		event, err := newEvent(e.Packet, e.Offset)
		if err != nil || event.args != strconv.Itoa(i) || e.Offset == "" || i > 0 && e.Offset == missed[i-1].Offset {
			s.Errorf("missed %+v, %v", event, err)
		}
	}
	s.must(first.adapter.Broadcast(hello("after"), &adapter.Target{}))
	s.got([]member{*back}, "after")
}

func testRecoveryChoice(s *stage) {
	srv := s.servers[0]
	m := srv.recovering("a", "room")
	m.away("secret")
	for name, t := range map[string]adapter.Target{
		"":          {Rooms: []string{"elsewhere"}},
		"not me":    {Except: []string{m.id}},
		"not us":    {Rooms: []string{"room"}, Except: []string{"room"}},
		"other one": {Rooms: []string{"b-0"}},
	} {
		s.must(srv.adapter.Broadcast(hello("wrong: "+name), &t))
	}
	s.must(srv.adapter.Broadcast(&adapter.Packet{Event: "volatile", Volatile: true}, &adapter.Target{}))
	s.must(srv.adapter.Broadcast(hello("to all"), &adapter.Target{}))
	s.must(srv.adapter.Broadcast(hello("to me"), &adapter.Target{Rooms: []string{m.id}}))
	s.must(srv.adapter.Broadcast(hello("to us"), &adapter.Target{Rooms: []string{"x", "room"}, Except: []string{"y"}}))
	if _, missed := s.back(srv, "secret", m.offset); !slices.Equal(names(missed), []string{"to all", "to me", "to us"}) {
		s.Errorf("missed %q", names(missed))
	}
}

func testRecoveryIdle(s *stage) {
	srv := s.servers[0]
	m := srv.recovering("a")
	m.away("secret")
	s.must(srv.adapter.Broadcast(hello("missed"), &adapter.Target{}))
	if back, missed := s.back(srv, "secret", ""); back == nil || !slices.Equal(names(missed), []string{"missed"}) {
		s.Errorf("restored %v, missed %q", back != nil, names(missed))
	}
}

func testRecoveryOnce(s *stage) {
	srv := s.servers[0]
	m := srv.recovering("a")
	m.away("secret")
	if back, _ := s.back(srv, "another", m.offset); back != nil {
		s.Error("an unknown session is restored")
	}
	if back, _ := s.back(srv, "secret", m.offset); back == nil {
		s.Error("the session is not restored")
	}
	if back, _ := s.back(srv, "secret", m.offset); back != nil {
		s.Error("the session is restored twice")
	}
	m.away("secret")
	if back, _ := s.back(srv, "secret", "hello"); back != nil {
		s.Error("a session is restored at an offset that is none")
	}
}

// testRecoveryGap has a client go and come again and again while others broadcast.
func testRecoveryGap(s *stage) {
	const n = 400
	first := s.servers[0]
	m := first.recovering("a")
	var group sync.WaitGroup
	for i, srv := range s.servers {
		group.Go(func() {
			for k := range n {
				s.must(srv.adapter.Broadcast(hello(strconv.Itoa(i), k), &adapter.Target{}))
			}
		})
	}
	next := make([]int, len(s.servers))
	offset := m.offset
	take := func(name, args, at string) {
		s.Helper()
		i, _ := strconv.Atoi(name)
		if args != strconv.Itoa(next[i]) {
			s.Fatalf("event %s of server %d, want %d", args, i, next[i])
		}
		next[i]++
		offset = at
	}
	finished := func() bool { return !slices.ContainsFunc(next, func(k int) bool { return k < n }) }
	for round := 0; !finished(); round++ {
		if round > 20*n {
			s.Fatalf("after %d rounds: %v", round, next)
		}
		session := m.away("secret")
		for _, e := range m.server.events(m.socket) {
			take(e.name, e.args, e.offset)
		}
		back, missed := s.back(s.servers[round%len(s.servers)], session.PID, offset)
		if back == nil {
			s.Fatal("the session is not restored")
		}
		for _, e := range missed {
			event, _ := newEvent(e.Packet, e.Offset)
			take(event.name, event.args, event.offset)
		}
		m = back
	}
	group.Wait()
}
