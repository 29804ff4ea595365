package packet

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/socketio-go/socketio/internal/jsontext"
)

// Args are the arguments of an event or of an acknowledgement, as they came over
// the wire. Decoding happens on demand and any number of times. Given to an
// Append function as an argument, they are copied without being decoded.
// The zero value has no arguments. Safe for concurrent use: nothing changes it.
type Args struct {
	raw         []byte // JSON values, well-formed, separated by commas
	n           int
	attachments [][]byte
}

// newArgs counts the arguments in raw, the well-formed inside of a JSON array.
func newArgs(raw []byte) Args {
	a := Args{raw: raw}
	for i := jsontext.Space(raw, 0); i < len(raw); i++ {
		i = jsontext.Space(raw, jsontext.Skip(raw, i))
		a.n++
	}
	return a
}

// check refuses placeholders that point at no attachment (SIO-005).
func (a Args) check(attachments int) error {
	if attachments == 0 {
		return nil
	}
	for _, p := range placeholders(a.raw) {
		if p.num < 0 || p.num >= attachments {
			return Error("illegal attachments")
		}
	}
	return nil
}

// Len is the number of arguments.
func (a Args) Len() int { return a.n }

// Size is the number of bytes the arguments hold in memory.
func (a Args) Size() int {
	size := len(a.raw)
	for _, b := range a.attachments {
		size += len(b)
	}
	return size
}

// Clone returns a copy that shares no memory with the frame the text came in.
// Attachments are never shared with a frame.
func (a Args) Clone() Args {
	a.raw = bytes.Clone(a.raw)
	return a
}

// Raw returns argument i as JSON, in which a binary value is a placeholder
// object, or nil if there is no such argument. It must not be modified.
func (a Args) Raw(i int) []byte {
	if i < 0 || i >= a.n {
		return nil
	}
	at := 0
	for ; i > 0; i-- {
		at = jsontext.Space(a.raw, jsontext.Skip(a.raw, at)) + 1
	}
	at = jsontext.Space(a.raw, at)
	return a.raw[at:jsontext.Skip(a.raw, at)]
}

// Scan decodes the first len(dst) arguments into what dst points at, as
// [encoding/json.Unmarshal] does; more arguments are ignored, fewer are an error.
// Binary values go into *[]byte, *[Binary] (also inside of structs) and *any. A
// nil in dst skips its argument.
func (a Args) Scan(dst ...any) error {
	if len(dst) > a.n {
		return Error(fmt.Sprintf("want %d arguments, got %d", len(dst), a.n))
	}
	at := 0
	for i, d := range dst {
		at = jsontext.Space(a.raw, at)
		end := jsontext.Skip(a.raw, at)
		if d != nil {
			if err := a.decode(a.raw[at:end], d); err != nil {
				return fmt.Errorf("packet: argument %d: %w", i+1, err)
			}
		}
		at = jsontext.Space(a.raw, end) + 1
	}
	return nil
}

// decode puts the JSON value raw into dst. The kinds of value that most events
// carry need no reflection.
func (a Args) decode(raw []byte, dst any) error {
	switch d := dst.(type) {
	case *string:
		if s, ok := plainString(raw); ok {
			*d = string(s)
			return nil
		}
	case *int:
		if n, err := strconv.Atoi(string(raw)); err == nil {
			*d = n
			return nil
		}
	case *float64:
		if f, err := strconv.ParseFloat(string(raw), 64); err == nil {
			*d = f
			return nil
		}
	case *bool:
		if raw[0] == 't' || raw[0] == 'f' {
			*d = raw[0] == 't'
			return nil
		}
	case *[]byte:
		return a.decodeBinary(raw, d)
	case *Binary:
		return a.decodeBinary(raw, (*[]byte)(d))
	case *any:
		return a.decodeAny(raw, d)
	}
	if len(a.attachments) > 0 {
		raw = a.inline(raw)
	}
	return json.Unmarshal(raw, dst)
}

// plainString returns the inside of a JSON string that means what it says.
func plainString(raw []byte) ([]byte, bool) {
	if raw[0] != '"' {
		return nil, false
	}
	s := raw[1 : len(raw)-1]
	return s, bytes.IndexByte(s, '\\') < 0 && utf8.Valid(s)
}

func (a Args) decodeBinary(raw []byte, dst *[]byte) error {
	if p := placeholders(raw); len(p) == 1 && p[0].start == 0 && p[0].end == len(raw) {
		b, err := a.attachment(p[0].num)
		if err == nil {
			*dst = b
		}
		return err
	}
	if raw[0] == 'n' {
		*dst = nil
		return nil
	}
	return Error("not a binary value")
}

func (a Args) attachment(num int) ([]byte, error) {
	if num < 0 || num >= len(a.attachments) {
		return nil, Error("illegal attachments")
	}
	return a.attachments[num], nil
}

// decodeAny is json.Unmarshal with []byte in the place of placeholders.
func (a Args) decodeAny(raw []byte, dst *any) error {
	if err := json.Unmarshal(raw, dst); err != nil {
		return err
	}
	if len(a.attachments) > 0 {
		*dst = a.fill(*dst)
	}
	return nil
}

func (a Args) fill(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = a.fill(v[i])
		}
	case map[string]any:
		if num, ok := v["num"].(float64); ok && v["_placeholder"] == true {
			if b, err := a.attachment(int(num)); err == nil {
				return b
			}
		}
		for k := range v {
			v[k] = a.fill(v[k])
		}
	}
	return v
}

// inline writes every placeholder of raw in the form that Binary reads.
func (a Args) inline(raw []byte) []byte {
	var out []byte
	at := 0
	for _, p := range placeholders(raw) {
		b, err := a.attachment(p.num)
		if err != nil {
			continue
		}
		out = append(out, raw[at:p.start]...)
		out = appendInline(out, b)
		at = p.end
	}
	return append(out, raw[at:]...)
}

// Binary is a binary value inside of a struct, map or slice. It travels as an
// attachment, as a []byte given as an argument does.
type Binary []byte

const (
	inlineOpen  = `{"_placeholder":true,"base64":"`
	inlineClose = `"}`
)

func appendInline(dst, b []byte) []byte {
	dst = append(dst, inlineOpen...)
	dst = base64.StdEncoding.AppendEncode(dst, b)
	return append(dst, inlineClose...)
}

// MarshalJSON gives a self-contained form, which the encoder of this package
// replaces with an attachment.
func (b Binary) MarshalJSON() ([]byte, error) {
	if b == nil {
		return []byte("null"), nil
	}
	return appendInline(nil, b), nil
}

// UnmarshalJSON reads what MarshalJSON writes, or null.
func (b *Binary) UnmarshalJSON(p []byte) error {
	if string(p) == "null" {
		*b = nil
		return nil
	}
	var v struct {
		Base64 *[]byte `json:"base64"`
	}
	if err := json.Unmarshal(p, &v); err != nil || v.Base64 == nil {
		return Error("not a binary value")
	}
	*b = *v.Base64
	return nil
}
