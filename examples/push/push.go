// Package push raises alerts for people: as a toast in the page while somebody is
// looking at it, and as a push message (Web Push) otherwise. events.go says what
// travels, this file what happens when it arrives, alert.go how an alert finds its
// way. The folder webpush is the application server's half of Web Push.
//
// Everything is in memory: restart the server and the pages subscribe anew.
package push

import (
	"cmp"
	"context"
	"embed"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/examples/internal/page"
	"github.com/socketio-go/socketio/examples/push/webpush"
	"github.com/socketio-go/socketio/server"
)

// The page, as build.mjs makes it of the sources in web.
//
//go:embed dist
var dist embed.FS

// contact is where the operator of a push service finds who sends.
const contact = "https://github.com/socketio-go/socketio"

// App is the page, its assets, and the Socket.IO server behind it.
type App struct {
	io      *server.Server
	http    http.Handler
	log     *slog.Logger
	sender  webpush.Sender
	key     string // the public half of the sender's
	trusted func(endpoint *url.URL) bool
	ctx     context.Context // ends with Shutdown
	stop    context.CancelFunc

	mu     sync.Mutex       // guards what follows
	users  map[string]*user // by nameKey
	lastID int64            // of an alert
}

// New makes an App. The options, which may be nil, are those of its Socket.IO
// server.
func New(opts *server.Options) *App {
	var o server.Options
	if opts != nil {
		o = *opts
	}
	o.MaxPayload = cmp.Or(o.MaxPayload, maxPayload)
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	key, err := webpush.NewKey()
	if err != nil {
		panic(err) // the system has no randomness
	}
	a := &App{
		io: server.New(&o), log: o.Logger, trusted: trusted, users: make(map[string]*user),
		sender: webpush.Sender{Key: key, Contact: contact, Client: &http.Client{
			Timeout:       pushTime,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}},
	}
	if a.key, err = a.sender.PublicKey(); err != nil {
		panic(err) // NewKey makes no such keys
	}
	a.ctx, a.stop = context.WithCancel(context.Background())

	a.io.OnConnect(a.connect)
	a.io.OnDisconnect(a.disconnect)
	socketio.Handle(a.io, Raise, a.raise)
	socketio.Handle(a.io, Watch, a.watch)
	socketio.Handle(a.io, Subscribe, a.subscribe)
	socketio.Handle(a.io, Unsubscribe, a.unsubscribe)
	socketio.Handle(a.io, Read, a.read)

	mux := http.NewServeMux()
	mux.Handle("/socket.io/", a.io)
	mux.Handle("/", page.Handler(dist, ""))
	a.http = mux
	return a
}

// ServeHTTP serves the page at "/" and Socket.IO at "/socket.io/".
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.http.ServeHTTP(w, r) }

// Shutdown gives up what is being pushed, says goodbye to everybody and waits for
// it to arrive, or for ctx.
func (a *App) Shutdown(ctx context.Context) error {
	a.stop()
	return a.io.Shutdown(ctx)
}

// connect lets a page in. A user may have several.
func (a *App) connect(ctx context.Context, s *server.Socket) error {
	var who SignIn
	if err := s.Auth(&who); err != nil {
		return errSignIn
	}
	if err := who.check(); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	u, err := a.admitLocked(&who)
	if err != nil {
		return err
	}
	u.pages++
	s.SetData(u)
	s.Join(u.room())
	state := State{Key: a.key, Topics: topics, Watch: u.watch, Alerts: append([]Alert{}, u.inbox...), Read: u.read}
	if err := Welcome.Emit(s, state); err != nil {
		return err
	}
	return People.Emit(a.io, a.peopleLocked())
}

func (a *App) disconnect(s *server.Socket, _ socketio.Reason) {
	u, ok := s.Data().(*user)
	if !ok {
		return // it was refused
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	u.pages--
	a.announceLocked()
}

// watch replaces the topics of a user.
func (a *App) watch(ctx context.Context, s *server.Socket, wanted []string) (socketio.None, error) {
	return a.change(s, func(u *user) error {
		u.watch = slices.DeleteFunc(slices.Clone(topics), func(topic string) bool { return !slices.Contains(wanted, topic) })
		return nil
	})
}

func (a *App) subscribe(ctx context.Context, s *server.Socket, sub webpush.Subscription) (socketio.None, error) {
	if err := a.checkSubscription(&sub); err != nil {
		return socketio.None{}, err
	}
	return a.change(s, func(u *user) error {
		u.subscribe(sub)
		a.announceLocked()
		return nil
	})
}

func (a *App) unsubscribe(ctx context.Context, s *server.Socket, endpoint string) (socketio.None, error) {
	return a.change(s, func(u *user) error {
		if u.unsubscribe(endpoint) {
			a.announceLocked()
		}
		return nil
	})
}

// read moves the position in the history, on all pages of the user.
func (a *App) read(ctx context.Context, s *server.Socket, id int64) (socketio.None, error) {
	return a.change(s, func(u *user) error {
		if id <= u.read || id > a.lastID {
			return nil
		}
		u.read = id
		return ReadTo.Emit(s.To(u.room()), id)
	})
}

// change is for what a user may do now and then.
func (a *App) change(s *server.Socket, f func(*user) error) (socketio.None, error) {
	u := userOf(s)
	a.mu.Lock()
	defer a.mu.Unlock()
	if !u.changes.Allow(time.Now()) {
		return socketio.None{}, errTooFast
	}
	return socketio.None{}, f(u)
}

func (a *App) announceLocked() {
	if err := People.Emit(a.io, a.peopleLocked()); err != nil {
		a.log.Error("push: people not sent", "error", err)
	}
}
