//go:build linux && !portable

package evloop

import (
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
)

// bufferSize is what a turn reads at a time.
const bufferSize = 64 << 10

// Turn is a goroutine that leads a loop, or that has lost it to another one while
// it was in an overdue call. Its methods are called by that goroutine only.
type Turn struct {
	// Local is for the sources: something that every turn needs one of.
	Local any

	loop   *loop
	state  atomic.Uint64 // number of the call, and in its lowest bits one of below
	calls  uint64
	source Source // of the call, and of all that follow once the lead is lost
	within bool   // a call has not been left
	lost   bool   // another goroutine leads

	batch  []ready // events that were fetched and
	next   int     // the first that was not delivered
	since  int     // how many were delivered since it was somebody else's turn
	again  []ready // to be called after the batch
	buffer []byte
	fetch  func(fd uintptr) bool
	events [maxBatch]syscall.EpollEvent
	n      int
}

// What the lowest bits of a turn's state say.
const (
	outside  = iota // no call
	inside          // in a call
	released        // in a call that does not touch the source's reading side any more
	overdue         // in a call that lasted too long: the lead is lost
	passed          // the same, and the call was released: so is the source's reading

	stateBits = 3
	stateMask = 1<<stateBits - 1
)

func newTurn(l *loop) *Turn {
	t := &Turn{loop: l}
	t.fetch = func(uintptr) bool {
		n, err := syscall.EpollWait(l.epfd, t.events[:], 0)
		t.n = max(n, 0)
		return n > 0 || err != nil || len(t.batch) > 0 // an error is retried, or is the end of the loop
	}
	return t
}

var detached = sync.Pool{New: func() any { return &Turn{lost: true} }}

// Detach has s.Resume called by a goroutine that never leads a loop.
func Detach(s Source) {
	t := detached.Get().(*Turn)
	t.source = s
	go t.run(s)
}

// Buffer is for reading. What is in it stays untouched while a source's call
// lasts, also when that is overdue.
func (t *Turn) Buffer() []byte {
	if t.buffer == nil {
		t.buffer = make([]byte, bufferSize)
	}
	return t.buffer
}

// Leads reports whether the goroutine still leads its loop.
func (t *Turn) Leads() bool { return !t.lost }

// Again has s told once more that it is readable, after all others that wait.
func (t *Turn) Again(s Source) { t.again = append(t.again, ready{s, Readable}) }

// Enter is called before code that may block is called on behalf of s.
func (t *Turn) Enter(s Source) {
	t.within = true
	if t.lost {
		return
	}
	t.source = s
	t.calls++
	t.state.Store(t.calls<<stateBits | inside)
	t.loop.watchdog.rouse()
}

// Release says, from inside of a call, that the call does not touch the source's
// reading side any more, so that this can go on when the call is overdue. It
// reports false when nobody watches over the call: then it must not block.
func (t *Turn) Release() bool {
	call := t.calls << stateBits
	return !t.lost && t.state.CompareAndSwap(call|inside, call|released)
}

// Late reports, from inside of a released call or right after it, whether it was
// overdue.
func (t *Turn) Late() bool { return t.state.Load()&stateMask >= overdue }

// Leave ends a call. It reports false when the call was released and overdue:
// then the source's reading side belongs to somebody else.
func (t *Turn) Leave() bool {
	t.within = false
	if t.lost {
		return true
	}
	call := t.calls << stateBits
	if t.state.CompareAndSwap(call|inside, call) || t.state.CompareAndSwap(call|released, call) {
		return true
	}
	t.lost = true
	return t.state.Load()&stateMask != passed
}

// expire makes the call that the state tells overdue. It reports false when the
// call has ended meanwhile.
func (t *Turn) expire(state uint64) bool {
	switch call := state &^ stateMask; state & stateMask {
	case inside:
		return t.state.CompareAndSwap(state, call|overdue)
	case released:
		return t.state.CompareAndSwap(state, call|passed)
	}
	return false
}

// run leads the loop until the turn or the loop is over. Before that it goes on
// with the reading of resume, if there is one.
func (t *Turn) run(resume Source) {
	defer t.end()
	if resume != nil {
		resume.Resume(t)
	}
	for !t.lost {
		if t.next == len(t.batch) && !t.wait() {
			return
		}
		r := t.batch[t.next]
		t.batch[t.next] = ready{}
		t.next++
		r.source.Ready(t, r.event)
	}
}

// end finds somebody else when the code that was called ended this goroutine.
func (t *Turn) end() {
	switch {
	case t.within && !t.lost && t.expire(t.state.Load()):
		t.loop.overtake(t, t.source)
	case t.within && t.state.Load()&stateMask != passed:
		Detach(t.source)
	case t.loop == nil:
		t.source = nil
		detached.Put(t)
	}
}

// wait fetches the next events. It reports false when the loop has ended.
func (t *Turn) wait() bool {
	if t.since += t.next; t.since >= maxBatch { // a busy loop never waits
		t.since = 0
		runtime.Gosched()
	}
	t.batch, t.next = append(t.batch[:0], t.again...), 0
	clear(t.again)
	t.again = t.again[:0]
	for {
		if err := t.loop.raw.Read(t.fetch); err != nil {
			return false
		}
		t.batch = t.loop.resolve(t.batch, t.events[:t.n])
		if len(t.batch) > 0 {
			return true
		}
	}
}

// overtake gives the lead of t, which is in an overdue call, to a new goroutine.
// resume is the source whose reading goes on there, if any.
func (l *loop) overtake(t *Turn, resume Source) {
	next := newTurn(l)
	next.batch = append(next.batch, t.batch[t.next:]...)
	next.again = append(next.again, t.again...)
	l.leader.Store(next)
	go next.run(resume)
}
