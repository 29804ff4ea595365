package engine

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio/internal/memnet"
	"github.com/socketio-go/socketio/websocket"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 && !settled() {
		buf := make([]byte, 1<<20)
		fmt.Fprintf(os.Stderr, "goroutines leaked:\n%s\n", buf[:runtime.Stack(buf, true)])
		code = 1
	}
	os.Exit(code)
}

// fuzzing is when the testing package keeps goroutines of its own.
func fuzzing() bool { return flag.Lookup("test.fuzz").Value.String() != "" }

// settled waits until the goroutine of TestMain is alone.
func settled() bool {
	for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); runtime.Gosched() {
		if runtime.NumGoroutine() <= 1 || fuzzing() {
			return true
		}
	}
	return false
}

// fixture is a server on an in-memory network, in a bubble of fake time.
type fixture struct {
	t      *testing.T
	engine *Server
	http   *http.Client
	net    *memnet.Listener

	mu       sync.Mutex
	sessions []*record
}

// record is the receiver of one session: it notes everything, and answers "echo…".
type record struct {
	session *Session
	mu      sync.Mutex
	got     []string
	reason  Reason
	err     error
	closed  int
	block   chan struct{}
}

func (r *record) Message(s *Session, binary bool, p []byte) {
	r.mu.Lock()
	block := r.block
	switch {
	case binary && p == nil:
		r.got = append(r.got, "nil") // is not the same as empty to those who encode it again
	case binary:
		r.got = append(r.got, fmt.Sprintf("%x", p))
	default:
		r.got = append(r.got, string(p))
	}
	r.mu.Unlock()
	if block != nil {
		<-block
	}
	switch {
	case binary:
		_ = s.Send(BinaryMessage(p))
	case strings.HasPrefix(string(p), "echo"):
		_ = s.Send(text(string(p)))
	}
}

func (r *record) Closed(_ *Session, reason Reason, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reason, r.err = reason, err
	r.closed++
}

func (r *record) received() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.got, ",")
}

// ended is the reason, or "" while the session is open.
func (r *record) ended() Reason {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed > 1 {
		return "closed twice"
	}
	return r.reason
}

func text(s string) Message { return TextMessage(append(TextBuffer(len(s)), s...)) }

// bubble runs f with a server of these options in fake time.
func bubble(t *testing.T, opts Options, f func(t *testing.T, x *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		x := &fixture{t: t, net: memnet.Listen()}
		if opts.Accept == nil {
			opts.Accept = func(s *Session) Receiver {
				r := &record{session: s}
				x.mu.Lock()
				defer x.mu.Unlock()
				x.sessions = append(x.sessions, r)
				return r
			}
		}
		x.engine = NewServer(&opts)
		hs := &http.Server{Handler: x.engine}
		go func() { _ = hs.Serve(x.net) }()
		tr := &http.Transport{DialContext: x.net.DialContext}
		x.http = &http.Client{Transport: tr}
		defer func() {
			_ = x.engine.Close()
			synctest.Wait()
			tr.CloseIdleConnections()
			_ = hs.Close()
			synctest.Wait()
			time.Sleep(time.Minute) // what still waits for something times out
		}()
		f(t, x)
	})
}

// last is the receiver of the newest session.
func (x *fixture) last() *record {
	x.t.Helper()
	synctest.Wait()
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.sessions) == 0 {
		x.t.Fatal("no session")
	}
	return x.sessions[len(x.sessions)-1]
}

func (x *fixture) request(method, query, body string, header ...string) (int, string, http.Header) {
	x.t.Helper()
	r, err := http.NewRequest(method, "http://server/engine.io/?"+query, strings.NewReader(body))
	if err != nil {
		x.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := x.http.Do(r)
	if err != nil {
		x.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		x.t.Fatal(err)
	}
	return res.StatusCode, string(b), res.Header
}

// client is one Engine.IO client, driven step by step.
type client struct {
	x   *fixture
	sid string
	ws  *websocket.Conn
}

const pollQuery = "EIO=4&transport=polling"

func (x *fixture) poller() *client {
	x.t.Helper()
	status, body, _ := x.request("GET", pollQuery, "")
	if status != 200 || !strings.HasPrefix(body, `0{"sid":"`) {
		x.t.Fatalf("handshake: %d %q", status, body)
	}
	return &client{x: x, sid: body[9:29]}
}

func (x *fixture) dial(query string) *websocket.Conn {
	x.t.Helper()
	ws, _, err := websocket.Dial(x.t.Context(), "ws://server/engine.io/?EIO=4&transport=websocket"+query, &websocket.Options{
		DialContext: x.net.DialContext,
	})
	if err != nil {
		x.t.Fatal(err)
	}
	return ws
}

func (x *fixture) socketeer() *client {
	x.t.Helper()
	c := &client{x: x, ws: x.dial("")}
	open := c.read()
	synctest.Wait() // the greeting leaves before the session is in the index
	c.sid = open[9:29]
	return c
}

func (c *client) get() (int, string) {
	c.x.t.Helper()
	status, body, _ := c.x.request("GET", pollQuery+"&sid="+c.sid, "")
	return status, body
}

func (c *client) post(body string) (int, string) {
	c.x.t.Helper()
	status, answer, _ := c.x.request("POST", pollQuery+"&sid="+c.sid, body, "Content-Type", "text/plain;charset=UTF-8")
	return status, answer
}

func (c *client) write(s string) {
	c.x.t.Helper()
	if err := c.ws.Write(websocket.Text, []byte(s)); err != nil {
		c.x.t.Fatal(err)
	}
}

// read returns the next frame: text as it is, binary as "x" and hex digits, the
// end as "closed".
func (c *client) read() string {
	c.x.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
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

// send and receive work on either transport, one message at a time.
func (c *client) send(packet string) {
	c.x.t.Helper()
	if c.ws != nil {
		c.write(packet)
	} else if status, body := c.post(packet); status != 200 || body != "ok" {
		c.x.t.Fatalf("POST: %d %q", status, body)
	}
}

func (c *client) receive() string {
	c.x.t.Helper()
	if c.ws != nil {
		return c.read()
	}
	status, body := c.get()
	if status != 200 {
		return fmt.Sprint(status)
	}
	return body
}

// upgraded takes a polling client through the upgrade.
func (c *client) upgraded() *client {
	c.x.t.Helper()
	c.ws = c.x.dial("&sid=" + c.sid)
	c.write("2probe")
	if got := c.read(); got != "3probe" {
		c.x.t.Fatalf("probe answered with %q", got)
	}
	c.write("5")
	synctest.Wait()
	return c
}

// modes runs f once on each transport.
func modes(t *testing.T, opts Options, f func(t *testing.T, x *fixture, c *client)) {
	for name, connect := range map[string]func(x *fixture) *client{
		"polling":   func(x *fixture) *client { return x.poller() },
		"websocket": func(x *fixture) *client { return x.socketeer() },
		"upgrade":   func(x *fixture) *client { return x.poller().upgraded() },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, opts, func(t *testing.T, x *fixture) { f(t, x, connect(x)) })
		})
	}
}

// reset forgets everything.
func (r *record) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got, r.reason, r.err, r.closed = nil, "", nil, 0
}
