package engine

import "encoding/base64"

// Message is one packet, framed once for all transports and any number of
// sessions. It is immutable. The zero value is not a message.
type Message struct {
	frame    frame
	binary   bool
	plain    bool // not to be compressed
	borrowed bool // the payload is only the caller's for the moment
}

// Plain returns the message with the wish not to compress it.
func (m Message) Plain() Message {
	m.plain, m.frame = true, m.frame.Plain()
	return m
}

// Share returns the message ready to be compressed once for many sessions.
func (m Message) Share() Message {
	m.frame = m.frame.Share()
	return m
}

const textRoom = headerRoom + 1

// TextBuffer returns a buffer to which the text of a message is appended before
// it is given to [TextMessage]. capacity is a guess of the text's length in bytes.
func TextBuffer(capacity int) []byte {
	buf := make([]byte, textRoom, textRoom+capacity)
	buf[textRoom-1] = typeMessage
	return buf
}

// TextMessage makes a text message of a buffer from [TextBuffer], which then
// belongs to the message. The text must be valid UTF-8.
func TextMessage(buf []byte) Message {
	return Message{frame: makeFrame(buf, false)}
}

// BinaryMessage makes a binary message of a copy of p.
func BinaryMessage(p []byte) Message {
	buf := make([]byte, headerRoom, headerRoom+len(p))
	return Message{frame: makeFrame(append(buf, p...), true), binary: true}
}

// BorrowMessage makes a binary message of p itself, which must not change until it
// has been sent: [Session.Send] copies what it has to keep. It is for large
// messages to one session.
func BorrowMessage(p []byte) Message {
	return Message{frame: borrowFrame(p), binary: true, borrowed: true}
}

// Own returns the message in a form that outlives the call it was made for.
func (m Message) Own() Message {
	if !m.borrowed {
		return m
	}
	own := BinaryMessage(m.frame.Payload())
	if m.plain {
		own = own.Plain()
	}
	return own
}

// control makes a packet of another type than message.
func control(packet string) Message {
	buf := make([]byte, headerRoom, headerRoom+len(packet))
	return Message{frame: makeFrame(append(buf, packet...), false)}
}

// base64 is the text form of a binary message (EIO-022).
func (m *Message) base64() Message {
	p := m.frame.Payload()
	buf := make([]byte, headerRoom, headerRoom+1+base64.StdEncoding.EncodedLen(len(p)))
	buf = base64.StdEncoding.AppendEncode(append(buf, typeBinary), p)
	return Message{frame: makeFrame(buf, false)}
}

// Size is what the message counts against the send budget, in bytes.
func (m *Message) Size() int { return len(m.frame.Payload()) }

// polledSize is how many bytes the message takes on polling.
func (m *Message) polledSize() int {
	if m.binary {
		return 1 + base64.StdEncoding.EncodedLen(m.Size())
	}
	return m.Size()
}

// Packet types (reference 1.2).
const (
	typeOpen    = '0'
	typeClose   = '1'
	typePing    = '2'
	typePong    = '3'
	typeMessage = '4'
	typeUpgrade = '5'
	typeNoop    = '6'
	typeBinary  = 'b' // polling: base64 of a binary message
)

const separator = '\x1e'

// appendPayload appends packets the way polling carries them (EIO-022, EIO-023).
func appendPayload(dst []byte, ms []Message) []byte {
	for i := range ms {
		if i > 0 {
			dst = append(dst, separator)
		}
		if ms[i].binary {
			dst = append(dst, typeBinary)
			dst = base64.StdEncoding.AppendEncode(dst, ms[i].frame.Payload())
		} else {
			dst = append(dst, ms[i].frame.Payload()...)
		}
	}
	return dst
}
