//go:build !js

package engine

import (
	"context"
	"fmt"
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
	opts  Options
	wheel *timerwheel.Wheel

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
	session, err := s.verify(r)
	switch {
	case err != nil:
		s.opts.Logger.Debug("engine: request refused", "remote", r.RemoteAddr, "code", err.Code, "reason", err.Message)
		writeRefusal(w, r, err)
	case isUpgrade(r) && !s.originAllowed(r):
		s.opts.Logger.Warn("engine: WebSocket handshake refused: add the origin to the CORS option to allow it",
			"origin", r.Header.Get("Origin"), "host", r.Host)
		http.Error(w, fmt.Sprintf("origin %q is not allowed: the server's CORS option must list it", r.Header.Get("Origin")), http.StatusForbidden)
	case session == nil:
		s.handshake(w, r)
	case isUpgrade(r):
		session.upgrade(w, r)
	default:
		session.serve(w, r)
	}
}

// verify checks a request in the order of EIO-009 and finds its session.
func (s *Server) verify(r *http.Request) (*Session, *refusal) {
	q := query(r.URL.Query())
	transport := q.last("transport")
	if !slices.Contains(s.opts.Transports, transport) {
		return nil, errTransport
	}
	if sid := q.last("sid"); sid != "" {
		return s.verifySession(r, q, sid, transport)
	}
	if r.Method != http.MethodGet {
		return nil, errMethod
	}
	if (transport == WebSocket) != isUpgrade(r) {
		return nil, errRequest
	}
	if s.opts.AllowRequest != nil {
		if err := s.opts.AllowRequest(r); err != nil {
			return nil, errForbidden(orDefault(err.Error(), "Forbidden"))
		}
	}
	if q.last("EIO") != "4" {
		return nil, errProtocol
	}
	return nil, nil
}

func (s *Server) verifySession(r *http.Request, q query, sid, transport string) (*Session, *refusal) {
	session := s.session(sid)
	if session == nil {
		return nil, errSession
	}
	if isUpgrade(r) != (transport == WebSocket) || q.last("EIO") != "4" {
		return nil, errRequest
	}
	if isUpgrade(r) && s.opts.DisableUpgrades || !isUpgrade(r) && !session.onPolling() {
		return nil, errRequest
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

func isUpgrade(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

func (s *Server) session(sid string) *Session {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.sessions[sid]
}

// add puts a new session into the index, unless the server is closed.
func (s *Server) add(session *Session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.sessions[session.id] = session
	s.transports.Add(1)
	return true
}

// remove forgets a session whose transport has ended.
func (s *Server) remove(session *Session) {
	s.mu.Lock()
	known := s.sessions[session.id] == session
	delete(s.sessions, session.id)
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
