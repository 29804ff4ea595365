package socketio

import (
	"context"
	"sync/atomic"

	"github.com/socketio-go/socketio/packet"
)

// Args are the arguments of an event or acknowledgement, undecoded until they
// are scanned. See [packet.Args].
type Args = packet.Args

// Binary is a binary value inside of a struct, map or slice; it travels as an
// attachment. See [packet.Binary].
type Binary = packet.Binary

// Message is one event that has arrived.
type Message struct {
	Socket Socket
	Event  string
	Args   Args

	reply func(args ...any) error
	acked atomic.Bool
}

// NewMessage is for implementations of [Socket]. reply sends the acknowledgement;
// it is nil when the peer asked for none.
func NewMessage(s Socket, event string, args Args, reply func(args ...any) error) *Message {
	return &Message{Socket: s, Event: event, Args: args, reply: reply}
}

// WantsAck reports whether the peer waits for an acknowledgement that has not
// been given yet.
func (m *Message) WantsAck() bool { return m.reply != nil && !m.acked.Load() }

// Ack acknowledges the event. Only the first call sends something, and only when
// the peer asked for it. Ack may be called after the handler has returned. Safe
// for concurrent use.
func (m *Message) Ack(args ...any) error {
	if m.reply == nil || !m.acked.CompareAndSwap(false, true) {
		return nil
	}
	return m.reply(args...)
}

// Handler handles events. Unless it is wrapped by [Concurrent], the calls for one
// socket come one after the other, in the order in which the events arrived;
// different sockets are served in parallel.
//
// ctx ends with the connection of the socket. An error is logged, and is the
// acknowledgement if one is still wanted; so is a panic, which costs nothing else.
type Handler interface {
	ServeEvent(ctx context.Context, m *Message) error
}

// HandlerFunc is a function as a [Handler].
type HandlerFunc func(ctx context.Context, m *Message) error

// ServeEvent calls f.
func (f HandlerFunc) ServeEvent(ctx context.Context, m *Message) error { return f(ctx, m) }

// Middleware wraps the handlers of all events of a namespace or of a socket. It may
// change the message and the context, call next or not, and look at the error of the
// handlers: what it returns itself is treated as that of a handler, and without a call
// of next the event ends here (SRV-063). Concurrent handlers are still running then.
type Middleware func(next Handler) Handler

// ConcurrentHandler is the result of [Concurrent].
type ConcurrentHandler struct{ Handler }

// Concurrent makes a handler that does not hold up the later events of its
// socket: each call runs in a goroutine of its own. Nothing bounds their number,
// the receive budget included: a handler that needs a bound has one of its own.
func Concurrent(h Handler) Handler { return ConcurrentHandler{h} }
