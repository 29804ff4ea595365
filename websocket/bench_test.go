package websocket

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unsafe"
)

func TestConnStaysSmall(t *testing.T) {
	if size := unsafe.Sizeof(Conn{}); size > 240 {
		t.Errorf("a Conn takes %d bytes", size)
	}
}

// BenchmarkEcho is one message there and back over TCP, one at a time.
func BenchmarkEcho(b *testing.B) {
	for name, size := range map[string]int{"32B": 32, "1KiB": 1 << 10, "64KiB": 64 << 10} {
		b.Run(name, func(b *testing.B) {
			hs := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if c, err := Accept(w, r, nil); err == nil {
					c.Serve(echo{make(chan error, 1)})
				}
			}))
			defer hs.Close()
			c, _, err := Dial(b.Context(), strings.Replace(hs.URL, "http", "ws", 1), nil)
			if err != nil {
				b.Fatal(err)
			}
			defer c.CloseNow()
			p := make([]byte, size)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				c.Write(Binary, p)
				if _, _, err := c.Read(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParser(b *testing.B) {
	frame := wire(0x81, true, strings.Repeat("x", 100))
	work := make([]byte, len(frame))
	p := &parser{limit: testLimit}
	b.SetBytes(int64(len(frame)))
	b.ReportAllocs()
	for b.Loop() {
		copy(work, frame)
		if _, ev, err := p.next(work); ev.op != opText || err != nil {
			b.Fatal(ev, err)
		}
	}
}

func BenchmarkMask(b *testing.B) {
	p := make([]byte, 4096)
	b.SetBytes(int64(len(p)))
	for b.Loop() {
		mask(0x12345678, p)
	}
}

func BenchmarkWrite(b *testing.B) {
	c := newConn(nil, false, agreement{}, nil, new(Options))
	c.writeBudget, c.flushing = 1<<40, true // nothing is taken
	prepared := Prepare(Text, make([]byte, 100))
	for name, write := range map[string]func(){
		"copied":   func() { c.Write(Text, prepared.Payload()) },
		"prepared": func() { c.WritePrepared(prepared) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				write()
				c.queue, c.queued = c.queue[:0], 0
			}
		})
	}
}
