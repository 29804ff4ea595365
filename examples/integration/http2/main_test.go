package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/socketio-go/socketio/examples/integration/internal/npmclient"
)

// serve listens with TLS and offers HTTP/2.
func serve(t *testing.T) *httptest.Server {
	io := newServer()
	ts := httptest.NewUnstartedServer(io)
	ts.EnableHTTP2 = true
	ts.StartTLS()
	t.Cleanup(func() {
		_ = io.Close()
		ts.Close()
	})
	return ts
}

// TestPollingOverHTTP2 goes through a session by hand: the npm client has no HTTP/2
// outside of browsers.
func TestPollingOverHTTP2(t *testing.T) {
	ts := serve(t)
	c := ts.Client()
	request := func(method, query, body string) string {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, ts.URL+"/socket.io/?EIO=4&transport=polling"+query, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != 200 || res.ProtoMajor != 2 {
			t.Fatalf("%s: %s %d %q, %v", query, res.Proto, res.StatusCode, b, err)
		}
		return string(b)
	}
	var open struct{ SID string }
	if err := json.Unmarshal([]byte(request("GET", "", "")[1:]), &open); err != nil {
		t.Fatal(err)
	}
	session := "&sid=" + open.SID
	request("POST", session, "40")
	if got := request("GET", session, ""); !strings.HasPrefix(got, `40{"sid":"`) {
		t.Fatalf("connected with %q", got)
	}
	// A GET that waits, and a POST beside it on the same connection.
	answer := make(chan string, 1)
	go func() { answer <- request("GET", session, "") }()
	if got := request("POST", session, "421[\"whoami\"]\x1e422[\"echo\",\"é\"]"); got != "ok" {
		t.Errorf("posted: %q", got)
	}
	got := <-answer
	for !strings.Contains(got, "432") {
		got += "\x1e" + request("GET", session, "")
	}
	if want := "431[{\"protocol\":\"HTTP/2.0\",\"secure\":true}]\x1e432[\"é\"]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestClientsOfHTTP1 are those of the same server that use WebSocket, or know no better.
func TestClientsOfHTTP1(t *testing.T) {
	ts := serve(t)
	for mode, r := range npmclient.Works(t, ts.URL, npmclient.Visit{Options: map[string]any{"rejectUnauthorized": false}}) {
		if r.About["protocol"] != "HTTP/1.1" || r.About["secure"] != true {
			t.Errorf("%s: %v", mode, r.About)
		}
	}
}
