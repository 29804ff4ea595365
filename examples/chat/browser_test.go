package chat

import (
	"log/slog"
	"maps"
	"slices"
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
		"chat", "picture", "offline", "restart", "typing", "polling", "signin", "signout", "screenshots",
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
	for _, scenario := range []string{"chat", "picture", "offline", "signout"} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			browser.Run(t, browsertest.Serve(t, open, official.Handler), scenario)
		})
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
