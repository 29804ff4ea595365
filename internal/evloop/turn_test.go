//go:build linux && !portable

package evloop

import (
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
)

// goroutines returns "run" for each stack of a loop.
func goroutines(dump string) (kinds []string) {
	for _, stack := range strings.Split(dump, "\n\n") {
		if strings.Contains(stack, "evloop.(*Turn).run") {
			kinds = append(kinds, "run")
		}
	}
	return kinds
}

// onRead makes a source that does something once, with the first data.
func onRead(f func(s *tester, turn *Turn)) *tester {
	s := &tester{}
	s.ready = func(turn *Turn, _ Event) {
		if n, _ := s.Read(turn.Buffer()); n > 0 {
			f(s, turn)
		}
	}
	return s
}

func TestOverdueCall(t *testing.T) {
	working, finish := neighbours(t)
	let, done, overdue := make(chan bool), make(chan bool), make(chan bool, 2)
	var calls atomic.Int32
	s := onRead(func(s *tester, turn *Turn) {
		if calls.Add(1) > 1 {
			return
		}
		turn.Enter(s)
		<-let
		if turn.Release() && !turn.Late() {
			t.Error("the call can be released although it was overdue")
		}
		if !turn.Leave() || turn.Leads() {
			t.Error("the call has lost the source, or has the lead")
		}
		turn.Enter(s) // nobody watches, and nobody minds
		<-let
		if turn.Release() {
			t.Error("released without a watcher")
		}
		if !turn.Leave() {
			t.Error("the source was lost")
		}
		close(done)
	})
	s.overdue = func() { overdue <- true }
	s.resume = func(*Turn) { t.Error("the source's reading goes on") }
	register(t, s)
	s.peer.Write([]byte("x"))
	await(t, "Overdue", overdue)
	working()
	let <- true
	working()
	let <- true
	await(t, "the end of the call", done)
	if len(overdue) > 0 {
		t.Error("Overdue is called twice")
	}
	s.peer.Write([]byte("x"))
	eventually(t, "the source is called again", func() bool { return calls.Load() == 2 })
	s.Close()
	finish()
}

func TestReleasedCall(t *testing.T) {
	working, finish := neighbours(t)
	let, done, resumed := make(chan bool), make(chan bool), make(chan bool, 2)
	s := onRead(func(s *tester, turn *Turn) {
		turn.Enter(s)
		if !turn.Release() {
			t.Error("not released")
		}
		if turn.Release() {
			t.Error("released twice")
		}
		<-let
		if !turn.Late() || turn.Leave() || turn.Leads() || !turn.Late() {
			t.Error("the call still has the source")
		}
		close(done)
	})
	s.overdue = func() { t.Error("Overdue is called") }
	s.resume = func(turn *Turn) {
		if !turn.Leads() {
			t.Error("the new goroutine does not lead")
		}
		resumed <- true
	}
	register(t, s)
	s.peer.Write([]byte("x"))
	await(t, "Resume", resumed)
	working()
	let <- true
	await(t, "the end of the call", done)
	working()
	s.Close()
	finish()
}

func TestQuickCalls(t *testing.T) {
	done := make(chan int)
	s := onRead(func(s *tester, turn *Turn) {
		kept := 0
		for i := range 10000 {
			turn.Enter(s)
			released := i%2 == 0 && turn.Release()
			if !turn.Leave() {
				break // this one was descheduled
			}
			if turn.Leads() && (released || i%2 > 0) && !turn.Late() {
				kept++
			}
		}
		done <- kept
	})
	register(t, s)
	s.peer.Write([]byte("x"))
	if kept := await(t, "the end", done); kept == 0 {
		t.Error("no call was in time")
	}
	s.Close()
}

// The watchdog sleeps when nothing happens, and sees the first call after that.
func TestWatchdogWakes(t *testing.T) {
	working, finish := neighbours(t)
	for range 10 {
		eventually(t, "the watchdog rests", shared.watchdog.asleep.Load)
		overdue, let, done := make(chan bool, 1), make(chan bool), make(chan bool)
		s := onRead(func(s *tester, turn *Turn) {
			turn.Enter(s)
			<-let
			turn.Leave()
			close(done)
		})
		s.overdue = func() { overdue <- true }
		register(t, s)
		s.peer.Write([]byte("x"))
		await(t, "Overdue", overdue)
		working()
		close(let)
		await(t, "the end of the call", done)
		s.Close()
	}
	finish()
}

// What the overtaken goroutine had fetched, or was to call again, is not lost.
func TestOvertakenBatch(t *testing.T) {
	const n = 20
	called := make(chan int, n)
	first, let := make(chan bool), make(chan bool)
	all, finish := onOneLoop(t, n, func(i int) *tester {
		again := false
		s := &tester{}
		s.ready = func(turn *Turn, e Event) {
			if n, _ := s.Read(turn.Buffer()); n == 0 && (!again || e&Readable == 0) {
				return
			}
			switch {
			case i == 0:
				first <- true
				<-let // so that all others are in the next batch
				return
			case !again:
				again = true
				turn.Again(s)
				return
			}
			turn.Enter(s)
			called <- i
			<-let
			turn.Leave()
		}
		return s
	})
	all[0].peer.Write([]byte("x"))
	<-first
	for _, s := range all[1:] {
		s.peer.Write([]byte("x"))
	}
	let <- true
	seen := make(map[int]bool)
	for range n - 1 {
		seen[await(t, "a call, while others block", called)] = true
	}
	if len(seen) != n-1 {
		t.Errorf("calls of %d sources", len(seen))
	}
	close(let)
	finish()
}

// A call that ends its goroutine ends neither the loop nor the source's reading.
func TestGoexit(t *testing.T) {
	for name, late := range map[string]func(t *testing.T, s *tester, turn *Turn){
		"at once": func(*testing.T, *tester, *Turn) {},
		"overdue": func(t *testing.T, s *tester, turn *Turn) {
			eventually(t, "the call is overdue", turn.Late)
		},
		"lost": func(t *testing.T, s *tester, turn *Turn) {
			eventually(t, "the call is overdue", turn.Late)
			turn.Leave()
			turn.Enter(s)
		},
		"released": func(t *testing.T, s *tester, turn *Turn) { turn.Release() },
		"passed": func(t *testing.T, s *tester, turn *Turn) {
			if turn.Release() {
				eventually(t, "the call is overdue", turn.Late)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			working, finish := neighbours(t)
			resumed := make(chan int, 10)
			n := 0
			s := onRead(func(s *tester, turn *Turn) {
				turn.Enter(s)
				late(t, s, turn)
				runtime.Goexit()
			})
			s.resume = func(turn *Turn) {
				if n++; n < 4 { // and again, in the goroutine that has the lead now, or none
					turn.Enter(s)
					runtime.Goexit()
				}
				resumed <- n
			}
			register(t, s)
			s.peer.Write([]byte("x"))
			if n := await(t, "Resume", resumed); n != 4 {
				t.Errorf("the reading goes on %d times", n)
			}
			working()
			if len(resumed) > 0 {
				t.Error("the reading goes on twice")
			}
			s.Close()
			finish()
		})
	}
}

func TestDetach(t *testing.T) {
	turns := make(chan *Turn, 1)
	s := &tester{}
	s.resume = func(turn *Turn) {
		turn.Enter(s)
		if turn.Leads() || turn.Release() || turn.Late() || !turn.Leave() {
			t.Error("a detached turn is watched")
		}
		if len(turn.Buffer()) != bufferSize {
			t.Errorf("the buffer has %d bytes", len(turn.Buffer()))
		}
		turns <- turn
	}
	for range 3 {
		Detach(s)
		await(t, "Resume", turns)
	}
}
