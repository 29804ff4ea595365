package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio/websocket"
)

func contextTimeout(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), d)
}

func TestHeartbeat(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture, c *client) {
		start := time.Now()
		for range 3 {
			if got := c.receive(); got != "2" {
				t.Fatalf("got %q, want a ping", got)
			}
			if d := time.Since(start); d < 25*time.Second || d > 25500*time.Millisecond {
				t.Errorf("pinged after %v", d)
			}
			time.Sleep(19 * time.Second)
			c.send("3")
			start = time.Now()
		}
		if got := c.receive(); got != "2" {
			t.Fatalf("got %q", got)
		}
		time.Sleep(21 * time.Second)
		synctest.Wait()
		if got := x.last().ended(); got != PingTimeout {
			t.Errorf("ended with %q", got)
		}
	})
}

func TestUnsolicitedPongsDoNotPostponeThePing(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, x *fixture) {
		c := x.socketeer()
		start := time.Now()
		for range 20 {
			c.write("3")
			time.Sleep(time.Second)
		}
		if got := c.read(); got != "2" || time.Since(start) > 26*time.Second {
			t.Errorf("got %q after %v", got, time.Since(start))
		}
	})
}

func TestAnotherPacketPutsTheTimeoutOffOnce(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, x *fixture) {
		c := x.socketeer()
		c.read()
		time.Sleep(15 * time.Second)
		c.write("4busy")
		time.Sleep(15 * time.Second)
		c.write("4still busy")
		synctest.Wait()
		if got := x.last().ended(); got != "" {
			t.Fatalf("ended with %q in the middle of an upload", got)
		}
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if got := x.last().ended(); got != PingTimeout {
			t.Errorf("ended with %q", got)
		}
	})
}

func TestUpgradeSteps(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, x *fixture) {
		c := x.poller()
		pending := make(chan string, 1)
		go func() { _, body := c.get(); pending <- body }()
		synctest.Wait()
		ws := x.dial("&sid=" + c.sid)
		probe := &client{x: x, sid: c.sid, ws: ws}
		probe.write("2probe")
		if got := probe.read(); got != "3probe" {
			t.Errorf("got %q", got)
		}
		if got := <-pending; got != "6" {
			t.Errorf("the GET got %q, want a noop", got)
		}
		start := time.Now()
		if got := c.receive(); got != "6" || time.Since(start) > 200*time.Millisecond {
			t.Errorf("a GET during the probe got %q after %v", got, time.Since(start))
		}
		for i := range 3 {
			if err := x.last().session.Send(text(fmt.Sprint(i))); err != nil {
				t.Fatal(err)
			}
		}
		probe.write("5")
		for i := range 3 {
			if got := probe.read(); got != fmt.Sprintf("4%d", i) {
				t.Errorf("after the upgrade got %q", got)
			}
		}
		if status, body := c.get(); status != 400 || !strings.Contains(body, `"code":3`) {
			t.Errorf("polling after the upgrade: %d %q", status, body)
		}
		// Nobody else can take the session over now.
		thief := &client{x: x, ws: x.dial("&sid=" + c.sid)}
		if got := thief.read(); got != "closed" {
			t.Errorf("a second upgrade got %q", got)
		}
		probe.write("4echo alive")
		if got := probe.read(); got != "4echo alive" {
			t.Errorf("the session got %q", got)
		}
	})
}

// A session that is closed while the client changes its transport has last words: they
// arrive on whichever transport the client turns to.
func TestCloseInTheMiddleOfAnUpgrade(t *testing.T) {
	for _, turn := range []string{"upgrade", "poll", "poll, then upgrade", "neither"} {
		t.Run(turn, func(t *testing.T) {
			bubble(t, Options{}, func(t *testing.T, x *fixture) {
				c := x.poller()
				probe := &client{x: x, sid: c.sid, ws: x.dial("&sid=" + c.sid)}
				probe.write("2probe")
				if got := probe.read(); got != "3probe" {
					t.Fatalf("got %q", got)
				}
				if err := x.last().session.Send(text("last words")); err != nil {
					t.Fatal(err)
				}
				x.last().session.Close()
				if got := x.last().ended(); got != ForcedClose {
					t.Errorf("ended with %q", got)
				}
				if strings.HasPrefix(turn, "poll") {
					if _, body := c.get(); body != "4last words" {
						t.Errorf("the GET got %q", body)
					}
				}
				if strings.HasSuffix(turn, "upgrade") {
					probe.write("5")
				}
				if turn == "upgrade" {
					if got := probe.read(); got != "4last words" {
						t.Errorf("after the upgrade got %q", got)
					}
				}
				if turn == "poll" {
					if _, body := c.get(); body != "1" {
						t.Errorf("the next GET got %q", body)
					}
				}
				if got := probe.read(); got != "closed" {
					t.Errorf("the WebSocket got %q", got)
				}
				time.Sleep(time.Minute)
				if n := x.engine.Count(); n != 0 {
					t.Errorf("%d sessions are left", n)
				}
			})
		})
	}
}

func TestUpgradeOfASessionThatBeganOnWebSocket(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, x *fixture) {
		c := x.socketeer()
		thief := &client{x: x, ws: x.dial("&sid=" + c.sid)}
		if got := thief.read(); got != "closed" {
			t.Errorf("got %q", got)
		}
		if got := x.last().ended(); got != "" {
			t.Errorf("ended with %q", got)
		}
	})
}

func TestFailedUpgradesLeaveTheSessionAlone(t *testing.T) {
	for name, steps := range map[string][]string{
		"wrong packet":   {"4x"},
		"upgrade first":  {"5"},
		"wrong probe":    {"2"},
		"probe and chat": {"2probe", "4x"},
		"silence":        {},
		"probe only":     {"2probe"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, Options{}, func(t *testing.T, x *fixture) {
				c := x.poller()
				start := time.Now()
				probe := &client{x: x, ws: x.dial("&sid=" + c.sid)}
				second := &client{x: x, ws: x.dial("&sid=" + c.sid)}
				if got := second.read(); got != "closed" {
					t.Errorf("a second attempt at the same time got %q", got)
				}
				for _, s := range steps {
					probe.write(s)
				}
				got := probe.read()
				if got == "3probe" {
					got = probe.read()
				}
				if got != "closed" {
					t.Errorf("got %q", got)
				}
				if d := time.Since(start); len(steps) == 0 && (d < 10*time.Second || d > 11*time.Second) {
					t.Errorf("timed out after %v", d)
				}
				c.send("4echo alive")
				if got := c.receive(); got != "4echo alive" {
					t.Errorf("the session got %q", got)
				}
				c.upgraded().write("4echo again")
				if got := c.receive(); got != "4echo again" {
					t.Errorf("a later upgrade got %q", got)
				}
			})
		})
	}
}

func TestUpgradeIsOverWhenTheSessionIs(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, x *fixture) {
		c := x.poller()
		probe := &client{x: x, ws: x.dial("&sid=" + c.sid)}
		probe.write("2probe")
		probe.read()
		x.last().session.Close()
		if got := probe.read(); got != "closed" {
			t.Errorf("got %q", got)
		}
	})
}

// patient is a receiver that takes a second to hear the end of its session.
type patient struct{ heard *atomic.Int32 }

func (patient) Message(*Session, bool, []byte) {}
func (p patient) Closed(*Session, Reason, error) {
	time.Sleep(time.Second)
	p.heard.Add(1)
}

// When Shutdown has returned, every receiver has been told.
func TestShutdownWaitsForReceivers(t *testing.T) {
	for name, leave := range map[string]func(t *testing.T, c *client){
		"close packet": func(_ *testing.T, c *client) { c.post("1") },
		"bad packet":   func(_ *testing.T, c *client) { c.post("x") },
		"WebSocket":    func(_ *testing.T, c *client) { _ = c.ws.CloseNow() },
		"nobody":       func(*testing.T, *client) {},
	} {
		t.Run(name, func(t *testing.T) {
			var heard atomic.Int32
			opts := Options{Accept: func(*Session) Receiver { return patient{&heard} }}
			bubble(t, opts, func(t *testing.T, x *fixture) {
				dial := x.poller
				if name == "WebSocket" {
					dial = x.socketeer
				}
				go leave(t, dial())
				synctest.Wait()
				if err := x.engine.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
				if heard.Load() != 1 {
					t.Error("the receiver was not told before")
				}
			})
		})
	}
}

// A client that has been told "3probe" polls no more: it would wait for a ping.
func TestShutdownDuringTheUpgrade(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, x *fixture) {
		c := x.poller()
		probe := &client{x: x, ws: x.dial("&sid=" + c.sid)}
		probe.write("2probe")
		probe.read()
		done := make(chan error, 1)
		go func() { done <- x.engine.Shutdown(t.Context()) }()
		synctest.Wait()
		if n := x.engine.Count(); n != 1 {
			t.Errorf("%d sessions while the client is on its way", n)
		}
		probe.write("5")
		if got := probe.read(); got != "closed" {
			t.Errorf("got %q", got)
		}
		start := time.Now()
		if err := <-done; err != nil || time.Since(start) > time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestDisabledUpgrades(t *testing.T) {
	bubble(t, Options{DisableUpgrades: true}, func(t *testing.T, x *fixture) {
		_, body, _ := x.request("GET", pollQuery, "")
		if !strings.Contains(body, `"upgrades":[]`) {
			t.Errorf("announces %s", body)
		}
		_, _, err := websocket.Dial(t.Context(), "ws://server/?EIO=4&transport=websocket&sid="+x.last().session.ID(),
			&websocket.Options{DialContext: x.net.DialContext})
		if err == nil {
			t.Error("upgraded")
		}
	})
}

func TestOrderAcrossTheUpgrade(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, x *fixture) {
		const n = 2000
		c := x.poller()
		s := x.last().session
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			for i := range n {
				if s.Send(text(fmt.Sprint(i))) != nil {
					return
				}
				time.Sleep(time.Millisecond)
			}
		}()
		var got []string
		add := func(payload string) {
			for _, p := range strings.Split(payload, "\x1e") {
				if p != "6" {
					got = append(got, p)
				}
			}
		}
		for len(got) < n/4 {
			_, body := c.get()
			add(body)
		}
		ws := &client{x: x, ws: x.dial("&sid=" + c.sid)}
		ws.write("2probe")
		ws.read()
		for range 5 {
			_, body := c.get()
			add(body)
		}
		ws.write("5")
		for len(got) < n && (len(got) == 0 || got[len(got)-1] != "closed") {
			add(ws.read())
		}
		<-sent
		for i, p := range got {
			if p != fmt.Sprintf("4%d", i) {
				t.Errorf("got %q, want 4%d", p, i)
				break
			}
		}
	})
}

func TestSlowConsumer(t *testing.T) {
	modes(t, Options{SendBudget: 10_000}, func(t *testing.T, x *fixture, c *client) {
		s := x.last().session
		// Alone, one message may be larger than the budget.
		if err := s.Send(text(strings.Repeat("x", 20_000))); err != nil {
			t.Fatal(err)
		}
		c.receive()
		synctest.Wait()
		var err error
		sent := 0
		for err == nil && sent < 1000 {
			err = s.Send(text(strings.Repeat("y", 999)))
			sent++
		}
		synctest.Wait()
		if !errors.Is(err, ErrSlowConsumer) {
			t.Fatalf("after %d messages: %v", sent, err)
		}
		if x.last().ended() != "" {
			t.Error("the session has ended by itself")
		}
		if stats := x.engine.Stats(); stats.Overflows != 1 {
			t.Errorf("counted %+v", stats)
		}
		s.Fail(err)
		synctest.Wait()
		if got := x.last().ended(); got != TransportError || !errors.Is(x.last().err, ErrSlowConsumer) {
			t.Errorf("ended with %q, %v", got, x.last().err)
		}
	})
}

func TestVolatile(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture, c *client) {
		s := x.last().session
		if c.ws == nil {
			if err := s.SendVolatile(text("nobody listens")); err != nil {
				t.Fatal(err)
			}
			go func() {
				time.Sleep(time.Second)
				_ = s.SendVolatile(text("now"))
			}()
			if got := c.receive(); got != "4now" {
				t.Errorf("got %q", got)
			}
			return
		}
		sent := 0
		for s.writable() {
			_ = s.SendVolatile(text(strings.Repeat("x", 10_000)))
			if sent++; sent > 10_000 {
				t.Fatal("the transport never fills up")
			}
		}
		_ = s.SendVolatile(text("dropped"))
		if err := s.Send(text("kept")); err != nil {
			t.Fatal(err)
		}
		got := c.receive()
		for strings.HasPrefix(got, "4x") {
			got = c.receive()
		}
		if got != "4kept" {
			t.Errorf("got %q", got)
		}
	})
}

func (s *Session) writable() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writableLocked()
}

func TestPause(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture, c *client) {
		r := x.last()
		r.session.Pause()
		r.session.Pause()
		answered := make(chan struct{})
		go func() {
			defer close(answered)
			c.send("4first")
			c.send("4second")
		}()
		// Not taken for dead, although no pong can be read.
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if got := r.ended(); got != "" {
			t.Fatalf("ended with %q", got)
		}
		if got := r.received(); got != "" && got != "first" {
			t.Errorf("while paused received %q", got)
		}
		r.session.Resume()
		<-answered
		synctest.Wait()
		if got := r.received(); got != "first,second" {
			t.Errorf("received %q", got)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := r.ended(); got != PingTimeout {
			t.Errorf("after Resume ended with %q", got)
		}
	})
}

func TestCloseWhilePaused(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture, c *client) {
		r := x.last()
		r.session.Pause()
		r.session.Close()
		synctest.Wait()
		if got := r.ended(); got != ForcedClose {
			t.Errorf("ended with %q", got)
		}
		if c.ws != nil && c.read() != "closed" {
			t.Error("the WebSocket is open")
		}
	})
}

func TestCORS(t *testing.T) {
	opts := Options{CORS: &CORS{Origins: []string{"https://good.example"}, Credentials: true, MaxAge: time.Minute, ExposedHeaders: []string{"X-A"}}}
	bubble(t, opts, func(t *testing.T, x *fixture) {
		status, _, h := x.request("OPTIONS", pollQuery, "", "Origin", "https://good.example", "Access-Control-Request-Headers", "x-token")
		if status != 204 || h.Get("Access-Control-Allow-Origin") != "https://good.example" || h.Get("Access-Control-Allow-Headers") != "x-token" ||
			h.Get("Access-Control-Allow-Credentials") != "true" || h.Get("Access-Control-Max-Age") != "60" || h.Get("Access-Control-Allow-Methods") == "" {
			t.Errorf("preflight: %d %v", status, h)
		}
		status, _, h = x.request("GET", pollQuery, "", "Origin", "https://bad.example")
		if status != 200 || h.Get("Access-Control-Allow-Origin") != "" || h.Get("Vary") != "Origin" {
			t.Errorf("from another origin: %d %v", status, h)
		}
		for origin, want := range map[string]int{"https://good.example": 101, "https://bad.example": 403, "http://server": 101, "null": 403, "%": 403, "": 101} {
			_, res, err := websocket.Dial(t.Context(), "ws://server/?EIO=4&transport=websocket", &websocket.Options{
				DialContext: x.net.DialContext, Header: map[string][]string{"Origin": {origin}},
			})
			if res == nil || res.StatusCode != want {
				t.Errorf("WebSocket from %q: %v, want %d", origin, err, want)
			}
		}
	})
}
