package server

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/adapter"
	"github.com/socketio-go/socketio/internal/dispatch"
	"github.com/socketio-go/socketio/packet"
)

// Broadcast addresses sockets of a namespace, on all servers unless it is Local. It
// is an immutable value: every operator returns a new one, which may be kept and used
// any number of times, by several goroutines. It comes from the methods of a
// [Namespace], where it begins with all sockets, of a [Socket], where it leaves that
// socket out, or of a [Parent], where it goes to all of its namespaces on this server.
type Broadcast struct {
	nsp      *Namespace
	parent   *Parent // instead of nsp
	only     *Socket // the one receiver, until a room is named
	inRooms  bool    // not all sockets, but those in the rooms of target
	target   adapter.Target
	volatile bool
	plain    bool          // not to be compressed
	timeout  time.Duration // 0: the server's AckTimeout
}

// To addresses the sockets that are in any of these rooms, or of rooms given
// before; without any room, nobody. The id of a socket is a room of its own. A
// socket in several of them receives one copy (SRV-080).
func (b Broadcast) To(rooms ...string) Broadcast {
	b = b.others()
	b.inRooms = true
	b.target.Rooms = append(slices.Clip(b.target.Rooms), rooms...)
	return b
}

// In is To.
func (b Broadcast) In(rooms ...string) Broadcast { return b.To(rooms...) }

// Except leaves out the sockets that are in any of these rooms.
func (b Broadcast) Except(rooms ...string) Broadcast {
	b = b.others()
	b.target.Except = append(slices.Clip(b.target.Except), rooms...)
	return b
}

// Local addresses the sockets of this server only.
func (b Broadcast) Local() Broadcast {
	b = b.others()
	b.target.Local = true
	return b
}

// Volatile drops the event for those that cannot receive it right now (SRV-058).
func (b Broadcast) Volatile() Broadcast {
	b.volatile = true
	return b
}

// Compress says whether the transport may compress what is sent; it may unless
// told otherwise. Polling compresses larger payloads, WebSocket what
// Options.Compression says.
func (b Broadcast) Compress(on bool) Broadcast {
	b.plain = !on
	return b
}

// Timeout sets the deadline of calls, instead of the server's AckTimeout. One in
// their context holds too if it is earlier.
func (b Broadcast) Timeout(d time.Duration) Broadcast {
	b.timeout = d
	return b
}

// others turns a broadcast to one socket into one to all but this socket.
func (b Broadcast) others() Broadcast {
	if b.only != nil {
		b.target.Except = append(slices.Clip(b.target.Except), b.only.id)
		b.only = nil
	}
	return b
}

// whom returns the target, which is that of nobody if ok is false.
func (b *Broadcast) whom() (t *adapter.Target, ok bool) {
	target := b.target
	if b.only != nil {
		target.Rooms = []string{b.only.id}
	}
	return &target, !b.inRooms || len(b.target.Rooms) > 0
}

// each calls f for every namespace, unless nobody is addressed.
func (b *Broadcast) each(f func(n *Namespace, t *adapter.Target) error) error {
	t, ok := b.whom()
	switch {
	case !ok:
		return nil
	case b.parent == nil:
		return f(b.nsp, t)
	}
	var errs []error
	for n := range b.parent.Children() {
		errs = append(errs, f(n, t))
	}
	return errors.Join(errs...)
}

// Sockets are the sockets on this server that are addressed at this moment.
func (b Broadcast) Sockets() iter.Seq[*Socket] {
	var list []*Socket
	_ = b.each(func(n *Namespace, t *adapter.Target) error {
		list = n.targets(list, t)
		return nil
	})
	return slices.Values(list)
}

// Count is the number of sockets on this server that are addressed at this moment.
func (b Broadcast) Count() (n int) {
	for range b.Sockets() {
		n++
	}
	return n
}

// FetchSockets describes the sockets that are addressed, on all servers. When some
// of these have not answered, the sockets of the rest come with an
// [*adapter.PartialError].
func (b Broadcast) FetchSockets(ctx context.Context) ([]*RemoteSocket, error) {
	if b.parent != nil {
		return nil, errParent
	}
	t, ok := b.whom()
	if !ok {
		return nil, nil
	}
	ctx, cancel := b.nsp.server.ackDeadline(ctx, b.timeout)
	defer cancel()
	found, err := b.nsp.adapter.FetchSockets(ctx, t)
	sockets := make([]*RemoteSocket, len(found))
	for i := range found {
		sockets[i] = &RemoteSocket{nsp: b.nsp, info: found[i]}
	}
	return sockets, err
}

// SocketsJoin makes the sockets that are addressed join rooms, on all servers.
func (b Broadcast) SocketsJoin(rooms ...string) error {
	return b.each(func(n *Namespace, t *adapter.Target) error { return n.adapter.AddSockets(t, rooms) })
}

// SocketsLeave makes the sockets that are addressed leave rooms, on all servers.
func (b Broadcast) SocketsLeave(rooms ...string) error {
	return b.each(func(n *Namespace, t *adapter.Target) error { return n.adapter.DelSockets(t, rooms) })
}

// DisconnectSockets disconnects the sockets that are addressed, on all servers. See
// [Socket.Disconnect].
func (b Broadcast) DisconnectSockets(closeConnection bool) error {
	return b.each(func(n *Namespace, t *adapter.Target) error {
		return n.adapter.DisconnectSockets(t, closeConnection)
	})
}

// Emit sends the event to every receiver. It is encoded and framed once. The
// error is that of encoding; a receiver that reads too slowly is disconnected, or
// goes without. To a single socket the errors of [Socket.Emit] apply.
func (b Broadcast) Emit(event string, args ...any) error {
	if b.only != nil && !b.only.logs() {
		return b.emitDirect(event, args)
	}
	return b.emitAll(event, slices.Clone(args)) // a list on the caller's stack would not stay there
}

// emitAll hands the event to the adapter.
func (b Broadcast) emitAll(event string, args []any) error {
	if packet.Reserved(event) {
		return errReserved(event)
	}
	return b.each(func(n *Namespace, t *adapter.Target) error {
		return n.adapter.Broadcast(b.packet(event, args), t)
	})
}

func (b *Broadcast) packet(event string, args []any) *adapter.Packet {
	return &adapter.Packet{Event: event, Args: args, Volatile: b.volatile, Plain: b.plain}
}

// emitDirect sends to the one socket, which is on this server.
func (b *Broadcast) emitDirect(event string, args []any) error {
	e := encoded{plain: b.plain, one: true}
	if err := e.event(b.nsp, packet.NoID, event, args); err != nil {
		return err
	}
	b.only.outgoing(event, args)
	return b.only.send(e.messages(), b.volatile)
}

// Call sends the event to the one socket that [Socket.Volatile] or its siblings
// address, and waits as [Socket.Call] does. To a group, use CallAll.
func (b Broadcast) Call(ctx context.Context, event string, args ...any) (socketio.Args, error) {
	if b.only == nil {
		return socketio.Args{}, errors.New("socketio: a broadcast has many answers: use CallAll")
	}
	answers, err := b.CallAll(ctx, event, args...)
	return dispatch.One(event, answers, err)
}

// CallAll sends the event to every receiver and waits for the acknowledgements.
// See [socketio.GroupCaller].
func (b Broadcast) CallAll(ctx context.Context, event string, args ...any) ([]socketio.Args, error) {
	switch t, ok := b.whom(); {
	case b.parent != nil:
		return nil, errParent
	case packet.Reserved(event):
		return nil, errReserved(event)
	case !ok:
		return nil, nil
	default:
		ctx, cancel := b.nsp.server.ackDeadline(ctx, b.timeout)
		defer cancel()
		if b.only != nil {
			return b.callDirect(ctx, event, args)
		}
		return b.nsp.adapter.BroadcastWithAck(ctx, b.packet(event, slices.Clone(args)), t)
	}
}

// callDirect calls the one socket, which is on this server.
func (b *Broadcast) callDirect(ctx context.Context, event string, args []any) ([]socketio.Args, error) {
	if err := b.only.ready(); err != nil {
		return nil, err
	}
	e := encoded{plain: b.plain, one: true}
	id := b.nsp.lastAck.Add(1) - 1
	if err := e.event(b.nsp, id, event, args); err != nil {
		return nil, err
	}
	w := dispatch.NewWaiter(1)
	b.only.call(id, w, &e, b.volatile, event, args)
	answers, err := w.Wait(ctx)
	if err != nil {
		b.only.forget(id)
	}
	return answers, err
}

func errReserved(event string) error {
	return packet.Error("\"" + event + "\" is a reserved event name: choose another one")
}
