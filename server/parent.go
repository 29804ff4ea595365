package server

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"maps"
	"regexp"
	"runtime/debug"
	"slices"

	"github.com/socketio-go/socketio"
)

// Parent is a family of namespaces that are made when clients want to join them. A
// new one begins with the handlers and hooks that its parent has at that moment. All
// methods are safe for concurrent use.
type Parent struct {
	registry

	server   *Server
	match    MatchFunc
	pattern  *regexp.Regexp        // what match goes by, or nil
	children map[string]*Namespace // guarded by the server's mutex
}

// MatchFunc decides whether a namespace of that name may be made, for a client that
// presents auth, a JSON object or nil. It may wait; ctx ends with the connection.
type MatchFunc func(ctx context.Context, name string, auth json.RawMessage) bool

// OfFunc makes namespaces on demand: those that match says yes to. Namespaces that
// exist come first, then parents in the order of their making (SRV-040, SRV-041).
// Whatever a client can make costs memory: see Options.CleanupEmptyNamespaces.
func (s *Server) OfFunc(match MatchFunc) *Parent { return s.addParent(&Parent{match: match}) }

func (s *Server) addParent(p *Parent) *Parent {
	p.server, p.children = s, make(map[string]*Namespace)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parents = append(s.parents, p)
	return p
}

// OfPattern makes namespaces on demand: those whose names the expression matches. It
// is not anchored: say "^/room-[0-9]{1,4}$" and not "room".
func (s *Server) OfPattern(re *regexp.Regexp) *Parent {
	match := func(_ context.Context, name string, _ json.RawMessage) bool { return re.MatchString(name) }
	return s.addParent(&Parent{match: match, pattern: re})
}

// Children are the namespaces of the family at this moment, on this server.
func (p *Parent) Children() iter.Seq[*Namespace] {
	p.server.mu.RLock()
	defer p.server.mu.RUnlock()
	return slices.Values(slices.Collect(maps.Values(p.children)))
}

// Sockets are the sockets of all its namespaces on this server.
func (p *Parent) Sockets() iter.Seq[*Socket] {
	return func(yield func(*Socket) bool) {
		for n := range p.Children() {
			for s := range n.Sockets() {
				if !yield(s) {
					return
				}
			}
		}
	}
}

// Broadcast addresses all sockets of all its namespaces on this server (SRV-043).
func (p *Parent) Broadcast() Broadcast { return Broadcast{parent: p} }

// Emit sends an event to all of them.
func (p *Parent) Emit(event string, args ...any) error { return p.Broadcast().Emit(event, args...) }

// To addresses those in any of these rooms.
func (p *Parent) To(rooms ...string) Broadcast { return p.Broadcast().To(rooms...) }

var errParent = errors.New("socketio: the namespaces of a parent are not asked together: ask each of Parent.Children")

// resolve finds a namespace for a client, or makes it. It may wait.
func (s *Server) resolve(ctx context.Context, name string, auth []byte) (n *Namespace, err error) {
	if n := s.acquire(name, false); n != nil {
		return s.whenReady(ctx, n)
	}
	s.mu.RLock()
	parents := slices.Clone(s.parents)
	s.mu.RUnlock()
	defer func() {
		if v := recover(); v != nil {
			s.opts.Logger.Error("socketio: panic", "value", v, "stack", string(debug.Stack()), "nsp", name)
			n, err = nil, errInvalidNamespace
		}
	}()
	for _, p := range parents {
		if p.match(ctx, name, auth) {
			return s.whenReady(ctx, s.child(name, p))
		}
	}
	return nil, errInvalidNamespace
}

// whenReady waits until an acquired namespace may be joined.
func (s *Server) whenReady(ctx context.Context, n *Namespace) (*Namespace, error) {
	if n.isReady() {
		return n, nil
	}
	select {
	case <-n.ready:
		return n, nil
	case <-ctx.Done():
		s.release(n)
		return nil, errInvalidNamespace
	}
}

func (n *Namespace) isReady() bool {
	select {
	case <-n.ready:
		return true
	default:
		return false
	}
}

var errInvalidNamespace = &socketio.Error{Message: "Invalid namespace"}

// child returns the namespace of that name, which is made if nobody was faster.
func (s *Server) child(name string, p *Parent) *Namespace {
	s.mu.Lock()
	n := s.namespaces[name]
	isNew := n == nil
	if isNew {
		n = s.newNamespace(name, p)
		s.namespaces[name] = n
		p.children[name] = n
	}
	n.users++
	s.mu.Unlock()
	if isNew {
		s.announce(n)
	}
	return n
}

// acquire returns a namespace that exists, for one more socket; if only is true, only
// one that may be joined at once.
func (s *Server) acquire(name string, only bool) *Namespace {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.namespaces[name]
	if n == nil || only && !n.isReady() {
		return nil
	}
	n.users++
	return n
}

// release gives it back. With the last socket a namespace that clients have made may
// end (SRV-044).
func (s *Server) release(n *Namespace) {
	s.mu.Lock()
	n.users--
	ends := n.users == 0 && n.parent != nil && s.opts.CleanupEmptyNamespaces && s.namespaces[n.name] == n
	if ends {
		delete(s.namespaces, n.name)
		delete(n.parent.children, n.name)
	}
	s.mu.Unlock()
	if !ends {
		return
	}
	if err := n.adapter.Close(); err != nil {
		s.opts.Logger.Warn("socketio: the adapter of a namespace could not be closed", "nsp", n.name, "error", err)
	}
}
