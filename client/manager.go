package client

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/socketio-go/socketio"
)

// Manager is one connection to a server, which carries any number of namespaces and
// is made again when it is lost. It exists as long as one of its sockets is active.
// All methods are safe for concurrent use.
type Manager struct {
	opts    Options
	url     string
	invalid error // of the URL
	codec   codec

	mu         sync.Mutex // guards what follows, and the sockets; taken before an engine.Client's; held for no call of the user's code
	sockets    []*Socket
	session    *session           // nil while there is no connection
	looping    bool               // a goroutine is at connecting
	cancel     context.CancelFunc // of the attempt; nil without
	wake       chan struct{}      // ends its wait
	attempts   int                // in a row, without the first one
	hint       time.Duration      // the server's wish for the next delay
	cause      error              // of the last failure
	remembered bool               // the last connection ended on WebSocket
	buffered   int                // bytes that wait in the sockets
	waiting    int                // bytes of events that wait for their handlers
	paused     bool
	onAttempt  []func(attempt int)
}

// NewManager makes a Manager for the server at a URL without a path, which stays
// unused until a socket of it connects. opts are copied; nil means all defaults.
func NewManager(url string, opts *Options) *Manager {
	m := &Manager{opts: opts.withDefaults(), wake: make(chan struct{}, 1)}
	m.codec = codecOf(m.opts.Codec)
	m.url, m.invalid = endpoint(url, m.opts.Path)
	return m
}

// Socket returns the socket of a namespace, which it makes, inactive, when there is
// none yet. opts may be nil, and are ignored for one that exists. A missing "/" in
// front is added.
func (m *Manager) Socket(namespace string, opts *SocketOptions) *Socket {
	if !strings.HasPrefix(namespace, "/") {
		namespace = "/" + namespace
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.socketLocked(namespace); s != nil {
		return s
	}
	s := &Socket{m: m, nsp: namespace, opts: &m.opts.SocketOptions}
	s.none = connection{socket: s, over: true}
	if opts != nil {
		own := opts.withDefaults()
		s.opts = &own
	}
	m.sockets = append(m.sockets, s)
	return s
}

func (m *Manager) socketLocked(namespace string) *Socket {
	for _, s := range m.sockets {
		if s.nsp == namespace {
			return s
		}
	}
	return nil
}

// OnReconnectAttempt adds a function that is called before every attempt to connect
// but the first, with its number in the row, from 1 (CLI-006). It holds the attempt
// up.
func (m *Manager) OnReconnectAttempt(f func(attempt int)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.onAttempt = append(m.onAttempt, f)
}

// Close closes all sockets. See [Socket.Close].
func (m *Manager) Close() error {
	for _, s := range m.all() {
		_ = s.Close()
	}
	return nil
}

// Shutdown shuts all sockets down. See [Socket.Shutdown].
func (m *Manager) Shutdown(ctx context.Context) error {
	sockets := m.all()
	errs := make([]error, len(sockets))
	var all sync.WaitGroup
	for i, s := range sockets {
		all.Go(func() { errs[i] = s.Shutdown(ctx) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// logger is a Manager in the eyes of package dispatch.
type logger Manager

func (l *logger) Log(level slog.Level, msg string, attrs ...any) {
	l.opts.Logger.Log(context.Background(), level, "socketio: "+msg, attrs...)
}

func (m *Manager) all() []*Socket {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.sockets)
}

// neededLocked reports whether a socket is active.
func (m *Manager) neededLocked() bool {
	return slices.ContainsFunc(m.sockets, func(s *Socket) bool { return s.state != inactive })
}

// releaseLocked ends the connection, and the attempts, when no socket needs them any
// more (CLI-009). It returns the session to be closed, without the lock, or nil.
func (m *Manager) releaseLocked() *session {
	if m.neededLocked() {
		return nil
	}
	if m.looping && m.cancel != nil {
		m.cancel()
	}
	m.attempts, m.hint = 0, 0
	ended := m.session
	m.session = nil
	for _, s := range m.sockets {
		s.asked = false
	}
	if ended != nil {
		m.remembered = ended.onWebSocket()
	}
	return ended
}

// charge counts bytes of events that wait, and stops reading from the server while
// there are more than the budget allows.
func (m *Manager) charge(bytes int) {
	if bytes == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.waiting += bytes
	switch budget := m.opts.ReceiveBudget; {
	case !m.paused && m.waiting > budget:
		m.paused = true
		if m.session != nil {
			m.session.engine.Pause()
		}
	case m.paused && m.waiting <= budget/2:
		m.paused = false
		if m.session != nil {
			m.session.engine.Resume()
		}
	}
}

// lost ends a session that is the present one, for all sockets.
func (m *Manager) lost(ses *session, reason socketio.Reason, cause error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.session != ses {
		return
	}
	m.session = nil
	m.remembered = ses.onWebSocket()
	m.attempts = ses.wasted
	m.cause = cause
	again := m.againLocked()
	for _, s := range m.sockets {
		s.lostLocked(ses, reason, cause, again)
	}
	if m.neededLocked() {
		m.startLocked(true)
	}
}
