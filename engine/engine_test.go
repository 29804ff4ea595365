package engine

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestHandshake(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, x *fixture) {
		status, body, h := x.request("GET", pollQuery+"&t=abc", "", "User-Agent", "x Trident/7 y")
		sid := x.last().session.ID()
		want := `0{"sid":"` + sid + `","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`
		if status != 200 || body != want || len(sid) != 20 {
			t.Errorf("got  %d %s\nwant %s", status, body, want)
		}
		for k, v := range map[string]string{"Content-Type": "text/plain; charset=UTF-8", "Cache-Control": "no-store", "X-Xss-Protection": "0"} {
			if h.Get(k) != v {
				t.Errorf("%s: %q", k, h.Get(k))
			}
		}
		ws := x.dial("")
		_, p, err := ws.Read(t.Context())
		if err != nil || !strings.Contains(string(p), `"upgrades":[],`) {
			t.Errorf("on websocket: %s, %v", p, err)
		}
		if hs := x.last().session.Handshake(); hs.Query().Get("transport") != WebSocket || hs.Issued != time.Now().UnixMilli() || hs.Secure || hs.Header != nil {
			t.Errorf("handshake %+v", hs)
		}
		if n := x.engine.Count(); n != 2 {
			t.Errorf("Count = %d", n)
		}
		_ = ws.CloseNow()
	})
}

func TestRefusals(t *testing.T) {
	refuse := errors.New("")
	bubble(t, Options{AllowRequest: func(r *http.Request) error {
		switch r.URL.Query().Get("user") {
		case "bad":
			return errors.New("go away")
		case "worse":
			return refuse
		}
		return nil
	}}, func(t *testing.T, x *fixture) {
		poller, socketeer := x.poller(), x.socketeer()
		for _, c := range []struct {
			method, query string
			status        int
			body          string
		}{
			{"GET", "EIO=4", 400, `{"code":0,"message":"Transport unknown"}`},
			{"GET", "EIO=4&transport=constructor", 400, `{"code":0,"message":"Transport unknown"}`},
			{"GET", "EIO=4&transport=webtransport", 400, `{"code":0,"message":"Transport unknown"}`},
			{"GET", pollQuery + "&sid=nope", 400, `{"code":1,"message":"Session ID unknown"}`},
			{"POST", pollQuery, 400, `{"code":2,"message":"Bad handshake method"}`},
			{"OPTIONS", pollQuery, 400, `{"code":2,"message":"Bad handshake method"}`},
			{"GET", "EIO=4&transport=websocket", 400, `{"code":3,"message":"Bad request"}`},
			{"GET", pollQuery + "&sid=" + socketeer.sid, 400, `{"code":3,"message":"Bad request"}`},
			{"GET", "EIO=4&transport=websocket&sid=" + poller.sid, 400, `{"code":3,"message":"Bad request"}`},
			{"GET", "EIO=3&transport=polling&sid=" + poller.sid, 400, `{"code":3,"message":"Bad request"}`},
			{"GET", pollQuery + "&user=bad", 403, `{"code":4,"message":"go away"}`},
			{"GET", pollQuery + "&user=worse", 403, `{"code":4,"message":"Forbidden"}`},
			{"GET", "EIO=3&transport=polling", 400, `{"code":5,"message":"Unsupported protocol version"}`},
			{"GET", "transport=polling", 400, `{"code":5,"message":"Unsupported protocol version"}`},
			{"GET", "EIO=3&EIO=5&transport=polling", 400, `{"code":5,"message":"Unsupported protocol version"}`},
			{"PUT", pollQuery + "&sid=" + poller.sid, 500, ``},
		} {
			status, body, h := x.request(c.method, c.query, "")
			if status != c.status || body != c.body {
				t.Errorf("%s %s: %d %s, want %d %s", c.method, c.query, status, body, c.status, c.body)
			}
			if c.body != "" && h.Get("Content-Type") != "application/json" {
				t.Errorf("%s: Content-Type %q", c.query, h.Get("Content-Type"))
			}
		}
		for query, want := range map[string]string{"EIO=3&transport=websocket": "Unsupported protocol version", "EIO=4&transport=websocket&user=bad": "go away", "EIO=4&transport=polling": "Bad request"} {
			status, body, h := x.request("GET", query, "", "Connection", "Upgrade", "Upgrade", "websocket")
			if status != 400 || body != want || h.Get("Content-Type") != "text/html" {
				t.Errorf("upgrade %s: %d %q %v", query, status, body, h)
			}
		}
	})
}

func TestEcho(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture, c *client) {
		c.send("4echo héllo 😀")
		if got := c.receive(); got != "4echo héllo 😀" {
			t.Errorf("got %q", got)
		}
		c.send("bAQID/w==")
		want := map[bool]string{true: "x010203ff", false: "bAQID/w=="}[c.ws != nil]
		if got := c.receive(); got != want {
			t.Errorf("binary: got %q, want %q", got, want)
		}
		// Packets that mean nothing at this point are ignored (EIO-025, B-23).
		for _, p := range []string{"0", "5", "6", "3"} {
			c.send(p)
		}
		c.send("b") // an empty binary message
		c.send("4last")
		synctest.Wait()
		if got := x.last().received(); got != "echo héllo 😀,010203ff,,last" {
			t.Errorf("received %q", got)
		}
		wantTransport := map[bool]string{true: WebSocket, false: Polling}[c.ws != nil]
		if got := x.last().session.Transport(); got != wantTransport {
			t.Errorf("Transport = %q", got)
		}
	})
}

func TestBrokenPackets(t *testing.T) {
	for packet, want := range map[string]Reason{
		"":             ParseError,
		"7":            ParseError,
		"x":            ParseError,
		"bA":           ParseError,
		"2":            TransportError,
		"1":            TransportClose,
		"4a\x1e\x1e4b": ParseError,
	} {
		t.Run(packet, func(t *testing.T) {
			modes(t, Options{}, func(t *testing.T, x *fixture, c *client) {
				if strings.Contains(packet, "\x1e") && c.ws != nil {
					return // one frame is one packet
				}
				c.send(packet)
				synctest.Wait()
				if got := x.last().ended(); got != want {
					t.Errorf("ended with %q, want %q", got, want)
				}
				if before, _, more := strings.Cut(packet, "\x1e"); more && x.last().received() != before[1:] { // EIO-024
					t.Errorf("received %q", x.last().received())
				}
				if err := x.last().session.Send(text("x")); !errors.Is(err, net.ErrClosed) {
					t.Errorf("Send after the end: %v", err)
				}
				if c.ws != nil && c.read() != "closed" {
					t.Error("the WebSocket is open")
				}
			})
		})
	}
}

func TestPayloads(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, x *fixture) {
		c := x.poller()
		c.send("4a\x1ebAQI=\x1e4\xff\x1e4echo")
		if got := x.last().received(); got != "a,0102,\uFFFD,echo" {
			t.Errorf("received %q", got)
		}
		for _, m := range []Message{text("b"), BinaryMessage([]byte{9}), text("")} {
			if err := x.last().session.Send(m); err != nil {
				t.Fatal(err)
			}
		}
		if _, body := c.get(); body != "bAQI=\x1e4echo\x1e4b\x1ebCQ==\x1e4" {
			t.Errorf("payload %q", body)
		}
	})
}

func TestPollingRules(t *testing.T) {
	t.Run("a second GET ends the session", func(t *testing.T) {
		bubble(t, Options{}, func(t *testing.T, x *fixture) {
			c := x.poller()
			first := make(chan string, 1)
			go func() { _, body := c.get(); first <- body }()
			synctest.Wait()
			if status, body := c.get(); status != 400 || body != "" {
				t.Errorf("second GET: %d %q", status, body)
			}
			if got := <-first; got != "1" {
				t.Errorf("first GET: %q", got)
			}
			if got := x.last().ended(); got != TransportError {
				t.Errorf("ended with %q", got)
			}
		})
	})
	t.Run("a second POST ends the session", func(t *testing.T) {
		bubble(t, Options{}, func(t *testing.T, x *fixture) {
			c := x.poller()
			block := make(chan struct{})
			x.last().block = block
			first := make(chan int, 1)
			go func() { status, _ := c.post("4a"); first <- status }()
			synctest.Wait()
			if status, body := c.post("4b"); status != 400 || body != "" {
				t.Errorf("second POST: %d %q", status, body)
			}
			close(block)
			<-first
			if got := x.last().ended(); got != TransportError {
				t.Errorf("ended with %q", got)
			}
		})
	})
	t.Run("a body over the limit leaves the session alone", func(t *testing.T) {
		bubble(t, Options{MaxPayload: 100}, func(t *testing.T, x *fixture) {
			c := x.poller()
			if status, body := c.post("4" + strings.Repeat("x", 100)); status != 413 || body != "" {
				t.Errorf("%d %q", status, body)
			}
			c.send("4" + strings.Repeat("y", 99))
			if got := x.last().received(); got != strings.Repeat("y", 99) {
				t.Errorf("received %q", got)
			}
		})
	})
	t.Run("binary bodies belong to protocol 3", func(t *testing.T) {
		bubble(t, Options{}, func(t *testing.T, x *fixture) {
			c := x.poller()
			status, _, _ := x.request("POST", pollQuery+"&sid="+c.sid, "4a", "Content-Type", "application/octet-stream")
			if status != 400 || x.last().ended() != TransportError {
				t.Errorf("%d, ended with %q", status, x.last().ended())
			}
		})
	})
}

func TestPollingEnds(t *testing.T) {
	t.Run("a close packet releases the GET", func(t *testing.T) {
		bubble(t, Options{}, func(t *testing.T, x *fixture) {
			c := x.poller()
			first := make(chan string, 1)
			go func() { _, body := c.get(); first <- body }()
			synctest.Wait()
			c.send("1")
			if got := <-first; got != "6" && got != "6\x1e1" {
				t.Errorf("GET: %q", got)
			}
			if status, _ := c.get(); status != 400 {
				t.Errorf("GET afterwards: %d", status)
			}
		})
	})
	t.Run("a cancelled GET ends the session", func(t *testing.T) {
		bubble(t, Options{}, func(t *testing.T, x *fixture) {
			c := x.poller()
			x.http.Timeout = time.Second
			r, _ := http.NewRequest("GET", "http://server/?"+pollQuery+"&sid="+c.sid, nil)
			if _, err := x.http.Do(r); err == nil {
				t.Error("the GET was answered")
			}
			synctest.Wait()
			if got := x.last().ended(); got != TransportError {
				t.Errorf("ended with %q", got)
			}
		})
	})
	t.Run("a POST given up ends the session", func(t *testing.T) {
		bubble(t, Options{}, func(t *testing.T, x *fixture) {
			c := x.poller()
			nc, err := x.net.DialContext(t.Context(), "", "")
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(nc, "POST /?"+pollQuery+"&sid="+c.sid+" HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n4cut off")
			synctest.Wait()
			_ = nc.Close()
			synctest.Wait()
			if got := x.last(); got.ended() != TransportError || got.received() != "" {
				t.Errorf("ended with %q, received %q", got.ended(), got.received())
			}
		})
	})
}

func TestCloseByServer(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture, c *client) {
		s := x.last().session
		for range 3 {
			if err := s.Send(text("bye")); err != nil {
				t.Fatal(err)
			}
		}
		s.Close()
		s.Close()
		if got := x.last().ended(); got != ForcedClose {
			t.Errorf("ended with %q", got)
		}
		if c.ws == nil {
			if got := c.receive(); got != "4bye\x1e4bye\x1e4bye" {
				t.Errorf("last payload %q", got)
			}
			if got := c.receive(); got != "1" {
				t.Errorf("then %q", got)
			}
			if got := c.receive(); got != "400" {
				t.Errorf("after it %q", got)
			}
			return
		}
		for _, want := range []string{"4bye", "4bye", "4bye", "closed"} {
			if got := c.receive(); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	})
}

func TestLingeringEnds(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, x *fixture) {
		x.poller()
		x.last().session.Close()
		time.Sleep(29 * time.Second)
		if x.engine.Count() != 1 {
			t.Error("gave up on the client too early")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if x.engine.Count() != 0 {
			t.Error("waits for a client that does not come back")
		}
	})
}

// What is sent inside of Accept comes with the handshake: on polling in its answer (EIO-006).
func TestSendInAccept(t *testing.T) {
	opts := Options{Accept: func(s *Session) Receiver {
		if err := s.Send(text("hello"), BinaryMessage([]byte{1})); err != nil {
			t.Error(err)
		}
		return &record{session: s}
	}}
	bubble(t, opts, func(t *testing.T, x *fixture) {
		_, body, _ := x.request("GET", pollQuery, "")
		if open, rest, _ := strings.Cut(body, "\x1e"); !strings.HasPrefix(open, `0{"sid":"`) || rest != "4hello\x1ebAQ==" {
			t.Errorf("on polling: %q", body)
		}
		c := x.socketeer() // which has read the handshake
		for _, want := range []string{"4hello", "x01"} {
			if got := c.read(); got != want {
				t.Errorf("on WebSocket: %q, want %q", got, want)
			}
		}
		_ = c.ws.CloseNow()
	})
}

func TestClientGoesAway(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, x *fixture) {
		for _, leave := range []func(c *client){
			func(c *client) { _ = c.ws.Close(1001, "") },
			func(c *client) { _ = c.ws.CloseNow() },
		} {
			c := x.socketeer()
			leave(c)
			synctest.Wait()
			if got := x.last().ended(); got != TransportClose {
				t.Errorf("ended with %q (%v)", got, x.last().err)
			}
		}
		if x.engine.Count() != 0 {
			t.Errorf("%d sessions left", x.engine.Count())
		}
	})
}

func TestMessageOverTheLimitOnWebSocket(t *testing.T) {
	bubble(t, Options{MaxPayload: 10}, func(t *testing.T, x *fixture) {
		c := x.socketeer()
		c.write("4" + strings.Repeat("x", 10))
		c.read()
		synctest.Wait()
		if got := x.last().ended(); got != TransportError {
			t.Errorf("ended with %q (%v)", got, x.last().err)
		}
	})
}

func TestShutdown(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture, c *client) {
		if err := x.last().session.Send(text("last words")); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- x.engine.Shutdown(t.Context()) }()
		if got := c.receive(); !strings.HasPrefix(got, "4last words") {
			t.Errorf("got %q", got)
		}
		c.receive()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if status, _, h := x.request("GET", pollQuery, ""); status != 503 || h.Get("Retry-After") == "" {
			t.Errorf("handshake with a closed server: %d", status)
		}
	})
}

func TestShutdownGivesUpWithItsContext(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, x *fixture) {
		x.poller() // does not come back
		x.poller()
		if err := x.last().session.Send(text("for whom?")); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := contextTimeout(t, time.Second)
		defer cancel()
		start := time.Now()
		if err := x.engine.Shutdown(ctx); err == nil || time.Since(start) != time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		if x.engine.Count() != 0 {
			t.Error("sessions left")
		}
	})
}

// A session may be ended while it is being accepted: its receiver learns of it, and
// nothing is left.
func TestEndWhileBeingAccepted(t *testing.T) {
	for name, end := range map[string]func(s *Session){
		"Close":          func(s *Session) { s.Close() },
		"Send and Close": func(s *Session) { _ = s.Send(text("last")); s.Close() },
		"Fail":           func(s *Session) { s.Fail(errors.New("on purpose")) },
		"from elsewhere": func(s *Session) { go s.Fail(errors.New("on purpose")) },
	} {
		t.Run(name, func(t *testing.T) {
			r := new(record)
			bubble(t, Options{Accept: func(s *Session) Receiver { end(s); return r }}, func(t *testing.T, x *fixture) {
				for range 2 {
					if _, body, _ := x.request("GET", pollQuery, ""); name == "Send and Close" {
						if sid := strings.TrimPrefix(body, `0{"sid":"`)[:20]; !strings.Contains(body, "\x1e4last") {
							t.Errorf("got %s", body)
						} else if _, body, _ := x.request("GET", pollQuery+"&sid="+sid, ""); body != "1" {
							t.Errorf("then %s", body)
						}
					}
					synctest.Wait()
					want := map[bool]Reason{true: TransportError, false: ForcedClose}[name == "Fail" || name == "from elsewhere"]
					if got := r.ended(); got != want || want == TransportError && (r.err == nil || r.err.Error() != "on purpose") {
						t.Errorf("ended with %q, %v", got, r.err)
					}
					r.reset()
					ws := x.dial("")
					for end := ""; end != "closed"; end = (&client{x: x, ws: ws}).read() {
					}
					synctest.Wait()
					if got := r.ended(); got != want {
						t.Errorf("on WebSocket ended with %q", got)
					}
					r.reset()
				}
				time.Sleep(time.Minute) // what lingers is over
				synctest.Wait()
				if n := x.engine.Count(); n > 0 {
					t.Errorf("%d sessions are left", n)
				}
				if err := x.engine.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
