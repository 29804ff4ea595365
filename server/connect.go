package server

import (
	"errors"
	"log/slog"
	"slices"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/packet"
)

// connect begins the entry of the client into a namespace (SIO-020). It reports
// false when the packet breaks the protocol.
func (c *conn) connect(name string, auth []byte) bool {
	n := c.server.namespace(name)
	if n == nil {
		c.refuse(name, &socketio.Error{Message: "Invalid namespace"})
		return true
	}
	s := &Socket{id: engine.NewID(), nsp: n, conn: c, auth: string(auth)}
	if !c.add(s) {
		return false // SIO-024; also while the first is connecting, B-25
	}
	s.enqueue(s.connect)
	return true
}

// connect runs the hooks.
func (s *Socket) connect() {
	s.nsp.hooks.mu.RLock()
	use, connect := slices.Clip(s.nsp.hooks.use), slices.Clip(s.nsp.hooks.connect)
	s.nsp.hooks.mu.RUnlock()
	err := s.run(use)
	if err == nil {
		if !s.conn.server.accepting() || !s.nsp.add(s) {
			s.leave(socketio.ServerShuttingDown)
			return
		}
		err = s.run(connect)
	}
	if err == nil {
		s.accept()
		return
	}
	s.log(slog.LevelInfo, "connection refused", "error", err)
	s.refused = true
	if s.Connected() { // it was accepted early, by a call
		s.kick()
		return
	}
	s.reject(socketio.Public(err))
}

func (s *Socket) run(hooks []ConnectFunc) error {
	for _, f := range hooks {
		if err := s.protect(func() error { return f(s.Context(), s) }); err != nil {
			return err
		}
	}
	return nil
}

// accept tells the client that it is connected, followed by what has been emitted
// meanwhile. The lock is held for that, so that nothing comes in between.
func (s *Socket) accept() {
	s.mu.Lock()
	if s.state != connecting {
		s.mu.Unlock()
		return
	}
	s.conn.joined()
	ms := []engine.Message{engine.TextMessage(packet.AppendConnect(
		engine.TextBuffer(48), s.nsp.name, []byte(`{"sid":"`+s.id+`"}`)))}
	if s.held != nil {
		ms = append(ms, s.held.messages...)
		s.held = nil
	}
	s.state = connected
	err := s.conn.session.Queue(ms...)
	s.mu.Unlock()
	if errors.Is(err, engine.ErrSlowConsumer) {
		s.conn.session.Close()
	}
}

// ready sees to it that the client can answer: it answers only what comes after
// its CONNECT.
func (s *Socket) ready() error {
	s.mu.Lock()
	early := s.state == connecting
	s.mu.Unlock()
	if early && s.nsp.Socket(s.id) != s {
		return errors.New("socketio: a middleware cannot wait for the client, which is not admitted yet: do it in OnConnect")
	}
	s.accept()
	return nil
}

// reject refuses the client (SIO-022).
func (s *Socket) reject(e *socketio.Error) {
	if ended, _ := s.vanish(); ended {
		s.conn.refuse(s.nsp.name, e)
	}
}

func (c *conn) refuse(nsp string, e *socketio.Error) {
	text, err := packet.AppendConnectError(engine.TextBuffer(64), nsp, e.Message, e.Data)
	if err != nil {
		c.server.opts.Logger.Error("socketio: the data of a refusal cannot be encoded", "nsp", nsp, "error", err)
		text, _ = packet.AppendConnectError(engine.TextBuffer(64), nsp, e.Message, nil)
	}
	_ = c.session.Send(engine.TextMessage(text))
}

// vanish ends the socket for everybody but its own hooks. ended is false when it
// had ended before; admitted tells whether it was part of its namespace.
func (s *Socket) vanish() (ended, admitted bool) {
	s.mu.Lock()
	if s.state == disconnected {
		s.mu.Unlock()
		return false, false
	}
	s.state = disconnected
	if s.done != nil {
		close(s.done)
	}
	acks := s.acks
	s.acks, s.held = nil, nil
	s.mu.Unlock()
	s.conn.remove(s)
	admitted = s.nsp.remove(s)
	for _, w := range acks {
		w.Lost(errDisconnected)
	}
	return true, admitted
}

// leave ends the socket, and tells the hooks after everything that came before.
func (s *Socket) leave(reason socketio.Reason) bool {
	ended, admitted := s.vanish()
	if admitted {
		s.enqueue(func() { s.disconnected(reason) })
	}
	return ended
}

func (s *Socket) disconnected(reason socketio.Reason) {
	s.nsp.hooks.mu.RLock()
	hooks := slices.Clip(s.nsp.hooks.disconnect)
	s.nsp.hooks.mu.RUnlock()
	for _, f := range hooks {
		_ = s.protect(func() error { f(s, reason); return nil })
	}
}

// kick makes the client leave the namespace (SIO-026).
func (s *Socket) kick() {
	s.conn.expel(s.nsp.name)
	if s.leave(socketio.ServerNamespaceDisconnect) {
		_ = s.conn.session.Send(engine.TextMessage(packet.AppendDisconnect(engine.TextBuffer(16), s.nsp.name)))
	}
}
