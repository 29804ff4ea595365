//go:build linux && !portable

package evloop

import (
	"sync/atomic"
	"time"
)

const (
	// tick is how often the watchdog looks: a call is overdue after one to two.
	tick = time.Millisecond
	// restAfter is how many ticks without a call let the watchdog sleep.
	restAfter = 20
)

// watchdog is the goroutine that finds overdue calls.
type watchdog struct {
	loops  []*loop
	seen   []view
	asleep atomic.Bool
	wake   chan struct{} // holds one token when somebody has roused it
	stop   chan struct{}
}

// view is what the watchdog saw of a loop.
type view struct {
	turn  *Turn
	state uint64
}

func newWatchdog() *watchdog {
	return &watchdog{wake: make(chan struct{}, 1), stop: make(chan struct{})}
}

// rouse is called when a call begins.
func (w *watchdog) rouse() {
	if w.asleep.Load() && w.asleep.CompareAndSwap(true, false) {
		w.wake <- struct{}{}
	}
}

func (w *watchdog) run() {
	w.seen = make([]view, len(w.loops))
	for quiet := 0; ; {
		time.Sleep(tick)
		if w.look() {
			quiet = 0
		} else if quiet++; quiet > restAfter {
			if !w.rest() {
				return
			}
			quiet = 0
		}
	}
}

// look declares calls overdue that were under way a tick ago. It reports whether
// anything happens in the loops.
func (w *watchdog) look() (busy bool) {
	for i, l := range w.loops {
		turn := l.leader.Load()
		now := view{turn, turn.state.Load()}
		if now != w.seen[i] {
			busy = true
		} else if turn.expire(now.state) {
			l.overdue(turn, now.state&stateMask == released)
		}
		w.seen[i] = now
	}
	return busy
}

// rest waits for a call. It reports false when the loops have ended.
func (w *watchdog) rest() bool {
	w.asleep.Store(true)
	if w.look() && w.asleep.CompareAndSwap(true, false) {
		return true // a call began before it could have seen us asleep
	}
	select {
	case <-w.wake:
		return true
	case <-w.stop:
		return false
	}
}

// overdue is called when the leader's call has lasted too long.
func (l *loop) overdue(t *Turn, released bool) {
	if released {
		l.overtake(t, t.source)
		return
	}
	source := t.source
	l.overtake(t, nil)
	source.Overdue()
}
