package client

import (
	"context"
	"time"

	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/internal/dispatch"
)

// retryQueue are the events of a socket with Options.Retries. Only the first is
// under way (CLI-029).
type retryQueue []*retry

type retry struct {
	messages []engine.Message // with one number in all tries: a late answer counts
	id       int64
	size     int
	waiter   *dispatch.Waiter // nil: nobody wants to know
	event    string
	timeout  time.Duration // of one try
	tries    int
	timer    *time.Timer // of the try that is under way; nil without
}

func (s *Socket) queueRetry(x Sender, event string, args []any, w *dispatch.Waiter) error {
	r := &retry{id: s.nextID(), waiter: w, event: event, timeout: x.ackTimeout()}
	var err error
	if r.messages, err = x.encode(r.id, event, args); err != nil {
		return err
	}
	r.size = (&pending{messages: r.messages}).size()
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if s.state == inactive || s.leaving {
		return errInactive
	}
	if err := s.reserveLocked(r.size); err != nil {
		return err
	}
	s.retries = append(s.retries, r)
	s.drainRetriesLocked()
	return nil
}

// drainRetriesLocked sends the first event, unless it is under way.
func (s *Socket) drainRetriesLocked() {
	for s.state == connected && len(s.retries) > 0 && s.retries[0].timer == nil {
		r := s.retries[0]
		err := s.conn.session.engine.SendHeld(r.messages...)
		if isClosed(err) {
			return // the next connection goes on
		}
		if err != nil { // it can never be sent
			s.endRetryLocked(err)
			continue
		}
		r.tries++
		try := r.tries
		r.timer = time.AfterFunc(r.timeout, func() { s.retryExpired(r, try) })
	}
}

// retryExpired is called by the timer of a try.
func (s *Socket) retryExpired(r *retry, try int) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if len(s.retries) == 0 || s.retries[0] != r || r.timer == nil || r.tries != try {
		return
	}
	s.tryFailedLocked(context.DeadlineExceeded)
	s.drainRetriesLocked()
}

// lostRetryLocked ends the try that was under way with the connection.
func (s *Socket) lostRetryLocked() {
	if len(s.retries) > 0 && s.retries[0].timer != nil {
		s.tryFailedLocked(errDisconnected)
	}
}

// tryFailedLocked gives the first event up after its last try.
func (s *Socket) tryFailedLocked(why error) {
	r := s.retries[0]
	r.timer.Stop()
	r.timer = nil
	if r.tries > s.opts.Retries {
		s.endRetryLocked(why)
	}
}

// endRetryLocked removes the first event that was not acknowledged.
func (s *Socket) endRetryLocked(why error) {
	r := s.removeRetryLocked(0)
	if r.waiter != nil {
		r.waiter.Lost(why)
		return
	}
	s.m.opts.Logger.Warn("socketio: an event is given up", "nsp", s.nsp, "event", r.event, "tries", r.tries, "error", why)
}

func (s *Socket) removeRetryLocked(i int) *retry {
	r := s.retries[i]
	s.retries = append(s.retries[:i:i], s.retries[i+1:]...)
	s.m.buffered -= r.size
	if r.timer != nil {
		r.timer.Stop()
		r.timer = nil
	}
	s.settleLocked()
	return r
}

// retriedLocked takes the acknowledgement of the first event. mine is false when it
// is not that; w is who waits for it.
func (s *Socket) retriedLocked(id int64) (w *dispatch.Waiter, mine bool) {
	if len(s.retries) == 0 || s.retries[0].id != id {
		return nil, false
	}
	r := s.removeRetryLocked(0)
	s.drainRetriesLocked()
	return r.waiter, true
}

// forgetRetryLocked is for a caller who waits no longer.
func (s *Socket) forgetRetryLocked(w *dispatch.Waiter) {
	for i, r := range s.retries {
		if r.waiter == w {
			s.removeRetryLocked(i)
			s.drainRetriesLocked()
			return
		}
	}
}

func (s *Socket) failRetriesLocked(why error) {
	for len(s.retries) > 0 {
		s.endRetryLocked(why)
	}
}
