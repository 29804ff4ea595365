package socketio

import "context"

// Emitter sends events: a socket, or the receivers of a broadcast.
type Emitter interface {
	// Emit encodes the event, queues it and returns: it never waits for the
	// network and never drops the event silently. Order of delivery is the order
	// of calls, for each receiver. []byte arguments, and [Binary] values inside of
	// others, travel as binary attachments. [Args] are passed on undecoded.
	// Nothing of args is kept when the call returns.
	//
	// Errors: one that matches [net.ErrClosed] when the socket is not connected,
	// [ErrSlowConsumer], or an encoding error, after which nothing has been sent.
	Emit(event string, args ...any) error
}

// Caller sends events that one peer acknowledges.
type Caller interface {
	// Call emits an event and waits for its acknowledgement, for ctx, or for the
	// end of the connection. Without a deadline in ctx a default applies. It may
	// be used inside of a handler of the same socket. Errors: those of
	// [Emitter], or one that matches [context.DeadlineExceeded] or
	// [context.Canceled].
	Call(ctx context.Context, event string, args ...any) (Args, error)
}

// GroupCaller sends events that many peers acknowledge.
type GroupCaller interface {
	// CallAll emits an event and waits until all receivers have acknowledged it,
	// for ctx, or for the default deadline. When some have not, the answers
	// of the others come together with an *[AckError]. No receivers: no answers.
	CallAll(ctx context.Context, event string, args ...any) ([]Args, error)
}

// Socket is one end of a connection to a namespace: *server.Socket on the server,
// *client.Socket in the Go client. All methods are safe for concurrent use.
type Socket interface {
	Emitter
	Caller

	// ID identifies the connection to this namespace. It changes with every new
	// connection (SIO-021).
	ID() string

	// Connected reports whether events can be sent.
	Connected() bool

	// Handle registers a handler on this socket alone. See [Registrar].
	Handle(event string, h Handler) (remove func())
}
