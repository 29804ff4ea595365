package msgpack

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"strconv"
	"time"

	"github.com/socketio-go/socketio/internal/jsontext"
	"github.com/socketio-go/socketio/packet"
)

const errMalformed = packet.Error("malformed MessagePack")

// maxDepth bounds the nesting of what is decoded.
const maxDepth = 1000

// decoder reads MessagePack and writes what it reads as JSON, with the binary values
// beside it.
type decoder struct {
	src         []byte
	at          int
	depth       int
	json        []byte
	attachments [][]byte
}

// take returns the next n bytes.
func (d *decoder) take(n uint64) ([]byte, error) {
	if n > uint64(len(d.src)-d.at) {
		return nil, errMalformed
	}
	b := d.src[d.at : d.at+int(n) : d.at+int(n)]
	d.at += int(n)
	return b, nil
}

// number reads a big-endian number of that many bytes.
func (d *decoder) number(bytes uint64) (uint64, error) {
	b, err := d.take(bytes)
	if err != nil {
		return 0, err
	}
	var wide [8]byte
	copy(wide[8-len(b):], b)
	return binary.BigEndian.Uint64(wide[:]), nil
}

// token is a value, or the beginning of one with others inside.
type token struct {
	kind kind
	n    uint64 // a number's bits, or the length
	ext  int8   // the type of an extension
	fix  bool   // whose length is in its first byte
}

func (t *token) isUndefined() bool { return t.ext == extNotepack && t.fix && t.n == 1 }

type kind uint8

const (
	null kind = iota
	boolean
	unsigned
	signed
	float
	text
	bin
	array
	object
	extension
)

// next reads a token. The bytes of text, bin and extension follow it.
func (d *decoder) next() (t token, err error) {
	head, err := d.take(1)
	if err != nil {
		return t, err
	}
	switch c := head[0]; {
	case c < 0x80:
		return token{kind: unsigned, n: uint64(c)}, nil
	case c < 0x90:
		return token{kind: object, n: uint64(c & 0xf)}, nil
	case c < 0xa0:
		return token{kind: array, n: uint64(c & 0xf)}, nil
	case c < 0xc0:
		return token{kind: text, n: uint64(c & 0x1f)}, nil
	case c >= 0xe0:
		return token{kind: signed, n: uint64(int64(int8(c)))}, nil
	default:
		return d.wide(c)
	}
}

// wide reads a token whose first byte, from c0 to df, tells what follows.
func (d *decoder) wide(c byte) (t token, err error) {
	switch {
	case c == 0xc0:
		return t, nil
	case c == 0xc2, c == 0xc3:
		return token{kind: boolean, n: uint64(c & 1)}, nil
	case c >= 0xc4 && c <= 0xc6:
		t.kind = bin
		t.n, err = d.number(1 << (c - 0xc4))
	case c >= 0xc7 && c <= 0xc9:
		if t.n, err = d.number(1 << (c - 0xc7)); err == nil {
			t, err = d.extension(t.n, false)
		}
	case c == 0xca:
		t.kind = float
		t.n, err = d.number(4)
		t.n = math.Float64bits(float64(math.Float32frombits(uint32(t.n))))
	case c == 0xcb:
		t.kind = float
		t.n, err = d.number(8)
	case c >= 0xcc && c <= 0xcf:
		t.kind = unsigned
		t.n, err = d.number(1 << (c - 0xcc))
	case c >= 0xd0 && c <= 0xd3:
		t.kind = signed
		bytes := uint64(1) << (c - 0xd0)
		t.n, err = d.number(bytes)
		t.n = uint64(int64(t.n<<(64-8*bytes)) >> (64 - 8*bytes))
	case c >= 0xd4 && c <= 0xd8:
		t, err = d.extension(1<<(c-0xd4), true)
	case c >= 0xd9 && c <= 0xdb:
		t.kind = text
		t.n, err = d.number(1 << (c - 0xd9))
	case c == 0xdc, c == 0xdd:
		t.kind = array
		t.n, err = d.number(2 << (c - 0xdc))
	case c == 0xde, c == 0xdf:
		t.kind = object
		t.n, err = d.number(2 << (c - 0xde))
	default: // c1 is not used
		err = errMalformed
	}
	return t, err
}

func (d *decoder) extension(n uint64, fix bool) (token, error) {
	kind, err := d.take(1)
	if err != nil {
		return token{}, err
	}
	return token{kind: extension, n: n, ext: int8(kind[0]), fix: fix}, nil
}

// value writes the next value. undefined tells null from undefined.
func (d *decoder) value() (undefined bool, err error) {
	t, err := d.next()
	if err != nil {
		return false, err
	}
	switch t.kind {
	case null:
		d.json = append(d.json, "null"...)
	case boolean:
		d.json = strconv.AppendBool(d.json, t.n == 1)
	case unsigned:
		d.json = strconv.AppendUint(d.json, t.n, 10)
	case signed:
		d.json = strconv.AppendInt(d.json, int64(t.n), 10)
	case float:
		d.float(math.Float64frombits(t.n))
	case text:
		err = d.text(t.n)
	case bin:
		err = d.binary(t.n)
	case array, object:
		err = d.container(t)
	case extension:
		return d.special(t)
	}
	return false, err
}

func (d *decoder) container(t token) error {
	// Every element takes a byte or more: what is announced cannot exceed what is there.
	if d.depth++; d.depth > maxDepth || t.n > uint64(len(d.src)-d.at) {
		return errMalformed
	}
	defer func() { d.depth-- }()
	if t.kind == array {
		return d.array(t.n)
	}
	return d.object(t.n)
}

func (d *decoder) array(n uint64) error {
	d.json = append(d.json, '[')
	for i := range n {
		if i > 0 {
			d.json = append(d.json, ',')
		}
		if _, err := d.value(); err != nil {
			return err
		}
	}
	d.json = append(d.json, ']')
	return nil
}

// object leaves members out that are undefined, as JSON.stringify does.
func (d *decoder) object(n uint64) error {
	d.json = append(d.json, '{')
	for first := true; n > 0; n-- {
		before := len(d.json)
		if !first {
			d.json = append(d.json, ',')
		}
		if err := d.key(); err != nil {
			return err
		}
		d.json = append(d.json, ':')
		undefined, err := d.value()
		if err != nil {
			return err
		}
		if undefined {
			d.json = d.json[:before]
		} else {
			first = false
		}
	}
	d.json = append(d.json, '}')
	return nil
}

// key writes the name of a member: a text, or a number in JavaScript's spelling.
func (d *decoder) key() error {
	t, err := d.next()
	if err != nil {
		return err
	}
	switch t.kind {
	case text:
		return d.text(t.n)
	case unsigned:
		d.json = append(strconv.AppendUint(append(d.json, '"'), t.n, 10), '"')
	case signed:
		d.json = append(strconv.AppendInt(append(d.json, '"'), int64(t.n), 10), '"')
	default:
		return packet.Error("the name of a member is neither a text nor a whole number")
	}
	return nil
}

func (d *decoder) float(f float64) {
	text, err := json.Marshal(f)
	if err != nil { // NaN and infinities
		text = []byte("null")
	}
	d.json = append(d.json, text...)
}

func (d *decoder) text(n uint64) error {
	b, err := d.take(n)
	if err == nil {
		d.json = jsontext.AppendString(d.json, string(b))
	}
	return err
}

func (d *decoder) binary(n uint64) error {
	b, err := d.take(n)
	if err == nil {
		d.attach(b)
	}
	return err
}

// attach puts a binary value aside.
func (d *decoder) attach(b []byte) {
	d.json = append(d.json, `{"_placeholder":true,"num":`...)
	d.json = append(strconv.AppendInt(d.json, int64(len(d.attachments)), 10), '}')
	d.attachments = append(d.attachments, b)
}

// The extensions that JavaScript values make: type 0 of notepack 2 is undefined, a
// Date, or an ArrayBuffer, depending on its length and form; -1 is the timestamp of
// the MessagePack specification.
const (
	extNotepack  = 0
	extTimestamp = -1
)

func (d *decoder) special(t token) (undefined bool, err error) {
	b, err := d.take(t.n)
	if err != nil {
		return false, err
	}
	switch {
	case t.isUndefined():
		d.json = append(d.json, "null"...)
		return true, nil
	case t.ext == extNotepack && t.fix && t.n == 8:
		ms := int64(binary.BigEndian.Uint64(b))
		d.date(time.UnixMilli(ms))
	case t.ext == extNotepack && !t.fix:
		d.attach(b)
	case t.ext == extTimestamp && t.n == 4:
		d.date(time.Unix(int64(binary.BigEndian.Uint32(b)), 0))
	case t.ext == extTimestamp && t.n == 8:
		bits := binary.BigEndian.Uint64(b)
		d.date(time.Unix(int64(bits&(1<<34-1)), int64(bits>>34)))
	case t.ext == extTimestamp && t.n == 12:
		d.date(time.Unix(int64(binary.BigEndian.Uint64(b[4:])), int64(binary.BigEndian.Uint32(b))))
	default: // what the npm parser makes of it
		d.json = append(strconv.AppendInt(append(d.json, '['), int64(t.ext), 10), ',')
		d.attach(b)
		d.json = append(d.json, ']')
	}
	return false, nil
}

// date writes what Date.prototype.toJSON makes: null for what is no date.
func (d *decoder) date(t time.Time) {
	if year := t.UTC().Year(); year < 0 || year > 9999 {
		d.json = append(d.json, "null"...)
		return
	}
	d.json = t.UTC().AppendFormat(append(d.json, '"'), "2006-01-02T15:04:05.000Z")
	d.json = append(d.json, '"')
}
