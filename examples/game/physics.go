package game

import "cmp"

// Everything moves in whole numbers, so that the page, which predicts its own ship
// with the same few lines (web/physics.ts), comes to exactly the same place.
const (
	unit   = 16 // of length in a pixel
	width  = 2400 * unit
	height = 1600 * unit
	radius = 20 * unit // of a ship

	thrust     = 16 // of speed in a tick
	thrustDiag = 11
	friction   = 8 // of the speed, one part goes in every tick, and 1

	shotSpeed     = 18 * unit
	shotSpeedDiag = 204 // shotSpeed / √2
)

// body is something that moves.
type body struct {
	x, y, vx, vy int
	face         int // 0 is up, and on clockwise to 7
}

// direction is the face for the keys, or -1 for none.
func direction(keys int) int {
	dx := keys/keyRight&1 - keys/keyLeft&1
	dy := keys/keyDown&1 - keys/keyUp&1
	return [9]int{7, 0, 1, 6, -1, 2, 5, 4, 3}[(dy+1)*3+dx+1]
}

// vector has a length in a direction.
func vector(face, straight, diagonal int) (x, y int) {
	sign := func(n int) int { return [8]int{0, 1, 1, 1, 0, -1, -1, -1}[n&7] }
	length := straight
	if face&1 == 1 {
		length = diagonal
	}
	return sign(face) * length, -sign(face+2) * length
}

// step moves a ship by one tick.
func (b *body) step(keys int) {
	if face := direction(keys); face >= 0 {
		b.face = face
		ax, ay := vector(face, thrust, thrustDiag)
		b.vx += ax
		b.vy += ay
	}
	b.vx, b.vy = slow(b.vx), slow(b.vy)
	b.x, b.vx = bounce(b.x+b.vx, b.vx, width)
	b.y, b.vy = bounce(b.y+b.vy, b.vy, height)
}

func slow(speed int) int { return speed - speed/friction - cmp.Compare(speed, 0) }

// bounce keeps a coordinate of a ship inside of the arena.
func bounce(at, speed, size int) (int, int) {
	if at < radius {
		return radius, -speed / 2
	}
	if at > size-radius {
		return size - radius, -speed / 2
	}
	return at, speed
}
