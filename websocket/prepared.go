package websocket

import "sync"

// HeaderRoom is the number of bytes that [PrepareBuffer] needs in front of the
// payload: the longest header a server sends.
const HeaderRoom = 10

// Prepared is a message framed once, for any number of connections. It is
// immutable and may be copied and used concurrently. The zero value holds no
// message; [Conn.WritePrepared] skips it.
type Prepared struct {
	frame  []byte // unmasked, header first; the header alone if the payload is borrowed
	body   []byte // a borrowed payload
	header uint8  // bytes of it
	plain  bool   // not to be compressed
	shared *packed
}

// packed is the compressed frame that copies of a Prepared share.
type packed struct {
	once  sync.Once
	frame []byte // nil if compression gains nothing
}

// Prepare frames a copy of p.
func Prepare(t MessageType, p []byte) *Prepared {
	buf := make([]byte, HeaderRoom+len(p))
	copy(buf[HeaderRoom:], p)
	prepared := PrepareBuffer(t, buf)
	return &prepared
}

// PrepareBuffer frames the payload buf[HeaderRoom:] without a copy: the header
// goes right in front of it, into the room. It takes ownership of buf, which
// nobody may change from then on, and panics if buf is shorter than HeaderRoom.
func PrepareBuffer(t MessageType, buf []byte) Prepared {
	n := len(buf) - HeaderRoom
	size := headerSize(n, false)
	frame := buf[HeaderRoom-size:]
	appendHeader(frame[:0], byte(t), n, false)
	return Prepared{frame: frame, header: uint8(size)}
}

// Borrow frames p where it lies, which is for large messages to one connection:
// what the network takes at once is never copied. The result is valid only as
// long as nobody changes p. WritePrepared does not keep it.
func Borrow(t MessageType, p []byte) Prepared {
	size := headerSize(len(p), false)
	return Prepared{frame: appendHeader(make([]byte, 0, size), byte(t), len(p), false), body: p, header: uint8(size)}
}

// Plain returns the message with the wish not to compress it.
func (p Prepared) Plain() Prepared {
	p.plain = true
	return p
}

// Share returns the message ready for many connections that compress: it is
// compressed once, for all that have no context takeover.
func (p Prepared) Share() Prepared {
	p.shared = new(packed)
	return p
}

// Payload returns the message without its header. It must not be changed.
func (p *Prepared) Payload() []byte {
	if p.body != nil {
		return p.body
	}
	return p.frame[p.header:]
}

func (p *Prepared) op() byte { return p.frame[0] & opBits }

// size is the number of bytes on the wire, without masking or compression.
func (p *Prepared) size() int { return len(p.frame) + len(p.body) }
