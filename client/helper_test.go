package client_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/client"
	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/internal/memnet"
	"github.com/socketio-go/socketio/server"
	"github.com/socketio-go/socketio/socketiotest"
)

// The ways to a connection.
var modes = map[string]client.Options{
	"polling":   {Transports: []string{engine.Polling}},
	"websocket": {Transports: []string{engine.WebSocket}},
	"upgrade":   {},
}

// overModes runs f in fake time, once for each mode.
func overModes(t *testing.T, f func(t *testing.T, io *socketiotest.Server, o client.Options)) {
	t.Helper()
	for mode, o := range modes {
		t.Run(mode, func(t *testing.T) { bubble(t, func(t *testing.T, io *socketiotest.Server) { f(t, io, o) }) })
	}
}

// bubble runs f in fake time with a server in memory. It fails when something is
// left behind.
func bubble(t *testing.T, f func(t *testing.T, io *socketiotest.Server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Cleanup(func() { time.Sleep(time.Minute) }) // after the others: what still waits times out
		f(t, socketiotest.NewServer(t, nil))
	})
}

// journal is what happened, in order. The zero value is empty.
type journal struct {
	mu      sync.Mutex
	entries []string
}

func (j *journal) add(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, fmt.Sprintf(format, args...))
}

func (j *journal) take() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	entries := j.entries
	j.entries = nil
	return entries
}

// want compares everything that has happened by now in the bubble.
func (j *journal) want(t *testing.T, entries ...string) {
	t.Helper()
	synctest.Wait()
	if got := j.take(); !slices.Equal(got, entries) {
		t.Errorf("happened %q\nwant     %q", got, entries)
	}
}

// record notes what happens to a socket.
func (j *journal) record(s *client.Socket) *client.Socket {
	s.OnConnect(func(context.Context, *client.Socket) { j.add("connect") })
	s.OnConnectError(func(s *client.Socket, err error) {
		kind := fmt.Sprintf("%T", err)
		j.add("error %s active=%v", kind[strings.LastIndexByte(kind, '.')+1:], s.Active())
	})
	s.OnDisconnect(func(s *client.Socket, reason socketio.Reason, _ error) {
		j.add("disconnect %s active=%v", reason, s.Active())
	})
	return s
}

// logs is a slog.Handler that keeps what was logged.
type logs struct{ journal }

func (l *logs) Enabled(context.Context, slog.Level) bool { return true }
func (l *logs) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *logs) WithGroup(string) slog.Handler            { return l }
func (l *logs) Handle(_ context.Context, r slog.Record) error {
	l.add("%s %s", r.Level, r.Message)
	return nil
}

func (l *logs) logged(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.entries, func(e string) bool { return strings.Contains(e, text) })
}

// script is a server that says exactly what it is told to.
type script struct {
	t   *testing.T
	net *memnet.Listener
	eng *engine.Server

	// packet is called with what arrives, such as "0/nsp,", "2[…]"; nil: CONNECT is
	// answered, events that ask are acknowledged, the rest is ignored.
	packet func(c *scriptConn, p string)

	mu    sync.Mutex // guards what follows
	conns []*scriptConn
	dials []time.Duration // when requests came, since the start
	begin time.Time
}

// scriptConn is one session of a script.
type scriptConn struct {
	*engine.Session
	script *script
	n      int // of the session, from 1
	journal
}

func (c *scriptConn) Message(_ *engine.Session, binary bool, p []byte) {
	if binary {
		c.add("x%x", p)
		return
	}
	c.add("%s", p)
	if c.script.packet != nil {
		c.script.packet(c, string(p))
		return
	}
	c.answer(string(p))
}

// answer is what an ordinary server does.
func (c *scriptConn) answer(p string) {
	switch {
	case strings.HasPrefix(p, "0"):
		nsp, _, found := strings.Cut(p[1:], ",")
		if !found || !strings.HasPrefix(nsp, "/") {
			nsp = ""
		} else {
			nsp += ","
		}
		c.send(fmt.Sprintf(`0%s{"sid":"sid-%d"}`, nsp, c.n))
	case strings.HasPrefix(p, "2"):
		if id := p[1:strings.IndexByte(p, '[')]; id != "" {
			c.send("3" + id + "[]")
		}
	}
}

func (c *scriptConn) Closed(_ *engine.Session, reason engine.Reason, _ error) {
	c.add("closed: %s", reason)
}

func (c *scriptConn) send(packets ...string) {
	for _, p := range packets {
		_ = c.Send(engine.TextMessage(append(engine.TextBuffer(len(p)), p...)))
	}
}

// scripted runs f in fake time with such a server.
func scripted(t *testing.T, f func(t *testing.T, x *script)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		x := &script{t: t, net: memnet.Listen(), begin: time.Now()}
		x.eng = engine.NewServer(&engine.Options{Accept: func(s *engine.Session) engine.Receiver {
			x.mu.Lock()
			defer x.mu.Unlock()
			c := &scriptConn{Session: s, script: x, n: len(x.conns) + 1}
			x.conns = append(x.conns, c)
			return c
		}})
		hs := &http.Server{Handler: x.eng}
		go func() { _ = hs.Serve(x.net) }()
		t.Cleanup(func() {
			_ = x.eng.Close()
			synctest.Wait()
			_ = hs.Close()
			time.Sleep(time.Minute)
		})
		f(t, x)
	})
}

// client makes a client of the script, which is closed at the end.
func (x *script) client(o client.Options) *client.Socket {
	return x.manager(o).Socket("/", nil)
}

func (x *script) manager(o client.Options) *client.Manager {
	if o.Network.DialContext == nil {
		o.Network.DialContext = x.dial
	}
	if o.Transports == nil {
		o.Transports = []string{engine.WebSocket}
	}
	m := client.NewManager(socketiotest.URL, &o)
	x.t.Cleanup(func() { _ = m.Close() })
	return m
}

// dial notes the time.
func (x *script) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	x.mu.Lock()
	x.dials = append(x.dials, time.Since(x.begin))
	x.mu.Unlock()
	return x.net.DialContext(ctx, network, addr)
}

// conn is session n, from 1; 0 is the last.
func (x *script) conn(n int) *scriptConn {
	x.t.Helper()
	synctest.Wait()
	x.mu.Lock()
	defer x.mu.Unlock()
	if n == 0 {
		n = len(x.conns)
	}
	if n < 1 || n > len(x.conns) {
		x.t.Fatalf("no session %d of %d", n, len(x.conns))
	}
	return x.conns[n-1]
}

func (x *script) times() []time.Duration {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.dials)
}

// connect connects, or fails the test.
func connect(t *testing.T, s *client.Socket) *client.Socket {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := s.Connect(ctx); err != nil {
		t.Fatal(err)
	}
	return s
}

// handle registers an untyped handler.
func handle(r interface {
	Handle(string, socketio.Handler) func()
}, event string, f func(ctx context.Context, m *socketio.Message) error) (remove func()) {
	return r.Handle(event, socketio.HandlerFunc(f))
}

// echoes are the handlers that most tests need.
func echoes(n *server.Namespace) {
	handle(n, "echo", func(_ context.Context, m *socketio.Message) error {
		if m.WantsAck() {
			return m.Ack(m.Args)
		}
		return m.Socket.Emit("echo", m.Args)
	})
}

// jsonText is arguments as a JSON array.
func jsonText(t *testing.T, args socketio.Args) string {
	t.Helper()
	list := make([]any, args.Len())
	dst := make([]any, args.Len())
	for i := range list {
		dst[i] = &list[i]
	}
	if err := args.Scan(dst...); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// hole is a network that can stop to carry anything, without anybody being told.
type hole struct {
	dial   func(ctx context.Context, network, addr string) (net.Conn, error)
	opened chan struct{} // closed when the hole opens
}

func newHole(dial func(ctx context.Context, network, addr string) (net.Conn, error)) *hole {
	return &hole{dial: dial, opened: make(chan struct{})}
}

func (h *hole) open() { close(h.opened) }

func (h *hole) isOpen() bool {
	select {
	case <-h.opened:
		return true
	default:
		return false
	}
}

func (h *hole) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	if h.isOpen() {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	nc, err := h.dial(ctx, network, addr)
	return &holeConn{Conn: nc, hole: h, closed: make(chan struct{})}, err
}

type holeConn struct {
	net.Conn
	hole   *hole
	once   sync.Once
	closed chan struct{}
}

func (c *holeConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.hole.isOpen() {
		<-c.closed
		return 0, net.ErrClosed
	}
	return n, err
}

func (c *holeConn) Write(p []byte) (int, error) {
	if c.hole.isOpen() {
		return len(p), nil
	}
	return c.Conn.Write(p)
}

func (c *holeConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

func binary(p ...byte) engine.Message { return engine.BinaryMessage(p) }
