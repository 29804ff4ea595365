package adaptertest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/adapter"
	"github.com/socketio-go/socketio/packet"
)

// stage is a cluster of servers that are played.
type stage struct {
	testing.TB
	cluster *Cluster
	servers []*server // of the namespace "/"
	others  []*server // of "/other"
}

func newStage(t testing.TB, c *Cluster) *stage {
	s := &stage{TB: t, cluster: c}
	for i, factory := range c.New(t, c.Servers) {
		s.servers = append(s.servers, newServer(s, i, "/", factory))
		s.others = append(s.others, newServer(s, i, "/other", factory))
	}
	if len(s.servers) != c.Servers {
		t.Fatalf("New made %d factories, want %d", len(s.servers), c.Servers)
	}
	t.Cleanup(func() {
		for _, server := range slices.Concat(s.servers, s.others) {
			server.close()
		}
	})
	s.eventually(func() string {
		for _, server := range slices.Concat(s.servers, s.others) {
			if n, err := server.adapter.ServerCount(s.deadline()); n != c.Servers || err != nil {
				return fmt.Sprintf("%d servers are counted, %v", n, err)
			}
		}
		return ""
	})
	return s
}

// deadline is a context that ends when news must have come.
func (s *stage) deadline() context.Context {
	ctx, cancel := context.WithTimeout(s.Context(), s.cluster.Settle)
	s.Cleanup(cancel)
	return ctx
}

// eventually waits until f has nothing to complain of.
func (s *stage) eventually(f func() string) {
	s.Helper()
	deadline := time.Now().Add(s.cluster.Settle)
	for {
		complaint := f()
		if complaint == "" {
			return
		}
		if time.Now().After(deadline) {
			s.Fatal(complaint)
		}
		time.Sleep(time.Millisecond)
	}
}

// quiet waits for what must not come.
func (s *stage) quiet() { time.Sleep(s.cluster.Quiet) }

// server is one namespace of one server.
type server struct {
	stage   *stage
	name    string
	node    int
	adapter adapter.Adapter

	mu      sync.Mutex // guards what follows
	sockets map[string]*socket
	rooms   map[string]int
	heard   []heard
	silent  bool // does not answer other servers
	closed  bool
}

// heard is what another server has said.
type heard struct {
	event, args string
}

// socket is one client.
type socket struct {
	id     string
	rooms  []string // without the own one
	data   any
	got    []event
	silent bool // does not answer calls
	lost   bool // is lost when it is called
	gone   bool
	closed bool   // with its connection
	offset string // where it began
}

// event is what a socket has got.
type event struct {
	name, args      string // as JSON
	attachments     int
	volatile, plain bool
	offset          string
}

func newServer(s *stage, node int, name string, factory adapter.Factory) *server {
	srv := &server{stage: s, name: name, node: node, sockets: make(map[string]*socket), rooms: make(map[string]int)}
	var r *adapter.Recovery
	if s.cluster.Recovers {
		r = &adapter.Recovery{MaxDisconnection: time.Minute, Detection: time.Minute}
	}
	srv.adapter = factory((*local)(srv), r)
	return srv
}

func (srv *server) close() {
	srv.mu.Lock()
	closed := srv.closed
	srv.closed = true
	srv.mu.Unlock()
	if !closed {
		if err := srv.adapter.Close(); err != nil {
			srv.stage.Errorf("Close: %v", err)
		}
	}
}

// add makes a socket in rooms. Its id tells where it is.
func (srv *server) add(name string, rooms ...string) *socket {
	s := &socket{id: fmt.Sprintf("%s-on-%d-of-%s", name, srv.node, strings.TrimPrefix(srv.name, "/"))}
	srv.adapter.Attach(nil, func(missed []adapter.Missed, _ string) {
		srv.mu.Lock()
		defer srv.mu.Unlock()
		srv.sockets[s.id] = s
	})
	srv.join(s, rooms)
	return s
}

// join is what a server does when a socket joins rooms.
func (srv *server) join(s *socket, rooms []string) {
	srv.mu.Lock()
	for _, room := range rooms {
		if slices.Contains(s.rooms, room) || room == s.id {
			continue
		}
		s.rooms = append(s.rooms, room)
		if srv.rooms[room]++; srv.rooms[room] == 1 {
			srv.adapter.RoomAdded(room)
		}
	}
	srv.mu.Unlock()
	if err := srv.adapter.Barrier(srv.stage.deadline()); err != nil {
		srv.stage.Errorf("Barrier: %v", err)
	}
}

func (srv *server) leave(s *socket, rooms []string) {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	for _, room := range rooms {
		i := slices.Index(s.rooms, room)
		if i < 0 {
			continue
		}
		s.rooms = slices.Delete(s.rooms, i, i+1)
		if srv.rooms[room]--; srv.rooms[room] == 0 {
			delete(srv.rooms, room)
			srv.adapter.RoomRemoved(room)
		}
	}
}

// events copies what a socket has got.
func (srv *server) events(s *socket) []event {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	return slices.Clone(s.got)
}

// local is a server in the eyes of its adapter.
type local server

func (l *local) Name() string { return l.name }

func (l *local) targetsLocked(t *adapter.Target) (list []*socket) {
	in := func(s *socket, rooms []string) bool {
		return slices.ContainsFunc(rooms, func(r string) bool { return r == s.id || slices.Contains(s.rooms, r) })
	}
	for _, s := range l.sockets {
		if (len(t.Rooms) == 0 || in(s, t.Rooms)) && !in(s, t.Except) {
			list = append(list, s)
		}
	}
	return list
}

func (l *local) Deliver(p *adapter.Packet, t *adapter.Target, offset string) error {
	e, err := newEvent(p, offset)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.targetsLocked(t) {
		s.got = append(s.got, e)
	}
	return nil
}

func newEvent(p *adapter.Packet, offset string) (event, error) {
	args, err := packet.NewArgs(p.Args...)
	return event{
		name: p.Event, args: string(args.JSON()), attachments: len(args.Attachments()),
		volatile: p.Volatile, plain: p.Plain, offset: offset,
	}, err
}

// Call answers for the sockets here, unless they are silent or lost.
func (l *local) Call(_ context.Context, p *adapter.Packet, t *adapter.Target, answers adapter.Collector) (int, error) {
	e, err := newEvent(p, "")
	if err != nil {
		return 0, err
	}
	l.mu.Lock()
	targets := l.targetsLocked(t)
	for _, s := range targets {
		s.got = append(s.got, e)
	}
	l.mu.Unlock()
	for _, s := range targets {
		switch {
		case s.lost:
			answers.Lost(fmt.Errorf("%s is lost", s.id))
		case !s.silent:
			answer, _ := packet.NewArgs(s.id, []byte{1, 2, 3})
			go answers.Answered(answer)
		}
	}
	return len(targets), nil
}

func (l *local) Sockets(t *adapter.Target) (list []adapter.Socket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.targetsLocked(t) {
		list = append(list, adapter.Socket{
			ID: s.id, Rooms: append([]string{s.id}, s.rooms...), Data: s.data,
			Handshake: adapter.Handshake{Address: "address of " + s.id, Issued: 1234567890123, Query: map[string]string{"a": "b"}, Auth: json.RawMessage(`{"token":1}`)},
		})
	}
	return list
}

func (l *local) Join(t *adapter.Target, rooms []string) {
	for _, s := range l.targets(t) {
		(*server)(l).join(s, rooms)
	}
}

func (l *local) Leave(t *adapter.Target, rooms []string) {
	for _, s := range l.targets(t) {
		(*server)(l).leave(s, rooms)
	}
}

func (l *local) targets(t *adapter.Target) []*socket {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.targetsLocked(t)
}

func (l *local) Disconnect(t *adapter.Target, closeConnection bool) {
	for _, s := range l.targets(t) {
		l.mu.Lock()
		s.gone, s.closed = true, closeConnection
		delete(l.sockets, s.id)
		l.mu.Unlock()
	}
}

// ServerSide answers with the name of the server and the arguments.
func (l *local) ServerSide(event string, args socketio.Args, reply func(socketio.Args)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard = append(l.heard, heard{event, string(args.JSON())})
	if reply != nil && !l.silent {
		answer, _ := packet.NewArgs(l.node, args)
		go reply(answer)
	}
}
