package chat

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// room is a place to talk. Guarded by the mutex of its App.
type room struct {
	name      string
	permanent bool              // stays when nobody is in it
	members   map[*member]int64 // and up to where they have seen it
	history   []Message         // at most maxHistory, oldest first
}

func newRoom(name string, permanent bool) *room {
	return &room{name: name, permanent: permanent, members: make(map[*member]int64)}
}

// channel is the Socket.IO room. The prefix keeps the names that people invent
// apart from the ids of sockets, which are rooms as well.
func (r *room) channel() string { return "#" + r.name }

// namesOf are the names of the rooms among Socket.IO rooms.
func namesOf(channels []string) (names []string) {
	for _, c := range channels {
		if name, ok := strings.CutPrefix(c, "#"); ok {
			names = append(names, name)
		}
	}
	return names
}

// last is the position of the newest message.
func (r *room) last() int64 {
	if len(r.history) == 0 {
		return 0
	}
	return r.history[len(r.history)-1].At
}

// add makes a message of a draft, and forgets the oldest one when there are enough.
func (r *room) add(from string, d *Draft, now time.Time) Message {
	m := Message{ID: d.ID, Room: r.name, From: from, Text: d.Text, Picture: d.Picture, At: max(now.UnixMilli(), r.last()+1)}
	if len(r.history) == maxHistory {
		r.history = slices.Delete(r.history, 0, 1)
	}
	r.history = append(r.history, m)
	return m
}

// find returns the message that somebody has posted under that id, or nil.
func (r *room) find(id, from string) *Message {
	i := slices.IndexFunc(r.history, func(m Message) bool { return m.ID == id && m.From == from })
	if i < 0 {
		return nil
	}
	return &r.history[i]
}

// see reports whether the member has now seen more than before.
func (r *room) see(m *member, at int64) bool {
	at = min(at, r.last())
	if at <= r.members[m] {
		return false
	}
	r.members[m] = at
	return true
}

func (r *room) state() RoomState {
	readers := make([]Reader, 0, len(r.members))
	for m, seen := range r.members {
		readers = append(readers, Reader{Name: m.name, Seen: seen})
	}
	slices.SortFunc(readers, func(a, b Reader) int { return strings.Compare(a.Name, b.Name) })
	return RoomState{Name: r.name, Members: readers, Messages: append([]Message{}, r.history...)}
}

// enterLocked brings a member into a room, which is made when there is none. The
// member gets the state of the room before anything else that happens in it, unless
// its connection knows the room already.
func (a *App) enterLocked(m *member, name string) error {
	name, err := checkRoomName(name)
	if err != nil {
		return err
	}
	r := a.rooms[name]
	_, again := m.rooms[r]
	switch {
	case !again && len(m.rooms) == maxRoomsOfMember:
		return errManyRoomsOfMember
	case r == nil && len(a.rooms) == maxRooms:
		return errManyRooms
	case r == nil:
		r = newRoom(name, false)
		a.rooms[name] = r
	}
	if !again {
		m.rooms[r] = struct{}{}
		r.members[m] = 0
		a.check(Joined.Emit(m.socket.To(r.channel()), Presence{Room: r.name, Name: m.name}))
	}
	if !slices.Contains(m.socket.Rooms(), r.channel()) {
		a.check(Opened.Emit(m.socket, r.state()))
		m.socket.Join(r.channel())
	}
	return nil
}

// exitLocked takes a member out of a room, which is dropped with the last one.
func (a *App) exitLocked(m *member, r *room) {
	delete(m.rooms, r)
	delete(r.members, m)
	m.socket.Leave(r.channel())
	if len(r.members) == 0 && !r.permanent {
		delete(a.rooms, r.name)
		return
	}
	a.check(Left.Emit(a.io.To(r.channel()), Presence{Room: r.name, Name: m.name}))
}

// roomLocked finds a room that the member is in.
func (a *App) roomLocked(m *member, name string) (*room, error) {
	r := a.rooms[name]
	if _, in := m.rooms[r]; !in {
		return nil, errNotInRoom
	}
	return r, nil
}

// listLocked has the default rooms first, then the others by name.
func (a *App) listLocked() []RoomInfo {
	rooms := slices.SortedFunc(maps.Values(a.rooms), func(x, y *room) int {
		return cmp.Or(cmp.Compare(rank(x), rank(y)), strings.Compare(x.name, y.name))
	})
	list := make([]RoomInfo, len(rooms))
	for i, r := range rooms {
		list[i] = RoomInfo{Name: r.name, Members: len(r.members)}
	}
	return list
}

func rank(r *room) int {
	if i := slices.Index(defaultRooms, r.name); i >= 0 {
		return i
	}
	return len(defaultRooms)
}
