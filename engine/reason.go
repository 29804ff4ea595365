package engine

import (
	"strconv"
	"time"
)

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

// Refusal is an HTTP answer that is no part of a session (reference 1.9): what a
// server gives to a request that it cannot serve, and what [Dial] gets from one.
type Refusal struct {
	Status     int           `json:"-"` // such as 503; of our upgrades always 400, but for the origin
	Code       int           `json:"code"`
	Message    string        `json:"message"` // what the body says
	Name       string        `json:"-"`       // what is wrong, where the code says only "Bad request"; not on the wire
	RetryAfter time.Duration `json:"-"`       // of the header that Dial has got; 0 without
}

func (e *Refusal) Error() string {
	text := "engine: refused with " + strconv.Itoa(e.Status)
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.Name != "" {
		text += ": " + e.Name
	}
	return text
}
