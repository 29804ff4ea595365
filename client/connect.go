package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/internal/dispatch"
	"github.com/socketio-go/socketio/packet"
)

// waiter is a call of Connect.
type waiter struct {
	once   bool // the first failure ends it
	result chan error
}

func everybody(*waiter) bool   { return true }
func impatient(w *waiter) bool { return w.once }

// Connect makes the socket active and waits until it is connected (CLI-022). On the
// way failed attempts are repeated as Options say. It returns nil, a *[ConnectError]
// when the server refuses, or the last *[DialError] when it gives up: then the socket
// is inactive again. When ctx ends Connect returns an error that matches the
// context's, and the last failure if there was one; the socket goes on in the
// background. On a socket that waits for its next attempt Connect makes it at once.
func (s *Socket) Connect(ctx context.Context) error { return s.connect(ctx, false) }

func (s *Socket) connect(ctx context.Context, once bool) error {
	m := s.m
	if m.invalid != nil {
		return m.invalid
	}
	w := &waiter{once: once, result: make(chan error, 1)}
	m.mu.Lock()
	if s.state == connected {
		m.mu.Unlock()
		return nil
	}
	if s.state == inactive {
		s.state, s.leaving = connecting, false
	}
	s.waiters = append(s.waiters, w)
	s.stopRejoinLocked()
	var joining *connection
	if m.session == nil {
		m.startLocked(false)
	} else if !s.asked && s.conn.ended() {
		joining = s.beginLocked(m.session)
	}
	m.mu.Unlock()
	joining.join()
	select {
	case err := <-w.result:
		return err
	case <-ctx.Done():
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s.waiters = slices.DeleteFunc(s.waiters, func(other *waiter) bool { return other == w })
	return fmt.Errorf("socketio: not connected yet: %w", errors.Join(ctx.Err(), m.cause))
}

// tellLocked ends waits for a connection.
func (s *Socket) tellLocked(err error, which func(*waiter) bool) {
	s.waiters = slices.DeleteFunc(s.waiters, func(w *waiter) bool {
		if which(w) {
			w.result <- err
			return true
		}
		return false
	})
}

// beginLocked makes the connection that is to be joined.
func (s *Socket) beginLocked(ses *session) *connection {
	s.conn = &connection{socket: s, session: ses}
	return s.conn
}

// join finds the credentials and asks to be let in. A nil c has nothing to do.
func (c *connection) join() {
	if c == nil {
		return
	}
	opts := c.socket.opts
	if opts.AuthFunc == nil {
		c.ask(opts.Auth, nil)
		return
	}
	go func() {
		var auth any
		err := dispatch.Protect(c, func() (err error) {
			auth, err = opts.AuthFunc(c)
			return err
		})
		c.ask(auth, err)
	}()
}

// ask sends the CONNECT (SIO-020).
func (c *connection) ask(auth any, err error) {
	s := c.socket
	var data []byte
	if err == nil && auth != nil {
		data, err = json.Marshal(auth)
	}
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if c.over {
		return
	}
	if err == nil {
		data, err = s.withSessionLocked(data)
	}
	if err == nil {
		var ms []engine.Message
		if ms, err = s.m.codec.bare(packet.Connect, s.nsp, data); err == nil {
			s.asked = true
			err = c.session.engine.Send(ms...)
		}
	}
	if err != nil && !isClosed(err) {
		s.asked = false
		s.postponeLocked(fmt.Errorf("socketio: credentials for namespace %s: %w", s.nsp, err), 0)
	}
}

// withSessionLocked puts what the server needs for a recovery in front of the
// credentials (SIO-032). Without an event yet there is no offset: official servers
// begin anew then, ours knows where the session stands (SIO-034).
func (s *Socket) withSessionLocked(auth []byte) ([]byte, error) {
	if auth != nil && (auth[0] != '{') {
		return nil, constError("they do not encode as a JSON object")
	}
	if s.pid == "" {
		return auth, nil
	}
	session := map[string]string{"pid": s.pid}
	if s.offset != "" {
		session["offset"] = s.offset
	}
	head, err := json.Marshal(session)
	if rest := bytes.TrimPrefix(auth, []byte("{")); len(rest) > 1 {
		head = append(append(head[:len(head)-1], ','), rest...)
	}
	return head, err
}

// acceptedLocked takes the CONNECT reply. Its error means that this is no server to
// talk to.
func (s *Socket) acceptedLocked(ses *session, data []byte) error {
	var reply struct{ SID, PID string }
	if err := json.Unmarshal(data, &reply); err != nil || reply.SID == "" {
		return errOldServer
	}
	ses.wasted = 0
	if !s.asked {
		return nil
	}
	s.asked = false
	if s.state != connecting { // closed meanwhile: now the server can be told
		s.early = nil
		ses.sayGoodbye(s.nsp)
		return nil
	}
	if s.conn.over {
		s.beginLocked(ses)
	}
	s.recovered = reply.PID != "" && reply.PID == s.pid
	if !s.recovered {
		s.offset = ""
	}
	s.state, s.id, s.pid, s.refusals = connected, reply.SID, reply.PID, 0
	s.flushLocked(ses.engine)
	s.drainRetriesLocked()
	s.tellLocked(nil, everybody)
	conn, early := s.conn, s.early.take()
	s.queue.DoLocked(conn, func() {
		for _, f := range hookList(s, func(h *hooks) []ConnectFunc { return h.connect }) {
			_ = dispatch.Protect(conn, func() error { f(conn, s); return nil })
		}
		for _, p := range early {
			dispatch.Handle(conn, p.Event, p.Args, p.ID)
		}
	})
	return nil
}

// refusedLocked takes the refusal of the namespace (SIO-022).
func (s *Socket) refusedLocked(ses *session, data []byte) {
	ses.wasted = 0
	if !s.asked {
		return
	}
	s.asked = false
	s.early = nil
	if s.state != connecting {
		return
	}
	e := parseRefusal(s.nsp, data)
	if e.RetryAfter > 0 {
		s.postponeLocked(e, e.RetryAfter)
		return
	}
	s.goneLocked(e)
	s.tellHooksLocked(e)
}

func parseRefusal(nsp string, data []byte) *ConnectError {
	e := &ConnectError{Namespace: nsp}
	var reply struct {
		Message string          `json:"message"`
		Data    json.RawMessage `json:"data"`
	}
	if json.Unmarshal(data, &reply) != nil { // a text, in the manner of old servers
		_ = json.Unmarshal(data, &e.Message)
		return e
	}
	e.Message, e.Data = reply.Message, reply.Data
	var hint struct {
		RetryAfter float64 `json:"retryAfter"`
	}
	if json.Unmarshal(reply.Data, &hint) == nil && hint.RetryAfter > 0 {
		e.RetryAfter = time.Duration(min(hint.RetryAfter, float64(maxHint.Milliseconds()))) * time.Millisecond
	}
	return e
}

// postponeLocked joins the namespace later, no sooner than after the server's hint.
func (s *Socket) postponeLocked(why error, hint time.Duration) {
	if !s.conn.ended() {
		s.conn.endLocked()
	}
	s.tellLocked(why, impatient)
	s.tellHooksLocked(why)
	delay := hint + s.m.opts.delay(s.refusals, rand.Float64())
	s.refusals++
	s.rejoin = time.AfterFunc(delay, s.rejoinNow)
}

func (s *Socket) rejoinNow() {
	s.m.mu.Lock()
	s.rejoin = nil
	var joining *connection
	if ses := s.m.session; ses != nil && s.state == connecting && !s.asked && s.conn.ended() {
		joining = s.beginLocked(ses)
	}
	s.m.mu.Unlock()
	joining.join()
}

func (s *Socket) stopRejoinLocked() {
	if s.rejoin != nil {
		s.rejoin.Stop()
		s.rejoin = nil
	}
}

// failedLocked tells of an attempt to connect that has failed.
func (s *Socket) failedLocked(err error, again bool) {
	if s.state != connecting {
		return
	}
	if again {
		s.tellLocked(err, impatient)
	} else {
		s.goneLocked(err)
	}
	s.tellHooksLocked(err)
}

// tellHooksLocked calls those of OnConnectError, in their turn.
func (s *Socket) tellHooksLocked(err error) {
	if s.hooks == nil || len(s.hooks.refused) == 0 {
		return
	}
	s.queue.DoLocked(&s.none, func() {
		for _, f := range hookList(s, func(h *hooks) []ConnectErrorFunc { return h.refused }) {
			_ = dispatch.Protect(&s.none, func() error { f(s, err); return nil })
		}
	})
}

// lostLocked tells of the end of the session. again is whether there will be
// another one.
func (s *Socket) lostLocked(ses *session, reason socketio.Reason, cause error, again bool) {
	s.asked, s.early = false, nil
	switch s.state {
	case connected:
		s.disconnectedLocked(reason, cause)
		s.state = connecting
		s.lostRetryLocked()
		if !again {
			s.goneLocked(errDisconnected)
		}
	case connecting:
		if !s.conn.ended() {
			s.conn.endLocked()
		}
		if cause == nil {
			cause = constError(reason)
		}
		err := fmt.Errorf("lost before namespace %s was joined: %w", s.nsp, cause)
		s.failedLocked(&DialError{Attempt: ses.attempt, Err: err}, again)
	}
}

// disconnectedLocked ends the connection.
func (s *Socket) disconnectedLocked(reason socketio.Reason, cause error) {
	conn := s.conn
	conn.endLocked()
	s.id, s.recovered = "", false
	s.loseAcksLocked(errDisconnected)
	s.queue.DoLocked(conn, func() {
		for _, f := range hookList(s, func(h *hooks) []DisconnectFunc { return h.disconnect }) {
			_ = dispatch.Protect(conn, func() error { f(s, reason, cause); return nil })
		}
	})
}

// leaveLocked ends the time in the namespace for good.
func (s *Socket) leaveLocked(reason socketio.Reason) {
	if s.state == connected {
		s.disconnectedLocked(reason, nil)
	}
	s.goneLocked(errDisconnected)
}

// goneLocked makes the socket inactive. What waits for it fails.
func (s *Socket) goneLocked(why error) {
	s.state, s.early, s.pid, s.offset, s.refusals = inactive, nil, "", "", 0
	if !s.conn.ended() {
		s.conn.endLocked()
	}
	s.stopRejoinLocked()
	s.tellLocked(why, everybody)
	s.dropLocked(errInactive)
	s.failRetriesLocked(errInactive)
	s.settleLocked()
}

// early are events that came before the CONNECT reply (SIO-027).
type early struct {
	packets []packet.Packet
	size    int
}

// take returns the events. A nil e has none.
func (e *early) take() []packet.Packet {
	if e == nil {
		return nil
	}
	return e.packets
}

// holdLocked keeps an event until the CONNECT reply. It reports false when there are
// too many of them.
func (s *Socket) holdLocked(p *packet.Packet) bool {
	if s.early == nil {
		s.early = new(early)
	}
	s.early.size += p.Args.Size() + dispatch.TaskOverhead
	s.early.packets = append(s.early.packets, packet.Packet{Event: bytes.Clone(p.Event), Args: p.Args.Clone(), ID: p.ID})
	return s.early.size <= s.m.opts.ReceiveBudget
}

// noteOffsetLocked remembers how far the session has come (SIO-032).
func (s *Socket) noteOffsetLocked(p *packet.Packet) {
	if s.pid == "" || p.ID != packet.NoID || p.Args.Len() == 0 {
		return
	}
	if last := p.Args.Raw(p.Args.Len() - 1); last[0] == '"' {
		_ = json.Unmarshal(last, &s.offset)
	}
}
