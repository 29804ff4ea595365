package limit

import (
	"testing"
	"time"
)

func TestLimiter(t *testing.T) {
	l := Limiter{Burst: 3, PerSecond: 2}
	now := time.Now()
	count := func(now time.Time) (n int) {
		for l.Allow(now) {
			n++
		}
		return n
	}
	for i, test := range []struct {
		after time.Duration
		want  int
	}{{0, 3}, {400 * time.Millisecond, 0}, {500 * time.Millisecond, 1}, {time.Minute, 3}} {
		if got := count(now.Add(test.after)); got != test.want {
			t.Errorf("step %d: %d allowed, want %d", i, got, test.want)
		}
	}
}
