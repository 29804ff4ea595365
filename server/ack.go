package server

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/socketio-go/socketio"
)

// ackWaiter collects the acknowledgements of one call.
type ackWaiter struct {
	mu      sync.Mutex // guards what follows
	answers []socketio.Args
	missing int
	pending int
	err     error         // of the first receiver that will not answer
	done    chan struct{} // closed when nothing is pending
}

func newAckWaiter(n int) *ackWaiter {
	w := &ackWaiter{pending: n, missing: n, done: make(chan struct{})}
	if n == 0 {
		close(w.done)
	}
	return w
}

// answered is called in the read path.
func (w *ackWaiter) answered(args socketio.Args) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers = append(w.answers, args)
	w.missing--
	w.settleLocked()
}

// lost says that one receiver will not answer.
func (w *ackWaiter) lost(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = err
	}
	w.settleLocked()
}

func (w *ackWaiter) settleLocked() {
	if w.pending--; w.pending == 0 {
		close(w.done)
	}
}

// wait returns what has come when everybody has answered or ctx ends.
func (w *ackWaiter) wait(ctx context.Context) ([]socketio.Args, error) {
	select {
	case <-w.done:
	case <-ctx.Done():
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.missing == 0 {
		return w.answers, nil
	}
	err := w.err
	if w.pending > 0 {
		err = ctx.Err()
	}
	answers := w.answers
	w.answers = nil // what comes late is not added to what the caller has
	return answers, &socketio.AckError{Missing: w.missing, Err: err}
}

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
func (s *Socket) expect(id int64, w *ackWaiter) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == disconnected {
		return errDisconnected
	}
	if s.acks == nil {
		s.acks = make(map[int64]*ackWaiter)
	}
	s.acks[id] = w
	return nil
}

// forget removes a waiter, and the map with the last one.
func (s *Socket) forget(id int64) *ackWaiter {
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
