// Command nginx is a server that stands behind nginx: see socketio.conf beside it.
package main

import (
	"context"
	"log"
	"net"
	"net/http"
	"net/netip"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/server"
)

// options trust nginx, and nobody else, to say whom it speaks for.
func options() *server.Options {
	return &server.Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
}

func newServer(opts *server.Options) *server.Server {
	io := server.New(opts)
	io.Handle("echo", socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error { return m.Ack(m.Args) }))
	io.Handle("whoami", socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error {
		h := m.Socket.(*server.Socket).Handshake()
		address := h.RemoteAddr // with a port, unless a proxy has told it
		if host, _, err := net.SplitHostPort(address); err == nil {
			address = host
		}
		return m.Ack(map[string]any{"address": address, "secure": h.Secure})
	}))
	return io
}

func main() {
	http.Handle("/socket.io/", newServer(options()))
	log.Fatal(http.ListenAndServe("127.0.0.1:3001", nil))
}
