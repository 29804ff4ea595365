//go:build !js

package engine

import "sync/atomic"

// Stats counts what has happened since a [Server] was made. Packets are those of
// Engine.IO, control packets included; bytes are those of their payloads, before
// compression and framing.
type Stats struct {
	Sessions   int    // open at this moment
	Opened     uint64 // sessions
	Refused    uint64 // requests
	PacketsIn  uint64
	PacketsOut uint64
	BytesIn    uint64
	BytesOut   uint64
	Volatile   uint64 // messages dropped because a client could not take them at once
	Overflows  uint64 // messages refused because a send budget was used up
	Pauses     uint64 // times that a client was no longer read from
}

// counters are a share of the counting, so that processors do not contend for one
// word. Each session always uses the same.
type counters struct {
	opened, refused, packetsIn, packetsOut, bytesIn, bytesOut, volatile, overflows, pauses atomic.Uint64

	_ [56]byte // to whole cache lines
}

const stripes = 16

// lastStripe spreads the sessions.
var lastStripe atomic.Uint32

// count is where the session counts.
func (s *Session) count() *counters { return &s.server.counters[s.stripe] }

// sent counts messages that were accepted for sending.
func (s *Session) sent(ms ...Message) {
	size := 0
	for i := range ms {
		size += ms[i].Size()
	}
	c := s.count()
	c.packetsOut.Add(uint64(len(ms)))
	c.bytesOut.Add(uint64(size))
}

// received counts a packet.
func (s *Session) received(size int) {
	c := s.count()
	c.packetsIn.Add(1)
	c.bytesIn.Add(uint64(size))
}

// Stats returns the counts of this moment.
func (s *Server) Stats() Stats {
	st := Stats{Sessions: s.Count()}
	for i := range s.counters {
		c := &s.counters[i]
		st.Opened += c.opened.Load()
		st.Refused += c.refused.Load()
		st.PacketsIn += c.packetsIn.Load()
		st.PacketsOut += c.packetsOut.Load()
		st.BytesIn += c.bytesIn.Load()
		st.BytesOut += c.bytesOut.Load()
		st.Volatile += c.volatile.Load()
		st.Overflows += c.overflows.Load()
		st.Pauses += c.pauses.Load()
	}
	return st
}
