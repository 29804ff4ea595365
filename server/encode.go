package server

import (
	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/packet"
)

// encoded is a packet for the transport: text, and attachments if it has any. As
// long as it has none it needs nothing on the heap but the text.
type encoded struct {
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
func (e *encoded) event(nsp string, id int64, event string, args []any, plain bool) error {
	text, attachments, err := packet.AppendEvent(engine.TextBuffer(guess(event, args)), nsp, id, event, args...)
	if err != nil {
		return err
	}
	return e.set(text, attachments, plain)
}

// ack encodes the answer to an event.
func (e *encoded) ack(nsp string, id int64, args []any) error {
	text, attachments, err := packet.AppendAck(engine.TextBuffer(guess("", args)), nsp, id, args...)
	if err != nil {
		return err
	}
	return e.set(text, attachments, false)
}

func (e *encoded) set(text []byte, attachments [][]byte, plain bool) error {
	if len(attachments) > packet.MaxAttachments {
		return packet.Error("more than 10 binary attachments: current clients close the connection at that; send one larger value")
	}
	e.text[0] = engine.TextMessage(text)
	if plain {
		e.text[0] = e.text[0].Plain()
	}
	if len(attachments) > 0 {
		e.all = append(make([]engine.Message, 0, 1+len(attachments)), e.text[0])
		for _, b := range attachments {
			m := engine.BinaryMessage(b)
			if plain {
				m = m.Plain()
			}
			e.all = append(e.all, m)
		}
	}
	return nil
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
