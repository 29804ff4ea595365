package packet

import (
	"bytes"
	"encoding/json"
	"math"

	"github.com/socketio-go/socketio/internal/jsontext"
)

// Parse decodes one text frame. The packet points into src. attachments is the
// number of binary frames that must follow before the packet is complete; until
// then its [Args] lack them. The rules are those of reference 2.2, with
// maxAttachments as the limit of SIO-006.
func Parse(src []byte, maxAttachments int) (p Packet, attachments int, err error) {
	if len(src) == 0 || src[0] < '0' || src[0] > '0'+byte(binaryAck) {
		return p, 0, Error("unknown packet type")
	}
	p = Packet{Type: Type(src[0] - '0'), Namespace: rootNamespace, ID: NoID}
	i := 1
	if p.Type >= binaryEvent {
		p.Type -= binaryEvent - Event
		if attachments, i, err = parseCount(src, i, maxAttachments); err != nil {
			return p, 0, err
		}
	}
	if i < len(src) && src[i] == '/' {
		end := bytes.IndexByte(src[i:], ',')
		if end < 0 {
			end = len(src) - i
		}
		p.Namespace = string(src[i : i+end])
		i = min(i+end+1, len(src))
	}
	if i < len(src) && src[i] >= '0' && src[i] <= '9' {
		if p.ID, i = parseInt(src, i); p.ID < 0 {
			return p, 0, Error("acknowledgement number out of range")
		}
	}
	return p, attachments, p.payload(src[i:], attachments)
}

// parseCount reads "<n>-".
func parseCount(src []byte, i, most int) (n, next int, err error) {
	count, end := parseInt(src, i)
	if count <= 0 || end >= len(src) || src[end] != '-' {
		return 0, 0, Error("illegal attachments")
	}
	if count > int64(most) {
		return 0, 0, Error("too many attachments")
	}
	return int(count), end + 1, nil
}

// parseInt reads the digits at src[i]; n is -1 if there are none or too many.
func parseInt(src []byte, i int) (n int64, next int) {
	start := i
	for ; i < len(src) && src[i] >= '0' && src[i] <= '9'; i++ {
		if n > (math.MaxInt64-9)/10 {
			return -1, i
		}
		n = n*10 + int64(src[i]-'0')
	}
	if i == start {
		return -1, i
	}
	return n, i
}

// payload checks what follows the head against the packet's type and keeps it.
func (p *Packet) payload(b []byte, attachments int) error {
	if len(b) == 0 {
		// An event or ack without data is accepted and means nothing (SIO-012),
		// but the attachments of a binary one would have nowhere to go.
		if p.Type == ConnectError || attachments > 0 {
			return Error("invalid payload")
		}
		return nil
	}
	first := jsontext.Space(b, 0)
	end := jsontext.Skip(b, first)
	if end < 0 || jsontext.Space(b, end) != len(b) {
		return Error("malformed JSON")
	}
	b = b[first:end]
	switch {
	case p.Type == Connect && b[0] == '{', p.Type == ConnectError && (b[0] == '{' || b[0] == '"'):
		p.Data = b
		return nil
	case p.Type == Event && b[0] == '[':
		return p.event(b, attachments)
	case p.Type == Ack && b[0] == '[':
		p.Args = newArgs(b[1 : len(b)-1])
		return p.Args.check(attachments)
	}
	return Error("invalid payload")
}

// event splits the name off the array b, which is well-formed.
func (p *Packet) event(b []byte, attachments int) error {
	start := jsontext.Space(b, 1)
	end := jsontext.Skip(b, start)
	if end < 0 {
		return Error("an event needs a name")
	}
	name := b[start:end]
	switch c := name[0]; {
	case c == '"':
		p.Event = name[1 : len(name)-1]
		if bytes.IndexByte(p.Event, '\\') >= 0 {
			var s string
			if err := json.Unmarshal(name, &s); err != nil {
				return Error("malformed event name")
			}
			p.Event = []byte(s)
		}
	case c == '-' || c >= '0' && c <= '9':
		p.Event = name
	default:
		return Error("an event name is a string or a number")
	}
	if Reserved(string(p.Event)) {
		return Error("reserved event name")
	}
	if end = jsontext.Space(b, end); b[end] == ',' {
		p.Args = newArgs(b[end+1 : len(b)-1])
	}
	return p.Args.check(attachments)
}

// Decoder puts the frames of one connection together. The zero value is ready
// and holds nothing until a packet with attachments arrives. Not for concurrent
// use. After an error the connection must be closed (SIO-007).
type Decoder struct {
	pending *pending
}

type pending struct {
	packet Packet
	want   int
}

// Text takes a text frame. ok is false while the packet waits for attachments.
// A complete packet points into src; one that has to wait is copied. See [Parse]
// for maxAttachments.
func (d *Decoder) Text(src []byte, maxAttachments int) (p Packet, ok bool, err error) {
	if d.pending != nil {
		return Packet{}, false, Error("got plaintext data when reconstructing a packet")
	}
	p, want, err := Parse(src, maxAttachments)
	if err != nil || want == 0 {
		return p, err == nil, err
	}
	p.Event = bytes.Clone(p.Event)
	p.Args.raw = bytes.Clone(p.Args.raw)
	d.pending = &pending{p, want}
	return Packet{}, false, nil
}

// Binary takes a binary frame, which becomes an attachment. ok is true with the
// last one of a packet.
func (d *Decoder) Binary(src []byte) (p Packet, ok bool, err error) {
	w := d.pending
	if w == nil {
		return Packet{}, false, Error("got binary data when not reconstructing a packet")
	}
	w.packet.Args.attachments = append(w.packet.Args.attachments, src)
	if len(w.packet.Args.attachments) < w.want {
		return Packet{}, false, nil
	}
	d.pending = nil
	return w.packet, true, nil
}
