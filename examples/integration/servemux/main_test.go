package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/socketio-go/socketio/examples/integration/internal/npmclient"
)

func TestRoutes(t *testing.T) {
	public, internal := newServer("public"), newServer("internal")
	ts := httptest.NewServer(routes(public, internal))
	defer ts.Close()
	defer public.Close()
	defer internal.Close()
	for path, name := range map[string]string{"/socket.io/": "public", "/api/realtime/": "internal"} {
		t.Run(name, func(t *testing.T) {
			results := npmclient.Works(t, ts.URL, npmclient.Visit{Options: map[string]any{"path": path}})
			for mode, r := range results {
				if r.About["server"] != name {
					t.Errorf("%s: answered by %v", mode, r.About)
				}
			}
		})
	}
	for path, status := range map[string]int{
		"/":                                     200,
		"/elsewhere":                            404,
		"/socket.io/socket.io.js":               200,
		"/api/realtime/socket.io.js":            200,
		"/socket.io/?EIO=4&transport=polling":   200,
		"/api/realtime/?EIO=4&transport=tcp":    400,
		"/api/?EIO=4&transport=polling":         404,
		"/realtime/?EIO=4&transport=polling":    404,
		"/socket.io/nothing.js":                 400,
		"/socket.io/deep/?EIO=4&transport=what": 400,
	} {
		res, err := http.Get(ts.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		if res.StatusCode != status {
			t.Errorf("%s: %d, want %d", path, res.StatusCode, status)
		}
	}
}
