package interop

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// The matrix, compat.tsv, has one line for each behaviour of the official system: its
// identifier, what it is about, how this project stands to it, a note, and the tests that
// prove it. The page docs/compatibility.md is made of it.

var update = flag.Bool("update", false, "write docs/compatibility.md")

const page = "../docs/compatibility.md"

// row is a line of the matrix.
type row struct {
	id, subject, state, note string
	proofs                   []proof
}

// proof names a test: the package or folder it is in, and its full name there.
type proof struct{ where, name string }

func (p proof) String() string { return p.where + ": " + p.name }

// states are how a behaviour can stand.
var states = []string{"same", "better", "not yet", "will not"}

// groups are the beginnings of identifiers, and what the page calls them.
var groups = []struct{ prefix, heading string }{
	{"EIO", "Engine.IO"},
	{"SIO", "The Socket.IO protocol"},
	{"SRV", "The server"},
	{"CLI", "The clients"},
	{"ADP", "Adapters and clusters"},
	{"ADM", "The dashboard's server side"},
	{"NEW", "The latest changes of the npm packages"},
	{"B", "Faults of the official system, and of its documentation"},
}

func (r row) in(prefix string) bool { return strings.HasPrefix(r.id, prefix+"-") }

// proven reports whether the behaviour is there, and must have proofs.
func (r row) proven() bool { return r.state == "same" || r.state == "better" }

func lines(t *testing.T, file string) []string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimRight(string(b), "\n"), "\n")
}

func matrix(t *testing.T) (rows []row) {
	t.Helper()
	for i, line := range lines(t, "compat.tsv") {
		f := strings.Split(line, "\t")
		if len(f) != 5 {
			t.Fatalf("compat.tsv:%d: %d fields, want 5", i+1, len(f))
		}
		r := row{id: f[0], subject: f[1], state: f[2], note: f[3]}
		for text := range strings.SplitSeq(f[4], " ; ") {
			where, name, ok := strings.Cut(text, ": ")
			if ok {
				r.proofs = append(r.proofs, proof{where, name})
			} else if text != "" {
				t.Errorf("%s: %q does not say where the test is", r.id, text)
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// Every identifier of the list has one row, and no row says less than it must.
func TestMatrixIsComplete(t *testing.T) {
	rows := make(map[string]bool)
	for _, r := range matrix(t) {
		if rows[r.id] {
			t.Errorf("%s has two rows", r.id)
		}
		rows[r.id] = true
		switch {
		case r.subject == "":
			t.Errorf("%s: the row does not say what it is about", r.id)
		case !slices.Contains(states, r.state):
			t.Errorf("%s: %q is no state: %q", r.id, r.state, states)
		case r.state != "same" && r.note == "":
			t.Errorf("%s is %q, and the row does not say how or why", r.id, r.state)
		case r.proven() && len(r.proofs) == 0:
			t.Errorf("%s is %q without a proof", r.id, r.state)
		}
	}
	listed := make(map[string]bool)
	for _, id := range lines(t, "testdata/compat-ids.txt") {
		if listed[id] {
			t.Errorf("%s is listed twice", id)
		}
		listed[id] = true
		if !rows[id] {
			t.Errorf("%s has no row", id)
		}
	}
	for id := range rows {
		if !listed[id] {
			t.Errorf("%s is not in the list of identifiers", id)
		}
	}
}

func TestMatrixPage(t *testing.T) {
	want := render(matrix(t))
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(page); err != nil || string(got) != want {
		t.Errorf("%s is not what compat.tsv makes (%v): run go test ./interop -run TestMatrixPage -update", page, err)
	}
}

const introduction = `# Compatibility

What the official system does (socket.io and socket.io-client 4.8.4, engine.io 6.6.12), behaviour by behaviour: how this project
stands to it, and the tests that prove it. The identifiers are those that the code and its tests cite.

- **same**: as the official system does it; a note says what it is called in Go.
- **better**: different on purpose, and how. [differences.md](differences.md) has those that a client or an operator may notice.
- **not yet**: missing, and why.
- **will not**: left out on purpose, and what to use instead.

A proof begins with where it is. ` + "`engine: TestEcho`" + ` is a test of the Go package engine, ` + "`.`" + ` is the package at the root;
` + "`interop: …`" + ` is a scenario that unmodified npm clients play against this server ([interop](../interop)); ` + "`browser: …`" + ` is a test
of the browser client ([browser](../browser)), and ` + "`browser: scenario: …`" + ` one that runs in Node.js and in Chromium, against this
server and the official one.

This page is made of ` + "`interop/compat.tsv`" + ` by ` + "`go test ./interop -run TestMatrixPage -update`" + `. The tests there fail when
a behaviour has no row, and when a proof does not exist, is skipped or fails.

`

// render makes the page.
func render(rows []row) string {
	var b strings.Builder
	b.WriteString(introduction)
	fmt.Fprintf(&b, "| | %s |\n| --- |%s\n", strings.Join(states, " | "), strings.Repeat(" ---: |", len(states)))
	for _, g := range groups {
		count(&b, "["+g.heading+"](#"+strings.ToLower(g.prefix)+")", rows, g.prefix)
	}
	count(&b, "all", rows, "")
	for _, g := range groups {
		fmt.Fprintf(&b, "\n<a id=%q></a>\n\n## %s\n\n| | Behaviour | State | Proofs |\n| --- | --- | --- | --- |\n", strings.ToLower(g.prefix), g.heading)
		for _, r := range rows {
			if !r.in(g.prefix) {
				continue
			}
			state, proofs := r.state, make([]string, len(r.proofs))
			if r.note != "" {
				state += ": " + cell(r.note)
			}
			for i, p := range r.proofs {
				proofs[i] = cell(p.String())
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.id, cell(r.subject), state, strings.Join(proofs, "<br>"))
		}
	}
	return b.String()
}

// count adds a line with the number of rows in each state; of all rows without a prefix.
func count(b *strings.Builder, heading string, rows []row, prefix string) {
	n := make(map[string]int)
	for _, r := range rows {
		if prefix == "" || r.in(prefix) {
			n[r.state]++
		}
	}
	fmt.Fprintf(b, "| %s |", heading)
	for _, state := range states {
		fmt.Fprintf(b, " %d |", n[state])
	}
	b.WriteString("\n")
}

func cell(s string) string { return strings.NewReplacer("|", "\\|", "<", "&lt;").Replace(s) }
