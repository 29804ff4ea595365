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
func (e *encoded) event(n *Namespace, id int64, event string, args []any) error {
	if codec := n.server.opts.Codec; codec != nil {
		if packet.Reserved(event) {
			return errReserved(event)
		}
		return e.with(codec, &packet.Packet{Type: packet.Event, Namespace: n.name, ID: id, Event: []byte(event)}, args)
	}
	text, attachments, err := packet.AppendEvent(engine.TextBuffer(guess(event, args)), n.name, id, event, args...)
	if err != nil {
		return err
	}
	return e.set(text, attachments)
}

// ack encodes the answer to an event.
func (e *encoded) ack(n *Namespace, id int64, args []any) error {
	if codec := n.server.opts.Codec; codec != nil {
		return e.with(codec, &packet.Packet{Type: packet.Ack, Namespace: n.name, ID: id}, args)
	}
	text, attachments, err := packet.AppendAck(engine.TextBuffer(guess("", args)), n.name, id, args...)
	if err != nil {
		return err
	}
	return e.set(text, attachments)
}

// with encodes with another codec than the default one.
func (e *encoded) with(codec packet.Codec, p *packet.Packet, args []any) (err error) {
	if p.Args, err = packet.NewArgs(args...); err != nil {
		return err
	}
	frames, err := codec.Encode(p)
	if err != nil {
		return err
	}
	e.all = make([]engine.Message, len(frames))
	for i, f := range frames {
		e.all[i] = e.dress(frameMessage(f))
	}
	return nil
}

func frameMessage(f packet.Frame) engine.Message {
	if f.Binary {
		return engine.BinaryMessage(f.Data)
	}
	return engine.TextMessage(append(engine.TextBuffer(len(f.Data)), f.Data...))
}

// encode makes the messages of a packet without arguments; data is JSON or nil.
func (s *Server) encode(nsp string, t packet.Type, data []byte) []engine.Message {
	if s.opts.Codec != nil {
		frames, err := s.opts.Codec.Encode(&packet.Packet{Type: t, Namespace: nsp, ID: packet.NoID, Data: data})
		if err != nil {
			s.opts.Logger.Error("socketio: the codec cannot encode a packet", "type", t, "nsp", nsp, "error", err)
		}
		ms := make([]engine.Message, len(frames))
		for i, f := range frames {
			ms[i] = frameMessage(f)
		}
		return ms
	}
	b := engine.TextBuffer(32 + len(nsp) + len(data))
	switch t {
	case packet.Connect:
		b = packet.AppendConnect(b, nsp, data)
	case packet.Disconnect:
		b = packet.AppendDisconnect(b, nsp)
	default:
		b = packet.AppendConnectError(b, nsp, data)
	}
	return []engine.Message{engine.TextMessage(b)}
}

func (n *Namespace) encode(t packet.Type, data []byte) []engine.Message {
	return n.server.encode(n.name, t, data)
}

// borrowFrom is the size from which copying an attachment costs more than giving
// it to the network by itself.
const borrowFrom = 16 << 10

func (e *encoded) set(text []byte, attachments [][]byte) error {
	if len(attachments) > packet.MaxAttachments {
		return packet.Error("more than 10 binary attachments: current clients close the connection at that; send one larger value, or use the msgpack codec")
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
