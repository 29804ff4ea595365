// Command bench measures this project's server and its peers side by side, prints
// a comparison, and writes docs/benchmarks.md with its plots. See the README of
// the module.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"github.com/socketio-go/socketio/benchmarks/internal/bench"
	"github.com/socketio-go/socketio/benchmarks/internal/report"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	quick := flag.Bool("quick", false, "one round with small sizes: shows that everything works")
	only := flag.String("only", "", "`subjects`, separated by commas; all if empty")
	work := flag.String("work", "", "`works`, separated by commas; \"echo\" means all sizes of it; all if empty")
	rounds := flag.Int("rounds", 0, "`number` of rounds; 5, with -quick 1")
	out := flag.String("out", "", "`directory` to write to; the repository, or with -quick, -only or -work nowhere")
	redraw := flag.Bool("report", false, "measure nothing, only write the page from the last results")
	flag.Parse()
	if flag.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flag.Arg(0))
	}
	root, err := bench.FindRoot()
	if err != nil {
		return err
	}
	if full := !*quick && *only == "" && *work == ""; *out == "" && (full || *redraw) {
		*out = root
	}
	if *redraw {
		results, err := bench.Load(filepath.Join(root, report.Raw))
		if err != nil {
			return err
		}
		return report.Write(*out, results)
	}
	b := &bench.Bench{Root: root, Scale: bench.Full(), Rounds: 5, Log: os.Stderr}
	if *quick {
		b.Scale, b.Rounds = bench.Quick(), 1
	}
	if *rounds > 0 {
		b.Rounds = *rounds
	}
	if b.Subjects, err = choose(bench.Subjects(), *only, func(s bench.Subject) string { return s.Name }); err != nil {
		return err
	}
	if b.Works, err = choose(bench.Works(b.Scale), *work, func(w bench.Work) string { return w.Name }); err != nil {
		return err
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	results, err := b.Run(ctx)
	if err != nil {
		return err
	}
	results.Quick = *quick
	report.Print(os.Stdout, results)
	if *out == "" {
		return nil
	}
	return report.Write(*out, results)
}

// choose keeps what is in the list, by its name or by what is before the slash.
func choose[T any](all []T, list string, name func(T) string) ([]T, error) {
	if list == "" {
		return all, nil
	}
	var chosen []T
	wanted := strings.Split(list, ",")
	for _, w := range wanted {
		if !slices.ContainsFunc(all, func(v T) bool { return matches(name(v), w) }) {
			return nil, fmt.Errorf("there is no %q", w)
		}
	}
	for _, v := range all {
		if slices.ContainsFunc(wanted, func(w string) bool { return matches(name(v), w) }) {
			chosen = append(chosen, v)
		}
	}
	return chosen, nil
}

func matches(name, wanted string) bool {
	before, _, _ := strings.Cut(name, "/")
	return name == wanted || before == wanted
}
