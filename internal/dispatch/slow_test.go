package dispatch

import "testing"

// leftOut is how many of the next calls are left to another goroutine, in a row.
func leftOut(s *Slow) (n int) {
	for s.is() {
		n++
	}
	return n
}

func TestWhatIsSlowAgainAndAgainIsLeftOutForLonger(t *testing.T) {
	var s Slow
	if n := leftOut(&s); n != 0 {
		t.Fatalf("%d calls of what has held up nobody", n)
	}
	for _, want := range []int{8, 16, 32, 64, 128, 256, 512, 1000, 1000} {
		s.begin()
		if n := leftOut(&s); n != want { // and the call behind them is the one that is slow again
			t.Errorf("%d calls left out, want %d", n, want)
		}
	}
}

func TestWhatWasHeldUpOnceIsSoonTrusted(t *testing.T) {
	var s Slow
	for range 20 {
		s.begin()
		if n := leftOut(&s); n != fewestCalls {
			t.Errorf("%d calls left out", n)
		}
		for range trusted {
			if s.is() {
				t.Fatal("left out again without a reason")
			}
		}
	}
}
