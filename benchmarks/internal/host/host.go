// Package host is what the Go subjects have in common: how they tell where they
// listen, and how they are asked to collect garbage.
package host

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
)

// Heap is the answer to GET /gc on the control address, in bytes.
type Heap struct {
	Heap  uint64 `json:"heap"`  // in use by objects
	Stack uint64 `json:"stack"` // in use by goroutines
}

// Run listens on 127.0.0.1, prints the addresses, and serves until standard input
// ends, so that no subject outlives the program that started it.
func Run(serve func(l *net.TCPListener) error) {
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		fail(err)
	}
	control, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		fail(err)
	}
	stop := profile()
	go func() {
		io.Copy(io.Discard, os.Stdin)
		stop()
		os.Exit(0)
	}()
	go http.Serve(control, http.HandlerFunc(collect))
	fmt.Println("listening", l.Addr())
	fmt.Println("control", control.Addr())
	fail(serve(l))
}

// profile writes a CPU profile of the whole run to the file that BENCH_PROFILE
// names, if it does.
func profile() (stop func()) {
	path := os.Getenv("BENCH_PROFILE")
	if path == "" {
		return func() {}
	}
	file, err := os.Create(path)
	if err == nil {
		err = pprof.StartCPUProfile(file)
	}
	if err != nil {
		fail(err)
	}
	return func() {
		pprof.StopCPUProfile()
		file.Close()
	}
}

// Serve serves HTTP.
func Serve(h http.Handler) {
	Run(func(l *net.TCPListener) error { return http.Serve(l, h) })
}

func collect(w http.ResponseWriter, _ *http.Request) {
	runtime.GC() // twice: the first only marks what pools hold
	debug.FreeOSMemory()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	json.NewEncoder(w).Encode(Heap{Heap: stats.HeapInuse, Stack: stats.StackInuse})
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
