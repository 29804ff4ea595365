package adaptertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/socketio-go/socketio/adapter"
	"github.com/socketio-go/socketio/packet"
)

func TestMemory(t *testing.T) {
	Run(t, Cluster{Servers: 1, Settle: 3 * time.Second, New: func(testing.TB, int) []adapter.Factory {
		return []adapter.Factory{func(l adapter.Local, _ *adapter.Recovery) adapter.Adapter { return adapter.NewMemory(l, nil) }}
	}})
}

func TestMemoryRecovers(t *testing.T) {
	Run(t, Cluster{Servers: 1, Settle: 3 * time.Second, Recovers: true, New: func(testing.TB, int) []adapter.Factory {
		return []adapter.Factory{func(l adapter.Local, r *adapter.Recovery) adapter.Adapter { return adapter.NewMemory(l, r) }}
	}})
}

// TestHub shows that the contract carries a cluster: it is met by several servers that
// hand each other everything through a queue.
func TestHub(t *testing.T) {
	for _, servers := range []int{2, 3} {
		t.Run(fmt.Sprint(servers), func(t *testing.T) {
			Run(t, Cluster{Servers: servers, Settle: 3 * time.Second, New: func(_ testing.TB, n int) []adapter.Factory { return newHub(n, "") }})
		})
	}
}

// hub is a cluster in one process. Everything goes through one queue for each server.
type hub struct {
	fault string // what it does wrong on purpose
	mu    sync.Mutex
	nodes map[string][]*spoke // by namespace
}

// spoke is the adapter of one namespace of one server.
type spoke struct {
	hub   *hub
	name  string
	local adapter.Local
	inbox chan func()
	done  chan struct{}
}

func newHub(n int, fault string) (list []adapter.Factory) {
	h := &hub{fault: fault, nodes: make(map[string][]*spoke)}
	for i := range n {
		list = append(list, func(l adapter.Local, _ *adapter.Recovery) adapter.Adapter {
			s := &spoke{hub: h, name: fmt.Sprint("node ", i), local: l, inbox: make(chan func(), 10_000), done: make(chan struct{})}
			go s.work()
			h.mu.Lock()
			defer h.mu.Unlock()
			h.nodes[l.Name()] = append(h.nodes[l.Name()], s)
			return s
		})
	}
	return list
}

func (s *spoke) work() {
	for {
		select {
		case f := <-s.inbox:
			f()
		case <-s.done:
			return
		}
	}
}

// others are those a target concerns beside s.
func (s *spoke) others(local bool) []*spoke {
	if local && s.hub.fault != "local goes everywhere" {
		return nil
	}
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.hub.nodes[s.local.Name()]), func(o *spoke) bool { return o == s })
}

// tell has every other server do something.
func (s *spoke) tell(t *adapter.Target, f func(o *spoke)) {
	for _, o := range s.others(t.Local) {
		o.inbox <- func() { f(o) }
	}
}

func (s *spoke) Broadcast(p *adapter.Packet, t *adapter.Target) error {
	args, err := packet.NewArgs(p.Args...)
	if err != nil {
		return err
	}
	sent := &adapter.Packet{Event: p.Event, Args: []any{args}, Volatile: p.Volatile, Plain: p.Plain}
	target := *t
	switch s.hub.fault {
	case "loses a broadcast":
		return s.local.Deliver(sent, t, "")
	case "forgets excepts":
		target.Except = nil
	case "delivers twice":
		s.tell(t, func(o *spoke) { _ = o.local.Deliver(sent, &target, "") })
	case "loses flags":
		sent.Volatile, sent.Plain = false, false
	case "overtakes":
		if len(t.Rooms) == 2 {
			go func() {
				time.Sleep(time.Millisecond)
				s.tell(t, func(o *spoke) { _ = o.local.Deliver(sent, &target, "") })
			}()
			return s.local.Deliver(sent, t, "")
		}
	}
	s.tell(t, func(o *spoke) { _ = o.local.Deliver(sent, &target, "") })
	return s.local.Deliver(sent, t, "")
}

func (s *spoke) BroadcastWithAck(ctx context.Context, p *adapter.Packet, t *adapter.Target) ([]packet.Args, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	args, err := packet.NewArgs(p.Args...)
	if err != nil {
		return nil, err
	}
	sent, target, others := &adapter.Packet{Event: p.Event, Args: []any{args}}, *t, s.others(t.Local)
	answers := adapter.NewAnswers(1 + len(others))
	for _, o := range others {
		o.inbox <- func() {
			n, _ := o.local.Call(ctx, sent, &target, answers)
			if s.hub.fault == "counts wrong" {
				n--
			}
			answers.Expect(n)
		}
	}
	n, err := s.local.Call(ctx, sent, t, answers)
	if err != nil {
		return nil, err
	}
	answers.Expect(n)
	return answers.Wait(ctx)
}

// ask has an answer of every other server.
func ask[T any](ctx context.Context, s *spoke, local bool, f func(o *spoke, reply func(T))) (list []T, err error) {
	type named struct {
		node string
		v    T
	}
	others := s.others(local)
	replies := make(chan named, len(others))
	missing := make(map[string]bool)
	for _, o := range others {
		missing[o.name] = true
		o.inbox <- func() { f(o, func(v T) { replies <- named{o.name, v} }) }
	}
	for range others {
		select {
		case r := <-replies:
			list = append(list, r.v)
			delete(missing, r.node)
		case <-ctx.Done():
			partial := &adapter.PartialError{Err: ctx.Err()}
			for name := range missing {
				partial.Missing = append(partial.Missing, name)
			}
			if s.hub.fault == "throws answers away" {
				list = nil
			}
			return list, partial
		}
	}
	return list, nil
}

func (s *spoke) FetchSockets(ctx context.Context, t *adapter.Target) ([]adapter.Socket, error) {
	target := *t
	lists, err := ask(ctx, s, t.Local, func(o *spoke, reply func([]adapter.Socket)) {
		list := o.local.Sockets(&target)
		for i := range list {
			data, _ := json.Marshal(list[i].Data)
			list[i].Data, list[i].Node = json.RawMessage(data), o.name
		}
		reply(list)
	})
	return slices.Concat(append(lists, s.local.Sockets(t))...), err
}

func (s *spoke) AddSockets(t *adapter.Target, rooms []string) error {
	target := *t
	for _, o := range s.others(t.Local) { // a goroutine, because joining waits for a barrier
		go o.local.Join(&target, rooms)
	}
	s.local.Join(t, rooms)
	return nil
}

func (s *spoke) DelSockets(t *adapter.Target, rooms []string) error {
	target := *t
	s.tell(t, func(o *spoke) { o.local.Leave(&target, rooms) })
	s.local.Leave(t, rooms)
	return nil
}

func (s *spoke) DisconnectSockets(t *adapter.Target, closeConnection bool) error {
	target := *t
	closes := closeConnection && s.hub.fault != "keeps connections"
	s.tell(t, func(o *spoke) { o.local.Disconnect(&target, closes) })
	s.local.Disconnect(t, closeConnection)
	return nil
}

func (s *spoke) ServerSideEmit(event string, args packet.Args) error {
	s.tell(&adapter.Target{}, func(o *spoke) { o.local.ServerSide(event, args, nil) })
	if s.hub.fault == "hears itself" {
		s.local.ServerSide(event, args, nil)
	}
	return nil
}

func (s *spoke) ServerSideCall(ctx context.Context, event string, args packet.Args) ([]packet.Args, error) {
	return ask(ctx, s, false, func(o *spoke, reply func(packet.Args)) { o.local.ServerSide(event, args, reply) })
}

func (s *spoke) ServerCount(context.Context) (int, error) { return 1 + len(s.others(false)), nil }
func (s *spoke) RoomAdded(string)                         {}
func (s *spoke) RoomRemoved(string)                       {}
func (s *spoke) Barrier(context.Context) error            { return nil }

func (s *spoke) Attach(_ *adapter.Session, admit func([]adapter.Missed, string)) { admit(nil, "") }
func (s *spoke) PersistSession(*adapter.Session)                                 {}

func (s *spoke) RestoreSession(context.Context, string, string) (*adapter.Session, error) {
	return nil, errors.New("no recovery here")
}

func (s *spoke) Close() error {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	if s.hub.fault != "is counted for ever" {
		name := s.local.Name()
		s.hub.nodes[name] = slices.DeleteFunc(slices.Clone(s.hub.nodes[name]), func(o *spoke) bool { return o == s })
	}
	close(s.done)
	return nil
}

// TestFaultsAreNoticed breaks the hub in many ways, each of which some case of the suite
// must notice.
func TestFaultsAreNoticed(t *testing.T) {
	for _, c := range []struct {
		fault string
		run   func(s *stage)
	}{
		{"loses a broadcast", testBroadcast},
		{"delivers twice", testBroadcast},
		{"forgets excepts", testExcept},
		{"local goes everywhere", testLocal},
		{"loses flags", testFlags},
		{"overtakes", testOrder},
		{"counts wrong", testCallDeadline},
		{"keeps connections", testDisconnect},
		{"hears itself", testServerSide},
		{"throws answers away", testServerSideSilent},
		{"is counted for ever", testClose},
	} {
		t.Run(c.fault, func(t *testing.T) {
			cluster := Cluster{Settle: 500 * time.Millisecond, New: func(_ testing.TB, n int) []adapter.Factory { return newHub(n, c.fault) }}.withDefaults()
			p := &probe{TB: t}
			p.run(func() { c.run(newStage(p, &cluster)) })
			if !p.failed.Load() {
				t.Error("nobody has noticed")
			}
		})
	}
}

// probe is a test that may fail.
type probe struct {
	testing.TB
	failed   atomic.Bool
	cleanups []func()
}

func (p *probe) run(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
	for _, f := range slices.Backward(p.cleanups) {
		f()
	}
}

func (p *probe) Helper()               {}
func (p *probe) Cleanup(f func())      { p.cleanups = append(p.cleanups, f) }
func (p *probe) Error(...any)          { p.failed.Store(true) }
func (p *probe) Errorf(string, ...any) { p.failed.Store(true) }

func (p *probe) Fatal(...any) {
	p.failed.Store(true)
	runtime.Goexit()
}

func (p *probe) Fatalf(string, ...any) { p.Fatal() }
