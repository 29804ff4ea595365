// Command tcpepoll echoes and broadcasts over raw TCP with one epoll loop per
// core: no protocol, no HTTP, no goroutines. What it costs is the limit for any
// server that makes one read and one write for each message.
package main

import (
	"encoding/binary"
	"net"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/socketio-go/socketio/benchmarks/internal/host"
)

const (
	maxMessage     = 1 << 20
	maxDescriptors = 1 << 17
)

// conn is read by its loop only, and written by all of them.
type conn struct {
	fd, epoll int
	in        []byte // an unfinished message

	mu     sync.Mutex // guards the rest, and the order of writes
	out    []byte     // what the kernel has not taken
	closed bool
}

var (
	conns [maxDescriptors]atomic.Pointer[conn] // by descriptor
	limit atomic.Int64                         // all descriptors are below
)

func main() { host.Run(serve) }

// serve accepts, and hands the connections to the loops in turn.
func serve(l *net.TCPListener) error {
	var epoll []int
	for range runtime.GOMAXPROCS(0) {
		fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
		if err != nil {
			return err
		}
		epoll = append(epoll, fd)
		go loop(fd)
	}
	file, err := l.File() // a blocking duplicate
	if err != nil {
		return err
	}
	for next := 0; ; next++ {
		fd, _, err := unix.Accept4(int(file.Fd()), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		if err != nil {
			return err
		}
		c := &conn{fd: fd, epoll: epoll[next%len(epoll)]}
		conns[fd].Store(c)
		limit.Store(max(limit.Load(), int64(fd)+1))
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
		c.watch(unix.EPOLL_CTL_ADD, unix.EPOLLIN)
	}
}

func loop(epoll int) {
	runtime.LockOSThread()
	events := make([]unix.EpollEvent, 256)
	buffer := make([]byte, 256<<10)
	for {
		n, _ := unix.EpollWait(epoll, events, -1)
		for _, event := range events[:max(n, 0)] {
			c := conns[event.Fd].Load()
			if c == nil {
				continue
			}
			if event.Events&unix.EPOLLOUT != 0 {
				c.flush()
			}
			if event.Events&^unix.EPOLLOUT != 0 && !c.read(buffer) {
				c.close()
			}
		}
	}
}

func (c *conn) watch(op int, events uint32) {
	unix.EpollCtl(c.epoll, op, c.fd, &unix.EpollEvent{Events: events, Fd: int32(c.fd)})
}

func (c *conn) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	conns[c.fd].Store(nil)
	unix.Close(c.fd)
}

func (c *conn) read(buffer []byte) bool {
	n, err := unix.Read(c.fd, buffer)
	if err != nil {
		return err == unix.EAGAIN || err == unix.EINTR
	}
	data := buffer[:n]
	if len(c.in) > 0 {
		c.in = append(c.in, data...)
		data = c.in
	}
	rest, ok := c.handle(data)
	c.in = append(c.in[:0], rest...)
	return ok && n > 0
}

// handle echoes complete messages, as many as possible in one write.
func (c *conn) handle(data []byte) (rest []byte, ok bool) {
	echoed, at := 0, 0
	for len(data)-at >= 4 {
		size := int(binary.BigEndian.Uint32(data[at:]))
		if size > maxMessage {
			return nil, false
		}
		end := at + 4 + size
		if end > len(data) {
			break
		}
		if size > 0 && data[at+4] == 'b' {
			c.write(data[echoed:at])
			broadcast(data[at:end])
			echoed = end
		}
		at = end
	}
	c.write(data[echoed:at])
	return data[at:], true
}

func broadcast(message []byte) {
	for i := range conns[:limit.Load()] {
		if c := conns[i].Load(); c != nil {
			c.write(message)
		}
	}
}

func (c *conn) write(data []byte) {
	if len(data) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	if len(c.out) == 0 {
		n, err := unix.Write(c.fd, data)
		if data = data[max(n, 0):]; len(data) == 0 || err != nil && err != unix.EAGAIN {
			return
		}
		c.watch(unix.EPOLL_CTL_MOD, unix.EPOLLIN|unix.EPOLLOUT)
	}
	c.out = append(c.out, data...)
}

func (c *conn) flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := unix.Write(c.fd, c.out)
	if err != nil && err != unix.EAGAIN {
		n = len(c.out) // the next read finds out
	}
	if c.out = slices.Delete(c.out, 0, max(n, 0)); len(c.out) == 0 {
		c.out = nil
		c.watch(unix.EPOLL_CTL_MOD, unix.EPOLLIN)
	}
}
