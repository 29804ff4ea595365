package bench

import "time"

// Scale is how much of everything there is in a series.
type Scale struct {
	Idle     []int         `json:"idle"` // connections
	Echo     []int         `json:"echo"`
	FanOut   []int         `json:"fanOut"`
	Paced    int           `json:"paced"` // connections of the work at a fixed rate
	Few      int           `json:"few"`   // connections of acknowledgements, polling, and so on; one of Echo
	Rooms    int           `json:"rooms"` // connections of the work with rooms: 100 rooms for each
	Settle   time.Duration `json:"settle"`
	Warm     time.Duration `json:"warm"`
	Measure  time.Duration `json:"measure"`
	Patience time.Duration `json:"patience"` // without any news, before a subject has stalled
	Messages int64         `json:"messages"` // ends a measurement early
	PerSec   int           `json:"perSec"`   // the fixed rate
	DialRate int           `json:"dialRate"`
}

// Full is what is published.
func Full() Scale {
	return Scale{
		Idle: []int{1000, 10_000, 15_000}, Echo: []int{1, 100, 5000, 15_000}, FanOut: []int{1000, 10_000},
		Paced: 5000, Few: 100, Rooms: 1000,
		Settle: 3 * time.Second, Warm: time.Second, Measure: 4 * time.Second, Patience: 5 * time.Second,
		Messages: 200_000, PerSec: 10_000, DialRate: 5000,
	}
}

// Quick shows that everything works; its numbers are rough.
func Quick() Scale {
	return Scale{
		Idle: []int{500}, Echo: []int{1, 20, 500}, FanOut: []int{500},
		Paced: 500, Few: 20, Rooms: 100,
		Settle: 200 * time.Millisecond, Warm: 100 * time.Millisecond, Measure: 300 * time.Millisecond, Patience: 2 * time.Second,
		Messages: 20_000, PerSec: 5000, DialRate: 5000,
	}
}

// Tiny is for the test of this module.
func Tiny() Scale {
	return Scale{
		Idle: []int{20}, Echo: []int{1, 5}, FanOut: []int{20},
		Paced: 20, Few: 5, Rooms: 20,
		Settle: 20 * time.Millisecond, Warm: 10 * time.Millisecond, Measure: 30 * time.Millisecond, Patience: 5 * time.Second,
		Messages: 1000, PerSec: 2000, DialRate: 2000,
	}
}

// connections is the greatest number of them.
func (s Scale) connections() (n int) {
	for _, list := range [][]int{s.Idle, s.Echo, s.FanOut, {s.Paced, s.Few, s.Rooms}} {
		for _, v := range list {
			n = max(n, v)
		}
	}
	return n
}
