package websocket

import (
	"compress/flate"
	"io"
	"sync"
	"unicode/utf8"
)

// deflate is a negotiated permessage-deflate. Compressors and decompressors are
// borrowed from a pool for each message. What a connection keeps for context
// takeover is only text: the end of what was sent, or received.
type deflate struct {
	threshold int
	level     int

	in stream // belongs to the goroutine that reads

	mu  sync.Mutex // guards out; held until what was compressed is queued
	out stream
}

// stream is one direction.
type stream struct {
	takeover bool
	bits     int // of the window
	history  []byte
}

const (
	rsv1 = 0x40 // of the first frame of a compressed message (RFC 7692 section 6)

	// outHistory is how much of what was sent a connection keeps. Compressing
	// means going through it again: 4 KiB take 10 to 20 µs and find nearly as
	// much as all 32 KiB would.
	outHistory = 4 << 10

	flushTail = "\x00\x00\xff\xff" // ends a flushed block and is not sent (section 7.2.1)
	finalTail = flushTail + "\x01\x00\x00\xff\xff"
)

// remember keeps the end of what passes by.
func (s *stream) remember(p []byte, most int) {
	if !s.takeover {
		return
	}
	if len(p) >= most {
		s.history = append(s.history[:0], p[len(p)-most:]...)
		return
	}
	if over := len(s.history) + len(p) - most; over > 0 {
		s.history = s.history[:copy(s.history, s.history[over:])]
	}
	s.history = append(s.history, p...)
}

// compressor is a flate.Writer and where it writes to.
type compressor struct {
	*flate.Writer
	dst     []byte
	discard bool
}

func (c *compressor) write(p []byte) { // cannot fail, because sink does not
	_, _ = c.Writer.Write(p)
	_ = c.Flush()
}

// sink is a compressor in the eyes of its flate.Writer.
type sink compressor

func (s *sink) Write(p []byte) (int, error) {
	if !s.discard {
		s.dst = append(s.dst, p...)
	}
	return len(p), nil
}

var compressors [10]sync.Pool // by level

func takeCompressor(level int) *compressor {
	if c, ok := compressors[level].Get().(*compressor); ok {
		return c
	}
	c := new(compressor)
	c.Writer, _ = flate.NewWriter((*sink)(c), level) // the level is valid
	return c
}

// compress is for a caller that holds mu if there is context takeover. It makes a
// frame of its own, or returns nil if compression gains nothing: then the message
// is sent as it is, and no part of the context.
func (d *deflate) compress(op byte, p []byte, masked bool) []byte {
	c := takeCompressor(d.level)
	defer compressors[d.level].Put(c)
	buf := takeBuffer()
	defer buf.free()
	c.dst = buf[:0]
	piece := len(p)
	history := d.out.history
	if d.out.bits < maxWindowBits {
		// A compressor that reaches 32 KiB back is only given what the window
		// holds: half of it from before, half of it new.
		piece = 1 << (d.out.bits - 1)
	}
	for at := 0; at < len(p); at += piece {
		if at > 0 {
			history = p[at-piece : at]
		}
		c.begin(history)
		c.write(p[at:min(at+piece, len(p))])
	}
	packed := c.dst[:len(c.dst)-len(flushTail)]
	c.dst = nil
	if len(packed) >= len(p) {
		return nil
	}
	d.out.remember(p, min(outHistory, 1<<(d.out.bits-1)))
	return newFrame(op|rsv1, packed, masked)
}

// frame is the message as it goes out. The caller holds mu if there is context
// takeover.
func (d *deflate) frame(p *Prepared, client bool) []byte {
	if p.size() == 0 {
		return nil
	}
	payload := p.Payload()
	if len(payload) >= d.threshold && !p.plain {
		if frame := d.packed(p, client); frame != nil {
			return frame
		}
	}
	if client || p.body != nil {
		return newFrame(p.op(), payload, client)
	}
	return p.frame
}

// packed is the compressed frame, or nil if compression gains nothing.
func (d *deflate) packed(p *Prepared, client bool) []byte {
	s := p.shared
	if s == nil || client || d.out.takeover || d.out.bits < maxWindowBits {
		return d.compress(p.op(), p.Payload(), client)
	}
	s.once.Do(func() { s.frame = d.compress(p.op(), p.Payload(), false) })
	return s.frame
}

// begin makes what follows refer to history.
func (c *compressor) begin(history []byte) {
	c.Reset((*sink)(c))
	if len(history) > 0 {
		c.discard = true
		c.write(history)
		c.discard = false
	}
}

// decompressor is a flate reader and what it reads from.
type decompressor struct {
	io.Reader
	src []byte
	at  int
}

var decompressors = sync.Pool{New: func() any {
	d := new(decompressor)
	d.Reader = flate.NewReader((*compressed)(d))
	return d
}}

// compressed is the source in the eyes of the flate reader: a message, and behind
// it what makes it end.
type compressed decompressor

func (c *compressed) ReadByte() (byte, error) {
	at := c.at
	c.at++
	switch tail := at - len(c.src); {
	case tail < 0:
		return c.src[at], nil
	case tail < len(finalTail):
		return finalTail[tail], nil
	}
	return 0, io.ErrUnexpectedEOF
}

func (c *compressed) Read(p []byte) (n int, err error) {
	if c.at < len(c.src) {
		n = copy(p, c.src[c.at:])
	} else if tail := c.at - len(c.src); tail < len(finalTail) {
		n = copy(p, finalTail[tail:])
	} else {
		err = io.ErrUnexpectedEOF
	}
	c.at += n
	return n, err
}

// decompress appends the message to dst, which then holds at most limit bytes.
func (d *deflate) decompress(dst, p []byte, text bool, limit int64) ([]byte, error) {
	r := decompressors.Get().(*decompressor)
	defer func() {
		r.src = nil
		decompressors.Put(r)
	}()
	r.src, r.at = p, 0
	history := d.in.history
	for {
		_ = r.Reader.(flate.Resetter).Reset((*compressed)(r), history)
		var err error
		if dst, err = r.readAll(dst, limit); err != nil {
			return dst, err
		}
		if r.at >= len(p) {
			break
		}
		// A block said that it was the last, and another one follows.
		history = append(d.in.history[:len(d.in.history):len(d.in.history)], dst...)
		history = history[max(0, len(history)-1<<d.in.bits):]
	}
	if text && !utf8.Valid(dst) {
		return dst, errNotUTF8
	}
	d.in.remember(dst, 1<<d.in.bits)
	return dst, nil
}

// readAll reads to the end of a block that is the last.
func (r *decompressor) readAll(dst []byte, limit int64) ([]byte, error) {
	for {
		if len(dst) == cap(dst) {
			grown := make([]byte, len(dst), min(max(2*int64(len(dst)), 4*int64(len(r.src)), minAssembly), limit+1))
			dst = grown[:copy(grown, dst)]
		}
		n, err := r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		switch {
		case int64(len(dst)) > limit:
			return dst, errTooBig
		case err == io.EOF:
			return dst, nil
		case err != nil:
			return dst, &violation{StatusInvalidPayload, "a compressed message is malformed"}
		}
	}
}
