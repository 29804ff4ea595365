package game

import "encoding/binary"

// snapshot encodes the world as pages see it; web/snapshot.ts decodes it. All
// numbers are little-endian:
//
//	tick u32, hash u32
//	ships u8, and for each: id u8, state u8, x u16, y u16, vx i8, vy i8, health u8, score u16, input u16, waiting u8
//	shots u8, and for each: id u8, owner u8, face u8, x u16, y u16
//	gems u8, and for each: x u16, y u16
//
// The state has the face in its lowest three bits, and the shield in the next one.
// The input is the last one that was played, modulo 65536; waiting says how many more
// have come, by which a page can tell whether its clock is ahead.
func (w *world) snapshot() []byte {
	le := binary.LittleEndian
	b := make([]byte, 0, 11+14*len(w.ships)+7*len(w.shots)+4*len(w.gems))
	b = le.AppendUint32(b, w.tick)
	b = le.AppendUint32(b, w.hash())
	b = append(b, byte(len(w.ships)))
	for _, s := range w.ships {
		state := byte(s.face)
		if s.shield > 0 {
			state |= 8
		}
		b = append(b, s.id, state)
		b = le.AppendUint16(b, uint16(s.x))
		b = le.AppendUint16(b, uint16(s.y))
		b = append(b, byte(int8(s.vx)), byte(int8(s.vy)), byte(s.health))
		b = le.AppendUint16(b, uint16(s.score))
		b = le.AppendUint16(b, uint16(s.done))
		b = append(b, byte(len(s.queue)))
	}
	b = append(b, byte(len(w.shots)))
	for _, s := range w.shots {
		b = append(b, s.id, s.owner, byte(s.face))
		b = le.AppendUint16(b, uint16(s.x))
		b = le.AppendUint16(b, uint16(s.y))
	}
	b = append(b, byte(len(w.gems)))
	for _, g := range w.gems {
		b = le.AppendUint16(b, uint16(g.x))
		b = le.AppendUint16(b, uint16(g.y))
	}
	return b
}

// hash sums the world up, so that pages can tell whether they see the same one:
// FNV-1a over its numbers.
func (w *world) hash() uint32 {
	h := uint32(2166136261)
	mix := func(values ...int) {
		for _, v := range values {
			h = (h ^ uint32(v)) * 16777619
		}
	}
	mix(int(w.tick))
	for _, s := range w.ships {
		mix(int(s.id), s.x, s.y, s.vx, s.vy, s.health, s.score)
	}
	for _, s := range w.shots {
		mix(int(s.id), s.x, s.y)
	}
	for _, g := range w.gems {
		mix(g.x, g.y)
	}
	return h
}
