package msgpack

import (
	"bytes"
	"math"

	"github.com/socketio-go/socketio/internal/jsontext"
	"github.com/socketio-go/socketio/packet"
)

// Codec is a [packet.Codec].
type Codec struct{}

// Encode makes one binary frame. The members are in the order in which the npm
// server writes them.
func (Codec) Encode(p *packet.Packet) ([]packet.Frame, error) {
	e := encoder{dst: make([]byte, 0, 64+p.Args.Size()+len(p.Data)), attachments: p.Args.Attachments()}
	members := 2
	if p.ID != packet.NoID {
		members++
	}
	isEvent := p.Type == packet.Event || p.Type == packet.Ack
	if isEvent || p.Data != nil {
		members++
	}
	e.head(0x80, 15, 0xde, members)
	if p.ID != packet.NoID && p.Type == packet.Ack {
		e.text("id")
		e.integer(p.ID)
	}
	e.text("type")
	e.integer(int64(p.Type))
	if err := e.data(p, isEvent); err != nil {
		return nil, err
	}
	if p.ID != packet.NoID && p.Type != packet.Ack {
		e.text("id")
		e.integer(p.ID)
	}
	e.text("nsp")
	e.text(p.Namespace)
	return []packet.Frame{{Binary: true, Data: e.dst}}, nil
}

func (e *encoder) data(p *packet.Packet, isEvent bool) error {
	if !isEvent && p.Data == nil {
		return nil
	}
	e.text("data")
	if !isEvent {
		return e.payload(p)
	}
	if p.Type == packet.Ack {
		e.head(0x90, 15, 0xdc, p.Args.Len())
	} else {
		e.head(0x90, 15, 0xdc, 1+p.Args.Len())
		e.text(string(p.Event))
	}
	return e.list(p.Args.JSON(), p.Args.Len())
}

// list appends n values that are separated by commas.
func (e *encoder) list(b []byte, n int) (err error) {
	e.counts = count(b)
	for i := 0; n > 0; n-- {
		if i, err = e.value(b, i); err != nil {
			return err
		}
		i = jsontext.Space(b, i) + 1
	}
	return nil
}

// payload appends the data of CONNECT, where the npm server has a member pid that is
// undefined unless there is recovery, and of CONNECT_ERROR.
func (e *encoder) payload(p *packet.Packet) error {
	e.counts = count(p.Data)
	if p.Type == packet.Connect && bytes.HasPrefix(p.Data, []byte(`{"sid":`)) && e.counts[0] == 1 {
		e.head(0x80, 15, 0xde, 2)
		e.text("sid")
		if _, err := e.value(p.Data, len(`{"sid":`)); err != nil {
			return err
		}
		e.text("pid")
		e.dst = append(e.dst, 0xd4, extNotepack, 0)
		return nil
	}
	_, err := e.value(p.Data, 0)
	return err
}

// NewDecoder returns a decoder, which keeps nothing between frames.
func (Codec) NewDecoder() func(packet.Frame) (packet.Packet, bool, error) { return decode }

func decode(f packet.Frame) (packet.Packet, bool, error) {
	if !f.Binary {
		return packet.Packet{}, false, packet.Error("got text, but MessagePack is binary: does the client use the same parser?")
	}
	d := decoder{src: f.Data}
	p, err := d.packet()
	return p, err == nil, err
}

// packet reads a whole frame. Members it does not know are skipped: clients of
// JavaScript add one with options.
func (d *decoder) packet() (p packet.Packet, err error) {
	t, err := d.next()
	if err != nil || t.kind != object {
		return p, errMalformed
	}
	p.ID = packet.NoID
	var payload []byte
	var attachments [][]byte
	hasType := false
	for ; t.n > 0 && err == nil; t.n-- {
		var name []byte
		if name, err = d.name(); err != nil {
			return p, err
		}
		switch string(name) {
		case "type":
			var n int64
			n, err = d.integer()
			hasType = n >= 0 && n <= int64(packet.ConnectError)
			p.Type = packet.Type(n)
		case "nsp":
			var nsp []byte
			nsp, err = d.name()
			p.Namespace = string(nsp)
		case "id":
			p.ID, err = d.id()
		case "data":
			payload, attachments, err = d.payload()
		default:
			_, _, err = d.payload()
		}
	}
	switch {
	case err != nil:
		return p, err
	case !hasType || len(p.Namespace) == 0 || p.Namespace[0] != '/' || d.at != len(d.src):
		return p, packet.Error("invalid packet")
	case payload == nil && (p.Type == packet.Event || p.Type == packet.Ack):
		return p, packet.Error("invalid payload")
	}
	return p, p.SetPayload(payload, attachments)
}

// name reads a text.
func (d *decoder) name() ([]byte, error) {
	t, err := d.next()
	if err != nil || t.kind != text {
		return nil, errMalformed
	}
	return d.take(t.n)
}

func (d *decoder) integer() (int64, error) {
	t, err := d.next()
	if err != nil || t.kind != unsigned && t.kind != signed {
		return -1, errMalformed
	}
	return int64(t.n), nil
}

// id reads the number of an acknowledgement, which may be undefined.
func (d *decoder) id() (int64, error) {
	t, err := d.next()
	switch {
	case err != nil:
		return packet.NoID, err
	case t.kind == unsigned && t.n <= math.MaxInt64:
		return int64(t.n), nil
	case t.kind == extension && t.isUndefined():
		_, err = d.take(t.n)
		return packet.NoID, err
	case t.kind == null:
		return packet.NoID, nil
	}
	return packet.NoID, packet.Error("the number of an acknowledgement is no whole number")
}

// payload reads a value as JSON; nil if it is undefined.
func (d *decoder) payload() ([]byte, [][]byte, error) {
	d.json, d.attachments = nil, nil
	undefined, err := d.value()
	if undefined || err != nil {
		return nil, nil, err
	}
	return d.json, d.attachments, nil
}
