package server

import (
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"

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

	mu          sync.RWMutex // guards what follows
	namespaces  map[string]*Namespace
	parents     []*Parent
	onNamespace []func(*Namespace)
	stopped     bool
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

// Of returns the namespace of that name, which it makes when there is none yet. A
// missing "/" in front is added. Clients can join only namespaces that exist, or that
// a [Parent] makes for them. A name that a parent from [Server.OfPattern] would match
// becomes one of its namespaces (SRV-015).
func (s *Server) Of(name string) *Namespace {
	if !strings.HasPrefix(name, "/") {
		name = "/" + name
	}
	s.mu.Lock()
	n := s.namespaces[name]
	isNew := n == nil
	if isNew {
		p := s.parentLocked(name)
		n = s.newNamespace(name, p)
		s.namespaces[name] = n
		if p != nil {
			p.children[name] = n
		}
	}
	s.mu.Unlock()
	if isNew {
		s.announce(n)
	}
	return n
}

// parentLocked returns the first parent whose pattern a name matches.
func (s *Server) parentLocked(name string) *Parent {
	for _, p := range s.parents {
		if p.pattern != nil && p.pattern.MatchString(name) {
			return p
		}
	}
	return nil
}

// mayHave reports whether there is a namespace, or somebody who may make it.
func (s *Server) mayHave(name string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.parents) > 0 || s.namespaces[name] != nil
}

// OnNamespace adds a function that is told of every namespace that is made from now
// on, before clients can join it (SRV-020).
func (s *Server) OnNamespace(f func(*Namespace)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onNamespace = append(s.onNamespace, f)
}

// announce lets clients join a namespace once the application has been told of it.
func (s *Server) announce(n *Namespace) {
	defer close(n.ready)
	s.mu.RLock()
	hooks := slices.Clip(s.onNamespace)
	s.mu.RUnlock()
	for _, f := range hooks {
		_ = (*host)(n).protect(func() error { f(n); return nil })
	}
}

// ClientCount is the number of connected clients, each of which may have joined
// several namespaces.
func (s *Server) ClientCount() int { return s.engine.Count() }

// Stats counts what has happened since the server was made. See [engine.Stats].
type Stats struct {
	engine.Stats
	Sockets    int // of all namespaces, at this moment
	Namespaces int
}

// Stats returns the counts of this moment.
func (s *Server) Stats() Stats {
	st := Stats{Stats: s.engine.Stats()}
	s.mu.RLock()
	defer s.mu.RUnlock()
	st.Namespaces = len(s.namespaces)
	for _, n := range s.namespaces {
		st.Sockets += n.SocketCount()
	}
	return st
}
