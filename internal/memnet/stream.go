package memnet

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

const (
	errReset  = syscall.ECONNRESET
	errBroken = syscall.EPIPE
)

// errShutdown marks a side that closed one direction only: unlike
// net.ErrClosed it still takes deadlines.
var errShutdown = errors.New("direction is shut down")

// stream is one direction of a connection.
type stream struct {
	limit int

	mu     sync.Mutex // guards the fields below
	change sync.Cond  // on every change of them
	data   []byte     // written, not read
	reader side
	writer side
}

// side is what one end of a stream knows of itself.
type side struct {
	err     error // why this side can do no more; nil while it can
	expired bool  // the deadline has passed
	timer   *time.Timer
	set     int // counts setDeadline calls: an old timer must not fire
}

func newStream(limit int) *stream {
	s := &stream{limit: limit}
	s.change.L = &s.mu
	return s
}

func (s *stream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case errors.Is(s.reader.err, errShutdown):
			return 0, io.EOF
		case s.reader.err != nil:
			return 0, s.reader.err
		case s.reader.expired:
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		case len(s.data) > 0:
			n := copy(p, s.data)
			s.data = s.data[n:]
			s.change.Broadcast()
			return n, nil
		case s.writer.err != nil:
			return 0, io.EOF
		}
		s.change.Wait()
	}
}

func (s *stream) write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for {
		switch {
		case errors.Is(s.writer.err, errShutdown):
			return n, errBroken
		case s.writer.err != nil:
			return n, s.writer.err
		case s.writer.expired:
			return n, os.ErrDeadlineExceeded
		case s.reader.err != nil:
			return n, errBroken
		case n == len(p):
			return n, nil
		}
		room := min(s.limit-len(s.data), len(p)-n)
		if room == 0 {
			s.change.Wait()
			continue
		}
		s.data = append(s.data, p[n:n+room]...)
		n += room
		s.change.Broadcast()
		if n == len(p) {
			return n, nil
		}
	}
}

// closeReader reports whether the reader was not fully closed before.
func (s *stream) closeReader(err error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	open := s.reader.endLocked(err)
	if open {
		s.data = nil
	}
	s.change.Broadcast()
	return open
}

func (s *stream) closeWriter(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writer.endLocked(err)
	s.change.Broadcast()
}

func (s *stream) reset(reader, writer error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data = nil
	s.reader.endLocked(reader)
	s.writer.endLocked(writer)
	s.change.Broadcast()
}

func (s *stream) buffered() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.data)
}

func (s *stream) setDeadline(d *side, t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(d.err, net.ErrClosed) {
		return net.ErrClosed
	}
	d.stopLocked()
	wait := time.Until(t)
	d.expired = !t.IsZero() && wait <= 0
	if !t.IsZero() && wait > 0 {
		set := d.set
		d.timer = time.AfterFunc(wait, func() { s.expire(d, set) })
	}
	s.change.Broadcast()
	return nil
}

func (s *stream) expire(d *side, set int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.set == set {
		d.expired = true
		s.change.Broadcast()
	}
}

// endLocked keeps the first error, except that every side may still be closed.
// It reports whether err was taken.
func (d *side) endLocked(err error) bool {
	if d.err != nil && (errors.Is(d.err, net.ErrClosed) || !errors.Is(err, net.ErrClosed)) {
		return false
	}
	d.err = err
	d.stopLocked()
	return true
}

func (d *side) stopLocked() {
	d.set++
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}

// opError leaves nil and io.EOF alone: callers compare the latter with ==.
func (c *Conn) opError(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return &net.OpError{Op: op, Net: network, Source: c.local, Addr: c.remote, Err: err}
}
