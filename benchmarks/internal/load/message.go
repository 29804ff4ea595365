package load

// Op is what a request asks of the server.
type Op uint8

const (
	Echo     Op = iota // the payload comes back to the sender
	Ack                // it comes back as an acknowledgement
	Binary             // it comes back, as a binary message
	Cast               // it goes to everybody
	RoomCast           // it goes to the members of one room
	Join               // the sender enters rooms; acknowledged
)

// Request is one message to the server.
type Request struct {
	Op      Op
	Payload []byte
	Room    int // of RoomCast, and the first of Join
	Rooms   int // of Join: how many
}

// A payload says who sent it, when, and which one it is, so that the receiver can
// tell what was lost, reordered or sent to the wrong place. All of it is text
// that JSON does not escape: kind, number, time, sender, filler.
const (
	numberAt   = 1
	timeAt     = numberAt + 8
	senderAt   = timeAt + 16
	headerSize = senderAt + 6

	// MinPayload is the size of the smallest payload: the 32-byte message.
	MinPayload = 32

	kindEcho = 'e' // raw TCP and plain WebSocket servers send it back
	kindCast = 'b' // and this one to everybody
)

type header struct {
	kind   byte
	number uint32
	time   int64 // nanoseconds of the pool's clock
	sender int
}

func (h header) put(payload []byte) {
	payload[0] = h.kind
	putHex(payload[numberAt:timeAt], uint64(h.number))
	putHex(payload[timeAt:senderAt], uint64(h.time))
	putHex(payload[senderAt:headerSize], uint64(h.sender))
}

// parseHeader returns ok = false for what is no payload of ours.
func parseHeader(payload []byte) (h header, ok bool) {
	if len(payload) < headerSize || (payload[0] != kindEcho && payload[0] != kindCast) {
		return h, false
	}
	return header{
		kind:   payload[0],
		number: uint32(parseHex(payload[numberAt:timeAt])),
		time:   int64(parseHex(payload[timeAt:senderAt])),
		sender: int(parseHex(payload[senderAt:headerSize])),
	}, true
}

func newPayload(size int) []byte {
	payload := make([]byte, max(size, MinPayload))
	for i := range payload {
		payload[i] = '.'
	}
	return payload
}

func putHex(dst []byte, v uint64) {
	for i := len(dst) - 1; i >= 0; i-- {
		dst[i] = "0123456789abcdef"[v&15]
		v >>= 4
	}
}

func parseHex(src []byte) (v uint64) {
	for _, c := range src {
		if c >= 'a' {
			c -= 'a' - '0' - 10
		}
		v = v<<4 | uint64(c-'0')
	}
	return v
}
