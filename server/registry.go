package server

import (
	"context"
	"slices"
	"sync"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/internal/dispatch"
)

// registry is the handlers and hooks of a [Namespace], or of the namespaces of a
// [Parent].
type registry struct {
	handlers   dispatch.Handlers
	serverSide dispatch.Handlers
	slowHooks  dispatch.Slow // those that run when a socket connects

	hooks struct {
		mu         sync.RWMutex // guards what follows
		use        []ConnectFunc
		connect    []ConnectFunc
		disconnect []DisconnectFunc
		room       []func(RoomEvent)
	}
}

// ConnectFunc is told about a socket that connects; an error refuses it. The
// client sees the error if it is a [socketio.Error], and otherwise "internal
// error".
type ConnectFunc func(ctx context.Context, s *Socket) error

// DisconnectFunc is told about a socket that is gone.
type DisconnectFunc func(s *Socket, reason socketio.Reason)

// Use adds a middleware, which runs when a client wants to join and may refuse
// it. Middlewares run in the order of registration. The socket is not yet part of
// the namespace; what is emitted to it arrives after it has connected. What has to
// be given back when the socket leaves is acquired in OnConnect, not here.
func (r *registry) Use(f ConnectFunc) {
	r.hooks.mu.Lock()
	defer r.hooks.mu.Unlock()
	r.hooks.use = append(r.hooks.use, f)
}

// OnConnect adds a function that runs once the middlewares have admitted a
// socket, before any of its events. The client learns that it is connected when
// the last of these functions has returned, or when one first waits for an
// acknowledgement of this socket; an error after that disconnects it.
func (r *registry) OnConnect(f ConnectFunc) {
	r.hooks.mu.Lock()
	defer r.hooks.mu.Unlock()
	r.hooks.connect = append(r.hooks.connect, f)
}

// OnDisconnect adds a function that runs after the last event of a socket has
// been handled. The socket has left its rooms, but [Socket.Rooms] still tells
// them, as official servers do when a socket is disconnecting. It is not called for
// sockets that were refused.
func (r *registry) OnDisconnect(f DisconnectFunc) {
	r.hooks.mu.Lock()
	defer r.hooks.mu.Unlock()
	r.hooks.disconnect = append(r.hooks.disconnect, f)
}

// OnRoom adds a function that is told how rooms come and go, one event after the
// other and in their order, shortly after it has happened. The rooms of sockets' ids
// are no news (ADP-003).
func (r *registry) OnRoom(f func(RoomEvent)) {
	r.hooks.mu.Lock()
	defer r.hooks.mu.Unlock()
	r.hooks.room = append(r.hooks.room, f)
}

// Handle registers a handler of an event. See [socketio.Registrar].
func (r *registry) Handle(event string, h socketio.Handler) (remove func()) {
	return r.handlers.Handle(event, h)
}

// Wrap adds a middleware around the handlers of all events of all sockets. The first
// one added is the outermost; those of a single socket are inside (SRV-063).
func (r *registry) Wrap(m socketio.Middleware) { r.handlers.Wrap(m) }

// OnAny registers a handler that sees every event before middlewares and its own
// handlers do (SRV-065).
func (r *registry) OnAny(h socketio.Handler) (remove func()) { return r.handlers.OnAny(h) }

// PrependAny is OnAny in front of those registered before.
func (r *registry) PrependAny(h socketio.Handler) (remove func()) { return r.handlers.PrependAny(h) }

// OnAnyOutgoing registers a handler that sees every event that is emitted to a
// socket, once for each socket. It runs inside of Emit and must not block; with
// recovery it runs in the order of the socket. Acknowledgements are not among the
// events (SRV-066).
func (r *registry) OnAnyOutgoing(h socketio.Handler) (remove func()) {
	return r.handlers.OnAnyOutgoing(h)
}

// PrependAnyOutgoing is OnAnyOutgoing in front of those registered before.
func (r *registry) PrependAnyOutgoing(h socketio.Handler) (remove func()) {
	return r.handlers.PrependAnyOutgoing(h)
}

// OnServerSide registers a handler of what other servers say with
// [Namespace.ServerSideEmit] and [Namespace.ServerSideCall]. The Socket of its
// messages is nil; an answer, if one is wanted, is given with Ack.
func (r *registry) OnServerSide(event string, h socketio.Handler) (remove func()) {
	return r.serverSide.Handle(event, h)
}

// connectHooks returns what runs when a socket connects.
func (r *registry) connectHooks() (use, connect []ConnectFunc) {
	r.hooks.mu.RLock()
	defer r.hooks.mu.RUnlock()
	return slices.Clip(r.hooks.use), slices.Clip(r.hooks.connect)
}

func (r *registry) disconnectHooks() []DisconnectFunc {
	r.hooks.mu.RLock()
	defer r.hooks.mu.RUnlock()
	return slices.Clip(r.hooks.disconnect)
}

func (r *registry) roomHooks() []func(RoomEvent) {
	r.hooks.mu.RLock()
	defer r.hooks.mu.RUnlock()
	return slices.Clip(r.hooks.room)
}

// copyFrom makes r what other is at this moment (SRV-042).
func (r *registry) copyFrom(other *registry) {
	r.handlers.CopyFrom(&other.handlers)
	r.serverSide.CopyFrom(&other.serverSide)
	r.hooks.use, r.hooks.connect = other.connectHooks()
	r.hooks.disconnect, r.hooks.room = other.disconnectHooks(), other.roomHooks()
}
