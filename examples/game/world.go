package game

import (
	"math/rand/v2"
	"slices"
)

const (
	maxShips = 50
	maxShots = 200
	gemCount = 80

	maxHealth   = 3
	reload      = 10 // ticks between two shots
	shotTime    = 40 // ticks
	deadTime    = 45
	shieldTime  = 45 // after a new start
	maxQueue    = 8  // inputs that may wait
	maxCatchUp  = 10 // inputs that may be played later than they should have been
	gemReach    = radius + 9*unit
	hitReach    = radius + 3*unit
	killScore   = 5
	startMargin = 100 * unit
)

// world is the arena at one tick.
type world struct {
	tick  uint32
	ships []*ship // by id
	shots []shot  // oldest first
	gems  [gemCount]gem
	rand  *rand.Rand

	lastShot uint8
}

type gem struct{ x, y int }

type shot struct {
	body
	id, owner uint8
	left      int // ticks
}

// ship is a player's or a bot's.
type ship struct {
	body
	id     uint8
	name   string
	bot    bool
	health int // 0: dead
	score  int
	fire   int // ticks until it may
	wait   int // ticks until a dead one starts again
	shield int // ticks

	queue []Input // to be played, oldest first
	seen  int     // number of the last input that has come
	done  int     // and of the last that has been played
	late  int     // ticks in which there was none
}

func newWorld(seed uint64) *world {
	w := &world{rand: rand.New(rand.NewPCG(seed, 0))}
	for i := range w.gems {
		w.gems[i] = gem{w.place(width), w.place(height)}
	}
	return w
}

// place is a random coordinate.
func (w *world) place(size int) int { return startMargin + w.rand.IntN(size-2*startMargin) }

// add brings a new ship in, or returns nil if there is no room.
func (w *world) add(name string, bot bool) *ship {
	id := uint8(1)
	at := 0
	for ; at < len(w.ships) && w.ships[at].id == id; at++ {
		id++
	}
	if id > maxShips {
		return nil
	}
	s := &ship{id: id, name: name, bot: bot}
	w.start(s)
	w.ships = slices.Insert(w.ships, at, s)
	return s
}

func (w *world) remove(s *ship) {
	w.ships = slices.DeleteFunc(w.ships, func(other *ship) bool { return other == s })
}

// start puts a ship somewhere.
func (w *world) start(s *ship) {
	s.body = body{x: w.place(width), y: w.place(height), face: w.rand.IntN(8)}
	s.health, s.shield, s.fire = maxHealth, shieldTime, 0
}

// push takes an input, and reports whether it is one that a page can have sent.
func (s *ship) push(in Input) bool {
	if in.Seq <= s.seen || in.Keys < 0 || in.Keys > allKeys || len(s.queue) == maxQueue {
		return false
	}
	s.seen = in.Seq
	s.queue = append(s.queue, in)
	return true
}

// step plays one tick.
func (w *world) step() {
	w.tick++
	for _, s := range w.ships {
		if s.bot {
			w.play(s, w.think(s))
			continue
		}
		w.playQueue(s)
	}
	w.moveShots()
	w.collect()
}

// playQueue plays one input, which is one tick of the ship's time. A ship whose input
// comes too late stands still, and may catch up: so it is where its page has
// predicted it, and in the long run never faster than any other.
func (w *world) playQueue(s *ship) {
	if len(s.queue) == 0 {
		s.late = min(s.late+1, maxCatchUp)
		w.age(s)
		return
	}
	n := 1
	if s.late > 0 && len(s.queue) > 1 {
		n = 2
		s.late--
	}
	for _, in := range s.queue[:n] {
		s.done = in.Seq
		w.play(s, in.Keys)
	}
	s.queue = slices.Delete(s.queue, 0, n)
}

// play lets a ship do something for one tick.
func (w *world) play(s *ship, keys int) {
	if w.age(s); s.health == 0 {
		return
	}
	s.step(keys)
	if keys&keyFire != 0 && s.fire == 0 && len(w.shots) < maxShots {
		s.fire = reload
		s.shield = 0
		w.lastShot++
		b := body{x: s.x, y: s.y, face: s.face}
		b.vx, b.vy = vector(s.face, shotSpeed, shotSpeedDiag)
		w.shots = append(w.shots, shot{body: b, id: w.lastShot, owner: s.id, left: shotTime})
	}
}

// age counts down what goes by itself.
func (w *world) age(s *ship) {
	s.fire = max(0, s.fire-1)
	s.shield = max(0, s.shield-1)
	if s.health > 0 {
		return
	}
	if s.wait--; s.wait <= 0 {
		w.start(s)
	}
}

func (w *world) moveShots() {
	w.shots = slices.DeleteFunc(w.shots, func(s shot) bool { return s.left <= 1 })
	for i := range w.shots {
		s := &w.shots[i]
		s.left--
		s.x += s.vx
		s.y += s.vy
		if s.x < 0 || s.x >= width || s.y < 0 || s.y >= height || w.hit(s) {
			s.left = 0
		}
	}
	w.shots = slices.DeleteFunc(w.shots, func(s shot) bool { return s.left == 0 })
}

// hit reports whether a shot has met a ship.
func (w *world) hit(shot *shot) bool {
	for _, s := range w.ships {
		if s.id == shot.owner || s.health == 0 || !near(s.x-shot.x, s.y-shot.y, hitReach) {
			continue
		}
		if s.shield > 0 {
			return true
		}
		if s.health--; s.health > 0 {
			return true
		}
		s.wait = deadTime
		s.vx, s.vy = 0, 0
		s.score /= 2
		if by := w.ship(shot.owner); by != nil {
			by.score = min(by.score+killScore, 1<<16-1)
		}
		return true
	}
	return false
}

func (w *world) collect() {
	for i := range w.gems {
		g := &w.gems[i]
		for _, s := range w.ships {
			if s.health > 0 && near(s.x-g.x, s.y-g.y, gemReach) {
				s.score = min(s.score+1, 1<<16-1)
				*g = gem{w.place(width), w.place(height)}
				break
			}
		}
	}
}

func (w *world) ship(id uint8) *ship {
	for _, s := range w.ships {
		if s.id == id {
			return s
		}
	}
	return nil
}

// near reports whether a distance is not longer than reach.
func near(dx, dy, reach int) bool { return dx*dx+dy*dy <= reach*reach }
