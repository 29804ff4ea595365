package client

import (
	"strconv"

	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/packet"
)

// codec is the wire format. What encodes returns the messages of one packet; a
// decoder belongs to one connection.
type codec interface {
	// bare encodes a packet without arguments; data is JSON or nil.
	bare(t packet.Type, nsp string, data []byte) ([]engine.Message, error)
	event(nsp string, id int64, event string, args []any) ([]engine.Message, error)
	ack(nsp string, id int64, args []any) ([]engine.Message, error)
	decoder(maxAttachments int) decoder
}

// decoder puts packets together. complete is false while one waits for more.
type decoder interface {
	decode(binary bool, p []byte) (pkt packet.Packet, complete bool, err error)
}

func codecOf(other packet.Codec) codec {
	if other == nil {
		return textCodec{}
	}
	return otherCodec{other}
}

// textCodec is the default format, of package packet. It encodes right into the
// buffer that becomes the frame.
type textCodec struct{}

func (textCodec) bare(t packet.Type, nsp string, data []byte) ([]engine.Message, error) {
	b := engine.TextBuffer(len(nsp) + len(data) + 4)
	if t == packet.Connect {
		b = packet.AppendConnect(b, nsp, data)
	} else {
		b = packet.AppendDisconnect(b, nsp)
	}
	return []engine.Message{engine.TextMessage(b)}, nil
}

func (textCodec) event(nsp string, id int64, event string, args []any) ([]engine.Message, error) {
	text, attachments, err := packet.AppendEvent(engine.TextBuffer(64+len(event)), nsp, id, event, args...)
	if err != nil {
		return nil, err
	}
	return messages(text, attachments)
}

func (textCodec) ack(nsp string, id int64, args []any) ([]engine.Message, error) {
	text, attachments, err := packet.AppendAck(engine.TextBuffer(64), nsp, id, args...)
	if err != nil {
		return nil, err
	}
	return messages(text, attachments)
}

func messages(text []byte, attachments [][]byte) ([]engine.Message, error) {
	if len(attachments) > packet.MaxAttachments {
		return nil, packet.Error("more than 10 binary attachments: servers close the connection at that; send one larger value, or use the msgpack codec")
	}
	ms := append(make([]engine.Message, 0, 1+len(attachments)), engine.TextMessage(text))
	for _, b := range attachments {
		ms = append(ms, engine.BinaryMessage(b))
	}
	return ms, nil
}

func (textCodec) decoder(maxAttachments int) decoder { return &textDecoder{most: maxAttachments} }

type textDecoder struct {
	packet.Decoder
	most int
}

func (d *textDecoder) decode(binary bool, p []byte) (packet.Packet, bool, error) {
	if binary {
		return d.Binary(p)
	}
	return d.Text(p, d.most)
}

// otherCodec is another format, which sees arguments as JSON and attachments.
type otherCodec struct{ packet.Codec }

func (c otherCodec) bare(t packet.Type, nsp string, data []byte) ([]engine.Message, error) {
	return c.encode(&packet.Packet{Type: t, Namespace: nsp, ID: packet.NoID, Data: data})
}

func (c otherCodec) event(nsp string, id int64, event string, args []any) ([]engine.Message, error) {
	if packet.Reserved(event) {
		return nil, packet.Error(strconv.Quote(event) + " is a reserved event name: choose another one")
	}
	return c.with(&packet.Packet{Type: packet.Event, Namespace: nsp, ID: id, Event: []byte(event)}, args)
}

func (c otherCodec) ack(nsp string, id int64, args []any) ([]engine.Message, error) {
	return c.with(&packet.Packet{Type: packet.Ack, Namespace: nsp, ID: id}, args)
}

func (c otherCodec) with(p *packet.Packet, args []any) (ms []engine.Message, err error) {
	if p.Args, err = packet.NewArgs(args...); err != nil {
		return nil, err
	}
	return c.encode(p)
}

func (c otherCodec) encode(p *packet.Packet) ([]engine.Message, error) {
	frames, err := c.Encode(p)
	if err != nil {
		return nil, err
	}
	ms := make([]engine.Message, len(frames))
	for i, f := range frames {
		if f.Binary {
			ms[i] = engine.BinaryMessage(f.Data)
		} else {
			ms[i] = engine.TextMessage(append(engine.TextBuffer(len(f.Data)), f.Data...))
		}
	}
	return ms, nil
}

func (c otherCodec) decoder(int) decoder { return otherDecoder(c.NewDecoder()) }

type otherDecoder func(f packet.Frame) (packet.Packet, bool, error)

func (d otherDecoder) decode(binary bool, p []byte) (packet.Packet, bool, error) {
	return d(packet.Frame{Binary: binary, Data: p})
}
