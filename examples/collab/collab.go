// Package collab is a text that several people write at the same time. The pages
// merge their changes by Yjs; this side keeps a log of the changes and passes them
// on, without looking into them. events.go says what travels, this file what
// happens when it arrives, document.go what is kept.
//
// Everything is in memory: restart the server, and the pages that are open bring
// their documents along.
package collab

import (
	"cmp"
	"context"
	"embed"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/examples/internal/limit"
	"github.com/socketio-go/socketio/examples/internal/page"
	"github.com/socketio-go/socketio/server"
)

// The page, as build.mjs makes it of the sources in web.
//
//go:embed dist
var dist embed.FS

// compactTime is how long a page may take to merge its document.
const compactTime = 5 * time.Second

// App is the page, its assets, and the Socket.IO server behind it.
type App struct {
	io   *server.Server
	http http.Handler
	log  *slog.Logger

	// mu guards what follows. Changes are emitted while it is held, which gives
	// everybody the order of the log.
	mu        sync.Mutex
	documents map[string]*document
}

// visitor is a page that has a document open.
type visitor struct {
	document *document
	client   uint32
	updates  limit.Limiter
	cursors  limit.Limiter
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
	a := &App{io: server.New(&o), log: o.Logger, documents: make(map[string]*document)}
	a.io.OnConnect(a.connect)
	a.io.OnDisconnect(a.disconnect)
	socketio.Handle(a.io, Update, a.update)
	a.io.Handle(awareness, socketio.HandlerFunc(a.relay))

	mux := http.NewServeMux()
	mux.Handle("/socket.io/", a.io)
	// The editor makes its style sheet itself, and gives cursors their colours.
	mux.Handle("/", page.Handler(dist, "style-src 'self' 'unsafe-inline'"))
	a.http = mux
	return a
}

// ServeHTTP serves the page at "/" and Socket.IO at "/socket.io/".
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.http.ServeHTTP(w, r) }

// Shutdown says goodbye to everybody and waits for it to arrive, or for ctx.
func (a *App) Shutdown(ctx context.Context) error { return a.io.Shutdown(ctx) }

// connect opens a document. What the page is missing arrives before any change
// that is made later.
func (a *App) connect(ctx context.Context, s *server.Socket) error {
	var v Visit
	if err := s.Auth(&v); err != nil {
		return errVisit
	}
	if err := v.check(); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	d, err := a.openLocked(v.Document)
	if err != nil {
		return err
	}
	if d.people == maxPeople {
		return errManyPeople
	}
	d.people++
	d.used = time.Now()
	s.SetData(&visitor{
		document: d, client: v.Client,
		updates: limit.Limiter{Burst: 3000, PerSecond: 100},
		cursors: limit.Limiter{Burst: 100, PerSecond: 30},
	})
	s.Join(d.room())
	if err := Opened.Emit(s, d.since(v.ID, v.Seq)); err != nil {
		return err
	}
	return Joined.Emit(s.To(d.room()), socketio.None{})
}

func (a *App) disconnect(s *server.Socket, _ socketio.Reason) {
	v, ok := s.Data().(*visitor)
	if !ok {
		return // it was refused
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	v.document.people--
	v.document.used = time.Now()
	if err := Left.Emit(a.io.To(v.document.room()), v.client); err != nil {
		a.log.Error("collab: event not sent", "error", err)
	}
}

// update adds a change to the log and passes it on. Now and then the page that made
// it is asked to merge the log; this handler waits for that, and only later events
// of this page wait with it.
func (a *App) update(ctx context.Context, s *server.Socket, data []byte) (int, error) {
	if len(data) == 0 || len(data) > maxUpdate {
		return 0, errUpdate
	}
	v := s.Data().(*visitor)
	seq, isLong, err := a.add(s, v, data)
	if isLong {
		a.compact(ctx, s, v.document, seq)
	}
	return seq, err
}

// add also reports whether the log has become so long that it is to be merged.
func (a *App) add(s *server.Socket, v *visitor, data []byte) (seq int, isLong bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	d := v.document
	if !v.updates.Allow(time.Now()) {
		return 0, false, errTooFast
	}
	if err := d.add(slices.Clip(data)); err != nil {
		return 0, false, err
	}
	isLong = len(d.updates) >= compactAfter && !d.compacting
	d.compacting = d.compacting || isLong
	return d.seq(), isLong, Changed.Emit(s.To(d.room()), Change{Seq: d.seq(), Data: data})
}

// compact has a page merge the log up to a number. The page has been sent all of
// that before it is asked, so its answer contains it.
func (a *App) compact(ctx context.Context, s *server.Socket, d *document, seq int) {
	snapshot, err := Compact.Do(ctx, s.Timeout(compactTime), socketio.None{})
	a.mu.Lock()
	defer a.mu.Unlock()
	d.compacting = false // whatever has happened: the next update tries again
	if err != nil || len(snapshot) == 0 || len(snapshot) > maxDocument {
		a.log.Warn("collab: not compacted", "document", d.name, "bytes", len(snapshot), "error", err)
		return
	}
	before := d.size
	d.compact(snapshot, seq)
	a.log.Info("collab: compacted", "document", d.name, "updates", seq, "before", before, "after", d.size)
}

// relay passes on where somebody's cursor is. The bytes are not decoded on the way.
func (a *App) relay(ctx context.Context, m *socketio.Message) error {
	s := m.Socket.(*server.Socket)
	v := s.Data().(*visitor)
	if m.Args.Len() != 1 || m.Args.Size() > maxAwareness {
		return errAwareness
	}
	a.mu.Lock()
	allowed := v.cursors.Allow(time.Now())
	a.mu.Unlock()
	if !allowed {
		return errTooFast
	}
	return s.To(v.document.room()).Emit(awareness, m.Args)
}
