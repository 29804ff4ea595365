//go:build !js

package engine

import "time"

// The server pings; the next ping is scheduled by the pong (EIO-100).

var pingMessage = control(string(rune(typePing)))

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
	if s.state == open && s.awaiting && !s.paused {
		s.mu.Unlock()
		s.close(PingTimeout, nil, true)
		return
	}
	if s.state == open {
		s.pingLocked()
	}
	s.mu.Unlock()
}

// pingLocked sends a ping. While reading is paused it is sent again and again: no
// answer can be read, but a client that has gone makes the write fail.
func (s *Session) pingLocked() {
	s.armLocked(s.server.opts.PingTimeout)
	s.awaiting, s.extended = true, false
	if s.polling != nil {
		s.polling.push(pingMessage)
	} else {
		// A full queue or a dead connection shows soon enough: no pong will come.
		_ = s.writeLocked([]Message{pingMessage})
	}
}

// pong answers a ping; one that nobody waits for changes nothing (B-23).
func (s *Session) pong() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == open && s.awaiting {
		s.awaiting = false
		s.armLocked(s.server.opts.PingInterval)
	}
}

// touch reports whether the session takes another packet. A packet puts the
// timeout off once per ping: a client in the middle of a long upload cannot
// answer, but it is alive (NEW-02).
func (s *Session) touch() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == open && s.awaiting && !s.extended {
		s.extended = true
		s.armLocked(s.server.opts.PingTimeout)
	}
	return s.state == open
}
