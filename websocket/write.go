package websocket

import (
	"errors"
	"fmt"
	"net"
	"slices"
)

// ErrSlowConsumer is returned by the writing methods when what they were to
// queue would exceed [Options].WriteBudget. None of it is queued, and the
// connection stays as it is.
const ErrSlowConsumer constError = "websocket: slow consumer: the write budget is used up"

type constError string

func (e constError) Error() string { return string(e) }

var errWriteClosed = fmt.Errorf("websocket: write: %w", net.ErrClosed)

// batchSize is the number of bytes handed to the network in one call, if there
// are more: Buffered falls in steps of that.
const batchSize = 128 << 10

// Write queues a copy of p as one message and returns; it never waits for the
// network. Messages leave in the order of the calls. It may be called
// concurrently with everything. Its error is ErrSlowConsumer, or matches
// [net.ErrClosed] once the connection is closing or closed. When nothing is
// queued a message may be larger than the budget.
func (c *Conn) Write(t MessageType, p []byte) error {
	if t != Text && t != Binary {
		return errors.New("websocket: invalid message type")
	}
	if c.deflate != nil || len(p) > joinBelow {
		borrowed := Borrow(t, p)
		return c.WritePrepared(&borrowed)
	}
	return c.send(newFrame(byte(t), p, c.client))
}

// Ping queues a ping with at most 125 bytes of p. Pongs are not reported. Its
// other errors are those of [Conn.Write].
func (c *Conn) Ping(p []byte) error {
	if len(p) > maxControl {
		return errors.New("websocket: a ping is at most 125 bytes")
	}
	return c.send(newFrame(opPing, p, c.client))
}

// WritePrepared queues all of ps, with nothing between them, or none. A server
// shares their bytes with every other connection; a client has to mask a copy.
// Errors and concurrency are those of [Conn.Write].
func (c *Conn) WritePrepared(ps ...*Prepared) error {
	if c.deflate != nil {
		return c.writeCompressed(ps)
	}
	size := 0
	for _, p := range ps {
		size += p.size()
	}
	if c.client {
		return c.writeMasked(ps, size)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.admitLocked(size); err != nil {
		return err
	}
	for _, p := range ps {
		c.enqueueLocked(p.frame, p.body)
	}
	return nil
}

func (c *Conn) writeMasked(ps []*Prepared, size int) error {
	frames := make([]byte, 0, size+4*len(ps))
	for _, p := range ps {
		if p.size() > 0 {
			frames = appendFrame(frames, p.op(), p.Payload(), true)
		}
	}
	return c.send(frames)
}

// writeCompressed queues the compressed forms of those messages that gain by it.
func (c *Conn) writeCompressed(ps []*Prepared) error {
	d := c.deflate
	var before [outHistory]byte
	var kept int
	if d.out.takeover {
		d.mu.Lock()
		defer d.mu.Unlock()
		kept = copy(before[:], d.out.history)
	}
	frames := make([][]byte, len(ps))
	size := 0
	for i, p := range ps {
		frames[i] = d.frame(p, c.client)
		size += len(frames[i])
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.admitLocked(size); err != nil {
		if d.out.takeover { // the peer will never know of them
			d.out.history = append(d.out.history[:0], before[:kept]...)
		}
		return err
	}
	for _, frame := range frames {
		c.enqueueLocked(frame, nil)
	}
	return nil
}

// Buffered returns the number of bytes that are queued and not yet taken by the
// network. It is 0 on a connection that would send a message at once. Automatic
// pongs do not count: at most one waits at any time.
func (c *Conn) Buffered() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.queued
}

// send queues whole frames.
func (c *Conn) send(frames []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.admitLocked(len(frames)); err != nil || len(frames) == 0 {
		return err
	}
	c.enqueueLocked(frames, nil)
	return nil
}

func (c *Conn) admitLocked(size int) error {
	if c.cause != nil {
		return errWriteClosed
	}
	if c.queued > 0 && size > c.writeBudget-c.queued {
		return ErrSlowConsumer
	}
	return nil
}

// enqueueLocked takes frames, and the borrowed payload of the last of them.
func (c *Conn) enqueueLocked(frames, borrowed []byte) {
	size := len(frames) + len(borrowed)
	if c.dead || size == 0 {
		return
	}
	if c.onLoop && !c.corked && !c.flushing && !c.waitingLocked() {
		n := c.writeNowLocked(frames)
		if n == len(frames) && len(borrowed) > 0 && !c.dead {
			n += c.writeNowLocked(borrowed)
		}
		if n == size || c.dead {
			return
		}
		c.partial = n > 0
		k := min(n, len(frames))
		frames, borrowed = frames[k:], borrowed[n-k:]
	}
	if len(borrowed) > 0 {
		frames = slices.Concat(frames, borrowed)
	}
	c.queue = append(c.queue, frames)
	c.queued += len(frames)
	c.flushLocked()
}

// sendPong answers a ping. Of several unanswered pings only the last needs an
// answer (RFC 6455 section 5.5.3), so that a peer that pings and does not read
// costs one frame.
func (c *Conn) sendPong(payload []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause != nil {
		return
	}
	c.pong = newFrame(opPong, payload, c.client)
	c.flushLocked()
}

func (c *Conn) flushLocked() {
	if c.onLoop {
		c.writeQueueLocked()
		return
	}
	if !c.flushing {
		c.flushing = true
		go c.flush()
	}
}

// flush writes until nothing is queued. It is the only writer of the network
// connection, and a goroutine of its own only as long as there is work.
func (c *Conn) flush() {
	for {
		c.mu.Lock()
		batch, size := c.batchLocked()
		if len(batch) == 0 {
			c.flushing = false
			c.wakeLocked()
			if c.onLoop {
				c.nc.Close()
				c.nc = nil
			}
			c.endUnlock()
			return
		}
		c.mu.Unlock()
		if err := c.writeAll(batch); err != nil {
			c.fail(err)
		}
		c.mu.Lock()
		if !c.dead {
			c.queued -= size
		}
		c.mu.Unlock()
	}
}

// batchLocked takes frames off the queue, and the number of bytes they were
// counted with.
func (c *Conn) batchLocked() (batch net.Buffers, size int) {
	n := 0
	for n < len(c.queue) && (n == 0 || size+len(c.queue[n]) <= batchSize) {
		size += len(c.queue[n])
		n++
	}
	batch, c.queue = c.queue[:n:n], c.queue[n:]
	if len(c.queue) == 0 {
		c.queue = nil
	}
	if c.pong != nil {
		batch = append(net.Buffers{c.pong}, batch...)
		c.pong = nil
	}
	return batch, size
}

// writeAll writes the frames with one system call where there is writev, and
// otherwise as one piece: TLS makes a record of every write.
func (c *Conn) writeAll(batch net.Buffers) error {
	if len(batch) == 1 {
		_, err := c.nc.Write(batch[0])
		return err
	}
	switch c.nc.(type) {
	case *net.TCPConn, *net.UnixConn:
		_, err := batch.WriteTo(c.nc)
		return err
	}
	joined := takeBuffer()
	defer joined.free()
	for len(batch) > 0 {
		n := 0
		for len(batch) > 0 && n < len(joined) {
			k := copy(joined[n:], batch[0])
			n += k
			if batch[0] = batch[0][k:]; len(batch[0]) == 0 {
				batch = batch[1:]
			}
		}
		if _, err := c.nc.Write(joined[:n]); err != nil {
			return err
		}
	}
	return nil
}
