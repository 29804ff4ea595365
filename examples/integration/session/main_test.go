package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/socketio-go/socketio/examples/integration/internal/npmclient"
)

// lines is a log that several goroutines write.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// entries are those with this message.
func (l *lines) entries(t *testing.T, msg string) (list []map[string]any) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.b.String()) {
		var e map[string]any
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e["msg"] == msg {
			list = append(list, e)
		}
	}
	return list
}

func serve(t *testing.T) (url string, log *lines) {
	log = new(lines)
	logger := slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	io := newServer(logger)
	ts := httptest.NewServer(accessLog(logger, authenticate(io)))
	t.Cleanup(func() {
		_ = io.Close()
		ts.Close()
	})
	return ts.URL, log
}

func cookie(value string) npmclient.Visit {
	return npmclient.Visit{Options: map[string]any{"extraHeaders": map[string]string{"Cookie": "session=" + value}}}
}

func TestHandlersKnowTheUser(t *testing.T) {
	url, log := serve(t)
	for session, u := range sessions {
		for mode, r := range npmclient.Works(t, url, cookie(session)) {
			if r.About["Name"] != u.Name {
				t.Errorf("%s: %v, want %s", mode, r.About, u.Name)
			}
		}
	}
	users := make(map[any]int)
	for _, e := range log.entries(t, "event") {
		socket, _ := e["socket"].(map[string]any)
		if id, _ := socket["sid"].(string); len(id) != 20 || socket["nsp"] != "/" || e["event"] == "" {
			t.Fatalf("the log says %v", e)
		}
		users[e["user"]]++
	}
	// Two echoes and a whoami, in three modes.
	if users["ada"] != 9 || users["grace"] != 9 {
		t.Errorf("events of %v", users)
	}
	statuses := make(map[any]int)
	for _, e := range log.entries(t, "request") {
		statuses[e["status"]]++
	}
	if statuses[float64(200)] == 0 {
		t.Errorf("requests by status: %v", statuses)
	}
}

func TestStrangersAreRefused(t *testing.T) {
	url, log := serve(t)
	for mode, r := range npmclient.Run(t, url, cookie("guessed")) {
		if r.OK || r.Error == "" {
			t.Errorf("%s: %+v", mode, r)
		}
	}
	refused := log.entries(t, "engine: request refused")
	if len(refused) != 3 {
		t.Errorf("%d refusals in the log", len(refused))
	}
	for _, e := range refused {
		if e["component"] != "socketio" || e["reason"] != "sign in first" {
			t.Errorf("the log says %v", e)
		}
	}
}
