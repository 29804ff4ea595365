package chat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/socketio-go/socketio/server"
)

const wait = 10 * time.Second

// testLogger shows what a server logs in the log of a test.
func testLogger(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// startChat serves a chat and returns where.
func startChat(t *testing.T) string {
	app := New(&server.Options{Logger: testLogger(t)})
	srv := httptest.NewServer(app)
	t.Cleanup(func() {
		if err := app.io.Close(); err != nil {
			t.Error(err)
		}
		srv.Close()
	})
	return srv.URL
}

// peer is a client that speaks the protocol by hand, over polling.
type peer struct {
	t       *testing.T
	url     string
	packets chan string // from the server, without pings
	kept    []string    // packets that were not what somebody waited for
	calls   int
}

// signIn connects somebody who must be admitted, and waits for the list of rooms,
// which is the last thing that comes by itself.
func signIn(t *testing.T, url, name string) *peer {
	t.Helper()
	p := dial(t, url, SignIn{Name: name, Token: tokenOf(name)})
	p.packet("40{")
	p.event("rooms", nil)
	return p
}

func tokenOf(name string) string { return "a secret of " + strings.Repeat(name, 4) }

// dial connects with some auth; what becomes of it is for the test to see.
func dial(t *testing.T, url string, auth any) *peer {
	t.Helper()
	p := &peer{t: t, url: url + "/socket.io/?EIO=4&transport=polling", packets: make(chan string, 1000)}
	open := p.get()
	var handshake struct{ Sid string }
	if err := json.Unmarshal([]byte(strings.TrimPrefix(open, "0")), &handshake); err != nil {
		t.Fatalf("handshake %q: %v", open, err)
	}
	p.url += "&sid=" + handshake.Sid
	go p.poll()
	p.post("40" + encode(auth))
	return p
}

// poll runs until the session is over.
func (p *peer) poll() {
	defer close(p.packets)
	for {
		body := p.get()
		if body == "" {
			return
		}
		for packet := range strings.SplitSeq(body, "\x1e") {
			switch packet {
			case "1":
				return
			case "2":
				p.post("3")
			case "6":
			default:
				p.packets <- packet
			}
		}
	}
}

// get is one poll, or "" when there is no session.
func (p *peer) get() string {
	res, err := http.Get(p.url)
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return ""
	}
	return string(body)
}

func (p *peer) post(packet string) {
	res, err := http.Post(p.url, "text/plain", bytes.NewBufferString(packet))
	if err != nil {
		p.t.Error(err)
		return
	}
	res.Body.Close()
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// packet waits for a packet that begins with the prefix, and keeps all others.
func (p *peer) packet(prefix string) string {
	p.t.Helper()
	if i := slices.IndexFunc(p.kept, func(packet string) bool { return strings.HasPrefix(packet, prefix) }); i >= 0 {
		packet := p.kept[i]
		p.kept = slices.Delete(p.kept, i, i+1)
		return packet
	}
	deadline := time.After(wait)
	for {
		select {
		case packet, ok := <-p.packets:
			switch {
			case !ok:
				p.t.Fatalf("closed while waiting for %q; there were %q", prefix, p.kept)
			case strings.HasPrefix(packet, prefix):
				return packet
			}
			p.kept = append(p.kept, packet)
		case <-deadline:
			p.t.Fatalf("waited too long for %q; there were %q", prefix, p.kept)
		}
	}
}

// event waits for an event and decodes its argument, unless dst is nil.
func (p *peer) event(name string, dst any) {
	p.t.Helper()
	prefix := fmt.Sprintf("42[%q,", name)
	raw := strings.TrimSuffix(strings.TrimPrefix(p.packet(prefix), prefix), "]")
	if dst == nil {
		return
	}
	if err := json.Unmarshal([]byte(raw), dst); err != nil {
		p.t.Fatalf("event %s: %v: %s", name, err, raw)
	}
}

// call emits an event and returns its acknowledgement: a JSON array.
func (p *peer) call(name string, arg any) string {
	p.t.Helper()
	p.calls++
	p.post(fmt.Sprintf("42%d[%q,%s]", p.calls, name, encode(arg)))
	prefix := fmt.Sprintf("43%d", p.calls)
	return strings.TrimPrefix(p.packet(prefix+"["), prefix)
}

// receipt posts a message and decodes the acknowledgement.
func (p *peer) receipt(d Draft) Receipt {
	p.t.Helper()
	ack := p.call("post", d)
	var list []*Receipt
	if err := json.Unmarshal([]byte(ack), &list); err != nil || len(list) != 1 || list[0].At == 0 {
		p.t.Fatalf("post: %s", ack)
	}
	return *list[0]
}

// saw reports whether a packet with that prefix has come so far. Events and
// acknowledgements arrive in the order in which the server sends them, so after a
// call everything sent before its acknowledgement is here.
func (p *peer) saw(prefix string) bool {
	for len(p.packets) > 0 {
		p.kept = append(p.kept, <-p.packets)
	}
	return slices.ContainsFunc(p.kept, func(packet string) bool { return strings.HasPrefix(packet, prefix) })
}
