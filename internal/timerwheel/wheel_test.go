package timerwheel

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

type probe struct {
	Timer
	fired atomic.Int32
	at    time.Time
}

func (p *probe) Expired() { p.at = time.Now(); p.fired.Add(1) }

func TestFiresOnceWithinATick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const tick = 10 * time.Millisecond
		w := New(tick)
		r := rand.New(rand.NewPCG(1, 2))
		start := time.Now()
		var probes []*probe
		var want []time.Duration
		for range 2000 {
			p, d := new(probe), time.Duration(r.Int64N(int64(40*time.Second)))
			w.Arm(&p.Timer, p, d)
			probes, want = append(probes, p), append(want, d)
		}
		time.Sleep(41 * time.Second)
		synctest.Wait()
		for i, p := range probes {
			late := p.at.Sub(start) - want[i]
			if p.fired.Load() != 1 || late < 0 || late > tick {
				t.Fatalf("timer of %v fired %d times, %v late", want[i], p.fired.Load(), late)
			}
		}
		if w.wake != 0 || w.armed != 0 {
			t.Error("an empty wheel still runs")
		}
	})
}

func TestStopAndRearm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New(time.Millisecond)
		var a, b, c probe
		w.Stop(&a.Timer)
		for _, p := range []*probe{&a, &b, &c} {
			w.Arm(&p.Timer, p, 50*time.Millisecond)
		}
		w.Stop(&b.Timer)
		w.Arm(&a.Timer, &a, 5*time.Second)
		time.Sleep(time.Second)
		synctest.Wait()
		if a.fired.Load() != 0 || b.fired.Load() != 0 || c.fired.Load() != 1 {
			t.Error("after a second:", a.fired.Load(), b.fired.Load(), c.fired.Load())
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if a.fired.Load() != 1 {
			t.Error("the timer that was put off did not fire")
		}
		// After a long rest the wheel does not walk through the time it slept.
		time.Sleep(1000 * time.Hour)
		w.Arm(&a.Timer, &a, 0)
		time.Sleep(2 * time.Millisecond)
		synctest.Wait()
		if a.fired.Load() != 2 {
			t.Error("a timer of no time did not fire")
		}
	})
}

func TestRearmFromExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New(time.Millisecond)
		b := &beater{w: w}
		w.Arm(&b.Timer, b, time.Second)
		time.Sleep(10*time.Second + 100*time.Millisecond)
		w.Stop(&b.Timer)
		synctest.Wait()
		if b.n != 10 {
			t.Errorf("beat %d times in ten seconds", b.n)
		}
	})
}

type beater struct {
	Timer
	w *Wheel
	n int
}

func (b *beater) Expired() { b.n++; b.w.Arm(&b.Timer, b, time.Second) }

func TestArmingAllocatesNothing(t *testing.T) {
	w := New(time.Millisecond)
	p := new(probe)
	w.Arm(&p.Timer, p, time.Hour)
	if n := testing.AllocsPerRun(100, func() { w.Arm(&p.Timer, p, time.Hour) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	w.Stop(&p.Timer)
}
