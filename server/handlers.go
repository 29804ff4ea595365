package server

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/engine"
)

// wildcard is the event whose handlers serve all events without their own.
const wildcard = "*"

// handlers are the registrations of a namespace or of one socket. The zero value
// is empty.
type handlers struct {
	mu      sync.Mutex // held while a new table is made
	current atomic.Pointer[table]
}

// table is a state of the registrations, which never changes.
type table struct {
	events   map[string][]*registration
	any      []*registration
	outgoing []*registration
}

type registration struct {
	socketio.Handler
	event     string
	transient bool         // keeps nothing of the arguments
	slow      atomic.Int32 // how often it is still called in a goroutine of its own
}

func newRegistration(event string, h socketio.Handler) *registration {
	_, decodes := h.(interface{ DecodesArgs() })
	return &registration{Handler: h, event: event, transient: decodes}
}

// slowFor is how often a handler that took too long is not called by the goroutine
// that reads.
const slowFor = 1000

var empty table

// load returns the present state. A nil h is empty.
func (h *handlers) load() *table {
	if h == nil {
		return &empty
	}
	if t := h.current.Load(); t != nil {
		return t
	}
	return &empty
}

// change replaces the table by a copy that f has changed.
func (h *handlers) change(f func(t *table)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := *h.load()
	t.events = maps.Clone(t.events)
	if t.events == nil {
		t.events = make(map[string][]*registration)
	}
	f(&t)
	h.current.Store(&t)
}

func (h *handlers) handle(event string, handler socketio.Handler) (remove func()) {
	r := newRegistration(event, handler)
	h.change(func(t *table) { t.events[event] = with(t.events[event], r) })
	return func() {
		h.change(func(t *table) {
			if rest := without(t.events[event], r); len(rest) > 0 {
				t.events[event] = rest
			} else {
				delete(t.events, event)
			}
		})
	}
}

// list adds to one of the lists that see every event.
func (h *handlers) list(choose func(t *table) *[]*registration, handler socketio.Handler) (remove func()) {
	r := newRegistration("", handler)
	h.change(func(t *table) { *choose(t) = with(*choose(t), r) })
	return func() {
		h.change(func(t *table) { *choose(t) = without(*choose(t), r) })
	}
}

func anyEvent(t *table) *[]*registration    { return &t.any }
func anyOutgoing(t *table) *[]*registration { return &t.outgoing }

// with and without change a copy.
func with[T any](list []T, x T) []T { return append(slices.Clip(list), x) }

func without[T comparable](list []T, x T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(y T) bool { return y == x })
}

// matching are the handlers of one event, in the order of their calls: those of
// all events, and those of this one, of the namespace and of the socket each.
type matching [4][]*registration

// match finds the handlers of an event. Its name is made from the bytes only when
// no registration has it.
func (s *Socket) match(event []byte) (name string, m matching) {
	shared, own := s.nsp.handlers.load(), s.own.Load().load()
	m = matching{shared.any, own.any, shared.events[string(event)], own.events[string(event)]}
	switch {
	case len(m[2]) > 0:
		name = m[2][0].event
	case len(m[3]) > 0:
		name = m[3][0].event
	default:
		m[2], m[3] = shared.events[wildcard], own.events[wildcard]
		if !m.empty() {
			name = string(event)
		}
	}
	return name, m
}

func (m *matching) empty() bool { return len(m[0])+len(m[1])+len(m[2])+len(m[3]) == 0 }

// transient reports whether all handlers are done with the arguments when they
// return.
func (m *matching) transient() bool {
	for _, list := range m {
		for _, r := range list {
			if !r.transient {
				return false
			}
		}
	}
	return true
}

// release asks the transport to do without the goroutine that reads, unless a
// handler has lately held it up.
func (m *matching) release(session *engine.Session) (call engine.Released, ok bool) {
	for _, list := range m {
		for _, r := range list {
			if r.slow.Load() > 0 {
				r.slow.Add(-1)
				return call, false
			}
		}
	}
	return session.Release()
}

// slowDown remembers that.
func (m *matching) slowDown() {
	for _, list := range m {
		for _, r := range list {
			r.slow.Store(slowFor)
		}
	}
}
