package client

import (
	"context"
	"log/slog"
	"time"

	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/packet"
)

// Network says how the server is reached: proxy, TLS, cookies. See [engine.Network].
type Network = engine.Network

// Options configure a [Manager]. The zero value of each field means its default.
type Options struct {
	Path string // where the server is mounted; "/socket.io/" (EIO-161)

	Transports       []string // the first is begun with; nil: polling and websocket (EIO-162)
	TryAllTransports bool     // when one cannot be opened, try the next (EIO-164)
	DisableUpgrades  bool     // stay on polling (EIO-166)
	RememberUpgrade  bool     // begin with WebSocket when the last connection ended on it (EIO-167)
	ForceBase64      bool     // binary values travel as text (EIO-168)

	Query        map[string][]string // added to that of the URL (EIO-160)
	Header       map[string][]string // of every request; a browser sends it on polling only (EIO-172)
	Subprotocols []string            // offered on WebSocket (EIO-174)
	Network      Network

	// Codec is how packets are written; nil: the default text codec. The server must
	// use the same (SIO-060).
	Codec packet.Codec

	// Prepare may change what the next attempt to connect uses, a header with a
	// token for example. Its error fails the attempt. ctx ends with the attempt.
	Prepare func(ctx context.Context, d *engine.DialOptions) error

	Timeout time.Duration // of one attempt; 20 s, negative: none (CLI-007)

	// How the client connects again, after the first attempt has failed or a
	// connection was lost (CLI-003, CLI-004). The delay doubles with every attempt.
	DisableReconnection  bool
	ReconnectionAttempts int           // in a row; 0: no limit
	ReconnectionDelay    time.Duration // before the first attempt; 1 s
	ReconnectionDelayMax time.Duration // 5 s
	Jitter               float64       // by how much of itself a delay is moved at random, up to 1; 0.5, negative: not at all

	// NoJitterAtMax is the official formula, in which all delays that have come to
	// ReconnectionDelayMax are exactly that, so that the clients of a server that
	// was away for long come back together (B-18).
	NoJitterAtMax bool

	SocketOptions // those of the sockets that are given none of their own

	// SendBudget is how many bytes may wait for a connection or for the network;
	// 8 MiB. Then Emit fails with [socketio.ErrSlowConsumer], and nothing that waits
	// is lost. With DropOldest it is the oldest of what waits for a connection that
	// is given up, with a line in the log.
	SendBudget int
	DropOldest bool

	// ReceiveBudget is how many bytes of events may wait for their handlers; 4 MiB.
	// Beyond it the server is not read from.
	ReceiveBudget int

	MaxPayload     int // bytes of one message or polling response from the server; 64 MiB
	MaxAttachments int // of one event from the server; 10 (SIO-006)

	Logger *slog.Logger // nil: silent
}

// SocketOptions configure a [Socket]. The zero value of each field means its default.
type SocketOptions struct {
	// Auth is presented to the server's middlewares whenever the namespace is
	// joined: a value that encodes as a JSON object (CLI-020).
	Auth any

	// AuthFunc is called each time instead. When it fails it is tried again later,
	// like an attempt to connect. ctx ends with the connection.
	AuthFunc func(ctx context.Context) (any, error)

	// Retries is how often an event is sent again that has not been acknowledged
	// within AckTimeout, or before the connection was lost. With it only one event
	// is under way at any time (CLI-029). 0: events are sent once.
	Retries int

	AckTimeout time.Duration // of calls whose context has no deadline, and of each try; 20 s (CLI-028)
}

func (o *Options) withDefaults() Options {
	var c Options
	if o != nil {
		c = *o
	}
	setDefault(&c.Path, "/socket.io/")
	setDefault(&c.Timeout, 20*time.Second)
	setDefault(&c.ReconnectionDelay, time.Second)
	setDefault(&c.ReconnectionDelayMax, 5*time.Second)
	setDefault(&c.Jitter, 0.5)
	setDefault(&c.SendBudget, 8<<20)
	setDefault(&c.ReceiveBudget, 4<<20)
	setDefault(&c.MaxAttachments, packet.MaxAttachments)
	setDefault(&c.Logger, slog.New(slog.DiscardHandler))
	c.SocketOptions = c.SocketOptions.withDefaults()
	return c
}

func (o SocketOptions) withDefaults() SocketOptions {
	setDefault(&o.AckTimeout, 20*time.Second)
	return o
}

func setDefault[T comparable](field *T, def T) {
	var zero T
	if *field == zero {
		*field = def
	}
}

// dial are the options of one session.
func (o *Options) dial() engine.DialOptions {
	return engine.DialOptions{
		Transports:       o.Transports,
		TryAllTransports: o.TryAllTransports,
		DisableUpgrades:  o.DisableUpgrades,
		Query:            o.Query,
		Header:           o.Header,
		Subprotocols:     o.Subprotocols,
		ForceBase64:      o.ForceBase64,
		MaxPayload:       o.MaxPayload,
		SendBudget:       o.SendBudget,
		Network:          o.Network,
		Logger:           o.Logger,
	}
}
