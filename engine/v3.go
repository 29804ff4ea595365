//go:build !js

package engine

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"unicode/utf8"
)

// Protocol v3 is that of Socket.IO 2 clients (reference 1.3). It differs in how
// payloads are cut into packets, in the byte in front of binary messages, and in
// who pings whom.

// v3Message is what a binary message begins with.
const v3Message = typeMessage - '0'

// v3 is the binary form of a binary message.
func (m *Message) v3() Message {
	p := m.frame.Payload()
	buf := append(make([]byte, headerRoom, headerRoom+1+len(p)), v3Message)
	return Message{frame: makeFrame(append(buf, p...), true), binary: true}
}

// v3Base64 is its text form (EIO-034).
func (m *Message) v3Base64() Message {
	p := m.frame.Payload()
	buf := append(make([]byte, headerRoom, headerRoom+2+base64.StdEncoding.EncodedLen(len(p))), typeBinary, typeMessage)
	return Message{frame: makeFrame(base64.StdEncoding.AppendEncode(buf, p), false)}
}

// appendPayloadV3 appends packets the way polling carries them: with their lengths,
// as text or, if some are binary and the client can, as bytes (EIO-032, EIO-033).
func appendPayloadV3(dst []byte, ms []Message, textOnly bool) (payload []byte, binary bool) {
	for i := range ms {
		binary = binary || ms[i].binary && !textOnly
	}
	for _, m := range ms {
		switch {
		case m.binary && binary:
			m = m.v3()
		case m.binary:
			m = m.v3Base64()
		}
		p := m.frame.Payload()
		if !binary {
			dst = append(strconv.AppendInt(dst, int64(utf16Len(p)), 10), ':')
			dst = append(dst, p...)
			continue
		}
		kind := byte(0)
		if m.binary {
			kind = 1
		}
		dst = append(dst, kind)
		for _, digit := range strconv.Itoa(len(p)) {
			dst = append(dst, byte(digit-'0'))
		}
		dst = append(append(dst, 0xff), p...)
	}
	return dst, binary
}

// utf16Len is the length of text in JavaScript.
func utf16Len(p []byte) (n int) {
	for len(p) > 0 {
		r, size := utf8.DecodeRune(p)
		p = p[size:]
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

// cutV3 takes the first packet off a text payload. ok is false where the length is
// not that of what follows.
func cutV3(payload []byte) (packet, rest []byte, ok bool) {
	n, digits := 0, 0
	for digits < len(payload) && payload[digits] >= '0' && payload[digits] <= '9' && n < 1<<30 {
		n = 10*n + int(payload[digits]-'0')
		digits++
	}
	if digits == 0 || digits == len(payload) || payload[digits] != ':' {
		return nil, nil, false
	}
	payload = payload[digits+1:]
	end := 0
	for ; n > 0 && end < len(payload); n-- {
		r, size := utf8.DecodeRune(payload[end:])
		end += size
		if r > 0xffff {
			n--
		}
	}
	return payload[:end], payload[end:], n == 0
}

// cutBinaryV3 takes the first packet off a binary payload.
func cutBinaryV3(payload []byte) (packet []byte, binary bool, rest []byte, ok bool) {
	if len(payload) == 0 || payload[0] > 1 {
		return nil, false, nil, false
	}
	n, i := 0, 1
	for ; i < len(payload) && payload[i] <= 9 && n < 1<<30; i++ {
		n = 10*n + int(payload[i])
	}
	if i == 1 || i == len(payload) || payload[i] != 0xff || n > len(payload)-i-1 {
		return nil, false, nil, false
	}
	end := i + 1 + n
	return payload[i+1 : end], payload[0] == 1, payload[end:], true
}

// deliverV3 hands the packets of a payload over, up to the first bad one.
func (s *Session) deliverV3(body []byte, binary bool, between func()) {
	for more := true; more; more = len(body) > 0 {
		var packet []byte
		isBinary, ok := false, false
		if binary {
			packet, isBinary, body, ok = cutBinaryV3(body)
		} else {
			packet, body, ok = cutV3(body)
		}
		s.received(len(packet))
		switch {
		case !ok:
			s.close(ParseError, Error("payload of wrong length"), true)
			return
		case binary && !isBinary && !utf8.Valid(packet):
			s.close(ParseError, Error("text that is not UTF-8"), true)
			return
		case !binary && len(packet) == 0: // how an empty payload is written
		case isBinary && !s.binaryV3(bytes.Clone(packet)), !isBinary && !s.packet(packet):
			return
		}
		between()
	}
}

// binaryV3 handles one binary packet, which it keeps: only messages are.
func (s *Session) binaryV3(p []byte) bool {
	if len(p) == 0 || p[0] != v3Message {
		s.close(ParseError, Error("unknown packet type"), true)
		return false
	}
	if !s.touch() {
		return false
	}
	s.receiver.Message(s, true, p[1:])
	return true
}
