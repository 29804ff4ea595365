package server

import (
	"context"
	"time"
)

// Context ends when the socket disconnects. It is the context of its handlers.
func (s *Socket) Context() context.Context { return (*socketContext)(s) }

// socketContext is a Socket as a context, which costs nothing until somebody
// waits for its end.
type socketContext Socket

func (c *socketContext) Deadline() (time.Time, bool) { return time.Time{}, false }

// Value looks among those that Options.ConnContext added.
func (c *socketContext) Value(key any) any { return c.conn.session.Context().Value(key) }

func (c *socketContext) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done == nil {
		c.done = make(chan struct{})
		if c.state == disconnected {
			close(c.done)
		}
	}
	return c.done
}

func (c *socketContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == disconnected {
		return context.Canceled
	}
	return nil
}
