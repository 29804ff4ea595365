package server

import (
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

	mu       sync.Mutex          // guards what follows; taken after a socket's, before the session's
	sockets  []*Socket           // one for most clients
	expelled map[string]struct{} // namespaces the server has thrown the client out of
	timer    *time.Timer         // until the first namespace is joined
	waiting  int32               // bytes of events that wait for their handlers
	paused   bool
	closed   bool
}

// accept is called by the engine with every new session.
func (s *Server) accept(session *engine.Session) engine.Receiver {
	c := &conn{server: s, session: session}
	c.timer = time.AfterFunc(s.opts.ConnectTimeout, session.Close) // SIO-023
	return c
}

// Message decodes what the client sent. A broken packet ends the connection
// (reference 2.2).
func (c *conn) Message(_ *engine.Session, binary bool, p []byte) {
	var pkt packet.Packet
	var complete bool
	var err error
	if binary {
		pkt, complete, err = c.decoder.Binary(p)
	} else {
		pkt, complete, err = c.decoder.Text(p, c.server.opts.MaxAttachments)
	}
	switch {
	case err != nil:
		c.server.opts.Logger.Warn("socketio: invalid packet", "error", err, "remote", c.session.Handshake().RemoteAddr)
		c.session.Close()
	case complete && !c.packet(&pkt):
		c.server.opts.Logger.Warn("socketio: packet out of place", "nsp", pkt.Namespace, "type", pkt.Type, "remote", c.session.Handshake().RemoteAddr)
		c.session.Close()
	}
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
func (c *conn) Closed(_ *engine.Session, reason engine.Reason, _ error) {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.joined()
	for _, s := range c.all() {
		s.leave(socketio.Reason(reason))
	}
}

// disconnect makes the client leave every namespace and closes the connection.
func (c *conn) disconnect() {
	for _, s := range c.all() {
		s.kick()
	}
	c.session.Close()
}

// add reports false when the client is in that namespace already.
func (c *conn) add(s *Socket) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, other := range c.sockets {
		if other.nsp == s.nsp {
			return false
		}
	}
	if c.closed {
		return false
	}
	delete(c.expelled, s.nsp.name)
	c.sockets = append(c.sockets, s)
	return true
}

func (c *conn) remove(s *Socket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sockets = slices.DeleteFunc(slices.Clone(c.sockets), func(other *Socket) bool { return other == s })
}

func (c *conn) socket(nsp string) *Socket {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.sockets {
		if s.nsp.name == nsp {
			return s
		}
	}
	return nil
}

func (c *conn) all() []*Socket {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]*Socket(nil), c.sockets...)
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
	if c.expelled == nil {
		c.expelled = make(map[string]struct{})
	}
	c.expelled[nsp] = struct{}{}
}

func (c *conn) wasExpelled(nsp string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, expelled := c.expelled[nsp]
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
