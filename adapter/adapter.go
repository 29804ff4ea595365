package adapter

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/socketio-go/socketio/packet"
)

// Packet is an event for sockets. Values are valid during the call that they are
// given to: who keeps a packet makes [packet.NewArgs] of them first.
type Packet struct {
	Event    string
	Args     []any // values, or packet.Args
	Volatile bool  // for those who can take it at once, and never again
	Plain    bool  // not to be compressed
}

// Target says which sockets of a namespace are meant. The zero value means all.
type Target struct {
	Rooms  []string // those in any of them; the id of a socket is a room; none: all sockets
	Except []string // but not those in any of these
	Local  bool     // on this server only
}

// Local is a namespace of one server, as its adapter sees it. No method waits for
// the network, and all are safe for concurrent use.
type Local interface {
	// Name of the namespace, which begins with "/".
	Name() string

	// Deliver sends an event to the sockets here. An offset is appended to it as the
	// last argument, unless it is empty (SIO-031). When exactly one socket is
	// addressed by its id the error is that of sending to it.
	Deliver(p *Packet, t *Target, offset string) error

	// Call sends an event that is to be acknowledged. Each of the n receivers answers
	// or is lost once, at any time from the beginning of the call until ctx ends.
	Call(ctx context.Context, p *Packet, t *Target, answers Collector) (n int, err error)

	// Sockets describes the sockets here.
	Sockets(t *Target) []Socket

	// Join and Leave change the rooms of the sockets here, Disconnect ends them and,
	// if so wanted, their connections.
	Join(t *Target, rooms []string)
	Leave(t *Target, rooms []string)
	Disconnect(t *Target, closeConnection bool)

	// ServerSide runs the handlers of what another server has said to this one.
	// reply, which may be nil, is called at most once with an answer.
	ServerSide(event string, args packet.Args, reply func(packet.Args))
}

// Collector takes the answers to a call. *[Answers] is one.
type Collector interface {
	Answered(packet.Args)
	Lost(error) // a receiver will not answer
}

// Adapter connects one namespace of a server with the same namespace of others. All
// methods are safe for concurrent use. Only those with a context may wait.
type Adapter interface {
	// Broadcast delivers an event, here and elsewhere. Errors: one of encoding, and
	// those of [Local.Deliver] for a single socket here.
	Broadcast(p *Packet, t *Target) error

	// BroadcastWithAck does the same and waits for the acknowledgements. When some
	// are missing the others come with a *[socketio.AckError].
	BroadcastWithAck(ctx context.Context, p *Packet, t *Target) ([]packet.Args, error)

	// FetchSockets describes sockets, here and elsewhere.
	FetchSockets(ctx context.Context, t *Target) ([]Socket, error)

	// AddSockets, DelSockets and DisconnectSockets change sockets, here and elsewhere.
	AddSockets(t *Target, rooms []string) error
	DelSockets(t *Target, rooms []string) error
	DisconnectSockets(t *Target, closeConnection bool) error

	// ServerSideEmit says something to the other servers; ServerSideCall has an
	// answer of each.
	ServerSideEmit(event string, args packet.Args) error
	ServerSideCall(ctx context.Context, event string, args packet.Args) ([]packet.Args, error)

	// ServerCount is the number of servers, this one included.
	ServerCount(ctx context.Context) (int, error)

	// RoomAdded and RoomRemoved tell that a room has its first member here, or has
	// lost its last one. They are called in that order with a lock held: they must
	// not call Local. The rooms of sockets' ids are not told.
	RoomAdded(room string)
	RoomRemoved(room string)

	// Barrier waits until the other servers know of the rooms added before.
	Barrier(ctx context.Context) error

	// Attach calls admit, which makes a socket part of the namespace, while no event
	// is being delivered. A restored session comes with the events it has missed.
	// offset is where the socket stands from then on, empty without recovery.
	Attach(restored *Session, admit func(missed []Missed, offset string))

	// PersistSession keeps a session for [Adapter.RestoreSession], which hands it out
	// once. It returns nil when there is none, or when events may be lost for it.
	// offset may be empty: then the session continues where it began.
	PersistSession(s *Session)
	RestoreSession(ctx context.Context, pid, offset string) (*Session, error)

	// Close ends the adapter's work for this server.
	Close() error
}

// Factory makes the adapter of a namespace, with recovery unless r is nil. Local is
// not to be called before it has returned.
type Factory func(l Local, r *Recovery) Adapter

// Session is what recovery restores (SRV-100). When a socket ends that was restored
// itself, its session is given back, with the rooms and data of the end.
type Session struct {
	SID, PID string
	Rooms    []string // the socket's own id among them
	Data     any
	Offset   string    // where the client stands: where its first socket was attached, or what it has last presented
	Replayed time.Time // set by the server when it has sent what the session had missed

	From  uint64    // set by RestoreSession for Attach
	Since time.Time // set by PersistSession: what was logged later may not have arrived
}

// Missed is an event that a session has missed.
type Missed struct {
	*Packet
	Offset string
}

// Socket describes a socket, on whatever server.
type Socket struct {
	ID        string    `json:"id"`
	Handshake Handshake `json:"handshake"`
	Rooms     []string  `json:"rooms"`
	Data      any       `json:"data"` // json.RawMessage if it comes from another server
	Node      string    `json:"-"`    // the server it is on, empty for this one
}

// Handshake is the beginning of a connection in the words of the wire (SRV-051).
type Handshake struct {
	Headers http.Header       `json:"headers"`
	Time    string            `json:"time"`
	Address string            `json:"address"`
	XDomain bool              `json:"xdomain"`
	Secure  bool              `json:"secure"`
	Issued  int64             `json:"issued"` // milliseconds since 1970
	URL     string            `json:"url"`
	Query   map[string]string `json:"query"`
	Auth    json.RawMessage   `json:"auth"`
}

// PartialError says that some servers have not answered.
type PartialError struct {
	Missing []string // their names
	Err     error    // why
}

func (e *PartialError) Error() string {
	return fmt.Sprintf("socketio: no answer from %s: %v", strings.Join(e.Missing, ", "), e.Err)
}

// Unwrap returns the reason.
func (e *PartialError) Unwrap() error { return e.Err }
