package chat

import (
	"bufio"
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

	"github.com/socketio-go/socketio/server"
)

// TestBrowser lets two people chat in Chromium. testdata/browser.mjs has the
// scenarios.
func TestBrowser(t *testing.T) {
	for _, scenario := range []string{"chat", "restart", "polling", "signin", "screenshots"} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			site := startSite(t)
			runBrowser(t, scenario, "http://"+site.addr, site.control(t))
		})
	}
}

// site is a chat on a port that survives a restart of the server.
type site struct {
	t    *testing.T
	addr string

	mu   sync.Mutex // guards what follows
	app  *App
	web  *http.Server
	done chan struct{}
}

func startSite(t *testing.T) *site {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, addr: l.Addr().String()}
	s.serve(l)
	t.Cleanup(s.cut)
	return s
}

// start serves a new App on the same port.
func (s *site) start() error {
	l, err := net.Listen("tcp", s.addr)
	if err == nil {
		s.serve(l)
	}
	return err
}

func (s *site) serve(l net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.app = New(&server.Options{Logger: testLogger(s.t)})
	s.web = &http.Server{Handler: s.app}
	s.done = make(chan struct{})
	go func(web *http.Server, done chan struct{}) {
		defer close(done)
		if err := web.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.t.Error(err)
		}
	}(s.web, s.done)
}

// stop ends the server as cmd/chat does; after it nothing answers on the port.
func (s *site) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	err := errors.Join(s.app.Shutdown(ctx), s.web.Shutdown(ctx))
	<-s.done
	return err
}

// cut ends the server when the browser has gone: there is nobody to say goodbye to.
func (s *site) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := errors.Join(s.app.io.Close(), s.web.Close()); err != nil {
		s.t.Error(err)
	}
	<-s.done
}

// control lets the script stop and start the server: POST /stop, POST /start.
func (s *site) control(t *testing.T) string {
	mux := http.NewServeMux()
	for path, f := range map[string]func() error{"POST /stop": s.stop, "POST /start": s.start} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			if err := f(); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		})
	}
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv.URL
}

// runBrowser runs one scenario, whose output becomes the log of the test.
func runBrowser(t *testing.T, scenario, url, control string) {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium is missing: `make deps` at the top of the repository installs it")
	}
	if _, err := os.Stat("../node_modules/playwright-core"); err != nil {
		t.Fatal("playwright-core is missing: `make deps` at the top of the repository installs it")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "testdata/browser.mjs", scenario)
	cmd.Env = append(os.Environ(), "CHROMIUM="+chromium, "URL="+url, "CONTROL="+control, "ARTIFACTS_DIR="+artifacts(t))
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // lets it close the browser
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		t.Log(lines.Text())
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("scenario %q: %v", scenario, err)
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
		t.Fatal(err)
	}
	return dir
}
