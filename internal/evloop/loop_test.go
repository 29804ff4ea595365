//go:build linux && !portable

package evloop

import (
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"syscall"
	"testing"
)

func TestEdges(t *testing.T) {
	events := make(chan Event, 100)
	got := make(chan string, 100)
	s := &tester{}
	s.ready = func(turn *Turn, e Event) {
		for b := turn.Buffer(); ; {
			n, err := s.Read(b)
			if err != nil {
				got <- err.Error()
			}
			if n == 0 || err != nil {
				break
			}
			got <- string(b[:n])
		}
		events <- e
	}
	register(t, s)
	if e := await(t, "the first event", events); e != Writable {
		t.Errorf("event %b", e)
	}
	for _, word := range []string{"one", "two"} {
		s.peer.Write([]byte(word))
		if g := await(t, "data", got); g != word {
			t.Errorf("read %q", g)
		}
		if e := await(t, "an event", events); e&Readable == 0 || e&Ended != 0 {
			t.Errorf("event %b", e)
		}
	}

	size := 0
	for n := 1; n > 0; size += n {
		var err error
		if n, err = s.Write(make([]byte, 100000)); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := io.ReadFull(s.peer, make([]byte, size)); n != size || err != nil {
		t.Error(n, err)
	}
	for e := Event(0); e&Writable == 0; e = await(t, "room for writing", events) {
	}

	s.peer.Write([]byte("last"))
	s.peer.Close()
	if a, b := await(t, "data", got), await(t, "the end", got); a != "last" || b != "EOF" {
		t.Errorf("read %q, %q", a, b)
	}
	for e := Event(0); e&(Readable|Ended) != Readable|Ended; e = await(t, "the end", events) {
	}
	if _, err := s.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("Write: %v", err)
	}
	s.Close()
}

func TestShutdownIsAnEvent(t *testing.T) {
	ended := make(chan bool, 10)
	s := register(t, &tester{ready: func(_ *Turn, e Event) {
		if e&Ended != 0 {
			ended <- true
		}
	}})
	s.Shutdown(false)
	if n, err := s.peer.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("the peer reads %d, %v", n, err)
	}
	s.Shutdown(true)
	await(t, "the event", ended)
	s.Close()
}

func TestAddresses(t *testing.T) {
	unix := register(t, &tester{})
	if a := unix.RemoteAddr(); a != nil {
		t.Errorf("RemoteAddr is %v", a)
	}
	for _, host := range []string{"127.0.0.1:0", "[::1]:0"} {
		ln, err := net.Listen("tcp", host)
		if err != nil {
			t.Log(err)
			continue
		}
		nc, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		other, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		s := &tester{}
		if err := s.Take(nc.(syscall.Conn), s); err != nil {
			t.Fatal(err)
		}
		nc.Close()
		if a := s.RemoteAddr(); a.String() != ln.Addr().String() {
			t.Errorf("RemoteAddr is %v, want %v", a, ln.Addr())
		}
		other.(*net.TCPConn).SetLinger(0)
		other.Close()
		var readErr error
		eventually(t, "the reset comes", func() bool { _, readErr = s.Read(make([]byte, 1)); return readErr != nil })
		if !errors.Is(readErr, syscall.ECONNRESET) {
			t.Errorf("Read: %v", readErr)
		}
		if a := s.RemoteAddr(); a != nil {
			t.Errorf("RemoteAddr is %v after a reset", a)
		}
		s.Close()
		ln.Close()
	}
	unix.Close()
}

func TestTakeFails(t *testing.T) {
	f, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	s := &tester{}
	if err := s.Take(f, s); !errors.Is(err, syscall.EPERM) {
		t.Errorf("Take of what epoll does not know: %v", err)
	}
	f.Close()
	if err := s.Take(f, s); err == nil {
		t.Error("Take of a closed file works")
	}
	if shared.handles != 0 || shared.loops != nil {
		t.Errorf("%d handles are counted", shared.handles)
	}
}

// Without descriptors nothing is registered, and nothing is left behind.
func TestNoDescriptorsLeft(t *testing.T) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	a, b := conn(t, fds[0]), conn(t, fds[1])
	defer a.Close()
	defer b.Close()
	free := func() uint64 { // the lowest number that is not used
		fd, err := syscall.Open("/dev/null", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		syscall.Close(fd)
		return uint64(fd)
	}
	base := free()
	for n, taken := base, false; !taken; n++ {
		low := limit
		low.Cur = n
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &low); err != nil {
			t.Fatal(err)
		}
		s := &tester{}
		err := s.Take(a.(syscall.Conn), s)
		syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
		switch {
		case err == nil:
			s.Close()
			taken = true
		case !errors.Is(err, syscall.EMFILE):
			t.Errorf("Take: %v", err)
		case shared.handles != 0 || shared.loops != nil:
			t.Errorf("%d handles are counted", shared.handles)
		}
		eventually(t, "all is closed", func() bool { return free() == base })
	}
}

// onOneLoop registers n sources on the same loop.
func onOneLoop(t *testing.T, n int, source func(i int) *tester) (all []*tester, finish func()) {
	t.Helper()
	var others []*tester
	for len(all) < n {
		s := register(t, source(len(all)))
		if len(all) > 0 && s.loop != all[0].loop {
			others = append(others, s)
			continue
		}
		all = append(all, s)
	}
	return all, func() {
		for _, s := range slices.Concat(all, others) {
			s.Close()
		}
	}
}

// A source that has more to do does not keep the others waiting.
func TestAgain(t *testing.T) {
	const rounds = 1000
	left := rounds
	done := make(chan bool)
	called := make(chan int, 1)
	all, finish := onOneLoop(t, 2, func(i int) *tester {
		s := &tester{}
		s.ready = func(turn *Turn, e Event) {
			n, _ := s.Read(turn.Buffer())
			if i == 1 {
				if n > 0 {
					called <- left
				}
				return
			}
			if n == 0 && (left == rounds || e&Readable == 0) {
				return
			}
			if left--; left == rounds-1 {
				<-done // the other's event has come meanwhile
			}
			if left > 0 {
				turn.Again(s)
			} else {
				done <- true
			}
		}
		return s
	})
	all[0].peer.Write([]byte("start"))
	all[1].peer.Write([]byte("too"))
	done <- true
	if waited := rounds - await(t, "the other's call", called); waited > 5 {
		t.Errorf("another source has waited for %d rounds", waited)
	}
	await(t, "the last round", done)
	finish()
}

func TestStaleEvents(t *testing.T) {
	var s tester
	fresh := register(t, &tester{})
	l := fresh.loop
	l.mu.Lock()
	generation := l.slots[fresh.slot].generation
	l.mu.Unlock()
	event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fresh.slot), Pad: int32(generation)}
	if got := l.resolve(nil, []syscall.EpollEvent{event}); len(got) != 1 || got[0].source != Source(fresh) || got[0].event != Readable {
		t.Errorf("resolved to %v", got)
	}
	keep, finish := onOneLoop(t, 1, func(int) *tester { return &tester{} })
	fresh.Close()
	if got := l.resolve(nil, []syscall.EpollEvent{event}); len(got) != 0 {
		t.Errorf("the event of a closed handle is for %v", got)
	}
	slot, err := l.add(int(keep[0].fd), &s) // the place is used again
	if keep[0].loop == l {
		if !errors.Is(err, syscall.EEXIST) {
			t.Errorf("add: %v", err)
		}
	} else if err != nil || slot != fresh.slot {
		t.Errorf("slot %d, not %d; %v", slot, fresh.slot, err)
	}
	if got := l.resolve(nil, []syscall.EpollEvent{event}); len(got) != 0 {
		t.Errorf("the event of a closed handle is for %v", got)
	}
	if err == nil {
		l.remove(slot)
	}
	finish()
}

func TestLoopsEndAndBeginAgain(t *testing.T) {
	for range 20 {
		working, finish := neighbours(t)
		working()
		if n := len(shared.loops); n != runtime.GOMAXPROCS(0) {
			t.Errorf("%d loops", n)
		}
		finish()
		if shared.loops != nil || shared.watchdog != nil || shared.handles != 0 {
			t.Error("something is left")
		}
	}
}

// The last handle is closed while its source waits to be called again. The
// number of the epoll descriptor is somebody else's then.
func TestEndOfALoopWithWork(t *testing.T) {
	stolen := make(chan int)
	s := &tester{}
	s.ready = func(turn *Turn, e Event) {
		s.mu.Lock()
		epfd := s.loop.epfd
		s.mu.Unlock()
		turn.Again(s)
		s.Close()
		for {
			fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
			if err != nil || fd == epfd {
				stolen <- fd
				break
			}
			defer syscall.Close(fd)
		}
		stolen <- 0
	}
	register(t, s)
	epfd := await(t, "the number", stolen)
	fds := make([]int, 2)
	if err := syscall.Pipe(fds); err != nil {
		t.Fatal(err)
	}
	ev := syscall.EpollEvent{Events: syscall.EPOLLOUT | epollet, Fd: 1 << 20}
	if err := syscall.EpollCtl(epfd, syscall.EPOLL_CTL_ADD, fds[1], &ev); err != nil {
		t.Fatal(err)
	}
	<-stolen
	eventually(t, "the goroutines end", func() bool {
		dump := make([]byte, 1<<20)
		return !slices.Contains(goroutines(string(dump[:runtime.Stack(dump, true)])), "run")
	})
	events := make([]syscall.EpollEvent, 1)
	if n, err := syscall.EpollWait(epfd, events, 0); n != 1 || err != nil {
		t.Errorf("%d events, %v: a loop that has ended took them", n, err)
	}
	for _, fd := range append(fds, epfd) {
		syscall.Close(fd)
	}
}
