package packet

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestNewArgs(t *testing.T) {
	args, err := NewArgs("a", []byte{1}, map[string]any{"b": Binary{2}}, nil, []byte(nil), Binary(nil))
	if err != nil || args.Len() != 6 {
		t.Fatal(args.Len(), err)
	}
	var list [6]any
	if err := args.Scan(&list[0], &list[1], &list[2], &list[3], &list[4], &list[5]); err != nil {
		t.Fatal(err)
	}
	if want := [6]any{"a", []byte{1}, map[string]any{"b": []byte{2}}}; !reflect.DeepEqual(list, want) {
		t.Errorf("got %v", list)
	}
	if empty, err := NewArgs(); err != nil || empty.Len() != 0 || empty.Raw(0) != nil {
		t.Error(empty, err)
	}
	if args, err := NewArgs(args, args); err != nil || args.Len() != 12 || len(args.attachments) != 4 {
		t.Error(args.Len(), err)
	}
	if _, err := NewArgs(func() {}); err == nil {
		t.Error("func accepted")
	}
	many := make([]any, 50) // what is not sent has no limit
	for i := range many {
		many[i] = []byte{byte(i)}
	}
	if args, err := NewArgs(many...); err != nil || args.Len() != 50 || args.Size() < 50 {
		t.Error(err)
	}
}

func TestScanErrors(t *testing.T) {
	p := parse(t, `52-["e",{"_placeholder":true,"num":0},{"x":{"_placeholder":true,"num":1}},1e400,7,"\u0022",null]`, []byte{1}, []byte{2})
	var s string
	var f float64
	var b []byte
	var bin Binary
	var v struct{ X Binary }
	if err := p.Args.Scan(&bin, &v, nil, nil, &s, &b); err != nil || bin[0] != 1 || v.X[0] != 2 || s != `"` || b != nil {
		t.Error(err, bin, v, s)
	}
	for i, dst := range []any{&s, &b, &f, &b, &f, 5} {
		list := make([]any, i+1)
		list[i] = dst
		err := p.Args.Scan(list...)
		if err == nil || !strings.HasPrefix(err.Error(), "packet: argument ") {
			t.Errorf("argument %d into %T: %v", i, dst, err)
		}
	}
	var perr Error
	if err := p.Args.Scan(make([]any, 7)...); !errors.As(err, &perr) || !strings.Contains(err.Error(), "want 7 arguments, got 6") {
		t.Error(err)
	}
	// A placeholder that the check could not see leads nowhere.
	hidden := parse(t, `51-["e",{"\u005fplaceholder":true,"num":5},{"\u005fplaceholder":true,"num":0}]`, []byte{1})
	var anything, first any
	if err := hidden.Args.Scan(&anything, &first); err != nil {
		t.Error(err)
	}
	if _, isMap := anything.(map[string]any); !isMap {
		t.Errorf("got %v", anything)
	}
}
