package websocket

import (
	"net"
	"sync"
	"time"
)

// Conn is a WebSocket connection, the same on both sides. [Accept] and [Dial]
// make them; the zero value is not valid. All methods may be called
// concurrently and from within Handler.Message, and none except Read waits.
//
// A Conn is used with either [Conn.Serve] or [Conn.Read], and ends with
// [Conn.Close] or [Conn.CloseNow], if the peer or the network do not end it
// before. Until one of these happens it must not be dropped.
type Conn struct {
	nc           net.Conn // nil once loop is in use and nobody writes to nc any more
	subprotocol  string
	closeTimeout time.Duration
	writeBudget  int
	limit        int64
	deflate      *deflate // nil unless negotiated
	client       bool

	// These belong to the goroutine that set reading.
	ended     bool // nothing more is parsed: only the end is waited for
	*portable      // nil from the moment that loop is in use
	loop      looped

	mu      sync.Mutex // guards all below; held for no I/O that waits and no call of a Handler
	handler Handler
	wake    chan struct{} // non-nil while the reading goroutine waits for a change
	timer   *time.Timer   // runs during the closing handshake

	queue  [][]byte // whole frames that no flusher has taken yet
	queued int      // bytes of data, ping and close frames not yet written
	pong   []byte   // frame

	// cause is why the connection is closing or closed; nil while it is open.
	cause error

	flushing  bool // a goroutine writes
	reading   bool // somebody reads
	onLoop    bool // an event loop tells when there is something to do
	again     bool // the loop had news while somebody was reading, or while paused
	corked    bool // what is written waits for the end of a batch of messages
	full      bool // the network takes nothing: the loop will tell when it does
	partial   bool // queue begins inside of a frame
	inEnded   bool // the peer will send nothing more
	paused    bool
	closing   bool // our close frame is queued or sent
	answered  bool // the peer's close frame has arrived
	halfClose bool // after our close frame comes the end of our direction
	dead      bool // nc was cut
	finished  bool // nothing more is read
}

// newConn takes over nc; early is what was read from it behind the handshake.
func newConn(nc net.Conn, client bool, agreed agreement, early []byte, o *Options) *Conn {
	return &Conn{
		nc:           nc,
		client:       client,
		subprotocol:  agreed.subprotocol,
		deflate:      agreed.deflate,
		limit:        o.MaxMessage,
		writeBudget:  o.WriteBudget,
		closeTimeout: o.CloseTimeout,
		portable: &portable{
			parser: parser{client: client, limit: o.MaxMessage, deflate: agreed.deflate},
			rd:     reader{pending: early},
		},
	}
}

// agreement is what the handshake has settled.
type agreement struct {
	subprotocol string
	deflate     *deflate
}

// portable is what a goroutine that reads needs.
type portable struct {
	parser parser
	rd     reader
}

// Compressed reports whether permessage-deflate was negotiated.
func (c *Conn) Compressed() bool { return c.deflate != nil }

// Subprotocol returns the protocol that the handshake selected, or "".
func (c *Conn) Subprotocol() string { return c.subprotocol }

// RemoteAddr returns the network address of the peer, or of a proxy before it. It
// is nil once the connection has ended.
func (c *Conn) RemoteAddr() net.Addr {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.finished:
		return nil
	case c.onLoop:
		return c.loop.handle.RemoteAddr()
	}
	return c.nc.RemoteAddr()
}
