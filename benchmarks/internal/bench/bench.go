// Package bench runs subjects and load generator against each other and keeps
// what it has measured.
package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/socketio-go/socketio/benchmarks/internal/load"
)

// Bench is a series of rounds.
type Bench struct {
	Root     string // of the repository
	Scale    Scale
	Subjects []Subject
	Works    []Work
	Rounds   int
	Log      io.Writer // progress, one line for each run

	commands map[string][]string
	slowest  float64 // messages per second of an echo, in the first round
}

// Run does all of it. The subjects alternate: each work of each round goes through
// all of them before the next begins, every time in another order.
func (b *Bench) Run(ctx context.Context) (*Results, error) {
	var files unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files); err != nil {
		return nil, err
	}
	if need := uint64(b.Scale.connections() + 200); files.Max < need {
		return nil, fmt.Errorf("this takes %d file descriptors, and the limit is %d: see ulimit -n", need, files.Max)
	}
	bin, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(bin)
	b.commands = map[string][]string{}
	for _, s := range b.Subjects {
		fmt.Fprintln(b.Log, "building", s.Name)
		if b.commands[s.Name], err = s.Build(ctx, b.Root, bin); err != nil {
			return nil, err
		}
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	started := time.Now()
	results := &Results{Date: today(), Rounds: b.Rounds, Machine: ThisMachine(), Scale: b.Scale}
	for round := range b.Rounds {
		for _, work := range b.Works {
			for _, subject := range b.order(round) {
				if err := ctx.Err(); err != nil {
					return nil, err
				}
				if work.SocketIO && !subject.SocketIO {
					continue
				}
				results.Runs = append(results.Runs, b.trial(ctx, round+1, work, subject)...)
			}
		}
	}
	results.Minutes = time.Since(started).Minutes()
	return results, nil
}

// order begins with another subject in every round.
func (b *Bench) order(round int) []Subject {
	n := round * 3 % len(b.Subjects)
	return slices.Concat(b.Subjects[n:], b.Subjects[:n])
}

func (b *Bench) trial(ctx context.Context, round int, work Work, subject Subject) []Run {
	t := &trial{bench: b, scale: b.Scale, work: work}
	t.run = Run{Round: round, Work: work.Name, Subject: subject.Name}
	if err := t.begin(ctx, b.commands[subject.Name], subject); err != nil {
		t.run.Fault = "cannot be measured: " + err.Error()
		t.runs = []Run{t.run}
	} else {
		work.run(t)
		t.pool.Close()
		t.server.Stop()
	}
	for _, r := range t.runs {
		fmt.Fprintf(b.Log, "%d/%d  %-14s %-12s %s\n", round, b.Rounds, r.Subject, r.Work, r)
		full := r.Work == fmt.Sprintf("echo/%d", b.Scale.Few) && r.Trouble() == ""
		if full && round == 1 && (b.slowest == 0 || r.PerSecond() < b.slowest) {
			b.slowest = r.PerSecond()
		}
	}
	return t.runs
}

func (t *trial) begin(ctx context.Context, argv []string, subject Subject) (err error) {
	if t.server, err = Start(ctx, argv); err != nil {
		return err
	}
	protocol := subject.Protocol
	if t.work.Polling {
		protocol = load.Polling{}
	}
	if t.pool, err = load.NewPool(protocol, t.server.Addr, t.scale.Patience); err != nil {
		t.server.Stop()
	}
	return err
}

// halfRate is half of what the slowest subject can do, in messages per second.
func (b *Bench) halfRate() float64 {
	if b.slowest == 0 {
		return 1000
	}
	return max(100, float64(int(b.slowest/2/100)*100))
}

// FindRoot looks for the repository around the working directory.
func FindRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "benchmarks", "subjects")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("this has to be run inside of the repository")
		}
	}
}
