package evloop

// Event says what has become possible with a descriptor. Several can come in one.
type Event uint8

// The events. Each is an edge: it comes once for every change.
const (
	Readable Event = 1 << iota // there is something to read, or the end
	Writable                   // there is room for writing again
	Ended                      // the peer has ended its direction, or all is over: read on to the end
)

// Source owns a descriptor.
type Source interface {
	// Ready tells what has become possible.
	Ready(t *Turn, e Event)

	// Overdue says that a call entered for this source has lasted too long. The
	// source's reading waits for its end.
	Overdue()

	// Resume goes on with the source's reading. Whoever was at it has given it up:
	// with a released call that is overdue, or by ending its goroutine in a call.
	Resume(t *Turn)
}
