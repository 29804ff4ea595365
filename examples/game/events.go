package game

import "github.com/socketio-go/socketio"

// What a page asks for.
var (
	Join  = socketio.NewCall[Pilot, Welcome]("join")
	Steer = socketio.NewEvent[Input]("input")
)

// What the server tells. A snapshot is volatile: who cannot receive one at once
// waits for the next. Everything else arrives.
var (
	Snapshot = socketio.NewEvent[[]byte]("snapshot") // see snapshot.go
	Roster   = socketio.NewEvent[[]Entry]("roster")
	Health   = socketio.NewEvent[Stats]("stats")
)

// Pilot is who wants to play.
type Pilot struct {
	Name string `json:"name"`
}

// Welcome tells a page which ship is its own.
type Welcome struct {
	ID uint8 `json:"id"`
}

// Input is what a player does during one tick. Pages number their inputs, so that a
// snapshot can say up to which it has been played.
type Input struct {
	Seq  int `json:"seq"`
	Keys int `json:"keys"` // a sum of the constants below
}

// Keys.
const (
	keyUp = 1 << iota
	keyDown
	keyLeft
	keyRight
	keyFire
	allKeys = 1<<iota - 1
)

// Entry is one ship in the roster.
type Entry struct {
	ID   uint8  `json:"id"`
	Name string `json:"name"`
	Bot  bool   `json:"bot"`
}

// Stats are told once a second. Times are in microseconds.
type Stats struct {
	Jitter99 int64 `json:"jitter99"` // how late ticks are, but for one in a hundred
	Work99   int64 `json:"work99"`   // how long they take
	Viewers  int   `json:"viewers"`
}
