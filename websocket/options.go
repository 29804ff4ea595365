package websocket

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// Options configures [Accept] and [Dial], which copy what they need. Nil and
// the zero value mean the defaults.
type Options struct {
	// Subprotocols are the application protocols this side speaks (RFC 6455
	// section 1.9). Dial offers them in this order. Accept selects the first
	// offered one that is among them.
	Subprotocols []string

	// SelectSubprotocol, for Accept only, chooses one of the offered
	// protocols instead, or none with "". Any other result refuses the
	// handshake with status 500. It is not called when none is offered.
	SelectSubprotocol func(offered []string) string

	// Header is added to the 101 response (after what the ResponseWriter's
	// header already holds) or to the request. The handshake's own fields in
	// it are ignored; Dial takes Host from it.
	Header http.Header

	// Greeting, for Accept only, is the first message. It leaves in one piece
	// with the response.
	Greeting *Prepared

	// CheckOrigin, for Accept only, reports whether the request's Origin may
	// connect; otherwise the answer is 403. Nil accepts requests without an
	// Origin and those whose Origin names the request's own host.
	CheckOrigin func(*http.Request) bool

	// MaxMessage is the largest message that may arrive, in bytes after
	// assembly; a larger one closes the connection with
	// StatusMessageTooBig. 0 means 1 MiB.
	MaxMessage int64

	// WriteBudget is the number of bytes that may be queued and not yet
	// taken by the network, headers included; see [Conn.Write]. 0 means
	// 4 MiB.
	WriteBudget int

	// Compression offers, or accepts, permessage-deflate. Nil means not.
	Compression *Compression

	// CloseTimeout is how long a closing handshake may take, with the
	// flushing of what was queued before it. Then the connection is cut.
	// 0 means 5 s.
	CloseTimeout time.Duration

	// DialContext, for Dial only, connects instead of a net.Dialer. It gets
	// the network "tcp" and host:port, and returns a plain connection, to
	// which Dial adds TLS for wss URLs.
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)

	// TLSConfig, for Dial only, is used for wss URLs. Nil means the
	// defaults of crypto/tls.
	TLSConfig *tls.Config
}

const (
	defaultMaxMessage   = 1 << 20
	defaultWriteBudget  = 4 << 20
	defaultCloseTimeout = 5 * time.Second
)

func (o *Options) withDefaults() Options {
	var c Options
	if o != nil {
		c = *o
	}
	if c.MaxMessage <= 0 {
		c.MaxMessage = defaultMaxMessage
	}
	if c.WriteBudget <= 0 {
		c.WriteBudget = defaultWriteBudget
	}
	if c.CloseTimeout <= 0 {
		c.CloseTimeout = defaultCloseTimeout
	}
	c.Compression = c.Compression.withDefaults()
	if c.CheckOrigin == nil {
		c.CheckOrigin = sameHost
	}
	if c.SelectSubprotocol == nil {
		c.SelectSubprotocol = c.firstKnown
	}
	if c.DialContext == nil {
		c.DialContext = new(net.Dialer).DialContext
	}
	return c
}
