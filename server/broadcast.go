package server

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/internal/dispatch"
	"github.com/socketio-go/socketio/packet"
)

// Broadcast addresses sockets of a namespace. It is an immutable value: every
// operator returns a new one, which may be kept and used any number of times, by
// several goroutines. It comes from the methods of a [Namespace], where it begins
// with all sockets, or of a [Socket], where it leaves that socket out.
type Broadcast struct {
	nsp      *Namespace
	sender   *Socket // left out
	only     *Socket // the one receiver, until a room is named
	inRooms  bool    // not all sockets, but those in rooms
	rooms    []string
	except   []string
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
	b.rooms = append(slices.Clip(b.rooms), rooms...)
	return b
}

// In is To.
func (b Broadcast) In(rooms ...string) Broadcast { return b.To(rooms...) }

// Except leaves out the sockets that are in any of these rooms.
func (b Broadcast) Except(rooms ...string) Broadcast {
	b = b.others()
	b.except = append(slices.Clip(b.except), rooms...)
	return b
}

// Local addresses the sockets of this server only.
func (b Broadcast) Local() Broadcast { return b.others() }

// Volatile drops the event for those that cannot receive it right now (SRV-058).
func (b Broadcast) Volatile() Broadcast {
	b.volatile = true
	return b
}

// Compress says whether the transport may compress what is sent; it may unless
// told otherwise. Polling compresses larger payloads, WebSocket does not.
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
		b.sender, b.only = b.only, nil
	}
	return b
}

func (b *Broadcast) targets() []*Socket {
	if b.only != nil {
		return []*Socket{b.only}
	}
	return b.nsp.targets(nil, b)
}

// Sockets are the sockets that are addressed at this moment.
func (b Broadcast) Sockets() iter.Seq[*Socket] { return slices.Values(b.targets()) }

// SocketsJoin makes the sockets that are addressed join rooms.
func (b Broadcast) SocketsJoin(rooms ...string) {
	for _, s := range b.targets() {
		s.Join(rooms...)
	}
}

// SocketsLeave makes the sockets that are addressed leave rooms.
func (b Broadcast) SocketsLeave(rooms ...string) {
	for _, s := range b.targets() {
		for _, room := range rooms {
			s.Leave(room)
		}
	}
}

// DisconnectSockets disconnects the sockets that are addressed. See
// [Socket.Disconnect].
func (b Broadcast) DisconnectSockets(closeConnection bool) {
	for _, s := range b.targets() {
		s.Disconnect(closeConnection)
	}
}

// Emit sends the event to every receiver. It is encoded and framed once. The
// error is that of encoding; a receiver that reads too slowly is disconnected.
// To a single socket the errors of [Socket.Emit] apply.
func (b Broadcast) Emit(event string, args ...any) error {
	var e encoded
	if err := e.event(b.nsp.name, packet.NoID, event, args, b.plain); err != nil {
		return err
	}
	if b.only == nil {
		b.emitAll(e, event, args)
		return nil
	}
	b.only.outgoing(event, args)
	return b.only.send(e.messages(), b.volatile)
}

// emitAll delivers to a group. A large one is shared among the processors; the
// call returns when all have been served, so that the order of calls is kept.
func (b Broadcast) emitAll(e encoded, event string, args []any) {
	list := lists.Get().(*[]*Socket)
	*list = b.nsp.targets((*list)[:0], &b)
	targets := *list
	share := max(minShare, (len(targets)+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0))
	var others sync.WaitGroup
	for len(targets) > share {
		part := targets[:share]
		targets = targets[share:]
		others.Go(func() { b.emitTo(part, &e, event, args) })
	}
	b.emitTo(targets, &e, event, args)
	others.Wait()
	clear(*list)
	lists.Put(list)
}

// minShare is how many receivers are worth a goroutine.
const minShare = 512

func (b *Broadcast) emitTo(targets []*Socket, e *encoded, event string, args []any) {
	for _, s := range targets {
		s.outgoing(event, args)
		_ = s.send(e.messages(), b.volatile) // who cannot receive is disconnected, or has gone
	}
}

// lists holds slices for the receivers of a broadcast.
var lists = sync.Pool{New: func() any { return new([]*Socket) }}

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
	ctx, cancel := b.nsp.server.ackDeadline(ctx, b.timeout)
	defer cancel()
	id := b.nsp.lastAck.Add(1) - 1
	var e encoded
	if err := e.event(b.nsp.name, id, event, args, b.plain); err != nil {
		return nil, err
	}
	if b.only != nil {
		if err := b.only.ready(); err != nil {
			return nil, err
		}
	}
	targets := b.targets()
	w := dispatch.NewWaiter(len(targets))
	for _, s := range targets {
		s.outgoing(event, args)
		if err := s.expect(id, w); err != nil {
			w.Lost(err)
		} else if err := s.send(e.messages(), b.volatile); err != nil && s.forget(id) != nil {
			w.Lost(err) // or the end of the socket has said so already
		}
	}
	answers, err := w.Wait(ctx)
	if err != nil {
		for _, s := range targets {
			s.forget(id)
		}
	}
	return answers, err
}
