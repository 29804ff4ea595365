package websocket

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio/internal/memnet"
)

const (
	sampleKey    = "dGhlIHNhbXBsZSBub25jZQ==" // of RFC 6455 section 1.3
	sampleAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
)

func handshakeRequest() *http.Request {
	r := httptest.NewRequest(http.MethodGet, "http://example.com/chat", nil)
	r.Header.Set("Connection", "keep-alive, Upgrade")
	r.Header.Set("Upgrade", "WebSocket")
	r.Header.Set("Sec-WebSocket-Key", sampleKey)
	r.Header.Set("Sec-WebSocket-Version", "13")
	return r
}

func TestAcceptRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		text   string
		change func(r *http.Request)
	}{
		"plain request":       {426, "Connection", func(r *http.Request) { r.Header = http.Header{} }},
		"HTTP/1.0":            {505, "HTTP/1.1", func(r *http.Request) { r.ProtoMinor = 0 }},
		"HTTP/2":              {505, "HTTP/1.1", func(r *http.Request) { r.ProtoMajor, r.ProtoMinor = 2, 0 }},
		"POST":                {405, "GET", func(r *http.Request) { r.Method = "POST" }},
		"no Connection":       {426, "Connection", func(r *http.Request) { r.Header.Set("Connection", "close, upgraded") }},
		"no Upgrade":          {426, "Upgrade", func(r *http.Request) { r.Header.Set("Upgrade", "h2c") }},
		"no version":          {426, "version 13", func(r *http.Request) { r.Header.Del("Sec-WebSocket-Version") }},
		"old version":         {426, "version 13", func(r *http.Request) { r.Header.Set("Sec-WebSocket-Version", "8") }},
		"no key":              {400, "Key", func(r *http.Request) { r.Header.Del("Sec-WebSocket-Key") }},
		"two keys":            {400, "Key", func(r *http.Request) { r.Header.Add("Sec-WebSocket-Key", sampleKey) }},
		"short key":           {400, "Key", func(r *http.Request) { r.Header.Set("Sec-WebSocket-Key", "c2hvcnQ=") }},
		"key not base64":      {400, "Key", func(r *http.Request) { r.Header.Set("Sec-WebSocket-Key", strings.Repeat("*", 24)) }},
		"body":                {400, "body", func(r *http.Request) { r.ContentLength = 5 }},
		"chunked body":        {400, "body", func(r *http.Request) { r.ContentLength = -1 }},
		"other origin":        {403, "CheckOrigin", func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }},
		"origin's other port": {403, "CheckOrigin", func(r *http.Request) { r.Header.Set("Origin", "http://example.com:81") }},
		"opaque origin":       {403, "CheckOrigin", func(r *http.Request) { r.Header.Set("Origin", "null") }},
		"malformed origin":    {403, "CheckOrigin", func(r *http.Request) { r.Header.Set("Origin", "http://exa mple.com") }},
		"not hijackable":      {500, "taken over", func(r *http.Request) { r.Header.Set("Origin", "https://EXAMPLE.com") }},
	} {
		t.Run(name, func(t *testing.T) {
			r, w := handshakeRequest(), httptest.NewRecorder()
			c.change(r)
			conn, err := Accept(w, r, nil)
			if conn != nil || err == nil || w.Code != c.status || !strings.Contains(w.Body.String(), c.text) {
				t.Errorf("Accept: %v, %v; answered %d %q", conn, err, w.Code, w.Body)
			}
			if h := w.Header(); c.status == 426 && (h.Get("Sec-WebSocket-Version") != "13" || h.Get("Upgrade") != "websocket") {
				t.Errorf("header %v", h)
			}
			if c.status == 405 && w.Header().Get("Allow") != "GET" {
				t.Errorf("header %v", w.Header())
			}
		})
	}
}

func TestAcceptCheckOrigin(t *testing.T) {
	r, w := handshakeRequest(), httptest.NewRecorder()
	opts := &Options{CheckOrigin: func(r *http.Request) bool { return r.Header.Get("Origin") == "http://friend.example" }}
	if Accept(w, r, opts); w.Code != http.StatusForbidden {
		t.Errorf("no origin: %d", w.Code)
	}
	r.Header.Set("Origin", "http://friend.example")
	w = httptest.NewRecorder()
	if Accept(w, r, opts); w.Code != http.StatusInternalServerError { // the recorder cannot be hijacked
		t.Errorf("friend: %d", w.Code)
	}
}

// hijacked is a ResponseWriter over a connection, as net/http's is.
type hijacked struct {
	*httptest.ResponseRecorder
	nc    net.Conn
	early string
}

func (h *hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	br := bufio.NewReader(io.MultiReader(strings.NewReader(h.early), h.nc))
	br.Peek(len(h.early))
	return h.nc, bufio.NewReadWriter(br, bufio.NewWriter(h.nc)), nil
}

func TestAcceptResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := memnet.Pipe(0)
		near.SetDeadline(time.Now().Add(time.Second))
		w := &hijacked{httptest.NewRecorder(), near, ""}
		w.Header().Set("X-Middleware", "a")
		r := handshakeRequest()
		r.Header.Add("Sec-WebSocket-Protocol", "v3, v2")
		r.Header.Add("Sec-WebSocket-Protocol", "v1")
		c, err := Accept(w, r, &Options{
			Subprotocols: []string{"v1", "v2"},
			Header: http.Header{
				"X-Option":             {"b\r\nInjected: c"},
				"Upgrade":              {"h2c"},
				"Sec-Websocket-Accept": {"mine"},
			},
		})
		must(t, err)
		want := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
			"Sec-WebSocket-Accept: " + sampleAccept + "\r\nSec-WebSocket-Protocol: v2\r\n" +
			"X-Middleware: a\r\nX-Option: b  Injected: c\r\n\r\n"
		got := make([]byte, 4096)
		n, _ := far.Read(got)
		if string(got[:n]) != want {
			t.Errorf("response:\n%s", got[:n])
		}
		if c.Subprotocol() != "v2" || c.RemoteAddr() != near.RemoteAddr() {
			t.Errorf("subprotocol %q, remote %v", c.Subprotocol(), c.RemoteAddr())
		}
		rec := record(c)
		time.Sleep(time.Minute) // the HTTP server's deadline is gone
		rec.wantOpen(t)
		c.CloseNow()
	})
}

func TestAcceptToStuckClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, _ := memnet.Pipe(10)
		start := time.Now()
		c, err := Accept(&hijacked{httptest.NewRecorder(), near, ""}, handshakeRequest(), nil)
		if c != nil || err == nil || time.Since(start) != defaultCloseTimeout {
			t.Errorf("Accept: %v, %v after %v", c, err, time.Since(start))
		}
	})
}

func TestDataRightBehindTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := memnet.Pipe(0)
		first := wire(0x81, true, "early bird")
		c, err := Accept(&hijacked{httptest.NewRecorder(), near, string(first[:7])}, handshakeRequest(), nil)
		must(t, err)
		far.Write(first[7:])
		_, p, err := c.Read(t.Context())
		if string(p) != "early bird" || err != nil {
			t.Errorf("Read: %q, %v", p, err)
		}
		c.CloseNow()
	})
}

func TestSubprotocols(t *testing.T) {
	first := func(offered []string) string { return offered[0] }
	for _, c := range []struct {
		offer  []string
		server Options
		want   string
		fails  bool
	}{
		{want: ""},
		{offer: []string{"a"}, want: ""},
		{server: Options{Subprotocols: []string{"a"}, SelectSubprotocol: first}, want: ""},
		{offer: []string{"a", "b", "c"}, server: Options{Subprotocols: []string{"c", "b"}}, want: "b"},
		{offer: []string{"a", "b"}, server: Options{SelectSubprotocol: first}, want: "a"},
		{offer: []string{"a"}, server: Options{SelectSubprotocol: func([]string) string { return "z" }}, fails: true},
	} {
		synctest.Test(t, func(t *testing.T) {
			ln := memnet.Listen()
			hs := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if conn, err := Accept(w, r, &c.server); err == nil {
					conn.Serve(new(recorder))
				}
			})}
			go hs.Serve(ln)
			conn, resp, err := Dial(t.Context(), "ws://h", &Options{Subprotocols: c.offer, DialContext: ln.DialContext})
			switch {
			case c.fails && (err == nil || resp.StatusCode != http.StatusInternalServerError):
				t.Errorf("%v: %v, %v", c.offer, resp, err)
			case !c.fails && err != nil:
				t.Errorf("%v: %v", c.offer, err)
			case !c.fails && conn.Subprotocol() != c.want:
				t.Errorf("%v: selected %q, want %q", c.offer, conn.Subprotocol(), c.want)
			}
			if conn != nil {
				conn.CloseNow()
			}
			hs.Close()
		})
	}
}

// answer plays a server that reads a request and writes what respond returns.
func answer(ln *memnet.Listener, respond func(r *http.Request) string) {
	nc, err := ln.Accept()
	if err != nil {
		return
	}
	defer nc.Close()
	r, err := http.ReadRequest(bufio.NewReader(nc))
	if err != nil {
		return
	}
	io.WriteString(nc, respond(r))
	io.Copy(io.Discard, nc)
}

func TestDialRefusesResponses(t *testing.T) {
	good := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: KEY\r\n\r\n"
	for name, response := range map[string]string{
		"good":                 good,
		"status":               "HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\ngo away!!",
		"redirect":             "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
		"no upgrade":           strings.Replace(good, "WebSocket", "h2c", 1),
		"two upgrades":         strings.Replace(good, "\r\n\r\n", "\r\nUpgrade: x\r\n\r\n", 1),
		"no connection":        strings.Replace(good, "upgrade", "close", 1),
		"wrong accept":         strings.Replace(good, "KEY", sampleAccept, 1),
		"no accept":            strings.Replace(good, "KEY", "", 1),
		"extension":            strings.Replace(good, "\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n", 1),
		"unrequested protocol": strings.Replace(good, "\r\n\r\n", "\r\nSec-WebSocket-Protocol: z\r\n\r\n", 1),
		"two protocols":        strings.Replace(good, "\r\n\r\n", "\r\nSec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: a\r\n\r\n", 1),
		"no HTTP":              "SSH-2.0-OpenSSH\r\n\r\n",
		"endless header":       "HTTP/1.1 101 X\r\n" + strings.Repeat("A: b\r\n", maxResponse),
		"endless body":         "HTTP/1.1 500 X\r\n\r\n" + strings.Repeat("x", 2*maxResponse),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ln := memnet.Listen()
				go answer(ln, func(r *http.Request) string {
					return strings.Replace(response, "KEY", acceptKey(r.Header.Get("Sec-WebSocket-Key")), 1)
				})
				c, resp, err := Dial(t.Context(), "ws://h/", &Options{DialContext: ln.DialContext, Subprotocols: []string{"a"}})
				if name == "good" {
					must(t, err)
					c.CloseNow()
					return
				}
				if c != nil || err == nil {
					t.Fatalf("Dial: %v, %v", c, err)
				}
				if resp != nil {
					body, err := io.ReadAll(resp.Body)
					if err != nil || len(body) > maxResponseBody || name == "status" && string(body) != "go away!!" {
						t.Errorf("body %q, %v", body, err)
					}
				}
			})
		})
	}
}

func TestDialRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ln := memnet.Listen()
		got := make(chan *http.Request, 1)
		var addr string
		go answer(ln, func(r *http.Request) string {
			got <- r
			return "HTTP/1.1 400 no\r\nContent-Length: 0\r\n\r\n"
		})
		Dial(t.Context(), "http://user:secret@h:81/p?q=1", &Options{
			Subprotocols: []string{"a", "b"},
			Header:       http.Header{"Host": {"other"}, "x-y": {"z"}, "Upgrade": {"h2c"}, "sec-websocket-key": {"mine"}},
			DialContext: func(ctx context.Context, network, a string) (net.Conn, error) {
				addr = network + " " + a
				return ln.DialContext(ctx, network, a)
			},
		})
		r := <-got
		user, password, _ := r.BasicAuth()
		text := fmt.Sprint(addr, "|", r.Method, r.RequestURI, r.Proto, r.Host, "|", user, password, "|", r.Header["X-Y"], r.Header["Upgrade"],
			r.Header["Connection"], r.Header["Sec-Websocket-Version"], r.Header["Sec-Websocket-Protocol"])
		want := "tcp h:81|GET/p?q=1HTTP/1.1other|usersecret|[z] [websocket] [Upgrade] [13] [a, b]"
		if text != want || len(r.Header["Sec-Websocket-Key"]) != 1 || !validKey(r.Header.Get("Sec-WebSocket-Key")) {
			t.Errorf("request %s\nwant %s\nheader %v", text, want, r.Header)
		}
	})
}

func TestDialURLs(t *testing.T) {
	for _, url := range []string{"", "h", "ftp://h", "ws://", "ws://h/#f", "ws://h:x", "%"} {
		if _, _, err := Dial(t.Context(), url, nil); err == nil {
			t.Errorf("Dial takes %q", url)
		}
	}
	for url, want := range map[string]string{"ws://h": "h:80", "wss://h": "h:443", "https://[::1]": "[::1]:443", "ws://h:9/": "h:9"} {
		sentinel := errors.New("not connected")
		var got string
		_, _, err := Dial(t.Context(), url, &Options{DialContext: func(_ context.Context, _, addr string) (net.Conn, error) {
			got = addr
			return nil, sentinel
		}})
		wantIs(t, err, sentinel)
		if got != want {
			t.Errorf("%s dials %s", url, got)
		}
	}
}

func TestDialContextEnds(t *testing.T) {
	for name, serve := range map[string]func(ln *memnet.Listener){
		"nobody accepts":  func(ln *memnet.Listener) {},
		"no answer":       func(ln *memnet.Listener) { answer(ln, func(*http.Request) string { return "" }) },
		"half an answer":  func(ln *memnet.Listener) { answer(ln, func(*http.Request) string { return "HTTP/1.1 101 X\r\nUp" }) },
		"nothing is read": func(ln *memnet.Listener) { ln.Accept() },
	} {
		for _, scheme := range []string{"ws", "wss"} {
			if scheme == "wss" && strings.Contains(name, "answer") {
				continue // that server does not speak TLS at all
			}
			t.Run(name+" "+scheme, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					ln := memnet.Listen()
					ln.Buffer = 10
					go serve(ln)
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					defer cancel()
					start := time.Now()
					_, _, err := Dial(ctx, scheme+"://h", &Options{DialContext: ln.DialContext})
					if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
						t.Errorf("Dial: %v after %v", err, time.Since(start))
					}
				})
			})
		}
	}
}

func TestDialServerHangsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ln := memnet.Listen()
		go func() {
			nc, _ := ln.Accept()
			http.ReadRequest(bufio.NewReader(nc))
			nc.Close()
		}()
		_, _, err := Dial(t.Context(), "ws://h", &Options{DialContext: ln.DialContext})
		wantIs(t, err, io.ErrUnexpectedEOF)
	})
}

func TestDataRightBehindTheResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ln := memnet.Listen()
		go answer(ln, func(r *http.Request) string {
			return "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
				acceptKey(r.Header.Get("Sec-WebSocket-Key")) + "\r\n\r\n" + string(wire(0x81, false, "hello")) + "\x82"
		})
		c, _, err := Dial(t.Context(), "ws://h", &Options{DialContext: ln.DialContext})
		must(t, err)
		rec := record(c)
		synctest.Wait()
		if got := rec.messages(); len(got) != 1 || got[0].p != "hello" {
			t.Errorf("received %v", got)
		}
		c.CloseNow()
	})
}
