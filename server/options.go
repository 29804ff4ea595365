package server

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/socketio-go/socketio/adapter"
	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/packet"
	"github.com/socketio-go/socketio/websocket"
)

// CORS says which pages of other origins may connect. See [engine.CORS].
type CORS = engine.CORS

// Overflow says what happens to an event for which a client's send budget has no room.
// Volatile events never wait, and are dropped before that.
type Overflow uint8

const (
	// OverflowDisconnect ends the connection with [socketio.TransportError] and the
	// cause [socketio.ErrSlowConsumer]: the client comes back and knows that it has
	// missed something.
	OverflowDisconnect Overflow = iota

	// OverflowDrop drops the event for this client: Emit to it returns
	// [socketio.ErrSlowConsumer], and [Stats] count it. With Recovery it means
	// OverflowDisconnect, because a gap could not be repaired.
	OverflowDrop
)

// Options configure a [Server]. The zero value of each field means its default.
type Options struct {
	PingInterval   time.Duration // from a pong to the next ping; 25 s (EIO-121)
	PingTimeout    time.Duration // for a pong to come; 20 s (EIO-120)
	UpgradeTimeout time.Duration // for an upgrade to WebSocket to finish; 10 s (EIO-122)
	ConnectTimeout time.Duration // for a client to join its first namespace; 45 s (SRV-005)

	// AckTimeout is the deadline of calls whose context has none; 20 s.
	AckTimeout time.Duration

	MaxPayload     int // bytes of one POST body or WebSocket message; 1,000,000 (EIO-123)
	MaxAttachments int // of one event from a client; 10 (SIO-006)

	// SendBudget is how many bytes may wait for one client; 8 MiB. See Overflow. One
	// event that is larger is sent when nothing else waits.
	SendBudget int

	// ReceiveBudget is how many bytes of events of one client may wait for their
	// handlers; 4 MiB. Beyond it the client is not read from.
	ReceiveBudget int

	Transports      []string // nil: polling and websocket; see [engine.WebTransport] (EIO-124)
	DisableUpgrades bool     // stay on polling (EIO-125)

	// Compression offers permessage-deflate to WebSocket clients; nil: not (EIO-126).
	Compression *websocket.Compression

	// Overflow says what happens to an event that does not fit into SendBudget.
	Overflow Overflow

	// Codec is how packets are written; nil: the default text codec. The clients must
	// use the same. See package msgpack (SRV-004).
	Codec packet.Codec

	// Adapter connects the namespaces of this server with those of others; nil:
	// [adapter.NewMemory], which connects them with nobody (SRV-003).
	Adapter adapter.Factory

	// Recovery lets clients that have lost their connection for a moment go on where
	// they were; nil: they begin anew (SRV-006).
	Recovery *Recovery

	// CleanupEmptyNamespaces ends namespaces that clients have made, by [Server.OfFunc]
	// or [Server.OfPattern], when their last socket leaves (SRV-007). What Recovery has
	// kept for them ends as well.
	CleanupEmptyNamespaces bool

	// DrainRate is how many clients per second [Server.Shutdown] disconnects, so that
	// they do not all come to another server at once; 1000, negative: all at once.
	DrainRate int

	// AllowEIO3 admits clients of Socket.IO 2 (EIO-132).
	AllowEIO3 bool

	// CompressPolling is the size in bytes from which the answer to a GET is
	// compressed for clients that accept it; 1024, negative: never (EIO-127).
	CompressPolling int

	// GenerateID makes the id of a new connection: up to 64 letters, digits, "-" and
	// "_" that nobody can guess; nil: 20 random characters. The ids of sockets are
	// made otherwise (EIO-005).
	GenerateID func(*http.Request) (string, error)

	// Cookie, if not nil, comes with the first response on polling, with the id of
	// the connection as its value, for load balancers that go by cookies. An empty
	// Name is "io", an empty Path "/"; all else is as given (EIO-130).
	Cookie *http.Cookie

	// Header may add to the header of every response of the transports, first to
	// that which begins a connection (EIO-140).
	Header func(h http.Header, r *http.Request, first bool)

	// OnRefuse is told of every request that is refused (reference 1.9).
	OnRefuse func(r *http.Request, e *engine.Refusal)

	// TrustedProxies may say in X-Forwarded-For and X-Forwarded-Proto whom they speak
	// for; nil: nobody may. It changes what [Socket.Handshake] tells.
	TrustedProxies []netip.Prefix

	// AllowRequest may refuse a connection before it begins; the text of its
	// error becomes the body of a 403 (EIO-008).
	AllowRequest func(*http.Request) error

	// KeepHeaders names the header fields of the handshake that
	// [Socket.Handshake] shows, "*" all of them; nil: none. Each connection keeps
	// them in memory as long as it lives.
	KeepHeaders []string

	// ConnContext may add values to the context of a new connection, from the
	// request that begins it, for the handlers and hooks of its sockets: the user
	// that a middleware of net/http has found out, for example. ctx is empty and
	// must not be replaced by the request's, which ends too early.
	ConnContext func(ctx context.Context, r *http.Request) context.Context

	CORS *CORS // nil: only pages of the server's own origin

	DisableClientFiles bool // do not serve socket.io.js and its siblings (SRV-002)

	Logger *slog.Logger // nil: silent
}

func (o *Options) withDefaults() Options {
	var c Options
	if o != nil {
		c = *o
	}
	setDefault(&c.PingInterval, 25*time.Second)
	setDefault(&c.PingTimeout, 20*time.Second)
	setDefault(&c.ConnectTimeout, 45*time.Second)
	setDefault(&c.AckTimeout, 20*time.Second)
	setDefault(&c.MaxAttachments, packet.MaxAttachments)
	setDefault(&c.SendBudget, 8<<20)
	setDefault(&c.ReceiveBudget, 4<<20)
	setDefault(&c.DrainRate, 1000)
	if c.Adapter == nil {
		c.Adapter = func(l adapter.Local, r *adapter.Recovery) adapter.Adapter { return adapter.NewMemory(l, r) }
	}
	if c.Recovery != nil {
		r := *c.Recovery
		c.Recovery = &r
	}
	setDefault(&c.Logger, slog.New(slog.DiscardHandler))
	return c
}

func setDefault[T comparable](field *T, def T) {
	var zero T
	if *field == zero {
		*field = def
	}
}

func (o *Options) engine(accept func(*engine.Session) engine.Receiver) *engine.Options {
	return &engine.Options{
		Accept:          accept,
		PingInterval:    o.PingInterval,
		PingTimeout:     o.PingTimeout,
		UpgradeTimeout:  o.UpgradeTimeout,
		MaxPayload:      o.MaxPayload,
		SendBudget:      o.SendBudget,
		Transports:      o.Transports,
		DisableUpgrades: o.DisableUpgrades,
		Compression:     o.Compression,
		AllowEIO3:       o.AllowEIO3,
		CompressPolling: o.CompressPolling,
		GenerateID:      o.GenerateID,
		Cookie:          o.Cookie,
		Header:          o.Header,
		OnRefuse:        o.OnRefuse,
		TrustedProxies:  o.TrustedProxies,
		AllowRequest:    o.AllowRequest,
		KeepHeaders:     o.KeepHeaders,
		ConnContext:     o.ConnContext,
		CORS:            o.CORS,
		Logger:          o.Logger,
	}
}
