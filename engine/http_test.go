package engine

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/socketio-go/socketio/websocket"
)

// The server is a handler of whatever net/http speaks: with HTTP/2 polling is several
// requests of one connection, and WebSocket comes on a connection of HTTP/1.1 (EIO-148).
func TestHTTP2(t *testing.T) {
	eng := NewServer(&Options{Accept: func(s *Session) Receiver { return &record{session: s} }})
	hs := httptest.NewUnstartedServer(eng)
	hs.EnableHTTP2 = true
	hs.StartTLS()
	defer hs.Close()
	defer eng.Close()
	request := func(method, query, body string) string {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, hs.URL+"/?"+query, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res, err := hs.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != 200 || res.ProtoMajor != 2 {
			t.Errorf("%s: %d %s %v", method, res.StatusCode, res.Proto, err)
		}
		return string(b)
	}
	open := request("GET", pollQuery, "")
	if !strings.HasPrefix(open, `0{"sid":"`) {
		t.Fatalf("opened with %s", open)
	}
	query := pollQuery + "&sid=" + open[9:29]
	polled := make(chan string)
	go func() { polled <- request("GET", query, "") }()
	if got := request("POST", query, "4echo é"); got != "ok" {
		t.Errorf("the POST is answered with %q", got)
	}
	if got := <-polled; got != "4echo é" {
		t.Errorf("the GET is answered with %q", got)
	}

	tls := hs.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	tls.NextProtos = nil
	ws, _, err := websocket.Dial(t.Context(), hs.URL+"/?EIO=4&transport=websocket&sid="+open[9:29], &websocket.Options{TLSConfig: tls})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"2probe", "5", "4echo"} {
		if err := ws.Write(websocket.Text, []byte(p)); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"3probe", "4echo"} {
		if _, got, err := ws.Read(t.Context()); err != nil || string(got) != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	_ = ws.CloseNow()
}

// An Origin that is no text is refused before anything else, as by the official server,
// here by net/http (EIO-009).
func TestInvalidOrigin(t *testing.T) {
	for _, header := range []string{"Upgrade: websocket\r\nConnection: Upgrade\r\n", ""} {
		bubble(t, Options{AllowRequest: func(*http.Request) error { t.Error("asked"); return nil }}, func(t *testing.T, x *fixture) {
			nc, err := x.net.DialContext(t.Context(), "", "")
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close()
			_, _ = io.WriteString(nc, "GET /?"+pollQuery+" HTTP/1.1\r\nHost: x\r\nOrigin: http://a\x01b\r\n"+header+"\r\n")
			res, err := http.ReadResponse(bufio.NewReader(nc), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if res.StatusCode != 400 || x.engine.Count() != 0 {
				t.Errorf("status %d, %d sessions", res.StatusCode, x.engine.Count())
			}
		})
	}
}
