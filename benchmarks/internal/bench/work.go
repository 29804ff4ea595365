package bench

import (
	"fmt"

	"github.com/socketio-go/socketio/benchmarks/internal/load"
)

// The payloads in bytes.
const (
	small  = load.MinPayload
	medium = 1000
	large  = 100_000

	// groupSize is how many connections share their rooms.
	groupSize = 10
)

// Work is something that subjects are measured at. Each begins with a fresh
// process of the subject.
type Work struct {
	Name     string
	SocketIO bool // only for subjects that speak it
	Polling  bool
	run      func(*trial)
}

// Works are all of them, in their order: HalfRate needs the result of an echo.
func Works(s Scale) []Work {
	works := []Work{{Name: "idle", run: idle}}
	for _, n := range s.Echo {
		works = append(works, Work{Name: fmt.Sprintf("echo/%d", n), run: closed(load.Echo, n, small)})
	}
	works = append(works,
		Work{Name: "paced", run: func(t *trial) { t.paced(s.Paced, float64(s.PerSec)) }},
		Work{Name: "half", run: func(t *trial) { t.paced(s.Few, t.bench.halfRate()) }},
	)
	for _, n := range s.FanOut {
		works = append(works, Work{Name: fmt.Sprintf("fanout/%d", n), run: fanOut(n)})
	}
	return append(works,
		Work{Name: "rooms", SocketIO: true, run: rooms},
		Work{Name: "ack", SocketIO: true, run: closed(load.Ack, s.Few, small)},
		Work{Name: "binary/1k", run: closed(load.Binary, s.Few, medium)},
		Work{Name: "binary/100k", run: closed(load.Binary, min(s.Few, 10), large)},
		Work{Name: "polling", SocketIO: true, Polling: true, run: closed(load.Echo, s.Few, small)},
	)
}

// idle connects more and more clients and looks at the memory in between.
func idle(t *trial) {
	settle := func() (memory, heap float64) {
		t.pool.Idle(t.scale.Settle)
		collected, err := t.server.Collect()
		t.check(err)
		t.pool.Idle(t.scale.Settle / 10)
		bytes, err := anonymous(t.server.PID())
		t.check(err)
		return float64(bytes), float64(collected.Heap + collected.Stack)
	}
	// What is made once shall not count as a connection's.
	if !t.dial(100) || !t.flowed(t.pool.Closed(load.Echo, small, 1, load.Limit{Messages: 1000, Time: t.scale.Warm})) {
		t.record("handshake")
		for _, n := range t.scale.Idle {
			t.record(fmt.Sprintf("idle/%d", n))
		}
		return
	}
	t.pool.Reset()
	t.run.Connections = 0
	memory, heap := settle()
	var cpu float64
	for _, n := range t.scale.Idle {
		before := t.cpu()
		t.dial(n - t.run.Connections)
		cpu += t.cpu() - before
		ready := float64(max(1, n-t.run.Refused))
		m, h := settle()
		t.run.Anonymous, t.run.Heap = (m-memory)/ready, (h-heap)/ready
		t.record(fmt.Sprintf("idle/%d", n))
	}
	t.run.Messages = int64(t.run.Connections - t.run.Refused)
	t.run.ServerMicros, t.run.Anonymous, t.run.Heap = cpu/float64(max(1, t.run.Messages)), 0, 0
	t.record("handshake")
}

// closed keeps one message of each connection in flight.
func closed(op load.Op, connections, size int) func(*trial) {
	return func(t *trial) {
		defer t.record(t.work.Name)
		limit := load.Limit{Messages: t.scale.Messages, Time: t.scale.Measure}
		if t.dial(connections) && t.flowed(t.pool.Closed(op, size, 1, load.Limit{Time: t.scale.Warm})) {
			t.measure(func() load.Flow { return t.pool.Closed(op, size, 1, limit) })
		}
	}
}

// paced echoes at a rate that does not depend on the subject.
func (t *trial) paced(connections int, rate float64) {
	defer t.record(t.work.Name)
	t.run.Rate = rate
	if t.dial(connections) && t.flowed(t.pool.Paced(load.Echo, small, rate, t.scale.Warm)) {
		t.measure(func() load.Flow { return t.pool.Paced(load.Echo, small, rate, t.scale.Measure) })
	}
}

// fanOut sends to everybody, again as soon as all have it.
func fanOut(connections int) func(*trial) {
	return func(t *trial) {
		defer t.record(t.work.Name)
		cast := func(limit load.Limit) load.Flow {
			return t.pool.FanOut(small, 1, 0, limit)
		}
		// An echo first: only then a server surely counts everybody in.
		all := load.Limit{Messages: int64(connections), Time: t.scale.Patience}
		if t.dial(connections) && t.flowed(t.pool.Closed(load.Echo, small, 1, all)) && t.flowed(cast(load.Limit{Time: t.scale.Warm})) {
			t.measure(func() load.Flow {
				return cast(load.Limit{Messages: 5 * t.scale.Messages, Time: t.scale.Measure})
			})
		}
	}
}

// rooms sends to one of very many rooms, each with the ten members of a group.
func rooms(t *trial) {
	defer t.record(t.work.Name)
	const inFlight = 32
	cast := func(limit load.Limit) load.Flow {
		return t.pool.FanOut(small, inFlight, groupSize, limit)
	}
	if !t.dial(t.scale.Rooms) {
		return
	}
	if !t.pool.JoinRooms(groupSize) {
		t.run.Fault = "stalls while joining"
		return
	}
	if t.flowed(cast(load.Limit{Time: t.scale.Warm})) {
		t.measure(func() load.Flow { return cast(load.Limit{Messages: t.scale.Messages, Time: t.scale.Measure}) })
	}
}
