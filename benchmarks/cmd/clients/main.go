// Command clients measures what an idle connection costs the process of a client:
// this project's Go client beside its peers, all against this project's server.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/socketio-go/socketio/benchmarks/internal/bench"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "clients:", err)
		os.Exit(1)
	}
}

func run() error {
	n := flag.Int("n", 1000, "`number` of connections")
	rounds := flag.Int("rounds", 3, "`number` of rounds, of which the median counts")
	only := flag.String("only", "", "the beginnings of `names`, separated by commas; all if empty")
	flag.Parse()
	root, err := bench.FindRoot()
	if err != nil {
		return err
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	return measure(ctx, root, *n, *rounds, *only)
}

func measure(ctx context.Context, root string, n, rounds int, only string) error {
	bin, err := os.MkdirTemp("", "clients")
	if err != nil {
		return err
	}
	defer os.RemoveAll(bin)
	argv, err := bench.Subjects()[0].Build(ctx, root, bin)
	if err != nil {
		return err
	}
	fmt.Printf("| %d connections | transport | memory, KB each | heap, KB each | goroutines each |\n| --- | --- | ---: | ---: | ---: |\n", n)
	for _, transport := range []string{"websocket", "polling"} {
		for _, c := range bench.Clients() {
			if only != "" && !slices.ContainsFunc(strings.Split(only, ","), func(s string) bool { return strings.HasPrefix(c.Name, s) }) {
				continue
			}
			var memory, heap, goroutines []float64
			for range rounds {
				held, err := hold(ctx, argv, func(addr string) (bench.Held, error) { return c.Hold(ctx, root, bin, addr, transport, n) })
				if err != nil {
					return err
				}
				memory, heap, goroutines = append(memory, held.Memory), append(heap, held.Heap), append(goroutines, held.Goroutines)
			}
			fmt.Printf("| %s | %s | %.1f | %.1f | %.1f |\n", c.Name, transport, median(memory)/1000, median(heap)/1000, median(goroutines))
		}
	}
	return nil
}

// hold runs f with a server of its own.
func hold(ctx context.Context, argv []string, f func(addr string) (bench.Held, error)) (bench.Held, error) {
	server, err := bench.Start(ctx, argv)
	if err != nil {
		return bench.Held{}, err
	}
	defer server.Stop()
	return f(server.Addr)
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
