package websocket

import "unicode/utf8"

// utf8Stream checks UTF-8 that arrives in pieces. It fails at the first byte
// after which no continuation could be valid.
type utf8Stream struct {
	tail [utf8.UTFMax]byte // the beginning of an unfinished rune
	n    uint8
}

// write reports whether everything so far can be the beginning of valid text.
func (s *utf8Stream) write(p []byte) bool {
	for s.n > 0 && len(p) > 0 {
		s.tail[s.n] = p[0]
		s.n++
		p = p[1:]
		if !utf8.FullRune(s.tail[:s.n]) {
			continue
		}
		if !utf8.Valid(s.tail[:s.n]) {
			return false
		}
		s.n = 0
	}
	cut := len(p) - unfinished(p)
	if !utf8.Valid(p[:cut]) {
		return false
	}
	s.n += uint8(copy(s.tail[s.n:], p[cut:]))
	return true
}

// end reports whether the text may end here, and makes s ready for the next.
func (s *utf8Stream) end() bool {
	whole := s.n == 0
	s.n = 0
	return whole
}

// unfinished is the number of bytes at the end of p that begin a rune and do
// not finish it.
func unfinished(p []byte) int {
	for i := len(p) - 1; i >= 0 && i > len(p)-utf8.UTFMax; i-- {
		if !utf8.RuneStart(p[i]) {
			continue
		}
		if utf8.FullRune(p[i:]) {
			return 0
		}
		return len(p) - i
	}
	return 0
}
