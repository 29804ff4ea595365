package interop

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// cuttable is a network that can be cut, and counts what it carries.
type cuttable struct {
	bytes atomic.Int64

	mu    sync.Mutex // guards what follows
	conns []net.Conn
	off   bool
}

func newCuttable(t *testing.T) *cuttable {
	c := new(cuttable)
	t.Cleanup(func() { c.cut(true) })
	return c
}

// cut ends all connections and refuses others, or ends that.
func (c *cuttable) cut(off bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off = off
	for _, nc := range c.conns {
		_ = nc.(*counted).Conn.(*net.TCPConn).SetLinger(0)
		_ = nc.Close()
	}
	c.conns = nil
}

func (c *cuttable) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.off {
		return nil, syscall.ENETDOWN
	}
	nc, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err == nil {
		// Not a *net.TCPConn, which an event loop would take over and nobody could cut.
		nc = &counted{nc, &c.bytes}
		c.conns = append(c.conns, nc)
	}
	return nc, err
}

// carried is how many bytes there were, in both directions.
func (c *cuttable) carried() int { return int(c.bytes.Load()) }

type counted struct {
	net.Conn
	bytes *atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.bytes.Add(int64(n))
	return n, err
}

func (c *counted) Write(p []byte) (int, error) {
	c.bytes.Add(int64(len(p))) // first: the peer may answer before this goroutine runs on
	return c.Conn.Write(p)
}
