package dispatch

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/socketio-go/socketio"
)

// Waiter collects the acknowledgements of one call.
type Waiter struct {
	mu      sync.Mutex // guards what follows
	answers []socketio.Args
	missing int
	pending int
	err     error         // of the first receiver that will not answer
	done    chan struct{} // closed when nothing is pending
}

// NewWaiter waits for n receivers.
func NewWaiter(n int) *Waiter {
	w := &Waiter{pending: n, missing: n, done: make(chan struct{})}
	if n == 0 {
		close(w.done)
	}
	return w
}

// Answered is called in the read path.
func (w *Waiter) Answered(args socketio.Args) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers = append(w.answers, args)
	w.missing--
	w.settleLocked()
}

// Lost says that one receiver will not answer.
func (w *Waiter) Lost(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = err
	}
	w.settleLocked()
}

func (w *Waiter) settleLocked() {
	if w.pending--; w.pending == 0 {
		close(w.done)
	}
}

// Wait returns what has come when everybody has answered or ctx ends. If some are
// missing the error is a *[socketio.AckError].
func (w *Waiter) Wait(ctx context.Context) ([]socketio.Args, error) {
	select {
	case <-w.done:
	case <-ctx.Done():
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.missing == 0 {
		return w.answers, nil
	}
	err := w.err
	if w.pending > 0 {
		err = ctx.Err()
	}
	answers := w.answers
	w.answers = nil // what comes late is not added to what the caller has
	return answers, &socketio.AckError{Missing: w.missing, Err: err}
}

// One is the result of a call to one receiver, of what Wait or its like returned.
func One(event string, answers []socketio.Args, err error) (socketio.Args, error) {
	if err == nil {
		return answers[0], nil
	}
	var missing *socketio.AckError
	if errors.As(err, &missing) {
		err = fmt.Errorf("socketio: call %q: %w", event, missing.Err)
	}
	return socketio.Args{}, err
}
