package main

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/socketio-go/socketio/examples/integration/internal/npmclient"
)

func TestRouter(t *testing.T) {
	io := newServer()
	ts := httptest.NewServer(router(io))
	defer ts.Close()
	defer io.Close()
	for mode, r := range npmclient.Works(t, ts.URL, npmclient.Visit{}) {
		if path, _ := r.About["path"].(string); !strings.HasPrefix(path, "/socket.io/?") {
			t.Errorf("%s: %v", mode, r.About)
		}
	}
}
