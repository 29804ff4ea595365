package server

import "slices"

// The room whose name is a socket's id needs no entry: it is the socket index, and
// leftOwn is the exception.

// add makes the socket part of its namespace. It reports false when the socket
// has gone meanwhile.
func (n *Namespace) add(s *Socket) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if s.gone() {
		return false
	}
	n.sockets[s.id] = s
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
	for _, room := range s.rooms {
		n.dropLocked(s, room)
	}
	return true
}

func (n *Namespace) join(s *Socket, rooms []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.sockets[s.id] != s {
		return
	}
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
		}
		members[s] = struct{}{}
		s.rooms = append(s.rooms, room)
	}
}

func (n *Namespace) leave(s *Socket, room string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if room == s.id {
		s.leftOwn = true
	}
	if i := slices.Index(s.rooms, room); i >= 0 && n.sockets[s.id] == s {
		s.rooms = slices.Delete(s.rooms, i, i+1)
		n.dropLocked(s, room)
	}
}

func (n *Namespace) dropLocked(s *Socket, room string) {
	members := n.rooms[room]
	delete(members, s)
	if len(members) == 0 {
		delete(n.rooms, room)
	}
}

// roomsOf copies the names of a socket's rooms.
func (n *Namespace) roomsOf(s *Socket) []string {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if s.leftOwn {
		return append([]string{}, s.rooms...)
	}
	return append([]string{s.id}, s.rooms...)
}

// targets appends the sockets a broadcast addresses, each of them once.
func (n *Namespace) targets(list []*Socket, b *Broadcast) []*Socket {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if !b.inRooms {
		list = slices.Grow(list, len(n.sockets))
		for _, s := range n.sockets {
			list = n.addLocked(list, s, b, nil)
		}
		return list
	}
	for i, room := range b.rooms {
		before := b.rooms[:i]
		if s := n.sockets[room]; s != nil && !s.leftOwn {
			list = n.addLocked(list, s, b, before)
		}
		list = slices.Grow(list, len(n.rooms[room]))
		for s := range n.rooms[room] {
			list = n.addLocked(list, s, b, before)
		}
	}
	return list
}

// addLocked appends the socket unless the broadcast leaves it out, or it has come
// with one of the rooms before.
func (n *Namespace) addLocked(list []*Socket, s *Socket, b *Broadcast, before []string) []*Socket {
	if s == b.sender || n.inAnyLocked(s, b.except) || n.inAnyLocked(s, before) {
		return list
	}
	return append(list, s)
}

// inAnyLocked reports whether the socket is in one of the rooms.
func (n *Namespace) inAnyLocked(s *Socket, rooms []string) bool {
	for _, room := range rooms {
		if _, in := n.rooms[room][s]; in || room == s.id && !s.leftOwn {
			return true
		}
	}
	return false
}
