package client

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// The official formula, written down as the reference has it (CLI-004).
func official(n int, r float64) time.Duration {
	ms := 1000 * math.Pow(2, float64(n))
	deviation := math.Floor(r * 0.5 * ms)
	if int(math.Floor(r*10))&1 == 0 {
		ms -= deviation
	} else {
		ms += deviation
	}
	return time.Duration(math.Floor(math.Min(ms, 5000))) * time.Millisecond
}

func TestDelays(t *testing.T) {
	o := (&Options{}).withDefaults()
	exact := (&Options{NoJitterAtMax: true}).withDefaults()
	for range 2000 {
		r := rand.Float64()
		for n := range 12 {
			ours, theirs := o.delay(n, r), exact.delay(n, r)
			if want := official(n, r); theirs != want {
				t.Fatalf("NoJitterAtMax: delay(%d, %v) = %v, want %v", n, r, theirs, want)
			}
			low, high := min(time.Second<<n, 5*time.Second)/2, min(time.Second<<n*3/2, 5*time.Second)
			if ours < low || ours > high {
				t.Fatalf("delay(%d, %v) = %v, not between %v and %v", n, r, ours, low, high)
			}
			if n >= 4 && theirs != 5*time.Second {
				t.Fatalf("the official delay %d is %v", n, theirs)
			}
		}
	}
	spread := o.delay(9, 0.1) - o.delay(9, 0.9)
	if spread < time.Second {
		t.Errorf("at the cap all delays are within %v", spread)
	}
}

func TestDelaysAtTheEnds(t *testing.T) {
	for _, o := range []Options{{}, {NoJitterAtMax: true}, {Jitter: -1}, {Jitter: 7}, {Jitter: 1}} {
		c := o.withDefaults()
		for _, n := range []int{0, 5, 62, 64, 1000, 100_000} {
			for _, r := range []float64{0, 0.05, 0.15, 0.999999} {
				if d := c.delay(n, r); d < 0 || d > 5*time.Second || o.Jitter < 1 && d == 0 {
					t.Errorf("jitter %v, exact %v: delay(%d, %v) = %v", o.Jitter, o.NoJitterAtMax, n, r, d)
				}
			}
		}
	}
	c := (&Options{Jitter: -1, ReconnectionDelay: 100 * time.Millisecond, ReconnectionDelayMax: 250 * time.Millisecond}).withDefaults()
	for n, want := range []time.Duration{100, 200, 250, 250} {
		if d := c.delay(n, 0.7); d != want*time.Millisecond {
			t.Errorf("delay(%d) = %v", n, d)
		}
	}
}
