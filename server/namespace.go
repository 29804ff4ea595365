package server

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/adapter"
	"github.com/socketio-go/socketio/packet"
)

// Namespace is one of the channels that share a connection. Handlers and hooks
// registered on it serve all of its sockets. All methods are safe for concurrent
// use; registering is meant to be done before clients connect.
type Namespace struct {
	registry

	server  *Server
	name    string
	adapter adapter.Adapter
	parent  *Parent       // nil unless a client's wish has made it
	ready   chan struct{} // closed when it has been announced: clients may join
	lastAck atomic.Int64  // ids of acknowledgements; sockets and broadcasts share them (SIO-011)

	users int // sockets from their first moment to their last; guarded by the server's mutex

	mu      sync.RWMutex // guards what follows; never held while something is sent
	sockets map[string]*Socket
	places  places
	rooms   map[string]map[*Socket]struct{}
	pids    map[string]*recovery // who has the sessions, by the secret that recovery asks for; nil without recovery
	news    []RoomEvent          // not yet told
	telling bool                 // a goroutine tells
}

func (s *Server) newNamespace(name string, parent *Parent) *Namespace {
	n := &Namespace{
		server: s, name: name, parent: parent, ready: make(chan struct{}),
		sockets: make(map[string]*Socket),
		rooms:   make(map[string]map[*Socket]struct{}),
	}
	if s.opts.Recovery != nil {
		n.pids = make(map[string]*recovery)
	}
	if parent != nil {
		n.copyFrom(&parent.registry)
	}
	n.adapter = s.opts.Adapter((*local)(n), s.opts.recovery())
	return n
}

// Name begins with "/".
func (n *Namespace) Name() string { return n.name }

// Sockets are the sockets on this server that the middlewares have admitted, in no
// order.
func (n *Namespace) Sockets() iter.Seq[*Socket] { return slices.Values(n.all()) }

func (n *Namespace) all() []*Socket {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return slices.DeleteFunc(slices.Clone(n.places.sockets), func(s *Socket) bool { return s == nil })
}

// Socket returns the socket on this server with that id, or nil.
func (n *Namespace) Socket(id string) *Socket {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.sockets[id]
}

// SocketCount is the number of sockets on this server.
func (n *Namespace) SocketCount() int {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return len(n.sockets)
}

// Rooms are the rooms that have members on this server, with the number of these.
// The rooms of sockets' ids are not among them.
func (n *Namespace) Rooms() iter.Seq2[string, int] {
	n.mu.RLock()
	defer n.mu.RUnlock()
	counts := make(map[string]int, len(n.rooms))
	for room, members := range n.rooms {
		counts[room] = len(members)
	}
	return maps.All(counts)
}

// ServerCount is the number of servers in the cluster, this one included.
func (n *Namespace) ServerCount(ctx context.Context) (int, error) { return n.adapter.ServerCount(ctx) }

// ServerSideEmit says something to this namespace on the other servers. See
// [Namespace.OnServerSide]. A server that is alone says it to nobody (SRV-036).
func (n *Namespace) ServerSideEmit(event string, args ...any) error {
	a, err := serverSideArgs(event, args)
	if err != nil {
		return err
	}
	return n.adapter.ServerSideEmit(event, a)
}

// ServerSideCall does the same and waits for an answer of each of the other servers.
// When some are missing, the answers of the rest come with an
// [*adapter.PartialError]. A server that is alone has none.
func (n *Namespace) ServerSideCall(ctx context.Context, event string, args ...any) ([]socketio.Args, error) {
	a, err := serverSideArgs(event, args)
	if err != nil {
		return nil, err
	}
	ctx, cancel := n.server.ackDeadline(ctx, 0)
	defer cancel()
	return n.adapter.ServerSideCall(ctx, event, a)
}

func serverSideArgs(event string, args []any) (socketio.Args, error) {
	switch event {
	case "connect", "connection", "new_namespace":
		return socketio.Args{}, fmt.Errorf("socketio: %q is a reserved event name: choose another one", event)
	}
	return packet.NewArgs(args...)
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

// FetchSockets describes all sockets, also those on other servers.
func (n *Namespace) FetchSockets(ctx context.Context) ([]*RemoteSocket, error) {
	return n.broadcast().FetchSockets(ctx)
}

// SocketsJoin makes all sockets join rooms.
func (n *Namespace) SocketsJoin(rooms ...string) error { return n.broadcast().SocketsJoin(rooms...) }

// SocketsLeave makes all sockets leave rooms.
func (n *Namespace) SocketsLeave(rooms ...string) error { return n.broadcast().SocketsLeave(rooms...) }

// DisconnectSockets disconnects all sockets. See [Socket.Disconnect].
func (n *Namespace) DisconnectSockets(closeConnection bool) error {
	return n.broadcast().DisconnectSockets(closeConnection)
}

func (n *Namespace) broadcast() Broadcast { return Broadcast{nsp: n} }
