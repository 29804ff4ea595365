package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/packet"
)

// task is something that runs in the order of a socket: an event, or a function.
type task struct {
	fn    func()
	event []byte
	args  socketio.Args
	id    int64
	size  int // bytes that it counts against the receive budget
}

// taskOverhead is what a queued event counts beside its arguments.
const taskOverhead = 128

// queued makes the task of an event that has to wait.
func queued(p *packet.Packet) task {
	args := p.Args.Clone()
	return task{event: bytes.Clone(p.Event), args: args, id: p.ID, size: args.Size() + taskOverhead}
}

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

// receive takes an event that has arrived. It reports false when that has no place
// at this point.
func (s *Socket) receive(p *packet.Packet) bool {
	s.mu.Lock()
	state := s.state
	alone := !s.working && p.Event != nil && state == connected
	s.working = s.working || alone
	s.mu.Unlock()
	switch {
	case alone:
		s.nsp.server.work.Add(1)
		s.direct(p)
	case p.Event != nil && state != connecting && state != disconnected:
		s.enqueue(queued(p))
	}
	return state != connecting
}

// direct handles an event that has not to wait for another one. Where the
// transport can do without this goroutine for a while, it calls the handlers
// itself: handing every event to another goroutine would cost more than all the
// rest. Handlers that have lately taken long are not called so.
func (s *Socket) direct(p *packet.Packet) {
	name, m := s.match(p.Event)
	if !m.empty() {
		call, ok := m.release(s.conn.session)
		if !ok {
			t := queued(p)
			s.conn.charge(t.size)
			s.mu.Lock()
			s.queue = slices.Insert(s.queue, 0, t)
			s.mu.Unlock()
			go s.drain()
			return
		}
		args := p.Args
		if !m.transient() {
			args = args.Clone()
		}
		s.handle(name, args, p.ID, &m)
		if call.Overtaken() {
			m.slowDown()
			s.drain() // nobody waits for this goroutine any more
			return
		}
	}
	s.mu.Lock()
	if len(s.queue) == 0 {
		s.working = false
		s.mu.Unlock()
		s.nsp.server.work.Done()
		return
	}
	s.mu.Unlock()
	go s.drain()
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
	if name, m := s.match(t.event); !m.empty() {
		s.handle(name, t.args, t.id, &m)
	}
}

// handle calls the handlers of an event.
func (s *Socket) handle(name string, args socketio.Args, id int64, m *matching) {
	if s.refused {
		return
	}
	message := socketio.NewMessage(s, name, args, s.replier(id))
	for _, list := range m {
		for _, r := range list {
			s.serve(r.Handler, message)
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
	level := slog.LevelWarn
	if public := (*socketio.Error)(nil); errors.As(err, &public) {
		level = slog.LevelDebug // the peer's mistake, which it is told of
	}
	s.log(level, "handler failed", "event", m.Event, "error", err)
	if m.WantsAck() {
		if err := m.Ack(failure(err)); err != nil {
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
