// Package wasm is a page whose client is a Go program, compiled to WebAssembly, and
// its server. The page is in the folder page, what travels in events.
package wasm

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/examples/wasm/events"
	"github.com/socketio-go/socketio/server"
)

//go:embed page/index.html
var index []byte

// Build compiles the page into a directory, with the Go tool and in this module, and
// puts the Go distribution's loader beside it.
func Build(ctx context.Context, dir string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(dir, "page.wasm"),
		"github.com/socketio-go/socketio/examples/wasm/page")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("wasm: %w\n%s", err, out)
	}
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("wasm: %w", err)
	}
	loader, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return fmt.Errorf("wasm: %w", err)
	}
	return os.WriteFile(filepath.Join(dir, "wasm_exec.js"), loader, 0o644)
}

// App serves the page and its connections.
type App struct {
	http.Handler
	io   *server.Server
	stop chan struct{}
}

// New makes an App of what Build has put into dir.
func New(dir string, opts *server.Options) *App {
	io := server.New(opts)
	socketio.Handle(io, events.Echo, func(_ context.Context, _ *server.Socket, text string) (string, error) { return text, nil })
	socketio.Handle(io, events.Hash, func(_ context.Context, _ *server.Socket, p socketio.Binary) (socketio.Binary, error) {
		sum := sha256.Sum256(p)
		return sum[:], nil
	})
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", io)
	mux.Handle("/", http.FileServer(http.Dir(dir)))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(index)
	})
	a := &App{Handler: mux, io: io, stop: make(chan struct{})}
	go a.tick()
	return a
}

func (a *App) tick() {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for n := 1; ; n++ {
		select {
		case <-ticker.C:
			_ = events.Tick.Emit(a.io, n)
		case <-a.stop:
			return
		}
	}
}

// Close ends all connections.
func (a *App) Close() error {
	close(a.stop)
	return a.io.Close()
}
