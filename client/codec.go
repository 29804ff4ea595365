package client

import (
	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/packet"
)

// codec is the place of the wire format. The methods that encode return the
// messages of one packet; a decoder belongs to one connection.
type codec interface {
	connect(nsp string, data []byte) []engine.Message
	disconnect(nsp string) []engine.Message
	event(nsp string, id int64, event string, args []any) ([]engine.Message, error)
	ack(nsp string, id int64, args []any) ([]engine.Message, error)
	decoder(maxAttachments int) decoder
}

// decoder puts packets together. complete is false while one waits for more.
type decoder interface {
	decode(binary bool, p []byte) (pkt packet.Packet, complete bool, err error)
}

// textCodec is the default format, of package packet.
type textCodec struct{}

func (textCodec) connect(nsp string, data []byte) []engine.Message {
	return single(packet.AppendConnect(engine.TextBuffer(len(nsp)+len(data)+4), nsp, data))
}

func (textCodec) disconnect(nsp string) []engine.Message {
	return single(packet.AppendDisconnect(engine.TextBuffer(len(nsp)+4), nsp))
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

func single(text []byte) []engine.Message { return []engine.Message{engine.TextMessage(text)} }

func messages(text []byte, attachments [][]byte) ([]engine.Message, error) {
	if len(attachments) > packet.MaxAttachments {
		return nil, packet.Error("more than 10 binary attachments: servers close the connection at that; send one larger value")
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
