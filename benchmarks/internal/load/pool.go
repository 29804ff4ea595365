// Package load is the client side of the benchmarks: thousands of connections on
// one goroutine and one epoll descriptor, so that the generator costs less than
// what it measures. It speaks raw TCP, WebSocket and Socket.IO, checks every
// message it gets, and uses nothing of the project's own packages.
package load

import (
	"fmt"
	"net/netip"
	"slices"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Protocol is how a client talks to a subject.
type Protocol interface {
	// Open begins the protocol on a new TCP connection.
	Open(c *Conn)
	// Read takes complete messages from the front of in and returns how many
	// bytes that was. It calls Conn.ready once and Conn.deliver for each payload.
	Read(c *Conn, in []byte) (int, error)
	// Append encodes a request.
	Append(c *Conn, dst []byte, r *Request) []byte
}

// Counts is what happened to connections and messages since the pool began.
type Counts struct {
	Dialed, Ready int   // connections tried, and those that completed
	Failed        int   // connections that ended before that
	Broken        int   // connections that ended after it
	Received      int64 // messages
	Answers       int64 // acknowledgements of Join
	Reordered     int64 // messages that arrived after a later one
	Misdelivered  int64 // messages that arrived at the wrong connection, or changed
}

// Pool is a number of connections to one server. It is not safe for concurrent
// use: everything happens inside of Poll.
type Pool struct {
	Counts

	// Latencies are the microseconds from send, or from when it was due, to
	// arrival. The caller may empty it.
	Latencies []float64

	protocol Protocol
	server   unix.SockaddrInet4
	epoll    int
	conns    []*Conn
	patience time.Duration
	started  time.Time
	sent     uint32 // messages
	expected int64  // arrivals of them
	lastNews int64  // when a message arrived last, or a connection completed
	arrived  func(c *Conn, now int64)
	group    int // > 0: casts go to the connections with the same index/group

	events  []unix.EpollEvent
	input   []byte
	scratch []byte
	broke   error // the first connection that failed or broke
}

// NewPool makes an empty pool for the server at addr. After the time of patience
// without any news it takes the server for stalled.
func NewPool(protocol Protocol, addr string, patience time.Duration) (*Pool, error) {
	to, err := netip.ParseAddrPort(addr)
	if err != nil || !to.Addr().Is4() {
		return nil, fmt.Errorf("load: %q is no IPv4 address with a port", addr)
	}
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("load: epoll_create1: %w", err)
	}
	return &Pool{
		protocol: protocol,
		server:   unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()},
		epoll:    epoll,
		patience: patience,
		started:  time.Now(),
		events:   make([]unix.EpollEvent, 512),
		input:    make([]byte, 256<<10),
	}, nil
}

// Dial opens n more connections, perSecond at most and never more than 500 that
// are not complete yet. It gives up when the server has stalled.
func (p *Pool) Dial(n, perSecond int) error {
	begin, first := p.now(), p.Dialed
	p.lastNews = begin
	pending := func() int { return p.Dialed - p.Ready - p.Failed }
	for p.Dialed < first+n || pending() > 0 {
		now := p.now()
		if now-p.lastNews > int64(p.patience) {
			break
		}
		due := int(float64(now-begin)/1e9*float64(perSecond)) + 1
		for p.Dialed < first+min(due, n) && pending() < 500 {
			if err := p.dial(); err != nil {
				return err
			}
		}
		p.Poll(time.Millisecond)
	}
	return nil
}

// Poll waits for the network and handles what has arrived.
func (p *Pool) Poll(wait time.Duration) {
	n := p.wait(max(wait, 0))
	for _, event := range p.events[:n] {
		c := p.conns[event.Fd]
		if event.Events&unix.EPOLLOUT != 0 {
			c.writable()
		}
		if event.Events&^unix.EPOLLOUT != 0 {
			c.readable()
		}
	}
}

// wait is epoll_pwait2, which package unix does not have: the paced works need
// finer waits than a millisecond.
func (p *Pool) wait(d time.Duration) int {
	timeout := unix.NsecToTimespec(int64(d))
	n, _, errno := unix.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(p.epoll),
		uintptr(unsafe.Pointer(&p.events[0])), uintptr(len(p.events)), uintptr(unsafe.Pointer(&timeout)), 0, 0)
	if errno != 0 {
		return 0
	}
	return int(n)
}

// Idle keeps answering the server for some time.
func (p *Pool) Idle(d time.Duration) {
	for end := p.now() + int64(d); p.now() < end; {
		p.Poll(min(time.Duration(end-p.now()), 100*time.Millisecond))
	}
}

// Reset cuts all connections at once and forgets them. The counts stay.
func (p *Pool) Reset() {
	for _, c := range p.conns {
		c.close(nil)
	}
	p.conns = nil
}

// Close cuts all connections.
func (p *Pool) Close() {
	p.Reset()
	unix.Close(p.epoll)
}

// Err tells why the first connection failed or broke that did.
func (p *Pool) Err() error { return p.broke }

// Percentiles are those of the latencies, in microseconds.
func (p *Pool) Percentiles(at ...float64) []float64 {
	slices.Sort(p.Latencies)
	values := make([]float64, len(at))
	for i, q := range at {
		if n := len(p.Latencies); n > 0 {
			values[i] = p.Latencies[min(int(q*float64(n)), n-1)]
		}
	}
	return values
}

func (p *Pool) now() int64 { return int64(time.Since(p.started)) }
