package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/socketio-go/socketio/benchmarks/internal/load"
)

// Subject is a server that is measured.
type Subject struct {
	Name     string
	About    string
	SocketIO bool          // else there are only echo and fan-out
	Protocol load.Protocol // of the load generator
	Folder   string        // in subjects
	Tags     string        // for the build
	node     bool
}

// Subjects are all of them, ours first. Ratios are relative to the first.
func Subjects() []Subject {
	return []Subject{
		{Name: "ours", About: "this project's server, typed handlers", SocketIO: true, Protocol: load.SocketIO{}, Folder: "ours"},
		{Name: "ours-portable", About: "the same without its event loop: the path of TLS and other systems", SocketIO: true, Protocol: load.SocketIO{}, Folder: "ours", Tags: "portable"},
		{Name: "node", About: "npm socket.io 4.8.4, the official server, with its default WebSocket engine ws", SocketIO: true, Protocol: load.SocketIO{}, Folder: "node", node: true},
		{Name: "zishang520", About: "github.com/zishang520/socket.io v3.0.2 for Go", SocketIO: true, Protocol: load.SocketIO{}, Folder: "zishang520"},
		{Name: "gws", About: "github.com/lxzan/gws v1.8.9: WebSocket alone", Protocol: load.WebSocket{}, Folder: "gws"},
		{Name: "gorilla", About: "github.com/gorilla/websocket v1.5.3: WebSocket alone", Protocol: load.WebSocket{}, Folder: "gorilla"},
		{Name: "tcp-epoll", About: "raw TCP, one epoll loop per core: the limit", Protocol: load.TCP{}, Folder: "tcpepoll"},
	}
}

// Build makes the command line of the subject. Binaries go to the directory bin.
func (s Subject) Build(ctx context.Context, root, bin string) ([]string, error) {
	dir := filepath.Join(root, "benchmarks", "subjects", s.Folder)
	if s.node {
		if err := install(ctx, dir); err != nil {
			return nil, err
		}
		return []string{"node", "--expose-gc", filepath.Join(dir, "server.mjs")}, nil
	}
	binary := filepath.Join(bin, s.Name)
	return []string{binary}, command(ctx, dir, "go", "build", "-tags", s.Tags, "-o", binary, ".")
}

// install brings the npm packages, unless those of the lock file are there.
func install(ctx context.Context, dir string) error {
	stamp, err := os.Stat(filepath.Join(dir, "node_modules", ".installed"))
	lock, lockErr := os.Stat(filepath.Join(dir, "package-lock.json"))
	if err == nil && lockErr == nil && stamp.ModTime().After(lock.ModTime()) {
		return nil
	}
	if err := command(ctx, dir, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "node_modules", ".installed"), nil, 0o644)
}

func command(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	// One of the subjects is a module of its own and not in the workspace.
	cmd.Env = append(os.Environ(), "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s in %s: %w\n%s", name, strings.Join(args, " "), filepath.Base(dir), err, out)
	}
	return nil
}
