package websocket

// HeaderRoom is the number of bytes that [PrepareBuffer] needs in front of the
// payload: the longest header a server sends.
const HeaderRoom = 10

// Prepared is a message framed once, for any number of connections. It is
// immutable and may be copied and used concurrently. The zero value holds no
// message; [Conn.WritePrepared] skips it.
type Prepared struct {
	frame  []byte // unmasked, header first
	header uint8  // bytes of it
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

// Payload returns the message without its header. It must not be changed.
func (p *Prepared) Payload() []byte { return p.frame[p.header:] }

func (p *Prepared) op() byte { return p.frame[0] & opBits }
