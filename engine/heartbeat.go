//go:build !js

package engine

import "time"

// In protocol v4 the server pings, and the next ping is scheduled by the pong
// (EIO-100). In v3 the client does (EIO-031).

var pingMessage = control(string(rune(typePing)))

// beat is the packet that tells that the client is alive.
func (s *Session) beat() byte {
	if s.protocol == 3 {
		return typePing
	}
	return typePong
}

// restLocked waits for the moment to ping, or for the client's ping.
func (s *Session) restLocked() {
	d := s.server.opts.PingInterval
	if s.protocol == 3 {
		d += s.server.opts.PingTimeout
	}
	s.armLocked(d)
}

// armLocked sets the session's only timer.
func (s *Session) armLocked(d time.Duration) {
	s.server.wheel.Arm(&s.timer, (*sessionTimer)(s), d)
}

// sessionTimer is a Session in the eyes of the timer wheel.
type sessionTimer Session

// Expired sends a ping or gives up.
func (t *sessionTimer) Expired() {
	s := (*Session)(t)
	s.mu.Lock()
	if s.state == closed || s.server.wheel.Armed(&s.timer) {
		s.mu.Unlock()
		return
	}
	if s.state == lingering {
		s.mu.Unlock()
		s.finish()
		return
	}
	if s.state == open && (s.ping != answered || s.protocol == 3) && !s.paused {
		s.mu.Unlock()
		s.close(PingTimeout, nil, true)
		return
	}
	if s.state == open && s.protocol == 3 {
		s.restLocked() // nothing can be read while paused
	} else if s.state == open {
		s.pingLocked()
	}
	s.mu.Unlock()
}

// pingLocked sends a ping. While reading is paused it is sent again and again: no
// answer can be read, but a client that has gone makes the write fail.
func (s *Session) pingLocked() {
	s.armLocked(s.server.opts.PingTimeout)
	s.ping = awaited
	s.controlLocked(pingMessage)
}

// controlLocked sends a packet that the budget does not bind.
func (s *Session) controlLocked(m Message) {
	if s.polling != nil {
		s.polling.push(m)
	} else {
		// A full queue or a dead connection shows soon enough.
		_ = s.writeLocked([]Message{m})
	}
	s.sent(m)
}

// alive handles the heartbeat of the client: its ping, or its pong. A pong that
// nobody waits for changes nothing (B-23).
func (s *Session) alive() {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.state != open:
	case s.protocol == 3:
		s.restLocked()
		s.controlLocked(pongMessage)
	case s.ping != answered:
		s.ping = answered
		s.restLocked()
	}
}

// touch reports whether the session takes another packet. A packet puts the
// timeout off once per ping: a client in the middle of a long upload cannot
// answer, but it is alive (NEW-02).
func (s *Session) touch() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == open && s.ping == awaited {
		s.ping = postponed
		s.armLocked(s.server.opts.PingTimeout)
	}
	return s.state == open
}
