// Package npmclient lets the published npm client visit a server, for the tests of the
// examples.
package npmclient

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// Visit is what the client does.
type Visit struct {
	Modes        []string       `json:"modes,omitempty"`        // polling, websocket, upgrade; nil: all of them
	Options      map[string]any `json:"options,omitempty"`      // of the client
	Auth         map[string]any `json:"auth,omitempty"`         // credentials
	LocalAddress string         `json:"localAddress,omitempty"` // from where it connects
	Idle         int            `json:"idle,omitempty"`         // milliseconds without a word at the end
}

// Result is how a visit went.
type Result struct {
	Mode      string         `json:"mode"`
	OK        bool           `json:"ok"`        // connected, text and binary came back as they were, and still connected after the idle time
	Transport string         `json:"transport"` // at the end
	About     map[string]any `json:"about"`     // what the server's handler of "whoami" says
	End       string         `json:"end"`       // why it was disconnected while idle
	Error     string         `json:"error"`     // why it could not connect
}

// Run visits the server at a URL, once in each mode. The server handles "echo", which it
// acknowledges with its arguments, and "whoami".
func Run(t *testing.T, url string, v Visit) map[string]Result {
	t.Helper()
	_, file, _, _ := runtime.Caller(0)
	js := filepath.Join(filepath.Dir(file), "../../../../interop/js")
	if _, err := os.Stat(filepath.Join(js, "node_modules")); err != nil {
		t.Fatal("the npm packages are missing: run make deps")
	}
	arg, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "roundtrip.mjs", url, string(arg))
	cmd.Dir = js
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("the npm client: %v\n%s", err, &stderr)
	}
	results := make(map[string]Result)
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var r Result
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		results[r.Mode] = r
	}
	return results
}

// Works expects that every visit went well, on the transport that its mode ends on.
func Works(t *testing.T, url string, v Visit) map[string]Result {
	t.Helper()
	results := Run(t, url, v)
	if len(results) == 0 {
		t.Error("nobody visited")
	}
	for mode, r := range results {
		if want := map[string]string{"polling": "polling"}[mode]; !r.OK || want != "" && r.Transport != want || want == "" && r.Transport != "websocket" {
			t.Errorf("%s: %+v", mode, r)
		}
	}
	return results
}
