// Command chi serves Socket.IO on a chi router, behind chi's middlewares.
package main

import (
	"context"
	"log"
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/server"
)

// requestID is the key of the id that chi's middleware has given the first request.
type requestID struct{}

func newServer() *server.Server {
	io := server.New(&server.Options{
		// The request's context ends with the request: what handlers need is taken over.
		ConnContext: func(ctx context.Context, r *http.Request) context.Context {
			return context.WithValue(ctx, requestID{}, middleware.GetReqID(r.Context()))
		},
	})
	io.Handle("echo", socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error { return m.Ack(m.Args) }))
	io.Handle("whoami", socketio.HandlerFunc(func(ctx context.Context, m *socketio.Message) error {
		return m.Ack(map[string]any{"request": ctx.Value(requestID{})})
	}))
	return io
}

func router(io http.Handler) http.Handler {
	r := chi.NewRouter()
	r.Use(middleware.RequestID, middleware.Logger, middleware.Recoverer)
	r.Get("/", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("a page")) })
	r.Handle("/socket.io/*", io) // all methods
	return r
}

func main() { log.Fatal(http.ListenAndServe("localhost:3000", router(newServer()))) }
