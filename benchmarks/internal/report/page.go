package report

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/socketio-go/socketio/benchmarks/internal/bench"
)

// method is written once, here and for the page.
//
//go:embed method.md
var method string

// Raw is where the results are, below the root of the repository.
var Raw = filepath.Join("benchmarks", "results", "latest.json")

// Write makes the page, the plots and the raw results below the directory.
func Write(dir string, r *bench.Results) error {
	images := filepath.Join(dir, "docs", "benchmarks")
	for _, folder := range []string{images, filepath.Dir(filepath.Join(dir, Raw))} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	if err := r.Save(filepath.Join(dir, Raw)); err != nil {
		return err
	}
	var pictures strings.Builder
	for _, p := range plots(r) {
		svg := p.svg(r)
		if svg == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(images, p.file), []byte(svg), 0o644); err != nil {
			return err
		}
		fmt.Fprintf(&pictures, "\n![%s](benchmarks/%s)\n", p.title, p.file)
	}
	return os.WriteFile(filepath.Join(dir, "docs", "benchmarks.md"), []byte(page(r, pictures.String())), 0o644)
}

func page(r *bench.Results, pictures string) string {
	var b strings.Builder
	rounds := "medians of " + count(r.Rounds) + " alternating rounds"
	if r.Rounds == 1 {
		rounds = "a single round"
	}
	m := r.Machine
	fmt.Fprintf(&b, "<!-- Written by benchmarks/cmd/bench; do not edit. -->\n\n# Benchmarks\n\n"+
		"This project against its peers: %s, measured on %s in %.0f minutes on one machine "+
		"(%s, %d cores, %s; Linux %s; Go %s", rounds, r.Date, r.Minutes, m.CPU, m.Cores, m.Memory, m.Kernel, m.Go)
	if m.Node != "" {
		fmt.Fprintf(&b, "; Node.js %s", m.Node)
	}
	b.WriteString("), with server and clients on its loopback. In brackets: how many times the number of the first line. " +
		"Absolute numbers are those of this machine: read the ratios.\n\n")
	if r.Quick {
		b.WriteString("**This was a quick run, which only shows that everything works.**\n\n")
	}
	b.WriteString("The subjects:\n\n")
	for _, s := range measured(r) {
		fmt.Fprintf(&b, "- **%s**: %s\n", s.Name, s.About)
	}
	b.WriteString(pictures)
	b.WriteString("\n## Numbers\n")
	Print(&b, r)
	b.WriteString("\n" + method)
	return b.String()
}
