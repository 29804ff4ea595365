package server

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/socketio-go/socketio/websocket"
)

// begin asks for a path of a server over TCP, by a request or an upgrade, and returns the
// status and the beginning of the body.
func begin(t *testing.T, hs *httptest.Server, path string, upgrade bool) (status int, body string, header http.Header) {
	t.Helper()
	var res *http.Response
	var err error
	if upgrade {
		var ws *websocket.Conn
		ws, res, err = websocket.Dial(t.Context(), hs.URL+path, nil)
		if err == nil {
			_, p, _ := ws.Read(t.Context())
			_ = ws.CloseNow()
			return 101, string(p), res.Header
		}
	} else if res, err = hs.Client().Get(hs.URL + path); err != nil {
		t.Fatal(err)
	}
	if res == nil {
		t.Fatalf("%s: %v", path, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b), res.Header
}

// A server is a handler beside others: what it is mounted at is its path, with everything
// below, and the rest is not its business, upgrades included (EIO-001, EIO-069, EIO-134,
// EIO-147, B-19).
func TestMount(t *testing.T) {
	sockets := New(nil)
	defer sockets.Close()
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", sockets)
	mux.Handle("/bare", sockets) // addTrailingSlash: false
	mux.HandleFunc("/hello", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") })
	hs := httptest.NewServer(mux)
	defer hs.Close()
	const polling, ws = "?EIO=4&transport=polling", "?EIO=4&transport=websocket"
	for _, c := range []struct {
		path    string
		upgrade bool
		status  int
		body    string // its beginning
	}{
		{"/socket.io/" + polling, false, 200, `0{"sid":"`},
		{"/socket.io/foo" + polling, false, 200, `0{"sid":"`},
		{"/socket.io" + polling, false, 200, `0{"sid":"`}, // a ServeMux redirects it; the official server says 404
		{"/bare" + polling, false, 200, `0{"sid":"`},
		{"/bare/" + polling, false, 404, ""},
		{"/socket.iox/" + polling, false, 404, ""},
		{"/" + polling, false, 404, ""},
		{"/hello" + polling, false, 200, "hello"},
		{"/socket.io/" + ws, true, 101, `0{"sid":"`},
		{"/bare" + ws, true, 101, `0{"sid":"`},
		{"/nowhere/" + ws, true, 404, ""},
		{"/hello" + ws, true, 200, "hello"},
	} {
		status, body, _ := begin(t, hs, c.path, c.upgrade)
		if status != c.status || !strings.HasPrefix(body, c.body) {
			t.Errorf("%s: %d %s, want %d %s", c.path, status, body, c.status, c.body)
		}
	}
}

// A middleware of net/http sees every request, adds to every answer, the 101 and refusals
// included, waits as long as it likes, and answers itself where it refuses (EIO-142, EIO-066,
// NEW-04).
func TestMiddlewareOfHTTP(t *testing.T) {
	sockets := New(nil)
	defer sockets.Close()
	asked := make(chan bool)
	hs := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Middleware", r.URL.Query().Get("transport"))
		if r.URL.Query().Has("slow") && !<-asked {
			http.Error(w, "not you", http.StatusUnauthorized)
			return
		}
		sockets.ServeHTTP(w, r)
	}))
	defer hs.Close()
	for i, transport := range []string{"polling", "websocket"} {
		path, upgrade := "/socket.io/?EIO=4&transport="+transport, transport == "websocket"
		want := map[bool]int{false: 200, true: 101}[upgrade]
		if status, _, h := begin(t, hs, path, upgrade); status != want || h.Get("X-Middleware") != transport {
			t.Errorf("%s: %d %v", transport, status, h)
		}
		if status, _, h := begin(t, hs, path+"&sid=unknown", upgrade); status != 400 || h.Get("X-Middleware") != transport {
			t.Errorf("%s, refused: %d %v", transport, status, h)
		}
		for _, admit := range []bool{false, true} {
			go func() { asked <- admit }()
			status, body, _ := begin(t, hs, path+"&slow", upgrade)
			if admit && status != want || !admit && (status != 401 || body != "not you\n") {
				t.Errorf("%s, admitted %v: %d %s", transport, admit, status, body)
			}
		}
		opened := func() int { return int(sockets.Stats().Opened) } // of a WebSocket, a moment behind its greeting
		eventually(t, "the sessions are counted", func() bool { return opened() >= 2*(i+1) })
		if n := opened(); n != 2*(i+1) {
			t.Errorf("%s: %d sessions were opened", transport, n)
		}
	}
}
