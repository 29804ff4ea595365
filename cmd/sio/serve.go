package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/socketio-go/socketio/server"
)

// drainTime is how long clients may take to fetch what they have been sent.
const drainTime = 5 * time.Second

func serve(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var opts server.Options
	fs := flag.NewFlagSet("sio serve", flag.ContinueOnError)
	addr := fs.String("addr", "127.0.0.1:3000", "`address` to listen on")
	path := fs.String("path", "/socket.io/", "`path` of the server, as the clients' option of that name")
	echo := fs.Bool("echo", false, "answer the events echo, bcast, join and leave, for a first try")
	serverFlags(fs, &opts)
	fs.Usage = func() {
		fmt.Fprint(fs.Output(), "A Socket.IO server.\n\nUsage: sio serve [flags]\n\n")
		fs.PrintDefaults()
	}
	if err := parse(fs, args, stdout); err != nil {
		return err
	}
	if err := checkOptions(&opts); err != nil {
		return err
	}
	mount, err := mountPath(*path)
	if err != nil {
		return err
	}
	opts.Logger = slog.New(slog.NewTextHandler(stderr, nil))
	io := server.New(&opts)
	if *echo {
		diagnostics(io)
	}
	mux := http.NewServeMux()
	mux.Handle(mount, io)
	l, err := listen(*addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "Socket.IO server on http://%s%s\n", l.Addr(), mount)
	return serveUntil(ctx, l, mux, io.Shutdown)
}

// mountPath is the path with a slash at both ends.
func mountPath(path string) (string, error) {
	if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?#{} ") {
		return "", mistake("--path %q: it begins with / and has none of ?#{} or spaces", path)
	}
	return strings.TrimRight(path, "/") + "/", nil
}

// serveUntil serves HTTP until ctx ends, and then shuts down in order.
func serveUntil(ctx context.Context, l net.Listener, h http.Handler, shutdown func(context.Context) error) error {
	hs := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- hs.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	err := shutdown(drain)
	if errors.Is(err, context.DeadlineExceeded) {
		err = nil // clients that do not fetch their last messages are cut
	}
	return errors.Join(err, hs.Close())
}
