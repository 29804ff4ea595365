package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/socketio-go/socketio/benchmarks/internal/holder"
)

// Client is a client library that is measured. All of them talk to our server.
type Client struct {
	Name   string
	Folder string // in clients
	Tags   string // for the build
	node   bool
}

// Clients are all of them.
func Clients() []Client {
	return []Client{
		{Name: "ours", Folder: "ours"},
		{Name: "ours, portable", Folder: "ours", Tags: "portable"},
		{Name: "zishang520 v3.0.6", Folder: "zishang520"},
		{Name: "npm socket.io-client 4.8.4", Folder: "node", node: true},
	}
}

func (c Client) build(ctx context.Context, root, bin string) ([]string, error) {
	dir := filepath.Join(root, "benchmarks", "clients", c.Folder)
	if c.node {
		if err := install(ctx, dir); err != nil {
			return nil, err
		}
		return []string{"node", "--expose-gc", filepath.Join(dir, "clients.mjs")}, nil
	}
	binary := filepath.Join(bin, "client-"+c.Folder+c.Tags)
	return []string{binary}, command(ctx, dir, "go", "build", "-tags", c.Tags, "-o", binary, ".")
}

// Held is what one idle connection costs the process that holds it.
type Held struct {
	Memory     float64 // bytes that no file backs: heap, stacks, and what the runtime keeps
	Heap       float64 // bytes in use
	Goroutines float64
}

// Hold connects n clients to the server at addr and returns what each of them costs.
// The first few are not counted: they pay for what all share.
func (c Client) Hold(ctx context.Context, root, bin, addr, transport string, n int) (Held, error) {
	argv, err := c.build(ctx, root, bin)
	if err != nil {
		return Held{}, err
	}
	cmd := exec.CommandContext(ctx, argv[0], append(argv[1:], "http://"+addr, transport)...)
	cmd.Env, cmd.Stderr = environment(), os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return Held{}, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return Held{}, err
	}
	if err := cmd.Start(); err != nil {
		return Held{}, err
	}
	defer func() {
		_ = stdin.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	h := holding{stdin: stdin, lines: bufio.NewScanner(stdout), pid: cmd.Process.Pid}
	first, before, err := h.more(20)
	if err != nil {
		return Held{}, fmt.Errorf("%s: %w", c.Name, err)
	}
	last, after, err := h.more(n)
	if err != nil {
		return Held{}, fmt.Errorf("%s: %w", c.Name, err)
	}
	each := func(from, to float64) float64 { return (to - from) / float64(n) }
	return Held{
		Memory:     each(float64(before), float64(after)),
		Heap:       each(float64(first.Heap), float64(last.Heap)),
		Goroutines: each(float64(first.Goroutines), float64(last.Goroutines)),
	}, nil
}

// holding is the process that holds connections.
type holding struct {
	stdin io.Writer
	lines *bufio.Scanner
	pid   int
}

// more has n more connections made.
func (h *holding) more(n int) (cost holder.Cost, memory int64, err error) {
	if _, err = io.WriteString(h.stdin, strconv.Itoa(n)+"\n"); err != nil {
		return cost, 0, err
	}
	if !h.lines.Scan() {
		return cost, 0, fmt.Errorf("it has ended: %w", io.ErrUnexpectedEOF)
	}
	if err = json.Unmarshal(h.lines.Bytes(), &cost); err != nil {
		return cost, 0, err
	}
	memory, err = anonymous(h.pid)
	return cost, memory, err
}
