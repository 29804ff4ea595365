package engine

import "time"

// The server pings; that it does not is how a client notices a dead link
// (EIO-101). A ping may be late because it stands behind what a slow link has yet to
// bring: as long as messages come, the link is not dead.

var pongMessage = control(string(rune(typePong)))

// pong answers a ping.
func (c *Client) pong() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return
	}
	c.expectLocked()
	c.sendPongLocked()
}

func (c *Client) sendPongLocked() {
	if c.polling != nil {
		c.pushLocked(pongMessage)
		return
	}
	_ = c.ws.send([]Message{pongMessage}, false) // a dead connection shows soon enough
}

// expectLocked waits for the next ping.
func (c *Client) expectLocked() {
	d := c.interval + c.timeout
	c.heard = false
	c.awaitPingLocked(d)
}

func (c *Client) awaitPingLocked(d time.Duration) {
	c.deadline = time.Now().Add(d).UnixMilli()
	c.timer.Reset(d)
}

// lateLocked reports whether a ping should have come by now. Timers stand still
// while a machine sleeps; the clock on the wall does not.
func (c *Client) lateLocked() bool {
	late := time.Now().UnixMilli() - c.deadline
	if c.heard { // which the timer will look at, unless it stands still
		late -= c.timeout.Milliseconds()
	}
	return !c.paused && c.deadline > 0 && late > 0
}

// expired is called by the timer.
func (c *Client) expired() {
	c.mu.Lock()
	switch left := c.deadline - time.Now().UnixMilli(); {
	case c.over:
	case c.paused:
		// Nobody reads the ping that may have come. A pong that nobody waits for
		// changes nothing.
		c.sendPongLocked()
		c.timer.Reset(c.timeout / 2)
	case left > 0: // a ping came at the last moment
		c.timer.Reset(time.Duration(left) * time.Millisecond)
	case c.heard:
		c.heard = false
		c.awaitPingLocked(c.timeout)
	default:
		c.mu.Unlock()
		c.close(PingTimeout, nil, false)
		return
	}
	c.mu.Unlock()
}
