package packet

import (
	"bytes"
	"strconv"

	"github.com/socketio-go/socketio/internal/jsontext"
)

// placeholder is an object that stands for attachment num, at b[start:end].
// num is -1 when the object names no valid number.
type placeholder struct {
	start, end, num int
}

// placeholders finds the objects in well-formed JSON values, separated by commas,
// that have a member "_placeholder": true, in the order in which they appear.
// Clients write their members in either order.
func placeholders(b []byte) []placeholder {
	if !bytes.Contains(b, []byte(`"_placeholder"`)) {
		return nil
	}
	f := finder{b: b}
	for i := 0; i < len(b); i++ {
		i = jsontext.Space(b, f.value(i))
	}
	return f.found
}

type finder struct {
	b     []byte
	found []placeholder
}

// value walks the value at b[i] and returns the index after it.
func (f *finder) value(i int) int {
	switch i = jsontext.Space(f.b, i); f.b[i] {
	case '[':
		return f.array(i)
	case '{':
		return f.object(i)
	}
	return jsontext.Skip(f.b, i)
}

func (f *finder) array(i int) int {
	for i = jsontext.Space(f.b, i+1); f.b[i] != ']'; {
		if i = jsontext.Space(f.b, f.value(i)); f.b[i] == ',' {
			i++
		}
	}
	return i + 1
}

func (f *finder) object(i int) int {
	p := placeholder{start: i, num: -1}
	found, before := false, len(f.found)
	for i = jsontext.Space(f.b, i+1); f.b[i] != '}'; {
		keyEnd := jsontext.String(f.b, i)
		start := jsontext.Space(f.b, jsontext.Key(f.b, i))
		end := f.value(start)
		switch string(f.b[i:keyEnd]) {
		case `"_placeholder"`:
			found = string(f.b[start:end]) == "true"
		case `"num"`:
			if n, err := strconv.Atoi(string(f.b[start:end])); err == nil && n >= 0 {
				p.num = n
			}
		}
		if i = jsontext.Space(f.b, end); f.b[i] == ',' {
			i = jsontext.Space(f.b, i+1)
		}
	}
	if p.end = i + 1; found {
		f.found = append(f.found[:before], p)
	}
	return p.end
}
