package client

import (
	"context"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/internal/dispatch"
)

// Socket is the client's end in one namespace. All methods are safe for concurrent
// use and may be called from its own handlers, except that Shutdown waits for these.
type Socket struct {
	m        *Manager
	nsp      string
	opts     *SocketOptions
	handlers dispatch.Handlers
	none     connection     // stands in where there is none
	work     sync.WaitGroup // goroutines that run handlers

	// The Manager's mutex guards what follows.
	state   state
	asked   bool // a CONNECT has not been answered yet
	leaving bool // Shutdown has begun
	queue   dispatch.Queue
	conn    *connection // the present one or the last; before the CONNECT reply, the one that is hoped for
	hooks   *hooks
	waiters []*waiter   // of Connect
	rejoin  *time.Timer // until the namespace is asked for again
	early   *early      // events that came before the CONNECT reply
	outbox  outbox
	retries retryQueue

	id        string
	pid       string // of the session that can be recovered; "" without
	offset    string // of the last event, for the recovery
	recovered bool
	refusals  int // in a row, with a time to come back
}

type state uint8

const (
	inactive   state = iota
	connecting       // what is emitted waits
	connected
)

// hooks are the user's functions.
type hooks struct {
	connect    []ConnectFunc
	refused    []ConnectErrorFunc
	disconnect []DisconnectFunc
}

// ConnectFunc is told that a socket has connected. ctx ends with this connection.
type ConnectFunc func(ctx context.Context, s *Socket)

// ConnectErrorFunc is told why a socket could not connect: err is a *[DialError], a
// *[ConnectError], or that of AuthFunc. [Socket.Active] tells whether it goes on
// trying.
type ConnectErrorFunc func(s *Socket, err error)

// DisconnectFunc is told that a socket has lost its connection. cause is the error
// behind the reason, where there is one.
type DisconnectFunc func(s *Socket, reason socketio.Reason, cause error)

// ID is the server's name for this connection to the namespace (SIO-021); "" while
// there is none.
func (s *Socket) ID() string {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	return s.id
}

// Namespace is the name of the namespace; it begins with "/".
func (s *Socket) Namespace() string { return s.nsp }

// Manager is the connection that the socket shares with other namespaces.
func (s *Socket) Manager() *Manager { return s.m }

// Connected reports whether the server has let the socket in.
func (s *Socket) Connected() bool { return s.is(connected) }

// Active reports whether the socket is connected or will be without anybody doing
// something (CLI-021).
func (s *Socket) Active() bool { return !s.is(inactive) }

func (s *Socket) is(state state) bool {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	return s.state == state
}

// Recovered reports whether the present connection continues the one before: the
// server has kept the socket's rooms, and what was missed is delivered (SIO-030).
func (s *Socket) Recovered() bool {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	return s.recovered
}

// Transport is [engine.Polling] or [engine.WebSocket] at this moment; "" while there
// is no connection.
func (s *Socket) Transport() string {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if s.m.session == nil {
		return ""
	}
	return s.m.session.engine.Transport()
}

// Context ends when the present connection does. It is the context of the handlers
// of its events.
func (s *Socket) Context() context.Context {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if s.conn == nil {
		return &s.none
	}
	return s.conn
}

// Handle registers a handler of an event. See [socketio.Registrar].
func (s *Socket) Handle(event string, h socketio.Handler) (remove func()) {
	return s.handlers.Handle(event, h)
}

// OnAny registers a handler that sees every event before its own handlers do.
func (s *Socket) OnAny(h socketio.Handler) (remove func()) { return s.handlers.OnAny(h) }

// PrependAny is OnAny in front of those registered before.
func (s *Socket) PrependAny(h socketio.Handler) (remove func()) { return s.handlers.PrependAny(h) }

// OnAnyOutgoing registers a handler that sees every event that is emitted. It runs
// inside of Emit and must not block; acknowledgements are not among the events.
func (s *Socket) OnAnyOutgoing(h socketio.Handler) (remove func()) {
	return s.handlers.OnAnyOutgoing(h)
}

// PrependAnyOutgoing is OnAnyOutgoing in front of those registered before.
func (s *Socket) PrependAnyOutgoing(h socketio.Handler) (remove func()) {
	return s.handlers.PrependAnyOutgoing(h)
}

// Sockets yields the socket itself, which makes it a [socketio.Registrar].
func (s *Socket) Sockets() iter.Seq[*Socket] {
	return func(yield func(*Socket) bool) { yield(s) }
}

// OnConnect adds a function that runs after every connection, before any of its
// events. What had been waiting is on its way by then (CLI-025).
func (s *Socket) OnConnect(f ConnectFunc) {
	s.change(func(h *hooks) { h.connect = append(h.connect, f) })
}

// OnConnectError adds a function that runs when an attempt to connect has failed, or
// the server has refused the socket (CLI-023).
func (s *Socket) OnConnectError(f ConnectErrorFunc) {
	s.change(func(h *hooks) { h.refused = append(h.refused, f) })
}

// OnDisconnect adds a function that runs when a connection has ended, after the last
// of its events has been handled. [Socket.Active] tells whether there will be
// another.
func (s *Socket) OnDisconnect(f DisconnectFunc) {
	s.change(func(h *hooks) { h.disconnect = append(h.disconnect, f) })
}

func (s *Socket) change(f func(h *hooks)) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if s.hooks == nil {
		s.hooks = new(hooks)
	}
	f(s.hooks)
}

// hookList copies one of the lists.
func hookList[F any](s *Socket, choose func(h *hooks) []F) []F {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if s.hooks == nil {
		return nil
	}
	return slices.Clone(choose(s.hooks))
}
