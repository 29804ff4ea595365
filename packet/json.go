package packet

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/socketio-go/socketio/internal/jsontext"
)

// JSON is the codec of the npm package socket.io-json-parser: every packet is one
// text frame, an object (SIO-063). It carries no binary values.
type JSON struct{}

// Encode makes the frame, with the members in the order of the npm server. A packet with attachments is an error.
func (JSON) Encode(p *Packet) ([]Frame, error) {
	if len(p.Args.attachments) > 0 {
		return nil, Error("the JSON codec cannot carry binary values: use the default one or msgpack")
	}
	b := []byte{'{'}
	if p.Type == Ack {
		b = append(strconv.AppendInt(append(b, `"id":`...), p.ID, 10), ',')
	}
	b = append(append(b, `"type":`...), '0'+byte(p.Type))
	switch {
	case p.Type == Event:
		b = append(jsontext.AppendString(append(b, `,"data":[`...), string(p.Event)), commaIf(p.Args.n > 0)...)
		b = append(append(b, p.Args.raw...), ']')
	case p.Type == Ack:
		b = append(append(append(b, `,"data":[`...), p.Args.raw...), ']')
	case p.Data != nil:
		b = append(append(b, `,"data":`...), p.Data...)
	}
	if p.ID != NoID && p.Type != Ack {
		b = strconv.AppendInt(append(b, `,"id":`...), p.ID, 10)
	}
	b = jsontext.AppendString(append(b, `,"nsp":`...), p.Namespace)
	return []Frame{{Data: append(b, '}')}}, nil
}

func commaIf(more bool) string {
	if more {
		return ","
	}
	return ""
}

// NewDecoder returns a decoder, which keeps nothing between frames.
func (JSON) NewDecoder() func(Frame) (Packet, bool, error) { return decodeJSON }

func decodeJSON(f Frame) (Packet, bool, error) {
	var in struct {
		Type      *Type           `json:"type"`
		Data      json.RawMessage `json:"data"`
		Namespace *string         `json:"nsp"`
		ID        *int64          `json:"id"`
	}
	if f.Binary {
		return Packet{}, false, Error("got binary data: the JSON codec has none")
	}
	if err := json.Unmarshal(f.Data, &in); err != nil || in.Type == nil || *in.Type > ConnectError || in.Namespace == nil {
		return Packet{}, false, Error("invalid packet")
	}
	p := Packet{Type: *in.Type, Namespace: *in.Namespace, ID: NoID}
	if in.ID != nil {
		p.ID = *in.ID
	}
	if in.ID != nil && p.ID < 0 || !strings.HasPrefix(p.Namespace, "/") {
		return p, false, Error("invalid packet")
	}
	if string(in.Data) == "null" {
		in.Data = nil
	}
	if in.Data == nil && (p.Type == Event || p.Type == Ack) {
		return p, false, Error("invalid payload")
	}
	err := p.SetPayload(in.Data, nil)
	return p, err == nil, err
}

// SetPayload makes the packet of the kind that its Type says from its payload, a
// JSON value or nil, under the rules of reference 2.2, and from the attachments that
// this refers to. It is for codecs, and keeps both.
func (p *Packet) SetPayload(payload []byte, attachments [][]byte) error {
	if err := p.payload(payload, len(attachments)); err != nil {
		return err
	}
	p.Args.attachments = attachments
	return nil
}
