//go:build !js

package engine

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/socketio-go/socketio/websocket"
)

// Options configure a [Server]. The zero value of each field means its default.
type Options struct {
	// Accept is called with every new session, before anything of it is sent or
	// delivered, and returns what receives its messages. It must not be nil and
	// must not block.
	Accept func(*Session) Receiver

	PingInterval   time.Duration // from a pong to the next ping; 25 s (EIO-121)
	PingTimeout    time.Duration // for a pong to come; 20 s (EIO-120)
	UpgradeTimeout time.Duration // for an upgrade to finish; 10 s (EIO-122)
	MaxPayload     int           // bytes of one POST body or message of another transport; 1,000,000 (EIO-123)

	// SendBudget is how many bytes may wait for one client; 8 MiB. One message
	// larger than that is sent when nothing else waits.
	SendBudget int

	Transports      []string // nil: polling and websocket; see [WebTransport] (EIO-124)
	DisableUpgrades bool     // announce no upgrades and refuse them (EIO-125)

	// Compression offers permessage-deflate on WebSocket; nil: not (EIO-064).
	Compression *websocket.Compression

	// AllowEIO3 admits clients of protocol v3, which are those of Socket.IO 2
	// (EIO-132).
	AllowEIO3 bool

	// CompressPolling is the size in bytes from which the answer to a GET is
	// compressed for clients that accept it; 1024, negative: never (EIO-127).
	CompressPolling int

	// GenerateID makes the id of a new session: up to 64 letters, digits, "-" and
	// "_" that nobody can guess. An error refuses the request. Nil: [NewID] (EIO-005).
	GenerateID func(*http.Request) (string, error)

	// Cookie, if not nil, comes with the first response on polling, with the id of
	// the session as its value, for load balancers that go by cookies. An empty Name
	// is "io", an empty Path "/"; all else is as given: the official server has
	// HttpOnly and SameSite=Lax (EIO-130).
	Cookie *http.Cookie

	// Header may add to the header of every response, first to that which begins a
	// session (EIO-140).
	Header func(h http.Header, r *http.Request, first bool)

	// OnRefuse is told of every request that was refused before it is answered.
	OnRefuse func(r *http.Request, e *Refusal)

	// TrustedProxies may say in X-Forwarded-For and X-Forwarded-Proto whom they speak
	// for; nil: nobody may. It changes what [Handshake] tells.
	TrustedProxies []netip.Prefix

	// AllowRequest may refuse a handshake with an error, whose text the client
	// sees with status 403; an empty text becomes "Forbidden" (EIO-008).
	AllowRequest func(*http.Request) error

	// KeepHeaders names the header fields of the handshake that are kept for the
	// life of the session, "*" all of them; nil: none. See also ConnContext.
	KeepHeaders []string

	// ConnContext may add values to the context of a new session, from the
	// request that begins it. ctx is empty and must not be replaced by the
	// request's, which ends too early. Nil adds nothing.
	ConnContext func(ctx context.Context, r *http.Request) context.Context

	// CORS says which pages of other origins may connect; nil: none. See [CORS].
	CORS *CORS

	Logger *slog.Logger // nil: silent
}

func (o *Options) withDefaults() Options {
	c := *o
	c.PingInterval = orDefault(c.PingInterval, 25*time.Second)
	c.PingTimeout = orDefault(c.PingTimeout, 20*time.Second)
	c.UpgradeTimeout = orDefault(c.UpgradeTimeout, 10*time.Second)
	c.MaxPayload = orDefault(c.MaxPayload, 1_000_000)
	c.SendBudget = orDefault(c.SendBudget, 8<<20)
	c.CompressPolling = orDefault(c.CompressPolling, 1024)
	c.Logger = orDefault(c.Logger, slog.New(slog.DiscardHandler))
	if c.ConnContext == nil {
		c.ConnContext = func(ctx context.Context, _ *http.Request) context.Context { return ctx }
	}
	if c.GenerateID == nil {
		c.GenerateID = func(*http.Request) (string, error) { return NewID(), nil }
	}
	if c.Transports == nil {
		c.Transports = []string{Polling, WebSocket}
	}
	return c
}

// appendUpgrades lists what a session on polling may move to (EIO-004).
func (o *Options) appendUpgrades(b []byte) []byte {
	if o.DisableUpgrades {
		return b
	}
	separator := ""
	for _, t := range []string{WebSocket, WebTransport} {
		if slices.Contains(o.Transports, t) {
			b = strconv.AppendQuote(append(b, separator...), t)
			separator = ","
		}
	}
	return b
}
