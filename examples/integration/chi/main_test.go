package main

import (
	"net/http/httptest"
	"testing"

	"github.com/socketio-go/socketio/examples/integration/internal/npmclient"
)

func TestRouter(t *testing.T) {
	io := newServer()
	ts := httptest.NewServer(router(io))
	defer ts.Close()
	defer io.Close()
	ids := make(map[any]bool)
	for mode, r := range npmclient.Works(t, ts.URL, npmclient.Visit{}) {
		id, _ := r.About["request"].(string)
		if id == "" || ids[id] {
			t.Errorf("%s: request %q", mode, id)
		}
		ids[id] = true
	}
}
