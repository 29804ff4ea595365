package interop

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The compatibility matrix is a file with one line for each identifier of the list of
// behaviours: what it is about, how it stands, a note, and the tests that prove it. Its
// page, ../docs/compatibility.md, is made of it.

var update = flag.Bool("update", false, "write docs/compatibility.md")

const page = "../docs/compatibility.md"

// row is a line of the matrix.
type row struct {
	id, subject, state, note string
	tests                    []string
}

// states are how a behaviour can stand.
var states = []string{"same", "better", "not yet", "will not"}

// groups are the identifiers, by their beginnings, and the headings of the page.
var groups = []struct{ prefix, heading string }{
	{"EIO", "Engine.IO"},
	{"SIO", "The Socket.IO protocol"},
	{"SRV", "The server"},
	{"CLI", "The clients"},
	{"ADP", "Adapters and clusters"},
	{"ADM", "The dashboard's server side"},
	{"NEW", "Latest changes of the npm packages"},
	{"B", "Known faults of the official system"},
}

func matrix(t *testing.T) (rows []row) {
	t.Helper()
	b, err := os.ReadFile("compat.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimRight(string(b), "\n"), "\n") {
		f := strings.Split(line, "\t")
		if len(f) != 5 {
			t.Fatalf("compat.tsv:%d: %d fields, want 5", i+1, len(f))
		}
		r := row{id: f[0], subject: f[1], state: f[2], note: f[3]}
		for test := range strings.SplitSeq(f[4], " ; ") {
			if test != "" {
				r.tests = append(r.tests, test)
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// TestEveryBehaviourHasARow compares the matrix with the list of identifiers.
func TestEveryBehaviourHasARow(t *testing.T) {
	rows := matrix(t)
	var ids []string
	for _, r := range rows {
		if slices.Contains(ids, r.id) {
			t.Errorf("%s has two rows", r.id)
		}
		ids = append(ids, r.id)
		switch proven := r.state == "same" || r.state == "better"; {
		case !slices.Contains(states, r.state):
			t.Errorf("%s: %q is no state", r.id, r.state)
		case proven && len(r.tests) == 0:
			t.Errorf("%s is claimed and not proven", r.id)
		case r.state == "will not" && r.note == "":
			t.Errorf("%s is refused without a reason", r.id)
		}
	}
	for _, id := range listed(t) {
		if !slices.Contains(ids, id) {
			t.Errorf("%s has no row", id)
		}
	}
	if extra := len(ids) - len(listed(t)); extra != 0 {
		t.Errorf("%d rows more than identifiers", extra)
	}
}

// listed expands compat-ids.txt, which has ranges such as EIO-001..EIO-011.
func listed(t *testing.T) (ids []string) {
	t.Helper()
	b, err := os.ReadFile("compat-ids.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range strings.Fields(string(b)) {
		first, last, isRange := strings.Cut(word, "..")
		if !isRange {
			last = first
		}
		prefix, digits := first[:strings.LastIndexByte(first, '-')+1], len(first)-strings.LastIndexByte(first, '-')-1
		var from, to int
		if _, err := fmt.Sscan(strings.TrimLeft(first[len(prefix):], "0"), &from); err != nil {
			t.Fatalf("%s: %v", word, err)
		}
		if _, err := fmt.Sscan(strings.TrimLeft(last[len(prefix):], "0"), &to); err != nil {
			t.Fatalf("%s: %v", word, err)
		}
		for n := from; n <= to; n++ {
			ids = append(ids, fmt.Sprintf("%s%0*d", prefix, digits, n))
		}
	}
	return ids
}

// TestProofsExist finds every test that the matrix names: one of Go by package and name,
// with a subtest as it is written in the source; a scenario of this folder; a test of
// the browser client.
func TestProofsExist(t *testing.T) {
	found := map[string]map[string]bool{}
	for _, r := range matrix(t) {
		for _, proof := range r.tests {
			where, name, ok := strings.Cut(proof, ": ")
			if !ok {
				t.Errorf("%s: %q does not say where it is", r.id, proof)
				continue
			}
			if found[where] == nil {
				found[where] = proofs(t, where)
			}
			top, sub, _ := strings.Cut(name, "/")
			if !found[where][name] && !found[where][top] {
				t.Errorf("%s: there is no %q in %s", r.id, name, where)
			} else if sub != "" && !found[where][name] && !strings.Contains(sources(t, where), sub) {
				t.Errorf("%s: there is no subtest %q in %s", r.id, sub, where)
			}
		}
	}
}

var heading = regexp.MustCompile(`^(.*) \[[a-z0-9. ]+\]$`)

// proofs lists the tests of a place that would run now.
func proofs(t *testing.T, where string) map[string]bool {
	t.Helper()
	var cmd *exec.Cmd
	switch where {
	case "interop":
		cmd = exec.Command("node", "run.mjs", "--list")
		cmd.Dir = "js"
	case "browser":
		return quoted(sources(t, where))
	default:
		cmd = exec.Command("go", "test", "-list", ".", "./"+where)
		cmd.Dir = ".."
	}
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("the tests of %s: %v", where, err)
	}
	names := make(map[string]bool)
	for lines := bufio.NewScanner(strings.NewReader(string(out))); lines.Scan(); {
		name := lines.Text()
		if m := heading.FindStringSubmatch(name); m != nil {
			name = m[1]
		}
		names[name] = true
	}
	return names
}

var inQuotes = regexp.MustCompile("(?:test|it|scenario|check)\\(\\s*[\"'`]([^\"'`]+)[\"'`]")

// quoted finds the names of tests in JavaScript.
func quoted(source string) map[string]bool {
	names := make(map[string]bool)
	for _, m := range inQuotes.FindAllStringSubmatch(source, -1) {
		names[m[1]] = true
	}
	return names
}

var read = map[string]string{}

// sources are the test files of a place.
func sources(t *testing.T, where string) string {
	t.Helper()
	if text, ok := read[where]; ok {
		return text
	}
	pattern := filepath.Join("..", where, "*_test.go")
	if where == "browser" {
		pattern = "../browser/test/*.mjs"
	}
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(b)
	}
	read[where] = text.String()
	return read[where]
}

// TestPageIsCurrent makes the page of the matrix; -update writes it.
func TestPageIsCurrent(t *testing.T) {
	want := render(matrix(t))
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(page); err != nil || string(got) != want {
		t.Errorf("%s is not what compat.tsv makes (%v): run go test ./interop -run Page -update", page, err)
	}
}

func render(rows []row) string {
	var b strings.Builder
	counts := map[string]int{}
	for _, r := range rows {
		counts[r.state]++
	}
	fmt.Fprintf(&b, `# Compatibility

What the official system does (socket.io and socket.io-client 4.8.4, engine.io 6.6.12), identifier by identifier, how this project
stands to it, and the tests that prove it. Made of `+"`interop/compat.tsv`"+` by `+"`go test ./interop -run Page -update`"+`; a test fails when an
identifier has no row or a named test does not exist.

%d same, %d better, %d not yet, %d will not. Where it is better, [differences.md](differences.md) says more.
`, counts["same"], counts["better"], counts["not yet"], counts["will not"])
	for _, g := range groups {
		fmt.Fprintf(&b, "\n## %s\n\n| | Behaviour | | Tests |\n| --- | --- | --- | --- |\n", g.heading)
		for _, r := range rows {
			if !strings.HasPrefix(r.id, g.prefix+"-") {
				continue
			}
			state := r.state
			if r.note != "" {
				state += ": " + r.note
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.id, cell(r.subject), cell(state), cell(strings.Join(r.tests, "<br>")))
		}
	}
	return b.String()
}

func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }
