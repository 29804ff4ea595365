// Package browsertest lets the tests of the demos drive their pages in Chromium.
// A test serves an application by [Serve], and a script, testdata/browser.mjs of
// its package, plays a scenario on it in the browser that [Launch] has started.
// harness.mjs is what these scripts share.
package browsertest

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// App is a demo.
type App interface {
	http.Handler
	Shutdown(ctx context.Context) error
}

// Site is an application on a port that survives a restart of the server.
type Site struct {
	URL string

	t    *testing.T
	addr string
	open func(*slog.Logger) App
	wrap []func(http.Handler) http.Handler
	more map[string]func() error
	mu   sync.Mutex // guards what follows
	app  App
	web  *http.Server
	done chan struct{}
}

// Serve serves what open returns, until the test ends, behind wrappers such as
// official.Handler. The logger shows everything in the log of the test.
func Serve(t *testing.T, open func(*slog.Logger) App, wrap ...func(http.Handler) http.Handler) *Site {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Site{URL: "http://" + l.Addr().String() + "/", t: t, addr: l.Addr().String(), open: open, wrap: wrap}
	s.serve(l)
	t.Cleanup(s.cut)
	return s
}

// Logger writes to the log of the test, which is shown when it fails.
func Logger(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func (s *Site) serve(l net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.app = s.open(Logger(s.t))
	var handler http.Handler = s.app
	for _, wrap := range s.wrap {
		handler = wrap(handler)
	}
	s.web = &http.Server{Handler: handler}
	s.done = make(chan struct{})
	go func(web *http.Server, done chan struct{}) {
		defer close(done)
		if err := web.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.t.Error(err)
		}
	}(s.web, s.done)
}

// start serves a new application on the same port.
func (s *Site) start() error {
	l, err := net.Listen("tcp", s.addr)
	if err == nil {
		s.serve(l)
	}
	return err
}

// stop ends the server as the commands do; after it nothing answers on the port.
func (s *Site) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := errors.Join(s.app.Shutdown(ctx), s.web.Shutdown(ctx))
	<-s.done
	return err
}

// cut ends the server when the browser has gone: there is nobody to say goodbye to.
func (s *Site) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	over, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.app.Shutdown(over); err != nil && !errors.Is(err, context.Canceled) {
		s.t.Error(err)
	}
	if err := s.web.Close(); err != nil {
		s.t.Error(err)
	}
	<-s.done
}

// On gives the script one more command, beside "stop" and "start" of the server.
func (s *Site) On(command string, f func()) {
	if s.more == nil {
		s.more = make(map[string]func() error)
	}
	s.more[command] = func() error { f(); return nil }
}

// control lets the script give commands (POST /stop) and ask for what the server
// knows (GET /state), if the application tells.
func (s *Site) control() string {
	mux := http.NewServeMux()
	commands := map[string]func() error{"stop": s.stop, "start": s.start}
	maps.Copy(commands, s.more)
	for name, f := range commands {
		mux.HandleFunc("POST /"+name, func(w http.ResponseWriter, r *http.Request) {
			if err := f(); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		})
	}
	mux.HandleFunc("GET /state", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		app, ok := s.app.(interface{ TestState() any })
		s.mu.Unlock()
		if ok {
			_ = json.NewEncoder(w).Encode(app.TestState()) // the script sees what is missing
		}
	})
	srv := httptest.NewServer(mux)
	s.t.Cleanup(srv.Close)
	return srv.URL
}

// Record is Logger, with a function that reports whether a line with all of these
// texts has been logged.
func Record(t *testing.T) (log *slog.Logger, logged func(texts ...string) bool) {
	var mu sync.Mutex // guards the lines
	var lines strings.Builder
	shown := t.Output()
	record := writerFunc(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		lines.Write(p)
		return shown.Write(p)
	})
	log = slog.New(slog.NewTextHandler(record, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return log, func(texts ...string) bool {
		mu.Lock()
		defer mu.Unlock()
		for line := range strings.Lines(lines.String()) {
			if !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(line, text) }) {
				return true
			}
		}
		return false
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
