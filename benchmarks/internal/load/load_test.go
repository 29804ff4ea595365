package load

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// testConn is a connection of a pool that has no server.
func testConn(protocol Protocol) *Conn {
	p := &Pool{protocol: protocol, started: time.Now()}
	c := &Conn{pool: p, index: 7, complete: true, closed: true}
	p.conns = []*Conn{c}
	return c
}

func payload(kind byte, number uint32, sender int) []byte {
	b := newPayload(MinPayload)
	header{kind: kind, number: number, sender: sender}.put(b)
	return b
}

func TestHeader(t *testing.T) {
	want := header{kind: kindEcho, number: 0xabcdef01, time: 1<<62 + 12345, sender: 0x00fedc}
	b := newPayload(0)
	want.put(b)
	if got, ok := parseHeader(b); !ok || got != want || len(b) != 32 {
		t.Errorf("%q gives %v, %v", b, got, ok)
	}
}

// TestCounting tells apart what the generator reports about messages.
func TestCounting(t *testing.T) {
	for name, test := range map[string]struct {
		payloads [][]byte
		want     Counts
	}{
		"in order":     {[][]byte{payload('e', 0, 7), payload('e', 1, 7)}, Counts{Received: 2}},
		"a gap":        {[][]byte{payload('e', 0, 7), payload('e', 2, 7)}, Counts{Received: 2}},
		"reordered":    {[][]byte{payload('e', 1, 7), payload('e', 0, 7)}, Counts{Received: 2, Reordered: 1}},
		"twice":        {[][]byte{payload('e', 0, 7), payload('e', 0, 7)}, Counts{Received: 2, Reordered: 1}},
		"another's":    {[][]byte{payload('e', 0, 8)}, Counts{Misdelivered: 1}},
		"a broadcast":  {[][]byte{payload('b', 5, 8)}, Counts{Received: 1}},
		"changed":      {[][]byte{[]byte("e00")}, Counts{Misdelivered: 1}},
		"acknowledged": {[][]byte{[]byte("ok")}, Counts{Answers: 1}},
	} {
		c := testConn(nil)
		for _, b := range test.payloads {
			c.deliver(b)
		}
		if c.pool.Counts != test.want {
			t.Errorf("%s: %+v", name, c.pool.Counts)
		}
	}
}

// TestProtocols feeds what a server sends byte by byte.
func TestProtocols(t *testing.T) {
	echo := string(payload('e', 0, 7))
	frame := func(first byte, text string) string { return string([]byte{first, byte(len(text))}) + text }
	chunked := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	for name, test := range map[string]struct {
		protocol Protocol
		in       string
	}{
		"tcp":                  {TCP{}, "\x00\x00\x00\x20" + echo},
		"websocket":            {WebSocket{}, frame(0x81, echo)},
		"fragmented":           {WebSocket{}, frame(0x01, echo[:9]) + frame(0x00, echo[9:20]) + frame(0x89, "") + frame(0x80, echo[20:])},
		"socket.io":            {SocketIO{}, frame(0x81, `42["echo","`+echo+`"]`)},
		"socket.io, long form": {SocketIO{}, "\x81\x7e\x00\x2d" + `42["echo","` + echo + `"]`},
		"acknowledgement":      {SocketIO{}, frame(0x81, `437["`+echo+`"]`)},
		"attachment":           {SocketIO{}, frame(0x81, `451-["bin",{"_placeholder":true,"num":0}]`) + frame(0x82, echo)},
		"polling":              {Polling{}, "HTTP/1.1 200 OK\r\nContent-Length: 47\r\n\r\n" + `6` + "\x1e" + `42["echo","` + echo + `"]`},
		"polling, chunked":     {Polling{}, chunked + "b\r\n" + `42["echo","` + "\r\n22\r\n" + echo + `"]` + "\r\n0\r\n\r\n"},
	} {
		c := testConn(test.protocol)
		c.closed, c.stage = false, stageConnect+1
		c.out = []byte("nothing is written") // so that a pong stays here
		var in []byte
		for _, b := range []byte(test.in) {
			in = append(in, b)
			n, err := c.consume(in)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			in = in[n:]
		}
		if c.pool.Received != 1 || c.pool.Misdelivered != 0 || len(in) > 0 {
			t.Errorf("%s: %+v, %q is left", name, c.pool.Counts, in)
		}
	}
}

func TestFrame(t *testing.T) {
	for size, head := range map[int]string{
		10:      "\x81\x8a\x00\x00\x00\x00",
		200:     "\x81\xfe\x00\xc8\x00\x00\x00\x00",
		100_000: "\x81\xff\x00\x00\x00\x00\x00\x01\x86\xa0\x00\x00\x00\x00",
	} {
		body := strings.Repeat("x", size-2)
		if got := appendFrame(nil, opText, "<", []byte(body), ">"); !bytes.Equal(got, []byte(head+"<"+body+">")) {
			t.Errorf("%d bytes: %.20q", size, got)
		}
	}
}
