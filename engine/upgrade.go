//go:build !js

package engine

import (
	"net/http"
	"time"

	"github.com/socketio-go/socketio/websocket"
)

// probe is a WebSocket that wants to become the transport of a session on
// polling (reference 1.7).
type probe struct {
	session *Session
	conn    *websocket.Conn
	timer   *time.Timer
	asked   bool // "2probe" has come; guarded by the session's mutex
	won     bool // the connection is the session's transport; same

	webTransport bool // what the session's will be then
}

var probeMessage = control("3probe")

// upgrade accepts a WebSocket for the session. Unless the session is on polling
// and no other upgrade is under way it is closed again, which the session does
// not notice (EIO-095, and EIO-096 which is an attack).
func (s *Session) upgrade(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, s.server.websocketOptions())
	if err != nil {
		s.server.opts.Logger.Debug("engine: WebSocket handshake failed", "remote", r.RemoteAddr, "error", err)
		return
	}
	p := &probe{session: s, conn: conn, webTransport: isWebTransport(r)}
	s.mu.Lock()
	welcome := s.state == open && s.polling != nil && s.polling.probe == nil
	if welcome {
		s.polling.probe = p
		p.timer = time.AfterFunc(s.server.opts.UpgradeTimeout, p.fail)
	}
	s.mu.Unlock()
	if !welcome {
		conn.Serve(discard{})
		_ = conn.Close(0, "")
		return
	}
	conn.Serve(p)
}

// Message handles the two steps of the client's, and after them everything else.
func (p *probe) Message(c *websocket.Conn, t websocket.MessageType, data []byte) {
	s := p.session
	s.mu.Lock()
	if !p.won {
		s.received(len(data))
	}
	switch {
	case p.won:
		s.mu.Unlock()
		(*wsReceiver)(s).Message(c, t, data)
		return
	case t == websocket.Text && string(data) == "2probe":
		p.asked = true
		_ = p.conn.WritePrepared(&probeMessage.frame)
		s.sent(probeMessage)
		if s.polling != nil && s.polling.probe == p && s.polling.get != nil {
			s.polling.push(noopMessage)
			s.sent(noopMessage)
		}
		s.mu.Unlock()
	case t == websocket.Text && string(data) == string(rune(typeUpgrade)) && p.finishLocked():
		s.mu.Unlock()
	default:
		s.mu.Unlock()
		p.fail()
	}
}

// finishLocked moves the session over and sends what has waited; if the session has
// been closed meanwhile, that is all. It reports false when the client has not kept to
// the order of steps.
func (p *probe) finishLocked() bool {
	s := p.session
	old := s.polling
	if s.state != open && s.state != lingering || !p.asked || old == nil || old.probe != p || old.posting {
		return false
	}
	p.timer.Stop()
	p.won = true
	s.polling, s.ws, s.webTransport = nil, p.conn, p.webTransport
	if old.resumed != nil {
		close(old.resumed)
		p.conn.Pause()
	}
	ms := old.take()
	old.wake()
	if len(ms) > 0 {
		// Cannot exceed the budget of an empty connection by more than polling
		// has let through; a dead one is found by its own reader.
		_ = s.writeLocked(ms)
	}
	if s.state == lingering {
		s.state = finishing
		s.server.wheel.Stop(&s.timer)
		_ = s.ws.Close(0, "")
	}
	return true
}

// fail gives the upgrade up; the session goes on with polling (EIO-093, EIO-094).
func (p *probe) fail() {
	p.release()
	_ = p.conn.Close(0, "")
}

// cancel is fail for a session that is ending and whose mutex is held.
func (p *probe) cancel() {
	p.timer.Stop()
	_ = p.conn.CloseNow()
}

func (p *probe) release() {
	s := p.session
	s.mu.Lock()
	defer s.mu.Unlock()
	p.timer.Stop()
	if s.polling != nil && s.polling.probe == p {
		s.polling.probe = nil
	}
}

// Closed is the end of the connection, before or after it became the transport.
func (p *probe) Closed(c *websocket.Conn, err error) {
	p.session.mu.Lock()
	won := p.won
	p.session.mu.Unlock()
	if won {
		(*wsReceiver)(p.session).Closed(c, err)
		return
	}
	p.release()
}
