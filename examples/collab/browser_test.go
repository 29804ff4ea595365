package collab

import (
	"testing"

	"github.com/socketio-go/socketio/examples/internal/browsertest"
	"github.com/socketio-go/socketio/examples/official"
)

// TestBrowser lets several people write in Chromium. testdata/browser.mjs has the
// scenarios.
func TestBrowser(t *testing.T) {
	browser := browsertest.Launch(t)
	for _, scenario := range []string{"together", "offline", "compact", "restart", "screenshots"} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			browser.Run(t, browsertest.Serve(t, open), scenario)
		})
	}
	for _, scenario := range []string{"together", "offline"} {
		t.Run("official client/"+scenario, func(t *testing.T) {
			t.Parallel()
			browser.Run(t, browsertest.Serve(t, open, official.Handler), scenario)
		})
	}
}

// TestState is what the server knows, also for the report of a scenario that failed.
func (a *App) TestState() any {
	a.mu.Lock()
	defer a.mu.Unlock()
	state := make(map[string]any)
	for _, d := range a.documents {
		state[d.name] = map[string]int{"seq": d.seq(), "base": d.base, "bytes": d.size, "people": d.people}
	}
	return state
}
