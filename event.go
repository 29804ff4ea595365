package socketio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"sync"

	"github.com/socketio-go/socketio/packet"
)

// Event is a fire-and-forget event with one argument of type T. Declare it once,
// in a package that both sides import. Immutable, safe for concurrent use.
type Event[T any] struct{ name string }

// NewEvent declares an event. It panics when the name is reserved (SIO-009).
func NewEvent[T any](name string) Event[T] { return Event[T]{checkName(name)} }

// Name is the event's name on the wire.
func (e Event[T]) Name() string { return e.name }

// Emit sends the event to a socket, or to all that a broadcast addresses.
func (e Event[T]) Emit(to Emitter, v T) error {
	args := one.Get().(*[1]any)
	args[0] = v
	err := to.Emit(e.name, argument(args)...)
	args[0] = nil
	one.Put(args)
	return err
}

// one holds lists of one argument, which Emitters do not keep.
var one = sync.Pool{New: func() any { return new([1]any) }}

// Call is an event that is acknowledged: one argument of type Req, one result of
// type Res. Immutable, safe for concurrent use.
type Call[Req, Res any] struct{ name string }

// NewCall declares a call. It panics when the name is reserved (SIO-009).
func NewCall[Req, Res any](name string) Call[Req, Res] { return Call[Req, Res]{checkName(name)} }

// Name is the event's name on the wire.
func (c Call[Req, Res]) Name() string { return c.name }

// Do sends the call and waits for its result, for ctx, or for the end of the
// connection. When the other side's handler failed, the error is a *[RemoteError].
func (c Call[Req, Res]) Do(ctx context.Context, to Caller, req Req) (Res, error) {
	var res Res
	args, err := to.Call(ctx, c.name, argument(&[1]any{req})...)
	if err == nil {
		err = scanResult(args, &res)
	}
	return res, err
}

// DoAll sends the call to all that a broadcast addresses and waits for their
// results, which come in no particular order. See [GroupCaller] for the error
// when some are missing; the errors of handlers that failed are joined to it.
func (c Call[Req, Res]) DoAll(ctx context.Context, to GroupCaller, req Req) ([]Res, error) {
	answers, err := to.CallAll(ctx, c.name, argument(&[1]any{req})...)
	results := make([]Res, 0, len(answers))
	for _, args := range answers {
		var res Res
		if scanErr := scanResult(args, &res); scanErr != nil {
			err = errors.Join(err, scanErr)
			continue
		}
		results = append(results, res)
	}
	return results, err
}

// None is the T, Req or Res of an event that has no argument, or of a call that
// has no result.
type None struct{}

func checkName(name string) string {
	if packet.Reserved(name) {
		panic("socketio: " + strconv.Quote(name) + " is a reserved event name: choose another one")
	}
	return name
}

// argument is a value as the arguments of an event.
func argument(v *[1]any) []any {
	if _, none := v[0].(None); none {
		return nil
	}
	return v[:]
}

func scan(args Args, dst any) error {
	if _, none := dst.(*None); none {
		return nil
	}
	return args.Scan(dst)
}

// scanResult decodes an acknowledgement, or the error in the place of one.
func scanResult(args Args, dst any) error {
	if err := remoteError(args); err != nil {
		return err
	}
	return scan(args, dst)
}

// Registrar is what handlers are registered on: a server or namespace, for all of
// its sockets, or one socket. S is the kind of socket that its handlers receive.
type Registrar[S Socket] interface {
	// Handle registers a handler for an event. Several handlers of one event run
	// in the order of registration. The event "*" stands for all that have no
	// handler of their own. remove takes the registration back.
	Handle(event string, h Handler) (remove func())

	// Sockets are the sockets whose events arrive here.
	Sockets() iter.Seq[S]
}

// On registers a handler of a typed event. A peer that asks for an acknowledgement
// all the same, as JavaScript clients with the option retries do, gets an empty one
// when the handler has returned, or its error.
func On[S Socket, T any](r Registrar[S], e Event[T], h func(ctx context.Context, s S, v T) error) (remove func()) {
	return r.Handle(e.name, typedHandler(func(ctx context.Context, m *Message) error {
		var v T
		if err := scan(m.Args, &v); err != nil {
			return badArguments(m, err)
		}
		if err := h(ctx, m.Socket.(S), v); err != nil {
			return err
		}
		return m.Ack()
	}))
}

// Handle registers a handler of a typed call, whose result or error becomes the
// acknowledgement. Of errors only an *[Error] shows its text to the peer.
func Handle[S Socket, Req, Res any](r Registrar[S], c Call[Req, Res], h func(ctx context.Context, s S, req Req) (Res, error)) (remove func()) {
	return r.Handle(c.name, typedHandler(func(ctx context.Context, m *Message) error {
		var req Req
		if err := scan(m.Args, &req); err != nil {
			return badArguments(m, err)
		}
		res, err := h(ctx, m.Socket.(S), req)
		if err != nil {
			return err
		}
		return m.Ack(argument(&[1]any{res})...)
	}))
}

// typedHandler is a handler that decodes the arguments before it does anything.
type typedHandler func(ctx context.Context, m *Message) error

func (f typedHandler) ServeEvent(ctx context.Context, m *Message) error { return f(ctx, m) }

// DecodesArgs tells a server that it need not keep the arguments for f.
func (f typedHandler) DecodesArgs() {}

// badArguments tells the peer what it did wrong.
func badArguments(m *Message, err error) error {
	return fmt.Errorf("%w (%w)", &Error{Message: "invalid arguments for event " + strconv.Quote(m.Event)}, err)
}

// remoteError recognises {"error":{"message":…}}, the only argument of an
// acknowledgement by a handler that failed.
func remoteError(args Args) error {
	raw := args.Raw(0)
	if args.Len() != 1 || len(raw) == 0 || raw[0] != '{' {
		return nil
	}
	var reply struct {
		Error *RemoteError `json:"error"`
	}
	if json.Unmarshal(raw, &reply) != nil || reply.Error == nil || reply.Error.Message == "" {
		return nil
	}
	return reply.Error
}
