package msgpack

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"strconv"

	"github.com/socketio-go/socketio/internal/jsontext"
	"github.com/socketio-go/socketio/packet"
)

// encoder writes JSON as MessagePack, in the shortest forms, as notepack 2 does.
type encoder struct {
	dst         []byte
	attachments [][]byte
	counts      []int // of the arrays and objects to come, see count
}

// value appends the JSON value that begins at b[i] and returns the index after it.
// b is well-formed.
func (e *encoder) value(b []byte, i int) (next int, err error) {
	i = jsontext.Space(b, i)
	switch b[i] {
	case '"':
		next = jsontext.String(b, i)
		return next, e.quoted(b[i:next])
	case '[':
		return e.array(b, i)
	case '{':
		return e.object(b, i)
	case 't':
		e.dst = append(e.dst, 0xc3)
		return i + len("true"), nil
	case 'f':
		e.dst = append(e.dst, 0xc2)
		return i + len("false"), nil
	case 'n':
		e.dst = append(e.dst, 0xc0)
		return i + len("null"), nil
	}
	next = jsontext.Skip(b, i)
	return next, e.number(string(b[i:next]))
}

func (e *encoder) array(b []byte, i int) (next int, err error) {
	e.head(0x90, 15, 0xdc, e.take())
	for i = jsontext.Space(b, i+1); b[i] != ']'; {
		if i, err = e.value(b, i); err != nil {
			return i, err
		}
		if i = jsontext.Space(b, i); b[i] == ',' {
			i++
		}
	}
	return i + 1, nil
}

func (e *encoder) object(b []byte, i int) (next int, err error) {
	n := e.take()
	if num, end := e.placeholder(b, i, n); num >= 0 {
		e.binary(e.attachments[num])
		return end, nil
	}
	e.head(0x80, 15, 0xde, n)
	for i = jsontext.Space(b, i+1); b[i] != '}'; {
		if err = e.quoted(b[i:jsontext.String(b, i)]); err != nil {
			return i, err
		}
		if i, err = e.value(b, jsontext.Key(b, i)); err != nil {
			return i, err
		}
		if i = jsontext.Space(b, i); b[i] == ',' {
			i = jsontext.Space(b, i+1)
		}
	}
	return i + 1, nil
}

// take returns the number of elements of the next array or object.
func (e *encoder) take() int {
	n := e.counts[0]
	e.counts = e.counts[1:]
	return n
}

// count lists how many elements each array and object in b has, in the order in
// which they begin: MessagePack wants to know before. b is well-formed.
func count(b []byte) (counts []int) {
	open := []int{0} // indices of those that have not ended
	counts = append(counts, 0)
	for i := 0; i < len(b); {
		inner := open[len(open)-1]
		switch c := b[i]; c {
		case ',':
			counts[inner]++
		case ']', '}':
			open = open[:len(open)-1]
		case ' ', '\t', '\n', '\r', ':':
		default:
			counts[inner] = max(counts[inner], 1)
			if c == '"' {
				i = jsontext.String(b, i)
				continue
			}
			if c == '[' || c == '{' {
				open = append(open, len(counts))
				counts = append(counts, 0)
			}
		}
		i++
	}
	return counts[1:] // the first is for what is around
}

// placeholder recognises an object of n members that stands for an attachment.
// Without, num is negative.
func (e *encoder) placeholder(b []byte, i, n int) (num, next int) {
	if n != 2 || len(e.attachments) == 0 {
		return -1, 0
	}
	found := false
	num = -1
	for i = jsontext.Space(b, i+1); b[i] != '}'; {
		name := b[i:jsontext.String(b, i)]
		start := jsontext.Space(b, jsontext.Key(b, i))
		end := jsontext.Skip(b, start)
		switch string(name) {
		case `"_placeholder"`:
			found = string(b[start:end]) == "true"
		case `"num"`:
			if n, err := strconv.Atoi(string(b[start:end])); err == nil && n < len(e.attachments) {
				num = n
			}
		default:
			return -1, 0
		}
		if i = jsontext.Space(b, end); b[i] == ',' {
			i = jsontext.Space(b, i+1)
		}
	}
	if !found {
		num = -1
	}
	return num, i + 1
}

// number follows the rules of JavaScript, where 1 and 1.0 are the same.
func (e *encoder) number(s string) error {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		e.integer(n)
		return nil
	}
	if n, err := strconv.ParseUint(s, 10, 64); err == nil {
		e.dst = binary.BigEndian.AppendUint64(append(e.dst, 0xcf), n)
		return nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return packet.Error("the number " + s + " is too large for MessagePack")
	}
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		e.integer(int64(f))
		return nil
	}
	e.dst = binary.BigEndian.AppendUint64(append(e.dst, 0xcb), math.Float64bits(f))
	return nil
}

func (e *encoder) integer(n int64) {
	switch {
	case n >= -0x20 && n < 0x80:
		e.dst = append(e.dst, byte(n))
	case n < -0x80000000:
		e.dst = binary.BigEndian.AppendUint64(append(e.dst, 0xd3), uint64(n))
	case n < -0x8000:
		e.dst = binary.BigEndian.AppendUint32(append(e.dst, 0xd2), uint32(n))
	case n < -0x80:
		e.dst = binary.BigEndian.AppendUint16(append(e.dst, 0xd1), uint16(n))
	case n < 0:
		e.dst = append(e.dst, 0xd0, byte(n))
	case n < 1<<8:
		e.dst = append(e.dst, 0xcc, byte(n))
	case n < 1<<16:
		e.dst = binary.BigEndian.AppendUint16(append(e.dst, 0xcd), uint16(n))
	case n < 1<<32:
		e.dst = binary.BigEndian.AppendUint32(append(e.dst, 0xce), uint32(n))
	default:
		e.dst = binary.BigEndian.AppendUint64(append(e.dst, 0xcf), uint64(n))
	}
}

// quoted appends a JSON string.
func (e *encoder) quoted(q []byte) error {
	inside := q[1 : len(q)-1]
	for _, c := range inside {
		if c == '\\' {
			var s string
			if err := json.Unmarshal(q, &s); err != nil {
				return packet.Error("malformed string")
			}
			e.text(s)
			return nil
		}
	}
	e.text(string(inside))
	return nil
}

func (e *encoder) text(s string) {
	switch n := len(s); {
	case n < 32:
		e.dst = append(e.dst, 0xa0|byte(n))
	case n < 1<<8:
		e.dst = append(e.dst, 0xd9, byte(n))
	case n < 1<<16:
		e.dst = binary.BigEndian.AppendUint16(append(e.dst, 0xda), uint16(n))
	default:
		e.dst = binary.BigEndian.AppendUint32(append(e.dst, 0xdb), uint32(n))
	}
	e.dst = append(e.dst, s...)
}

func (e *encoder) binary(b []byte) {
	switch n := len(b); {
	case n < 1<<8:
		e.dst = append(e.dst, 0xc4, byte(n))
	case n < 1<<16:
		e.dst = binary.BigEndian.AppendUint16(append(e.dst, 0xc5), uint16(n))
	default:
		e.dst = binary.BigEndian.AppendUint32(append(e.dst, 0xc6), uint32(n))
	}
	e.dst = append(e.dst, b...)
}

// head begins an array or map of n elements: in one byte up to most, else with a
// length of 16 bits behind wide, or of 32 bits behind the byte after that.
func (e *encoder) head(narrow byte, most int, wide byte, n int) {
	switch {
	case n <= most:
		e.dst = append(e.dst, narrow|byte(n))
	case n < 1<<16:
		e.dst = binary.BigEndian.AppendUint16(append(e.dst, wide), uint16(n))
	default:
		e.dst = binary.BigEndian.AppendUint32(append(e.dst, wide+1), uint32(n))
	}
}
