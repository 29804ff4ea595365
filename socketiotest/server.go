package socketiotest

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/socketio-go/socketio/client"
	"github.com/socketio-go/socketio/internal/memnet"
	"github.com/socketio-go/socketio/server"
)

// URL is where every [Server] is, for clients that use its DialContext.
const URL = "http://socketio.test"

// patience is how long something may take before a test fails.
const patience = 30 * time.Second

// Server is a Socket.IO server on a network in memory. Its methods fail the test
// rather than return errors.
type Server struct {
	*server.Server

	tb       testing.TB
	listener *memnet.Listener

	mu      sync.Mutex // guards what follows
	conns   []*memnet.Conn
	offline bool
}

// NewServer starts a server with these options, which may be nil. It is closed with
// the test.
func NewServer(tb testing.TB, opts *server.Options) *Server {
	s := &Server{Server: server.New(opts), tb: tb, listener: memnet.Listen()}
	hs := &http.Server{Handler: s.Server, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = hs.Serve(s.listener) }()
	tb.Cleanup(func() {
		_ = s.Server.Close()
		_ = hs.Close()
	})
	return s
}

// DialContext connects to the server, whatever the address is; it is for
// [client.Network].
func (s *Server) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	s.mu.Lock()
	offline := s.offline
	s.mu.Unlock()
	if offline {
		return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
	}
	nc, err := s.listener.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = append(s.conns, nc.(*memnet.Conn))
	return nc, nil
}

// Cut resets all network connections, as if the network had failed for a moment.
func (s *Server) Cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		c.Reset()
	}
	s.conns = nil
}

// Offline refuses new network connections from now on, until [Server.Online]. Those
// that exist are left alone; see [Server.Cut].
func (s *Server) Offline() { s.reachable(false) }

// Online ends [Server.Offline].
func (s *Server) Online() { s.reachable(true) }

func (s *Server) reachable(yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offline = !yes
}

// Client makes a client for a namespace of this server, not connected yet. opts may
// be nil; how the server is reached is added to them. It is closed with the test.
func (s *Server) Client(namespace string, opts *client.Options) *client.Socket {
	return s.Manager(opts).Socket(namespace, nil)
}

// Manager is [Server.Client] for several namespaces.
func (s *Server) Manager(opts *client.Options) *client.Manager {
	var o client.Options
	if opts != nil {
		o = *opts
	}
	if o.Network.DialContext == nil {
		o.Network.DialContext = s.DialContext
	}
	m := client.NewManager(URL, &o)
	s.tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = m.Close()
		_ = m.Shutdown(ctx)
	})
	return m
}

// Connect connects a client.
func (s *Server) Connect(c *client.Socket) *client.Socket {
	s.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.Connect(ctx); err != nil {
		s.tb.Fatalf("socketiotest: %v", err)
	}
	return c
}

// Dial is Client and Connect in one.
func (s *Server) Dial(opts *client.Options) *client.Socket {
	s.tb.Helper()
	return s.Connect(s.Client("/", opts))
}

// Pair returns the two ends of a connection to a server of its own.
func Pair(tb testing.TB) (*server.Socket, *client.Socket) {
	tb.Helper()
	s := NewServer(tb, nil)
	c := s.Dial(nil)
	return s.Peer(c), c
}

// Peer is the server's end of a connected client.
func (s *Server) Peer(c *client.Socket) *server.Socket {
	s.tb.Helper()
	peer := s.Of(c.Namespace()).Socket(c.ID())
	if peer == nil {
		s.tb.Fatalf("socketiotest: the server has no socket %q", c.ID())
	}
	return peer
}
