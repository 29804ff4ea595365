// Command servemux serves Socket.IO beside other routes of net/http, and a second server
// of its own under another path.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/server"
)

// echo acknowledges what it gets.
func echo(_ context.Context, m *socketio.Message) error { return m.Ack(m.Args) }

// newServer makes a server that knows its name.
func newServer(name string) *server.Server {
	io := server.New(nil)
	io.Handle("echo", socketio.HandlerFunc(echo))
	io.Handle("whoami", socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error {
		return m.Ack(map[string]string{"server": name})
	}))
	return io
}

// routes are those of both servers and of the page.
func routes(public, internal *server.Server) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "a page") // the visitor has gone if this fails
	})
	mux.Handle("/socket.io/", public) // where clients look unless they are told another path
	mux.Handle("/api/realtime/", http.StripPrefix("/api", internal))
	return mux
}

func main() {
	public, internal := newServer("public"), newServer("internal")
	hs := &http.Server{Addr: "localhost:3000", Handler: routes(public, internal)}
	go func() {
		if err := hs.ListenAndServe(); err != http.ErrServerClosed {
			log.Fatal(err)
		}
	}()
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	<-stop.Done()

	// First Socket.IO, which knows how to say goodbye, then what is left of HTTP.
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for _, end := range []func(context.Context) error{public.Shutdown, internal.Shutdown, hs.Shutdown} {
		if err := end(ctx); err != nil {
			log.Print(err)
		}
	}
}
