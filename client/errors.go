package client

import (
	"encoding/json"
	"fmt"
	"net"
	"strconv"
	"time"
)

// DialError says that the server could not be reached, or did not behave like one.
// The client tries again. It unwraps to the cause: an error of the network, an
// *[engine.Refusal], or one that matches [context.DeadlineExceeded].
type DialError struct {
	Attempt int // 0 for the first, then that of the reconnection
	Err     error
}

func (e *DialError) Error() string {
	return "socketio: cannot connect, attempt " + strconv.Itoa(e.Attempt) + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *DialError) Unwrap() error { return e.Err }

// ConnectError is the server's refusal to let the client into a namespace
// (SIO-022). The client does not try again (CLI-030), unless RetryAfter says when.
type ConnectError struct {
	Namespace string
	Message   string
	Data      json.RawMessage // what the server added; nil without

	// RetryAfter is the number retryAfter in Data, which is in milliseconds there;
	// 0 without.
	RetryAfter time.Duration
}

func (e *ConnectError) Error() string {
	return "socketio: namespace " + e.Namespace + " refused: " + e.Message
}

type constError string

func (e constError) Error() string { return string(e) }

const errOldServer = constError("the server gave no id, as Socket.IO 2.x does: this client needs Socket.IO 3 or newer")

var (
	errDisconnected = fmt.Errorf("socketio: socket has been disconnected: %w", net.ErrClosed)
	errInactive     = fmt.Errorf("socketio: socket is not connected: %w", net.ErrClosed)
)
