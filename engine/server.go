//go:build !js

package engine

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/socketio-go/socketio/internal/timerwheel"
)

// Server accepts Engine.IO clients. Make one with [NewServer]. All methods are
// safe for concurrent use.
type Server struct {
	opts     Options
	wheel    *timerwheel.Wheel
	counters [stripes]counters

	mu       sync.RWMutex // guards what follows
	sessions map[string]*Session
	closed   bool

	transports sync.WaitGroup // sessions whose last bytes may still be on their way
}

// NewServer returns a server with these options, which it copies. It panics when
// opts.Accept is missing.
func NewServer(opts *Options) *Server {
	if opts == nil || opts.Accept == nil {
		panic("engine: Options.Accept is required")
	}
	s := &Server{opts: opts.withDefaults(), sessions: make(map[string]*Session)}
	shortest := min(s.opts.PingInterval, s.opts.PingTimeout)
	s.wheel = timerwheel.New(min(shortest/64, 250*time.Millisecond))
	return s
}

// ServeHTTP serves handshakes, polling, WebSocket and upgrades. The path is not
// looked at: mount the server where its clients expect it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.opts.CORS != nil && s.opts.CORS.SetHeader(w.Header(), r) {
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(http.StatusNoContent)
		return
	}
	q := query(r.URL.Query())
	session, refused := s.verify(r, q)
	switch {
	case refused != nil:
		s.refuse(w, r, refused)
	case isUpgrade(r) && !s.originAllowed(r):
		s.opts.Logger.Warn("engine: WebSocket handshake refused: add the origin to the CORS option to allow it",
			"origin", r.Header.Get("Origin"), "host", r.Host)
		s.refuse(w, r, errOrigin(r))
	case session == nil:
		s.handshake(w, r, q)
	case isUpgrade(r):
		s.setHeader(w, r, false)
		session.upgrade(w, r)
	default:
		s.setHeader(w, r, false)
		session.serve(w, r)
	}
}

// setHeader lets the application add to a response.
func (s *Server) setHeader(w http.ResponseWriter, r *http.Request, first bool) {
	if s.opts.Header != nil {
		s.opts.Header(w.Header(), r, first)
	}
}

// verify checks a request in the order of EIO-009 and finds its session.
func (s *Server) verify(r *http.Request, q query) (*Session, *Refusal) {
	transport := q.last("transport")
	if !slices.Contains(s.opts.Transports, transport) || (transport == WebTransport) != isWebTransport(r) {
		return nil, errTransport
	}
	if sid := q.last("sid"); sid != "" {
		return s.verifySession(r, q, sid, transport)
	}
	if r.Method != http.MethodGet {
		return nil, errMethod
	}
	if (transport == Polling) == isUpgrade(r) {
		return nil, errNoUpgrade
	}
	if s.opts.AllowRequest != nil {
		if err := s.opts.AllowRequest(r); err != nil {
			return nil, errForbidden(orDefault(err.Error(), "Forbidden"))
		}
	}
	if q.protocol() == 3 && !s.opts.AllowEIO3 {
		return nil, errProtocol
	}
	return nil, nil
}

func (s *Server) verifySession(r *http.Request, q query, sid, transport string) (*Session, *Refusal) {
	session := s.session(sid)
	if session == nil {
		return nil, errSession
	}
	switch upgrade := isUpgrade(r); {
	case upgrade == (transport == Polling), upgrade && s.opts.DisableUpgrades, !upgrade && !session.onPolling():
		return nil, errTransportMismatch
	case q.protocol() != session.protocol:
		return nil, errProtocolMismatch
	}
	return session, nil
}

type query url.Values

// last is a value of the query; of several the last one counts (EIO-002).
func (q query) last(name string) string {
	values := q[name]
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// protocol is 4 for those who say so, and 3 for everybody else (EIO-030).
func (q query) protocol() uint8 {
	if q.last("EIO") == "4" {
		return 4
	}
	return 3
}

func isUpgrade(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

// isWebTransport tells the requests that socketio/webtransport makes. No other can
// have this protocol and an Upgrade: it is not the name of a version of HTTP.
func isWebTransport(r *http.Request) bool {
	return r.Proto == WebTransport && isUpgrade(r)
}

func (s *Server) session(sid string) *Session {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.sessions[sid]
}

const errStopped = Error("the server shuts down")

// add puts a new session into the index.
func (s *Server) add(session *Session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return errStopped
	case s.sessions[session.id] != nil: // made twice at the same time
		return errBadID
	}
	s.sessions[session.id] = session
	s.transports.Add(1)
	session.count().opened.Add(1)
	return nil
}

// remove forgets a session whose transport has ended.
func (s *Server) remove(session *Session) {
	s.mu.Lock()
	known := s.sessions[session.id] == session
	if known {
		delete(s.sessions, session.id)
	}
	s.mu.Unlock()
	if known {
		s.transports.Done()
	}
}

// Count is the number of sessions, including those that are still saying goodbye.
func (s *Server) Count() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.sessions)
}

func (s *Server) stopped() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.closed
}

// Refuse refuses new clients from now on.
func (s *Server) Refuse() { s.stop() }

// Shutdown refuses new clients from now on, closes every session with
// [ForcedClose] and waits until what was queued has been taken by the clients, or
// until ctx ends, when it cuts the rest and returns the context's error.
func (s *Server) Shutdown(ctx context.Context) error {
	for _, session := range s.stop() {
		session.Close()
		session.abandon()
	}
	done := make(chan struct{})
	go func() {
		s.transports.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		_ = s.Close()
		<-done
		return ctx.Err()
	}
}

// Close refuses new clients from now on and cuts every session with
// [ForcedClose], dropping what is queued.
func (s *Server) Close() error {
	for _, session := range s.stop() {
		session.cut()
	}
	return nil
}

func (s *Server) stop() []*Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return slices.Collect(maps.Values(s.sessions))
}
