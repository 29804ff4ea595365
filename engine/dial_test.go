package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio/internal/memnet"
	"github.com/socketio-go/socketio/websocket"
)

func TestDialEcho(t *testing.T) {
	dialModesOf(t, Options{}, func(t *testing.T, x *fixture, mode string, d DialOptions) {
		c := x.dialClient(d)
		if c.ID() != x.last().session.ID() {
			t.Errorf("ID is %q", c.ID())
		}
		for range 3 {
			if err := c.Send(text("echo é\x1d"), BinaryMessage([]byte{1, 2, 0xff})); err != nil {
				t.Fatal(err)
			}
			if got := c.received(); got != "echo é\x1d,x0102ff" {
				t.Errorf("received %q", got)
			}
		}
		c.Close()
		c.wantEnd(ForcedClose)
		c.Close()
		if got := x.last().ended(); got != TransportClose {
			t.Errorf("the server saw %q", got)
		}
	})
}

func TestDialForceBase64(t *testing.T) {
	dialModesOf(t, Options{}, func(t *testing.T, x *fixture, mode string, d DialOptions) {
		d.ForceBase64 = true
		c := x.dialClient(d)
		_ = c.Send(BinaryMessage([]byte{1, 2, 3, 0xff}))
		if got := c.received(); got != "x010203ff" {
			t.Errorf("received %q", got)
		}
		if q := x.last().session.Handshake().Query(); q.Get("b64") != "1" {
			t.Errorf("query %v", q)
		}
	})
}

// Both sides send all the time while the transport changes.
func TestDialOrderAcrossTheUpgrade(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, x *fixture) {
		c, err := dialOver(t, x.net, DialOptions{})
		if err != nil {
			t.Fatal(err)
		}
		server := x.last()
		const n = 2000
		var want []string
		for i := range n {
			m := fmt.Sprintf("%d", i)
			want = append(want, m)
			if err := errors.Join(c.Send(text(m)), server.session.Send(text(m))); err != nil {
				t.Fatal(err)
			}
			if i%20 == 0 {
				time.Sleep(7 * time.Millisecond)
			}
		}
		c.wantOpen(WebSocket)
		if got := c.received(); got != strings.Join(want, ",") {
			t.Errorf("the client received %.200s…", got)
		}
		if got := server.received(); got != strings.Join(want, ",") {
			t.Errorf("the server received %.200s…", got)
		}
	})
}

func TestDialHeartbeat(t *testing.T) {
	opts := Options{PingInterval: 10 * time.Second, PingTimeout: 5 * time.Second}
	dialModesOf(t, opts, func(t *testing.T, x *fixture, mode string, d DialOptions) {
		var conns []*memnet.Conn
		d.Network.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			nc, err := x.net.DialContext(ctx, network, addr)
			if err == nil {
				conns = append(conns, nc.(*memnet.Conn))
			}
			return nc, err
		}
		c := x.dialClient(d)
		time.Sleep(3 * time.Hour)
		_ = c.Send(text("echo"))
		if got := c.received(); got != "echo" {
			t.Errorf("after hours: received %q", got)
		}
		for _, nc := range conns {
			_ = nc.CloseRead() // the network has a hole: what the server sends does not arrive
		}
		x.last().session.cut()
		time.Sleep(16 * time.Second)
		synctest.Wait()
		c.mu.Lock()
		defer c.mu.Unlock()
		if !c.over {
			t.Error("a dead connection is not noticed")
		}
	})
}

// The server is there but has stopped pinging.
func TestDialPingTimeout(t *testing.T) {
	for mode, d := range dialModes {
		t.Run(mode, func(t *testing.T) {
			scripted(t, func(nc *rawServer) { nc.mute = true }, func(t *testing.T, ln *memnet.Listener) {
				d.DisableUpgrades = true
				c, err := dialOver(t, ln, d)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(45*time.Second - time.Millisecond)
				c.wantOpen(map[string]string{"websocket": WebSocket}[mode] + map[string]string{"polling": Polling, "upgrade": Polling}[mode])
				time.Sleep(2 * time.Millisecond)
				c.wantEnd(PingTimeout)
			})
		})
	}
}

// A machine that was asleep finds out when it sends, not 45 seconds later.
func TestDialNoticesThatAPingIsOverdueWhenItSends(t *testing.T) {
	dialModesOf(t, Options{}, func(t *testing.T, x *fixture, mode string, d DialOptions) {
		c := x.dialClient(d)
		c.mu.Lock()
		c.deadline = time.Now().UnixMilli() - 1
		c.mu.Unlock()
		if err := c.Send(text("into the void")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Send: %v", err)
		}
		c.wantEnd(PingTimeout)
	})
}

// As long as messages come the link is not dead, also when no ping does.
func TestDialMessagesPutThePingTimeoutOff(t *testing.T) {
	opts := Options{PingInterval: 10 * time.Second, PingTimeout: 5 * time.Second}
	dialModesOf(t, opts, func(t *testing.T, x *fixture, mode string, d DialOptions) {
		c := x.dialClient(d)
		synctest.Wait()
		s := x.last().session
		s.mu.Lock()
		s.server.wheel.Stop(&s.timer) // no ping from here on
		s.mu.Unlock()
		var want []string
		for i := range 100 {
			want = append(want, fmt.Sprint(i))
			if err := s.Send(text(want[i])); err != nil {
				t.Fatal(err)
			}
			time.Sleep(4 * time.Second)
		}
		if got := c.received(); got != strings.Join(want, ",") {
			t.Fatalf("received %q", got)
		}
		if err := c.Send(text("still here")); err != nil {
			t.Error(err)
		}
		c.wantOpen(c.Transport())
		time.Sleep(11 * time.Second)
		c.wantEnd(PingTimeout)
	})
}

// A client that does not read is alive all the same, and reads on where it was.
func TestDialPause(t *testing.T) {
	opts := Options{PingInterval: 10 * time.Second, PingTimeout: 5 * time.Second}
	dialModesOf(t, opts, func(t *testing.T, x *fixture, mode string, d DialOptions) {
		c := x.dialClient(d)
		c.Pause()
		c.Pause()
		synctest.Wait()
		for i := range 100 {
			if err := x.last().session.Send(text(fmt.Sprint(i))); err != nil {
				t.Fatal(err)
			}
			time.Sleep(11 * time.Second)
		}
		if got := c.received(); strings.Count(got, ",") > 1 {
			t.Errorf("received while paused: %q", got)
		}
		if got := x.last().ended(); got != "" {
			t.Fatalf("the server ended the session: %q", got)
		}
		_ = c.Send(text("echo"))
		c.Resume()
		synctest.Wait()
		time.Sleep(time.Minute)
		if got := c.received(); !strings.HasSuffix(got, "98,99,echo") {
			t.Errorf("received %q", got)
		}
		c.Pause()
		_ = x.last().session.Send(text("lost"))
		c.Close()
		c.wantEnd(ForcedClose)
	})
}

func TestDialPayloadSplit(t *testing.T) {
	var posts []int64
	faults(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == "POST" {
			posts = append(posts, r.ContentLength)
		}
		return false
	}, func(t *testing.T, ln *memnet.Listener) {
		c, err := dialOver(t, ln, DialOptions{DisableUpgrades: true})
		if err != nil {
			t.Fatal(err)
		}
		c.maxPayload = 1000
		big := BinaryMessage(make([]byte, 300)) // 401 bytes on the wire
		if err := c.Send(big, big, big, big, text(strings.Repeat("x", 190)), text("y")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := fmt.Sprint(posts); got != "[803 998]" {
			t.Errorf("POST bodies of %s bytes", got)
		}
		c.received()
		if err := c.Send(text("before"), BinaryMessage(make([]byte, 750))); err == nil || errors.Is(err, net.ErrClosed) {
			t.Errorf("a message that the server does not accept: %v", err)
		}
		if err := c.Send(BinaryMessage(make([]byte, 747))); err != nil {
			t.Error(err)
		}
		c.wantOpen(Polling)
	})
}

func TestDialSendBudget(t *testing.T) {
	dialModesOf(t, Options{MaxPayload: 1 << 20}, func(t *testing.T, x *fixture, mode string, d DialOptions) {
		d.SendBudget = 100 << 10
		block := make(chan struct{})
		c := x.dialClient(d)
		x.last().mu.Lock()
		x.last().block = block
		x.last().mu.Unlock()
		m := text(strings.Repeat("x", 10<<10))
		sent := 0
		for ; sent < 100; sent++ {
			if err := c.Send(m); err != nil {
				if err != ErrSlowConsumer {
					t.Fatal(err)
				}
				break
			}
			synctest.Wait()
		}
		if sent < 9 || sent == 100 {
			t.Errorf("%d messages fit into the budget and the network", sent)
		}
		if err := c.SendVolatile(text("dropped")); err != nil {
			t.Error(err)
		}
		close(block)
		synctest.Wait()
		if got := x.last().received(); strings.Count(got, ",")+1 != sent || strings.Contains(got, "dropped") {
			t.Errorf("%d messages, %d received", sent, strings.Count(got, ",")+1)
		}
		if err := c.SendVolatile(text("not dropped")); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if got := x.last().received(); !strings.Contains(got, "not dropped") {
			t.Error("a volatile message was dropped without need")
		}
		c.wantOpen(map[bool]string{true: Polling, false: WebSocket}[mode == "polling"])
	})
}

func TestDialServerCloses(t *testing.T) {
	dialModesOf(t, Options{}, func(t *testing.T, x *fixture, mode string, d DialOptions) {
		c := x.dialClient(d)
		_ = x.last().session.Send(text("last words"))
		x.last().session.Close()
		if got := c.received(); got != "last words" {
			t.Errorf("received %q", got)
		}
		c.wantEnd(TransportClose)
	})
}

// What was sent before Close arrives.
func TestDialCloseFlushes(t *testing.T) {
	dialModesOf(t, Options{}, func(t *testing.T, x *fixture, mode string, d DialOptions) {
		c, err := dialOver(t, x.net, d) // for upgrades: in the middle of it
		if err != nil {
			t.Fatal(err)
		}
		for i := range 50 {
			_ = c.Send(text(fmt.Sprint(i)))
		}
		c.Close()
		c.wantEnd(ForcedClose)
		if got := x.last().received(); !strings.HasPrefix(got, "0,1,2") || !strings.HasSuffix(got, ",48,49") {
			t.Errorf("the server received %q", got)
		}
		if got := x.last().ended(); got != TransportClose {
			t.Errorf("the server saw %q", got)
		}
	})
}

func TestDialCloseBeforeServe(t *testing.T) {
	dialModesOf(t, Options{}, func(t *testing.T, x *fixture, mode string, d DialOptions) {
		d.Network.DialContext = x.net.DialContext
		for _, end := range []func(c *Client){(*Client).Close, (*Client).CloseNow} {
			c, err := Dial(t.Context(), "ws://server/", &d)
			if err != nil {
				t.Fatal(err)
			}
			end(c)
			l := &dialedLog{Client: c, t: t}
			c.Serve(l.message, l.ended)
			l.wantEnd(ForcedClose)
		}
	})
}

func TestDialRefusals(t *testing.T) {
	for name, test := range map[string]struct {
		status     int
		retryAfter string
		body       string
		want       Refusal
	}{
		"busy":       {503, "7", "server shutting down\n", Refusal{Status: 503, Message: "server shutting down", RetryAfter: 7 * time.Second}},
		"until":      {503, "Sat, 01 Jan 2000 00:01:00 GMT", "", Refusal{Status: 503, Message: "", RetryAfter: time.Minute}},
		"past":       {503, "Fri, 31 Dec 1999 00:01:00 GMT", "", Refusal{Status: 503, Message: "", RetryAfter: 0}},
		"nonsense":   {503, "soon", "", Refusal{Status: 503, Message: "", RetryAfter: 0}},
		"forbidden":  {403, "", `{"code":4,"message":"go away"}`, Refusal{Status: 403, Code: 4, Message: "go away"}},
		"no server":  {404, "", "<html><body>nginx</body></html>", Refusal{Status: 404, Message: "", RetryAfter: 0}},
		"redirected": {302, "", "", Refusal{Status: 302, Message: "", RetryAfter: 0}},
	} {
		for _, transport := range []string{Polling, WebSocket} {
			t.Run(name+"/"+transport, func(t *testing.T) {
				faults(t, func(w http.ResponseWriter, _ *http.Request) bool {
					w.Header().Set("Retry-After", test.retryAfter)
					w.Header().Set("Location", "/elsewhere")
					w.WriteHeader(test.status)
					_, _ = w.Write([]byte(test.body))
					return true
				}, func(t *testing.T, ln *memnet.Listener) {
					_, err := dialOver(t, ln, DialOptions{Transports: []string{transport}})
					var got *Refusal
					if !errors.As(err, &got) || *got != test.want {
						t.Errorf("%v is not %v", err, test.want)
					}
				})
			})
		}
	}
}

func TestDialOldServer(t *testing.T) {
	faults(t, func(w http.ResponseWriter, _ *http.Request) bool {
		_, _ = w.Write([]byte(`96:0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":5000}2:40`))
		return true
	}, func(t *testing.T, ln *memnet.Listener) {
		if _, err := dialOver(t, ln, DialOptions{}); !errors.Is(err, errOld) {
			t.Errorf("got %v", err)
		}
	})
}

func TestDialBadArguments(t *testing.T) {
	for _, test := range []struct {
		url  string
		opts DialOptions
	}{
		{"ftp://server/", DialOptions{}}, {"http:///path", DialOptions{}}, {"://", DialOptions{}}, {"localhost:3000", DialOptions{}},
		{"http://server/", DialOptions{Transports: []string{}}}, {"http://server/", DialOptions{Transports: []string{"pigeon"}}},
	} {
		if c, err := Dial(t.Context(), test.url, &test.opts); err == nil {
			c.CloseNow()
			t.Errorf("%q, %v is accepted", test.url, test.opts.Transports)
		}
	}
}

func TestDialRequests(t *testing.T) {
	type seen struct{ method, transport, query, header, cookie, host, contentType string }
	var mu sync.Mutex // guards requests
	var requests []seen
	faults(t, func(w http.ResponseWriter, r *http.Request) bool {
		q := r.URL.Query()
		cookie, _ := r.Cookie("sticky")
		s := seen{r.Method, q.Get("transport"), q.Get("a") + q.Get("b"), r.Header.Get("X-Test"), fmt.Sprint(cookie), r.Host, r.Header.Get("Content-Type")}
		if polling := s.transport == Polling; (q.Get("t") != "") != polling || polling && r.Header.Get("Accept") != "*/*" { // EIO-169, EIO-190
			t.Errorf("%s %s, Accept %q", r.Method, r.URL.RawQuery, r.Header.Get("Accept"))
		}
		mu.Lock()
		requests = append(requests, s)
		mu.Unlock()
		if q.Get("sid") == "" {
			http.SetCookie(w, &http.Cookie{Name: "sticky", Value: "7"})
		}
		return false
	}, func(t *testing.T, ln *memnet.Listener) {
		opts := DialOptions{
			Query: map[string][]string{"b": {"&2"}}, Header: map[string][]string{"x-test": {"yes"}, "Host": {"virtual"}},
			Subprotocols: []string{"sub"},
		}
		opts.Network.DialContext = ln.DialContext
		opts.Network.Jar = newJar(t)
		for _, stay := range []bool{true, false} {
			opts.DisableUpgrades = stay
			c, err := Dial(t.Context(), "http://server/?a=1", &opts)
			if err != nil {
				t.Fatal(err)
			}
			c.Serve(func(bool, []byte) {}, func(Reason, error) {})
			_ = c.Send(text("x"))
			time.Sleep(time.Second)
			if !stay && (c.Transport() != WebSocket || c.ws.conn.Subprotocol() != "sub") {
				t.Errorf("on %s, subprotocol %q", c.Transport(), c.ws.conn.Subprotocol())
			}
			c.CloseNow()
		}
		mu.Lock()
		defer mu.Unlock()
		want := map[string]bool{}
		for _, r := range requests {
			if r.query != "1&2" || r.header != "yes" || r.host != "virtual" || r.method == "POST" && r.contentType != "text/plain;charset=UTF-8" {
				t.Errorf("request %+v", r)
			}
			want[r.method+" "+r.transport+" "+r.cookie] = true
		}
		for _, w := range []string{"GET polling ", "GET polling sticky=7", "POST polling sticky=7", "GET websocket sticky=7"} {
			if !want[w] {
				t.Errorf("no request %q in %+v", w, requests)
			}
		}
	})
}

// The cookie of a handshake on WebSocket is kept as well.
func TestDialKeepsCookiesOfWebSocketHandshakes(t *testing.T) {
	faults(t, func(w http.ResponseWriter, _ *http.Request) bool {
		http.SetCookie(w, &http.Cookie{Name: "sticky", Value: "7"})
		return false
	}, func(t *testing.T, ln *memnet.Listener) {
		opts := DialOptions{Transports: []string{WebSocket}}
		opts.Network.Jar = newJar(t)
		if _, err := dialOver(t, ln, opts); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(opts.Network.Jar.Cookies(mustParse(t, "http://server/engine.io/"))); got != "[sticky=7]" {
			t.Errorf("the jar has %s", got)
		}
	})
}

func TestDialTryAllTransports(t *testing.T) {
	noWebSocket := func(w http.ResponseWriter, r *http.Request) bool {
		return isUpgrade(r) && failures["500"](w, r)
	}
	for _, all := range []bool{true, false} {
		faults(t, noWebSocket, func(t *testing.T, ln *memnet.Listener) {
			c, err := dialOver(t, ln, DialOptions{Transports: []string{WebSocket, Polling}, TryAllTransports: all})
			if all && err == nil {
				c.wantOpen(Polling)
			} else if all || err == nil {
				t.Errorf("all: %v, %v", all, err)
			}
		})
	}
}

func TestDialNobodyThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ln := memnet.Listen()
		_ = ln.Close()
		for _, d := range dialModes {
			if _, err := dialOver(t, ln, d); !errors.Is(err, syscall.ECONNREFUSED) || strings.Contains(err.Error(), "EIO=4") {
				t.Errorf("got %v", err)
			}
		}
	})
}

// ctx ends the dialling wherever it is.
func TestDialContextEnds(t *testing.T) {
	for mode, d := range dialModes {
		t.Run(mode, func(t *testing.T) {
			faults(t, failures["silence"], func(t *testing.T, ln *memnet.Listener) {
				start := time.Now()
				if _, err := dialOver(t, ln, d); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
				if d := time.Since(start); d != 20*time.Second {
					t.Errorf("after %v", d)
				}
			})
		})
	}
	t.Run("mute WebSocket", func(t *testing.T) {
		faults(t, func(w http.ResponseWriter, r *http.Request) bool {
			c, err := websocket.Accept(w, r, nil)
			if err == nil {
				c.Serve(discard{})
			}
			return true
		}, func(t *testing.T, ln *memnet.Listener) {
			if _, err := dialOver(t, ln, DialOptions{Transports: []string{WebSocket}}); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
	})
}
