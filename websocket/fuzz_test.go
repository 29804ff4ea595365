package websocket

import (
	"bufio"
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzParser feeds arbitrary bytes in arbitrary pieces: the result is that of
// one piece, and nothing that is kept outgrows what has arrived or the limit.
func FuzzParser(f *testing.F) {
	f.Add(wire(0x81, true, "hello"), uint8(1), false)
	f.Add(append(wire(0x01, false, "h\xc3"), wire(0x80, false, "\xa9")...), uint8(3), true)
	f.Add(append(wire(0x89, false, "ping"), wire(0x88, false, "\x03\xe8bye")...), uint8(5), true)
	f.Add(wire(0x82, true, strings.Repeat("x", 300)), uint8(100), false)
	f.Add([]byte{0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0, 1}, uint8(2), true)
	f.Fuzz(func(t *testing.T, input []byte, size uint8, client bool) {
		const limit = 4000
		whole := &parser{client: client, limit: limit}
		pieces := &parser{client: client, limit: limit}
		want := parse(whole, input, max(len(input), 1))
		got := parse(pieces, input, max(int(size), 1))
		if !got.equal(want) {
			t.Errorf("in pieces of %d: %v\nat once: %v", size, got, want)
		}
		if most := min(limit, max(minAssembly, 2*len(input))); cap(pieces.assembly) > most || len(pieces.control) > maxControl {
			t.Errorf("%d and %d bytes are kept of %d", cap(pieces.assembly), len(pieces.control), len(input))
		}
		for _, e := range want.events {
			if MessageType(e.t) == Text && !utf8.ValidString(e.p) || len(e.p) > limit {
				t.Errorf("delivered %q", e.p)
			}
		}
	})
}

// FuzzHandshake feeds arbitrary heads to both sides. What a server accepts
// must hold the fields that RFC 6455 demands, and no client accepts a response
// that was not made for its key.
func FuzzHandshake(f *testing.F) {
	f.Add("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + sampleKey + "\r\nSec-WebSocket-Protocol: a,, b\r\nOrigin: http://h\r\n\r\n")
	f.Add("HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: " + sampleAccept + "\r\nSec-WebSocket-Protocol: a\r\n\r\n")
	f.Fuzz(func(t *testing.T, head string) {
		o := (&Options{Subprotocols: []string{"a"}}).withDefaults()
		if r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head))); err == nil {
			fuzzRequest(t, &o, r)
		}
		req := &http.Request{Method: "GET", Header: http.Header{"Sec-WebSocket-Key": {sampleKey}}}
		resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(head)), req)
		if err != nil {
			return
		}
		protocol, err := o.checkResponse(resp, req)
		if err == nil && (resp.StatusCode != 101 || resp.Header.Get("Sec-WebSocket-Accept") != sampleAccept || protocol != "" && protocol != "a") {
			t.Errorf("a client accepts %q", head)
		}
	})
}

func fuzzRequest(t *testing.T, o *Options, r *http.Request) {
	w := httptest.NewRecorder()
	protocol, refused := o.check(r)
	if refused != nil {
		refused.answer(w)
		if w.Code < 400 || w.Body.Len() == 0 {
			t.Errorf("refused with %d %q", w.Code, w.Body)
		}
		return
	}
	key, err := r.Header.Get("Sec-WebSocket-Key"), error(nil)
	if r.Method != "GET" || len(key) != 24 || r.Header.Get("Sec-WebSocket-Version") != "13" || protocol != "" && protocol != "a" {
		t.Errorf("a server accepts %v, %v", r, err)
	}
	var b bytes.Buffer
	b.WriteString(acceptKey(key))
	if b.Len() != 28 {
		t.Errorf("accept key %q", b.String())
	}
}
