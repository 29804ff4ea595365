//go:build linux && !portable

package evloop

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestMain fails if a goroutine outlives the tests.
func TestMain(m *testing.M) {
	code := m.Run()
	dump := make([]byte, 1<<20)
	for range 500 {
		n := runtime.Stack(dump, true)
		if !strings.Contains(string(dump[:n]), "evloop.(*") {
			os.Exit(code)
		}
		time.Sleep(10 * time.Millisecond)
	}
	fmt.Fprintf(os.Stderr, "leaked goroutines:\n%s\n", dump[:runtime.Stack(dump, true)])
	os.Exit(1)
}

// patience is how long is waited for what must happen, on a busy machine too.
const patience = time.Minute

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for start := time.Now(); !f(); time.Sleep(time.Millisecond) {
		if time.Since(start) > patience {
			t.Fatalf("it does not happen that %s", what)
		}
	}
}

func await[T any](t *testing.T, what string, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Fatalf("%s does not come", what)
	}
	return v
}

// tester is a source. Functions that are nil do nothing.
type tester struct {
	Handle
	peer    net.Conn
	ready   func(t *Turn, e Event)
	overdue func()
	resume  func(t *Turn)

	mu     sync.Mutex // guards what follows, and the descriptor
	closed bool
}

// Read reads nothing after Close: the descriptor is somebody else's then.
func (s *tester) Read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, nil
	}
	return s.Handle.Read(b)
}

func (s *tester) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.Handle.Close()
}

func (s *tester) Ready(t *Turn, e Event) {
	if s.ready != nil {
		s.ready(t, e)
	}
}

func (s *tester) Overdue() {
	if s.overdue != nil {
		s.overdue()
	}
}

func (s *tester) Resume(t *Turn) {
	if s.resume != nil {
		s.resume(t)
	}
}

// register connects a source.
func register(t *testing.T, s *tester) *tester {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	near := conn(t, fds[0])
	s.peer = conn(t, fds[1])
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.Take(near.(syscall.Conn), s); err != nil {
		t.Fatal(err)
	}
	near.Close()
	t.Cleanup(func() { s.peer.Close() })
	return s
}

func conn(t *testing.T, fd int) net.Conn {
	t.Helper()
	f := os.NewFile(uintptr(fd), "socket")
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// neighbours registers sources on every loop, and returns a function that sees
// that all loops work.
func neighbours(t *testing.T) (working func(), finish func()) {
	t.Helper()
	var all []*tester
	called := make(chan int, 1000)
	for i := range 2 * runtime.GOMAXPROCS(0) {
		s := &tester{}
		s.ready = func(_ *Turn, e Event) {
			b := make([]byte, 1)
			for n, _ := s.Read(b); n > 0; n, _ = s.Read(b) {
				called <- i
			}
		}
		all = append(all, register(t, s))
	}
	working = func() {
		t.Helper()
		for i, s := range all {
			s.peer.Write([]byte{1})
			if got := await(t, "a call", called); got != i {
				t.Errorf("source %d is called instead of %d", got, i)
			}
		}
	}
	return working, func() {
		for _, s := range all {
			s.Close()
		}
	}
}
