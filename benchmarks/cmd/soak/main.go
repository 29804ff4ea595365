// Command soak lets thousands of clients come, talk, and go in every way that there
// is, for a while, and then looks whether the server is what it was before: the same
// goroutines, descriptors and memory.
//
//	go run ./benchmarks/cmd/soak                 # 10,000 clients, 10 minutes
//	go run ./benchmarks/cmd/soak -n 500 -for 20s
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	serve := flag.Bool("serve", false, "be the server")
	n := flag.Int("n", 10_000, "clients at a time")
	duration := flag.Duration("for", 10*time.Minute, "how long they come and go")
	life := flag.Duration("life", 30*time.Second, "how long a client stays, on average")
	flag.Parse()
	if *serve {
		runServer()
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := soak(ctx, *n, *duration, *life); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

// soak runs the server and the clients, and compares.
func soak(ctx context.Context, n int, duration, life time.Duration) error {
	s, err := start(ctx)
	if err != nil {
		return err
	}
	defer s.stop()
	// What is made once, and tables that grow with the crowd, shall not count.
	fmt.Println("warming up:", crowd(ctx, s, n, duration/20+5*time.Second, life/4))
	before, err := s.settled()
	if err != nil {
		return err
	}
	fmt.Println("before:", before)
	watching, done := context.WithCancel(ctx)
	go s.watch(watching)
	tally := crowd(ctx, s, n, duration, life)
	done()
	after, err := s.settled()
	if err != nil {
		return err
	}
	fmt.Println(tally)
	fmt.Println("after: ", after)
	return after.compare(before)
}

// counts are what the clients have done and seen.
type counts struct {
	born, refused, echoes, wrong, late, cut atomic.Int64
	fates                                   [len(fates)]atomic.Int64
}

func (c *counts) String() string {
	s := fmt.Sprintf("%d clients, %d did not get in; %d echoes, %d of them wrong, %d missing after half a minute; %d clients were cut off; they left by",
		c.born.Load(), c.refused.Load(), c.echoes.Load(), c.wrong.Load(), c.late.Load(), c.cut.Load())
	for i, f := range fates {
		s += fmt.Sprintf(" %s %d,", f.name, c.fates[i].Load())
	}
	return s[:len(s)-1]
}

// crowd keeps n clients there for that long. Each lives for a random time, ends in a
// random way and is followed by another one.
func crowd(ctx context.Context, s *process, n int, duration, life time.Duration) *counts {
	ctx, cancel := context.WithTimeout(ctx, duration)
	defer cancel()
	tally := new(counts)
	var group sync.WaitGroup
	gate := make(chan struct{}, 100) // who connects at the same time
	for i := range n {
		group.Go(func() {
			select { // not all at once
			case <-time.After(time.Duration(i) * min(duration/4, 5*time.Second) / time.Duration(n)):
			case <-ctx.Done():
			}
			for ctx.Err() == nil {
				gate <- struct{}{}
				c, err := dial(context.WithoutCancel(ctx), s.addr) // whose deadline would count as a refusal
				<-gate
				if ctx.Err() != nil {
					if err == nil {
						c.Close()
					}
					return
				}
				tally.born.Add(1)
				if err != nil {
					tally.refused.Add(1)
					select {
					case <-time.After(100 * time.Millisecond):
					case <-ctx.Done():
					}
					continue
				}
				c.live(ctx, tally, time.Duration(rand.ExpFloat64()*float64(life)))
			}
		})
	}
	group.Wait()
	return tally
}
