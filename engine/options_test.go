package engine

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio/websocket"
)

// refusals notes what OnRefuse is told: status, code, message and name.
type refusals struct {
	mu  sync.Mutex
	got []string
}

func (l *refusals) note(r *http.Request, e *Refusal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.got = append(l.got, strings.TrimSpace(fmt.Sprintf("%d %d %s %s", e.Status, e.Code, e.Message, e.Name)))
}

func (l *refusals) take() (got []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	got, l.got = l.got, nil
	return got
}

var upgradeHeader = []string{"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}

// Every case of reference 1.9: what the client is answered, and what the application is told.
func TestOnRefuse(t *testing.T) {
	var told refusals
	opts := Options{
		OnRefuse: told.note,
		AllowRequest: func(r *http.Request) error {
			if text, denied := r.URL.Query()["deny"]; denied {
				return errors.New(text[0])
			}
			return nil
		},
		GenerateID: func(r *http.Request) (string, error) {
			if r.URL.Query().Get("id") != "" {
				return "", errors.New("the generator is broken")
			}
			return NewID(), nil
		},
	}
	bubble(t, opts, func(t *testing.T, x *fixture) {
		poller, socketeer := x.poller(), x.socketeer()
		const ws = "EIO=4&transport=websocket"
		for _, c := range []struct {
			method, query string
			header        []string
			status        int
			body, told    string
		}{
			{"GET", "EIO=4", nil, 400, `{"code":0,"message":"Transport unknown"}`, "400 0 Transport unknown"},
			{"GET", "EIO=4&transport=__proto__", nil, 400, `{"code":0,"message":"Transport unknown"}`, "400 0 Transport unknown"},
			{"GET", "EIO=4&transport=webtransport", upgradeHeader, 400, "Transport unknown", "400 0 Transport unknown"},
			{"GET", pollQuery + "&sid=nope", nil, 400, `{"code":1,"message":"Session ID unknown"}`, "400 1 Session ID unknown"},
			{"POST", pollQuery + "&sid=nope", nil, 400, `{"code":1,"message":"Session ID unknown"}`, "400 1 Session ID unknown"},
			{"GET", ws + "&sid=nope", upgradeHeader, 400, "Session ID unknown", "400 1 Session ID unknown"},
			{"POST", pollQuery, nil, 400, `{"code":2,"message":"Bad handshake method"}`, "400 2 Bad handshake method"},
			{"PUT", pollQuery, nil, 400, `{"code":2,"message":"Bad handshake method"}`, "400 2 Bad handshake method"},
			{"GET", ws, nil, 400, `{"code":3,"message":"Bad request"}`, "400 3 Bad request TRANSPORT_HANDSHAKE_ERROR"},
			{"GET", pollQuery, upgradeHeader, 400, "Bad request", "400 3 Bad request TRANSPORT_HANDSHAKE_ERROR"},
			{"GET", pollQuery + "&sid=" + socketeer.sid, nil, 400, `{"code":3,"message":"Bad request"}`, "400 3 Bad request TRANSPORT_MISMATCH"},
			{"GET", ws + "&sid=" + poller.sid, nil, 400, `{"code":3,"message":"Bad request"}`, "400 3 Bad request TRANSPORT_MISMATCH"},
			{"GET", "EIO=3&transport=polling&sid=" + poller.sid, nil, 400, `{"code":3,"message":"Bad request"}`, "400 3 Bad request PROTOCOL_MISMATCH"},
			{"GET", "EIO=3&transport=websocket&sid=" + poller.sid, upgradeHeader, 400, "Bad request", "400 3 Bad request PROTOCOL_MISMATCH"},
			{"GET", pollQuery + "&id=broken", nil, 400, `{"code":3,"message":"Bad request"}`, "400 3 Bad request ID_GENERATION_ERROR"},
			{"GET", ws + "&id=broken", upgradeHeader, 400, "Bad request", "400 3 Bad request ID_GENERATION_ERROR"},
			{"GET", pollQuery + "&deny=go+away", nil, 403, `{"code":4,"message":"go away"}`, "403 4 go away"},
			{"GET", pollQuery + "&deny=", nil, 403, `{"code":4,"message":"Forbidden"}`, "403 4 Forbidden"},
			{"GET", ws + "&deny=go+away", upgradeHeader, 400, "go away", "403 4 go away"}, // B-07
			{"GET", "EIO=3&transport=polling", nil, 400, `{"code":5,"message":"Unsupported protocol version"}`, "400 5 Unsupported protocol version"},
			{"GET", "EIO=3&transport=websocket", upgradeHeader, 400, "Unsupported protocol version", "400 5 Unsupported protocol version"}, // B-08
			{"GET", ws, append(slices.Clip(upgradeHeader), "Origin", "http://evil.example"), 403,
				`origin "http://evil.example" is not allowed: the server's CORS option must list it`,
				`403 4 origin "http://evil.example" is not allowed: the server's CORS option must list it ORIGIN`},
			// The order of EIO-009: the transport, the session, the method, the upgrade, the application, the version, the id.
			{"POST", "EIO=3&transport=x&sid=nope&deny=1&id=broken", nil, 400, `{"code":0,"message":"Transport unknown"}`, "400 0 Transport unknown"},
			{"POST", "EIO=3&transport=polling&sid=nope&deny=1&id=broken", nil, 400, `{"code":1,"message":"Session ID unknown"}`, "400 1 Session ID unknown"},
			{"POST", "EIO=3&transport=websocket&deny=1&id=broken", nil, 400, `{"code":2,"message":"Bad handshake method"}`, "400 2 Bad handshake method"},
			{"GET", "EIO=3&transport=websocket&deny=1&id=broken", nil, 400, `{"code":3,"message":"Bad request"}`, "400 3 Bad request TRANSPORT_HANDSHAKE_ERROR"},
			{"GET", "EIO=3&transport=polling&deny=1&id=broken", nil, 403, `{"code":4,"message":"1"}`, "403 4 1"},
			{"GET", "EIO=3&transport=polling&id=broken", nil, 400, `{"code":5,"message":"Unsupported protocol version"}`, "400 5 Unsupported protocol version"},
		} {
			before := x.engine.Stats().Refused
			status, body, h := x.request(c.method, c.query, "", c.header...)
			if status != c.status || body != c.body {
				t.Errorf("%s %s: %d %s, want %d %s", c.method, c.query, status, body, c.status, c.body)
			}
			if want := map[bool]string{true: "text/html", false: "application/json"}[c.header != nil]; h.Get("Content-Type") != want || h.Get("Cache-Control") != "" {
				t.Errorf("%s %s: header %v", c.method, c.query, h)
			}
			if got := told.take(); len(got) != 1 || got[0] != c.told {
				t.Errorf("%s %s: told %q, want %s", c.method, c.query, got, c.told)
			}
			if got := x.engine.Stats().Refused - before; got != 1 {
				t.Errorf("%s %s: %d requests counted", c.method, c.query, got)
			}
		}
		// Sessions are checked again only with what they have begun with.
		if status, body := poller.post("4echo"); status != 200 || body != "ok" {
			t.Errorf("%d %s", status, body)
		}
		if e := error(errTransportMismatch); e.Error() != "engine: refused with 400: Bad request: TRANSPORT_MISMATCH" {
			t.Error(e)
		}
		if status, _, _ := x.request("PUT", pollQuery+"&sid="+poller.sid, ""); status != 500 {
			t.Errorf("PUT: %d", status)
		}
		_ = socketeer.ws.CloseNow()
	})
}

func TestOnRefuseOfASessionThatIsClosing(t *testing.T) {
	var told refusals
	bubble(t, Options{OnRefuse: told.note}, func(t *testing.T, x *fixture) {
		// A session that was closed takes nothing any more, while the client may still fetch.
		closed := x.poller()
		x.last().session.Close()
		if status, body := closed.post("4late"); status != 400 || body != `{"code":1,"message":"Session ID unknown"}` {
			t.Errorf("POST after Close: %d %s", status, body)
		}
		if got := told.take(); !slices.Equal(got, []string{"400 1 Session ID unknown"}) {
			t.Errorf("POST after Close: told %q", got)
		}
	})
}

// AllowRequest is asked once for each connection, at its beginning (EIO-008).
func TestAllowRequestIsForHandshakes(t *testing.T) {
	asked := 0
	bubble(t, Options{AllowRequest: func(*http.Request) error { asked++; return nil }}, func(t *testing.T, x *fixture) {
		c := x.poller()
		c.send("4echo")
		c.receive()
		c.upgraded().send("4echo")
		c.receive()
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
		_ = c.ws.CloseNow()
	})
}

func TestGenerateID(t *testing.T) {
	bubble(t, Options{GenerateID: func(r *http.Request) (string, error) { return r.URL.Query().Get("id"), nil }}, func(t *testing.T, x *fixture) {
		for id, valid := range map[string]bool{
			"abc": true, "A-Z_0-9": true, strings.Repeat("x", 64): true,
			strings.Repeat("x", 65): false, "": false, "a.b": false, "a b": false, `a"b`: false, "ž": false, "a%2Fb": false, "a\x00": false,
		} {
			r, err := http.NewRequest("GET", "http://server/engine.io/", nil)
			if err != nil {
				t.Fatal(err)
			}
			q := r.URL.Query()
			q.Set("EIO", "4")
			q.Set("transport", "polling")
			q.Set("id", id)
			r.URL.RawQuery = q.Encode()
			res, err := x.http.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if got := strings.HasPrefix(string(body), `0{"sid":"`+id+`"`); got != valid || valid == (res.StatusCode != 200) {
				t.Errorf("%q: %d %s", id, res.StatusCode, body)
			}
		}
		// The same one again is refused; the session that has it goes on.
		c := &client{x: x, sid: "abc"}
		if status, body, _ := x.request("GET", pollQuery+"&id=abc", ""); status != 400 || body != `{"code":3,"message":"Bad request"}` {
			t.Errorf("%d %s", status, body)
		}
		c.send("4echo")
		if got := c.receive(); got != "4echo" {
			t.Errorf("got %s", got)
		}
		// And on WebSocket.
		ws := x.dial("&id=ws")
		if _, p, err := ws.Read(t.Context()); err != nil || !strings.HasPrefix(string(p), `0{"sid":"ws"`) {
			t.Errorf("%s, %v", p, err)
		}
		_ = ws.CloseNow()
	})
}

// However many ask at the same time, one gets the id, and the server ends in order.
func TestTheSameIDAtTheSameTime(t *testing.T) {
	for _, mode := range []string{"polling", "websocket"} {
		t.Run(mode, func(t *testing.T) {
			var gate chan struct{} // belongs to the bubble
			opts := Options{GenerateID: func(r *http.Request) (string, error) { return "same", nil }, ConnContext: func(ctx context.Context, _ *http.Request) context.Context {
				<-gate // all of them have their ids by now
				return ctx
			}}
			bubble(t, opts, func(t *testing.T, x *fixture) {
				gate = make(chan struct{})
				const n = 5
				opened := make(chan string, n)
				for range n {
					go func() {
						if mode == "polling" {
							status, body, _ := x.request("GET", pollQuery, "")
							opened <- fmt.Sprintf("%d %s", status, body)
							return
						}
						ws, _, err := websocket.Dial(t.Context(), "ws://server/engine.io/?EIO=4&transport=websocket", &websocket.Options{DialContext: x.net.DialContext})
						if err != nil {
							opened <- err.Error()
							return
						}
						go func() {
							_, p, err := ws.Read(t.Context())
							_, _, end := ws.Read(t.Context())
							opened <- fmt.Sprintf("200 %s %v %v", p, err, end)
						}()
					}()
				}
				synctest.Wait()
				close(gate)
				synctest.Wait()
				if x.engine.Count() != 1 || x.engine.Stats().Opened != 1 {
					t.Errorf("%d sessions, %d opened", x.engine.Count(), x.engine.Stats().Opened)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				if err := x.engine.Shutdown(ctx); err != nil {
					t.Errorf("Shutdown: %v", err)
				}
				refused := 0
				for range n {
					if got := <-opened; got == `400 {"code":3,"message":"Bad request"}` {
						refused++
					}
				}
				if mode == "polling" && refused != n-1 {
					t.Errorf("%d are refused", refused)
				}
			})
		})
	}
}

func TestCookie(t *testing.T) {
	for _, c := range []struct {
		cookie *http.Cookie
		want   string // with the id in place of #
	}{
		{nil, ""},
		{&http.Cookie{}, "io=#; Path=/"},
		{&http.Cookie{HttpOnly: true, SameSite: http.SameSiteLaxMode}, "io=#; Path=/; HttpOnly; SameSite=Lax"}, // what the official server sends
		{&http.Cookie{Name: "lb", Path: "/app", Domain: "example.com", MaxAge: 60, Secure: true, Value: "ignored", SameSite: http.SameSiteStrictMode},
			"lb=#; Path=/app; Domain=example.com; Max-Age=60; Secure; SameSite=Strict"},
	} {
		bubble(t, Options{Cookie: c.cookie}, func(t *testing.T, x *fixture) {
			_, body, h := x.request("GET", pollQuery, "")
			sid := body[9:29]
			if got := h.Get("Set-Cookie"); got != strings.Replace(c.want, "#", sid, 1) || len(h["Set-Cookie"]) > 1 {
				t.Errorf("%q, want %s", h["Set-Cookie"], c.want)
			}
			// Only there (EIO-130, B-11).
			go func() { _ = x.last().session.Send(text("x")) }()
			_, _, h = x.request("GET", pollQuery+"&sid="+sid, "")
			_, _, post := x.request("POST", pollQuery+"&sid="+sid, "4x")
			ws, res, err := websocket.Dial(t.Context(), "ws://server/engine.io/?EIO=4&transport=websocket", &websocket.Options{DialContext: x.net.DialContext})
			if err != nil {
				t.Fatal(err)
			}
			_ = ws.CloseNow()
			_, _, refused := x.request("GET", pollQuery+"&sid=nope", "")
			for _, h := range []http.Header{h, post, res.Header, refused} {
				if _, set := h["Set-Cookie"]; set {
					t.Errorf("header %v", h)
				}
			}
			if c.cookie != nil && (c.cookie.Value == sid || c.cookie.Name == "io") {
				t.Error("the option was modified")
			}
		})
	}
}

// Header sees every response, and knows the first of a session (EIO-140).
func TestHeaderHook(t *testing.T) {
	var mu sync.Mutex
	var calls []string
	opts := Options{Header: func(h http.Header, r *http.Request, first bool) {
		mu.Lock()
		defer mu.Unlock()
		calls = append(calls, fmt.Sprintf("%s %s %v", r.Method, r.URL.Query().Get("transport"), first))
		h.Set("X-Hook", fmt.Sprint(first))
		h.Add("Set-Cookie", "a=1")
		h.Add("Set-Cookie", "b=2")
	}}
	took := func(t *testing.T, want ...string) {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		if !slices.Equal(calls, want) {
			t.Errorf("calls %q, want %q", calls, want)
		}
		calls = nil
	}
	check := func(t *testing.T, h http.Header, first string) {
		t.Helper()
		if h.Get("X-Hook") != first || fmt.Sprint(h["Set-Cookie"]) != "[a=1 b=2]" {
			t.Errorf("header %v, want %s", h, first)
		}
	}
	bubble(t, opts, func(t *testing.T, x *fixture) {
		_, body, h := x.request("GET", pollQuery, "")
		sid := body[9:29]
		took(t, "GET polling true")
		check(t, h, "true")
		_, _, h = x.request("POST", pollQuery+"&sid="+sid, "4echo")
		took(t, "POST polling false")
		check(t, h, "false")
		_, _, h = x.request("GET", pollQuery+"&sid="+sid, "")
		took(t, "GET polling false")
		check(t, h, "false")
		ws, res, err := websocket.Dial(t.Context(), "ws://server/engine.io/?EIO=4&transport=websocket&sid="+sid, &websocket.Options{DialContext: x.net.DialContext})
		if err != nil {
			t.Fatal(err)
		}
		took(t, "GET websocket false")
		check(t, res.Header, "false")
		_ = ws.CloseNow()
		ws, res, err = websocket.Dial(t.Context(), "ws://server/engine.io/?EIO=4&transport=websocket", &websocket.Options{DialContext: x.net.DialContext})
		if err != nil {
			t.Fatal(err)
		}
		took(t, "GET websocket true")
		check(t, res.Header, "true")
		_ = ws.CloseNow()
	})
}

func TestCompressPolling(t *testing.T) {
	for _, c := range []struct {
		option, size int
		accept       string
		plain        []bool // for each message
		want         string
	}{
		{0, 2000, "gzip, deflate, br", []bool{false}, "gzip"},
		{0, 2000, "deflate", []bool{false}, "deflate"},
		{0, 2000, "DEFLATE;q=0.5, br", []bool{false}, "deflate"},
		{0, 2000, "gzip;q=0, deflate", []bool{false}, "deflate"},
		{0, 2000, "gzip; q=0.0", []bool{false}, ""},
		{0, 2000, "br", []bool{false}, ""},
		{0, 2000, "", []bool{false}, ""},
		{0, 1023, "gzip", []bool{false}, "gzip"}, // with the type of the packet
		{0, 1022, "gzip", []bool{false}, ""},
		{100, 99, "gzip", []bool{false}, "gzip"},
		{100, 98, "gzip", []bool{false}, ""},
		{-1, 100_000, "gzip", []bool{false}, ""},
		{0, 2000, "gzip", []bool{true}, ""}, // none of them may be compressed
		{0, 2000, "gzip", []bool{true, true}, ""},
		{0, 2000, "gzip", []bool{true, false}, "gzip"}, // one of them may
	} {
		t.Run(fmt.Sprintf("%d %d %s %v", c.option, c.size, c.accept, c.plain), func(t *testing.T) {
			bubble(t, Options{CompressPolling: c.option}, func(t *testing.T, x *fixture) {
				p := x.poller()
				body := strings.Repeat("x", c.size)
				want := ""
				for i, plain := range c.plain {
					m := text(body)
					if plain {
						m = m.Plain()
					}
					if err := x.last().session.Send(m); err != nil {
						t.Fatal(err)
					}
					if i > 0 {
						want += "\x1e"
					}
					want += "4" + body
				}
				// Explicit, so that the client of net/http does not decode.
				_, got, h := x.request("GET", pollQuery+"&sid="+p.sid, "", "Accept-Encoding", c.accept)
				if length := h.Get("Content-Length"); length != "" && length != fmt.Sprint(len(got)) {
					t.Errorf("Content-Length %s of %d bytes", length, len(got))
				}
				if h.Get("Content-Encoding") != c.want || h.Get("Cache-Control") != "no-store" || h.Get("Content-Type") != "text/plain; charset=UTF-8" {
					t.Fatalf("header %v", h)
				}
				switch c.want {
				case "gzip":
					z, err := gzip.NewReader(strings.NewReader(got))
					got = decoded(t, z, err)
				case "deflate":
					z, err := zlib.NewReader(strings.NewReader(got))
					got = decoded(t, z, err)
				}
				if got != want {
					t.Errorf("got %d bytes, want %d", len(got), len(want))
				}
			})
		})
	}
}

// A compressed answer is streamed (NEW-03), unless it is so small that net/http knows its
// length when it begins.
func TestCompressedAnswersAreStreamed(t *testing.T) {
	var long strings.Builder
	for range 1000 {
		long.WriteString(rand.Text())
	}
	bubble(t, Options{}, func(t *testing.T, x *fixture) {
		p := x.poller()
		for _, encoding := range []string{"gzip", ""} {
			if err := x.last().session.Send(text(long.String())); err != nil {
				t.Fatal(err)
			}
			r, err := http.NewRequest("GET", "http://server/?"+pollQuery+"&sid="+p.sid, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Accept-Encoding", encoding)
			res, err := x.http.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_, err = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
			if streamed := slices.Equal(res.TransferEncoding, []string{"chunked"}) && res.ContentLength < 0; streamed != (encoding != "") || err != nil {
				t.Errorf("encoding %q: %v, length %d, %v", encoding, res.TransferEncoding, res.ContentLength, err)
			}
		}
	})
}

func decoded(t *testing.T, r io.Reader, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Nobody is believed but the proxies that are named.
func TestTrustedProxies(t *testing.T) {
	prefixes := func(list ...string) (p []netip.Prefix) {
		for _, s := range list {
			p = append(p, netip.MustParsePrefix(s))
		}
		return p
	}
	trusted := prefixes("10.0.0.0/8", "2001:db8::/32", "127.0.0.1/32")
	for _, c := range []struct {
		why, peer string
		trusted   []netip.Prefix
		forwarded []string // header lines
		proto     string
		addr      string
		secure    bool
	}{
		{"no header", "10.0.0.1:99", trusted, nil, "", "10.0.0.1:99", false},
		{"nobody is trusted", "10.0.0.1:99", nil, []string{"1.2.3.4"}, "https", "10.0.0.1:99", false},
		{"a stranger speaks", "9.9.9.9:99", trusted, []string{"1.2.3.4"}, "https", "9.9.9.9:99", false},
		{"one hop", "10.0.0.1:99", trusted, []string{"1.2.3.4"}, "https", "1.2.3.4", true},
		{"http", "10.0.0.1:99", trusted, []string{"1.2.3.4"}, "http", "1.2.3.4", false},
		{"two proxies", "10.0.0.1:99", trusted, []string{"1.2.3.4, 10.0.0.2"}, "", "1.2.3.4", false},
		{"two lines", "10.0.0.1:99", trusted, []string{"1.2.3.4", "10.0.0.2"}, "", "1.2.3.4", false},
		{"the client has invented hops", "10.0.0.1:99", trusted, []string{"8.8.8.8, 10.1.1.1, 1.2.3.4"}, "", "1.2.3.4", false},
		{"the client has invented a line", "10.0.0.1:99", trusted, []string{"8.8.8.8", "1.2.3.4, 10.0.0.2"}, "", "1.2.3.4", false},
		{"all are proxies", "10.0.0.1:99", trusted, []string{"10.0.0.3, 10.0.0.2"}, "", "10.0.0.3", false},
		{"nonsense", "10.0.0.1:99", trusted, []string{"unknown"}, "", "10.0.0.1:99", false},
		{"nonsense behind a proxy", "10.0.0.1:99", trusted, []string{"1.2.3.4, _hidden, 10.0.0.2"}, "", "10.0.0.2", false},
		{"nothing", "10.0.0.1:99", trusted, []string{""}, "", "10.0.0.1:99", false},
		{"commas", "10.0.0.1:99", trusted, []string{"1.2.3.4,,"}, "", "10.0.0.1:99", false},
		{"a name", "10.0.0.1:99", trusted, []string{"evil.example"}, "", "10.0.0.1:99", false},
		{"markup", "10.0.0.1:99", trusted, []string{`<script>`}, "", "10.0.0.1:99", false},
		{"with ports", "10.0.0.1:99", trusted, []string{"1.2.3.4:5678, 10.0.0.2:80"}, "", "1.2.3.4:5678", false},
		{"IPv6", "[2001:db8::1]:99", trusted, []string{"2001:470::7"}, "https", "2001:470::7", true},
		{"IPv6 in brackets", "[2001:db8::1]:99", trusted, []string{"[2001:470::7]:1234, [2001:db8::2]"}, "", "[2001:470::7]:1234", false},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:99", trusted, []string{"1.2.3.4"}, "", "1.2.3.4", false},
		{"IPv4 in IPv6 is a stranger", "[::ffff:9.9.9.9]:99", trusted, []string{"1.2.3.4"}, "", "[::ffff:9.9.9.9]:99", false},
		{"spaces", "10.0.0.1:99", trusted, []string{"  1.2.3.4 \t,  10.0.0.2  "}, "", "1.2.3.4", false},
		{"the protocol of the nearest proxy", "10.0.0.1:99", trusted, []string{"1.2.3.4"}, "https, http", "1.2.3.4", false},
		{"the protocol in capitals", "10.0.0.1:99", trusted, []string{"1.2.3.4"}, "http,HTTPS", "1.2.3.4", true},
		{"a strange protocol", "10.0.0.1:99", trusted, []string{"1.2.3.4"}, "httpsx", "1.2.3.4", false},
		{"everybody is trusted", "10.0.0.1:99", prefixes("0.0.0.0/0"), []string{"5.6.7.8, 1.2.3.4"}, "", "5.6.7.8", false},
		{"no address", "@", trusted, []string{"1.2.3.4"}, "https", "@", false},
	} {
		r, err := http.NewRequest("GET", "/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.RemoteAddr = c.peer
		for _, line := range c.forwarded {
			r.Header.Add("X-Forwarded-For", line)
		}
		if c.proto != "" {
			r.Header.Set("X-Forwarded-Proto", c.proto)
		}
		o := Options{TrustedProxies: c.trusted}
		if addr, secure := o.origin(r); addr != c.addr || secure != c.secure {
			t.Errorf("%s: %s %v, want %s %v", c.why, addr, secure, c.addr, c.secure)
		}
	}
	// Through the whole server; the peer of the network in memory has no IP address.
	bubble(t, Options{TrustedProxies: prefixes("0.0.0.0/0", "::/0")}, func(t *testing.T, x *fixture) {
		x.request("GET", pollQuery, "", "X-Forwarded-For", "1.2.3.4", "X-Forwarded-Proto", "https")
		if h := x.last().session.Handshake(); !strings.HasPrefix(h.RemoteAddr, "mem:") || h.Secure {
			t.Errorf("handshake %+v", h)
		}
	})
}

func TestOptionsAreChecked(t *testing.T) {
	for _, opts := range []*Options{nil, {}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic without Accept")
				}
			}()
			NewServer(opts)
		}()
	}
	var b bytes.Buffer
	fmt.Fprint(&b, errForbidden("no"))
	if b.String() != "engine: refused with 403: no" {
		t.Error(b.String())
	}
}
