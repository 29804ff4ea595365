package demos

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/socketio-go/socketio/examples/internal/browsertest"
	"github.com/socketio-go/socketio/server"
)

func open(log *slog.Logger) browsertest.App { return New(&server.Options{Logger: log}) }

func get(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("%s: %s, %v", url, res.Status, err)
	}
	return string(body)
}

func TestPageLeadsToAllDemos(t *testing.T) {
	url := browsertest.Serve(t, open).URL
	page := get(t, url)
	for _, name := range Names() {
		if !strings.Contains(page, `href="`+name+`/"`) {
			t.Errorf("no link to %s", name)
		}
		if demo := get(t, url+name); !strings.Contains(demo, "<script type=\"module\" src=\""+name+".js\"") { // the slash is added
			t.Errorf("%s: %.100q", name, demo)
		}
		if open := get(t, url+name+"/socket.io/?EIO=4&transport=polling"); !strings.HasPrefix(open, "0{") {
			t.Errorf("%s: handshake %q", name, open)
		}
	}
	if Open("dance", nil) != nil {
		t.Error("a demo that does not exist")
	}
}

// TestBrowser opens the demos from the page.
func TestBrowser(t *testing.T) {
	browser := browsertest.Launch(t)
	for _, scenario := range []string{"links", "screenshots"} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			browser.Run(t, browsertest.Serve(t, open), scenario)
		})
	}
}
