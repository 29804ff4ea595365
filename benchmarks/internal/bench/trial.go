package bench

import (
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/socketio-go/socketio/benchmarks/internal/load"
)

// trial is one work with one subject.
type trial struct {
	bench  *Bench
	scale  Scale
	work   Work
	server *Server
	pool   *load.Pool
	run    Run // the next to be recorded
	runs   []Run
}

// dial adds connections and reports whether there is any that can be used.
func (t *trial) dial(n int) bool {
	before := t.pool.Ready
	t.check(t.pool.Dial(n, t.scale.DialRate))
	t.run.Connections += n
	t.run.Refused += n - (t.pool.Ready - before)
	if t.pool.Ready == before && t.run.Fault == "" {
		t.run.Fault = "does not connect"
		if err := t.pool.Err(); err != nil {
			t.run.Fault += ": " + err.Error()
		}
	}
	return t.run.Fault == ""
}

// flowed reports whether a warm-up went well enough to go on.
func (t *trial) flowed(f load.Flow) bool {
	if f.Stalled && t.run.Fault == "" {
		t.run.Fault = "stalls"
		t.run.Messages, t.run.Lost = f.Messages, f.Lost
	}
	return t.run.Fault == ""
}

// measure looks at the clocks before and after.
func (t *trial) measure(work func() load.Flow) {
	t.pool.Latencies = t.pool.Latencies[:0]
	runtime.GC() // not now
	server, client := t.cpu(), t.clock(os.Getpid())
	flow := work()
	server, client = t.cpu()-server, t.clock(os.Getpid())-client
	r := &t.run
	r.Messages, r.Lost, r.Seconds = flow.Messages, flow.Lost, flow.Elapsed.Seconds()
	if !t.flowed(flow) || r.Messages == 0 {
		return
	}
	r.ServerMicros, r.ClientMicros = server/float64(r.Messages), client/float64(r.Messages)
	p := t.pool.Percentiles(0.5, 0.9, 0.99, 0.999)
	r.P50, r.P90, r.P99, r.P999 = p[0], p[1], p[2], p[3]
}

// record ends a run.
func (t *trial) record(work string) {
	r := t.run
	r.Work = work
	r.Broken, r.Reordered, r.Misdelivered = t.pool.Broken, t.pool.Reordered, t.pool.Misdelivered
	if words, yes := t.server.Exited(); yes {
		r.Fault = "exits: " + words
	}
	t.runs = append(t.runs, r)
}

// cpu is the CPU time of the server in microseconds.
func (t *trial) cpu() float64 { return t.clock(t.server.PID()) }

func (t *trial) clock(pid int) float64 {
	d, err := cpuTime(pid)
	t.check(err)
	return float64(d) / float64(time.Microsecond)
}

// check notes what makes the run worthless.
func (t *trial) check(err error) {
	if err != nil && t.run.Fault == "" {
		t.run.Fault = fmt.Sprint("cannot be measured: ", err)
	}
}
