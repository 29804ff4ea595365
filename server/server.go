package server

import (
	"context"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/browser"
	"github.com/socketio-go/socketio/engine"
)

// Server accepts Socket.IO clients. It is an [http.Handler], to be mounted at
// "/socket.io/" unless the clients are told another path. The embedded Namespace
// is "/". Make one with [New]; all methods are safe for concurrent use.
type Server struct {
	*Namespace

	opts   Options
	engine *engine.Server
	work   sync.WaitGroup // goroutines that run handlers

	mu         sync.RWMutex // guards what follows
	namespaces map[string]*Namespace
	stopped    bool
}

// New makes a server with these options, which it copies; nil means all defaults.
func New(opts *Options) *Server {
	s := &Server{opts: opts.withDefaults(), namespaces: make(map[string]*Namespace)}
	s.engine = engine.NewServer(s.opts.engine(s.accept))
	s.Namespace = s.Of("/")
	return s
}

// ServeHTTP serves the transports, and the files of the browser client.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.opts.DisableClientFiles && s.serveFile(w, r) {
		return
	}
	s.engine.ServeHTTP(w, r)
}

func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) bool {
	name := path.Base(r.URL.Path)
	if !strings.HasPrefix(name, "socket.io.") {
		return false
	}
	if s.opts.CORS != nil {
		s.opts.CORS.SetHeader(w.Header(), r)
	}
	return browser.ServeFile(w, r, name)
}

// Of returns the namespace of that name, which it creates when there is none yet.
// A missing "/" in front is added. Clients can join only namespaces that exist.
func (s *Server) Of(name string) *Namespace {
	if !strings.HasPrefix(name, "/") {
		name = "/" + name
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.namespaces[name]
	if n == nil {
		n = newNamespace(s, name)
		s.namespaces[name] = n
	}
	return n
}

func (s *Server) namespace(name string) *Namespace {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.namespaces[name]
}

// ClientCount is the number of connected clients, each of which may have joined
// several namespaces.
func (s *Server) ClientCount() int { return s.engine.Count() }

// Shutdown disconnects every socket with [socketio.ServerShuttingDown], refuses
// new clients, and waits until what was emitted has been delivered and all
// handlers have returned. When ctx ends before, it cuts the connections and
// returns the context's error; handlers may still be running then. Clients see
// "transport close" and try to connect again.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stop()
	err := s.engine.Shutdown(ctx)
	done := make(chan struct{})
	go func() {
		s.work.Wait()
		close(done)
	}()
	select {
	case <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close disconnects every socket and cuts the connections without waiting.
func (s *Server) Close() error {
	s.stop()
	return s.engine.Close()
}

// stop ends all sockets, also those that are still connecting.
func (s *Server) stop() {
	s.mu.Lock()
	s.stopped = true
	namespaces := slices.Collect(maps.Values(s.namespaces))
	s.mu.Unlock()
	for _, n := range namespaces {
		for _, socket := range n.all() {
			socket.leave(socketio.ServerShuttingDown)
		}
	}
}

func (s *Server) accepting() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return !s.stopped
}
