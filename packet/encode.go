package packet

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"

	"github.com/socketio-go/socketio/internal/jsontext"
)

// encoder writes arguments as JSON and puts binary values aside.
type encoder struct {
	dst         []byte
	attachments [][]byte
	depth       int
}

// value appends one argument. The kinds of value that most events carry need no
// reflection.
func (e *encoder) value(v any) error {
	switch v := v.(type) {
	case nil:
		e.dst = append(e.dst, "null"...)
	case string:
		e.dst = jsontext.AppendString(e.dst, v)
	case bool:
		e.dst = strconv.AppendBool(e.dst, v)
	case int:
		e.dst = strconv.AppendInt(e.dst, int64(v), 10)
	case int64:
		e.dst = strconv.AppendInt(e.dst, v, 10)
	case []byte:
		e.binary(v)
	case Binary:
		e.binary(v)
	case Args:
		e.args(v)
	case []any:
		return e.list(v)
	case map[string]any:
		return e.object(v)
	default:
		return e.json(v)
	}
	return nil
}

// list and object are what Scan makes of JSON in an any: binary values inside of
// them are attachments again.
func (e *encoder) list(values []any) error {
	if values == nil {
		return e.value(nil)
	}
	e.dst = append(e.dst, '[')
	for i, v := range values {
		if i > 0 {
			e.dst = append(e.dst, ',')
		}
		if err := e.nested(v); err != nil {
			return err
		}
	}
	e.dst = append(e.dst, ']')
	return nil
}

func (e *encoder) object(m map[string]any) error {
	if m == nil {
		return e.value(nil)
	}
	e.dst = append(e.dst, '{')
	for i, k := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			e.dst = append(e.dst, ',')
		}
		e.dst = append(jsontext.AppendString(e.dst, k), ':')
		if err := e.nested(m[k]); err != nil {
			return err
		}
	}
	e.dst = append(e.dst, '}')
	return nil
}

// nested encodes a value inside of another one, where a list of arguments has no
// place. The depth bounds values that contain themselves.
func (e *encoder) nested(v any) error {
	if _, ok := v.(Args); ok {
		return Error("Args can be passed on as arguments, not inside of one")
	}
	if e.depth++; e.depth > jsontext.MaxDepth {
		return Error("value nested too deeply, or within itself")
	}
	defer func() { e.depth-- }()
	return e.value(v)
}

// binary appends a placeholder and keeps b as an attachment (SIO-002).
func (e *encoder) binary(b []byte) {
	if b == nil {
		e.dst = append(e.dst, "null"...)
		return
	}
	e.placeholder(len(e.attachments))
	e.attachments = append(e.attachments, b)
}

func (e *encoder) placeholder(num int) {
	e.dst = append(e.dst, `{"_placeholder":true,"num":`...)
	e.dst = strconv.AppendInt(e.dst, int64(num), 10)
	e.dst = append(e.dst, '}')
}

// args copies arguments that nobody has decoded. Their placeholders are
// renumbered when other attachments come before theirs.
func (e *encoder) args(a Args) {
	offset := len(e.attachments)
	e.attachments = append(e.attachments, a.attachments...)
	if offset == 0 {
		e.dst = append(e.dst, a.raw...)
		return
	}
	at := 0
	for _, p := range placeholders(a.raw) {
		if p.num < 0 || p.num >= len(a.attachments) {
			continue
		}
		e.dst = append(e.dst, a.raw[at:p.start]...)
		e.placeholder(offset + p.num)
		at = p.end
	}
	e.dst = append(e.dst, a.raw[at:]...)
}

// jsonBuffer is an encoder of encoding/json that is used again and again.
type jsonBuffer struct {
	bytes.Buffer
	enc *json.Encoder
}

var jsonBuffers = sync.Pool{New: func() any {
	b := new(jsonBuffer)
	b.enc = json.NewEncoder(&b.Buffer)
	b.enc.SetEscapeHTML(false)
	return b
}}

// json appends any other value the way encoding/json does, then replaces the
// inline form of [Binary] values with placeholders, in order of appearance.
func (e *encoder) json(v any) error {
	buf := jsonBuffers.Get().(*jsonBuffer)
	defer func() {
		if buf.Cap() <= 64<<10 {
			buf.Reset()
			jsonBuffers.Put(buf)
		}
	}()
	if err := buf.enc.Encode(v); err != nil {
		return fmt.Errorf("packet: encode %T: %w", v, err)
	}
	out := bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
	for {
		i := bytes.Index(out, []byte(inlineOpen))
		if i < 0 {
			e.dst = append(e.dst, out...)
			return nil
		}
		data, rest, ok := cutInline(out[i:])
		if !ok { // an object of somebody else's that begins like ours
			i += len(inlineOpen)
			rest = out[i:]
		}
		e.dst = append(e.dst, out[:i]...)
		if ok {
			e.binary(data)
		}
		out = rest
	}
}

// cutInline decodes the inline form of a [Binary] that b may begin with.
func cutInline(b []byte) (data, rest []byte, ok bool) {
	b = b[len(inlineOpen):]
	n := bytes.IndexByte(b, '"')
	if n < 0 || !bytes.HasPrefix(b[n:], []byte(inlineClose)) {
		return nil, nil, false
	}
	data, err := base64.StdEncoding.AppendDecode([]byte{}, b[:n])
	return data, b[n+len(inlineClose):], err == nil
}
