// Package limit bounds how often somebody may do something.
package limit

import "time"

// Limiter allows a burst, and after it so many per second: a token bucket. Its
// owner guards it.
type Limiter struct {
	Burst, PerSecond float64

	used float64
	last time.Time
}

// Allow reports whether it may be done once more, and counts it.
func (l *Limiter) Allow(now time.Time) bool {
	l.used = max(0, l.used-now.Sub(l.last).Seconds()*l.PerSecond)
	l.last = now
	if l.used+1 > l.Burst {
		return false
	}
	l.used++
	return true
}
