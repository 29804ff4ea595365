package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/adapter"
	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/packet"
)

// connect begins the entry of the client into a namespace (SIO-020). It reports
// false when the packet breaks the protocol.
func (c *conn) connect(name string, auth []byte) bool {
	if c.session.Protocol() == 3 {
		name, auth = splitQuery(name)
	}
	if c.joins(name) {
		return false
	}
	w := c.recoveryWish(auth)
	if w.PID == "" {
		if n := c.server.acquire(name, true); n != nil {
			return c.enter(n, auth, c.newRecovery(), (*Socket).connectHere)
		}
	}
	if !c.server.mayHave(name) {
		c.refuse(name, errInvalidNamespace)
		return true
	}
	return c.enterLater(joining{name, bytes.Clone(auth), w})
}

// splitQuery takes the credentials out of a namespace as clients of Socket.IO 2 write
// it (SIO-051).
func splitQuery(nsp string) (name string, auth []byte) {
	name, query, _ := strings.Cut(nsp, "?")
	values, _ := url.ParseQuery(query) // what is malformed is left out
	if len(values) == 0 {
		return name, nil
	}
	object := make(map[string]string, len(values))
	for key, list := range values {
		object[key] = list[len(list)-1]
	}
	auth, _ = json.Marshal(object) // texts only: cannot fail
	return name, auth
}

// enter makes the socket of a client in a namespace that was acquired for it, and
// begins to connect it. It reports false when the client may not have another one.
func (c *conn) enter(n *Namespace, auth []byte, r *recovery, begin func(*Socket)) bool {
	protocol := c.session.Protocol()
	s := &Socket{nsp: n, conn: c, recovery: r}
	if len(auth) > 0 {
		kept := string(auth)
		s.auth = &kept
	}
	switch {
	case s.Recovered():
		s.id, s.data = r.session.SID, r.session.Data
	case protocol == 3 && n.name == "/": // SIO-052
		s.id = c.session.ID()
	case protocol == 3:
		s.id = n.name + "#" + c.session.ID()
	default:
		s.id = engine.NewID()
	}
	if !c.add(s) { // SIO-024; also while the first is connecting, B-25
		if s.Recovered() {
			n.adapter.PersistSession(r.session)
			n.unclaim(r)
		}
		c.server.release(n)
		return false
	}
	begin(s)
	return true
}

// connectHere runs the hooks where the packet has been read, if nothing keeps it from
// that.
func (s *Socket) connectHere() {
	s.mu.Lock()
	alone := s.queue.ClaimLocked() // unless the connection has just ended
	s.mu.Unlock()
	if alone {
		s.queue.DirectDo((*owner)(s), &s.nsp.slowHooks, s.connect)
	} else {
		s.connectLater()
	}
}

// connectLater runs them in a goroutine.
func (s *Socket) connectLater() { s.enqueue(s.connect) }

// joining is a client's wish to enter a namespace that takes a while.
type joining struct {
	name string
	auth []byte
	wish wish
}

// maxJoining is how many of them a client may have at a time.
const maxJoining = 100

// enterLater leaves to a goroutine what may have to wait: a session to be restored, or
// a parent that decides.
func (c *conn) enterLater(j joining) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.rareLocked()
	switch {
	case c.closed:
		return true
	case c.socketLocked(j.name) != nil || len(r.joining) == maxJoining:
		return false
	}
	r.joining = append(r.joining, j)
	if r.stop == nil {
		var ctx context.Context
		ctx, r.stop = context.WithCancel(c.session.Context())
		c.server.work.Add(1)
		go c.enterAll(ctx)
	}
	return true
}

// enterAll works on the wishes until there are none or the connection has ended.
func (c *conn) enterAll(ctx context.Context) {
	defer c.server.work.Done()
	for {
		c.mu.Lock()
		r := c.rare
		if len(r.joining) == 0 || c.closed {
			r.stop()
			r.joining, r.stop = nil, nil
			c.mu.Unlock()
			return
		}
		j := r.joining[0]
		c.mu.Unlock()
		if !c.enterNow(ctx, &j) {
			c.session.Close()
		}
	}
}

// joins reports whether a wish for the namespace is waiting.
func (c *conn) joins(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rare != nil && slices.ContainsFunc(c.rare.joining, func(j joining) bool { return j.name == name })
}

// decidedLocked ends a client's wish, before the client learns what has come of it:
// it may have another one then.
func (c *conn) decidedLocked(name string) {
	if c.rare != nil {
		c.rare.joining = slices.DeleteFunc(c.rare.joining, func(j joining) bool { return j.name == name })
	}
}

func (c *conn) enterNow(ctx context.Context, j *joining) bool {
	ctx, cancel := context.WithTimeout(ctx, c.server.opts.ConnectTimeout)
	defer cancel()
	n, err := c.server.resolve(ctx, j.name, j.auth)
	if err != nil {
		c.mu.Lock()
		c.decidedLocked(j.name)
		c.mu.Unlock()
		c.refuse(j.name, socketio.Public(err))
		return true
	}
	var r *recovery
	if j.wish.PID != "" {
		r = n.restore(ctx, c, j.wish)
	}
	if r == nil {
		r = c.newRecovery()
	}
	return c.enter(n, j.auth, r, (*Socket).connectLater)
}

// connect runs the hooks.
func (s *Socket) connect() {
	use, connect := s.nsp.connectHooks()
	var err error
	if !s.Recovered() || s.nsp.server.opts.Recovery.RunMiddlewares { // SRV-103
		err = s.run(use)
	}
	if err == nil {
		if !s.conn.server.accepting() || !s.attach() {
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

// attach makes the socket part of its namespace, between two events.
func (s *Socket) attach() (ok bool) {
	if s.recovery == nil {
		return s.nsp.add(s)
	}
	s.nsp.adapter.Attach(s.recovery.session, func(missed []adapter.Missed, offset string) {
		s.recovery.missed, s.recovery.offset = missed, offset
		ok = s.nsp.add(s)
	})
	if ok && s.Recovered() {
		s.nsp.barrier(s.recovery.session.Rooms)
	}
	return ok
}

func (s *Socket) run(hooks []ConnectFunc) error {
	for _, f := range hooks {
		if err := s.protect(func() error { return f(s.Context(), s) }); err != nil {
			return err
		}
	}
	return nil
}

// accept tells the client that it is connected, behind what it has missed and before
// what has been emitted meanwhile. The lock is held for that, so that nothing comes in
// between.
func (s *Socket) accept() {
	s.mu.Lock()
	if s.state != connecting {
		s.mu.Unlock()
		return
	}
	s.conn.joined()
	ms := s.missedMessages()
	ms = append(ms, s.nsp.encode(packet.Connect, s.welcome())...)
	if s.held != nil {
		ms = append(ms, s.held.messages...)
		s.held = nil
	}
	s.state = connected
	err := s.conn.session.Send(ms...)
	s.mu.Unlock()
	if errors.Is(err, engine.ErrSlowConsumer) {
		s.conn.session.Fail(socketio.ErrSlowConsumer)
	}
}

// welcome is the payload of the CONNECT reply.
func (s *Socket) welcome() []byte {
	switch {
	case s.conn.session.Protocol() == 3:
		return nil
	case s.recovery != nil:
		return []byte(`{"sid":"` + s.id + `","pid":"` + s.recovery.pid + `"}`)
	}
	return []byte(`{"sid":"` + s.id + `"}`)
}

// missedMessages encodes what a restored session has missed.
func (s *Socket) missedMessages() (ms []engine.Message) {
	if s.recovery == nil {
		return nil
	}
	for _, m := range s.recovery.missed {
		var e encoded
		if e.event(s.nsp, packet.NoID, m.Event, append(slices.Clip(m.Args), m.Offset)) == nil { // it was encoded before
			ms = append(ms, e.messages()...)
		}
	}
	s.recovery.missed = nil
	if s.Recovered() {
		s.recovery.session.Replayed = time.Now()
	}
	return ms
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
		s.nsp.unclaim(s.recovery)
		s.conn.server.release(s.nsp)
		s.conn.refuse(s.nsp.name, e)
	}
}

func (c *conn) refuse(nsp string, e *socketio.Error) {
	data, err := c.refusal(e)
	if err != nil {
		c.server.opts.Logger.Error("socketio: the data of a refusal cannot be encoded", "nsp", nsp, "error", err)
		data, _ = c.refusal(&socketio.Error{Message: e.Message})
	}
	_ = c.session.Send(c.server.encode(nsp, packet.ConnectError, data)...)
}

// refusal is the payload of CONNECT_ERROR, a bare value for clients of Socket.IO 2.
func (c *conn) refusal(e *socketio.Error) ([]byte, error) {
	var value any = e
	if c.session.Protocol() == 3 {
		if value = e.Data; value == nil {
			value = e.Message
		}
	}
	args, err := packet.NewArgs(value)
	if err == nil && len(args.Attachments()) > 0 {
		err = packet.Error("a refusal cannot carry binary data: send it as an event")
	}
	return args.JSON(), err
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
	if !ended {
		return false
	}
	if s.recovery != nil && recoverable(reason) {
		switch {
		case admitted:
			s.persist()
		case s.recovery.session != nil: // it has not come to be restored
			s.nsp.adapter.PersistSession(s.recovery.session)
		}
	}
	s.nsp.unclaim(s.recovery)
	if admitted {
		s.enqueue(func() { s.disconnected(reason) })
	}
	s.conn.server.release(s.nsp)
	return true
}

func (s *Socket) disconnected(reason socketio.Reason) {
	for _, f := range s.nsp.disconnectHooks() {
		_ = s.protect(func() error { f(s, reason); return nil })
	}
}

// kick makes the client leave the namespace (SIO-026).
func (s *Socket) kick() {
	s.conn.expel(s.nsp.name)
	if s.leave(socketio.ServerNamespaceDisconnect) {
		_ = s.conn.session.Send(s.nsp.encode(packet.Disconnect, nil)...)
	}
}
