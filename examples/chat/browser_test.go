package chat

import (
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/socketio-go/socketio/examples/internal/browsertest"
	"github.com/socketio-go/socketio/examples/official"
	"github.com/socketio-go/socketio/server"
)

// TestBrowser lets two people chat in Chromium. testdata/browser.mjs has the
// scenarios.
func TestBrowser(t *testing.T) {
	browser := browsertest.Launch(t)
	for _, scenario := range []string{
		"chat", "picture", "offline", "restart", "typing", "polling", "signin", "screenshots",
	} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			browser.Run(t, browsertest.Serve(t, open), scenario)
		})
	}
}

// TestOfficialClient runs the same page with the published client.
func TestOfficialClient(t *testing.T) {
	browser := browsertest.Launch(t)
	for _, scenario := range []string{"chat", "picture", "offline"} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			browser.Run(t, browsertest.Serve(t, open, official.Handler), scenario)
		})
	}
}

// TestSignOutDuringTheUpgrade has somebody sign out just while the page moves to
// WebSocket. Nothing can be sent in that moment, so a page that does not wait leaves
// its member behind until the server misses its heartbeat.
func TestSignOutDuringTheUpgrade(t *testing.T) {
	browser := browsertest.Launch(t)
	for name, client := range map[string]func(http.Handler) http.Handler{
		"ours": func(h http.Handler) http.Handler { return h }, "official": official.Handler,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sockets, posts gate
			site := browsertest.Serve(t, open, client, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Header.Get("Upgrade") != "" {
						sockets.wait(r)
					}
					next.ServeHTTP(w, r)
					if r.Method == http.MethodPost {
						posts.wait(r) // the answer is complete, but goes out when this returns
					}
				})
			})
			site.On("hold-sockets", sockets.shut)
			site.On("hold-posts", posts.shut)
			site.On("let-sockets", sockets.open)
			site.On("let-posts", posts.open)
			browser.Run(t, site, "signout")
		})
	}
}

// gate holds requests up while it is shut. The zero value is open.
type gate struct {
	mu     sync.Mutex // guards what follows
	opened chan struct{}
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.opened = make(chan struct{})
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.opened)
	g.opened = nil
}

func (g *gate) wait(r *http.Request) {
	g.mu.Lock()
	opened := g.opened
	g.mu.Unlock()
	if opened == nil {
		return
	}
	select {
	case <-opened:
	case <-r.Context().Done():
	}
}

func open(log *slog.Logger) browsertest.App { return New(&server.Options{Logger: log}) }

// TestState is what the server knows, for the report of a scenario that failed.
func (a *App) TestState() any {
	a.mu.Lock()
	defer a.mu.Unlock()
	members := make(map[string]string)
	for _, m := range a.members {
		members[m.name] = m.socket.ID() + " on " + m.socket.Transport()
	}
	rooms := make(map[string][]string)
	for name, r := range a.rooms {
		for m := range maps.Keys(r.members) {
			rooms[name] = append(rooms[name], m.name)
		}
		slices.Sort(rooms[name])
	}
	return map[string]any{"members": members, "rooms": rooms, "sockets": a.io.SocketCount(), "clients": a.io.ClientCount()}
}
