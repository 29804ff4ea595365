package server

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/socketio-go/socketio/websocket"
)

// TestCompressedBroadcast is over TCP: who has agreed on compression gets the
// message compressed, who has not gets it plain, unless it is not to be compressed.
func TestCompressedBroadcast(t *testing.T) {
	io := New(&Options{Compression: &websocket.Compression{}})
	hs := httptest.NewServer(io)
	defer hs.Close()
	defer io.Close()
	dial := func(compression *websocket.Compression) *websocket.Conn {
		c, _, err := websocket.Dial(t.Context(), hs.URL+"/socket.io/?EIO=4&transport=websocket", &websocket.Options{Compression: compression})
		if err != nil {
			t.Fatal(err)
		}
		if c.Compressed() != (compression != nil) {
			t.Errorf("compressed: %v", c.Compressed())
		}
		if err := c.Write(websocket.Text, []byte("40")); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, _, err := c.Read(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		return c
	}
	clients := []*websocket.Conn{dial(nil), dial(&websocket.Compression{}), dial(&websocket.Compression{})}
	text := strings.Repeat("a", 5000)
	for _, b := range []Broadcast{io.To(ids(io)...), io.Compress(false)} {
		if err := b.Emit("x", text, []byte(text)); err != nil {
			t.Fatal(err)
		}
		for _, c := range clients {
			for _, want := range []string{`451-["x","` + text + `",{"_placeholder":true,"num":0}]`, text} {
				if _, p, err := c.Read(t.Context()); err != nil || string(p) != want {
					t.Fatalf("got %.40q, %v", p, err)
				}
			}
		}
	}
	for _, c := range clients {
		_ = c.CloseNow()
	}
}

// TestCompressOnTheWire looks at the bit of RFC 7692 section 6 in what is sent.
func TestCompressOnTheWire(t *testing.T) {
	io := New(&Options{Compression: &websocket.Compression{}})
	hs := httptest.NewServer(io)
	defer hs.Close()
	defer io.Close()
	c, err := net.Dial("tcp", hs.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _ = fmt.Fprint(c, "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"+
		"\x81\x82\x00\x00\x00\x0040")
	r := bufio.NewReader(c)
	response, err := http.ReadResponse(r, nil)
	if err != nil || response.Header.Get("Sec-WebSocket-Extensions") != "permessage-deflate; server_no_context_takeover; client_no_context_takeover" {
		t.Fatal(response, err)
	}
	first := func() byte {
		t.Helper()
		head, err := r.Peek(4)
		if err != nil {
			t.Fatal(err)
		}
		first, size := head[0], 2+int(head[1])
		if head[1] == 126 {
			size = 4 + int(head[2])<<8 + int(head[3])
		}
		if _, err := r.Discard(size); err != nil {
			t.Fatal(err)
		}
		return first
	}
	_, _ = first(), first() // of the handshakes
	text := strings.Repeat("a", 5000)
	sends := map[byte]func() error{
		0xC1: func() error { return io.Emit("x", text) },
		0x81: func() error { return io.Compress(false).Emit("x", text) },
		0xC2: func() error { return io.Emit("x", []byte(text)) }, // behind its text
	}
	for want, send := range sends {
		if err := send(); err != nil {
			t.Fatal(err)
		}
		got := first()
		if want == 0xC2 {
			got = first()
		}
		if got != want {
			t.Errorf("the frame begins with %#x, want %#x", got, want)
		}
	}
}

func ids(io *Server) (list []string) {
	for s := range io.Sockets() {
		list = append(list, s.ID())
	}
	return list
}
