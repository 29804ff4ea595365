package server

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/packet"
)

// conn is one client: an Engine.IO session and the sockets that share it.
type conn struct {
	server  *Server
	session *engine.Session
	decoder packet.Decoder // used by the read path only
	rare    *rare

	mu      sync.Mutex  // guards what follows, and rare; taken after a socket's, before the session's
	first   *Socket     // the only one of most clients
	timer   *time.Timer // until the first namespace is joined
	waiting int32       // bytes of events that wait for their handlers
	paused  bool
	closed  bool
}

// rare is what few connections need.
type rare struct {
	decode   func(packet.Frame) (packet.Packet, bool, error) // of another codec than the default one; never changes
	others   []*Socket                                       // beside the first
	expelled map[string]struct{}                             // namespaces the server has thrown the client out of
	joining  []joining                                       // that wait for something before they become sockets
	stop     context.CancelFunc                              // ends that; nil when there are none
	cause    error                                           // why the connection has ended
}

func (c *conn) rareLocked() *rare {
	if c.rare == nil {
		c.rare = new(rare)
	}
	return c.rare
}

// accept is called by the engine with every new session.
func (s *Server) accept(session *engine.Session) engine.Receiver {
	c := &conn{server: s, session: session}
	if s.opts.Codec != nil {
		c.rare = &rare{decode: s.opts.Codec.NewDecoder()}
	}
	c.timer = time.AfterFunc(s.opts.ConnectTimeout, session.Close) // SIO-023
	if session.Protocol() == 3 {
		c.connect("/", nil) // SIO-050
	}
	return c
}

// Message decodes what the client sent. A broken packet ends the connection
// (reference 2.2).
func (c *conn) Message(_ *engine.Session, binary bool, p []byte) {
	pkt, complete, err := c.decode(binary, p)
	switch {
	case err != nil:
		c.server.opts.Logger.Warn("socketio: invalid packet", "error", err, "remote", c.session.Handshake().RemoteAddr)
		c.session.Close()
	case complete && !c.packet(&pkt):
		c.server.opts.Logger.Warn("socketio: packet out of place", "nsp", pkt.Namespace, "type", pkt.Type, "remote", c.session.Handshake().RemoteAddr)
		c.session.Close()
	}
}

func (c *conn) decode(binary bool, p []byte) (packet.Packet, bool, error) {
	switch {
	case c.server.opts.Codec != nil: // and so c.rare never changes
		return c.rare.decode(packet.Frame{Binary: binary, Data: p})
	case binary:
		return c.decoder.Binary(p)
	}
	return c.decoder.Text(p, c.server.opts.MaxAttachments)
}

// packet reports false when it has no place in the protocol at this point.
func (c *conn) packet(p *packet.Packet) bool {
	if p.Type == packet.Connect {
		return c.connect(p.Namespace, p.Data)
	}
	s := c.socket(p.Namespace)
	if s == nil {
		return c.wasExpelled(p.Namespace)
	}
	if p.Type == packet.Event {
		return s.receive(p)
	}
	if !s.Connected() {
		return s.gone()
	}
	switch p.Type {
	case packet.Ack:
		if w := s.forget(p.ID); w != nil {
			w.Answered(p.Args.Clone())
		}
	case packet.Disconnect:
		s.leave(socketio.ClientNamespaceDisconnect)
	default:
		return false // only servers refuse
	}
	return true
}

// Closed ends all sockets of the client.
func (c *conn) Closed(_ *engine.Session, reason engine.Reason, cause error) {
	c.mu.Lock()
	c.closed = true
	if cause != nil {
		c.rareLocked().cause = cause
	}
	if c.rare != nil && c.rare.stop != nil {
		c.rare.stop()
	}
	c.mu.Unlock()
	c.joined()
	for _, s := range c.all() {
		s.leave(socketio.Reason(reason))
	}
}

// overflowed ends a connection whose client reads too slowly, unless it is to go
// without what does not fit. Where a lock is held that the end would take, it comes a
// little later: that of the socket, or, with recovery, that of the log.
func (c *conn) overflowed(locked bool) {
	switch {
	case c.server.opts.Recovery != nil || locked && c.server.opts.Overflow != OverflowDrop:
		go c.session.Fail(socketio.ErrSlowConsumer)
	case c.server.opts.Overflow != OverflowDrop:
		c.session.Fail(socketio.ErrSlowConsumer)
	}
}

// disconnect makes the client leave every namespace and closes the connection.
func (c *conn) disconnect() {
	for _, s := range c.all() {
		s.kick()
	}
	c.session.Close()
}

// add reports false when the client is in that namespace already, or has gone.
func (c *conn) add(s *Socket) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.decidedLocked(s.nsp.name)
	if c.closed || c.socketLocked(s.nsp.name) != nil {
		return false
	}
	if c.rare != nil {
		delete(c.rare.expelled, s.nsp.name)
	}
	if c.first == nil {
		c.first = s
	} else {
		c.rareLocked().others = append(c.rareLocked().others, s)
	}
	return true
}

func (c *conn) remove(s *Socket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.first == s {
		c.first = nil
	} else if c.rare != nil {
		c.rare.others = slices.DeleteFunc(c.rare.others, func(other *Socket) bool { return other == s })
	}
}

func (c *conn) socket(nsp string) *Socket {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.socketLocked(nsp)
}

func (c *conn) socketLocked(nsp string) *Socket {
	if c.first != nil && c.first.nsp.name == nsp {
		return c.first
	}
	if c.rare != nil {
		for _, s := range c.rare.others {
			if s.nsp.name == nsp {
				return s
			}
		}
	}
	return nil
}

func (c *conn) all() (sockets []*Socket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.first != nil {
		sockets = append(sockets, c.first)
	}
	if c.rare != nil {
		sockets = append(sockets, c.rare.others...)
	}
	return sockets
}

// joined stops the connect timeout.
func (c *conn) joined() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
}

// expel remembers that packets for the namespace may still be on their way (B-24).
func (c *conn) expel(nsp string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.rareLocked()
	if r.expelled == nil {
		r.expelled = make(map[string]struct{})
	}
	r.expelled[nsp] = struct{}{}
}

func (c *conn) wasExpelled(nsp string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rare == nil {
		return false
	}
	_, expelled := c.rare.expelled[nsp]
	return expelled
}

// charge counts bytes of events that wait, and stops reading from the client
// while there are more than the receive budget allows.
func (c *conn) charge(size int) {
	if size == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting += int32(size)
	switch budget := int32(min(c.server.opts.ReceiveBudget, math.MaxInt32/2)); {
	case !c.paused && c.waiting > budget:
		c.paused = true
		c.session.Pause()
	case c.paused && c.waiting <= budget/2:
		c.paused = false
		c.session.Resume()
	}
}
