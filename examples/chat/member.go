package chat

import (
	"slices"
	"strings"

	"github.com/socketio-go/socketio/examples/internal/limit"
	"github.com/socketio-go/socketio/server"
)

// member is somebody who has signed in. Guarded by the mutex of its App.
type member struct {
	name   string
	token  string
	socket *server.Socket // the newest connection
	rooms  map[*room]struct{}

	talk      limit.Limiter // messages and new rooms
	signals   limit.Limiter // typing and seen
	uploads   limit.Limiter // pieces of pictures
	downloads limit.Limiter // pictures
}

// memberOf returns who is behind a socket. OnConnect has attached it, so every
// socket whose events are handled has one.
func memberOf(s *server.Socket) *member { return s.Data().(*member) }

// nameKey makes names unique: "Ada" and "ada" are the same.
func nameKey(name string) string { return strings.ToLower(name) }

// admitLocked gives somebody the wanted name, unless somebody else has it. After
// an interruption the old connection may seem alive for a while; the token shows
// that it is the same page, which then goes on where it was.
func (a *App) admitLocked(s *server.Socket, who *SignIn) (*member, error) {
	m := a.members[nameKey(who.Name)]
	switch {
	case m == nil && len(a.members) == maxMembers:
		return nil, errFull
	case m == nil:
		m = &member{
			name: who.Name, token: who.Token, socket: s, rooms: make(map[*room]struct{}),
			talk:      limit.Limiter{Burst: 40, PerSecond: 4},
			signals:   limit.Limiter{Burst: 60, PerSecond: 15},
			uploads:   limit.Limiter{Burst: 100, PerSecond: 20},
			downloads: limit.Limiter{Burst: 100, PerSecond: 5},
		}
		a.members[nameKey(who.Name)] = m
	case m.token != who.Token:
		return nil, errNameTaken
	default:
		for r := range m.rooms {
			if !slices.Contains(who.Rooms, r.name) {
				who.Rooms = append(slices.Clip(who.Rooms), r.name)
			}
		}
		old := m.socket
		m.socket = s
		old.Disconnect(true)
	}
	return m, nil
}
