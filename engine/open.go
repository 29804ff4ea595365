package engine

import "encoding/json"

// openPacket announces the session (EIO-003).
type openPacket struct {
	SID          string   `json:"sid"`
	Upgrades     []string `json:"upgrades"`
	PingInterval int64    `json:"pingInterval"` // milliseconds
	PingTimeout  int64    `json:"pingTimeout"`  // milliseconds
	MaxPayload   int      `json:"maxPayload"`   // bytes
}

// errOld is what a client says to a server of Socket.IO 2.x.
const errOld = Error("the server speaks Engine.IO 3, as Socket.IO 2.x does: this client needs Socket.IO 3 or newer")

// parseOpen reads the first packet from a server.
func parseOpen(p []byte) (o openPacket, err error) {
	switch {
	case oldPayload(p):
		return o, errOld
	case len(p) == 0 || p[0] != typeOpen || json.Unmarshal(p[1:], &o) != nil:
		return o, Error("this is not an Engine.IO server: its first packet is no handshake")
	case o.SID == "" || o.PingInterval <= 0 || o.PingTimeout <= 0:
		return o, Error("the server's handshake lacks an id or the times of its heartbeat")
	}
	return o, nil
}

// oldPayload recognises the length that protocol v3 puts in front of a packet
// (EIO-032).
func oldPayload(p []byte) bool {
	digits := 0
	for digits < len(p) && p[digits] >= '0' && p[digits] <= '9' {
		digits++
	}
	return digits > 0 && len(p) > digits+1 && p[digits] == ':' && p[digits+1] == typeOpen
}
