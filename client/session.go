package client

import (
	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/packet"
)

// session is one connection to the server, for all namespaces.
type session struct {
	m       *Manager
	engine  *engine.Client
	decoder decoder // used by the read path only
	attempt int
	wasted  int // attempts that count as failed if this session ends; 0 once a namespace was joined; guarded by the Manager's mutex
}

func (ses *session) onWebSocket() bool { return ses.engine.Transport() == engine.WebSocket }

// message decodes what the server sent.
func (ses *session) message(binary bool, p []byte) {
	pkt, complete, err := ses.decoder.decode(binary, p)
	switch {
	case err != nil:
		ses.fail(socketio.ParseError, err)
	case complete:
		ses.packet(&pkt)
	}
}

// closed is told by the engine.
func (ses *session) closed(reason engine.Reason, err error) {
	ses.m.lost(ses, socketio.Reason(reason), err)
}

// sayGoodbye tells the server that the client has left a namespace (SIO-025).
func (ses *session) sayGoodbye(nsp string) {
	if ms, err := ses.m.codec.bare(packet.Disconnect, nsp, nil); err == nil {
		_ = ses.engine.Send(ms...) // the end of the connection says the same
	}
}

// fail ends the session because of what the server did.
func (ses *session) fail(reason socketio.Reason, cause error) {
	ses.m.opts.Logger.Warn("socketio: the connection is given up", "reason", reason, "error", cause)
	ses.m.lost(ses, reason, cause)
	ses.engine.Close()
}

func (ses *session) packet(p *packet.Packet) {
	m := ses.m
	m.mu.Lock()
	s := m.socketLocked(p.Namespace)
	if s == nil || m.session != ses {
		m.mu.Unlock()
		return
	}
	switch p.Type {
	case packet.Event:
		s.eventUnlock(ses, p)
		return
	case packet.Ack:
		waiter := s.answeredLocked(p.ID)
		m.mu.Unlock()
		if waiter != nil {
			waiter.Answered(p.Args.Clone())
		}
		return
	}
	var ended *session
	var err error
	switch p.Type {
	case packet.Connect:
		err = s.acceptedLocked(ses, p.Data)
	case packet.ConnectError:
		s.refusedLocked(ses, p.Data)
		ended = m.releaseLocked()
	case packet.Disconnect:
		s.leaveLocked(socketio.IOServerDisconnect)
		ended = m.releaseLocked()
	}
	m.mu.Unlock()
	if err != nil {
		ses.fail(socketio.TransportError, err)
	}
	if ended != nil {
		ended.engine.Close()
	}
}

// eventUnlock takes an event that has arrived, and gives the lock back.
func (s *Socket) eventUnlock(ses *session, p *packet.Packet) {
	s.noteOffsetLocked(p)
	conn := s.conn
	switch {
	case p.Event == nil:
	case s.state == connected && s.queue.ClaimLocked():
		s.m.mu.Unlock()
		s.queue.Direct(conn, p)
		return
	case s.state == connected:
		s.m.mu.Unlock()
		s.queue.Event(conn, p)
		return
	case s.asked:
		if !s.holdLocked(p) {
			s.m.mu.Unlock()
			ses.fail(socketio.ParseError, errTooEarly)
			return
		}
	}
	s.m.mu.Unlock()
}

const errTooEarly = constError("socketio: more events came before the CONNECT reply than ReceiveBudget allows")
