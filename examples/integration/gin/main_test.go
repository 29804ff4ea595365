package main

import (
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/socketio-go/socketio/examples/integration/internal/npmclient"
)

func TestRouter(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	io := newServer()
	ts := httptest.NewServer(router(io))
	defer ts.Close()
	defer io.Close()
	visit := npmclient.Visit{Options: map[string]any{"extraHeaders": map[string]string{"X-User": "ada"}}}
	for mode, r := range npmclient.Works(t, ts.URL, visit) {
		if r.About["user"] != "ada" {
			t.Errorf("%s: %v", mode, r.About)
		}
	}
}
