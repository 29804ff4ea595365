package browsertest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Browser is a running Chromium.
type Browser struct{ endpoint string }

// Launch starts a browser, which ends with the test.
func Launch(t *testing.T) *Browser {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium is missing: `make deps` at the top of the repository installs it")
	}
	if _, err := os.Stat("../node_modules/playwright-core"); err != nil {
		t.Fatal("playwright-core is missing: `make deps` at the top of the repository installs it")
	}
	cmd := exec.Command("node", "../internal/browsertest/launch.mjs")
	cmd.Env = append(os.Environ(), "CHROMIUM="+chromium)
	cmd.Stderr = t.Output()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("browser: %v", err)
		}
	})
	endpoint, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the browser does not start: %v", err)
	}
	return &Browser{strings.TrimSpace(endpoint)}
}

// Run plays one scenario of testdata/browser.mjs on a site. Its output becomes the
// log of the test. env has more variables for the script, as NAME=value.
func (b *Browser) Run(t *testing.T, s *Site, scenario string, env ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "testdata/browser.mjs", scenario)
	cmd.Env = append(os.Environ(), "BROWSER="+b.endpoint, "URL="+s.URL, "CONTROL="+s.control(), "ARTIFACTS_DIR="+artifacts(t))
	cmd.Env = append(cmd.Env, env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // lets it report
	cmd.WaitDelay = 5 * time.Second
	out, in := io.Pipe()
	cmd.Stdout, cmd.Stderr = in, in
	logged := make(chan struct{})
	go func() {
		defer close(logged)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			t.Log(lines.Text())
		}
	}()
	err := cmd.Run()
	in.Close()
	<-logged
	if err != nil {
		t.Errorf("scenario %q: %v", scenario, errors.Join(err, ctx.Err()))
	}
}

// artifacts is where screenshots go.
func artifacts(t *testing.T) string {
	dir := os.Getenv("ARTIFACTS_DIR")
	if dir == "" {
		dir = "../../artifacts"
	}
	dir, err := filepath.Abs(dir)
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err != nil {
		t.Fatal(fmt.Errorf("where the screenshots go: %w", err))
	}
	return dir
}
