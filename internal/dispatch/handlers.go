package dispatch

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
	wrappers []socketio.Middleware
}

type registration struct {
	socketio.Handler
	event     string
	transient bool // keeps nothing of the arguments
	slow      Slow
}

// Slow remembers code that has held up the goroutine that reads, and for how many
// calls it is left to another one. On a busy machine code is held up that is quick
// itself: what goes well for a while afterwards is soon trusted again, and what
// does not is left out twice as long each time. The zero value has held up nobody.
type Slow struct {
	calls atomic.Int32 // to be left out; below zero, those that went well since
	last  atomic.Int32 // how many were left out the last time
}

const (
	fewestCalls = 8
	mostCalls   = 1000
	trusted     = 100 // this many calls in a row have gone well
)

// begin is called when the code has held up the goroutine that reads.
func (s *Slow) begin() {
	n := int32(fewestCalls)
	if s.calls.Load() > -trusted {
		n = min(max(n, 2*s.last.Load()), mostCalls)
	}
	s.last.Store(n)
	s.calls.Store(n)
}

// is reports whether the next call is one for another goroutine.
func (s *Slow) is() bool {
	n := s.calls.Load()
	if n > -trusted {
		s.calls.Add(-1)
	}
	return n > 0
}

// release asks the transport to do without the goroutine that reads.
func (s *Slow) release(o Owner) (call engine.Released, ok bool) {
	if s.is() {
		return call, false
	}
	return o.Release()
}

func newRegistration(event string, h socketio.Handler) *registration {
	_, decodes := h.(interface{ DecodesArgs() })
	return &registration{Handler: h, event: event, transient: decodes}
}

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
	return h.list(anyEvent, handler, false)
}

// PrependAny is OnAny in front of those registered before.
func (h *Handlers) PrependAny(handler socketio.Handler) (remove func()) {
	return h.list(anyEvent, handler, true)
}

// OnAnyOutgoing registers a handler of what is emitted. See [Handlers.Outgoing].
func (h *Handlers) OnAnyOutgoing(handler socketio.Handler) (remove func()) {
	return h.list(outgoing, handler, false)
}

// PrependAnyOutgoing is OnAnyOutgoing in front of those registered before.
func (h *Handlers) PrependAnyOutgoing(handler socketio.Handler) (remove func()) {
	return h.list(outgoing, handler, true)
}

func anyEvent(t *table) *[]*registration { return &t.any }
func outgoing(t *table) *[]*registration { return &t.outgoing }

// Wrap registers a middleware around all handlers of events, inside of those that
// were registered before.
func (h *Handlers) Wrap(m socketio.Middleware) {
	h.change(func(t *table) { t.wrappers = with(t.wrappers, m) })
}

// CopyFrom makes the registrations those of another one at this moment.
func (h *Handlers) CopyFrom(other *Handlers) {
	h.change(func(t *table) { *t = *other.load() })
}

// HasOutgoing reports whether somebody wants to see what is emitted.
func (h *Handlers) HasOutgoing() bool { return len(h.load().outgoing) > 0 }

// list adds to one of the lists that see every event.
func (h *Handlers) list(choose func(t *table) *[]*registration, handler socketio.Handler, front bool) (remove func()) {
	r := newRegistration("", handler)
	h.change(func(t *table) {
		if front {
			*choose(t) = append([]*registration{r}, *choose(t)...)
		} else {
			*choose(t) = with(*choose(t), r)
		}
	})
	return func() {
		h.change(func(t *table) { *choose(t) = without(*choose(t), r) })
	}
}

// Outgoing shows an event to the handlers of OnAnyOutgoing.
func (h *Handlers) Outgoing(o Owner, event string, args socketio.Args) {
	list := h.load().outgoing
	if len(list) > 0 {
		serveAll(o, [][]*registration{list}, socketio.NewMessage(o.Socket(), event, args, nil))
	}
}

// with and without change a copy.
func with[T any](list []T, x T) []T { return append(slices.Clip(list), x) }

func without[T comparable](list []T, x T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(y T) bool { return y == x })
}

// Matching are the handlers of one event, in the order of their calls: those of
// all events, and those of this one, the shared ones and the socket's own each.
type Matching struct {
	lists    [4][]*registration
	wrappers [2][]socketio.Middleware // around the lists of this event
}

// Match finds the handlers of an event. Its name is made from the bytes only when
// no registration has it.
func Match(shared, own *Handlers, event []byte) (name string, m Matching) {
	all, mine := shared.load(), own.load()
	m.lists = [4][]*registration{all.any, mine.any, all.events[string(event)], mine.events[string(event)]}
	m.wrappers = [2][]socketio.Middleware{all.wrappers, mine.wrappers}
	switch {
	case len(m.lists[2]) > 0:
		name = m.lists[2][0].event
	case len(m.lists[3]) > 0:
		name = m.lists[3][0].event
	default:
		m.lists[2], m.lists[3] = all.events[wildcard], mine.events[wildcard]
		if !m.empty() {
			name = string(event)
		}
	}
	return name, m
}

func (m *Matching) wrapped() bool { return len(m.wrappers[0])+len(m.wrappers[1]) > 0 }

func (m *Matching) empty() bool {
	return len(m.lists[0])+len(m.lists[1])+len(m.lists[2])+len(m.lists[3]) == 0 && !m.wrapped()
}

// transient reports whether all handlers are done with the arguments when they
// return.
func (m *Matching) transient() bool {
	if m.wrapped() {
		return false
	}
	for _, list := range m.lists {
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
	for _, list := range m.lists {
		for _, r := range list {
			if r.slow.is() {
				return call, false
			}
		}
	}
	return o.Release()
}

// slowDown remembers that.
func (m *Matching) slowDown() {
	for _, list := range m.lists {
		for _, r := range list {
			r.slow.begin()
		}
	}
}
