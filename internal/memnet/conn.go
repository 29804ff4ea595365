package memnet

import (
	"net"
	"time"
)

// Conn is one end of a connection, a [net.Conn] with half close and reset.
// All methods may be called concurrently.
type Conn struct {
	in, out       *stream
	local, remote Addr
}

// Pipe returns the two ends of a connection whose directions hold buffer bytes
// each; 0 means DefaultBuffer.
func Pipe(buffer int) (*Conn, *Conn) {
	return newPair(buffer, "mem:1", "mem:2")
}

func newPair(buffer int, near, far Addr) (*Conn, *Conn) {
	if buffer <= 0 {
		buffer = DefaultBuffer
	}
	there, back := newStream(buffer), newStream(buffer)
	return &Conn{in: back, out: there, local: near, remote: far},
		&Conn{in: there, out: back, local: far, remote: near}
}

// Read waits for at least one byte. It returns [io.EOF] after the other end's
// Close or CloseWrite and everything written before it, [syscall.ECONNRESET]
// after its Reset, [net.ErrClosed] after this end's Close, and
// [os.ErrDeadlineExceeded] past the read deadline.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.in.read(p)
	return n, c.opError("read", err)
}

// Write returns when all of p is in the other end's buffer, or with the number
// of bytes that are. It fails with [syscall.EPIPE] when the other end is
// closed, and else like Read.
func (c *Conn) Write(p []byte) (int, error) {
	n, err := c.out.write(p)
	return n, c.opError("write", err)
}

// Close ends both directions and every waiting call on this end. The other end
// reads what was written before and then io.EOF.
func (c *Conn) Close() error {
	if !c.in.closeReader(net.ErrClosed) {
		return c.opError("close", net.ErrClosed)
	}
	c.out.closeWriter(net.ErrClosed)
	return nil
}

// CloseWrite ends the direction away from this end; reading goes on.
func (c *Conn) CloseWrite() error {
	c.out.closeWriter(errShutdown)
	return nil
}

// CloseRead refuses what arrives from now on, as if this end were closed for
// reading only; the other end's writes fail.
func (c *Conn) CloseRead() error {
	c.in.closeReader(errShutdown)
	return nil
}

// Reset cuts the connection like a TCP RST: what is under way is lost, and the
// other end's calls fail with [syscall.ECONNRESET].
func (c *Conn) Reset() {
	c.in.reset(net.ErrClosed, errReset)
	c.out.reset(errReset, net.ErrClosed)
}

// Buffered returns the number of bytes that wait to be read on this end.
func (c *Conn) Buffered() int { return c.in.buffered() }

// LocalAddr returns the address of this end.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr returns the address of the other end.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline sets both deadlines; the zero time removes them.
func (c *Conn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// SetReadDeadline ends waiting and later Reads at t; the zero time removes it.
func (c *Conn) SetReadDeadline(t time.Time) error {
	return c.opError("set", c.in.setDeadline(&c.in.reader, t))
}

// SetWriteDeadline ends waiting and later Writes at t; the zero time removes it.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	return c.opError("set", c.out.setDeadline(&c.out.writer, t))
}
