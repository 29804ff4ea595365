// Command chat runs the chat demo.
//
//	go run ./cmd/chat -addr localhost:3000
package main

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/socketio-go/socketio/examples/chat"
	"github.com/socketio-go/socketio/server"
)

func main() {
	addr := flag.String("addr", "localhost:3000", "where to listen")
	flag.Parse()
	if err := run(*addr); err != nil {
		slog.Error("chat", "error", err)
		os.Exit(1)
	}
}

// run serves until it is interrupted, and then says goodbye.
func run(addr string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	app := chat.New(&server.Options{Logger: slog.Default()})
	web := &http.Server{Addr: addr, Handler: app, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- web.ListenAndServe() }()
	slog.Info("open http://" + addr)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(app.Shutdown(ctx), web.Shutdown(ctx))
}
