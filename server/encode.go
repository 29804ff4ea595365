package server

import (
	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/packet"
)

// encoded is a packet for the transport: text, and attachments if it has any. As
// long as it has none it needs nothing on the heap but the text.
type encoded struct {
	plain bool // not to be compressed
	many  bool // for more than one client that compresses
	one   bool // for one client: large attachments need no copy

	text [1]engine.Message
	all  []engine.Message // text and attachments; nil without attachments
}

func (e *encoded) messages() []engine.Message {
	if e.all != nil {
		return e.all
	}
	return e.text[:]
}

// event encodes an event.
func (e *encoded) event(nsp string, id int64, event string, args []any) error {
	text, attachments, err := packet.AppendEvent(engine.TextBuffer(guess(event, args)), nsp, id, event, args...)
	if err != nil {
		return err
	}
	return e.set(text, attachments)
}

// ack encodes the answer to an event.
func (e *encoded) ack(nsp string, id int64, args []any) error {
	text, attachments, err := packet.AppendAck(engine.TextBuffer(guess("", args)), nsp, id, args...)
	if err != nil {
		return err
	}
	return e.set(text, attachments)
}

// borrowFrom is the size from which copying an attachment costs more than giving
// it to the network by itself.
const borrowFrom = 16 << 10

func (e *encoded) set(text []byte, attachments [][]byte) error {
	if len(attachments) > packet.MaxAttachments {
		return packet.Error("more than 10 binary attachments: current clients close the connection at that; send one larger value")
	}
	e.text[0] = e.dress(engine.TextMessage(text))
	if len(attachments) > 0 {
		e.all = append(make([]engine.Message, 0, 1+len(attachments)), e.text[0])
	}
	for _, b := range attachments {
		if e.one && len(b) >= borrowFrom {
			e.all = append(e.all, e.dress(engine.BorrowMessage(b)))
		} else {
			e.all = append(e.all, e.dress(engine.BinaryMessage(b)))
		}
	}
	return nil
}

// dress tells the transport what to do about compression.
func (e *encoded) dress(m engine.Message) engine.Message {
	switch {
	case e.plain:
		return m.Plain()
	case e.many:
		return m.Share()
	}
	return m
}

// guess is about how long the text of an event is, so that its buffer need not
// grow: exact for arguments that are strings, or were relayed.
func guess(event string, args []any) int {
	n := len(event) + 32
	for _, arg := range args {
		switch v := arg.(type) {
		case string:
			n += len(v)
		case packet.Args:
			n += v.Size()
		default:
			n += 16
		}
	}
	return n
}
