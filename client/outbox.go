package client

import (
	"errors"
	"fmt"
	"net"
	"slices"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/internal/dispatch"
	"github.com/socketio-go/socketio/packet"
)

// outbox is what a socket has to send, and the acknowledgements it waits for.
type outbox struct {
	waiting []pending // for a connection
	acks    map[int64]*dispatch.Waiter
	lastID  int64         // of acknowledgements; they go on in the next connection (SIO-011)
	empty   chan struct{} // closed when nothing is left; made by Shutdown
}

// pending is an event that waits for a connection.
type pending struct {
	messages []engine.Message
	id       int64
	waiter   *dispatch.Waiter // nil: nobody wants to know
}

// pendingOverhead is what a message counts beside its text.
const pendingOverhead = 64

func (p *pending) size() int {
	size := 0
	for i := range p.messages {
		size += p.messages[i].Size() + pendingOverhead
	}
	return size
}

func isClosed(err error) bool { return errors.Is(err, net.ErrClosed) }

func sendError(err error) error {
	if errors.Is(err, engine.ErrSlowConsumer) {
		return socketio.ErrSlowConsumer
	}
	return err
}

func (s *Socket) nextID() int64 {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.outbox.lastID++
	return s.outbox.lastID - 1
}

// sendLocked sends an event, or keeps it for the next connection.
func (s *Socket) sendLocked(p pending, volatile bool) error {
	if s.state == inactive || s.leaving {
		return errInactive
	}
	err := error(errDisconnected)
	if s.state == connected {
		e := s.conn.session.engine
		if volatile {
			err = e.SendVolatile(p.messages...)
		} else {
			err = e.Send(p.messages...)
		}
	}
	switch {
	case err == nil:
		s.expectLocked(&p)
		return nil
	case !isClosed(err):
		return sendError(err)
	case volatile && p.waiter != nil:
		return errDisconnected
	case volatile:
		return nil
	}
	return s.keepLocked(p)
}

// keepLocked puts an event where it waits for a connection.
func (s *Socket) keepLocked(p pending) error {
	if err := s.reserveLocked(p.size()); err != nil {
		return err
	}
	s.outbox.waiting = append(s.outbox.waiting, p)
	return nil
}

// reserveLocked counts bytes against the budget.
func (s *Socket) reserveLocked(size int) error {
	m := s.m
	for m.opts.DropOldest && len(s.outbox.waiting) > 0 && m.buffered+size > m.opts.SendBudget {
		s.dropOldestLocked()
	}
	if m.buffered > 0 && m.buffered+size > m.opts.SendBudget {
		return fmt.Errorf("socketio: too much waits for the connection: %w", socketio.ErrSlowConsumer)
	}
	m.buffered += size
	return nil
}

func (s *Socket) dropOldestLocked() {
	p := s.outbox.waiting[0]
	s.outbox.waiting = s.outbox.waiting[1:]
	s.m.buffered -= p.size()
	s.m.opts.Logger.Warn("socketio: an event that waited for the connection is given up: too much waits", "nsp", s.nsp)
	if p.waiter != nil {
		p.waiter.Lost(socketio.ErrSlowConsumer)
	}
}

// flushLocked sends what has waited (CLI-025).
func (s *Socket) flushLocked(e *engine.Client) {
	for len(s.outbox.waiting) > 0 {
		p := s.outbox.waiting[0]
		err := e.SendHeld(p.messages...)
		if isClosed(err) {
			return
		}
		s.outbox.waiting = s.outbox.waiting[1:]
		s.m.buffered -= p.size()
		switch {
		case err == nil:
			s.expectLocked(&p)
		case p.waiter != nil:
			p.waiter.Lost(err)
		default:
			s.m.opts.Logger.Error("socketio: an event that has waited cannot be sent", "nsp", s.nsp, "error", err)
		}
	}
	s.outbox.waiting = nil
	s.settleLocked()
}

// dropLocked gives up what waits for a connection.
func (s *Socket) dropLocked(why error) {
	if n := len(s.outbox.waiting); n > 0 {
		s.m.opts.Logger.Warn("socketio: events that waited for a connection are given up", "nsp", s.nsp, "events", n)
	}
	for i := range s.outbox.waiting {
		p := &s.outbox.waiting[i]
		s.m.buffered -= p.size()
		if p.waiter != nil {
			p.waiter.Lost(why)
		}
	}
	s.outbox.waiting = nil
}

// expectLocked waits for the acknowledgement of an event that is on its way.
func (s *Socket) expectLocked(p *pending) {
	if p.waiter == nil {
		return
	}
	if s.outbox.acks == nil {
		s.outbox.acks = make(map[int64]*dispatch.Waiter)
	}
	s.outbox.acks[p.id] = p.waiter
}

// answeredLocked finds who waits for an acknowledgement, or nil (SIO-041).
func (s *Socket) answeredLocked(id int64) *dispatch.Waiter {
	if w, mine := s.retriedLocked(id); mine {
		return w
	}
	w := s.outbox.acks[id]
	s.forgetLocked(id)
	return w
}

func (s *Socket) forgetLocked(id int64) {
	delete(s.outbox.acks, id)
	if len(s.outbox.acks) == 0 {
		s.outbox.acks = nil
		s.settleLocked()
	}
}

// forget is for a caller who waits no longer: what has not been sent is not sent
// (CLI-027).
func (s *Socket) forget(id int64, w *dispatch.Waiter) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if id == packet.NoID {
		s.forgetRetryLocked(w)
		return
	}
	s.forgetLocked(id)
	s.outbox.waiting = slices.DeleteFunc(s.outbox.waiting, func(p pending) bool {
		if p.waiter != w {
			return false
		}
		s.m.buffered -= p.size()
		return true
	})
	s.settleLocked()
}

// loseAcksLocked fails the calls that are under way (CLI-026).
func (s *Socket) loseAcksLocked(why error) {
	for _, w := range s.outbox.acks {
		w.Lost(why)
	}
	s.outbox.acks = nil
	s.settleLocked()
}
