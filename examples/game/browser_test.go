package game

import (
	"log/slog"
	"testing"

	"github.com/socketio-go/socketio/examples/internal/browsertest"
	"github.com/socketio-go/socketio/examples/official"
)

// TestBrowser lets two people fly in Chromium. testdata/browser.mjs has the
// scenarios; where bots would be in the way, there are none.
func TestBrowser(t *testing.T) {
	browser := browsertest.Launch(t)
	scenarios := map[string]func(*slog.Logger) browsertest.App{
		"fly": openEmpty, "cheat": openEmpty, "world": open, "restart": open, "screenshots": open,
	}
	for scenario, open := range scenarios {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			browser.Run(t, browsertest.Serve(t, open), scenario)
		})
	}
	for _, scenario := range []string{"fly", "world"} {
		t.Run("official client/"+scenario, func(t *testing.T) {
			t.Parallel()
			browser.Run(t, browsertest.Serve(t, scenarios[scenario], official.Handler), scenario)
		})
	}
}

// openEmpty makes an arena without bots, until somebody leaves.
func openEmpty(log *slog.Logger) browsertest.App {
	a := open(log).(*App)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.world.ships = nil
	return a
}

// TestState is what the server knows, for the report of a scenario that failed.
func (a *App) TestState() any {
	a.mu.Lock()
	defer a.mu.Unlock()
	state := map[string]any{"tick": a.world.tick, "viewers": a.viewers}
	for _, s := range a.world.ships {
		if !s.bot {
			state[s.name] = map[string]int{"id": int(s.id), "x": s.x, "y": s.y, "health": s.health, "played": s.done, "waiting": len(s.queue)}
		}
	}
	return state
}
