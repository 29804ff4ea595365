package game

// Bots keep the arena alive while there are few players.
const (
	sight     = 420 * unit // how far a bot sees an enemy
	aimWidth  = 34 * unit  // how far off the line it still shoots
	boredTime = 40         // ticks after which it may change its mind
)

var botNames = []string{"Orion", "Vega", "Lyra", "Altair", "Rigel", "Mira", "Deneb", "Castor", "Nova", "Atlas", "Io", "Juno"}

// think decides what a bot does in this tick.
func (w *world) think(s *ship) (keys int) {
	if enemy := w.enemy(s); enemy != nil {
		dx, dy := enemy.x-s.x, enemy.y-s.y
		keys = towards(dx, dy)
		if aims(s.face, dx, dy) && w.rand.IntN(4) == 0 {
			keys |= keyFire
		}
		if near(dx, dy, sight/4) { // do not ram it
			keys = keys&keyFire | towards(-dy, dx)
		}
		return keys
	}
	g := w.closestGem(s)
	if (int(w.tick)/boredTime+int(s.id))%5 == 0 { // now and then somewhere else
		g = w.gems[int(s.id)*7%gemCount]
	}
	return towards(g.x-s.x, g.y-s.y)
}

// enemy is a ship that a bot goes for: half of the time, so that it does not only
// fight.
func (w *world) enemy(s *ship) *ship {
	if (int(w.tick)/boredTime+int(s.id)*3)%2 == 0 {
		return nil
	}
	for _, other := range w.ships {
		if other != s && other.health > 0 && other.shield == 0 && near(other.x-s.x, other.y-s.y, sight) {
			return other
		}
	}
	return nil
}

func (w *world) closestGem(s *ship) gem {
	best, distance := w.gems[0], width*width+height*height
	for _, g := range w.gems {
		dx, dy := g.x-s.x, g.y-s.y
		if d := dx*dx + dy*dy; d < distance {
			best, distance = g, d
		}
	}
	return best
}

// towards are the keys that lead along a vector, in one of eight directions.
func towards(dx, dy int) (keys int) {
	ax, ay := max(dx, -dx), max(dy, -dy)
	if 2*ax > ay {
		keys |= keyLeft
		if dx > 0 {
			keys ^= keyLeft | keyRight
		}
	}
	if 2*ay > ax {
		keys |= keyUp
		if dy > 0 {
			keys ^= keyUp | keyDown
		}
	}
	return keys
}

// aims reports whether a shot in that direction passes near the end of a vector.
func aims(face, dx, dy int) bool {
	x, y := vector(face, 181, 128) // about 181 long
	along, across := (dx*x+dy*y)/181, (dx*y-dy*x)/181
	return along > 0 && max(across, -across) < aimWidth
}
