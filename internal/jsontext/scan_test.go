package jsontext

import (
	"bytes"
	"encoding/json"
	"testing"
)

func FuzzScanAgreesWithEncodingJSON(f *testing.F) {
	for _, s := range []string{`[1,-2.5e3,"a\u0041",{"b":[null,true,false]}]`, ` {} `, `"\ud800"`, `01`, `[1,]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		end := Skip(in, 0)
		got := end >= 0 && Space(in, end) == len(in)
		if want := json.Valid(in); got != want && bytes.Count(in, []byte("["))+bytes.Count(in, []byte("{")) < MaxDepth {
			t.Fatalf("the scanner says %v, json.Valid says %v for %q", got, want, in)
		}
	})
}
