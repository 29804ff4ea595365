package interop

import (
	"context"
	"net"
	"sync"
	"syscall"
	"testing"
)

// cuttable is a network that can be cut.
type cuttable struct {
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
		if tcp, ok := nc.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
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
		nc = struct{ net.Conn }{nc}
		c.conns = append(c.conns, nc)
	}
	return nc, err
}
