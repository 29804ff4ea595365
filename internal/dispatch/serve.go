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
func serve(ctx context.Context, h Host, handler socketio.Handler, m *socketio.Message) {
	if isConcurrent(handler) {
		serveConcurrently(ctx, h, handler, m)
		return
	}
	err := Protect(h, func() error { return handler.ServeEvent(ctx, m) })
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

func isConcurrent(handler socketio.Handler) bool {
	_, concurrent := handler.(socketio.ConcurrentHandler)
	return concurrent
}

func serveConcurrently(ctx context.Context, h Host, handler socketio.Handler, m *socketio.Message) {
	h.Work().Add(1)
	go func() {
		defer h.Work().Done()
		serve(ctx, h, handler.(socketio.ConcurrentHandler).Handler, m)
	}()
}

func serveAll(h Host, lists [][]*registration, m *socketio.Message) {
	for _, list := range lists {
		for _, r := range list {
			serve(h.Context(), h, r.Handler, m)
		}
	}
}

// callAll is serveAll inside of middlewares: the context is theirs, and what handlers
// fail with is for them. Of concurrent handlers they learn nothing.
func callAll(ctx context.Context, h Host, lists [][]*registration, m *socketio.Message) (failed error) {
	for _, list := range lists {
		for _, r := range list {
			if isConcurrent(r.Handler) {
				serveConcurrently(ctx, h, r.Handler, m)
				continue
			}
			switch err := Protect(h, func() error { return r.ServeEvent(ctx, m) }); {
			case failed == nil:
				failed = err
			case err != nil:
				failed = errors.Join(failed, err)
			}
		}
	}
	return failed
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
