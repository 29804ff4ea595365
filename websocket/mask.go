package websocket

import (
	"encoding/binary"
	"math/bits"
)

// mask applies a masking key to b in place (RFC 6455 section 5.3) and returns
// the key for the byte after b. The key is the four bytes of the wire read as
// little endian.
func mask(key uint32, b []byte) uint32 {
	wide := uint64(key)<<32 | uint64(key)
	for len(b) >= 32 {
		maskWord(wide, b[0:8])
		maskWord(wide, b[8:16])
		maskWord(wide, b[16:24])
		maskWord(wide, b[24:32])
		b = b[32:]
	}
	for len(b) >= 8 {
		maskWord(wide, b[:8])
		b = b[8:]
	}
	for i := range b {
		b[i] ^= byte(key)
		key = bits.RotateLeft32(key, -8)
	}
	return key
}

func maskWord(wide uint64, b []byte) {
	binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)^wide)
}
