package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf16"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/websocket"
)

// oldClient is a client of Socket.IO 2 by hand: its packets are texts, a binary
// message is "x" and hex digits.
type oldClient struct {
	t      *testing.T
	http   *http.Client
	ws     *websocket.Conn // nil on polling
	sid    string
	inbox  []string
	cancel context.CancelFunc
	ctx    context.Context
}

const oldURL = "://server/socket.io/?EIO=3&transport="

// old opens a session.
func (x *fixture) old(query string) *oldClient {
	x.t.Helper()
	c := &oldClient{t: x.t, http: &http.Client{Transport: &http.Transport{DialContext: x.dialer}}}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	x.t.Cleanup(c.cut)
	if x.mode == "websocket" {
		c.open(x, query)
	} else {
		c.poll(query)
	}
	open := c.next()
	if !strings.HasPrefix(open, `0{"sid":"`) {
		x.t.Fatalf("opened with %s", open)
	}
	c.sid = open[9:29]
	if x.mode == "upgrade" {
		c.open(x, query+"&sid="+c.sid)
		c.send("2probe")
		if got := c.read(); got != "3probe" {
			x.t.Fatalf("the probe is answered with %s", got)
		}
		c.send("5")
	}
	return c
}

func (c *oldClient) open(x *fixture, query string) {
	c.t.Helper()
	ws, _, err := websocket.Dial(c.ctx, "ws"+oldURL+"websocket"+query, &websocket.Options{DialContext: x.dialer})
	must(c.t, err)
	c.ws = ws
}

func (c *oldClient) cut() {
	c.cancel()
	if c.ws != nil {
		_ = c.ws.CloseNow()
	}
	c.http.CloseIdleConnections()
}

// poll fetches packets into the inbox.
func (c *oldClient) poll(query string) {
	c.t.Helper()
	body := c.request(http.MethodGet, query, "")
	for body != "" {
		length, rest, ok := strings.Cut(body, ":")
		var n int
		if _, err := fmt.Sscan(length, &n); err != nil || !ok {
			c.inbox = append(c.inbox, body) // an error
			return
		}
		text := utf16.Encode([]rune(rest))
		if n > len(text) {
			c.t.Fatalf("a length of %d before %q", n, rest)
		}
		if p := string(utf16.Decode(text[:n])); p != "6" {
			c.inbox = append(c.inbox, p)
		}
		body = string(utf16.Decode(text[n:]))
	}
}

func (c *oldClient) request(method, query, body string) string {
	c.t.Helper()
	if c.sid != "" {
		query += "&sid=" + c.sid
	}
	r, err := http.NewRequestWithContext(c.ctx, method, "http"+oldURL+"polling&b64=1"+query, strings.NewReader(body))
	must(c.t, err)
	res, err := c.http.Do(r)
	must(c.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	must(c.t, err)
	if res.StatusCode != 200 {
		return fmt.Sprintf("%d %s", res.StatusCode, b)
	}
	return string(b)
}

func (c *oldClient) send(packets ...string) {
	c.t.Helper()
	body := ""
	for _, p := range packets {
		if c.ws == nil {
			body += fmt.Sprintf("%d:%s", len(utf16.Encode([]rune(p))), p)
			continue
		}
		must(c.t, c.ws.Write(websocket.Text, []byte(p)))
	}
	if c.ws == nil {
		if got := c.request(http.MethodPost, "", body); got != "ok" {
			c.t.Fatalf("POST: %s", got)
		}
	}
}

// read is the next packet on WebSocket.
func (c *oldClient) read() string {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, 10*time.Minute)
	defer cancel()
	t, p, err := c.ws.Read(ctx)
	switch {
	case err != nil:
		return "closed"
	case t == websocket.Binary:
		return fmt.Sprintf("x%x", p)
	}
	return string(p)
}

// next is the next packet.
func (c *oldClient) next() string {
	c.t.Helper()
	if c.ws != nil && len(c.inbox) == 0 {
		return c.read()
	}
	for len(c.inbox) == 0 {
		c.poll("")
	}
	p := c.inbox[0]
	c.inbox = c.inbox[1:]
	return p
}

func (c *oldClient) want(packets ...string) {
	c.t.Helper()
	for _, want := range packets {
		if got := c.next(); got != want {
			c.t.Fatalf("got  %s\nwant %s", got, want)
		}
	}
}

// oldModes is modes with old clients admitted.
func oldModes(t *testing.T, opts Options, f func(t *testing.T, x *fixture)) {
	t.Helper()
	opts.AllowEIO3 = true
	modes(t, opts, f)
}

// They are connected to "/" without asking (SIO-050), and their ids are that of the
// connection (SIO-052).
func TestOldClients(t *testing.T) {
	oldModes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		x.io.Use(func(_ context.Context, s *Socket) error {
			auth := "none"
			j.add("use %v %s", s.Auth(&auth), auth)
			return nil
		})
		x.io.OnConnect(func(_ context.Context, s *Socket) error {
			s.Join("lobby")
			return s.Emit("welcome", "žluť 😀")
		})
		j.record(x.io.Namespace)
		handle(x.io, "echo", func(_ context.Context, s *Socket, m *socketio.Message) error {
			return errors.Join(m.Ack(m.Args), s.Emit("echo", m.Args))
		})
		c := x.old("")
		c.want("40", `42["welcome","žluť 😀"]`)
		j.want(t, "use <nil> none")
		s := x.io.Socket(c.sid)
		if s == nil || s.ID() != c.sid || s.Recovered() || s.Handshake().Query().Get("EIO") != "3" {
			t.Fatalf("socket %v", s)
		}
		c.send(`421["echo","ž😀",{"a":1}]`)
		c.want(`431["ž😀",{"a":1}]`, `42["echo","ž😀",{"a":1}]`)
		// Binary values, as both understand them.
		c.send(`451-["echo",{"_placeholder":true,"num":0}]`, "b4AQI=")
		binary := "b4AQI="
		if x.mode == "websocket" {
			binary = "x040102"
		}
		if got := c.next(); got != `451-["echo",{"_placeholder":true,"num":0}]` {
			t.Errorf("got %s", got)
		}
		if got := c.next(); got != binary && got != "x040102" {
			t.Errorf("got %s", got)
		}
		// Calls, rooms, broadcasts together with newer clients.
		newer := x.connect()
		newer.want(`42["welcome","žluť 😀"]`)
		must(t, x.io.To("lobby").Emit("all", []byte{7}))
		newer.want(`451-["all",{"_placeholder":true,"num":0}]`, "x07")
		if got := c.next() + " " + c.next(); got != `451-["all",{"_placeholder":true,"num":0}] b4Bw==` && got != `451-["all",{"_placeholder":true,"num":0}] x0407` {
			t.Errorf("got %s", got)
		}
		done := make(chan string)
		go func() { args, err := s.Call(t.Context(), "q"); done <- fmt.Sprint(string(args.JSON()), err) }()
		c.want(`420["q"]`)
		c.send(`430["yes"]`)
		if got := <-done; got != `"yes"<nil>` {
			t.Errorf("answer %s", got)
		}
		s.Disconnect(false)
		c.want("41")
		j.want(t, "use <nil> none", "server namespace disconnect")
	})
}

// Namespaces, with credentials in the query (SIO-051).
func TestOldNamespaces(t *testing.T) {
	oldModes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		admin := x.io.Of("/admin")
		admin.Use(func(_ context.Context, s *Socket) error {
			var auth map[string]string
			j.add("%v %v", s.Auth(&auth), auth)
			switch auth["token"] {
			case "data":
				return &socketio.Error{Message: "no", Data: map[string]int{"code": 1}}
			case "text":
				return &socketio.Error{Message: "not you"}
			case "private":
				return errors.New("secret")
			}
			return nil
		})
		j.record(admin)
		handle(admin, "echo", func(_ context.Context, _ *Socket, m *socketio.Message) error { return m.Ack(m.Args) })
		c := x.old("")
		c.want("40")
		c.send("40/nope,")
		c.want(`44/nope,"Invalid namespace"`)
		for token, want := range map[string]string{"data": `{"code":1}`, "text": `"not you"`, "private": `"internal error"`} {
			c.send("40/admin?token=" + token + "&a=1&a=2,")
			c.want("44/admin," + want)
			j.want(t, "<nil> map[a:2 token:"+token+"]")
		}
		c.send("40/admin?token=%C5%BE+x,")
		c.want("40/admin,")
		j.want(t, "<nil> map[token:ž x]")
		s := admin.Socket("/admin#" + c.sid)
		if s == nil || x.io.Socket(c.sid) == nil {
			t.Fatal("the ids are others")
		}
		c.send(`42/admin,5["echo",1]`)
		c.want("43/admin,5[1]")
		must(t, admin.To(s.ID()).Emit("e"))
		c.want(`42/admin,["e"]`)
		c.send("41/admin,")
		j.want(t, "client namespace disconnect")
		c.send("40/admin") // without anything
		c.want("40/admin,")
		j.want(t, "<nil> map[]")
	})
}

// Refused at "/", the connection stays, and other namespaces can be joined.
func TestOldClientsAreRefused(t *testing.T) {
	oldModes(t, Options{ConnectTimeout: 10 * time.Second}, func(t *testing.T, x *fixture) {
		x.io.Use(func(context.Context, *Socket) error { return &socketio.Error{Message: "go away"} })
		x.io.Of("/open")
		c := x.old("")
		c.want(`44"go away"`)
		c.send("40/open,")
		c.want("40/open,")
		time.Sleep(11 * time.Second)
		if got := x.io.Of("/open").SocketCount(); got != 1 {
			t.Errorf("%d sockets", got)
		}
		d := x.old("")
		d.want(`44"go away"`)
		if x.mode == "polling" {
			d.want("1") // nothing was joined in time (SIO-023)
		} else {
			d.want("closed")
		}
	})
}

// A hook may end the connection in the moment of its beginning.
func TestOldClientsAreCutOff(t *testing.T) {
	oldModes(t, Options{}, func(t *testing.T, x *fixture) {
		x.mode = map[string]string{"websocket": "websocket"}[x.mode]
		x.io.Use(func(_ context.Context, s *Socket) error { s.Disconnect(true); return nil })
		for range 20 {
			c := x.old("")
			got := c.next()
			for ; got == "41"; got = c.next() {
			}
			if got != "closed" && got != "1" {
				t.Errorf("got %s", got)
			}
		}
		time.Sleep(time.Minute)
		if x.io.ClientCount() != 0 || x.io.SocketCount() != 0 {
			t.Error("something is left")
		}
	})
}

// A slow middleware of "/" holds up nothing but that.
func TestOldClientsWait(t *testing.T) {
	oldModes(t, Options{}, func(t *testing.T, x *fixture) {
		release := make(chan struct{})
		x.io.Use(func(context.Context, *Socket) error { <-release; return nil })
		x.io.Of("/other")
		c := x.old("")
		c.send("40/other,")
		c.want("40/other,")
		close(release)
		c.want("40")
		// They have it already: once more breaks the protocol.
		c.send("40")
		synctest.Wait()
		if x.io.SocketCount() != 0 || x.io.Of("/other").SocketCount() != 0 {
			t.Error("still connected")
		}
	})
}

// Offsets come with their events, but they cannot use them (SIO-053).
func TestOldClientsAndRecovery(t *testing.T) {
	oldModes(t, Options{Recovery: &Recovery{}}, func(t *testing.T, x *fixture) {
		c := x.old("")
		c.want("40")
		must(t, x.io.Emit("e", 1))
		if got := c.next(); !strings.HasPrefix(got, `42["e",1,"`) {
			t.Errorf("got %s", got)
		}
		x.io.Of("/other")
		c.send(`40/other?pid=xxxxxxxxxxxxxxxxxxxx&offset=1,`)
		c.want("40/other,")
	})
}

// With a parent namespace the credentials are those of the query as well.
func TestOldClientsInDynamicNamespaces(t *testing.T) {
	oldModes(t, Options{}, func(t *testing.T, x *fixture) {
		x.io.OfFunc(func(_ context.Context, name string, auth json.RawMessage) bool {
			return name == "/d" && string(auth) == `{"a":"1"}`
		})
		c := x.old("")
		c.want("40")
		c.send("40/d?a=2,")
		c.want(`44/d,"Invalid namespace"`)
		c.send("40/d?a=1,")
		c.want("40/d,")
	})
}

// Old clients ping, and are answered; one that does not is gone after 45 seconds.
func TestOldHeartbeat(t *testing.T) {
	oldModes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		j.record(x.io.Namespace)
		c := x.old("")
		c.want("40")
		for range 5 {
			time.Sleep(40 * time.Second)
			c.send("2")
			c.want("3")
		}
		time.Sleep(46 * time.Second)
		j.want(t, "ping timeout")
	})
}

// Without the option they are told so.
func TestOldClientsAreNotAdmitted(t *testing.T) {
	bubble(t, "polling", Options{}, func(t *testing.T, x *fixture) {
		c := &oldClient{t: t, ctx: t.Context(), http: &http.Client{Transport: &http.Transport{DialContext: x.dialer}}}
		defer c.http.CloseIdleConnections()
		if got := c.request(http.MethodGet, "", ""); got != `400 {"code":5,"message":"Unsupported protocol version"}` {
			t.Errorf("got %s", got)
		}
		_, res, err := websocket.Dial(t.Context(), "ws"+oldURL+"websocket", &websocket.Options{DialContext: x.dialer})
		if err == nil || res == nil || res.StatusCode != 400 {
			t.Errorf("%v", err)
		}
	})
}
