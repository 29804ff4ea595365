package server

import (
	"context"
	"encoding/json"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/adapter"
	"github.com/socketio-go/socketio/engine"
)

// Recovery lets clients that have lost their connection for a moment go on where they
// were: with the same id, rooms and data, and with the events they have missed
// (SRV-100). The zero value means all defaults.
type Recovery struct {
	// MaxDisconnection is how long a client may be away; 2 minutes.
	MaxDisconnection time.Duration

	// RunMiddlewares runs those of [Namespace.Use] for restored sockets too. They
	// find [Socket.Recovered] true. (The official option is skipMiddlewares.)
	RunMiddlewares bool

	// MaxBytes bounds the events that are kept for each namespace, and the sessions
	// half as much; 64 MiB. When there are more, the oldest are dropped, and clients
	// that would need them begin anew. So does a client that has missed more than
	// twice Options.SendBudget.
	MaxBytes int64
}

// recovery is what the adapter has to know.
func (o *Options) recovery() *adapter.Recovery {
	if o.Recovery == nil {
		return nil
	}
	return &adapter.Recovery{
		MaxDisconnection: o.Recovery.MaxDisconnection,
		MaxBytes:         o.Recovery.MaxBytes,
		MaxMissed:        2 * int64(o.SendBudget), // who was too slow has missed as much as the budget
		Detection:        o.PingInterval + o.PingTimeout,
	}
}

// recovery is what a socket needs for it. Unless it says otherwise, nothing changes
// once the socket is part of its namespace.
type recovery struct {
	pid     string           // the secret of the client's
	conn    *conn            // whose the session is
	session *adapter.Session // that was restored, or nil
	missed  []adapter.Missed // to be sent with the CONNECT reply
	offset  string           // where the socket has begun, unless it was restored

	gap bool // an event has not been sent, and so the connection ends; guarded by the socket's mutex

	ended chan struct{} // closed when another connection may have the session; made by one that waits, with the namespace's mutex
}

// recoverable are the reasons of an end that may not be the client's wish (SRV-100).
func recoverable(reason socketio.Reason) bool {
	switch reason {
	case socketio.TransportClose, socketio.TransportError, socketio.PingTimeout, socketio.ForcedClose:
		return true
	}
	return false
}

// wish is what a client says that wants to go on (SIO-032).
type wish struct {
	PID    string `json:"pid"`
	Offset string `json:"offset"`
}

// recoveryWish reads it from the object that the client presents. Without recovery, and
// without a wish, it is empty.
func (c *conn) recoveryWish(auth []byte) (w wish) {
	if c.server.opts.Recovery == nil || c.session.Protocol() == 3 || len(auth) == 0 {
		return wish{}
	}
	if err := json.Unmarshal(auth, &w); err != nil {
		return wish{}
	}
	return w
}

// restore looks for the session of a client, and makes it this connection's. It may
// wait: a connection that has the session still is taken for dead, since its client is
// here, and is ended first.
func (n *Namespace) restore(ctx context.Context, c *conn, w wish) *recovery {
	r := &recovery{pid: w.PID, conn: c}
	for {
		other := n.claim(r)
		if other == nil {
			break
		}
		other.conn.session.Fail(errTakenOver)
		select {
		case <-other.ended:
		case <-ctx.Done():
			return nil
		}
	}
	s, err := n.adapter.RestoreSession(ctx, w.PID, w.Offset)
	if err != nil {
		n.server.opts.Logger.Warn("socketio: a session could not be restored", "nsp", n.name, "error", err)
	}
	if s == nil {
		n.unclaim(r)
		return nil
	}
	r.session = s
	return r
}

const errTakenOver = engine.Error("the client has connected again")

// claim makes a session somebody's, from before it is restored until it has been kept
// again. It returns who else has it, and whose end is to be waited for.
func (n *Namespace) claim(r *recovery) *recovery {
	n.mu.Lock()
	defer n.mu.Unlock()
	other := n.pids[r.pid]
	if other == nil {
		n.pids[r.pid] = r
	} else if other.ended == nil {
		other.ended = make(chan struct{})
	}
	return other
}

// unclaim does nothing with nil.
func (n *Namespace) unclaim(r *recovery) {
	if r == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.pids[r.pid] == r {
		delete(n.pids, r.pid)
	}
	if r.ended != nil {
		close(r.ended)
	}
}

// newRecovery begins what recovery keeps for a new socket.
func (c *conn) newRecovery() *recovery {
	if c.server.opts.Recovery == nil || c.session.Protocol() == 3 { // SIO-053
		return nil
	}
	return &recovery{pid: engine.NewID(), conn: c}
}

// Recovered reports whether the socket goes on with the id, the rooms and the data of
// one whose connection was lost. It has been sent, or is going to be, what it missed.
func (s *Socket) Recovered() bool { return s.recovery != nil && s.recovery.session != nil }

// persist keeps the session of a socket that has ended.
func (s *Socket) persist() {
	kept := adapter.Session{SID: s.id, PID: s.recovery.pid, Offset: s.recovery.offset}
	if s.Recovered() {
		kept = *s.recovery.session // with what the adapter knows of it
	}
	kept.Rooms, kept.Data = s.Rooms(), s.Data()
	s.nsp.adapter.PersistSession(&kept)
}

// logs reports whether what is emitted to the socket is kept for recovery.
func (s *Socket) logs() bool {
	return s.recovery != nil && s.nsp.Socket(s.id) == s
}
