package socketio

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Error is an error that is meant for the other side. Returned by a handler, also
// wrapped, it becomes the acknowledgement {"error":{"message":…,"data":…}};
// returned by a middleware or OnConnect it becomes the CONNECT_ERROR. Any other
// error is logged and shows the peer only "internal error".
type Error struct {
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"` // encoded as JSON
}

func (e *Error) Error() string { return e.Message }

// Public returns the Error in err's tree, or one that gives nothing away.
func Public(err error) *Error {
	var public *Error
	if errors.As(err, &public) {
		return public
	}
	return &Error{Message: "internal error"}
}

// RemoteError is the answer of a handler on the other side that failed.
type RemoteError struct {
	Message string          `json:"message"`
	Data    json.RawMessage `json:"data,omitempty"`
}

func (e *RemoteError) Error() string { return "socketio: remote: " + e.Message }

// AckError says that some receivers of a call have not answered. It unwraps to
// the reason: the end of the context or of the deadline, or an error that matches
// [net.ErrClosed] when the missing ones have disconnected.
type AckError struct {
	Missing int // receivers that have not answered
	Err     error
}

func (e *AckError) Error() string {
	return fmt.Sprintf("socketio: %d acknowledgements missing: %v", e.Missing, e.Err)
}

// Unwrap returns the reason.
func (e *AckError) Unwrap() error { return e.Err }

type constError string

func (e constError) Error() string { return string(e) }

// ErrSlowConsumer is returned by Emit when what waits for the peer exceeds its
// budget. The connection is closed, because an event has been lost.
const ErrSlowConsumer = constError("socketio: the peer reads too slowly: its send budget is used up")
