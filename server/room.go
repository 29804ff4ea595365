package server

import (
	"context"
	"slices"

	"github.com/socketio-go/socketio/adapter"
)

// The room whose name is a socket's id needs no entry: it is the socket index, and
// leftOwn is the exception.

// RoomEvent is news of a room. The zero value of SocketID means that it concerns the
// room and not a member.
type RoomEvent struct {
	Kind     RoomEventKind
	Room     string
	SocketID string // who has joined or left
}

// RoomEventKind tells what has happened, in the words of the official adapters.
type RoomEventKind string

// The kinds of news, in the order of their coming.
const (
	RoomCreated RoomEventKind = "create-room"
	RoomJoined  RoomEventKind = "join-room"
	RoomLeft    RoomEventKind = "leave-room"
	RoomDeleted RoomEventKind = "delete-room"
)

// add makes the socket part of its namespace, in the rooms that it has joined in
// middlewares and in those of a session that is restored. It reports false when the socket has gone meanwhile.
func (n *Namespace) add(s *Socket) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if s.gone() {
		return false
	}
	n.sockets[s.id] = s
	n.places.add(s)
	wanted := s.rooms
	s.rooms = nil
	n.joinLocked(s, wanted)
	if s.recovery != nil {
		n.pids[s.recovery.pid] = s.recovery
		if s.recovery.session != nil {
			s.leftOwn = !slices.Contains(s.recovery.session.Rooms, s.id)
			n.joinLocked(s, s.recovery.session.Rooms)
		}
	}
	return true
}

// remove takes the socket out of the index and of its rooms, whose names it keeps.
// It reports whether the socket was part of the namespace.
func (n *Namespace) remove(s *Socket) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.sockets[s.id] != s {
		return false
	}
	delete(n.sockets, s.id)
	n.places.remove(s)
	for _, room := range s.rooms {
		n.dropLocked(s, room)
	}
	return true
}

func (n *Namespace) join(s *Socket, rooms []string) {
	n.mu.Lock()
	admitted := n.sockets[s.id] == s
	isNew := admitted && n.joinLocked(s, rooms)
	if !admitted && !s.gone() {
		s.rooms = append(s.rooms, rooms...)
	}
	n.mu.Unlock()
	if isNew {
		n.barrier(rooms)
	}
}

// barrier waits until the other servers know of new rooms, for a while.
func (n *Namespace) barrier(rooms []string) {
	ctx, cancel := n.server.ackDeadline(context.Background(), 0)
	defer cancel()
	if err := n.adapter.Barrier(ctx); err != nil {
		n.server.opts.Logger.Warn("socketio: other servers may not know of a new room yet", "nsp", n.name, "rooms", rooms, "error", err)
	}
}

// joinLocked reports whether one of the rooms is new.
func (n *Namespace) joinLocked(s *Socket, rooms []string) (isNew bool) {
	for _, room := range rooms {
		members := n.rooms[room]
		if room == s.id {
			s.leftOwn = false
			continue
		}
		if _, in := members[s]; in {
			continue
		}
		if members == nil {
			members = make(map[*Socket]struct{})
			n.rooms[room] = members
			n.adapter.RoomAdded(room)
			n.tellLocked(RoomEvent{RoomCreated, room, ""})
			isNew = true
		}
		members[s] = struct{}{}
		s.rooms = append(s.rooms, room)
		n.tellLocked(RoomEvent{RoomJoined, room, s.id})
	}
	return isNew
}

func (n *Namespace) leave(s *Socket, room string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if room == s.id {
		s.leftOwn = true
	}
	switch i := slices.Index(s.rooms, room); {
	case i >= 0 && n.sockets[s.id] == s:
		s.rooms = slices.Delete(s.rooms, i, i+1)
		n.dropLocked(s, room)
	case i >= 0 && !s.gone():
		s.rooms = slices.DeleteFunc(s.rooms, func(wanted string) bool { return wanted == room })
	}
}

func (n *Namespace) dropLocked(s *Socket, room string) {
	members := n.rooms[room]
	delete(members, s)
	n.tellLocked(RoomEvent{RoomLeft, room, s.id})
	if len(members) == 0 {
		delete(n.rooms, room)
		n.adapter.RoomRemoved(room)
		n.tellLocked(RoomEvent{RoomDeleted, room, ""})
	}
}

// tellLocked queues news, if anybody wants to hear them.
func (n *Namespace) tellLocked(e RoomEvent) {
	if len(n.roomHooks()) == 0 {
		return
	}
	n.news = append(n.news, e)
	if !n.telling {
		n.telling = true
		n.server.work.Add(1)
		go n.tell()
	}
}

// tell works on the news until there are none.
func (n *Namespace) tell() {
	defer n.server.work.Done()
	for {
		n.mu.Lock()
		news := n.news
		n.news = nil
		n.telling = len(news) > 0
		n.mu.Unlock()
		if len(news) == 0 {
			return
		}
		for _, e := range news {
			for _, f := range n.roomHooks() {
				_ = (*host)(n).protect(func() error { f(e); return nil })
			}
		}
	}
}

// roomsOf copies the names of a socket's rooms.
func (n *Namespace) roomsOf(s *Socket) []string {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if s.leftOwn || n.sockets[s.id] != s && !s.gone() {
		return append([]string{}, s.rooms...)
	}
	return append([]string{s.id}, s.rooms...)
}

// chosen is a target whose rooms have been looked up.
type chosen struct {
	rooms  []members
	except []members
}

// members are the sockets of a room.
type members struct {
	own    *Socket // the one whose id is the name of the room
	others map[*Socket]struct{}
}

func (m members) has(s *Socket) bool {
	if s == m.own {
		return true
	}
	_, in := m.others[s]
	return in
}

func (n *Namespace) lookUpLocked(rooms []string) []members {
	if len(rooms) == 0 {
		return nil
	}
	found := make([]members, 0, len(rooms))
	for _, room := range rooms {
		m := members{others: n.rooms[room]}
		if s := n.sockets[room]; s != nil && !s.leftOwn {
			m.own = s
		}
		if m.own != nil || len(m.others) > 0 {
			found = append(found, m)
		}
	}
	return found
}

// fewMembers is how many sockets a broadcast may visit in any order at little cost.
const fewMembers = 1000

// targets appends the sockets that are addressed, each of them once.
func (n *Namespace) targets(list []*Socket, t *adapter.Target) []*Socket {
	n.mu.RLock()
	defer n.mu.RUnlock()
	c := chosen{n.lookUpLocked(t.Rooms), n.lookUpLocked(t.Except)}
	size := len(n.sockets)
	if len(t.Rooms) > 0 {
		size = c.size()
	}
	list = slices.Grow(list, size)
	if len(t.Rooms) > 0 && (size < fewMembers || size < len(n.sockets)/4) {
		return c.roomByRoom(list)
	}
	for _, s := range n.places.sockets {
		if s != nil && (len(t.Rooms) == 0 || isIn(c.rooms, s)) && !isIn(c.except, s) {
			list = append(list, s)
		}
	}
	return list
}

func isIn(rooms []members, s *Socket) bool {
	return slices.ContainsFunc(rooms, func(m members) bool { return m.has(s) })
}

// size is how many sockets may be addressed: it counts those twice that are in two of the rooms.
func (c *chosen) size() (n int) {
	for i := range c.rooms {
		n += len(c.rooms[i].others) + 1
	}
	return n
}

// roomByRoom appends the sockets that are addressed, in no order.
func (c *chosen) roomByRoom(list []*Socket) []*Socket {
	add := func(s *Socket, before int) {
		if !isIn(c.except, s) && !isIn(c.rooms[:before], s) {
			list = append(list, s)
		}
	}
	for i, room := range c.rooms {
		if room.own != nil {
			add(room.own, i)
		}
		for s := range room.others {
			if s != room.own {
				add(s, i)
			}
		}
	}
	return list
}

// places has the sockets of a namespace in the order of their coming, in which a broadcast
// visits them: what the system and this program keep of them lies in about that order,
// too. Who comes takes the place of who went last, as in the system's memory.
type places struct {
	sockets []*Socket // nil where nobody is
	free    []int32
}

func (p *places) add(s *Socket) {
	if n := len(p.free); n > 0 {
		s.place, p.free = p.free[n-1], p.free[:n-1]
		p.sockets[s.place] = s
		return
	}
	s.place = int32(len(p.sockets))
	p.sockets = append(p.sockets, s)
}

func (p *places) remove(s *Socket) {
	p.sockets[s.place] = nil
	if p.free = append(p.free, s.place); len(p.free) == len(p.sockets) {
		*p = places{}
	}
}
