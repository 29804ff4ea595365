package load

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

const (
	opText   = 1
	opBinary = 2
	opClose  = 8
	opPing   = 9
	opPong   = 10
)

// WebSocket is messages in WebSocket frames, and nothing above.
type WebSocket struct{}

func (WebSocket) Open(c *Conn) { c.requestUpgrade("/") }

func (WebSocket) Read(c *Conn, in []byte) (int, error) {
	if c.stage == stageUpgrade {
		n, err := c.readUpgrade(in)
		if n > 0 {
			c.ready()
		}
		return n, err
	}
	return c.readFrame(in, func(_ bool, data []byte) error {
		c.deliver(data)
		return nil
	})
}

func (WebSocket) Append(_ *Conn, dst []byte, r *Request) []byte {
	op := byte(opText)
	if r.Op == Binary {
		op = opBinary
	}
	return appendFrame(dst, op, "", r.Payload, "")
}

// The stages of a connection over WebSocket; Socket.IO has more.
const (
	stageUpgrade = iota
	stageOpen
	stageConnect
)

func (c *Conn) requestUpgrade(path string) {
	c.write(fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", path))
}

func (c *Conn) readUpgrade(in []byte) (int, error) {
	head, _, found := bytes.Cut(in, []byte("\r\n\r\n"))
	if !found {
		return 0, nil
	}
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 101")) {
		line, _, _ := bytes.Cut(head, []byte("\r\n"))
		return 0, fmt.Errorf("the upgrade was answered with %q", line)
	}
	c.stage = stageOpen
	return len(head) + 4, nil
}

// readFrame takes one frame from the front of in and calls message when that ends one.
func (c *Conn) readFrame(in []byte, message func(text bool, data []byte) error) (int, error) {
	if len(in) < 2 {
		return 0, nil
	}
	at, size := 2, int(in[1]&127)
	switch {
	case size == 126 && len(in) >= 4:
		at, size = 4, int(binary.BigEndian.Uint16(in[2:]))
	case size == 127 && len(in) >= 10:
		at, size = 10, int(binary.BigEndian.Uint64(in[2:]))
	case size >= 126:
		return 0, nil
	}
	if len(in) < at+size {
		return 0, nil
	}
	data := in[at : at+size]
	final, op := in[0]&128 != 0, in[0]&15
	switch {
	case op == opPing:
		c.write(appendFrame(nil, opPong, "", data, ""))
		return at + size, nil
	case op == opPong:
		return at + size, nil
	case op == opClose:
		return 0, errors.New("the server sent a close frame")
	case op != 0:
		c.text = op == opText
	}
	if !final || op == 0 {
		c.message = append(c.message, data...)
		data = c.message
	}
	if !final {
		return at + size, nil
	}
	c.message = c.message[:0]
	return at + size, message(c.text, data)
}

// appendFrame appends a client's frame. The key of its mask is zero: the server
// has to apply it all the same.
func appendFrame(dst []byte, op byte, head string, payload []byte, tail string) []byte {
	const masked = 128
	dst = append(dst, 128|op)
	switch size := len(head) + len(payload) + len(tail); {
	case size < 126:
		dst = append(dst, masked|byte(size))
	case size < 1<<16:
		dst = binary.BigEndian.AppendUint16(append(dst, masked|126), uint16(size))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, masked|127), uint64(size))
	}
	dst = append(dst, 0, 0, 0, 0)
	dst = append(dst, head...)
	dst = append(dst, payload...)
	return append(dst, tail...)
}
