package engine

// The transports.
const (
	Polling   = "polling"
	WebSocket = "websocket"
)

func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

var (
	closeMessage = control(string(rune(typeClose)))
	noopMessage  = control(string(rune(typeNoop)))
)
