package websocket

import "encoding/binary"

// parser turns the bytes of one direction into messages and control frames.
// It does no I/O and takes no lock: it is fed by whoever reads. A message that
// lies whole in what is fed is unmasked and returned where it lies; only an
// unfinished one is kept, in a buffer that grows with what has arrived and
// never with what was announced.
//
// The zero value with a limit is ready, for the side named by client.
type parser struct {
	client  bool // this side is the client: frames must come unmasked
	limit   int64
	deflate *deflate // nil unless negotiated

	// The frame under way.
	head   [maxHeader]byte
	nhead  uint8
	inBody bool
	op     byte
	fin    bool
	key    uint32
	left   int64 // payload bytes still to come

	// The message under way; control frames may come between its fragments.
	message   byte // its opcode, 0 between messages
	packed    bool // it is compressed
	text      utf8Stream
	assembly  []byte
	delivered bool // assembly was returned and is free at the next call, unless taken
	control   []byte

	err error
}

// event is a whole message or control frame; op 0 is none.
type event struct {
	op      byte
	payload []byte
}

// violation is how the peer broke the protocol, and the code to close with.
type violation struct {
	code StatusCode
	text string
}

func (v *violation) Error() string { return "websocket: " + v.text }

func broken(text string) error { return &violation{StatusProtocolError, text} }

var (
	errNotUTF8 = &violation{StatusInvalidPayload, "a text message is not UTF-8"}
	errTooBig  = &violation{StatusMessageTooBig, "the message is larger than the limit"}
)

// next takes bytes from the front of b until something is complete, and says
// how many. It changes b. The payload it returns lies in b or in the parser and
// is valid until the next call. An event of op 0 means that all of b is taken.
// Errors are violations and stay.
func (p *parser) next(b []byte) (int, event, error) {
	if p.delivered {
		p.delivered = false
		p.assembly = p.assembly[:0]
	}
	n := 0
	for n < len(b) && p.err == nil {
		if !p.inBody {
			var k int
			k, p.err = p.header(b[n:])
			n += k
		}
		if p.err != nil || !p.inBody {
			break
		}
		rest := b[n:]
		rest = rest[:min(int64(len(rest)), p.left):len(rest)]
		n += len(rest)
		var ev event
		ev, p.err = p.body(rest)
		if p.err == nil && ev.op != 0 {
			return n, ev, nil
		}
	}
	return n, event{}, p.err
}

// resting reports whether nothing is under way.
func (p *parser) resting() bool {
	return p.nhead == 0 && !p.inBody && p.message == 0
}

// release lets go of the assembly buffer if nothing is under way. It ends the
// validity of the last payload.
func (p *parser) release() {
	if p.message == 0 {
		p.assembly, p.delivered = nil, false
	}
}

// take makes p the caller's, who got it with the last event: p itself if it lies
// alone in a buffer that is not much larger, otherwise a copy.
func (p *parser) take(payload []byte) []byte {
	n := len(payload)
	if !p.delivered || n == 0 || &payload[0] != &p.assembly[0] || cap(p.assembly) > n+n/4 {
		return append([]byte{}, payload...)
	}
	p.delivered, p.assembly = false, nil
	return payload[:n:n]
}

// header takes header bytes and, with the last of them, begins the body.
func (p *parser) header(b []byte) (int, error) {
	n := p.collect(b, 2)
	if p.nhead < 2 {
		return n, nil
	}
	if err := p.checkStart(); err != nil {
		return n, err
	}
	size := p.size()
	n += p.collect(b[n:], size)
	if int(p.nhead) < size {
		return n, nil
	}
	return n, p.begin()
}

// collect copies bytes into head until it holds size of them.
func (p *parser) collect(b []byte, size int) int {
	if int(p.nhead) >= size {
		return 0
	}
	n := copy(p.head[p.nhead:size], b)
	p.nhead += uint8(n)
	return n
}

// size is the header's length, told by its first two bytes.
func (p *parser) size() int {
	size := 2
	switch p.head[1] & lengthBits {
	case length16:
		size += 2
	case length64:
		size += 8
	}
	if p.head[1]&maskBit != 0 {
		size += 4
	}
	return size
}

// checkStart judges the first two bytes (RFC 6455 section 5.2).
func (p *parser) checkStart() error {
	op := p.head[0] & opBits
	fin := p.head[0]&finBit != 0
	length := p.head[1] & lengthBits
	masked := p.head[1]&maskBit != 0
	switch {
	case p.head[0]&rsvBits != 0 && !p.mayBePacked(op):
		return broken("reserved bits are set")
	case masked && p.client:
		return broken("a frame from the server is masked")
	case !masked && !p.client:
		return broken("a frame from the client is not masked")
	case op > opPong || op > opBinary && op < opClose:
		return broken("reserved opcode")
	case op >= opClose && !fin:
		return broken("a control frame is fragmented")
	case op >= opClose && length > maxControl:
		return broken("a control frame is longer than 125 bytes")
	case op == opContinuation && p.message == 0:
		return broken("a continuation frame without a message")
	case (op == opText || op == opBinary) && p.message != 0:
		return broken("a new message inside a fragmented one")
	}
	return nil
}

// mayBePacked reports whether the reserved bits are those of a compressed message.
func (p *parser) mayBePacked(op byte) bool {
	return p.deflate != nil && p.head[0]&rsvBits == rsv1 && (op == opText || op == opBinary)
}

// begin reads the whole header.
func (p *parser) begin() error {
	ext := p.head[2:]
	switch length := p.head[1] & lengthBits; length {
	case length16:
		p.left, ext = int64(binary.BigEndian.Uint16(ext)), ext[2:]
	case length64:
		p.left, ext = int64(binary.BigEndian.Uint64(ext)), ext[8:]
	default:
		p.left = int64(length)
	}
	p.key = 0
	if p.head[1]&maskBit != 0 {
		p.key = binary.LittleEndian.Uint32(ext)
	}
	p.op, p.fin = p.head[0]&opBits, p.head[0]&finBit != 0
	p.nhead, p.inBody = 0, true
	if p.left < 0 {
		return broken("the highest bit of a frame's length is set")
	}
	if p.op >= opClose {
		return nil
	}
	if p.op != opContinuation {
		p.message, p.packed = p.op, p.head[0]&rsv1 != 0
	}
	if p.left > p.mostBytes()-int64(len(p.assembly)) {
		return errTooBig
	}
	return nil
}

// mostBytes is how many bytes the message under way may take before it is
// decompressed: what cannot be compressed becomes a little longer.
func (p *parser) mostBytes() int64 {
	if p.packed {
		return p.limit + p.limit>>10 + 64
	}
	return p.limit
}

// body takes b, which does not reach beyond the frame.
func (p *parser) body(b []byte) (event, error) {
	if p.key != 0 {
		p.key = mask(p.key, b)
	}
	p.left -= int64(len(b))
	p.inBody = p.left > 0
	if p.op >= opClose {
		return p.controlBody(b)
	}
	end := p.fin && !p.inBody
	if p.message == opText && !p.packed && (!p.text.write(b) || end && !p.text.end()) {
		return event{}, errNotUTF8
	}
	if !end {
		p.assemble(b)
		return event{}, nil
	}
	ev := event{op: p.message, payload: b}
	p.message = 0
	if len(p.assembly) > 0 {
		p.assemble(b)
		ev.payload, p.delivered = p.assembly, true
	}
	if p.packed {
		return p.unpack(ev)
	}
	return ev, nil
}

// unpack replaces the payload of a compressed message.
func (p *parser) unpack(ev event) (event, error) {
	var dst []byte
	if !p.delivered {
		dst = p.assembly[:0] // the payload is somewhere else
	}
	var err error
	p.assembly, err = p.deflate.decompress(dst, ev.payload, ev.op == opText, p.limit)
	ev.payload, p.delivered = p.assembly, true
	return ev, err
}

func (p *parser) controlBody(b []byte) (event, error) {
	if p.inBody {
		p.control = append(p.control, b...)
		return event{}, nil
	}
	if len(p.control) > 0 {
		b = append(p.control, b...)
		p.control = nil
	}
	if p.op == opClose {
		if err := checkClosePayload(b); err != nil {
			return event{}, err
		}
	}
	return event{op: p.op, payload: b}, nil
}

// minAssembly keeps the first pieces of a message from growing the buffer in
// small steps.
const minAssembly = 1 << 10

// assemble appends b to the unfinished message. The end of the message is known
// in its last frame, so that the buffer need not outgrow it.
func (p *parser) assemble(b []byte) {
	need := int64(len(p.assembly) + len(b))
	if need > int64(cap(p.assembly)) {
		size := min(max(2*need, minAssembly), p.mostBytes())
		if p.fin {
			size = min(size, need+p.left)
		}
		grown := make([]byte, len(p.assembly), size)
		copy(grown, p.assembly)
		p.assembly = grown
	}
	p.assembly = append(p.assembly, b...)
}
