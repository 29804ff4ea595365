package server

import (
	"slices"
	"sync"

	"github.com/socketio-go/socketio"
)

// wildcard is the event whose handlers serve all events without their own.
const wildcard = "*"

// handlers are the registrations of a namespace or of one socket. The zero value
// is empty.
type handlers struct {
	mu       sync.RWMutex // guards what follows; the slices are replaced, not changed
	events   map[string][]*registration
	any      []*registration
	outgoing []*registration
}

type registration struct{ socketio.Handler }

func (h *handlers) handle(event string, handler socketio.Handler) (remove func()) {
	r := &registration{handler}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.events == nil {
		h.events = make(map[string][]*registration)
	}
	h.events[event] = with(h.events[event], r)
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if rest := without(h.events[event], r); len(rest) > 0 {
			h.events[event] = rest
		} else {
			delete(h.events, event)
		}
	}
}

// list adds to one of the lists that see every event.
func (h *handlers) list(list *[]*registration, handler socketio.Handler) (remove func()) {
	r := &registration{handler}
	h.mu.Lock()
	defer h.mu.Unlock()
	*list = with(*list, r)
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		*list = without(*list, r)
	}
}

// with and without change a copy.
func with[T any](list []T, x T) []T { return append(slices.Clip(list), x) }

func without[T comparable](list []T, x T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(y T) bool { return y == x })
}

// of returns the handlers of an event and those of all events. A nil h has none.
func (h *handlers) of(event string) (own, all []*registration) {
	if h == nil {
		return nil, nil
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.events[event], h.any
}

func (h *handlers) out() []*registration {
	if h == nil {
		return nil
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.outgoing
}
