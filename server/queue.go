package server

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/packet"
)

// task is something that runs in the order of a socket: an event, or a function.
type task struct {
	fn    func()
	event string
	args  socketio.Args
	id    int64
	size  int // bytes that it counts against the receive budget
}

// taskOverhead is what a queued event counts beside its arguments.
const taskOverhead = 128

// enqueue adds a task; a goroutine works on the queue until it is empty.
func (s *Socket) enqueue(t task) {
	s.conn.charge(t.size)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = append(s.queue, t)
	if !s.working {
		s.working = true
		s.nsp.server.work.Add(1)
		go s.drain()
	}
}

func (s *Socket) drain() {
	defer s.nsp.server.work.Done()
	for {
		s.mu.Lock()
		batch := s.queue
		s.queue = nil
		if len(batch) == 0 {
			s.working = false
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		for i := range batch {
			s.perform(&batch[i])
			s.conn.charge(-batch[i].size)
			batch[i] = task{}
		}
	}
}

func (s *Socket) perform(t *task) {
	if t.fn != nil {
		t.fn()
		return
	}
	m := socketio.NewMessage(s, t.event, t.args, s.replier(t.id))
	own, any := s.own.Load().of(t.event)
	shared, sharedAny := s.nsp.handlers.of(t.event)
	if len(own)+len(shared) == 0 {
		own, _ = s.own.Load().of(wildcard)
		shared, _ = s.nsp.handlers.of(wildcard)
	}
	for _, list := range [][]*registration{sharedAny, any, shared, own} {
		for _, r := range list {
			s.serve(r.Handler, m)
		}
	}
}

// serve calls a handler. What it fails with is the answer to the peer, if that
// waits for one.
func (s *Socket) serve(h socketio.Handler, m *socketio.Message) {
	if c, ok := h.(socketio.ConcurrentHandler); ok {
		s.nsp.server.work.Add(1)
		go func() {
			defer s.nsp.server.work.Done()
			s.serve(c.Handler, m)
		}()
		return
	}
	err := s.protect(func() error { return h.ServeEvent(s.Context(), m) })
	if err == nil {
		return
	}
	s.log(slog.LevelWarn, "handler failed", "event", m.Event, "error", err)
	if m.WantsAck() {
		if err := m.Ack(map[string]*socketio.Error{"error": socketio.Public(err)}); err != nil {
			s.log(slog.LevelDebug, "error not delivered", "event", m.Event, "error", err)
		}
	}
}

// protect turns a panic of the user's code into an error.
func (s *Socket) protect(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			s.log(slog.LevelError, "panic", "value", v, "stack", string(debug.Stack()))
			err = fmt.Errorf("socketio: panic: %v", v)
		}
	}()
	return f()
}

func (s *Socket) log(level slog.Level, msg string, attrs ...any) {
	s.nsp.server.opts.Logger.Log(context.Background(), level, "socketio: "+msg,
		append(attrs, "nsp", s.nsp.name, "sid", s.id)...)
}

// replier sends the acknowledgement of an event that asked for one.
func (s *Socket) replier(id int64) func(args ...any) error {
	if id == packet.NoID {
		return nil
	}
	return func(args ...any) error { return s.sendAck(id, args) }
}
