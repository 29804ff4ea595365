// Package report turns raw results into tables, a page and plots.
package report

import (
	"slices"
	"strconv"
	"strings"

	"github.com/socketio-go/socketio/benchmarks/internal/bench"
)

// column is one number of one work.
type column struct {
	head  string
	work  string
	value func(bench.Run) float64
}

// cell is a column for one subject, over all rounds.
type cell struct {
	measured         bool
	median, min, max float64
	fault            string // instead of numbers, in a word or two
	trouble          bool   // there is more to say
}

func (c column) of(r *bench.Results, subject string) cell {
	var result cell
	var values []float64
	for _, run := range r.Runs {
		if run.Work != c.work || run.Subject != subject {
			continue
		}
		result.trouble = result.trouble || run.Trouble() != ""
		if run.Fault != "" {
			result.fault, _, _ = strings.Cut(run.Fault, ":")
			continue
		}
		values = append(values, c.value(run))
	}
	if len(values) == 0 {
		return result
	}
	slices.Sort(values)
	result.measured, result.median = true, median(values)
	result.min, result.max = values[0], values[len(values)-1]
	return result
}

// median takes sorted values.
func median(values []float64) float64 {
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// number shows three digits, and all of those before the point.
func number(v float64) string {
	decimals := 0
	for limit := 100.0; v < limit && decimals < 2; limit /= 10 {
		decimals++
	}
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	whole, fraction, _ := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	return whole
}

// connections is a heading.
func connections(n int) string {
	if n == 1 {
		return "1 connection"
	}
	return count(n) + " connections"
}

// count is number for whole numbers.
func count(n int) string {
	text, _, _ := strings.Cut(number(float64(n)), ".")
	return text
}

func cpu(r bench.Run) float64       { return r.ServerMicros }
func client(r bench.Run) float64    { return r.ClientMicros }
func kilobytes(r bench.Run) float64 { return r.Anonymous / 1024 }
func heap(r bench.Run) float64      { return r.Heap / 1024 }
func perSecond(r bench.Run) float64 { return r.PerSecond() }
func p50(r bench.Run) float64       { return r.P50 }
func p90(r bench.Run) float64       { return r.P90 }
func p99(r bench.Run) float64       { return r.P99 }
func p999(r bench.Run) float64      { return r.P999 }
