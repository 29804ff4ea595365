package engine

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio/internal/memnet"
)

// dialModes are the ways to a session for dialers.
var dialModes = map[string]DialOptions{
	"polling":   {DisableUpgrades: true},
	"websocket": {Transports: []string{WebSocket}},
	"upgrade":   {},
}

// dialModesOf runs f with a server of these options, once for each mode.
func dialModesOf(t *testing.T, opts Options, f func(t *testing.T, x *fixture, mode string, d DialOptions)) {
	for mode, d := range dialModes {
		t.Run(mode, func(t *testing.T) {
			bubble(t, opts, func(t *testing.T, x *fixture) { f(t, x, mode, d) })
		})
	}
}

// dialed is what a Client's functions have seen.
type dialedLog struct {
	*Client
	t *testing.T

	mu     sync.Mutex
	got    []string
	reason Reason
	err    error
	closed int
	block  chan struct{}
}

func (l *dialedLog) message(binary bool, p []byte) {
	l.mu.Lock()
	if binary {
		l.got = append(l.got, fmt.Sprintf("x%x", p))
	} else {
		l.got = append(l.got, string(p))
	}
	block := l.block
	l.mu.Unlock()
	if block != nil {
		<-block
	}
}

func (l *dialedLog) ended(reason Reason, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reason, l.err = reason, err
	l.closed++
}

// received returns what has come, and forgets it.
func (l *dialedLog) received() string {
	l.t.Helper()
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	got := strings.Join(l.got, ",")
	l.got = nil
	return got
}

// wantEnd checks for the one end of the session and of everything it had.
func (l *dialedLog) wantEnd(reason Reason) {
	l.t.Helper()
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed != 1 || l.reason != reason {
		l.t.Errorf("closed %d times with %q (%v), want %q", l.closed, l.reason, l.err, reason)
	}
	select {
	case <-l.Done():
	default:
		l.t.Error("something of the session has not ended")
	}
	if err := l.Send(text("late")); err != errClientClosed {
		l.t.Errorf("Send after the end: %v", err)
	}
}

func (l *dialedLog) wantOpen(transport string) {
	l.t.Helper()
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed > 0 || l.Transport() != transport {
		l.t.Errorf("closed with %q (%v), transport %q, want %q", l.reason, l.err, l.Transport(), transport)
	}
}

// dialOver dials through a network.
func dialOver(t *testing.T, ln *memnet.Listener, opts DialOptions) (*dialedLog, error) {
	t.Helper()
	if opts.Network.DialContext == nil {
		opts.Network.DialContext = ln.DialContext
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c, err := Dial(ctx, "http://server/engine.io/", &opts)
	if err != nil {
		return nil, err
	}
	l := &dialedLog{Client: c, t: t}
	c.Serve(l.message, l.ended)
	t.Cleanup(c.CloseNow)
	return l, nil
}

func (x *fixture) dialClient(opts DialOptions) *dialedLog {
	x.t.Helper()
	l, err := dialOver(x.t, x.net, opts)
	if err != nil {
		x.t.Fatal(err)
	}
	synctest.Wait()
	if !opts.DisableUpgrades {
		time.Sleep(time.Second) // for the server's noop
		l.wantOpen(WebSocket)
	}
	return l
}

// faults runs f with the handler of a server of ours behind one that may do
// something else first.
func faults(t *testing.T, first func(w http.ResponseWriter, r *http.Request) (done bool), f func(t *testing.T, ln *memnet.Listener)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ln := memnet.Listen()
		eng := NewServer(&Options{Accept: func(s *Session) Receiver { return &record{session: s} }})
		hs := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !first(w, r) {
				eng.ServeHTTP(w, r)
			}
		})}
		go func() { _ = hs.Serve(ln) }()
		defer func() {
			_ = eng.Close()
			synctest.Wait()
			_ = hs.Close()
			time.Sleep(time.Minute)
		}()
		f(t, ln)
	})
}

// hijack takes the connection of a request.
func hijack(w http.ResponseWriter) net.Conn {
	nc, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	return nc
}

// The ways to fail at a request.
var failures = map[string]func(w http.ResponseWriter, r *http.Request) bool{
	"reset":     func(w http.ResponseWriter, _ *http.Request) bool { hijack(w).(*memnet.Conn).Reset(); return true },
	"end":       func(w http.ResponseWriter, _ *http.Request) bool { _ = hijack(w).Close(); return true },
	"500":       func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(500); return true },
	"truncated": func(w http.ResponseWriter, _ *http.Request) bool { return truncate(w, `0{"sid":`) },
	"garbage":   func(w http.ResponseWriter, _ *http.Request) bool { _, _ = w.Write([]byte("<html>hello")); return true },
	"empty":     func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(200); return true },
	"silence": func(_ http.ResponseWriter, r *http.Request) bool {
		_, _ = io.Copy(io.Discard, r.Body) // else net/http does not notice the end
		<-r.Context().Done()
		return true
	},
}

// truncate promises more than it sends.
func truncate(w http.ResponseWriter, body string) bool {
	w.Header().Set("Content-Length", "1000")
	_, _ = w.Write([]byte(body))
	panic(http.ErrAbortHandler)
}
