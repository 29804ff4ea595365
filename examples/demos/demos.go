// Package demos has all demos under one roof, with a page that leads to them.
package demos

import (
	"context"
	"embed"
	"errors"
	"net/http"
	"sync"

	"github.com/socketio-go/socketio/examples/chat"
	"github.com/socketio-go/socketio/examples/collab"
	"github.com/socketio-go/socketio/examples/game"
	"github.com/socketio-go/socketio/examples/internal/page"
	"github.com/socketio-go/socketio/examples/push"
	"github.com/socketio-go/socketio/server"
)

// The page, as build.mjs makes it of the sources in web.
//
//go:embed dist
var dist embed.FS

// Demo is an application: its page and the server behind it.
type Demo interface {
	http.Handler

	// Shutdown says goodbye to everybody and waits for it to arrive, or for ctx.
	Shutdown(ctx context.Context) error
}

// Names are those of the demos, in the order of the page.
func Names() []string { return []string{"chat", "push", "collab", "game"} }

// Open makes the demo of that name, or nil. The options, which may be nil, are those
// of its Socket.IO server.
func Open(name string, opts *server.Options) Demo {
	switch name {
	case "chat":
		return chat.New(opts)
	case "push":
		return push.New(opts)
	case "collab":
		return collab.New(opts)
	case "game":
		return game.New(opts)
	}
	return nil
}

// App is all of them, each under its name, and the page at "/".
type App struct {
	mux   http.ServeMux
	demos []Demo
}

// New makes an App. The options, which may be nil, are those of all Socket.IO servers.
func New(opts *server.Options) *App {
	a := new(App)
	a.mux.Handle("/", page.Handler(dist, ""))
	for _, name := range Names() {
		demo := Open(name, opts)
		a.demos = append(a.demos, demo)
		a.mux.Handle("/"+name+"/", http.StripPrefix("/"+name, demo))
	}
	return a
}

// ServeHTTP serves the demos and the page.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// Shutdown shuts all of the demos down, together.
func (a *App) Shutdown(ctx context.Context) error {
	errs := make([]error, len(a.demos))
	var wg sync.WaitGroup
	for i, demo := range a.demos {
		wg.Go(func() { errs[i] = demo.Shutdown(ctx) })
	}
	wg.Wait()
	return errors.Join(errs...)
}
