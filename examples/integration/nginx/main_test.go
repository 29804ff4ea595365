package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/socketio-go/socketio/examples/integration/internal/npmclient"
	"github.com/socketio-go/socketio/server"
)

// config is that of a whole nginx, which keeps to one directory and one process. The
// location is what the test is about.
const config = `daemon off;
master_process off;
pid %[1]s/pid;
error_log %[1]s/error.log;
events {}
http {
    access_log off;
    client_body_temp_path %[1]s/body;
    proxy_temp_path %[1]s/proxy;
    fastcgi_temp_path %[1]s/fastcgi;
    uwsgi_temp_path %[1]s/uwsgi;
    scgi_temp_path %[1]s/scgi;
    map $http_upgrade $connection_upgrade { default upgrade; "" ""; }
    server {
        listen 127.0.0.1:%[2]d;
        %[3]s
    }
}
`

// location is socketio.conf for a backend, with some lines changed or, if their new text
// is empty, left out.
func location(t *testing.T, backend string, changes map[string]string) string {
	t.Helper()
	b, err := os.ReadFile("socketio.conf")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(b)) {
		line = strings.ReplaceAll(line, "http://127.0.0.1:3001", backend)
		for old, text := range changes {
			if strings.Contains(line, old) && !strings.HasPrefix(line, "#") {
				line = text + "\n"
			}
		}
		out = append(out, line)
	}
	return strings.Join(out, "")
}

// start runs nginx in front of a server and returns its URL.
func start(t *testing.T, opts *server.Options, changes map[string]string) string {
	t.Helper()
	binary, err := exec.LookPath("nginx")
	if err != nil {
		if _, err := os.Stat("/usr/sbin/nginx"); err != nil {
			t.Fatal("nginx is missing: install the package nginx, or run make deps as root on Debian")
		}
		binary = "/usr/sbin/nginx"
	}
	io := newServer(opts)
	backend := httptest.NewServer(io)
	t.Cleanup(func() {
		_ = io.Close()
		backend.Close()
	})
	// Somebody else may take the port between its choice and its use: then try another.
	for range 5 {
		if url, ok := try(t, binary, location(t, backend.URL, changes)); ok {
			return url
		}
	}
	t.Fatal("nginx does not start")
	return ""
}

func try(t *testing.T, binary, location string) (url string, ok bool) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	dir := t.TempDir()
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, config, dir, port, location), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, binary, "-p", dir, "-e", filepath.Join(dir, "error.log"), "-c", file)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	url = fmt.Sprintf("http://127.0.0.1:%d", port)
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		select {
		case err := <-ended:
			ended <- err
			log, _ := os.ReadFile(filepath.Join(dir, "error.log"))
			t.Logf("nginx: %v\n%s", err, log)
			return "", false
		case <-time.After(10 * time.Millisecond):
		}
		if c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://")); err == nil {
			_ = c.Close()
			return url, true
		}
	}
	return "", false
}

func TestWithUpgrade(t *testing.T) {
	url := start(t, options(), nil)
	npmclient.Works(t, url, npmclient.Visit{})
}

func TestWithoutUpgrade(t *testing.T) {
	url := start(t, options(), map[string]string{"Upgrade $http_upgrade": "", "$connection_upgrade": ""})
	results := npmclient.Run(t, url, npmclient.Visit{})
	for _, mode := range []string{"polling", "upgrade"} {
		if r := results[mode]; !r.OK || r.Transport != "polling" {
			t.Errorf("%s: %+v", mode, r)
		}
	}
	if r := results["websocket"]; r.OK || r.Error != "websocket error" {
		t.Errorf("websocket: %+v", r)
	}
}

// The page of nginx itself is of the same origin only as long as the server is told the
// name under which it is known.
func TestSameOrigin(t *testing.T) {
	for name, c := range map[string]struct {
		changes map[string]string
		status  int
	}{
		"with Host":    {nil, http.StatusSwitchingProtocols},
		"without Host": {map[string]string{"Host $http_host": ""}, http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			url := start(t, options(), c.changes)
			r, err := http.NewRequestWithContext(t.Context(), "GET", url+"/socket.io/?EIO=4&transport=websocket", nil)
			if err != nil {
				t.Fatal(err)
			}
			for k, v := range map[string]string{
				"Origin": url, "Connection": "Upgrade", "Upgrade": "websocket",
				"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
			} {
				r.Header.Set(k, v)
			}
			res, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode != c.status {
				t.Errorf("status %d, want %d", res.StatusCode, c.status)
			}
		})
	}
}

// The client is at 127.0.0.2, and claims to be elsewhere.
func TestForwardedFor(t *testing.T) {
	visit := npmclient.Visit{
		LocalAddress: "127.0.0.2",
		Options:      map[string]any{"extraHeaders": map[string]string{"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}},
	}
	for name, c := range map[string]struct {
		opts    *server.Options
		address string
	}{
		"trusted":     {options(), "127.0.0.2"},
		"not trusted": {&server.Options{}, "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			for mode, r := range npmclient.Works(t, start(t, c.opts, nil), visit) {
				if r.About["address"] != c.address || r.About["secure"] != false {
					t.Errorf("%s: %v, want %s", mode, r.About, c.address)
				}
			}
		})
	}
}

// An idle client is kept by the pings if they come more often than nginx loses patience.
func TestReadTimeout(t *testing.T) {
	patience := map[string]string{"proxy_read_timeout": "proxy_read_timeout 2s;"}
	idle := npmclient.Visit{Idle: 5000}
	t.Run("with pings", func(t *testing.T) {
		t.Parallel()
		opts := options()
		opts.PingInterval = 500 * time.Millisecond
		npmclient.Works(t, start(t, opts, patience), idle)
	})
	t.Run("without", func(t *testing.T) {
		t.Parallel()
		want := map[string]string{"polling": "transport error", "websocket": "transport close", "upgrade": "transport close"}
		for mode, r := range npmclient.Run(t, start(t, options(), patience), idle) {
			if r.OK || r.End != want[mode] {
				t.Errorf("%s: %+v, want the end %q", mode, r, want[mode])
			}
		}
	})
}
