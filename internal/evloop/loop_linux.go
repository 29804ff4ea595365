//go:build linux && !portable

package evloop

import (
	"os"
	"sync"
	"sync/atomic"
	"syscall"
)

// Available reports whether this system has event loops.
const Available = true

// maxBatch is how many events are fetched at a time.
const maxBatch = 128

// loop is one epoll set.
type loop struct {
	epfd int
	file *os.File // epfd in the eyes of Go's poller
	raw  syscall.RawConn

	leader   atomic.Pointer[Turn]
	watchdog *watchdog

	mu    sync.Mutex // guards what follows
	slots []slot
	free  []uint32
}

// slot is the registration of a descriptor. The generation tells its events from
// those of whoever had the slot, or the descriptor's number, before.
type slot struct {
	source     Source
	generation uint32
}

func newLoop(w *watchdog) (*loop, error) {
	epfd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	if err := syscall.SetNonblock(epfd, true); err != nil { // which makes os.NewFile use the poller
		return nil, os.NewSyscallError("fcntl", err)
	}
	l := &loop{epfd: epfd, watchdog: w, file: os.NewFile(uintptr(epfd), "epoll")}
	if l.raw, err = l.file.SyscallConn(); err != nil {
		return nil, err
	}
	l.leader.Store(newTurn(l))
	return l, nil
}

// epollet is syscall.EPOLLET, which is negative there.
const epollet = 1 << 31

func (l *loop) add(fd int, s Source) (uint32, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var i uint32
	if n := len(l.free); n > 0 {
		i, l.free = l.free[n-1], l.free[:n-1]
	} else {
		i = uint32(len(l.slots))
		l.slots = append(l.slots, slot{})
	}
	l.slots[i].source = s
	ev := syscall.EpollEvent{
		Events: syscall.EPOLLIN | syscall.EPOLLOUT | syscall.EPOLLRDHUP | epollet,
		Fd:     int32(i),
		Pad:    int32(l.slots[i].generation),
	}
	if err := syscall.EpollCtl(l.epfd, syscall.EPOLL_CTL_ADD, fd, &ev); err != nil {
		l.forgetLocked(i)
		return 0, os.NewSyscallError("epoll_ctl", err)
	}
	return i, nil
}

func (l *loop) remove(i uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forgetLocked(i)
}

func (l *loop) forgetLocked(i uint32) {
	l.slots[i].source = nil
	l.slots[i].generation++
	l.free = append(l.free, i)
}

// resolve appends the sources whose events are not stale.
func (l *loop) resolve(dst []ready, events []syscall.EpollEvent) []ready {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range events {
		slot := &l.slots[events[i].Fd]
		if slot.source != nil && slot.generation == uint32(events[i].Pad) {
			dst = append(dst, ready{slot.source, translate(events[i].Events)})
		}
	}
	return dst
}

// ready is a source that is to be called.
type ready struct {
	source Source
	event  Event
}

func translate(epoll uint32) (e Event) {
	if epoll&(syscall.EPOLLRDHUP|syscall.EPOLLHUP|syscall.EPOLLERR) != 0 {
		e |= Ended | Readable
	}
	if epoll&syscall.EPOLLIN != 0 {
		e |= Readable
	}
	if epoll&syscall.EPOLLOUT != 0 {
		e |= Writable
	}
	return e
}
