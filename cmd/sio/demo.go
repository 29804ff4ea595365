package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/socketio-go/socketio/examples/chat"
	"github.com/socketio-go/socketio/server"
)

// application is one of the demos.
type application interface {
	http.Handler
	Shutdown(ctx context.Context) error
}

var demos = map[string]func(*server.Options) application{
	"chat": func(o *server.Options) application { return chat.New(o) },
}

func demo(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		return mistake("which demo? Try: sio demo chat")
	}
	name := args[0]
	open := demos[name]
	if name == "-h" || name == "-help" || name == "--help" {
		fmt.Fprint(stdout, usage)
		return nil
	}
	if open == nil {
		return mistake("unknown demo %q: there is chat", name)
	}
	var opts server.Options
	fs := flag.NewFlagSet("sio demo "+name, flag.ContinueOnError)
	addr := fs.String("addr", "127.0.0.1:3000", "`address` to listen on")
	fs.Usage = func() {
		fmt.Fprintf(fs.Output(), "Serves the demo; open the address it prints in two browser windows.\n\nUsage: sio demo %s [flags]\n\n", name)
		fs.PrintDefaults()
	}
	if err := parse(fs, args[1:], stdout); err != nil {
		return err
	}
	opts.Logger = slog.New(slog.NewTextHandler(stderr, nil))
	l, err := listen(*addr)
	if err != nil {
		return err
	}
	app := open(&opts)
	fmt.Fprintf(stdout, "The %s demo is on http://%s/ - open it in two windows. Ctrl+C ends it.\n", name, l.Addr())
	return serveUntil(ctx, l, app, app.Shutdown)
}
