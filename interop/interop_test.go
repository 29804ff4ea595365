// Package interop runs the published npm packages against this implementation.
package interop

import (
	"bufio"
	"flag"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

var resultLine = regexp.MustCompile(`^(ok|not ok) \d+ - (.*) \(\d+ ms\)$`)

var (
	only    = flag.String("only", "", "run the scenarios whose names contain this")
	clients = flag.String("clients", "", "run them with these of the npm clients in js/clients.mjs, such as 2.5")
)

// TestNpmClient runs the scenarios of js/ with unmodified npm clients, in three
// transport modes, against the fixture server on event loops.
func TestNpmClient(t *testing.T) { run(t, "", 2200) }

// TestNpmClientPortable does the same without event loops, which polling alone does
// not need, with the newest client and the one of protocol 3.
func TestNpmClientPortable(t *testing.T) {
	run(t, "portable", 600, "--modes", "websocket,upgrade", "--clients", "4.8.4,2.5.0")
}

// run makes a subtest of each result, of which there are at least so many.
func run(t *testing.T, tags string, least int, choice ...string) {
	if _, err := os.Stat("js/node_modules"); err != nil {
		t.Fatal("the npm packages are missing: run make deps")
	}
	args := append([]string{"run.mjs", "--impl", "go", "--fixture", buildFixture(t, tags)}, choice...)
	if *clients != "" {
		args = append(args, "--clients", *clients)
	}
	if *only != "" {
		args = append(args, "--only", *only)
	}
	cmd := exec.Command("node", args...)
	cmd.Dir, cmd.Stderr = "js", os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	results := report(t, bufio.NewScanner(stdout))
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if *only == "" && *clients == "" && results < least {
		t.Errorf("only %d results", results)
	}
}

// report turns TAP into subtests and returns how many there were.
func report(t *testing.T, lines *bufio.Scanner) (results int) {
	more := lines.Scan()
	for more {
		match := resultLine.FindStringSubmatch(lines.Text())
		var detail []string
		for more = lines.Scan(); more && !resultLine.MatchString(lines.Text()); more = lines.Scan() {
			detail = append(detail, lines.Text())
		}
		if match == nil {
			continue
		}
		results++
		t.Run(match[2], func(t *testing.T) {
			if match[1] != "ok" {
				t.Error(strings.Join(detail, "\n"))
			}
		})
	}
	return results
}
