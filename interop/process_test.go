package interop

import (
	"bufio"
	"bytes"
	"fmt"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long something may take on a busy machine.
const patience = 30 * time.Second

// process is a server in a process of its own.
type process struct {
	t       *testing.T
	command []string
	dir     string
	url     string // stays the same over restarts
	cmd     *exec.Cmd
	log     *lockedBuffer
}

// lockedBuffer keeps what a process prints on stderr.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// npmServer is the official server behind the contract of FIXTURE.md.
func npmServer(t *testing.T, flags ...string) *process {
	t.Helper()
	return start(t, &process{t: t, dir: "js", command: append([]string{"node", "fixture.mjs"}, flags...)})
}

func start(t *testing.T, p *process) *process {
	t.Helper()
	p.start()
	t.Cleanup(func() {
		p.crash()
		if t.Failed() && p.log.String() != "" {
			t.Logf("the server printed:\n%s", p.log)
		}
	})
	return p
}

// start starts it, on the port it had.
func (p *process) start() {
	p.t.Helper()
	port := "0"
	if u, err := url.Parse(p.url); err == nil && p.url != "" {
		port = u.Port()
	}
	var err error
	for range 20 { // somebody else may hold the port for a moment
		if err = p.try(port); err == nil {
			return
		}
		<-time.After(100 * time.Millisecond)
	}
	p.t.Fatalf("the server does not start: %v\n%s", err, p.log)
}

func (p *process) try(port string) error {
	args := append(p.command[1:len(p.command):len(p.command)], "--port", port)
	cmd := exec.Command(p.command[0], args...)
	p.log = new(lockedBuffer)
	cmd.Dir, cmd.Stderr = p.dir, p.log
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	at, ok := strings.CutPrefix(strings.TrimSpace(line), "listening ")
	if err != nil || !ok {
		_ = cmd.Wait()
		return fmt.Errorf("it said %q, %v", line, err)
	}
	p.url, p.cmd = at, cmd
	return nil
}

// stop ends it as an operator would.
func (p *process) stop() { p.end(syscall.SIGTERM) }

// crash ends it at once.
func (p *process) crash() { p.end(syscall.SIGKILL) }

func (p *process) end(sig syscall.Signal) {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Signal(sig)
	_ = p.cmd.Wait()
	p.cmd = nil
}

// freeze stops the process in its tracks; thaw lets it run on.
func (p *process) freeze() { _ = p.cmd.Process.Signal(syscall.SIGSTOP) }
func (p *process) thaw()   { _ = p.cmd.Process.Signal(syscall.SIGCONT) }

// buildFixture compiles our fixture.
func buildFixture(t *testing.T, tags string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "fixture")
	if out, err := exec.Command("go", "build", "-tags", tags, "-o", binary, "./fixture").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}
