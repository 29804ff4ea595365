// Command wasm compiles the example wasm and serves it.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"

	"github.com/socketio-go/socketio/examples/wasm"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	addr := flag.String("addr", "127.0.0.1:3000", "`address` to listen on")
	flag.Parse()
	dir, err := os.MkdirTemp("", "wasm")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := wasm.Build(context.Background(), dir); err != nil {
		return err
	}
	l, err := net.Listen("tcp", *addr)
	if err != nil {
		return err
	}
	fmt.Printf("open http://%s/\n", l.Addr())
	app := wasm.New(dir, nil)
	defer app.Close()
	return http.Serve(l, app)
}
