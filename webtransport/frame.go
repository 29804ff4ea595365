package webtransport

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// A frame of a client's stream (EIO-082) is a byte with the kind and the length, up to eight bytes more of
// length, and the payload. A frame of a WebSocket (RFC 6455 section 5.2) says the same in other words, so
// what is here translates heads and passes payloads on.
const (
	binaryFlag = 0x80 // of the first byte of a stream's frame; nothing for text
	maxLength  = 1<<53 - 1

	final      = 0x80 // of the first byte of a WebSocket's frame
	opText     = 1
	opBinary   = 2
	opClose    = 8
	maskFlag   = 0x80 // of the second; a mask of four zeros follows, which changes nothing
	shortest16 = 126  // lengths from here take two bytes more
	shortest64 = 1 << 16
)

var (
	errTooLong  = errors.New("webtransport: a frame is longer than 2^53-1 bytes")
	errResponse = errors.New("webtransport: what was written is no response to an upgrade")
	errFragment = errors.New("webtransport: a frame is a fragment")
)

// appendLength appends the first byte and the length of either kind of frame. flag belongs to the byte that
// holds the length: the first of a stream's frame, the second of a WebSocket's.
func appendLength(b []byte, flag byte, length uint64) []byte {
	switch {
	case length < shortest16:
		return append(b, flag|byte(length))
	case length < shortest64:
		return binary.BigEndian.AppendUint16(append(b, flag|126), uint16(length))
	}
	return binary.BigEndian.AppendUint64(append(b, flag|127), length)
}

// lengthSize is how many bytes follow a byte that holds a length.
func lengthSize(b byte) int {
	switch b & 0x7f {
	case 126:
		return 2
	case 127:
		return 8
	}
	return 0
}

// length reads what appendLength appended.
func length(b []byte) uint64 {
	switch len(b) {
	case 3:
		return uint64(binary.BigEndian.Uint16(b[1:]))
	case 9:
		return binary.BigEndian.Uint64(b[1:])
	}
	return uint64(b[0] & 0x7f)
}

// decoder reads the frames of a stream as those that a WebSocket client sends.
type decoder struct {
	r    *bufio.Reader
	head []byte // of a frame of a WebSocket, to be read
	left uint64 // of its payload, to be read behind head
}

// next reads the head of a frame.
func (d *decoder) next() (isBinary bool, size uint64, err error) {
	first, err := d.r.Peek(1)
	if err != nil {
		return false, 0, err
	}
	isBinary = first[0]&binaryFlag != 0
	head, err := d.r.Peek(1 + lengthSize(first[0]))
	if err != nil {
		return false, 0, err
	}
	size = length(head)
	if size > maxLength {
		return false, 0, errTooLong
	}
	_, _ = d.r.Discard(len(head))
	return isBinary, size, nil
}

// ready reports whether the head of a frame can be read without waiting.
func (d *decoder) ready() bool {
	if d.r.Buffered() == 0 {
		return false
	}
	first, _ := d.r.Peek(1)
	return d.r.Buffered() > lengthSize(first[0])
}

// Read reads whole frames as far as they have arrived and p has room.
func (d *decoder) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(d.head) == 0 && d.left == 0 {
			if n > 0 && !d.ready() {
				break
			}
			isBinary, size, err := d.next()
			if err != nil {
				return n, err
			}
			op := byte(opText)
			if isBinary && size > 0 { // an empty frame is an error (EIO-084), which an empty text is to the engine
				op = opBinary
			}
			d.head = append(appendLength(append(d.head, final|op), maskFlag, size), 0, 0, 0, 0)
			d.left = size
		}
		k := copy(p[n:], d.head)
		n += k
		d.head = d.head[:copy(d.head, d.head[k:])]
		if n == len(p) || d.left == 0 {
			continue
		}
		if n > 0 && d.r.Buffered() == 0 {
			break
		}
		rest := p[n:]
		if uint64(len(rest)) > d.left {
			rest = rest[:d.left]
		}
		k, err = d.r.Read(rest)
		n += k
		d.left -= uint64(k)
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// encoder writes what a WebSocket server sends to a stream.
type encoder struct {
	w        io.Writer
	upgraded bool   // the response to the upgrade, which is none of the client's, has gone by
	head     []byte // of a frame of a WebSocket, as far as it has come
	left     uint64 // of its payload
	drop     bool   // the payload is of a control frame
	closed   bool   // the close frame has come
}

func (e *encoder) Write(p []byte) (int, error) {
	written := len(p)
	if !e.upgraded {
		var found bool
		if _, p, found = bytes.Cut(p, []byte("\r\n\r\n")); !found {
			return 0, errResponse
		}
		e.upgraded = true
	}
	out := make([]byte, 0, len(p))
	for len(p) > 0 {
		if e.left == 0 {
			e.head, p = append(e.head, p[0]), p[1:]
			if len(e.head) < 2 || len(e.head) < 2+lengthSize(e.head[1]) {
				continue
			}
			var err error
			if out, err = e.begin(out); err != nil {
				return 0, err
			}
			continue
		}
		k := len(p)
		if uint64(k) > e.left {
			k = int(e.left)
		}
		if !e.drop {
			out = append(out, p[:k]...)
		}
		p = p[k:]
		e.left -= uint64(k)
	}
	if len(out) > 0 {
		if _, err := e.w.Write(out); err != nil {
			return 0, err
		}
	}
	return written, nil
}

// begin takes a head that has come whole.
func (e *encoder) begin(out []byte) ([]byte, error) {
	op := e.head[0] & 0x0f
	if e.head[0]&final == 0 || op == 0 {
		return nil, errFragment
	}
	e.left = length(e.head[1:])
	e.head = e.head[:0]
	switch op {
	case opText:
		out = appendLength(out, 0, e.left)
	case opBinary:
		out = appendLength(out, binaryFlag, e.left)
	case opClose:
		e.closed = true
	}
	e.drop = op > opBinary
	return out, nil
}
