package load

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// perAddress is how many connections share one source address. A thousand ports
// of it remain free, for what else runs on the machine.
const perAddress = 10_000

// Conn is one connection.
type Conn struct {
	pool  *Pool
	fd    int
	index int

	connected, complete, closed bool

	stage   int    // of the protocol's handshake
	session string // of polling
	in, out []byte // what is not parsed, or not sent yet
	message []byte // of a fragmented WebSocket message
	text    bool   // whether that is a text

	sent, next uint32   // the number of the next echo to send, and to receive
	nextCast   []uint32 // of casts, for each member of the group
}

// dial begins a connection. Only trouble on this side is an error.
func (p *Pool) dial() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("load: connection %d: %w", p.Dialed, err)
	}
	c := &Conn{pool: p, fd: fd, index: len(p.conns)}
	source := &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, byte(2 + c.index/perAddress)}}
	err = errors.Join(
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1),
		unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1),
		// Closing resets: no TIME_WAIT, which would use up the ports.
		unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}),
		unix.Bind(fd, source),
	)
	if err == nil {
		if err = unix.Connect(fd, &p.server); err == unix.EINPROGRESS {
			err = nil
		}
	}
	if err == nil {
		err = p.watch(c, unix.EPOLL_CTL_ADD, unix.EPOLLIN|unix.EPOLLOUT)
	}
	if err != nil {
		unix.Close(fd)
		return fmt.Errorf("load: connection %d: %w", p.Dialed, err)
	}
	p.Dialed++
	p.conns = append(p.conns, c)
	return nil
}

func (p *Pool) watch(c *Conn, op int, events uint32) error {
	return unix.EpollCtl(p.epoll, op, c.fd, &unix.EpollEvent{Events: events, Fd: int32(c.index)})
}

// readable reads once; epoll reports the rest again.
func (c *Conn) readable() {
	if c.closed {
		return
	}
	n, errno := rawIO(unix.SYS_READ, c.fd, c.pool.input)
	switch {
	case errno == unix.EAGAIN || errno == unix.EINTR:
		return
	case errno != 0:
		c.close(errno)
		return
	case n == 0:
		c.close(errors.New("the server closed the connection"))
		return
	}
	data := c.pool.input[:n]
	if len(c.in) > 0 {
		c.in = append(c.in, data...)
		data = c.in
	}
	used, err := c.consume(data)
	if err != nil {
		c.close(err)
		return
	}
	c.in = append(c.in[:0], data[used:]...)
	if len(c.in) == 0 && cap(c.in) > 4096 {
		c.in = nil
	}
}

// consume gives the protocol all that is complete.
func (c *Conn) consume(data []byte) (used int, err error) {
	for used < len(data) && !c.closed {
		n, err := c.pool.protocol.Read(c, data[used:])
		if err != nil {
			return used, err
		}
		if n == 0 {
			break
		}
		used += n
	}
	return used, nil
}

func (c *Conn) writable() {
	if c.closed {
		return
	}
	if !c.connected {
		if code, err := unix.GetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_ERROR); err != nil || code != 0 {
			c.close(errors.Join(err, unix.Errno(code)))
			return
		}
		c.connected = true
		c.pool.protocol.Open(c)
	}
	out := c.out
	c.out = nil
	c.write(out)
	if len(c.out) == 0 && !c.closed {
		c.check(c.pool.watch(c, unix.EPOLL_CTL_MOD, unix.EPOLLIN))
	}
}

// write sends at once what the kernel takes.
func (c *Conn) write(data []byte) {
	if c.closed {
		return
	}
	if len(c.out) == 0 {
		for len(data) > 0 {
			n, errno := rawIO(unix.SYS_WRITE, c.fd, data)
			if errno == unix.EAGAIN {
				break
			}
			if errno != 0 && errno != unix.EINTR {
				c.close(errno)
				return
			}
			data = data[n:]
		}
		if len(data) == 0 {
			return
		}
		c.check(c.pool.watch(c, unix.EPOLL_CTL_MOD, unix.EPOLLIN|unix.EPOLLOUT))
	}
	c.out = append(c.out, data...)
}

func (c *Conn) check(err error) {
	if err != nil {
		c.close(err)
	}
}

// close ends the connection; with an error, it broke.
func (c *Conn) close(err error) {
	if c.closed {
		return
	}
	c.closed = true
	unix.Close(c.fd)
	if err == nil {
		return
	}
	if c.complete {
		c.pool.Broken++
	} else {
		c.pool.Failed++
	}
	if c.pool.broke == nil {
		c.pool.broke = err
	}
}

// ready is called by the protocol when messages can be sent.
func (c *Conn) ready() {
	c.complete = true
	c.pool.Ready++
	c.pool.lastNews = c.pool.now()
}

// send sends a request whose payload says that it was due at the time, and which
// will arrive at so many connections.
func (c *Conn) send(r *Request, due int64, receivers int) {
	p := c.pool
	h := header{kind: kindEcho, number: c.sent, time: due, sender: c.index}
	switch r.Op {
	case Join:
	case Cast, RoomCast:
		h.kind, h.number = kindCast, p.sent
		fallthrough
	default:
		h.put(r.Payload)
		c.sent++
		p.sent++
		p.expected += int64(receivers)
	}
	p.scratch = p.protocol.Append(c, p.scratch[:0], r)
	c.write(p.scratch)
}

// deliver takes what the protocol has found in a message from the server.
func (c *Conn) deliver(payload []byte) {
	p := c.pool
	now := p.now()
	p.lastNews = now
	h, ok := parseHeader(payload)
	switch {
	case !ok && string(payload) == "ok":
		p.Answers++
		return
	case !ok:
		p.Misdelivered++
		return
	}
	next := &c.next
	mine := h.sender == c.index
	if h.kind == kindCast {
		next, mine = c.castFrom(h.sender)
	}
	if !mine {
		p.Misdelivered++
		return
	}
	if h.number < *next {
		p.Reordered++
	} else {
		*next = h.number + 1
	}
	p.Received++
	p.Latencies = append(p.Latencies, float64(now-h.time)/1e3)
	if p.arrived != nil {
		p.arrived(c, now)
	}
}

// castFrom is the number of the next cast of that sender. Without groups there is
// only one on its way at a time, and all senders are counted as one. It returns
// ok = false if the sender is in another group.
func (c *Conn) castFrom(sender int) (next *uint32, ok bool) {
	group := max(1, c.pool.group)
	if c.nextCast == nil {
		c.nextCast = make([]uint32, group)
	}
	ok = c.pool.group == 0 || sender/group == c.index/group
	return &c.nextCast[sender%group], ok
}
