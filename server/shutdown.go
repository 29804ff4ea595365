package server

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/socketio-go/socketio"
)

// Shutdown refuses new clients, disconnects every socket with
// [socketio.ServerShuttingDown], and waits until what was emitted has been delivered
// and all handlers have returned. Clients see "transport close" and try to connect
// again: so that they do not all do so at once, they are disconnected in small batches
// at Options.DrainRate, and in no order. When ctx ends before, it cuts what is left
// and returns the context's error; handlers may still be running then.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stop()
	s.engine.Refuse()
	s.drain(ctx)
	for _, n := range s.all() {
		for _, socket := range n.all() {
			socket.leave(socketio.ServerShuttingDown)
		}
	}
	err := s.engine.Shutdown(ctx)
	done := make(chan struct{})
	go func() {
		s.work.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		err = ctx.Err()
	}
	return errors.Join(err, s.closeAdapters())
}

// Close disconnects every socket and cuts the connections without waiting.
func (s *Server) Close() error {
	s.stop()
	for _, n := range s.all() {
		for _, socket := range n.all() {
			socket.leave(socketio.ServerShuttingDown)
		}
	}
	return errors.Join(s.engine.Close(), s.closeAdapters())
}

func (s *Server) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
}

func (s *Server) accepting() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return !s.stopped
}

func (s *Server) all() []*Namespace {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Collect(maps.Values(s.namespaces))
}

func (s *Server) closeAdapters() error {
	var errs []error
	for _, n := range s.all() {
		errs = append(errs, n.adapter.Close())
	}
	return errors.Join(errs...)
}

// drainBatches is how often in a second clients are disconnected while a server drains,
// unless its rate is lower than that.
const drainBatches = 20

// drain disconnects clients, a batch every now and then, until none is left or ctx
// ends.
func (s *Server) drain(ctx context.Context) {
	if s.opts.DrainRate < 0 {
		return
	}
	batch := max(1, s.opts.DrainRate/drainBatches)
	tick := time.Duration(batch) * time.Second / time.Duration(s.opts.DrainRate)
	clients := s.clients()
	for len(clients) > batch {
		// More or less of them, so that servers that drain together do not keep step.
		n := 1 + rand.IntN(2*batch-1)
		for _, c := range clients[:min(n, len(clients))] {
			c.shutDown()
		}
		clients = clients[min(n, len(clients)):]
		select {
		case <-time.After(tick):
		case <-ctx.Done():
			return
		}
	}
}

// clients lists those that have joined a namespace, in no order.
func (s *Server) clients() []*conn {
	seen := make(map[*conn]struct{})
	for _, n := range s.all() {
		for _, socket := range n.all() {
			seen[socket.conn] = struct{}{}
		}
	}
	return slices.Collect(maps.Keys(seen))
}

// shutDown ends a client's sockets and closes its connection once everything is sent.
func (c *conn) shutDown() {
	for _, s := range c.all() {
		s.leave(socketio.ServerShuttingDown)
	}
	c.session.Close()
}
