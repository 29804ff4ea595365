package websocket

import (
	"crypto/rand"
	"encoding/binary"
)

// MessageType tells text messages from binary ones (RFC 6455 section 5.6). Its
// values are the opcodes on the wire; no other value is valid.
type MessageType uint8

const (
	// Text is a message whose bytes are UTF-8. That is checked on what
	// arrives; what is sent is the caller's responsibility.
	Text MessageType = 1
	// Binary is a message of any bytes.
	Binary MessageType = 2
)

// String returns "text" or "binary".
func (t MessageType) String() string {
	switch t {
	case Text:
		return "text"
	case Binary:
		return "binary"
	}
	return "invalid message type"
}

// Opcodes and header bits of RFC 6455 section 5.2.
const (
	opContinuation = 0x0
	opText         = 0x1
	opBinary       = 0x2
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xA

	finBit     = 0x80
	rsvBits    = 0x70
	opBits     = 0x0F
	controlBit = 0x08
	maskBit    = 0x80
	lengthBits = 0x7F

	length16 = 126 // the length follows in 2 bytes
	length64 = 127 // the length follows in 8 bytes

	maxHeader  = 14  // with a 64-bit length and a mask
	maxControl = 125 // payload of a control frame
)

// headerSize is the number of header bytes in front of n payload bytes.
func headerSize(n int, masked bool) int {
	size := 2
	switch {
	case n > 0xFFFF:
		size += 8
	case n > maxControl:
		size += 2
	}
	if masked {
		size += 4
	}
	return size
}

// appendHeader appends a final frame's header except the masking key.
func appendHeader(b []byte, op byte, n int, masked bool) []byte {
	var mask byte
	if masked {
		mask = maskBit
	}
	b = append(b, finBit|op)
	switch {
	case n > 0xFFFF:
		return binary.BigEndian.AppendUint64(append(b, mask|length64), uint64(n))
	case n > maxControl:
		return binary.BigEndian.AppendUint16(append(b, mask|length16), uint16(n))
	}
	return append(b, mask|byte(n))
}

// appendFrame appends one whole frame with a copy of p.
func appendFrame(b []byte, op byte, p []byte, masked bool) []byte {
	b = appendHeader(b, op, len(p), masked)
	if !masked {
		return append(b, p...)
	}
	at := len(b)
	b = append(b, 0, 0, 0, 0)
	rand.Read(b[at:]) // never fails; section 5.3 wants keys nobody can predict
	key := binary.LittleEndian.Uint32(b[at:])
	b = append(b, p...)
	mask(key, b[at+4:])
	return b
}

// newFrame is appendFrame into a buffer of the exact size.
func newFrame(op byte, p []byte, masked bool) []byte {
	size := headerSize(len(p), masked) + len(p)
	return appendFrame(make([]byte, 0, size), op, p, masked)
}
