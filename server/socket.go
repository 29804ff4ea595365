package server

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/adapter"
	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/internal/dispatch"
	"github.com/socketio-go/socketio/packet"
)

// Socket is a client in one namespace. All methods are safe for concurrent use
// and may be called from its own handlers.
type Socket struct {
	id   string
	nsp  *Namespace
	conn *conn
	auth *string                           // JSON, nil without
	own  atomic.Pointer[dispatch.Handlers] // registrations on this socket alone, nil without

	recovery *recovery // nil without

	rooms []string // without the own one; guarded by the namespace's mutex, as are place and leftOwn
	place int32    // among the namespace's places

	mu      sync.Mutex // guards what follows but leftOwn and refused; taken before conn.mu and the session's
	state   state
	leftOwn bool // the room of its own id
	refused bool // connecting has failed: events that wait are dropped; of the goroutine that works on queue

	held  *held // nil unless something has been emitted before the client knows that it is connected
	queue dispatch.Queue
	acks  map[int64]adapter.Collector
	done  chan struct{} // of the context, made when somebody asks
	data  any
}

// held is what waits for the CONNECT reply.
type held struct {
	messages []engine.Message
	size     int // in bytes
}

type state uint8

const (
	connecting state = iota // hooks run; what is emitted is held
	connected
	disconnected
)

// ID identifies the connection to this namespace: 20 characters. It is also the
// name of a room that only this socket is in.
func (s *Socket) ID() string { return s.id }

// Namespace is the namespace the client has joined.
func (s *Socket) Namespace() *Namespace { return s.nsp }

// Connected reports whether the client has been told that it is connected, and
// has not gone.
func (s *Socket) Connected() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state == connected
}

func (s *Socket) gone() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state == disconnected
}

// Handshake describes the HTTP request that began the connection. Several
// namespaces share it. It must not be modified.
func (s *Socket) Handshake() *engine.Handshake { return s.conn.session.Handshake() }

// Cause is the error that has ended the connection, where there is one: that of the
// network, of the protocol, [socketio.ErrSlowConsumer]. It is nil before, and when the
// reason of the disconnection says everything (SRV-069).
func (s *Socket) Cause() error {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	if s.conn.rare == nil {
		return nil
	}
	return s.conn.rare.cause
}

// LogValue tells log/slog who the socket is.
func (s *Socket) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("sid", s.id), slog.String("nsp", s.nsp.name),
		slog.String("remote", s.Handshake().RemoteAddr), slog.String("transport", s.Transport()),
	)
}

// Transport is [engine.Polling], [engine.WebSocket] or [engine.WebTransport] at this
// moment.
func (s *Socket) Transport() string { return s.conn.session.Transport() }

// Auth decodes the object that the client presented for this namespace, as
// [encoding/json.Unmarshal] does. Without one it leaves dst alone.
func (s *Socket) Auth(dst any) error {
	if s.auth == nil {
		return nil
	}
	return json.Unmarshal([]byte(*s.auth), dst)
}

// Data is what SetData was last given, nil at first.
func (s *Socket) Data() any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.data
}

// SetData attaches a value of the application's to the socket.
func (s *Socket) SetData(v any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data = v
}

// Handle registers a handler for this socket alone, beside those of the namespace.
func (s *Socket) Handle(event string, h socketio.Handler) (remove func()) {
	return s.registrations().Handle(event, h)
}

// Wrap adds a middleware around the handlers of all events of this socket, inside of
// those of the namespace (SRV-063).
func (s *Socket) Wrap(m socketio.Middleware) { s.registrations().Wrap(m) }

// OnAny registers a handler that sees every event of this socket before its own
// handlers do (SRV-065).
func (s *Socket) OnAny(h socketio.Handler) (remove func()) {
	return s.registrations().OnAny(h)
}

// PrependAny is OnAny in front of those registered before.
func (s *Socket) PrependAny(h socketio.Handler) (remove func()) {
	return s.registrations().PrependAny(h)
}

// OnAnyOutgoing registers a handler that sees what is emitted to this socket. See
// [Namespace.OnAnyOutgoing].
func (s *Socket) OnAnyOutgoing(h socketio.Handler) (remove func()) {
	return s.registrations().OnAnyOutgoing(h)
}

// PrependAnyOutgoing is OnAnyOutgoing in front of those registered before.
func (s *Socket) PrependAnyOutgoing(h socketio.Handler) (remove func()) {
	return s.registrations().PrependAnyOutgoing(h)
}

func (s *Socket) registrations() *dispatch.Handlers {
	if s.own.Load() == nil {
		s.own.CompareAndSwap(nil, new(dispatch.Handlers))
	}
	return s.own.Load()
}

// Sockets yields the socket itself, which makes it a [socketio.Registrar].
func (s *Socket) Sockets() iter.Seq[*Socket] {
	return func(yield func(*Socket) bool) { yield(s) }
}

// Emit sends an event to the client. See [socketio.Emitter].
func (s *Socket) Emit(event string, args ...any) error { return s.broadcast().Emit(event, args...) }

// Call sends an event and waits for its acknowledgement. See [socketio.Caller].
func (s *Socket) Call(ctx context.Context, event string, args ...any) (socketio.Args, error) {
	return s.broadcast().Call(ctx, event, args...)
}

// Join adds the socket to rooms, in a middleware from the moment that it is admitted.
// It does nothing once the socket has gone. The ids
// of sockets are names of rooms too: give names that users choose a prefix.
func (s *Socket) Join(rooms ...string) { s.nsp.join(s, rooms) }

// Leave takes the socket out of rooms.
func (s *Socket) Leave(rooms ...string) {
	for _, room := range rooms {
		s.nsp.leave(s, room)
	}
}

// Rooms are the rooms the socket is in, at first only the one of its own id; in a
// middleware, those it is going to join; in OnDisconnect, those it was in.
func (s *Socket) Rooms() []string { return s.nsp.roomsOf(s) }

// The methods below begin a [Broadcast] that leaves this socket out.

// To addresses the other sockets in any of these rooms.
func (s *Socket) To(rooms ...string) Broadcast { return s.broadcast().To(rooms...) }

// In is To.
func (s *Socket) In(rooms ...string) Broadcast { return s.broadcast().To(rooms...) }

// Except addresses all other sockets but those in these rooms.
func (s *Socket) Except(rooms ...string) Broadcast { return s.broadcast().Except(rooms...) }

// Broadcast addresses all other sockets of the namespace.
func (s *Socket) Broadcast() Broadcast { return s.broadcast().others() }

// Local addresses all other sockets of this server.
func (s *Socket) Local() Broadcast { return s.broadcast().Local() }

// Volatile addresses this socket, or the others after To or Except, if they can
// receive right now.
func (s *Socket) Volatile() Broadcast { return s.broadcast().Volatile() }

// Compress addresses this socket, or the others after To or Except.
func (s *Socket) Compress(on bool) Broadcast { return s.broadcast().Compress(on) }

// Timeout addresses this socket, or the others after To or Except, with a
// deadline for calls.
func (s *Socket) Timeout(d time.Duration) Broadcast { return s.broadcast().Timeout(d) }

func (s *Socket) broadcast() Broadcast { return Broadcast{nsp: s.nsp, only: s} }

// Disconnect makes the client leave the namespace. With closeConnection it closes
// the whole connection, with all of the client's namespaces. The client does not
// connect again by itself.
func (s *Socket) Disconnect(closeConnection bool) {
	if closeConnection {
		s.conn.disconnect()
		return
	}
	s.kick()
}

// send gives encoded messages to the transport, or keeps them for the moment when
// the client knows that it is connected.
func (s *Socket) send(ms []engine.Message, volatile bool) error {
	s.mu.Lock()
	switch {
	case s.state == disconnected:
		s.mu.Unlock()
		return errDisconnected
	case s.recovery != nil && s.recovery.gap:
		s.mu.Unlock()
		return socketio.ErrSlowConsumer
	case s.state == connecting:
		defer s.mu.Unlock()
		return s.holdLocked(ms, volatile)
	}
	s.mu.Unlock()
	var err error
	if volatile {
		err = s.conn.session.SendVolatile(ms...)
	} else {
		err = s.conn.session.Send(ms...)
	}
	if err == engine.ErrSlowConsumer {
		s.missed()
		s.conn.overflowed(false)
		err = socketio.ErrSlowConsumer
	}
	return err
}

// missed sees to it that the client gets nothing with an offset ahead of the event that
// it has just not got: it comes back for that one.
func (s *Socket) missed() {
	if s.recovery == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recovery.gap = true
}

// holdLocked bounds what is held as the transport bounds what it queues.
func (s *Socket) holdLocked(ms []engine.Message, volatile bool) error {
	if volatile {
		return nil
	}
	if s.held == nil {
		s.held = new(held)
	}
	size := s.held.size
	for i := range ms {
		size += ms[i].Size()
	}
	if len(s.held.messages) > 0 && size > s.nsp.server.opts.SendBudget {
		if s.recovery != nil {
			s.recovery.gap = true
		}
		s.conn.overflowed(true)
		return socketio.ErrSlowConsumer
	}
	s.held.size = size
	for _, m := range ms {
		s.held.messages = append(s.held.messages, m.Own())
	}
	return nil
}

// call sends an event that is to be acknowledged.
func (s *Socket) call(id int64, w adapter.Collector, e *encoded, volatile bool, event string, args []any) {
	s.outgoing(event, args)
	if err := s.expect(id, w); err != nil {
		w.Lost(err)
	} else if err := s.send(e.messages(), volatile); err != nil && s.forget(id) != nil {
		w.Lost(err) // or the end of the socket has said so already
	}
}

// sendAck answers an event. When the values cannot be encoded, the answer is that
// something failed: the peer should not wait for nothing.
func (s *Socket) sendAck(id int64, args []any) error {
	e := encoded{one: true}
	err := e.ack(s.nsp, id, args)
	if err == nil {
		return s.send(e.messages(), false)
	}
	if failed := e.ack(s.nsp, id, []any{dispatch.Failure(err)}); failed != nil {
		return failed
	}
	return errors.Join(err, s.send(e.messages(), false))
}

// outgoing shows an event to the handlers of OnAnyOutgoing. With recovery a lock is
// held, under which these could not emit: so they run a little later.
func (s *Socket) outgoing(event string, args []any) {
	shared, own := &s.nsp.handlers, s.own.Load()
	if !shared.HasOutgoing() && !own.HasOutgoing() {
		return
	}
	seen, err := packet.NewArgs(args...)
	if err != nil {
		return
	}
	show := func() {
		shared.Outgoing((*owner)(s), event, seen)
		own.Outgoing((*owner)(s), event, seen)
	}
	if s.recovery != nil {
		s.enqueue(show)
	} else {
		show()
	}
}
