package adapter

import (
	"context"

	"github.com/socketio-go/socketio/packet"
)

// Memory is the adapter of a server that is alone. There are no other servers: what
// is said to them is said to nobody, and has no answers. Make one with [NewMemory].
type Memory struct {
	local   Local
	journal *journal // nil without recovery
}

// NewMemory returns an adapter for a namespace, which keeps sessions for recovery
// unless r is nil.
func NewMemory(local Local, r *Recovery) *Memory {
	m := &Memory{local: local}
	if r != nil {
		m.journal = newJournal(local, r.withDefaults())
	}
	return m
}

// Broadcast delivers an event; with recovery, after it has been logged.
func (m *Memory) Broadcast(p *Packet, t *Target) error {
	if m.journal != nil {
		return m.journal.broadcast(p, t)
	}
	return m.local.Deliver(p, t, "")
}

// BroadcastWithAck delivers an event and waits for the acknowledgements.
func (m *Memory) BroadcastWithAck(ctx context.Context, p *Packet, t *Target) ([]packet.Args, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := NewAnswers(1)
	n, err := m.local.Call(ctx, p, t, answers)
	if err != nil {
		return nil, err
	}
	answers.Expect(n)
	return answers.Wait(ctx)
}

// FetchSockets describes the sockets here.
func (m *Memory) FetchSockets(_ context.Context, t *Target) ([]Socket, error) {
	return m.local.Sockets(t), nil
}

// AddSockets makes sockets join rooms.
func (m *Memory) AddSockets(t *Target, rooms []string) error {
	m.local.Join(t, rooms)
	return nil
}

// DelSockets makes sockets leave rooms.
func (m *Memory) DelSockets(t *Target, rooms []string) error {
	m.local.Leave(t, rooms)
	return nil
}

// DisconnectSockets ends sockets.
func (m *Memory) DisconnectSockets(t *Target, closeConnection bool) error {
	m.local.Disconnect(t, closeConnection)
	return nil
}

// ServerSideEmit says something to nobody.
func (m *Memory) ServerSideEmit(string, packet.Args) error { return nil }

// ServerSideCall has no answers.
func (m *Memory) ServerSideCall(context.Context, string, packet.Args) ([]packet.Args, error) {
	return nil, nil
}

// ServerCount is 1.
func (m *Memory) ServerCount(context.Context) (int, error) { return 1, nil }

// RoomAdded, RoomRemoved and Barrier concern nobody else.
func (m *Memory) RoomAdded(string)              {}
func (m *Memory) RoomRemoved(string)            {}
func (m *Memory) Barrier(context.Context) error { return nil }

// Attach admits a socket.
func (m *Memory) Attach(restored *Session, admit func(missed []Missed, offset string)) {
	if m.journal == nil {
		admit(nil, "")
		return
	}
	m.journal.attach(restored, admit)
}

// PersistSession keeps a session, if there is recovery.
func (m *Memory) PersistSession(s *Session) {
	if m.journal != nil {
		m.journal.persist(s)
	}
}

// RestoreSession hands a session out.
func (m *Memory) RestoreSession(_ context.Context, pid, offset string) (*Session, error) {
	if m.journal == nil {
		return nil, nil
	}
	return m.journal.restore(pid, offset), nil
}

// Close forgets everything.
func (m *Memory) Close() error {
	if m.journal != nil {
		m.journal.close()
	}
	return nil
}
