package main

import (
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/socketio-go/socketio/benchmarks/internal/bench"
	"github.com/socketio-go/socketio/benchmarks/internal/report"
)

// TestTiny runs every work with two subjects, as small as it can be, and draws
// the report.
func TestTiny(t *testing.T) {
	root, err := bench.FindRoot()
	if err != nil {
		t.Fatal(err)
	}
	subjects, err := choose(bench.Subjects(), "ours,tcp-epoll", func(s bench.Subject) string { return s.Name })
	if err != nil {
		t.Fatal(err)
	}
	b := &bench.Bench{Root: root, Scale: bench.Tiny(), Subjects: subjects, Rounds: 1, Log: t.Output()}
	b.Works = bench.Works(b.Scale)
	results, err := b.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range results.Runs {
		if trouble := run.Trouble(); trouble != "" {
			t.Errorf("%s, %s: %s", run.Subject, run.Work, trouble)
		}
		if !strings.HasPrefix(run.Work, "idle/") && run.Messages == 0 {
			t.Errorf("%s, %s: nothing was measured", run.Subject, run.Work)
		}
	}
	testReport(t, results)
}

func testReport(t *testing.T, results *bench.Results) {
	dir := t.TempDir()
	if err := report.Write(dir, results); err != nil {
		t.Fatal(err)
	}
	again, err := bench.Load(filepath.Join(dir, report.Raw))
	if err != nil {
		t.Fatal(err)
	}
	if len(again.Runs) != len(results.Runs) {
		t.Errorf("%d runs were saved, of %d", len(again.Runs), len(results.Runs))
	}
	page, err := os.ReadFile(filepath.Join(dir, "docs", "benchmarks.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| ours |", "| tcp-epoll |", "(benchmarks/echo.svg)", "## Method"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	plots, _ := filepath.Glob(filepath.Join(dir, "docs", "benchmarks", "*.svg"))
	if len(plots) != 4 {
		t.Errorf("plots: %q", plots)
	}
	for _, file := range plots {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		decoder := xml.NewDecoder(f)
		for err == nil {
			_, err = decoder.Token()
		}
		if err != io.EOF {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
		f.Close()
	}
}

func TestChoose(t *testing.T) {
	all := []string{"idle", "echo/1", "echo/100", "ack"}
	name := func(s string) string { return s }
	for list, want := range map[string][]string{
		"":         all,
		"echo":     {"echo/1", "echo/100"},
		"ack,idle": {"idle", "ack"},
		"echo/1":   {"echo/1"},
	} {
		if chosen, err := choose(all, list, name); err != nil || !slices.Equal(chosen, want) {
			t.Errorf("%q: %q, %v", list, chosen, err)
		}
	}
	if _, err := choose(all, "ech", name); err == nil {
		t.Error("an unknown name was taken")
	}
}
