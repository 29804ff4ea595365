package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/socketio-go/socketio/examples/demos"
	"github.com/socketio-go/socketio/examples/official"
	"github.com/socketio-go/socketio/server"
)

// demo serves the demo that is named first, or all of them.
func demo(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	name := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, args = args[0], args[1:]
		if !slices.Contains(demos.Names(), name) {
			return mistake("unknown demo %q: there are %s", name, strings.Join(demos.Names(), ", "))
		}
	}
	fs := flag.NewFlagSet(strings.TrimSpace("sio demo "+name), flag.ContinueOnError)
	addr := fs.String("addr", "127.0.0.1:3000", "`address` to listen on")
	published := fs.Bool("official-client", false, "the page uses the socket.io-client of npm in place of ours")
	fs.Usage = func() {
		fmt.Fprintf(fs.Output(), "Serves a demo: %s; or all of them.\nOpen the address it prints in two browser windows.\n\nUsage: sio demo [NAME] [flags]\n\n",
			strings.Join(demos.Names(), ", "))
		fs.PrintDefaults()
	}
	if err := parse(fs, args, stdout); err != nil {
		return err
	}
	l, err := listen(*addr)
	if err != nil {
		return err
	}
	// With what pages do wrong, which a demo is to show.
	opts := server.Options{Logger: slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	what := "demos are"
	var app demos.Demo
	if name == "" {
		app = demos.New(&opts)
	} else {
		app = demos.Open(name, &opts)
		what = name + " demo is"
	}
	var handler http.Handler = app
	if *published {
		handler = official.Handler(app)
	}
	fmt.Fprintf(stdout, "The %s on http://%s/ - open it in two windows. Ctrl+C ends it.\n", what, l.Addr())
	return serveUntil(ctx, l, handler, app.Shutdown)
}
