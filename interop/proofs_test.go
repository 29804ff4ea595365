package interop

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/socketio-go/socketio"

// outcomes is what becomes of the tests of one place by their full names: "pass", "fail" or
// "skip". What is not in it does not exist, or does not run.
type outcomes map[string]string

// Every proof exists and runs. Tests of Go packages are run here. What others run is looked
// up: this folder's scenarios and tests, which are part of the same make interop, and the
// tests of the browser client.
func TestMatrixProofs(t *testing.T) {
	rows := matrix(t)
	scenarios, proves := npmScenarios(t)
	found := goTests(t, rows)
	found["interop"], found["browser"], found["./interop"] = scenarios, browserTests(t), ownTests(t)
	for _, r := range rows {
		for _, p := range r.proofs {
			outcome := found[p.where][strings.ReplaceAll(p.name, " ", "_")]
			if p.where == "interop" || p.where == "browser" {
				outcome = found[p.where][p.name]
			}
			switch {
			case outcome == "":
				t.Errorf("%s: there is no test %q in %s, or it does not run", r.id, p.name, p.where)
			case outcome == "skip":
				t.Errorf("%s: %q in %s, or a part of it, is skipped", r.id, p.name, p.where)
			case outcome != "pass":
				t.Errorf("%s: %q in %s: %s", r.id, p.name, p.where, outcome)
			case p.where == "interop" && !proves[r.id+"\t"+p.name]:
				t.Errorf("%s: the scenario %q does not say that it proves this", r.id, p.name)
			}
		}
	}
}

// output runs a command in a folder and returns what it prints, which may be part of the
// answer although it fails.
func output(t *testing.T, dir string, command ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	var stderr bytes.Buffer
	cmd.Dir, cmd.Stderr = dir, &stderr
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	} else if err != nil {
		err = fmt.Errorf("%s: %w\n%s", strings.Join(command[:2], " "), err, stderr.Bytes())
	}
	return string(out), err
}

// npmScenarios are those of js/, all of which run against the Go fixture, with the clients
// that can do what they need; and the identifiers that each says it proves.
func npmScenarios(t *testing.T) (scenarios outcomes, proves map[string]bool) {
	t.Helper()
	list, err := output(t, "js", "node", "run.mjs", "--impl", "go", "--list")
	if err != nil {
		t.Fatal(err)
	}
	scenarios, proves = make(outcomes), make(map[string]bool)
	var name string
	for line := range strings.Lines(list) {
		line = strings.TrimSuffix(line, "\n")
		if !strings.HasPrefix(line, "  ") {
			name = line[:strings.LastIndex(line, " [")]
			scenarios[name] = "skip"
		} else if strings.HasSuffix(line, ": yes") {
			scenarios[name] = "pass"
		}
	}
	ids, err := output(t, "js", "node", "run.mjs", "--ids")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(ids) {
		proves[strings.TrimSuffix(line, "\n")] = true
	}
	return scenarios, proves
}

// browserTests are those that npm test runs in ../browser.
func browserTests(t *testing.T) outcomes {
	t.Helper()
	list, err := output(t, "../browser", "node", "test/list.mjs")
	if err != nil {
		t.Fatal(err)
	}
	tests := make(outcomes)
	for line := range strings.Lines(list) {
		name, _, skipped := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		tests[name] = map[bool]string{false: "pass", true: "skip"}[skipped]
	}
	return tests
}

// ownTests are the Go tests of this folder.
func ownTests(t *testing.T) outcomes {
	t.Helper()
	tests := make(outcomes)
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && strings.HasPrefix(f.Name.Name, "Test") {
				tests[f.Name.Name] = "pass"
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.SelectorExpr); ok && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, call.Sel.Name) {
				t.Errorf("%s skips: then nobody knows here which scenarios run", name)
			}
			return true
		})
	}
	for mode := range transports {
		for name := range scenarios {
			tests["TestClient/"+mode+"/"+strings.ReplaceAll(name, " ", "_")] = "pass"
		}
		for name := range ownScenarios {
			tests["TestClient/"+mode+"/"+strings.ReplaceAll(name, " ", "_")] = "pass"
		}
	}
	return tests
}

// event is a line of go test -json.
type event struct{ Action, Package, Test, Output string }

// goTests runs the tests that the matrix names in other packages, in one go, and nothing
// else; when nothing has changed, the go tool remembers.
func goTests(t *testing.T, rows []row) map[string]outcomes {
	t.Helper()
	found, names := make(map[string]outcomes), make(map[string]bool)
	args := []string{"go", "test", "-json", "-vet=off"}
	for _, r := range rows {
		for _, p := range r.proofs {
			if p.where == "interop" || p.where == "browser" || p.where == "./interop" {
				continue
			}
			top, _, _ := strings.Cut(p.name, "/")
			names[top] = true
			if found[p.where] == nil {
				found[p.where] = make(outcomes)
				args = append(args, "./"+strings.TrimPrefix(p.where, "./"))
			}
		}
	}
	pattern := make([]string, 0, len(names))
	for name := range names {
		pattern = append(pattern, name)
	}
	slices.Sort(pattern) // else the go tool does not know it again
	args = slices.Insert(args, 4, "-run", "^("+strings.Join(pattern, "|")+")$")
	out, err := output(t, "..", args...)
	if err != nil {
		t.Error(err)
	}
	places := make(map[string]outcomes) // by package
	for where, tests := range found {
		places[filepath.ToSlash(filepath.Join(module, where))] = tests
	}
	for dec := json.NewDecoder(strings.NewReader(out)); dec.More(); {
		var e event
		if err := dec.Decode(&e); err != nil {
			t.Fatal(err)
		}
		if tests := places[e.Package]; tests != nil && e.Test != "" {
			note(tests, e)
		}
		if e.Action == "build-output" || strings.HasPrefix(e.Output, "panic:") {
			t.Log(e.Package, strings.TrimSpace(e.Output))
		}
	}
	return found
}

// note keeps how a test has ended. One of which a part is skipped is no proof.
func note(tests outcomes, e event) {
	switch {
	case e.Action == "skip":
		for name := e.Test; name != ""; name = name[:max(0, strings.LastIndexByte(name, '/'))] {
			tests[name] = "skip"
		}
	case e.Action == "fail":
		tests[e.Test] = "it fails:" + tests["output of "+e.Test]
	case e.Action == "pass" && tests[e.Test] == "":
		tests[e.Test] = "pass"
	case e.Action == "output" && strings.HasPrefix(e.Output, "    "):
		tests["output of "+e.Test] += "\n" + strings.TrimSuffix(e.Output, "\n")
	}
}
