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

	// Overdue says that a call entered for this source has lasted too long. t is
	// of a goroutine that goes on with the source's reading if the call had been
	// released; otherwise it is nil.
	Overdue(t *Turn)
}
