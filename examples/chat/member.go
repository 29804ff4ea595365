package chat

import (
	"slices"
	"strings"

	"github.com/socketio-go/socketio/server"
)

// member is somebody who has signed in. Guarded by the mutex of its App.
type member struct {
	name   string
	token  string
	socket *server.Socket // the newest connection
	rooms  map[*room]struct{}

	talk      limiter // messages and new rooms
	signals   limiter // typing and seen
	uploads   limiter // pieces of pictures
	downloads limiter // pictures
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
			talk:      limiter{burst: 40, perSecond: 4},
			signals:   limiter{burst: 60, perSecond: 15},
			uploads:   limiter{burst: 100, perSecond: 20},
			downloads: limiter{burst: 100, perSecond: 5},
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
