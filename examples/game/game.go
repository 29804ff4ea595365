// Package game is an arena for up to 50 ships. The server alone decides what
// happens, 30 times a second, and shows it to everybody; pages send which keys are
// held, predict their own ship, and show the others a moment later than they are.
// events.go says what travels, this file what happens when it arrives, world.go has
// the rules and loop.go the time.
package game

import (
	"cmp"
	"context"
	"embed"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/examples/internal/page"
	"github.com/socketio-go/socketio/server"
)

// The page, as build.mjs makes it of the sources in web.
//
//go:embed dist
var dist embed.FS

const (
	minShips   = 8 // bots fill up to that
	maxViewers = 200
	maxName    = 16 // characters
	maxPayload = 4 << 10
)

// Only errors of this type show their text to the other side.
var (
	errName  = &socketio.Error{Message: "Choose a name of 1 to 16 characters."}
	errFull  = &socketio.Error{Message: "The arena is full. Watch, and try again in a moment."}
	errCrowd = &socketio.Error{Message: "There are too many people here. Please come back later."}
)

// App is the page, its assets, and the Socket.IO server behind it.
type App struct {
	io       *server.Server
	http     http.Handler
	log      *slog.Logger
	pictures server.Broadcast // to everybody, now or not at all
	wake     chan struct{}    // full when the loop is to begin
	done     chan struct{}    // closed by Shutdown
	stopped  chan struct{}    // closed by the loop
	stop     sync.Once

	mu      sync.Mutex // guards what follows
	world   *world
	clock   clock
	viewers int
	bots    int // how many there are at least
}

// player is a page. It has a ship once it has joined.
type player struct {
	ship  *ship // nil: it only watches
	fouls int   // inputs that were ignored
}

// New makes an App, which plays until Shutdown. The options, which may be nil, are
// those of its Socket.IO server.
func New(opts *server.Options) *App { return newApp(opts, 0) }

// newApp makes one with at least so many bots.
func newApp(opts *server.Options, bots int) *App {
	var o server.Options
	if opts != nil {
		o = *opts
	}
	o.MaxPayload = cmp.Or(o.MaxPayload, maxPayload)
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	a := &App{
		io: server.New(&o), log: o.Logger, world: newWorld(rand.Uint64()), bots: bots,
		wake: make(chan struct{}, 1), done: make(chan struct{}), stopped: make(chan struct{}),
	}
	a.pictures = a.io.Volatile().Compress(false)
	a.io.OnConnect(a.connect)
	a.io.OnDisconnect(a.disconnect)
	socketio.Handle(a.io, Join, a.join)
	socketio.On(a.io, Steer, a.steer)
	a.fillLocked()
	go a.run()

	mux := http.NewServeMux()
	mux.Handle("/socket.io/", a.io)
	mux.Handle("/", page.Handler(dist, ""))
	a.http = mux
	return a
}

// ServeHTTP serves the page at "/" and Socket.IO at "/socket.io/".
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.http.ServeHTTP(w, r) }

// Shutdown ends the game, says goodbye to everybody and waits for it to arrive, or
// for ctx.
func (a *App) Shutdown(ctx context.Context) error {
	a.stop.Do(func() { close(a.done) })
	<-a.stopped
	return a.io.Shutdown(ctx)
}

// connect lets somebody watch.
func (a *App) connect(ctx context.Context, s *server.Socket) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.viewers == maxViewers {
		return errCrowd
	}
	a.viewers++
	s.SetData(new(player))
	a.rosterLocked(s)
	select {
	case a.wake <- struct{}{}:
	default: // it has been told
	}
	return nil
}

func (a *App) disconnect(s *server.Socket, _ socketio.Reason) {
	p, ok := s.Data().(*player)
	if !ok {
		return // it was refused
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.viewers--
	if p.ship != nil {
		a.world.remove(p.ship)
		a.fillLocked()
		a.rosterLocked(a.io)
	}
}

// join gives somebody a ship, in the place of a bot if need be.
func (a *App) join(ctx context.Context, s *server.Socket, who Pilot) (Welcome, error) {
	name := strings.Join(strings.Fields(who.Name), " ")
	if n := utf8.RuneCountInString(name); n == 0 || n > maxName || strings.ContainsFunc(name, func(c rune) bool { return !unicode.IsPrint(c) }) {
		return Welcome{}, errName
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	p := s.Data().(*player)
	if p.ship != nil {
		return Welcome{ID: p.ship.id}, nil
	}
	a.makeRoomLocked()
	if p.ship = a.world.add(name, false); p.ship == nil {
		return Welcome{}, errFull
	}
	a.rosterLocked(a.io)
	return Welcome{ID: p.ship.id}, nil
}

// steer takes what a player does in one tick. What no page would send is ignored,
// with a line in the log now and then: an error would be one for each.
func (a *App) steer(ctx context.Context, s *server.Socket, in Input) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := s.Data().(*player)
	if p.ship != nil && p.ship.push(in) {
		return nil
	}
	if p.fouls++; p.fouls == 1 || p.fouls%1000 == 0 {
		a.log.Info("game: input ignored", "sid", s.ID(), "seq", in.Seq, "keys", in.Keys, "ignored", p.fouls)
	}
	return nil
}

// fillLocked adds bots while there are few ships.
func (a *App) fillLocked() {
	for bots := a.botsLocked(); len(a.world.ships) < minShips || bots < a.bots; bots++ {
		if a.world.add(botNames[bots%len(botNames)], true) == nil {
			return
		}
	}
}

// makeRoomLocked takes a bot out for a player, if there are more than needed.
func (a *App) makeRoomLocked() {
	if len(a.world.ships) < minShips || a.botsLocked() <= a.bots && len(a.world.ships) < maxShips {
		return
	}
	for _, s := range a.world.ships {
		if s.bot {
			a.world.remove(s)
			return
		}
	}
}

func (a *App) botsLocked() (n int) {
	for _, s := range a.world.ships {
		if s.bot {
			n++
		}
	}
	return n
}
