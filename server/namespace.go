package server

import (
	"context"
	"iter"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/internal/dispatch"
)

// Namespace is one of the channels that share a connection. Handlers and hooks
// registered on it serve all of its sockets. All methods are safe for concurrent
// use; registering is meant to be done before clients connect.
type Namespace struct {
	server   *Server
	name     string
	handlers dispatch.Handlers
	lastAck  atomic.Int64 // ids of acknowledgements; sockets and broadcasts share them (SIO-011)

	hooks struct {
		mu         sync.RWMutex // guards what follows
		use        []ConnectFunc
		connect    []ConnectFunc
		disconnect []DisconnectFunc
	}

	mu      sync.RWMutex // guards what follows; never held while something is sent
	sockets map[string]*Socket
	rooms   map[string]map[*Socket]struct{}
}

// ConnectFunc is told about a socket that connects; an error refuses it. The
// client sees the error if it is a [socketio.Error], and otherwise "internal
// error".
type ConnectFunc func(ctx context.Context, s *Socket) error

// DisconnectFunc is told about a socket that is gone.
type DisconnectFunc func(s *Socket, reason socketio.Reason)

func newNamespace(s *Server, name string) *Namespace {
	return &Namespace{
		server: s, name: name,
		sockets: make(map[string]*Socket),
		rooms:   make(map[string]map[*Socket]struct{}),
	}
}

// Name begins with "/".
func (n *Namespace) Name() string { return n.name }

// Use adds a middleware, which runs when a client wants to join and may refuse
// it. Middlewares run in the order of registration. The socket is not yet part of
// the namespace; what is emitted to it arrives after it has connected. What has to
// be given back when the socket leaves is acquired in OnConnect, not here.
func (n *Namespace) Use(f ConnectFunc) {
	n.hooks.mu.Lock()
	defer n.hooks.mu.Unlock()
	n.hooks.use = append(n.hooks.use, f)
}

// OnConnect adds a function that runs once the middlewares have admitted a
// socket, before any of its events. The client learns that it is connected when
// the last of these functions has returned, or when one first waits for an
// acknowledgement of this socket; an error after that disconnects it.
func (n *Namespace) OnConnect(f ConnectFunc) {
	n.hooks.mu.Lock()
	defer n.hooks.mu.Unlock()
	n.hooks.connect = append(n.hooks.connect, f)
}

// OnDisconnect adds a function that runs after the last event of a socket has
// been handled. The socket has left its rooms, but [Socket.Rooms] still tells
// them. It is not called for sockets that were refused.
func (n *Namespace) OnDisconnect(f DisconnectFunc) {
	n.hooks.mu.Lock()
	defer n.hooks.mu.Unlock()
	n.hooks.disconnect = append(n.hooks.disconnect, f)
}

// Handle registers a handler of an event. See [socketio.Registrar].
func (n *Namespace) Handle(event string, h socketio.Handler) (remove func()) {
	return n.handlers.Handle(event, h)
}

// OnAny registers a handler that sees every event before its own handlers do.
func (n *Namespace) OnAny(h socketio.Handler) (remove func()) {
	return n.handlers.OnAny(h)
}

// OnAnyOutgoing registers a handler that sees every event that is emitted to a
// socket, once for each socket. It runs inside of Emit and must not block;
// acknowledgements are not among the events (SRV-066).
func (n *Namespace) OnAnyOutgoing(h socketio.Handler) (remove func()) {
	return n.handlers.OnAnyOutgoing(h)
}

// Sockets are the sockets that the middlewares have admitted, in no order.
func (n *Namespace) Sockets() iter.Seq[*Socket] { return slices.Values(n.all()) }

func (n *Namespace) all() []*Socket {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return slices.Collect(maps.Values(n.sockets))
}

// Socket returns the socket with that id, or nil.
func (n *Namespace) Socket(id string) *Socket {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.sockets[id]
}

// SocketCount is the number of sockets.
func (n *Namespace) SocketCount() int {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return len(n.sockets)
}

// The methods below begin a [Broadcast] to the sockets of this namespace.

// Emit sends an event to all sockets.
func (n *Namespace) Emit(event string, args ...any) error { return n.broadcast().Emit(event, args...) }

// CallAll sends an event to all sockets and waits for their acknowledgements.
func (n *Namespace) CallAll(ctx context.Context, event string, args ...any) ([]socketio.Args, error) {
	return n.broadcast().CallAll(ctx, event, args...)
}

// To addresses the sockets in any of these rooms.
func (n *Namespace) To(rooms ...string) Broadcast { return n.broadcast().To(rooms...) }

// In is To.
func (n *Namespace) In(rooms ...string) Broadcast { return n.broadcast().To(rooms...) }

// Except addresses all sockets but those in these rooms.
func (n *Namespace) Except(rooms ...string) Broadcast { return n.broadcast().Except(rooms...) }

// Local addresses the sockets of this server only.
func (n *Namespace) Local() Broadcast { return n.broadcast().Local() }

// Volatile sends only to those that can receive right now.
func (n *Namespace) Volatile() Broadcast { return n.broadcast().Volatile() }

// Compress says whether the transport may compress what is sent.
func (n *Namespace) Compress(on bool) Broadcast { return n.broadcast().Compress(on) }

// Timeout sets the deadline of calls.
func (n *Namespace) Timeout(d time.Duration) Broadcast { return n.broadcast().Timeout(d) }

func (n *Namespace) broadcast() Broadcast { return Broadcast{nsp: n} }
