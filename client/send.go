package client

import (
	"context"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/internal/dispatch"
	"github.com/socketio-go/socketio/packet"
)

// Sender emits to the server in a particular way. It is an immutable value that
// begins with a method of a [Socket]; every method returns a new one.
type Sender struct {
	socket   *Socket
	volatile bool
	plain    bool          // not to be compressed
	timeout  time.Duration // 0: AckTimeout
}

// Volatile drops events that cannot be sent right now: because there is no
// connection, or because something else is still being sent (CLI-025).
func (s *Socket) Volatile() Sender { return Sender{socket: s, volatile: true} }

// Compress says whether the transport may compress what is sent.
func (s *Socket) Compress(on bool) Sender { return Sender{socket: s, plain: !on} }

// Timeout sets the deadline of calls, instead of AckTimeout. One in their context
// holds too if it is earlier.
func (s *Socket) Timeout(d time.Duration) Sender { return Sender{socket: s, timeout: d} }

// Volatile is [Socket.Volatile].
func (x Sender) Volatile() Sender { x.volatile = true; return x }

// Compress is [Socket.Compress].
func (x Sender) Compress(on bool) Sender { x.plain = !on; return x }

// Timeout is [Socket.Timeout].
func (x Sender) Timeout(d time.Duration) Sender { x.timeout = d; return x }

// Emit sends an event to the server, or keeps it until there is a connection. See
// [socketio.Emitter]; an event larger than the server accepts is an error too.
func (s *Socket) Emit(event string, args ...any) error { return Sender{socket: s}.Emit(event, args...) }

// Call sends an event and waits for its acknowledgement. See [socketio.Caller]. A
// call that was under way when the connection was lost fails with an error that
// matches [net.ErrClosed] (CLI-026); one that still waits for the connection does not.
func (s *Socket) Call(ctx context.Context, event string, args ...any) (socketio.Args, error) {
	return Sender{socket: s}.Call(ctx, event, args...)
}

// Emit is [Socket.Emit].
func (x Sender) Emit(event string, args ...any) error {
	if x.retried() {
		return x.socket.queueRetry(x, event, args, nil)
	}
	ms, err := x.encode(packet.NoID, event, args)
	if err != nil {
		return err
	}
	m := x.socket.m
	m.mu.Lock()
	defer m.mu.Unlock()
	return x.socket.sendLocked(pending{messages: ms, id: packet.NoID}, x.volatile)
}

// Call is [Socket.Call].
func (x Sender) Call(ctx context.Context, event string, args ...any) (socketio.Args, error) {
	w := dispatch.NewWaiter(1)
	id := packet.NoID
	var err error
	if x.retried() {
		err = x.socket.queueRetry(x, event, args, w)
	} else {
		var cancel context.CancelFunc
		ctx, cancel = x.deadline(ctx)
		defer cancel()
		id, err = x.call(event, args, w)
	}
	if err != nil {
		return socketio.Args{}, err
	}
	answers, err := w.Wait(ctx)
	if err != nil {
		x.socket.forget(id, w)
	}
	return dispatch.One(event, answers, err)
}

func (x Sender) call(event string, args []any, w *dispatch.Waiter) (id int64, err error) {
	s := x.socket
	id = s.nextID()
	ms, err := x.encode(id, event, args)
	if err != nil {
		return id, err
	}
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	return id, s.sendLocked(pending{messages: ms, id: id, waiter: w}, x.volatile)
}

// retried reports whether the event goes through the queue of CLI-029.
func (x Sender) retried() bool { return x.socket.opts.Retries > 0 && !x.volatile }

// deadline gives a context the sender's deadline, or the socket's if it has none.
func (x Sender) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, has := ctx.Deadline(); has && x.timeout <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, x.ackTimeout())
}

func (x Sender) ackTimeout() time.Duration {
	if x.timeout > 0 {
		return x.timeout
	}
	return x.socket.opts.AckTimeout
}

// encode makes the messages of an event, and shows it to OnAnyOutgoing.
func (x Sender) encode(id int64, event string, args []any) ([]engine.Message, error) {
	s := x.socket
	ms, err := s.m.codec.event(s.nsp, id, event, args)
	if err != nil {
		return nil, err
	}
	if x.plain {
		for i := range ms {
			ms[i] = ms[i].Plain()
		}
	}
	if s.handlers.HasOutgoing() {
		if seen, err := packet.NewArgs(args...); err == nil {
			s.handlers.Outgoing(&s.none, event, seen)
		}
	}
	return ms, nil
}
