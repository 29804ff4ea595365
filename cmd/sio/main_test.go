package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// output is a buffer that a running command writes to.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
	// lines receives every line as it is completed.
	lines chan string
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.b.Write(p)
	for {
		line, err := o.b.ReadString('\n')
		if err != nil {
			o.b.WriteString(line)
			return len(p), nil
		}
		o.lines <- line
	}
}

func newOutput() *output { return &output{lines: make(chan string, 1000)} }

func TestMistakes(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for args, want := range map[string]string{
		"":                                         "a command is missing",
		"dance":                                    `unknown command "dance"`,
		"serve --nope":                             "flag provided but not defined: -nope",
		"serve extra":                              `unexpected argument "extra"`,
		"serve --cors example.com":                 `"example.com" is not an origin`,
		"serve --cors https://a.example/x":         "without a path",
		"serve --transports polling,carrot":        `"carrot" is not a transport`,
		"serve --ping-interval -1s":                "negative",
		"serve --max-payload -1":                   "negative",
		"serve --ping-interval soon":               "invalid value",
		"serve --path nowhere":                     "begins with /",
		"serve --parser xml":                       "it is msgpack or json",
		"serve --recovery 5":                       "write it like 2m",
		"serve --addr 256.0.0.1:1":                 "--addr",
		"serve --addr " + busy.Addr().String():     "choose another one with --addr",
		"demo tag":                                 `unknown demo "tag": there are chat, push, collab, game`,
		"demo --nope":                              "see sio demo --help",
		"demo chat extra":                          `unexpected argument "extra"`,
		"demo chat --addr " + busy.Addr().String(): "address already in use",
	} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), strings.Fields(args), &stdout, &stderr)
		if code != 2 || !strings.Contains(stderr.String(), want) {
			t.Errorf("sio %s: exit code %d, %q; want 2 and %q", args, code, stderr.String(), want)
		}
	}
}

func TestHelp(t *testing.T) {
	for args, want := range map[string]string{
		"help":             "sio serve",
		"--help":           "sio serve",
		"serve --help":     "-max-payload bytes",
		"demo --help":      "chat, push, collab, game",
		"demo game --help": "-official-client",
	} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), strings.Fields(args), &stdout, &stderr); code != 0 || !strings.Contains(stdout.String(), want) {
			t.Errorf("sio %s: exit code %d\n%s%s", args, code, &stdout, &stderr)
		}
	}
}

// start runs a command and returns the address that it prints.
func start(t *testing.T, args ...string) (url string) {
	t.Helper()
	return startLogging(t, io.Discard, args...)
}

func startLogging(t *testing.T, stderr io.Writer, args ...string) (url string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	stdout, done := newOutput(), make(chan int, 1)
	go func() { done <- run(ctx, args, stdout, stderr) }()
	t.Cleanup(func() {
		cancel()
		if code := <-done; code != 0 {
			t.Errorf("exit code %d", code)
		}
	})
	select {
	case line := <-stdout.lines:
		url = line[strings.Index(line, "http://"):]
		return strings.Fields(url)[0]
	case <-time.After(10 * time.Second):
		t.Fatal("nothing printed")
		return ""
	}
}

func fetch(t *testing.T, method, url, body string) string {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestServe(t *testing.T) {
	base := start(t, "serve", "--addr", "127.0.0.1:0", "--path", "/io", "--echo", "--ping-interval", "30s", "--max-payload", "5000", "--transports", "polling")
	if !strings.HasSuffix(base, "/io/") {
		t.Errorf("printed %q", base)
	}
	open := fetch(t, "GET", base+"?EIO=4&transport=polling", "")
	if !strings.Contains(open, `"upgrades":[],"pingInterval":30000,"pingTimeout":20000,"maxPayload":5000`) {
		t.Errorf("handshake %s", open)
	}
	session := base + "?EIO=4&transport=polling&sid=" + open[9:29]
	fetch(t, "POST", session, "40")
	if got := fetch(t, "GET", session, ""); !strings.HasPrefix(got, `40{"sid":"`) {
		t.Errorf("CONNECT answered by %q", got)
	}
	for send, want := range map[string]string{
		`420["echo",1,"a"]`:  `430[1,"a"]`,
		`42["echo",{"a":1}]`: `42["echo",{"a":1}]`,
		`42["bcast",1,2]`:    `42["msg",1,2]`,
		`427["join","r"]`:    `437["ok"]`,
		`428["leave","r"]`:   `438["ok"]`,
		`429["join",{}]`:     `439[{"error":{"message":"join takes the name of a room"}}]`,
	} {
		fetch(t, "POST", session, send)
		if got := fetch(t, "GET", session, ""); got != want {
			t.Errorf("%s answered by %s, want %s", send, got, want)
		}
	}
	if got := fetch(t, "GET", base+"socket.io.min.js", ""); !strings.Contains(got, "socket") {
		t.Errorf("client file: %.40q", got)
	}
	fetch(t, "POST", session, "1")
}

func TestDemos(t *testing.T) {
	for _, args := range []string{"demo chat", "demo push", "demo collab", "demo game", "demo chat --official-client"} {
		t.Run(args, func(t *testing.T) {
			base := start(t, append(strings.Fields(args), "--addr", "127.0.0.1:0")...)
			if got := fetch(t, "GET", base, ""); !strings.Contains(got, "<!doctype html") {
				t.Errorf("page: %.60q", got)
			}
			client := fetch(t, "GET", base+"socket.io/socket.io.esm.min.js", "")
			if published := strings.Contains(client, "Guillermo Rauch"); published != strings.Contains(args, "official") {
				t.Errorf("client: %.100q", client)
			}
			license := fetch(t, "GET", base+"socket.io/LICENSE", "")
			if published := strings.Contains(license, "MIT License"); published != strings.Contains(args, "official") {
				t.Errorf("licence: %.100q", license)
			}
			open := fetch(t, "GET", base+"socket.io/?EIO=4&transport=polling", "")
			if !strings.HasPrefix(open, "0{") {
				t.Errorf("handshake: %q", open)
			}
			fetch(t, "POST", base+"socket.io/?EIO=4&transport=polling&sid="+open[9:29], "1")
		})
	}
}

func TestDemoLogsBadInput(t *testing.T) {
	log := newOutput()
	base := startLogging(t, log, "demo", "chat", "--addr", "127.0.0.1:0")
	open := fetch(t, "GET", base+"socket.io/?EIO=4&transport=polling", "")
	session := base + "socket.io/?EIO=4&transport=polling&sid=" + open[9:29]
	fetch(t, "POST", session, `40{"name":"Ada","token":"0123456789abcdef"}`)
	if got := fetch(t, "GET", session, ""); !strings.HasPrefix(got, `40{"sid":"`) {
		t.Fatalf("CONNECT answered by %q", got)
	}
	fetch(t, "POST", session, `42["join",7]`)
	select {
	case line := <-log.lines:
		if !strings.Contains(line, "event=join") || !strings.Contains(line, "invalid arguments") {
			t.Errorf("logged %s", line)
		}
	case <-time.After(10 * time.Second):
		t.Error("nothing logged")
	}
	fetch(t, "POST", session, "1")
}

func TestAllDemos(t *testing.T) {
	base := start(t, "demo", "--addr", "127.0.0.1:0", "--official-client")
	page := fetch(t, "GET", base, "")
	for _, name := range []string{"chat", "push", "collab", "game"} {
		if !strings.Contains(page, `href="`+name+`/"`) {
			t.Errorf("no link to %s", name)
		}
		if client := fetch(t, "GET", base+name+"/socket.io/socket.io.esm.min.js", ""); !strings.Contains(client, "Guillermo Rauch") {
			t.Errorf("%s: client: %.100q", name, client)
		}
	}
}

// TestServeOldAndRecovering serves clients of Socket.IO 2, and sockets with a pid.
func TestServeOldAndRecovering(t *testing.T) {
	base := start(t, "serve", "--addr", "127.0.0.1:0", "--eio3", "--recovery", "1m", "--compress", "--parser", "json")
	if open := fetch(t, "GET", base+"?EIO=3&transport=polling", ""); !strings.Contains(open, `:0{"sid":"`) {
		t.Errorf("handshake %s", open)
	}
	open := fetch(t, "GET", base+"?EIO=4&transport=polling", "")
	session := base + "?EIO=4&transport=polling&sid=" + open[9:29]
	fetch(t, "POST", session, `4{"type":0,"nsp":"/"}`)
	if got := fetch(t, "GET", session, ""); !strings.HasPrefix(got, `4{"type":0,"data":{"sid":"`) || !strings.Contains(got, `"pid":"`) {
		t.Errorf("CONNECT answered by %q", got)
	}
}
