package server

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/socketio-go/socketio/adapter"
)

// ackDeadline gives a context the deadline of the broadcast, if that has one, or
// else the server's, if it has none itself.
func (s *Server) ackDeadline(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if _, has := ctx.Deadline(); has && d <= 0 {
		return ctx, func() {}
	}
	if d <= 0 {
		d = s.opts.AckTimeout
	}
	return context.WithTimeout(ctx, d)
}

// expect registers a waiter for an acknowledgement.
func (s *Socket) expect(id int64, w adapter.Collector) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == disconnected {
		return errDisconnected
	}
	if s.acks == nil {
		s.acks = make(map[int64]adapter.Collector)
	}
	s.acks[id] = w
	return nil
}

// forget removes a waiter, and the map with the last one.
func (s *Socket) forget(id int64) adapter.Collector {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.acks[id]
	delete(s.acks, id)
	if len(s.acks) == 0 {
		s.acks = nil
	}
	return w
}

var errDisconnected = fmt.Errorf("socketio: socket has been disconnected: %w", net.ErrClosed)
