// Package interop runs the published npm packages against this implementation.
package interop

import (
	"bufio"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

var resultLine = regexp.MustCompile(`^(ok|not ok) \d+ - (.*) \(\d+ ms\)$`)

// TestNpmClient runs the scenarios of js/ with the unmodified socket.io-client, in
// three transport modes, against the fixture server on event loops.
func TestNpmClient(t *testing.T) { run(t, "") }

// TestNpmClientPortable does the same without event loops.
func TestNpmClientPortable(t *testing.T) { run(t, "portable") }

// run makes a subtest of each result.
func run(t *testing.T, tags string) {
	if _, err := os.Stat("js/node_modules"); err != nil {
		t.Fatal("the npm packages are missing: run make deps")
	}
	binary := buildFixture(t, tags)
	cmd := exec.Command("node", "run.mjs", "--impl", "go", "--fixture", binary)
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
	if results < 300 {
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
