package dispatch

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/packet"
)

// wildcard is the event whose handlers serve all events without their own.
const wildcard = "*"

// Handlers are the registrations of a namespace or of one socket. The zero value
// is empty, and so is nil for everything that only reads.
type Handlers struct {
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

// load returns the present state.
func (h *Handlers) load() *table {
	if h == nil {
		return &empty
	}
	if t := h.current.Load(); t != nil {
		return t
	}
	return &empty
}

// change replaces the table by a copy that f has changed.
func (h *Handlers) change(f func(t *table)) {
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

// Handle registers a handler of an event. See [socketio.Registrar].
func (h *Handlers) Handle(event string, handler socketio.Handler) (remove func()) {
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

// OnAny registers a handler that sees every event before its own handlers do.
func (h *Handlers) OnAny(handler socketio.Handler) (remove func()) {
	return h.list(func(t *table) *[]*registration { return &t.any }, handler)
}

// OnAnyOutgoing registers a handler of what is emitted. See [Handlers.Outgoing].
func (h *Handlers) OnAnyOutgoing(handler socketio.Handler) (remove func()) {
	return h.list(func(t *table) *[]*registration { return &t.outgoing }, handler)
}

// list adds to one of the lists that see every event.
func (h *Handlers) list(choose func(t *table) *[]*registration, handler socketio.Handler) (remove func()) {
	r := newRegistration("", handler)
	h.change(func(t *table) { *choose(t) = with(*choose(t), r) })
	return func() {
		h.change(func(t *table) { *choose(t) = without(*choose(t), r) })
	}
}

// Outgoing shows an event to the handlers of OnAnyOutgoing.
func (h *Handlers) Outgoing(o Owner, event string, args []any) {
	list := h.load().outgoing
	if len(list) == 0 {
		return
	}
	seen, err := packet.NewArgs(args...)
	if err != nil {
		return
	}
	m := socketio.NewMessage(o.Socket(), event, seen, nil)
	for _, r := range list {
		serve(o, r.Handler, m)
	}
}

// with and without change a copy.
func with[T any](list []T, x T) []T { return append(slices.Clip(list), x) }

func without[T comparable](list []T, x T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(y T) bool { return y == x })
}

// Matching are the handlers of one event, in the order of their calls: those of
// all events, and those of this one, the shared ones and the socket's own each.
type Matching [4][]*registration

// Match finds the handlers of an event. Its name is made from the bytes only when
// no registration has it.
func Match(shared, own *Handlers, event []byte) (name string, m Matching) {
	all, mine := shared.load(), own.load()
	m = Matching{all.any, mine.any, all.events[string(event)], mine.events[string(event)]}
	switch {
	case len(m[2]) > 0:
		name = m[2][0].event
	case len(m[3]) > 0:
		name = m[3][0].event
	default:
		m[2], m[3] = all.events[wildcard], mine.events[wildcard]
		if !m.empty() {
			name = string(event)
		}
	}
	return name, m
}

func (m *Matching) empty() bool { return len(m[0])+len(m[1])+len(m[2])+len(m[3]) == 0 }

// transient reports whether all handlers are done with the arguments when they
// return.
func (m *Matching) transient() bool {
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
func (m *Matching) release(o Owner) (call engine.Released, ok bool) {
	for _, list := range m {
		for _, r := range list {
			if r.slow.Load() > 0 {
				r.slow.Add(-1)
				return call, false
			}
		}
	}
	return o.Release()
}

// slowDown remembers that.
func (m *Matching) slowDown() {
	for _, list := range m {
		for _, r := range list {
			r.slow.Store(slowFor)
		}
	}
}
