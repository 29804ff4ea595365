package packet

import "github.com/socketio-go/socketio/internal/jsontext"

// Codec is another way to write packets than the default one: [JSON], package
// msgpack, or one of your own (SIO-060 to SIO-064). Both sides of a connection must
// use the same. It sees arguments as JSON text and attachments, never the values of
// the application. Safe for concurrent use.
type Codec interface {
	// Encode returns the frames of a packet, in their order. It keeps nothing of p,
	// but the frames may share the memory of its attachments.
	Encode(p *Packet) ([]Frame, error)

	// NewDecoder returns what puts the frames of one connection together. It is called
	// with one frame after the other; ok is false while more belong to the packet. The
	// bytes of a text frame are valid only during the call, and the packet may point
	// into them; those of a binary frame are the decoder's. After an error the
	// connection is closed.
	NewDecoder() func(f Frame) (p Packet, ok bool, err error)
}

// Frame is one message of the transport.
type Frame struct {
	Binary bool
	Data   []byte // valid UTF-8 unless Binary
}

// NewArgs makes arguments of values, as if they had come over the wire.
func NewArgs(values ...any) (Args, error) {
	text, attachments, err := AppendAck(nil, rootNamespace, 0, values...)
	if err != nil {
		return Args{}, err
	}
	p, _, err := Parse(text, len(attachments))
	p.Args.attachments = attachments
	return p.Args, err
}

// ParseArgs makes arguments of the inside of a JSON array, in which objects such
// as {"_placeholder":true,"num":0} stand for attachments. It keeps both.
func ParseArgs(inside []byte, attachments [][]byte) (Args, error) {
	n, i := 0, jsontext.Space(inside, 0)
	for more := i < len(inside); more; n++ {
		if i = jsontext.Skip(inside, i); i < 0 {
			return Args{}, Error("malformed JSON")
		}
		i = jsontext.Space(inside, i)
		if more = i < len(inside); more && inside[i] != ',' {
			return Args{}, Error("malformed JSON")
		}
		i++
	}
	a := Args{raw: inside, n: n, attachments: attachments}
	return a, a.check(len(attachments))
}

// JSON returns all arguments as the inside of a JSON array. See [ParseArgs]. It
// must not be modified.
func (a Args) JSON() []byte { return a.raw }

// Attachments returns the binary values that placeholders stand for. They must not
// be modified.
func (a Args) Attachments() [][]byte { return a.attachments }
