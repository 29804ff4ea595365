// Package holder is what the Go clients that are measured have in common: they are
// told on standard input how many more connections to make, and answer with what
// that costs.
package holder

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"time"
)

// Cost is the answer, after the garbage was collected. Bytes.
type Cost struct {
	Goroutines int    `json:"goroutines"`
	Heap       uint64 `json:"heap"`
	Stack      uint64 `json:"stack"`
}

// parallel is how many connections are made at a time.
const parallel = 16

// Run serves standard input until it ends. connect makes one connection, which must
// be ready when it returns.
func Run(connect func() error) {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		n, err := strconv.Atoi(lines.Text())
		if err == nil {
			err = connectMany(n, connect)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		time.Sleep(min(2*time.Second, time.Duration(n)*20*time.Millisecond)) // what ends by itself has ended
		_ = json.NewEncoder(os.Stdout).Encode(measure())
	}
}

func connectMany(n int, connect func() error) error {
	errs := make(chan error, n)
	slots := make(chan struct{}, parallel)
	var all sync.WaitGroup
	for range n {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			if err := connect(); err != nil {
				errs <- err
			}
		})
	}
	all.Wait()
	close(errs)
	return <-errs
}

func measure() Cost {
	runtime.GC() // twice: the first only marks what pools hold
	debug.FreeOSMemory()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return Cost{runtime.NumGoroutine(), stats.HeapInuse, stats.StackInuse}
}
