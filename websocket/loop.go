package websocket

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"slices"

	"github.com/socketio-go/socketio/internal/evloop"
)

// looped is what a connection on an event loop needs. At rest that is no
// goroutine and no buffer: what is read goes into the loop's buffer and is parsed
// there, and only what is unfinished is kept.
type looped struct {
	handle evloop.Handle
	turn   *evloop.Turn // of the call of Message that is running
	state  *reading     // in a call of Message, or with something unfinished; nil at rest
}

// reading is how far the reading of a connection has come. A turn lends one to
// connections with nothing unfinished.
type reading struct {
	parser parser
	rest   []byte // has been read but not parsed
}

// source is a Conn in the eyes of its loop.
type source Conn

// moveLocked hands a TCP connection to an event loop, where there are any. It
// reports false when the connection stays as it is.
func (c *Conn) moveLocked() bool {
	tcp, ok := c.nc.(*net.TCPConn)
	if !ok || !evloop.Available || c.dead {
		return false
	}
	if err := c.loop.handle.Take(tcp, (*source)(c)); err != nil {
		return false
	}
	c.parser.release()
	if !c.parser.resting() || len(c.rd.pending) > 0 { // Read has left something unfinished
		c.loop.state = &reading{c.parser, c.rd.pending}
		c.again = len(c.rd.pending) > 0
	}
	c.onLoop, c.portable = true, nil
	c.reading = false
	if !c.flushing { // else the writing goroutine comes to its end first
		tcp.Close()
		c.nc = nil
	}
	c.continueLocked()
	return true
}

// Ready is called by the loop.
func (s *source) Ready(t *evloop.Turn, e evloop.Event) {
	c := (*Conn)(s)
	c.mu.Lock()
	if c.finished {
		c.mu.Unlock()
		return
	}
	if e&evloop.Writable != 0 && c.full {
		c.full = false
		c.writeQueueLocked()
		c.loop.end(c.endingLocked())
	}
	c.inEnded = c.inEnded || e&evloop.Ended != 0
	if e&evloop.Readable == 0 || c.reading || c.paused && c.cause == nil {
		c.again = c.again || e&evloop.Readable != 0
		c.mu.Unlock()
		return
	}
	c.reading = true
	c.mu.Unlock()
	c.process(t)
}

// Overdue is called by the loop when Message has not returned in time.
func (s *source) Overdue() {
	c := (*Conn)(s)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.uncorkLocked()
}

// Resume reads on in the goroutine of t. c.reading is set, for it.
func (s *source) Resume(t *evloop.Turn) {
	c := (*Conn)(s)
	c.mu.Lock()
	c.uncorkLocked()
	finished := c.finished
	c.mu.Unlock()
	if finished {
		return // it was Closed that did not return
	}
	if c.loop.turn != nil { // a call was given up, and has its parser still
		rest := c.loop.state.rest
		c.loop.turn = nil
		c.hold(t, borrow(t, c), rest)
	}
	if c.holdsBack() && !c.readOn(t, true) {
		return
	}
	c.process(t)
}

// continueLocked reads in a goroutine of its own what the loop has told of
// before, unless somebody reads or it is not wanted yet.
func (c *Conn) continueLocked() {
	if !c.again || c.reading || c.finished || c.paused && c.cause == nil {
		return
	}
	c.again = false
	c.reading = true
	evloop.Detach((*source)(c))
}

// process reads and delivers until nothing is left to read. The caller has set
// c.reading.
func (c *Conn) process(t *evloop.Turn) {
	for {
		r := c.loop.state
		if c.loop.state = nil; r == nil {
			r = borrow(t, c)
		}
		data, more := r.rest, true
		if r.rest = nil; len(data) == 0 {
			n, err := c.loop.handle.Read(t.Buffer())
			if err != nil {
				c.finish(t, err)
				return
			}
			data, more = t.Buffer()[:n], n == len(t.Buffer())
		}
		if !c.parse(t, r, data) || !c.readOn(t, more) {
			return
		}
	}
}

// readOn decides whether to read once more. If not, c.reading is given back.
func (c *Conn) readOn(t *evloop.Turn, more bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.paused && c.cause == nil {
		c.again, c.reading = true, false
		return false
	}
	more = more || c.loop.state != nil && len(c.loop.state.rest) > 0 // a pause that is over already has left it
	if more && t.Leads() {
		t.Again((*source)(c)) // others come first
		c.reading = false
		return false
	}
	if more || c.again || c.inEnded {
		c.again = false
		return true
	}
	c.reading = false
	return false
}

// parse delivers what is in data. It reports false when the reading side belongs
// to somebody else now.
func (c *Conn) parse(t *evloop.Turn, r *reading, data []byte) bool {
	for len(data) > 0 && !c.ended {
		n, ev, err := r.parser.next(data)
		data = data[n:]
		if err != nil {
			c.ended = true
			c.violated(err.(*violation))
			break
		}
		if (ev.op == opText || ev.op == opBinary) && !c.call(t, r, ev, data) {
			return false
		}
		c.control(ev)
		if len(data) > 0 && c.holdsBack() {
			break
		}
	}
	c.hold(t, r, data)
	c.mu.Lock()
	c.uncorkLocked()
	c.mu.Unlock()
	return true
}

// maxSpare is the largest buffer that a turn keeps for the next message.
const maxSpare = 64 << 10

func borrow(t *evloop.Turn, c *Conn) *reading {
	r, ok := t.Local.(*reading)
	if !ok {
		r = new(reading)
		t.Local = r
	}
	var spare []byte
	if cap(r.parser.assembly) <= maxSpare {
		spare = r.parser.assembly[:0]
	}
	r.parser = parser{client: c.client, limit: c.limit, deflate: c.deflate, assembly: spare}
	return r
}

// hold remembers an unfinished message, and a copy of what is not to be parsed yet.
func (c *Conn) hold(t *evloop.Turn, r *reading, rest []byte) {
	if c.ended || r.parser.resting() && len(rest) == 0 {
		c.loop.state = nil
		return
	}
	r.parser.release()
	r.rest = bytes.Clone(rest)
	if r == t.Local {
		held := *r
		*r = reading{}
		r = &held
	}
	c.loop.state = r
}

// call delivers one message. rest is what follows it.
func (c *Conn) call(t *evloop.Turn, r *reading, ev event, rest []byte) bool {
	c.mu.Lock()
	h, wanted := c.handler, c.cause == nil
	c.corked = c.corked || len(rest) > 0 && t.Leads() // else nobody notices that Message blocks
	c.mu.Unlock()
	if !wanted {
		return true
	}
	// If the call is overdue, somebody else goes on from here. The parser is at
	// rest between two messages and needs not be handed over.
	r.rest, c.loop.state, c.loop.turn = rest, r, t
	t.Enter((*source)(c))
	h.Message(c, MessageType(ev.op), ev.payload)
	if !t.Leave() {
		return false
	}
	r.rest, c.loop.state, c.loop.turn = nil, nil, nil
	return true
}

func (c *Conn) control(ev event) {
	switch ev.op {
	case opPing:
		c.sendPong(ev.payload)
	case opClose:
		c.ended = true
		c.peerClosed(ev.payload)
	}
}

// holdsBack reports whether nothing is to be delivered for now.
func (c *Conn) holdsBack() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.paused && c.cause == nil
}

// finish is called with the end of what can be read, and ends the connection once
// everything is sent.
func (c *Conn) finish(t *evloop.Turn, err error) {
	if err == io.EOF {
		if c.awaitQueue() {
			return
		}
		err = io.ErrUnexpectedEOF
	}
	c.fail(fmt.Errorf("websocket: read: %w", err))
	c.mu.Lock()
	c.finished = true
	c.loop.handle.Close()
	c.loop.state = nil
	h := c.handler
	c.mu.Unlock()
	t.Enter((*source)(c))
	h.Closed(c, c.cause)
	t.Leave()
}

// awaitQueue reports whether a closing connection has to send more before it can
// end: the peer that has ended its direction may still be reading.
func (c *Conn) awaitQueue() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closing || c.dead || !c.flushing && !c.waitingLocked() {
		return false
	}
	c.again, c.reading = true, false
	return true
}

// writeNowLocked writes what the network takes at once and returns how much. If
// that is not all, the loop calls when it takes more, or the connection is dead.
func (c *Conn) writeNowLocked(frames []byte) int {
	n, err := c.loop.handle.Write(frames)
	if err != nil {
		c.failLocked(fmt.Errorf("websocket: write: %w", err))
		return 0
	}
	c.full = n < len(frames)
	return n
}

// waitingLocked reports whether something has not been written.
func (c *Conn) waitingLocked() bool { return len(c.queue) > 0 || c.pong != nil }

// writeQueueLocked writes what the network takes. A batch of messages gathers
// its answers up to a size.
func (c *Conn) writeQueueLocked() {
	if c.flushing || c.full || c.corked && c.queued < batchSize {
		return
	}
	for c.waitingLocked() {
		if c.pong != nil && !c.partial {
			c.writePongLocked()
		} else {
			c.dropLocked(c.writeNowLocked(c.nextPieceLocked()))
		}
		if c.full {
			return
		}
	}
	c.queue = nil
	c.continueLocked()
}

// writePongLocked lets another pong take the place of this one as long as the
// network has taken nothing of it.
func (c *Conn) writePongLocked() {
	n := c.writeNowLocked(c.pong)
	if n == 0 {
		return
	}
	if rest := c.pong[n:]; len(rest) > 0 {
		c.queue = slices.Insert(c.queue, 0, rest)
		c.queued += len(rest)
		c.partial = true
	}
	c.pong = nil
}

// nextPieceLocked is the first of the queue, or several small ones joined.
func (c *Conn) nextPieceLocked() []byte {
	n, size := 0, 0
	for n < len(c.queue) && len(c.queue[n]) <= joinBelow && size+len(c.queue[n]) <= batchSize {
		size += len(c.queue[n])
		n++
	}
	if n < 2 {
		return c.queue[0]
	}
	piece := make([]byte, 0, size)
	for _, frames := range c.queue[:n] {
		piece = append(piece, frames...)
	}
	return piece
}

// joinBelow is the size of a frame from which copying costs more than a call.
const joinBelow = 16 << 10

// dropLocked takes n written bytes off the queue.
func (c *Conn) dropLocked(n int) {
	c.queued -= n
	for n > 0 {
		c.partial = false
		if first := c.queue[0]; n < len(first) {
			c.queue[0], c.partial = first[n:], true
			return
		}
		n -= len(c.queue[0])
		c.queue[0] = nil
		c.queue = c.queue[1:]
	}
}

// uncorkLocked writes what a batch of messages has gathered.
func (c *Conn) uncorkLocked() {
	if !c.corked {
		return
	}
	c.corked = false
	if c.waitingLocked() {
		c.writeQueueLocked()
		c.loop.end(c.endingLocked())
	}
}

// end is called with the lock held: nothing here waits.
func (l *looped) end(e ending) {
	switch e {
	case endAll:
		l.handle.Shutdown(true)
	case endWriting:
		l.handle.Shutdown(false)
	}
}

// Own makes p, the payload of the Handler.Message that is running, the caller's,
// who may keep and change it: without a copy where it lies alone in a buffer, as
// large messages do. It is for the goroutine of the call, once, before Release.
func (c *Conn) Own(p []byte) []byte {
	if c.portable != nil {
		return c.parser.take(p)
	}
	return c.loop.state.parser.take(p)
}

// Release says, from inside of Handler.Message, that the rest of this call will
// not touch the connection's reading: from then on the next messages may be
// delivered, and Closed be called, while this call is still running, if it takes
// longer than a moment. With it a handler can wait for something that the same
// connection will bring. ok is false when nobody could take over: then the call
// must return soon, as ever. The payload stays valid until it returns. Release is
// for once in a call, and for the goroutine of the call.
func (c *Conn) Release() (call Released, ok bool) {
	t := c.loop.turn
	if t == nil || !t.Release() {
		return Released{}, false
	}
	return Released{t}, true
}

// Released is a call of Handler.Message that was released.
type Released struct{ turn *evloop.Turn }

// Overtaken reports whether somebody has taken the reading over because the call
// lasts too long. It is valid until the call returns.
func (r Released) Overtaken() bool { return r.turn.Late() }
