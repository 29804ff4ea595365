// Package timerwheel gives many objects a coarse timer each for the price of one
// runtime timer. A timer lives inside of the object it belongs to: arming one
// allocates nothing.
package timerwheel

import (
	"sync"
	"time"
)

const slots = 512

// Owner is told when its timer is due. One goroutine calls many owners, so they
// must not block. A call may cross a concurrent [Wheel.Arm] or [Wheel.Stop], or
// another call: the owner takes its own lock and asks [Wheel.Armed].
type Owner interface {
	Expired()
}

// Timer is embedded in its owner, or is a field of it. The zero value is stopped.
type Timer struct {
	owner      Owner  // nil when stopped
	next, prev *Timer // neighbours in the slot
	due        int64  // in ticks since the wheel was made
	slot       int32
}

// Wheel holds timers in slots one tick apart. A timer fires up to one tick late
// and never early. While no timer is armed the wheel holds no runtime timer.
type Wheel struct {
	tick  time.Duration
	start time.Time

	mu      sync.Mutex // guards what follows and the timers that are armed
	ring    [slots]*Timer
	now     int64 // the last tick that was served
	armed   int
	runtime *time.Timer
	wake    int64 // the tick that runtime waits for, 0 when it is stopped
}

// New makes a wheel with that resolution, at least a millisecond.
func New(tick time.Duration) *Wheel {
	return &Wheel{tick: max(tick, time.Millisecond), start: time.Now()}
}

// Arm makes t fire after d, instead of whatever it was armed for.
func (w *Wheel) Arm(t *Timer, owner Owner, d time.Duration) {
	now := time.Since(w.start)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unlinkLocked(t)
	if w.armed == 0 {
		w.now = int64(now / w.tick)
	}
	t.owner = owner
	t.due = max(int64((now+max(d, 0)+w.tick-1)/w.tick), w.now+1)
	w.linkLocked(t)
	w.sleepLocked(min(t.due, w.now+slots-1), now)
}

// Stop disarms t. It is harmless on a timer that is not armed.
func (w *Wheel) Stop(t *Timer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unlinkLocked(t)
	if w.armed == 0 && w.wake != 0 {
		w.runtime.Stop()
		w.wake = 0
	}
}

// Armed reports whether t is going to fire. An owner whose timer is armed when
// Expired is called was told too late: the timer has been armed again meanwhile.
func (w *Wheel) Armed(t *Timer) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return t.owner != nil
}

// linkLocked puts t into its slot, or into the farthest one, from where it is
// moved on when its turn comes.
func (w *Wheel) linkLocked(t *Timer) {
	t.slot = int32(min(t.due, w.now+slots-1) % slots)
	head := w.ring[t.slot]
	t.prev, t.next = nil, head
	if head != nil {
		head.prev = t
	}
	w.ring[t.slot] = t
	w.armed++
}

func (w *Wheel) unlinkLocked(t *Timer) {
	if t.owner == nil {
		return
	}
	if t.prev == nil {
		w.ring[t.slot] = t.next
	} else {
		t.prev.next = t.next
	}
	if t.next != nil {
		t.next.prev = t.prev
	}
	t.owner, t.next, t.prev = nil, nil, nil
	w.armed--
}

// sleepLocked sees to it that the wheel wakes at that tick or earlier.
func (w *Wheel) sleepLocked(tick int64, now time.Duration) {
	if w.wake != 0 && w.wake <= tick {
		return
	}
	w.wake = tick
	d := time.Duration(tick)*w.tick - now
	if w.runtime == nil {
		w.runtime = time.AfterFunc(d, w.advance)
	} else {
		w.runtime.Reset(d)
	}
}

// advance serves every slot up to the present.
func (w *Wheel) advance() {
	now := time.Since(w.start)
	var due []Owner
	w.mu.Lock()
	w.wake = 0
	for last := int64(now / w.tick); w.now < last && w.armed > 0; {
		w.now++
		due = w.serveLocked(due)
	}
	for next := w.now + 1; w.armed > 0 && next < w.now+slots; next++ {
		if w.ring[next%slots] != nil {
			w.sleepLocked(next, now)
			break
		}
	}
	w.mu.Unlock()
	for _, o := range due {
		o.Expired()
	}
}

// serveLocked empties the slot of the present tick.
func (w *Wheel) serveLocked(due []Owner) []Owner {
	t := w.ring[w.now%slots]
	for t != nil {
		next, owner := t.next, t.owner
		w.unlinkLocked(t)
		if t.due <= w.now {
			due = append(due, owner)
		} else {
			t.owner = owner
			w.linkLocked(t)
		}
		t = next
	}
	return due
}
