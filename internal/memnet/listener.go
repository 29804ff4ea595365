package memnet

import (
	"context"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
)

// DefaultBuffer is the number of bytes one direction of a connection holds
// before its writer blocks, unless [Listener.Buffer] or [Pipe] says otherwise.
const DefaultBuffer = 64 << 10

// Listener is a [net.Listener] whose connections come from its own
// [Listener.DialContext]. All methods may be called concurrently.
type Listener struct {
	// Buffer is the number of bytes each direction of a connection holds
	// before its writer blocks; 0 means DefaultBuffer. Set it before the
	// first dial.
	Buffer int

	conns  chan *Conn
	closed chan struct{}
	once   sync.Once
	dials  atomic.Int64
}

// Listen returns an open listener. Its address is always mem:80.
func Listen() *Listener {
	return &Listener{conns: make(chan *Conn), closed: make(chan struct{})}
}

// Accept waits for the next dial. After [Listener.Close] the error matches
// [net.ErrClosed].
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case <-l.closed:
		return nil, l.opError("accept", net.ErrClosed)
	default:
	}
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, l.opError("accept", net.ErrClosed)
	}
}

// Close refuses later dials and ends waiting ones; accepted connections stay
// open. Every call after the first does nothing.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr returns the listener's address, mem:80.
func (l *Listener) Addr() net.Addr { return listenAddr }

// DialContext connects to the listener, whatever network and addr say, and
// returns a *[Conn] once the other end was accepted. Its errors are ctx's, or
// match [syscall.ECONNREFUSED] when the listener is closed. The signature is
// that of net.Dialer and of http.Transport's field.
func (l *Listener) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	select {
	case <-l.closed:
		return nil, l.opError("dial", syscall.ECONNREFUSED)
	default:
	}
	local := Addr("mem:" + strconv.FormatInt(10000+l.dials.Add(1), 10))
	near, far := newPair(l.Buffer, local, listenAddr)
	select {
	case l.conns <- far:
		return near, nil
	case <-l.closed:
		return nil, l.opError("dial", syscall.ECONNREFUSED)
	case <-ctx.Done():
		return nil, l.opError("dial", ctx.Err())
	}
}

func (l *Listener) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: network, Addr: listenAddr, Err: err}
}

// Addr is an address of this network, in the form mem:port.
type Addr string

const (
	network    = "mem"
	listenAddr = Addr("mem:80")
)

// Network returns "mem".
func (Addr) Network() string { return network }

// String returns the address itself.
func (a Addr) String() string { return string(a) }
