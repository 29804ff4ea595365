package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/socketio-go/socketio/benchmarks/internal/bench"
)

// table compares the subjects.
type table struct {
	title, about string
	columns      []column
}

// tables are all of them, for what has been measured.
func tables(r *bench.Results) []table {
	s := r.Scale
	memory := table{title: "Memory of a connection at rest", about: "KB for each connection (1 KB = 1024 bytes) after garbage collection. Heap: what the runtime counts as in use, with stacks."}
	for _, n := range s.Idle {
		memory.columns = append(memory.columns, column{connections(n), fmt.Sprintf("idle/%d", n), kilobytes})
	}
	if len(s.Idle) > 0 {
		last := s.Idle[len(s.Idle)-1]
		memory.columns = append(memory.columns, column{"heap at " + count(last), fmt.Sprintf("idle/%d", last), heap})
	}

	echo := table{title: "Echo: CPU of the server", about: "Microseconds of the server process for each 32-byte message that came in and went back."}
	rate := table{title: "Echo: messages per second", about: "Server and load generator share the machine, so that this is bounded by both." + generator(r)}
	for _, n := range s.Echo {
		work := fmt.Sprintf("echo/%d", n)
		echo.columns = append(echo.columns, column{connections(n), work, cpu})
		rate.columns = append(rate.columns, column{connections(n), work, perSecond})
	}
	echo.columns = append(echo.columns, column{fmt.Sprintf("%s connections, %s/s", count(s.Paced), count(s.PerSec)), "paced", cpu})

	fan := table{title: "Fan-out: CPU of the server", about: "Microseconds for each delivery. Rooms: each of " + count(s.Rooms*100) + " rooms has ten members; a broadcast goes to one of them."}
	for _, n := range s.FanOut {
		fan.columns = append(fan.columns, column{count(n) + " receivers", fmt.Sprintf("fanout/%d", n), cpu})
	}
	fan.columns = append(fan.columns, column{"rooms", "rooms", cpu})

	return []table{
		memory,
		{title: "Handshake", about: "CPU microseconds of the server for each new connection, until it can send messages.", columns: []column{{"handshake", "handshake", cpu}}},
		echo, rate, fan,
		{title: "Other messages: CPU of the server", about: fmt.Sprintf("Microseconds for each message and its answer, %d connections (100 KB: %d), one message of each in flight. Polling: one POST and one GET.", s.Few, min(s.Few, 10)), columns: []column{
			{"acknowledgement", "ack", cpu}, {"binary, 1 KB", "binary/1k", cpu}, {"binary, 100 KB", "binary/100k", cpu}, {"polling", "polling", cpu},
		}},
		latency(fmt.Sprintf("Latency of %s messages per second over %s connections", count(s.PerSec), count(s.Paced)), "paced"),
		latency(fmt.Sprintf("Latency at half load%s over %d connections", halfRate(r), s.Few), "half"),
	}
}

// generator says what the load generator itself needed.
func generator(r *bench.Results) string {
	work := fmt.Sprintf("echo/%d", r.Scale.Few)
	subjects := measured(r)
	least := column{"", work, client}.of(r, subjects[len(subjects)-1].Name)
	if !least.measured {
		return ""
	}
	return fmt.Sprintf(" The latter took %s microseconds of CPU for each message to %s over %s.",
		number(least.median), subjects[len(subjects)-1].Name, connections(r.Scale.Few))
}

func latency(title, work string) table {
	return table{title: title, about: "Microseconds from when a message was due to be sent until it was back.",
		columns: []column{{"p50", work, p50}, {"p90", work, p90}, {"p99", work, p99}, {"p99.9", work, p999}}}
}

func halfRate(r *bench.Results) string {
	for _, run := range r.Runs {
		if run.Work == "half" {
			return fmt.Sprintf(" of the slowest subject (%s messages per second)", count(int(run.Rate)))
		}
	}
	return ""
}

// write prints the table in Markdown, without what was not measured.
func (t table) write(w io.Writer, r *bench.Results) {
	subjects := measured(r)
	var columns []column
	for _, c := range t.columns {
		for _, run := range r.Runs {
			if run.Work == c.work {
				columns = append(columns, c)
				break
			}
		}
	}
	if len(columns) == 0 {
		return
	}
	fmt.Fprintf(w, "\n### %s\n\n%s\n\n| |", t.title, t.about)
	for _, c := range columns {
		fmt.Fprintf(w, " %s |", c.head)
	}
	fmt.Fprintf(w, "\n| --- |%s\n", strings.Repeat(" ---: |", len(columns)))
	for _, s := range subjects {
		row, any := "| "+s.Name+" |", false
		for _, c := range columns {
			text := c.of(r, s.Name).text(c.of(r, subjects[0].Name))
			any = any || text != "–"
			row += " " + text + " |"
		}
		if any {
			fmt.Fprintln(w, row)
		}
	}
}

// text is the median, and its ratio to the one of the first subject.
func (c cell) text(first cell) string {
	mark := ""
	if c.trouble {
		mark = " †"
	}
	switch {
	case !c.measured && c.fault == "":
		return "–"
	case !c.measured:
		return c.fault + mark
	case !first.measured || first.median == 0 || c == first:
		return number(c.median) + mark
	}
	return fmt.Sprintf("%s (%s×)%s", number(c.median), number(c.median/first.median), mark)
}

// measured are the subjects that the results are about.
func measured(r *bench.Results) (subjects []bench.Subject) {
	for _, s := range bench.Subjects() {
		for _, run := range r.Runs {
			if run.Subject == s.Name {
				subjects = append(subjects, s)
				break
			}
		}
	}
	return subjects
}

// troubles lists what did not go well, for the daggers.
func troubles(w io.Writer, r *bench.Results) {
	fmt.Fprintf(w, "\n### What went wrong (†)\n\n")
	none := true
	for _, s := range measured(r) {
		for _, run := range r.Runs {
			if trouble := run.Trouble(); run.Subject == s.Name && trouble != "" {
				fmt.Fprintf(w, "- %s, %s, round %d: %s\n", s.Name, run.Work, run.Round, trouble)
				none = false
			}
		}
	}
	if none {
		fmt.Fprintln(w, "Nothing: every connection completed, every message arrived once and in order.")
	}
}

// Print writes all tables.
func Print(w io.Writer, r *bench.Results) {
	for _, t := range tables(r) {
		t.write(w, r)
	}
	troubles(w, r)
}
