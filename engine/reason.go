package engine

// Reason says why a session ended, in the words of the protocol (EIO-103).
type Reason string

// The reasons.
const (
	PingTimeout    Reason = "ping timeout"    // no pong came in time
	ParseError     Reason = "parse error"     // the peer sent an invalid packet
	TransportError Reason = "transport error" // the transport failed or was misused
	TransportClose Reason = "transport close" // the peer went away
	ForcedClose    Reason = "forced close"    // this side closed the session
)

// Error is the kind of error that calls of this package return.
type Error string

func (e Error) Error() string { return "engine: " + string(e) }

// ErrSlowConsumer is returned by [Session.Send] and [Client.Send] when what waits
// for the peer would exceed SendBudget. Nothing of the batch has been queued.
const ErrSlowConsumer = Error("the peer reads too slowly: its send budget is used up")
