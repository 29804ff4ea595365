package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/server"
)

// runServer serves until standard input ends.
func runServer() {
	sio := server.New(&server.Options{
		PingInterval: 6 * time.Second, PingTimeout: 12 * time.Second, ConnectTimeout: 10 * time.Second, SendBudget: 256 << 10,
		Recovery: recovery(), Logger: slog.New(slog.DiscardHandler),
	})
	echo, everybody := socketio.NewEvent[string]("echo"), socketio.NewEvent[string]("everybody")
	socketio.On(sio, echo, func(_ context.Context, s *server.Socket, v string) error { return echo.Emit(s, v) })
	socketio.On(sio, everybody, func(_ context.Context, s *server.Socket, v string) error {
		return everybody.Emit(s.To("lobby").Volatile(), v)
	})
	much := strings.Repeat("y", 50_000)
	socketio.On(sio, socketio.NewEvent[socketio.None]("much"), func(_ context.Context, s *server.Socket, _ socketio.None) error {
		return s.Emit("much", much)
	})
	sio.OnConnect(func(_ context.Context, s *server.Socket) error {
		s.Join("lobby", "room "+s.ID()[:1])
		return nil
	})
	for i := range 5 {
		sio.Of(fmt.Sprint(i))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", sio)
	mux.HandleFunc("/state", func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(measure(sio, r.URL.Query().Has("collect")))
	})
	fmt.Println(l.Addr())
	go func() { _ = http.Serve(l, mux) }()
	_, _ = bufio.NewReader(os.Stdin).ReadByte()
}

// recovery is on if SOAK_RECOVERY is set.
func recovery() *server.Recovery {
	if os.Getenv("SOAK_RECOVERY") == "" {
		return nil
	}
	return &server.Recovery{MaxDisconnection: 5 * time.Second, MaxBytes: 16 << 20}
}

// state is what is to be the same at the end.
type state struct {
	Clients, Sockets, Goroutines, Descriptors int
	Heap, Stack, Resident                     uint64 // bytes
}

func measure(sio *server.Server, collect bool) (s state) {
	if collect {
		runtime.GC()
		runtime.GC()
		debug.FreeOSMemory()
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	files, _ := os.ReadDir("/proc/self/fd")
	s = state{Clients: sio.ClientCount(), Sockets: sio.SocketCount(), Goroutines: runtime.NumGoroutine(), Descriptors: len(files), Heap: mem.HeapAlloc, Stack: mem.StackInuse}
	statm, _ := os.ReadFile("/proc/self/statm")
	var size, pages uint64
	_, _ = fmt.Sscan(string(statm), &size, &pages)
	s.Resident = pages * uint64(os.Getpagesize())
	return s
}

func (s state) String() string {
	return fmt.Sprintf("%d clients, %d sockets, %d goroutines, %d descriptors, heap %.1f MB, stacks %.1f MB, resident %.1f MB",
		s.Clients, s.Sockets, s.Goroutines, s.Descriptors, float64(s.Heap)/1e6, float64(s.Stack)/1e6, float64(s.Resident)/1e6)
}

// compare tells what has not come back. Tables that have grown may stay: a megabyte, and
// twice that where the allocator keeps pages.
func (s state) compare(before state) error {
	var errs []error
	check := func(what string, now, then, more uint64) {
		if now > then+more {
			errs = append(errs, fmt.Errorf("%s: %d before, %d after", what, then, now))
		}
	}
	check("clients", uint64(s.Clients), uint64(before.Clients), 0)
	check("sockets", uint64(s.Sockets), uint64(before.Sockets), 0)
	check("goroutines", uint64(s.Goroutines), uint64(before.Goroutines), 0)
	check("descriptors", uint64(s.Descriptors), uint64(before.Descriptors), 0)
	check("heap", s.Heap, before.Heap, 1<<20)
	check("stacks", s.Stack, before.Stack, 2<<20)
	return errors.Join(errs...)
}

// process is the server, in a process of its own.
type process struct {
	addr  string
	cmd   *exec.Cmd
	stdin io.Closer
}

func start(ctx context.Context) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.CommandContext(ctx, self, "-serve")}
	p.cmd.Stderr = os.Stderr
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	p.addr = strings.TrimSpace(line)
	return p, err
}

func (p *process) stop() {
	_ = p.stdin.Close()
	_ = p.cmd.Wait()
}

// state asks the server.
func (p *process) state(query string) (s state, err error) {
	client := http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get("http://" + p.addr + "/state" + query)
	if err != nil {
		return s, err
	}
	defer response.Body.Close()
	return s, json.NewDecoder(response.Body).Decode(&s)
}

// settled waits until everybody has gone, those too that were silent, and then a
// little longer.
func (p *process) settled() (s state, err error) {
	for range 120 {
		time.Sleep(500 * time.Millisecond)
		if s, err = p.state(""); err != nil {
			return s, err
		}
		if s.Clients == 0 && s.Sockets == 0 {
			break
		}
	}
	time.Sleep(3 * time.Second)
	return p.state("?collect")
}

// watch prints the state now and then.
func (p *process) watch(ctx context.Context) {
	for {
		select {
		case <-time.After(30 * time.Second):
		case <-ctx.Done():
			return
		}
		if s, err := p.state(""); err == nil {
			fmt.Println("        ", s)
		}
	}
}
