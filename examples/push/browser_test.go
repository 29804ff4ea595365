package push

import (
	"encoding/json"
	"testing"

	"github.com/socketio-go/socketio/examples/internal/browsertest"
	"github.com/socketio-go/socketio/examples/official"
)

// TestBrowser raises alerts in Chromium. testdata/browser.mjs has the scenarios.
// The browser's own push service cannot be reached in a test: one of ours takes its
// place, and what it has decrypted is handed to the service worker.
func TestBrowser(t *testing.T) {
	browser := browsertest.Launch(t)
	for _, scenario := range []string{"toast", "push", "screenshots"} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			browser.Run(t, browsertest.Serve(t, open), scenario, pushEnv(t)...)
		})
	}
	for _, scenario := range []string{"toast", "push"} {
		t.Run("official client/"+scenario, func(t *testing.T) {
			t.Parallel()
			browser.Run(t, browsertest.Serve(t, open, official.Handler), scenario, pushEnv(t)...)
		})
	}
}

// pushEnv tells a script about a push service of its own.
func pushEnv(t *testing.T) []string {
	service := startPushService(t)
	sub, err := json.Marshal(service.subscription("browser"))
	if err != nil {
		t.Fatal(err)
	}
	return []string{"PUSH_SERVICE=" + service.URL, "SUBSCRIPTION=" + string(sub)}
}

// TestState is what the server knows, for the report of a scenario that failed.
func (a *App) TestState() any {
	a.mu.Lock()
	defer a.mu.Unlock()
	return map[string]any{"people": a.peopleLocked(), "sockets": a.io.SocketCount(), "alerts": a.lastID}
}
