package client

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/internal/dispatch"
	"github.com/socketio-go/socketio/packet"
)

// connection is the time from one CONNECT reply to the end. It is the owner of the
// events that come in it, and their context, which costs nothing until somebody
// waits for its end.
type connection struct {
	socket  *Socket
	session *session

	// The Manager's mutex guards what follows.
	over bool
	done chan struct{} // made when somebody asks
}

// ended reports whether nothing can come of c any more; nil is nothing yet.
func (c *connection) ended() bool { return c == nil || c.over }

// endLocked is called once.
func (c *connection) endLocked() {
	c.over = true
	if c.done != nil {
		close(c.done)
	}
}

func (c *connection) Lock()                    { c.socket.m.mu.Lock() }
func (c *connection) Unlock()                  { c.socket.m.mu.Unlock() }
func (c *connection) Context() context.Context { return c }
func (c *connection) Work() *sync.WaitGroup    { return &c.socket.work }
func (c *connection) Charge(bytes int)         { c.socket.m.charge(bytes) }
func (c *connection) Socket() socketio.Socket  { return c.socket }

func (c *connection) Release() (engine.Released, bool) { return c.session.engine.Release() }

func (c *connection) Match(event []byte) (string, dispatch.Matching) {
	return dispatch.Match(nil, &c.socket.handlers, event)
}

func (c *connection) Log(level slog.Level, msg string, attrs ...any) {
	c.socket.m.opts.Logger.Log(context.Background(), level, "socketio: "+msg, append(attrs, "nsp", c.socket.nsp)...)
}

// Replier answers on this connection only: on another one the number could be that
// of another event.
func (c *connection) Replier(id int64) func(args ...any) error {
	if id == packet.NoID {
		return nil
	}
	return func(args ...any) error { return c.ack(id, args) }
}

// ack answers an event. When the values cannot be encoded, the answer is that
// something failed: the server should not wait for nothing.
func (c *connection) ack(id int64, args []any) error {
	m := c.socket.m
	ms, unencodable := m.codec.ack(c.socket.nsp, id, args)
	if unencodable != nil {
		var err error
		if ms, err = m.codec.ack(c.socket.nsp, id, []any{dispatch.Failure(unencodable)}); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if c.over {
		return errDisconnected
	}
	if err := c.session.engine.Send(ms...); err != nil {
		return sendError(err)
	}
	return unencodable
}

// Deadline is part of [context.Context].
func (c *connection) Deadline() (time.Time, bool) { return time.Time{}, false }

// Value is part of [context.Context].
func (c *connection) Value(any) any { return nil }

// Done is part of [context.Context].
func (c *connection) Done() <-chan struct{} {
	c.Lock()
	defer c.Unlock()
	if c.done == nil {
		c.done = make(chan struct{})
		if c.over {
			close(c.done)
		}
	}
	return c.done
}

// Err is part of [context.Context].
func (c *connection) Err() error {
	c.Lock()
	defer c.Unlock()
	if c.over {
		return context.Canceled
	}
	return nil
}
