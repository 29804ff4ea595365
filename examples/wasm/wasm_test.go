package wasm

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestBrowser opens the page in Chromium: it connects, has text and bytes echoed, and
// comes back after a restart, over three choices of transports.
func TestBrowser(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium is missing: `make deps` at the top of the repository installs it")
	}
	if _, err := os.Stat("../node_modules/playwright-core"); err != nil {
		t.Fatal("playwright-core is missing: `make deps` at the top of the repository installs it")
	}
	dir := t.TempDir()
	if err := Build(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "page.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("page.wasm has %d bytes", info.Size())
	if info.Size() > 6_500_000 {
		t.Error("page.wasm has grown: does it link net/http?")
	}

	s := &site{t: t, dir: dir}
	s.start("127.0.0.1:0")
	defer s.stop()
	control := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		s.stop()
		s.start(s.addr)
	}))
	defer control.Close()

	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "testdata/browser.mjs")
	cmd.Env = append(os.Environ(), "CHROMIUM="+chromium, "URL=http://"+s.addr, "CONTROL="+control.URL)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // lets it close the browser
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}

// site is the application on a port that survives a restart.
type site struct {
	t    *testing.T
	dir  string
	addr string
	app  *App
	web  *http.Server
	done sync.WaitGroup
}

func (s *site) start(addr string) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		s.t.Error(err)
		return
	}
	s.addr = l.Addr().String()
	s.app = New(s.dir, nil)
	s.web = &http.Server{Handler: s.app}
	s.done.Go(func() {
		if err := s.web.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.t.Error(err)
		}
	})
}

func (s *site) stop() {
	if err := errors.Join(s.app.Close(), s.web.Close()); err != nil {
		s.t.Error(err)
	}
	s.done.Wait()
}
