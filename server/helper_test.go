package server

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/internal/memnet"
	"github.com/socketio-go/socketio/internal/rawclient"
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

// settled waits until the goroutine of TestMain is alone.
func settled() bool {
	for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); runtime.Gosched() {
		if runtime.NumGoroutine() <= 1 {
			return true
		}
	}
	return false
}

// fixture is a server on an in-memory network, in a bubble of fake time.
type fixture struct {
	t    *testing.T
	io   *Server
	net  *memnet.Listener
	mode string // of the clients that dial makes
	logs *recorder

	dialer func(ctx context.Context, network, addr string) (net.Conn, error)

	mu      sync.Mutex // guards clients
	clients []*client
}

// bubble runs f with a server of these options in fake time. It fails when a
// goroutine is left behind.
func bubble(t *testing.T, mode string, opts Options, f func(t *testing.T, x *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		x := &fixture{t: t, net: memnet.Listen(), mode: mode, logs: new(recorder)}
		x.dialer = x.net.DialContext
		if opts.Logger == nil {
			opts.Logger = slog.New(x.logs)
		}
		x.io = New(&opts)
		hs := &http.Server{Handler: x.io}
		go func() { _ = hs.Serve(x.net) }()
		defer func() {
			for _, c := range x.clients {
				c.Cut()
			}
			_ = x.io.Close()
			synctest.Wait()
			_ = hs.Close()
			synctest.Wait()
			time.Sleep(time.Minute) // what still waits for something times out
		}()
		f(t, x)
	})
}

// modes runs f once on each transport.
func modes(t *testing.T, opts Options, f func(t *testing.T, x *fixture)) {
	t.Helper()
	for _, mode := range []string{"polling", "websocket", "upgrade"} {
		t.Run(mode, func(t *testing.T) { bubble(t, mode, opts, f) })
	}
}

// client is a raw client whose failures end the test.
type client struct {
	*rawclient.Client
	t   *testing.T
	sid string // of the socket that joined last
}

func (x *fixture) dial() *client {
	x.t.Helper()
	return x.dialWith(rawclient.Options{Mode: x.mode})
}

func (x *fixture) dialWith(opts rawclient.Options) *client {
	x.t.Helper()
	opts.DialContext = x.dialer
	raw, err := rawclient.Dial(x.t.Context(), opts)
	if err != nil {
		x.t.Fatal(err)
	}
	c := &client{Client: raw, t: x.t}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.clients = append(x.clients, c)
	return c
}

// connect dials and joins the root namespace.
func (x *fixture) connect() *client {
	x.t.Helper()
	return x.dial().join("/")
}

// socket is the server's end of the client's connection to the root namespace.
func (x *fixture) socket(c *client) *Socket {
	x.t.Helper()
	synctest.Wait()
	s := x.io.Socket(c.sid)
	if s == nil {
		x.t.Fatalf("no socket %q", c.sid)
	}
	return s
}

// join connects to a namespace.
func (c *client) join(nsp string) *client {
	c.t.Helper()
	c.send("40" + prefix(nsp))
	got := c.Next()
	head, sid := "40"+prefix(nsp)+`{"sid":"`, ""
	if strings.HasPrefix(got, head) && len(got) == len(head)+22 {
		sid = got[len(head) : len(head)+20]
	}
	if sid == "" || sid == c.SID {
		c.t.Fatalf("CONNECT to %s answered with %s", nsp, got)
	}
	c.sid = sid
	return c
}

// prefix is the namespace on the wire.
func prefix(nsp string) string {
	if nsp == "/" {
		return ""
	}
	return nsp + ","
}

// lose cuts the client's connections, once it has a GET pending.
func (c *client) lose() {
	synctest.Wait()
	c.Cut()
}

func (c *client) send(packets ...string) {
	c.t.Helper()
	if err := c.Send(packets...); err != nil {
		c.t.Fatal(err)
	}
}

// want reads packets and compares them.
func (c *client) want(packets ...string) {
	c.t.Helper()
	for _, want := range packets {
		if got := c.Next(); got != want {
			c.t.Fatalf("got  %.300s\nwant %.300s", got, want)
		}
	}
}

// quiet checks that nothing has arrived.
func (c *client) quiet() {
	c.t.Helper()
	synctest.Wait()
	for range c.Waiting() {
		c.t.Errorf("got %.300s, want nothing", c.Next())
	}
}

// barrier is an event with an acknowledgement: when it has come back, everything
// before it has been handled.
func (c *client) barrier() {
	c.t.Helper()
	c.send(`4299["barrier"]`)
	c.want(`4399["done"]`)
}

// handle registers a handler whose arguments are the fields of most tests.
func handle(r interface {
	Handle(string, socketio.Handler) func()
}, event string, f func(ctx context.Context, s *Socket, m *socketio.Message) error) (remove func()) {
	return r.Handle(event, socketio.HandlerFunc(func(ctx context.Context, m *socketio.Message) error {
		return f(ctx, m.Socket.(*Socket), m)
	}))
}

func (x *fixture) barriers() {
	handle(x.io, "barrier", func(_ context.Context, _ *Socket, m *socketio.Message) error { return m.Ack("done") })
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

func (j *journal) len() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.entries)
}

// take returns the entries and forgets them.
func (j *journal) take() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	entries := j.entries
	j.entries = nil
	return entries
}

// want compares everything that has happened by now.
func (j *journal) want(t *testing.T, entries ...string) {
	t.Helper()
	synctest.Wait()
	if got := j.take(); !slices.Equal(got, entries) {
		t.Errorf("happened %q\nwant     %q", got, entries)
	}
}

// record notes all disconnects of a namespace.
func (j *journal) record(n *Namespace) {
	n.OnDisconnect(func(_ *Socket, reason socketio.Reason) { j.add("%s", reason) })
}

// recorder is a slog.Handler that keeps what was logged, one line for each record.
type recorder struct{ journal }

func (r *recorder) Enabled(context.Context, slog.Level) bool { return true }
func (r *recorder) WithAttrs([]slog.Attr) slog.Handler       { return r }
func (r *recorder) WithGroup(string) slog.Handler            { return r }
func (r *recorder) Handle(_ context.Context, rec slog.Record) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", rec.Level, rec.Message)
	rec.Attrs(func(a slog.Attr) bool {
		fmt.Fprintf(&b, " %s=%v", a.Key, a.Value)
		return true
	})
	r.add("%s", b.String())
	return nil
}

// logged reports whether a record contains all of these texts.
func (r *recorder) logged(texts ...string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.entries, func(entry string) bool {
		return !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(entry, text) })
	})
}
