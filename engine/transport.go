package engine

// The transports.
const (
	Polling   = "polling"
	WebSocket = "websocket"
	// WebTransport is only on offer where Options.Transports names it, and comes through
	// the module socketio/webtransport.
	WebTransport = "webtransport"
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
