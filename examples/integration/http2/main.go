// Command http2 serves Socket.IO over TLS. The client and the server agree on HTTP/2
// where they can: polling then shares one connection. WebSocket is upgraded from
// HTTP/1.1, on the same port.
package main

import (
	"context"
	"flag"
	"log"
	"net/http"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/server"
)

func newServer() *server.Server {
	type protocol struct{}
	io := server.New(&server.Options{
		ConnContext: func(ctx context.Context, r *http.Request) context.Context {
			return context.WithValue(ctx, protocol{}, r.Proto)
		},
	})
	io.Handle("echo", socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error { return m.Ack(m.Args) }))
	io.Handle("whoami", socketio.HandlerFunc(func(ctx context.Context, m *socketio.Message) error {
		s := m.Socket.(*server.Socket)
		return m.Ack(map[string]any{"protocol": ctx.Value(protocol{}), "secure": s.Handshake().Secure})
	}))
	return io
}

func main() {
	cert := flag.String("cert", "cert.pem", "certificate")
	key := flag.String("key", "key.pem", "private key")
	flag.Parse()
	http.Handle("/socket.io/", newServer())
	log.Fatal(http.ListenAndServeTLS("localhost:3000", *cert, *key, nil))
}
