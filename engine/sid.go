package engine

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"sync/atomic"
)

var sequence atomic.Uint32

// validID reports whether an id can be part of a URL and of a JSON text as it is.
func validID(id string) bool {
	for _, c := range id {
		if !(c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '-' || c == '_') {
			return false
		}
	}
	return len(id) > 0 && len(id) <= 64
}

// NewID returns an identifier of 20 URL-safe characters: 12 random bytes and a
// counter, as the official server makes them (EIO-005). Safe for concurrent use.
func NewID() string {
	var b [15]byte
	_, _ = rand.Read(b[:12]) // crashes the program rather than fail
	n := sequence.Add(1) - 1
	b[12] = byte(n >> 16)
	binary.BigEndian.PutUint16(b[13:], uint16(n))
	return base64.URLEncoding.EncodeToString(b[:])
}
