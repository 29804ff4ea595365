package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"

	"github.com/socketio-go/socketio"
)

// Logger writes to the side's logger.
type Logger interface {
	Log(level slog.Level, msg string, attrs ...any)
}

// Host is where code of the user's runs.
type Host interface {
	Logger

	// Context is that of the handlers.
	Context() context.Context

	// Work counts the goroutines that run handlers.
	Work() *sync.WaitGroup
}

// Serve calls the handlers of an event that did not come from a socket.
func (h *Handlers) Serve(host Host, m *socketio.Message) {
	t := h.load()
	list := t.events[m.Event]
	if len(list) == 0 {
		list = t.events[wildcard]
	}
	serveAll(host, [][]*registration{list}, m)
}

// serve calls a handler. What it fails with is the answer to the peer, if that
// waits for one.
func serve(h Host, handler socketio.Handler, m *socketio.Message) {
	if c, ok := handler.(socketio.ConcurrentHandler); ok {
		h.Work().Add(1)
		go func() {
			defer h.Work().Done()
			serve(h, c.Handler, m)
		}()
		return
	}
	err := Protect(h, func() error { return handler.ServeEvent(h.Context(), m) })
	if err == nil {
		return
	}
	level := slog.LevelWarn
	if public := (*socketio.Error)(nil); errors.As(err, &public) {
		level = slog.LevelDebug // the peer's mistake, which it is told of
	}
	h.Log(level, "handler failed", "event", m.Event, "error", err)
	if m.WantsAck() {
		if err := m.Ack(Failure(err)); err != nil {
			h.Log(slog.LevelDebug, "error not delivered", "event", m.Event, "error", err)
		}
	}
}

// Failure is the only value of the acknowledgement by a handler that failed.
func Failure(err error) map[string]*socketio.Error {
	return map[string]*socketio.Error{"error": socketio.Public(err)}
}

// Protect turns a panic of the user's code into an error.
func Protect(l Logger, f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			l.Log(slog.LevelError, "panic", "value", v, "stack", string(debug.Stack()))
			err = fmt.Errorf("socketio: panic: %v", v)
		}
	}()
	return f()
}
