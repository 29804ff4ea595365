//go:build !js

package engine

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"
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
	MaxPayload     int           // bytes of one POST body or WebSocket message; 1,000,000 (EIO-123)

	// SendBudget is how many bytes may wait for one client; 8 MiB. One message
	// larger than that is sent when nothing else waits.
	SendBudget int

	Transports      []string // nil: polling and websocket (EIO-124)
	DisableUpgrades bool     // announce no upgrades and refuse them (EIO-125)

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
	c.Logger = orDefault(c.Logger, slog.New(slog.DiscardHandler))
	if c.ConnContext == nil {
		c.ConnContext = func(ctx context.Context, _ *http.Request) context.Context { return ctx }
	}
	if c.Transports == nil {
		c.Transports = []string{Polling, WebSocket}
	}
	return c
}

// upgrades lists what a session on that transport may move to (EIO-004).
func (o *Options) upgrades(from string) []string {
	if from == Polling && !o.DisableUpgrades && slices.Contains(o.Transports, WebSocket) {
		return []string{WebSocket}
	}
	return []string{}
}
