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
	// that would need them begin anew.
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
		Detection:        o.PingInterval + o.PingTimeout,
	}
}

// recovery is what a socket needs for it. It never changes once the socket is part of
// its namespace.
type recovery struct {
	pid     string           // the secret of the client's
	session *adapter.Session // that was restored, or nil
	missed  []adapter.Missed // to be sent with the CONNECT reply
	offset  string           // where the socket has begun
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

// restore looks for the session of a client. It may wait. A connection that the
// session still has is taken for dead: its client is here.
func (n *Namespace) restore(ctx context.Context, w wish) *adapter.Session {
	n.mu.RLock()
	live := n.pids[w.PID]
	n.mu.RUnlock()
	if live != nil {
		live.conn.session.Fail(errTakenOver)
	}
	s, err := n.adapter.RestoreSession(ctx, w.PID, w.Offset)
	if err != nil {
		n.server.opts.Logger.Warn("socketio: a session could not be restored", "nsp", n.name, "error", err)
		return nil
	}
	return s
}

const errTakenOver = engine.Error("the client has connected again")

// newRecovery begins what recovery keeps for a socket, or goes on with a session.
func (n *Namespace) newRecovery(protocol int, session *adapter.Session) *recovery {
	switch {
	case n.server.opts.Recovery == nil || protocol == 3: // SIO-053
		return nil
	case session != nil:
		return &recovery{pid: session.PID, session: session}
	}
	return &recovery{pid: engine.NewID()}
}

// Recovered reports whether the socket goes on with the id, the rooms and the data of
// one whose connection was lost. It has been sent, or is going to be, what it missed.
func (s *Socket) Recovered() bool { return s.recovery != nil && s.recovery.session != nil }

// persist keeps the session of a socket that has ended.
func (s *Socket) persist() {
	s.nsp.adapter.PersistSession(&adapter.Session{
		SID: s.id, PID: s.recovery.pid, Rooms: s.Rooms(), Data: s.Data(), Offset: s.recovery.offset,
	})
}

// logs reports whether what is emitted to the socket is kept for recovery.
func (s *Socket) logs() bool {
	return s.recovery != nil && s.nsp.Socket(s.id) == s
}
