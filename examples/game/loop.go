package game

import (
	"slices"
	"time"

	"github.com/socketio-go/socketio"
)

const (
	ticksPerSecond = 30
	tickTime       = time.Second / ticksPerSecond
	maxLate        = 250 * time.Millisecond // beyond that the machine has slept, and the time is lost
	measured       = 10 * ticksPerSecond    // ticks that the statistics look back at
)

// run plays while somebody watches, and sleeps otherwise, until Shutdown.
func (a *App) run() {
	defer close(a.stopped)
	for {
		select {
		case <-a.done:
			return
		case <-a.wake:
			a.play()
		}
	}
}

// play ticks until nobody watches. Ticks that are late are made up for, so that the
// time of the arena is that of everybody's clock.
func (a *App) play() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for due := time.Now(); ; due = due.Add(tickTime) {
		timer.Reset(time.Until(due))
		select {
		case <-a.done:
			return
		case <-timer.C:
		}
		began := time.Now()
		if began.Sub(due) > maxLate {
			due = began
		}
		if !a.tick() {
			return
		}
		a.mu.Lock()
		a.clock.add(began.Sub(due), time.Since(began))
		a.mu.Unlock()
	}
}

// tick plays one tick and shows it. It reports false when nobody watches.
func (a *App) tick() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.viewers == 0 {
		return false
	}
	a.world.step()
	a.check(Snapshot.Emit(a.pictures, a.world.snapshot()))
	if a.world.tick%ticksPerSecond == 0 {
		jitter, work := a.clock.percentile(99)
		stats := Stats{Jitter99: jitter.Microseconds(), Work99: work.Microseconds(), Viewers: a.viewers}
		a.check(Health.Emit(a.pictures, stats))
	}
	return true
}

// clock remembers how well the last ticks were kept. Guarded by the mutex of its App.
type clock struct {
	late, work [measured]time.Duration
	n          int
}

func (c *clock) add(late, work time.Duration) {
	c.late[c.n%measured], c.work[c.n%measured] = late, work
	c.n++
}

// percentile is what that part of the ticks does not exceed.
func (c *clock) percentile(percent int) (late, work time.Duration) {
	n := min(c.n, measured)
	if n == 0 {
		return 0, 0
	}
	at := (n*percent+99)/100 - 1
	lates, works := slices.Clone(c.late[:n]), slices.Clone(c.work[:n])
	slices.Sort(lates)
	slices.Sort(works)
	return lates[at], works[at]
}

// check logs what should not happen: that an event of our own cannot be encoded.
func (a *App) check(err error) {
	if err != nil {
		a.log.Error("game: event not sent", "error", err)
	}
}

// rosterLocked tells everybody who is there.
func (a *App) rosterLocked(to socketio.Emitter) {
	list := make([]Entry, len(a.world.ships))
	for i, s := range a.world.ships {
		list[i] = Entry{ID: s.id, Name: s.name, Bot: s.bot}
	}
	a.check(Roster.Emit(to, list))
}
