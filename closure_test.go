package socketio_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/socketio-go/socketio"

// listed is what these tests read of the output of go list.
type listed struct {
	ImportPath string
	Standard   bool
	Imports    []string
}

// closure lists the packages of the module and everything they import, for a
// system. Tests of packages are no part of it, nested modules neither.
func closure(t *testing.T, goos string) map[string]listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Standard,Imports", "./...")
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "GOOS="+goos, "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	packages := make(map[string]listed)
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages[p.ImportPath] = p
	}
}

func ours(path string) bool { return path == module || strings.HasPrefix(path, module+"/") }

// layers says what of ours a package may import, by the beginning of the path below
// the module. Arrows point down only.
var layers = []struct {
	path string
	may  []string
}{
	{"/internal/rawclient", []string{"/websocket"}},            // a client for tests
	{"/internal/dispatch", []string{"", "/engine", "/packet"}}, // what server and client do alike
	{"/internal/", []string{"/internal/"}},
	{"/packet", []string{"/packet", "/internal/jsontext"}},
	{"/browser", nil},
	{"/websocket", []string{"/internal/"}},
	{"/engine", []string{"/websocket", "/internal/"}},
	{"", []string{"/packet"}}, // the root, but see below
	{"/adapter", []string{"", "/adapter", "/packet"}},
	{"/server", []string{"", "/adapter", "/engine", "/packet", "/browser", "/websocket", "/internal/"}},
	{"/client", []string{"", "/engine", "/packet", "/internal/"}},
	{"/socketiotest", []string{"", "/client", "/server", "/packet", "/internal/"}},
}

// mayImport reports whether an import of one of our packages by another one points
// down. Both are paths below the module.
func mayImport(from, to string) (allowed, known bool) {
	for _, layer := range layers {
		dir := strings.HasSuffix(layer.path, "/")
		if from != layer.path && (layer.path == "" || dir && !strings.HasPrefix(from, layer.path) || !dir && !strings.HasPrefix(from, layer.path+"/")) {
			continue
		}
		for _, may := range layer.may {
			if to == may || strings.HasSuffix(may, "/") && strings.HasPrefix(to, may) {
				return true, true
			}
		}
		return false, true
	}
	return false, false
}

// The module needs the standard library and itself only, and its packages import
// only what is below them.
func TestImports(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go tool")
	}
	for _, goos := range []string{"linux", "darwin", "windows"} {
		t.Run(goos, func(t *testing.T) {
			t.Parallel()
			packages := closure(t, goos)
			for path, p := range packages {
				if !ours(path) {
					if !p.Standard {
						t.Errorf("%s is needed: a third party belongs into a nested module", path)
					}
					continue
				}
				for _, to := range p.Imports {
					if !ours(to) {
						continue
					}
					from, to := strings.TrimPrefix(path, module), strings.TrimPrefix(to, module)
					if allowed, known := mayImport(from, to); !known {
						t.Errorf("%s is a new package: give it a place in layers", path)
					} else if !allowed {
						t.Errorf("%s imports %s: the arrow points up", path, module+to)
					}
					if from != "/socketiotest" && (to == "/internal/rawclient" || to == "/internal/memnet") {
						t.Errorf("%s imports %s, which is for tests", path, module+to)
					}
				}
			}
			for _, path := range []string{"", "/server", "/client", "/engine", "/packet", "/websocket"} {
				if _, ok := packages[module+path]; !ok {
					t.Errorf("%s is not in the list: the test sees nothing", module+path)
				}
			}
		})
	}
}

// A page does not carry what the browser has.
func TestTheClientInABrowserIsSmall(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", "./client")
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "GOOS=js", "GOARCH=wasm")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := strings.Fields(string(out))
	for _, path := range []string{"net/http", "crypto/tls", module + "/websocket", module + "/server"} {
		if slices.Contains(packages, path) {
			t.Errorf("the client needs %s with GOOS=js", path)
		}
	}
	if !slices.Contains(packages, module+"/engine") {
		t.Error("the list is not that of the client")
	}
}

func TestTheLayersThemselves(t *testing.T) {
	for arrow, want := range map[[2]string]bool{
		{"/server", ""}: true, {"/server", "/engine"}: true, {"", "/packet"}: true, {"/engine", "/internal/timerwheel"}: true, {"/client", ""}: true,
		{"", "/engine"}: false, {"/engine", ""}: false, {"/packet", ""}: false, {"/websocket", "/engine"}: false, {"", "/server"}: false,
		{"/internal/evloop", "/websocket"}: false, {"/browser", ""}: false, {"/server", "/client"}: false, {"/client", "/server"}: false, {"/client", "/engine"}: true,
		{"/internal/dispatch", ""}: true, {"/socketiotest", "/client"}: true, {"/client", "/socketiotest"}: false, {"/packet/msgpack", "/engine"}: false,
	} {
		if allowed, known := mayImport(arrow[0], arrow[1]); allowed != want || !known {
			t.Errorf("%v: allowed = %v, known = %v", arrow, allowed, known)
		}
	}
	if _, known := mayImport("/new", ""); known {
		t.Error("a package without a place is known")
	}
}

// sources parses the Go files of the module and calls f with each.
func sources(t *testing.T, f func(path string, set *token.FileSet, file *ast.File)) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && skipped(path, d.Name()):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go"):
			return nil
		}
		n++
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution|parser.ParseComments)
		if err == nil {
			f(path, set, file)
		}
		return err
	})
	if err != nil || n < 50 {
		t.Errorf("%d files, %v", n, err)
	}
}

// skipped tells the directories that are no part of the module.
func skipped(path, name string) bool {
	if strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" {
		return true
	}
	_, err := os.Stat(filepath.Join(path, "go.mod"))
	return err == nil
}

func TestNoExportedVariables(t *testing.T) {
	sources(t, func(path string, set *token.FileSet, file *ast.File) {
		for _, decl := range file.Decls {
			general, ok := decl.(*ast.GenDecl)
			if !ok || general.Tok != token.VAR || strings.HasSuffix(path, "_test.go") {
				continue
			}
			for _, spec := range general.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					if name.IsExported() {
						t.Errorf("%s: %s is an exported variable: anybody could change it", set.Position(name.Pos()), name.Name)
					}
				}
			}
		}
	})
}

func TestFilesAndFunctionsAreShort(t *testing.T) {
	const fileLines, functionLines = 600, 90
	sources(t, func(path string, set *token.FileSet, file *ast.File) {
		if n := set.Position(file.FileEnd).Line; n > fileLines {
			t.Errorf("%s has %d lines, more than %d", path, n, fileLines)
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Body != nil {
				if n := set.Position(f.End()).Line - set.Position(f.Pos()).Line + 1; n > functionLines {
					t.Errorf("%s: %s has %d lines, more than %d", set.Position(f.Pos()), f.Name.Name, n, functionLines)
				}
			}
		}
	})
}
