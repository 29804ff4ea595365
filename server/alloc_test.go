//go:build linux && !portable && !race

package server

import (
	"context"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/socketio-go/socketio"
)

// rawSocket connects one client over TCP, without anything that allocates once it
// is connected.
func rawSocket(t *testing.T, sio *Server) (net.Conn, *Socket) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	hs := &http.Server{Handler: sio}
	go func() { _ = hs.Serve(l) }()
	connected := make(chan *Socket, 1)
	sio.OnConnect(func(_ context.Context, s *Socket) error { connected <- s; return nil })
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(); _ = sio.Close(); _ = hs.Close() })
	write(t, c, "GET /?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
	for got, b := "", make([]byte, 1); !strings.HasSuffix(got, "\r\n\r\n"); got += string(b) {
		if _, err := io.ReadFull(c, b); err != nil {
			t.Fatal(err)
		}
	}
	write(t, c, frame("40"))
	return c, <-connected
}

func write(t *testing.T, c net.Conn, s string) {
	t.Helper()
	if _, err := io.WriteString(c, s); err != nil {
		t.Fatal(err)
	}
}

// frame is a text frame with a mask of zeros.
func frame(s string) string {
	return "\x81" + string([]byte{0x80 | byte(len(s)), 0, 0, 0, 0}) + s
}

func TestAllocationsOfASentEvent(t *testing.T) {
	c, s := rawSocket(t, New(nil))
	go func() { _, _ = io.CopyBuffer(struct{ io.Writer }{io.Discard}, c, make([]byte, 64<<10)) }()
	for !s.Connected() {
		runtime.Gosched()
	}
	event := socketio.NewEvent[string]("echo")
	text := "a text of thirty-two characters."
	for name, emit := range map[string]func() error{
		"typed, to the socket": func() error { return event.Emit(s, text) },
		"untyped":              func() error { return s.Emit("echo", text) },
	} {
		n := testing.AllocsPerRun(2000, func() {
			if err := emit(); err != nil {
				t.Fatal(err)
			}
		})
		// The frame, and the user's string in an interface.
		if n > 2 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func TestAllocationsOfAReceivedEvent(t *testing.T) {
	sio := New(nil)
	arrived := make(chan struct{}, 1)
	socketio.On(sio, socketio.NewEvent[string]("echo"), func(context.Context, *Socket, string) error {
		arrived <- struct{}{}
		return nil
	})
	c, _ := rawSocket(t, sio)
	event := []byte(frame(`42["echo","a text of thirty-two characters."]`))
	n := testing.AllocsPerRun(2000, func() {
		if _, err := c.Write(event); err != nil {
			t.Fatal(err)
		}
		<-arrived
	})
	// The Message, the user's string, and the T it is decoded into.
	if n > 3 {
		t.Errorf("%v allocations", n)
	}
}
