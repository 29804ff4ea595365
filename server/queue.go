package server

import (
	"context"
	"log/slog"
	"sync"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/internal/dispatch"
	"github.com/socketio-go/socketio/packet"
)

// owner is a Socket in the eyes of its queue.
type owner Socket

func (o *owner) Lock()                    { o.mu.Lock() }
func (o *owner) Unlock()                  { o.mu.Unlock() }
func (o *owner) Context() context.Context { return (*Socket)(o).Context() }
func (o *owner) Work() *sync.WaitGroup    { return &o.nsp.server.work }
func (o *owner) Charge(bytes int)         { o.conn.charge(bytes) }

func (o *owner) Release() (engine.Released, bool) { return o.conn.session.Release() }

func (o *owner) Socket() socketio.Socket { return (*Socket)(o) }

func (o *owner) Match(event []byte) (name string, m dispatch.Matching) {
	if o.refused {
		return "", m
	}
	return dispatch.Match(&o.nsp.handlers, o.own.Load(), event)
}

// Replier sends the acknowledgement of an event that asked for one.
func (o *owner) Replier(id int64) func(args ...any) error {
	if id == packet.NoID {
		return nil
	}
	return func(args ...any) error { return (*Socket)(o).sendAck(id, args) }
}

func (o *owner) Log(level slog.Level, msg string, attrs ...any) {
	(*Socket)(o).log(level, msg, attrs...)
}

// enqueue adds a function to what happens in the order of the socket.
func (s *Socket) enqueue(f func()) { s.queue.Do((*owner)(s), f) }

// receive takes an event that has arrived. It reports false when that has no place
// at this point.
func (s *Socket) receive(p *packet.Packet) bool {
	s.mu.Lock()
	state := s.state
	alone := p.Event != nil && state == connected && s.queue.ClaimLocked()
	s.mu.Unlock()
	switch {
	case alone:
		s.queue.Direct((*owner)(s), p)
	case p.Event != nil && state == connected:
		s.queue.Event((*owner)(s), p)
	}
	return state != connecting
}

// protect turns a panic of the user's code into an error.
func (s *Socket) protect(f func() error) error { return dispatch.Protect((*owner)(s), f) }

func (s *Socket) log(level slog.Level, msg string, attrs ...any) {
	s.nsp.server.opts.Logger.Log(context.Background(), level, "socketio: "+msg,
		append(attrs, "nsp", s.nsp.name, "sid", s.id)...)
}
