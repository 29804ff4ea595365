package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"runtime"
	"slices"
	"sync"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/adapter"
	"github.com/socketio-go/socketio/internal/dispatch"
	"github.com/socketio-go/socketio/packet"
)

// local is a Namespace in the eyes of its adapter.
type local Namespace

func (l *local) Name() string { return l.name }

// Deliver sends an event to the sockets here.
func (l *local) Deliver(p *adapter.Packet, t *adapter.Target, offset string) error {
	n := (*Namespace)(l)
	args := p.Args
	if offset != "" {
		args = append(slices.Clip(args), offset)
	}
	e := encoded{plain: p.Plain, one: len(t.Rooms) == 1}
	if one := n.one(t); one != nil {
		if err := e.event(n, packet.NoID, p.Event, args); err != nil {
			return err
		}
		one.outgoing(p.Event, p.Args)
		err := one.send(e.messages(), p.Volatile)
		if offset != "" && !p.Volatile && errors.Is(err, net.ErrClosed) {
			return nil // it has been logged, as for all others that are away
		}
		return err
	}
	e.one, e.many = false, n.server.opts.Compression != nil
	if err := e.event(n, packet.NoID, p.Event, args); err != nil {
		return err
	}
	n.deliver(&e, p, t)
	return nil
}

// one returns the socket that is addressed by its id and nothing else, or nil.
func (n *Namespace) one(t *adapter.Target) *Socket {
	if len(t.Rooms) != 1 || len(t.Except) > 0 {
		return nil
	}
	n.mu.RLock()
	defer n.mu.RUnlock()
	s := n.sockets[t.Rooms[0]]
	if s == nil || s.leftOwn || n.rooms[t.Rooms[0]] != nil {
		return nil
	}
	return s
}

// deliver gives a message to a group. A large one is shared among the processors;
// the call returns when all have been served, so that the order of calls is kept.
func (n *Namespace) deliver(e *encoded, p *adapter.Packet, t *adapter.Target) {
	list := lists.Get().(*[]*Socket)
	*list = n.targets((*list)[:0], t)
	targets := *list
	share := max(minShare, (len(targets)+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0))
	var others sync.WaitGroup
	for len(targets) > share {
		part := targets[:share]
		targets = targets[share:]
		others.Go(func() { deliverTo(part, e, p) })
	}
	deliverTo(targets, e, p)
	others.Wait()
	clear(*list)
	lists.Put(list)
}

// minShare is how many receivers are worth a goroutine.
const minShare = 512

func deliverTo(targets []*Socket, e *encoded, p *adapter.Packet) {
	for i, s := range targets {
		giveWay(i)
		s.outgoing(p.Event, p.Args)
		_ = s.send(e.messages(), p.Volatile) // who cannot receive is seen to, or has gone
	}
}

// giveWay lets others have the processor after every 64 receivers, which are about a
// millisecond: those who read and connect shall not wait for many large broadcasts.
func giveWay(served int) {
	if served%64 == 63 {
		runtime.Gosched()
	}
}

// lists holds slices for the receivers of a broadcast.
var lists = sync.Pool{New: func() any { return new([]*Socket) }}

// Call sends an event that is to be acknowledged.
func (l *local) Call(ctx context.Context, p *adapter.Packet, t *adapter.Target, answers adapter.Collector) (int, error) {
	n := (*Namespace)(l)
	id := n.lastAck.Add(1) - 1
	e := encoded{plain: p.Plain, many: n.server.opts.Compression != nil}
	if err := e.event(n, id, p.Event, p.Args); err != nil {
		return 0, err
	}
	targets := n.targets(nil, t)
	for i, s := range targets {
		giveWay(i)
		s.call(id, answers, &e, p.Volatile, p.Event, p.Args)
	}
	context.AfterFunc(ctx, func() {
		for _, s := range targets {
			s.forget(id)
		}
	})
	return len(targets), nil
}

// Sockets describes the sockets here.
func (l *local) Sockets(t *adapter.Target) []adapter.Socket {
	targets := (*Namespace)(l).targets(nil, t)
	list := make([]adapter.Socket, len(targets))
	for i, s := range targets {
		list[i] = s.describe()
	}
	return list
}

func (l *local) Join(t *adapter.Target, rooms []string) {
	for _, s := range (*Namespace)(l).targets(nil, t) {
		s.Join(rooms...)
	}
}

func (l *local) Leave(t *adapter.Target, rooms []string) {
	for _, s := range (*Namespace)(l).targets(nil, t) {
		s.Leave(rooms...)
	}
}

func (l *local) Disconnect(t *adapter.Target, closeConnection bool) {
	for _, s := range (*Namespace)(l).targets(nil, t) {
		s.Disconnect(closeConnection)
	}
}

// ServerSide runs the handlers of what another server has said.
func (l *local) ServerSide(event string, args socketio.Args, reply func(socketio.Args)) {
	var answer func(args ...any) error
	if reply != nil {
		answer = func(values ...any) error {
			encoded, err := packet.NewArgs(values...)
			if err == nil {
				reply(encoded)
			}
			return err
		}
	}
	m := socketio.NewMessage(nil, event, args, answer)
	l.server.work.Add(1)
	go func() {
		defer l.server.work.Done()
		l.serverSide.Serve((*host)(l), m)
	}()
}

// host is a Namespace in the eyes of handlers that belong to no socket.
type host Namespace

func (h *host) Context() context.Context { return context.Background() }
func (h *host) Work() *sync.WaitGroup    { return &h.server.work }

func (h *host) protect(f func() error) error { return dispatch.Protect(h, f) }

func (h *host) Log(level slog.Level, msg string, attrs ...any) {
	h.server.opts.Logger.Log(context.Background(), level, "socketio: "+msg, append(attrs, "nsp", h.name)...)
}
