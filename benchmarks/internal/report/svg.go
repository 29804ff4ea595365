package report

import (
	"fmt"
	"html"
	"strings"

	"github.com/socketio-go/socketio/benchmarks/internal/bench"
)

// plot is a picture of bars: a panel for each column, a bar for each subject.
type plot struct {
	file, title, unit string
	panels            []column
}

// plots are all of them.
func plots(r *bench.Results) []plot {
	s := r.Scale
	memory := plot{file: "memory.svg", title: "Memory of a connection at rest", unit: "KB"}
	for _, n := range s.Idle {
		memory.panels = append(memory.panels, column{connections(n), fmt.Sprintf("idle/%d", n), kilobytes})
	}
	echo := plot{file: "echo.svg", title: "Echo of 32 bytes, CPU of the server", unit: "µs per message"}
	for _, n := range s.Echo {
		echo.panels = append(echo.panels, column{connections(n), fmt.Sprintf("echo/%d", n), cpu})
	}
	echo.panels = append(echo.panels,
		column{fmt.Sprintf("%s, %s/s", connections(s.Paced), count(s.PerSec)), "paced", cpu},
		column{"acknowledgement", "ack", cpu})
	fan := plot{file: "fanout.svg", title: "Fan-out, CPU of the server", unit: "µs per delivery"}
	for _, n := range s.FanOut {
		fan.panels = append(fan.panels, column{count(n) + " receivers", fmt.Sprintf("fanout/%d", n), cpu})
	}
	fan.panels = append(fan.panels, column{"one of " + count(s.Rooms*100) + " rooms", "rooms", cpu})
	return []plot{memory, echo, fan,
		{file: "latency.svg", title: fmt.Sprintf("Latency: %s, %s messages/s", connections(s.Paced), count(s.PerSec)), unit: "µs",
			panels: []column{{"p50", "paced", p50}, {"p99", "paced", p99}, {"p99.9", "paced", p999}}},
	}
}

const (
	labelWidth  = 104
	panelWidth  = 212
	valueWidth  = 62 // of a panel, right of the longest bar
	rowHeight   = 20
	barHeight   = 12
	perRow      = 3
	headHeight  = 44
	panelHead   = 26
	panelBottom = 14

	// style works on light and on dark pages.
	style = `text{font:12px system-ui,sans-serif;fill:#24292f}.t{font-size:15px;font-weight:600}.h{font-weight:600}` +
		`.m{fill:#6e7781}.bar{fill:#9aa7b4}.ours{fill:#0969da}.w{stroke:#24292f;stroke-width:1;opacity:.55}` +
		`@media(prefers-color-scheme:dark){text{fill:#d1d7e0}.m{fill:#9198a1}.bar{fill:#656f7b}.ours{fill:#4493f8}.w{stroke:#d1d7e0}}`
)

// svg draws the plot, or returns "" if nothing of it was measured.
func (p plot) svg(r *bench.Results) string {
	subjects := measured(r)
	var b strings.Builder
	drawn, height := 0, panelHead+len(subjects)*rowHeight+panelBottom
	for _, c := range p.panels {
		cells, largest := make([]cell, len(subjects)), 0.0
		for i, s := range subjects {
			cells[i] = c.of(r, s.Name)
			largest = max(largest, cells[i].max)
		}
		if largest == 0 {
			continue
		}
		x, y := labelWidth+drawn%perRow*panelWidth, headHeight+drawn/perRow*height
		if drawn%perRow == 0 {
			for i, s := range subjects {
				fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", x-8, y+panelHead+i*rowHeight+10, html.EscapeString(s.Name))
			}
		}
		fmt.Fprintf(&b, `<text class="h" x="%d" y="%d">%s</text>`+"\n", x, y+12, html.EscapeString(c.head))
		for i, s := range subjects {
			bar(&b, x, y+panelHead+i*rowHeight, cells[i], largest, strings.HasPrefix(s.Name, "ours"))
		}
		drawn++
	}
	if drawn == 0 {
		return ""
	}
	width, total := labelWidth+perRow*panelWidth, headHeight+(drawn+perRow-1)/perRow*height
	head := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img" aria-label="%s">`+"\n<style>%s</style>\n",
		width, total, html.EscapeString(p.title), style)
	head += fmt.Sprintf(`<text class="t" x="0" y="16">%s</text><text class="m" x="%d" y="16" text-anchor="end">%s; less is better; line: all rounds</text>`+"\n",
		html.EscapeString(p.title), width-4, html.EscapeString(p.unit))
	return head + b.String() + "</svg>\n"
}

// bar draws the median, and a line from the least to the greatest value.
func bar(b *strings.Builder, x, y int, c cell, largest float64, ours bool) {
	if !c.measured {
		text := c.fault
		if text == "" {
			text = "–"
		}
		fmt.Fprintf(b, `<text class="m" x="%d" y="%d">%s</text>`+"\n", x, y+10, html.EscapeString(text))
		return
	}
	class := "bar"
	if ours {
		class = "ours"
	}
	at := func(v float64) float64 { return v / largest * (panelWidth - valueWidth) }
	fmt.Fprintf(b, `<rect class="%s" x="%d" y="%d" width="%.1f" height="%d"/>`, class, x, y, max(1, at(c.median)), barHeight)
	if c.max > c.min {
		fmt.Fprintf(b, `<path class="w" d="M%.1f %dH%.1f"/>`, float64(x)+at(c.min), y+barHeight/2, float64(x)+at(c.max))
	}
	text := number(c.median)
	if c.trouble {
		text += " †"
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%d">%s</text>`+"\n", float64(x)+at(c.max)+5, y+10, text)
}
