package engine

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio/websocket"
)

const pollV3 = "EIO=3&transport=polling"

// clientV3 is a client of protocol v3, step by step.
type clientV3 struct {
	x          *fixture
	sid, query string
	ws         *websocket.Conn
}

// pollerV3 opens a session on polling.
func (x *fixture) pollerV3(query string) *clientV3 {
	x.t.Helper()
	status, body, h := x.request("GET", pollV3+query, "")
	length, open, _ := strings.Cut(body, ":")
	if status != 200 || length != fmt.Sprint(len(open)) || !strings.HasPrefix(open, `0{"sid":"`) || h.Get("Content-Type") != "text/plain; charset=UTF-8" {
		x.t.Fatalf("handshake: %d %s %v", status, body, h)
	}
	return &clientV3{x: x, sid: open[9:29], query: query}
}

func (x *fixture) socketeerV3(query string) *clientV3 {
	x.t.Helper()
	c := &clientV3{x: x, query: query}
	c.open("")
	open := c.read()
	if !strings.HasPrefix(open, `0{"sid":"`) {
		x.t.Fatalf("opened with %s", open)
	}
	c.sid = open[9:29]
	return c
}

func (c *clientV3) open(sid string) {
	c.x.t.Helper()
	ws, _, err := websocket.Dial(c.x.t.Context(), "ws://server/engine.io/?EIO=3&transport=websocket"+sid+c.query, &websocket.Options{DialContext: c.x.net.DialContext})
	if err != nil {
		c.x.t.Fatal(err)
	}
	c.ws = ws
}

func (c *clientV3) read() string {
	c.x.t.Helper()
	return (&client{x: c.x, ws: c.ws}).read()
}

func (c *clientV3) write(t websocket.MessageType, p string) {
	c.x.t.Helper()
	if err := c.ws.Write(t, []byte(p)); err != nil {
		c.x.t.Fatal(err)
	}
}

func (c *clientV3) get() (body, contentType string) {
	c.x.t.Helper()
	status, body, h := c.x.request("GET", pollV3+"&sid="+c.sid+c.query, "")
	if status != 200 {
		return fmt.Sprintf("%d %s", status, body), ""
	}
	return body, h.Get("Content-Type")
}

func (c *clientV3) post(body string, binary bool) string {
	c.x.t.Helper()
	contentType := "text/plain;charset=UTF-8"
	if binary {
		contentType = "application/octet-stream"
	}
	status, answer, _ := c.x.request("POST", pollV3+"&sid="+c.sid+c.query, body, "Content-Type", contentType)
	return fmt.Sprintf("%d %s", status, answer)
}

// withV3 runs f with a server that admits protocol v3.
func withV3(t *testing.T, f func(t *testing.T, x *fixture)) {
	t.Helper()
	bubble(t, Options{AllowEIO3: true}, f)
}

func TestV3Handshake(t *testing.T) {
	withV3(t, func(t *testing.T, x *fixture) {
		for _, query := range []string{"EIO=3&transport=polling", "transport=polling", "EIO=&transport=polling", "EIO=5&transport=polling", "EIO=4&EIO=3&transport=polling"} {
			status, body, _ := x.request("GET", query, "")
			s := x.last().session
			want := `0{"sid":"` + s.ID() + `","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`
			if want = fmt.Sprintf("%d:%s", len(want), want); status != 200 || body != want || s.Protocol() != 3 {
				t.Errorf("%s: %d %s, protocol %d", query, status, body, s.Protocol())
			}
		}
		c := x.socketeerV3("")
		if s := x.last().session; s.Protocol() != 3 || s.ID() != c.sid {
			t.Errorf("on WebSocket: protocol %d", s.Protocol())
		}
		x.poller()
		if s := x.last().session; s.Protocol() != 4 {
			t.Errorf("protocol %d", s.Protocol())
		}
		_ = c.ws.CloseNow()
	})
}

// Nobody changes the protocol of a session (NEW-01).
func TestV3ProtocolMismatch(t *testing.T) {
	withV3(t, func(t *testing.T, x *fixture) {
		old, current := x.pollerV3(""), x.poller()
		for query, sid := range map[string]string{pollQuery: old.sid, pollV3: current.sid, "transport=polling": current.sid} {
			for _, method := range []string{"GET", "POST"} {
				status, body, _ := x.request(method, query+"&sid="+sid, "4x")
				if status != 400 || body != `{"code":3,"message":"Bad request"}` {
					t.Errorf("%s %s: %d %s", method, query, status, body)
				}
			}
			status, body, _ := x.request("GET", strings.Replace(query, "polling", "websocket", 1)+"&sid="+sid, "", upgradeHeader...)
			if status != 400 || body != "Bad request" {
				t.Errorf("upgrade %s: %d %s", query, status, body)
			}
		}
		if got := old.post("5:4echo", false); got != "200 ok" {
			t.Error(got)
		}
	})
}

func TestV3Polling(t *testing.T) {
	withV3(t, func(t *testing.T, x *fixture) {
		c := x.pollerV3("")
		r := x.last()
		if got := c.post("5:4echo3:4žx4:4a😀13:4echo žluť 😀", false); got != "200 ok" {
			t.Fatal(got)
		}
		if got := r.received(); got != "echo,žx,a😀,echo žluť 😀" || r.ended() != "" {
			t.Errorf("received %q, ended with %q", got, r.ended())
		}
		// Lengths are counted in UTF-16 (EIO-032).
		if body, contentType := c.get(); body != "5:4echo13:4echo žluť 😀" || contentType != "text/plain; charset=UTF-8" {
			t.Errorf("got %q as %s", body, contentType)
		}
		// Bytes in, bytes out (EIO-033), with text between them.
		if got := c.post("\x01\x04\xff\x04\x01\x02\x03\x00\x05\xff4echo", true); got != "200 ok" {
			t.Fatal(got)
		}
		synctest.Wait()
		if body, contentType := c.get(); body != "\x01\x04\xff\x04\x01\x02\x03\x00\x05\xff4echo" || contentType != "application/octet-stream" {
			t.Errorf("got %q as %s", body, contentType)
		}
		// A text that is none reaches nobody: others would have to be sent it.
		if got := c.post("\x00\x03\xff4ab\x00\x03\xff4\xf0\x9f", true); got != "200 ok" {
			t.Fatal(got)
		}
		if r.ended() != ParseError || !strings.HasSuffix(r.received(), ",010203,echo,ab") {
			t.Errorf("received %q, ended with %q", r.received(), r.ended())
		}
	})
}

func TestV3Base64(t *testing.T) {
	withV3(t, func(t *testing.T, x *fixture) {
		c := x.pollerV3("&b64=1")
		if got := c.post("10:b4AQIDBA==7:4echo ž", false); got != "200 ok" {
			t.Fatal(got)
		}
		if body, contentType := c.get(); body != "10:b4AQIDBA==7:4echo ž" || contentType != "text/plain; charset=UTF-8" {
			t.Errorf("got %q as %s", body, contentType)
		}
		ws := x.socketeerV3("&b64=1")
		ws.write(websocket.Text, "b4AQID")
		if got := ws.read(); got != "b4AQID" {
			t.Errorf("got %s", got)
		}
		ws.write(websocket.Binary, "\x04\x01")
		if got := ws.read(); got != "b4AQ==" {
			t.Errorf("got %s", got)
		}
		_ = ws.ws.CloseNow()
	})
}

// A script, and a form (EIO-036); in both protocols.
func TestJSONP(t *testing.T) {
	withV3(t, func(t *testing.T, x *fixture) {
		form := func(payload string) string { return url.Values{"d": {payload}}.Encode() }
		for _, c := range []struct {
			eio, j, function string
			post, want       string
		}{
			{"3", "5", "___eio[5](", "5:4echo", `"5:4echo"`},
			{"3", "12x<3", "___eio[123](", "14:4echo žluť \u2028😀", `"14:4echo žluť \u2028😀"`},
			{"3", "", "___eio[](", "10:b4AQIDBA==", `"10:b4AQIDBA=="`}, // no bytes in a script
			{"4", "0", "___eio[0](", "4echo\x1e4echo 2", `"4echo\u001e4echo 2"`},
			{"4", "7", "___eio[7](", `4echo "</script>\\n`, `"4echo \"</script>\\n"`}, // an escaped \n stays
			{"4", "7", "___eio[7](", `4echo a\nb\\n\n`, `"4echo a\nb\\n\n"`},
			{"4", "1", "___eio[1](", "bAQID", `"bAQID"`},
			{"4", "1", "___eio[1](", "4echo \x00", `"4echo \u0000"`},
		} {
			query := "EIO=" + c.eio + "&transport=polling&j=" + url.QueryEscape(c.j)
			status, body, h := x.request("GET", query, "")
			if status != 200 || !strings.HasPrefix(body, c.function+`"`) || !strings.HasSuffix(body, `");`) || h.Get("Content-Type") != "text/plain; charset=UTF-8" {
				t.Fatalf("handshake: %d %s", status, body)
			}
			query += "&sid=" + x.last().session.ID()
			if status, body, _ := x.request("POST", query, form(c.post), "Content-Type", "application/x-www-form-urlencoded"); status != 200 || body != "ok" {
				t.Fatalf("POST: %d %s", status, body)
			}
			if _, body, _ := x.request("GET", query, ""); body != c.function+c.want+");" {
				t.Errorf("got  %s\nwant %s", body, c.function+c.want+");")
			}
		}
	})
}

func TestV3WebSocket(t *testing.T) {
	withV3(t, func(t *testing.T, x *fixture) {
		c := x.socketeerV3("")
		c.write(websocket.Text, "4echo žluť")
		c.write(websocket.Binary, "\x04\x01\x02")
		c.write(websocket.Text, "b4Aw==")
		for _, want := range []string{"4echo žluť", "x040102", "x0403"} {
			if got := c.read(); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		if got := x.last().received(); got != "echo žluť,0102,03" {
			t.Errorf("received %s", got)
		}
		for packet, want := range map[string]Reason{
			"3":      TransportError, // invalid heartbeat direction
			"":       ParseError,
			"7":      ParseError,
			"b":      ParseError,
			"bAQID":  ParseError, // of no type
			"b3AQID": ParseError,
			"1":      TransportClose,
			"x":      ParseError, // binary, of no bytes
			"x02":    ParseError, // binary, a ping
			"x34":    ParseError,
		} {
			c := x.socketeerV3("")
			if binary, is := strings.CutPrefix(packet, "x"); is {
				c.write(websocket.Binary, map[string]string{"": "", "02": "\x02", "34": "4"}[binary])
			} else {
				c.write(websocket.Text, packet)
			}
			if got := c.read(); got != "closed" {
				t.Errorf("%q is answered with %q", packet, got)
			}
			if got := x.last().ended(); got != want {
				t.Errorf("%q ends it with %q, want %q", packet, got, want)
			}
		}
		_ = c.ws.CloseNow()
	})
}

// The client pings, the server answers, and never pings itself (EIO-031).
func TestV3Heartbeat(t *testing.T) {
	for name, connect := range map[string]func(x *fixture) *clientV3{
		"polling":   func(x *fixture) *clientV3 { return x.pollerV3("") },
		"websocket": func(x *fixture) *clientV3 { return x.socketeerV3("") },
		"upgrade":   func(x *fixture) *clientV3 { return x.pollerV3("").upgraded() },
	} {
		t.Run(name, func(t *testing.T) {
			withV3(t, func(t *testing.T, x *fixture) {
				c := connect(x)
				ping := func() (answer string) {
					if c.ws != nil {
						c.write(websocket.Text, "2")
						return c.read()
					}
					c.post("1:2", false)
					body, _ := c.get()
					return strings.TrimPrefix(body, "1:")
				}
				for range 10 {
					time.Sleep(44 * time.Second)
					if got := ping(); got != "3" {
						t.Fatalf("a ping is answered with %q", got)
					}
				}
				// Other packets are no heartbeat.
				time.Sleep(44 * time.Second)
				if c.ws != nil {
					c.write(websocket.Text, "4x")
				} else {
					c.post("2:4x", false)
				}
				if got := x.last().ended(); got != "" {
					t.Fatalf("ended with %q", got)
				}
				time.Sleep(1500 * time.Millisecond)
				synctest.Wait()
				if got := x.last().ended(); got != PingTimeout {
					t.Errorf("ended with %q", got)
				}
				if c.ws != nil {
					if got := c.read(); got != "closed" {
						t.Errorf("got %q, the server does not ping", got)
					}
				}
			})
		})
	}
}

// While a client is not read from, it is not taken for dead.
func TestV3HeartbeatWhilePaused(t *testing.T) {
	withV3(t, func(t *testing.T, x *fixture) {
		c := x.socketeerV3("")
		s := x.last().session
		s.Pause()
		c.write(websocket.Text, "2")
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if got := x.last().ended(); got != "" {
			t.Fatalf("ended with %q", got)
		}
		s.Resume()
		if got := c.read(); got != "3" {
			t.Errorf("got %s", got)
		}
		time.Sleep(46 * time.Second)
		synctest.Wait()
		if got := x.last().ended(); got != PingTimeout {
			t.Errorf("ended with %q", got)
		}
	})
}

// upgraded takes the client through the upgrade.
func (c *clientV3) upgraded() *clientV3 {
	c.x.t.Helper()
	c.open("&sid=" + c.sid)
	c.write(websocket.Text, "2probe")
	if got := c.read(); got != "3probe" {
		c.x.t.Fatalf("the probe is answered with %q", got)
	}
	c.write(websocket.Text, "5")
	synctest.Wait()
	return c
}

func TestV3Upgrade(t *testing.T) {
	withV3(t, func(t *testing.T, x *fixture) {
		c := x.pollerV3("")
		pending := make(chan string)
		go func() { body, _ := c.get(); pending <- body }()
		synctest.Wait()
		c.open("&sid=" + c.sid)
		c.write(websocket.Text, "2probe")
		if got := c.read(); got != "3probe" {
			t.Errorf("the probe is answered with %q", got)
		}
		if got := <-pending; got != "1:6" {
			t.Errorf("the GET got %q", got)
		}
		if err := errors.Join(x.last().session.Send(text("ž")), x.last().session.Send(BinaryMessage([]byte{7}))); err != nil {
			t.Fatal(err)
		}
		c.write(websocket.Text, "5")
		for _, want := range []string{"4ž", "x0407"} {
			if got := c.read(); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		if body, _ := c.get(); body != `400 {"code":3,"message":"Bad request"}` {
			t.Errorf("polling after the upgrade: %s", body)
		}
		c.write(websocket.Text, "4echo")
		if got := c.read(); got != "4echo" {
			t.Errorf("got %s", got)
		}
		_ = c.ws.CloseNow()
	})
}

// What is written for several clients is right for each of them.
func TestV3AmongOthers(t *testing.T) {
	withV3(t, func(t *testing.T, x *fixture) {
		var ends []func() string
		for _, query := range []string{"", "&b64=1"} {
			c := x.socketeerV3(query)
			ends = append(ends, func() string { return c.read() + " " + c.read() })
			p := x.pollerV3(query)
			ends = append(ends, func() string { body, contentType := p.get(); return fmt.Sprintf("%q %s", body, contentType[:4]) })
		}
		c := x.socketeer()
		ends = append(ends, func() string { return c.read() + " " + c.read() })
		p := x.poller()
		ends = append(ends, func() string { _, body := p.get(); return body })
		x.last()
		m, b := text("ž"), BinaryMessage([]byte{1, 2})
		for _, r := range x.sessions {
			if err := r.session.Send(m, b); err != nil {
				t.Fatal(err)
			}
		}
		want := []string{"4ž x040102", `"\x00\x03\xff4ž\x01\x03\xff\x04\x01\x02" appl`, "4ž b4AQI=", `"2:4ž6:b4AQI=" text`, "4ž x0102", "4ž\x1ebAQI="}
		for i, end := range ends {
			if got := end(); got != want[i] {
				t.Errorf("got %s, want %s", got, want[i])
			}
		}
	})
}

// The limits are those of v4.
func TestV3Limits(t *testing.T) {
	bubble(t, Options{AllowEIO3: true, MaxPayload: 100}, func(t *testing.T, x *fixture) {
		c := x.pollerV3("")
		for _, binary := range []bool{false, true} {
			if got := c.post(strings.Repeat("x", 101), binary); got != "413 " {
				t.Errorf("a large body: %s", got)
			}
		}
		if got := x.last().ended(); got != "" {
			t.Errorf("ended with %q", got)
		}
		if got := c.post("5:4echo", false); got != "200 ok" {
			t.Error(got)
		}
		// The server ends it.
		x.last().session.Close()
		if body, _ := c.get(); body != "5:4echo" {
			t.Errorf("got %s", body)
		}
		if body, _ := c.get(); body != "1:1" {
			t.Errorf("got %s", body)
		}
	})
}

// Cut and joined by a client that sends what it wants.
func TestV3CloseInThePayload(t *testing.T) {
	withV3(t, func(t *testing.T, x *fixture) {
		c := x.pollerV3("")
		pending := make(chan string)
		go func() { body, _ := c.get(); pending <- body }()
		synctest.Wait()
		if got := c.post("2:4a1:12:4b", false); got != "200 ok" {
			t.Error(got)
		}
		if got := <-pending; got != "1:6" {
			t.Errorf("the GET got %s", got)
		}
		if r := x.last(); r.received() != "a" || r.ended() != TransportClose {
			t.Errorf("received %q, ended with %q", r.received(), r.ended())
		}
	})
}
