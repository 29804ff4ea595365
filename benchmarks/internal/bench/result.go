package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"
)

// Run is what one work with one subject has given in one round.
type Run struct {
	Round       int    `json:"round"`
	Work        string `json:"work"`
	Subject     string `json:"subject"`
	Connections int    `json:"conns"`

	// Messages are those that arrived; of a fan-out, the deliveries.
	Messages     int64   `json:"messages,omitempty"`
	Seconds      float64 `json:"seconds,omitempty"`
	ServerMicros float64 `json:"serverMicros,omitempty"` // CPU per message or connection
	ClientMicros float64 `json:"clientMicros,omitempty"` // of the load generator
	Rate         float64 `json:"rate,omitempty"`         // messages that were to be sent in a second, if paced
	P50          float64 `json:"p50,omitempty"`          // microseconds
	P90          float64 `json:"p90,omitempty"`
	P99          float64 `json:"p99,omitempty"`
	P999         float64 `json:"p999,omitempty"`
	Anonymous    float64 `json:"anonymous,omitempty"` // bytes per connection
	Heap         float64 `json:"heap,omitempty"`      // bytes per connection, with stacks

	// What went wrong. A fault is when there is nothing to measure.
	Fault        string `json:"fault,omitempty"`
	Refused      int    `json:"refused,omitempty"` // connections that never completed
	Broken       int    `json:"broken,omitempty"`  // connections that the server ended
	Lost         int64  `json:"lost,omitempty"`
	Reordered    int64  `json:"reordered,omitempty"`
	Misdelivered int64  `json:"misdelivered,omitempty"`
}

// PerSecond is the throughput.
func (r Run) PerSecond() float64 {
	if r.Seconds == 0 {
		return 0
	}
	return float64(r.Messages) / r.Seconds
}

func (r Run) String() string {
	switch {
	case r.Fault != "":
		return r.Trouble()
	case r.Anonymous != 0:
		return fmt.Sprintf("%.0f bytes %s", r.Anonymous, r.Trouble())
	case r.Seconds == 0:
		return fmt.Sprintf("%.1f µs %s", r.ServerMicros, r.Trouble())
	}
	return fmt.Sprintf("%.1f µs, %.0f/s, p50 %.0f p99 %.0f µs, client %.1f µs %s",
		r.ServerMicros, r.PerSecond(), r.P50, r.P99, r.ClientMicros, r.Trouble())
}

// Trouble says what went wrong, in words; it is empty if nothing did.
func (r Run) Trouble() string {
	var parts []byte
	add := func(n int64, what string) {
		if n == 0 {
			return
		}
		if len(parts) > 0 {
			parts = append(parts, ", "...)
		}
		parts = fmt.Appendf(parts, "%d %s", n, what)
	}
	add(int64(r.Refused), fmt.Sprintf("of %d connections never completed", r.Connections))
	add(int64(r.Broken), "connections cut")
	add(r.Lost, fmt.Sprintf("of %d messages lost", r.Messages+r.Lost))
	add(r.Reordered, "reordered")
	add(r.Misdelivered, "changed or misdelivered")
	if r.Fault != "" && len(parts) > 0 {
		return r.Fault + ": " + string(parts)
	}
	return r.Fault + string(parts)
}

// Results are the raw results of a series.
type Results struct {
	Date    string  `json:"date"`
	Rounds  int     `json:"rounds"`
	Quick   bool    `json:"quick,omitempty"`
	Minutes float64 `json:"minutes"`
	Machine Machine `json:"machine"`
	Scale   Scale   `json:"scale"`
	Runs    []Run   `json:"-"`
}

// Save writes one run per line, so that a change can be read.
func (r *Results) Save(file string) error {
	var b bytes.Buffer
	head, err := json.Marshal(r)
	if err != nil {
		return err
	}
	fmt.Fprintf(&b, "{\"series\": %s,\n\"runs\": [", head)
	for i, run := range r.Runs {
		for _, v := range []*float64{&run.Seconds, &run.ServerMicros, &run.ClientMicros, &run.Rate, &run.P50, &run.P90, &run.P99, &run.P999, &run.Anonymous, &run.Heap} {
			*v = round(*v)
		}
		line, err := json.Marshal(run)
		if err != nil {
			return err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "\n%s", line)
	}
	b.WriteString("\n]}\n")
	return os.WriteFile(file, b.Bytes(), 0o644)
}

// Load reads what Save has written.
func Load(file string) (*Results, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var content struct {
		Series Results `json:"series"`
		Runs   []Run   `json:"runs"`
	}
	if err := json.Unmarshal(data, &content); err != nil {
		return nil, err
	}
	content.Series.Runs = content.Runs
	return &content.Series, nil
}

// round keeps four digits.
func round(v float64) float64 {
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 4, 64), 64)
	return v
}

func today() string { return time.Now().UTC().Format(time.DateOnly) }
