package adapter

import (
	"context"
	"sync"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/packet"
)

// Answers collects the acknowledgements of a broadcast to several servers, none of
// which is known to have how many receivers. Make one with [NewAnswers].
type Answers struct {
	mu       sync.Mutex // guards what follows
	servers  int        // that have not told their number of receivers
	expected int        // receivers
	settled  int        // of them, that have answered or are lost
	answers  []packet.Args
	err      error // of the first one that is lost
	over     bool
	done     chan struct{}
}

// NewAnswers waits for the receivers of that many servers.
func NewAnswers(servers int) *Answers {
	a := &Answers{servers: servers, done: make(chan struct{})}
	a.settleLocked()
	return a
}

// Expect says that one server has n receivers.
func (a *Answers) Expect(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.servers--
	a.expected += n
	a.settleLocked()
}

// Answered adds an answer.
func (a *Answers) Answered(args packet.Args) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over {
		return
	}
	a.answers = append(a.answers, args)
	a.settled++
	a.settleLocked()
}

// Lost says that a receiver will not answer.
func (a *Answers) Lost(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.err == nil {
		a.err = err
	}
	a.settled++
	a.settleLocked()
}

func (a *Answers) settleLocked() {
	if !a.over && a.servers <= 0 && a.settled >= a.expected {
		a.over = true
		close(a.done)
	}
}

// Wait returns what has come when everybody has answered or ctx ends.
func (a *Answers) Wait(ctx context.Context) ([]packet.Args, error) {
	select {
	case <-a.done:
	case <-ctx.Done():
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.over = true // what comes late is not added to what the caller has
	missing := a.expected - len(a.answers)
	if missing <= 0 && a.servers <= 0 {
		return a.answers, nil
	}
	err := a.err
	if a.servers > 0 || a.settled < a.expected {
		err = ctx.Err()
	}
	return a.answers, &socketio.AckError{Missing: max(missing, 0), Err: err}
}
