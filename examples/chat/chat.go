// Package chat is an instant messenger: rooms, presence, history, pictures, typing
// indicators, and messages whose ticks mean something. events.go says what
// travels, this file what happens when it arrives.
//
// Everything is in memory: restart the server and only the open pages remember.
package chat

import (
	"cmp"
	"context"
	"embed"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/examples/internal/page"
	"github.com/socketio-go/socketio/server"
)

// The page, as build.mjs makes it of the sources in web.
//
//go:embed dist
var dist embed.FS

// App is one chat: the page, its assets, and the Socket.IO server behind it.
type App struct {
	io   *server.Server
	http http.Handler
	log  *slog.Logger

	// mu guards what follows. Events are emitted while it is held, which is fine
	// because Emit never waits, and gives everybody in a room the same order.
	mu      sync.Mutex
	rooms   map[string]*room
	members map[string]*member // by nameKey
	album   album
}

// New makes a chat with the default rooms. The options, which may be nil, are
// those of its Socket.IO server.
func New(opts *server.Options) *App {
	var o server.Options
	if opts != nil {
		o = *opts
	}
	o.MaxPayload = cmp.Or(o.MaxPayload, maxPayload)
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	o.Recovery = cmp.Or(o.Recovery, &server.Recovery{MaxBytes: maxMissed})
	a := &App{
		io: server.New(&o), log: o.Logger,
		rooms: make(map[string]*room), members: make(map[string]*member), album: album{pictures: make(map[string]*picture)},
	}
	for _, name := range defaultRooms {
		a.rooms[name] = newRoom(name, true)
	}

	a.io.OnConnect(a.connect)
	a.io.OnDisconnect(a.disconnect)
	socketio.Handle(a.io, Post, a.post)
	socketio.Handle(a.io, Join, a.join)
	socketio.Handle(a.io, Leave, a.leave)
	socketio.Handle(a.io, Seen, a.seen)
	socketio.Handle(a.io, Upload, a.upload)
	socketio.Handle(a.io, Fetch, a.picture)
	socketio.On(a.io, Typing, a.typing)

	mux := http.NewServeMux()
	mux.Handle("/socket.io/", a.io)
	mux.Handle("/", page.Handler(dist, "img-src 'self' blob:"))
	a.http = mux
	return a
}

// ServeHTTP serves the page at "/" and Socket.IO at "/socket.io/".
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.http.ServeHTTP(w, r) }

// Shutdown says goodbye to everybody and waits for it to arrive, or for ctx. The
// pages connect again as soon as there is a server to connect to.
func (a *App) Shutdown(ctx context.Context) error { return a.io.Shutdown(ctx) }

// connect admits somebody under a name. What it emits arrives after the page has
// been told that it is connected. A connection that was lost for a moment is recovered:
// it is in its rooms still, and has what it missed. Any other enters the rooms that the
// page names, and gets the history of each.
func (a *App) connect(ctx context.Context, s *server.Socket) error {
	var who SignIn
	if err := s.Auth(&who); err != nil {
		return errSignIn
	}
	if err := who.check(); err != nil {
		return err
	}
	if s.Recovered() {
		who.Rooms = namesOf(s.Rooms())
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	m, err := a.admitLocked(s, &who)
	if err != nil {
		return err
	}
	s.SetData(m)
	for _, name := range who.Rooms {
		if err := a.enterLocked(m, name); err != nil {
			a.log.Info("chat: room not entered again", "room", name, "error", err)
		}
	}
	a.announceLocked()
	return nil
}

func (a *App) disconnect(s *server.Socket, _ socketio.Reason) {
	m, ok := s.Data().(*member)
	a.mu.Lock()
	defer a.mu.Unlock()
	if !ok || m.socket != s {
		return // refused, or continued on another connection
	}
	delete(a.members, nameKey(m.name))
	for r := range m.rooms {
		a.exitLocked(m, r)
	}
	a.announceLocked()
}

func (a *App) join(ctx context.Context, s *server.Socket, req RoomName) (socketio.None, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	m := memberOf(s)
	if !m.talk.Allow(time.Now()) {
		return socketio.None{}, errTooFast
	}
	if err := a.enterLocked(m, req.Room); err != nil {
		return socketio.None{}, err
	}
	a.announceLocked()
	return socketio.None{}, nil
}

func (a *App) leave(ctx context.Context, s *server.Socket, req RoomName) (socketio.None, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	m := memberOf(s)
	r, err := a.roomLocked(m, req.Room)
	if err != nil {
		return socketio.None{}, err
	}
	a.exitLocked(m, r)
	a.announceLocked()
	return socketio.None{}, nil
}

// post adds a message to a room. The acknowledgement is the author's first tick.
func (a *App) post(ctx context.Context, s *server.Socket, d Draft) (Receipt, error) {
	if err := d.check(); err != nil {
		return Receipt{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	m := memberOf(s)
	r, err := a.roomLocked(m, d.Room)
	if err != nil {
		return Receipt{}, err
	}
	if old := r.find(d.ID, m.name); old != nil {
		return Receipt{At: old.At}, nil
	}
	if d.Picture != nil && !a.album.pictures[pictureKey(m.name, d.ID)].complete() {
		return Receipt{}, errNoPicture
	}
	if !m.talk.Allow(time.Now()) {
		return Receipt{}, errTooFast
	}
	msg := r.add(m.name, &d, time.Now())
	return Receipt{At: msg.At}, Posted.Emit(s.To(r.channel()), msg)
}

// seen moves somebody's position in a room, which is the author's second tick.
func (a *App) seen(ctx context.Context, s *server.Socket, c Cursor) (socketio.None, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	m := memberOf(s)
	r, err := a.roomLocked(m, c.Room)
	if err != nil || !m.signals.Allow(time.Now()) || !r.see(m, c.At) {
		return socketio.None{}, err
	}
	return socketio.None{}, SeenBy.Emit(s.To(r.channel()), Cursor{Room: r.name, Name: m.name, At: r.members[m]})
}

// typing is passed on to those who can receive it at once: late it is worthless.
func (a *App) typing(ctx context.Context, s *server.Socket, p Presence) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	m := memberOf(s)
	r, err := a.roomLocked(m, p.Room)
	if err != nil || !m.signals.Allow(time.Now()) {
		return err
	}
	return Typing.Emit(s.To(r.channel()).Volatile(), Presence{Room: r.name, Name: m.name})
}

// announceLocked tells everybody which rooms there are.
func (a *App) announceLocked() { a.check(Rooms.Emit(a.io, a.listLocked())) }

// check logs what should not happen: that an event of our own cannot be encoded.
func (a *App) check(err error) {
	if err != nil {
		a.log.Error("chat: event not sent", "error", err)
	}
}
