package client

import (
	"context"

	"github.com/socketio-go/socketio"
)

// Close leaves the namespace, and closes the connection if no other socket needs it.
// What was given to the connection still goes out; what waits for one, or for an
// acknowledgement, fails. It does not wait and returns nil; on an inactive socket it
// does nothing. [Socket.Connect] may be called again.
func (s *Socket) Close() error {
	if ended := s.leave(); ended != nil {
		ended.engine.Close()
	}
	return nil
}

// leave returns the session that is to be closed, or nil.
func (s *Socket) leave() *session {
	m := s.m
	m.mu.Lock()
	defer m.mu.Unlock()
	if s.state == inactive {
		return nil
	}
	if s.state == connected {
		s.conn.session.sayGoodbye(s.nsp)
	}
	s.leaveLocked(socketio.IOClientDisconnect)
	return m.releaseLocked()
}

// Shutdown refuses new events, waits until everything that was emitted has been
// sent, and acknowledged where that was asked for, and then closes the socket and
// waits for its handlers, and for the server to have taken everything if this was
// the last socket of the connection. When ctx ends before, it cuts that connection
// and returns the context's error.
func (s *Socket) Shutdown(ctx context.Context) error {
	select {
	case <-s.drained():
	case <-ctx.Done():
	}
	ended := s.leave()
	if ended != nil {
		ended.engine.Close()
	}
	handled := make(chan struct{})
	go func() {
		s.work.Wait()
		close(handled)
	}()
	select {
	case <-handled:
	case <-ctx.Done():
	}
	if ended != nil {
		select {
		case <-ended.engine.Done():
		case <-ctx.Done():
			ended.engine.CloseNow()
		}
	}
	return ctx.Err()
}

// drained begins to refuse events and returns a channel that is closed when none is
// left.
func (s *Socket) drained() <-chan struct{} {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.leaving = true
	if s.outbox.empty == nil {
		s.outbox.empty = make(chan struct{})
	}
	empty := s.outbox.empty
	s.settleLocked()
	return empty
}

// settleLocked tells Shutdown when nothing is left.
func (s *Socket) settleLocked() {
	o := &s.outbox
	if o.empty != nil && len(o.waiting) == 0 && len(o.acks) == 0 && len(s.retries) == 0 {
		close(o.empty)
		o.empty = nil
	}
}
