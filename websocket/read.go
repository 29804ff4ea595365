package websocket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Handler receives what arrives on one connection, in order and one call at a
// time. While a call runs nothing more is read, so that a slow handler slows
// the peer down; pings wait too.
type Handler interface {
	// Message receives one whole message. p is valid, and may be changed,
	// only during the call. All methods of c may be called.
	Message(c *Conn, t MessageType, p []byte)

	// Closed is called exactly once, after the last Message, when the
	// network connection is closed. If the peer sent a close frame,
	// errors.As finds it in err as a *CloseError, with StatusNoStatus if it
	// was empty. If this side closed, err matches [net.ErrClosed], whether
	// or not the peer answered. Otherwise err is the network's error,
	// [io.ErrUnexpectedEOF] for an end without a close frame, or tells how
	// the peer broke the protocol.
	Closed(c *Conn, err error)
}

// reader is the portable way to feed the parser: blocking reads by a goroutine.
// It belongs to the one goroutine that reads, or to nobody.
type reader struct {
	pending []byte // read, not parsed
	buf     buffer // where pending lies, unless in idle; nil while at rest
	idle    [idleSize]byte
}

// idleSize is what a connection at rest reads into. It holds the usual small
// message whole; only larger ones take a buffer.
const idleSize = 64

// Serve starts to deliver to h and returns at once. It is called at most once,
// and not on a connection that is used with [Conn.Read]; it panics otherwise.
// Closed is called even if the connection was closed before.
func (c *Conn) Serve(h Handler) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.handler != nil || c.reading && !c.closing {
		panic("websocket: Serve on a connection that is being read")
	}
	c.handler = h
	if c.finished {
		go h.Closed(c, c.cause)
		return
	}
	if c.reading {
		return // to the end of a closing handshake
	}
	c.reading = true
	if !c.moveLocked() {
		go c.run()
	}
}

// Pause stops reading, so that TCP slows the peer down: after it no Message
// begins until [Conn.Resume], except one that is about to when Pause is called
// from another goroutine. Meanwhile pings are not answered and the peer's close
// is not noticed. Closing overrides it. Pause and Resume do not count, may be
// called from anywhere, and do nothing to [Conn.Read].
func (c *Conn) Pause() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.paused = true
}

// Resume ends [Conn.Pause].
func (c *Conn) Resume() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.paused = false
	c.wakeLocked()
}

// Read waits for the next message and returns a copy that is the caller's. It
// is the simple alternative to [Conn.Serve]; there is one Read at a time. When
// ctx ends it returns ctx's error, and the connection stays usable. Other
// errors are those of Handler.Closed and are final. Control frames are only
// answered while a Read is waiting.
func (c *Conn) Read(ctx context.Context) (MessageType, []byte, error) {
	if err := ctx.Err(); err != nil {
		return 0, nil, err
	}
	if err := c.beginRead(); err != nil {
		return 0, nil, err
	}
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		c.nc.SetReadDeadline(time.Unix(1, 0))
		close(interrupted)
	})
	t, p, err := c.nextMessage(ctx)
	if !stop() {
		<-interrupted
		c.nc.SetReadDeadline(time.Time{})
	}
	p = c.parser.take(p)
	c.endRead()
	return t, p, err
}

func (c *Conn) beginRead() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.cause != nil:
		return c.cause
	case c.reading || c.handler != nil:
		return errors.New("websocket: Read on a connection that is being read")
	}
	c.reading = true
	return nil
}

// endRead leaves a closing handshake that ctx interrupted to a goroutine.
func (c *Conn) endRead() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reading = c.closing && !c.finished
	if c.reading {
		go c.run()
	}
}

// run delivers until the end. Without a handler it only reads to the end of a
// closing handshake.
func (c *Conn) run() {
	over := false
	defer func() {
		if !over { // Message has ended this goroutine
			go c.run()
		}
	}()
	for {
		t, p, err := c.nextMessage(context.Background())
		c.mu.Lock()
		h := c.handler
		c.mu.Unlock()
		if err != nil {
			over = true
			if h != nil {
				h.Closed(c, err)
			}
			return
		}
		h.Message(c, t, p)
	}
}

// nextMessage answers control frames until there is a message or an end. Its
// error is final, except for that of an interrupting ctx.
func (c *Conn) nextMessage(ctx context.Context) (MessageType, []byte, error) {
	for !c.ended {
		ev, err := c.nextEvent()
		if v, ok := err.(*violation); ok {
			c.violated(v)
			c.ended = true
			break
		}
		if err != nil {
			return c.readFailed(ctx, err)
		}
		switch ev.op {
		case opText, opBinary:
			if c.deliverable() {
				return MessageType(ev.op), ev.payload, nil
			}
		case opPing:
			c.sendPong(ev.payload)
		case opClose:
			c.peerClosed(ev.payload)
			c.ended = true
		}
	}
	return c.readFailed(ctx, c.discard())
}

// nextEvent parses what is there and reads more until something is complete.
func (c *Conn) nextEvent() (event, error) {
	for {
		n, ev, err := c.parser.next(c.rd.pending)
		c.rd.pending = c.rd.pending[n:]
		if err != nil || ev.op != 0 {
			return ev, err
		}
		c.awaitResume()
		if err := c.fill(); err != nil {
			return event{}, err
		}
	}
}

// fill reads once. A buffer is taken while something is unfinished, so that
// data that keeps coming is read in large pieces, and given back when all that
// was read ended with a message: then the next read is likely to wait.
func (c *Conn) fill() error {
	r := &c.rd
	space := r.idle[:]
	if c.parser.resting() {
		c.parser.release()
		r.release()
	} else {
		if r.buf == nil {
			r.buf = takeBuffer()
		}
		space = r.buf
	}
	n, err := c.nc.Read(space)
	r.pending = space[:n]
	if n > 0 {
		return nil // an error comes again
	}
	return err
}

func (r *reader) release() {
	r.pending = nil
	if r.buf != nil {
		r.buf.free()
		r.buf = nil
	}
}

// discard reads to the end of the network connection. A peer that ended its
// direction may still be waiting for the rest of ours.
func (c *Conn) discard() error {
	c.parser.release()
	c.rd.release()
	buf := takeBuffer()
	defer buf.free()
	for {
		_, err := c.nc.Read(buf)
		if err == io.EOF {
			c.awaitFlush()
		}
		if err != nil {
			return err
		}
	}
}

// readFailed ends the connection, unless it was ctx that ended the read.
func (c *Conn) readFailed(ctx context.Context, err error) (MessageType, []byte, error) {
	if errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil {
		return 0, nil, ctx.Err()
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	c.fail(fmt.Errorf("websocket: read: %w", err))
	c.parser.release()
	c.rd.release()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.finished = true
	return 0, nil, c.cause
}

// deliverable waits while delivery is paused and reports whether messages are
// still wanted.
func (c *Conn) deliverable() bool {
	c.awaitResume()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cause == nil
}

func (c *Conn) awaitResume() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.paused && c.handler != nil && c.cause == nil {
		c.waitLocked()
	}
}

func (c *Conn) awaitFlush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.flushing && !c.dead {
		c.waitLocked()
	}
}

// waitLocked gives up the lock until the next wakeLocked. Only the goroutine
// that reads calls it.
func (c *Conn) waitLocked() {
	c.wake = make(chan struct{})
	wake := c.wake
	c.mu.Unlock()
	<-wake
	c.mu.Lock()
}

func (c *Conn) wakeLocked() {
	if c.onLoop {
		c.continueLocked()
	}
	if c.wake != nil {
		close(c.wake)
		c.wake = nil
	}
}

// buffer is bufferSize bytes from a pool.
type buffer []byte

const bufferSize = 8 << 10

var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

func takeBuffer() buffer { return buffers.Get().(*[bufferSize]byte)[:] }

func (b buffer) free() { buffers.Put((*[bufferSize]byte)(b)) }
