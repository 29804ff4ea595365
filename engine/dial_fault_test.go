package engine

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio/internal/memnet"
	"github.com/socketio-go/socketio/websocket"
)

func newJar(t *testing.T) http.CookieJar {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return jar
}

func mustParse(t *testing.T, s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// rawServer says its lines and nothing else.
type rawServer struct {
	mute   bool                      // sends nothing after the handshake
	frames []string                  // that it sends on WebSocket, after the 101
	answer func(frame string) string // to a frame; "" is none, "close" the end
	end    bool                      // it closes after its frames
}

const handshakePacket = `0{"sid":"abcdefghijklmnopqrst","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`

func (s *rawServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if isUpgrade(r) {
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		c.Serve(s)
		frames := s.frames
		if frames == nil {
			frames = []string{handshakePacket}
		}
		for _, f := range frames {
			_ = c.Write(websocket.Text, []byte(f))
		}
		if s.end {
			_ = c.Close(0, "")
		}
		return
	}
	if r.URL.Query().Get("sid") == "" {
		_, _ = w.Write([]byte(handshakePacket))
		return
	}
	if r.Method == http.MethodPost {
		_, _ = w.Write([]byte("ok"))
		return
	}
	<-r.Context().Done()
}

func (s *rawServer) Message(c *websocket.Conn, _ websocket.MessageType, p []byte) {
	if s.answer == nil {
		return
	}
	switch a := s.answer(string(p)); a {
	case "":
	case "close":
		_ = c.Close(0, "")
	default:
		_ = c.Write(websocket.Text, []byte(a))
	}
}

func (s *rawServer) Closed(*websocket.Conn, error) {}

// scripted runs f with such a server.
func scripted(t *testing.T, change func(s *rawServer), f func(t *testing.T, ln *memnet.Listener)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ln, s := memnet.Listen(), new(rawServer)
		change(s)
		hs := &http.Server{Handler: s}
		go func() { _ = hs.Serve(ln) }()
		t.Cleanup(func() {
			_ = hs.Close()
			time.Sleep(time.Minute)
		})
		f(t, ln)
	})
}

// A server that dies at the handshake, in every way.
func TestDialHandshakeFails(t *testing.T) {
	for _, transport := range []string{Polling, WebSocket} {
		for name, fail := range failures {
			t.Run(transport+"/"+name, func(t *testing.T) {
				faults(t, fail, func(t *testing.T, ln *memnet.Listener) {
					start := time.Now()
					c, err := dialOver(t, ln, DialOptions{Transports: []string{transport}})
					if err == nil {
						c.CloseNow()
						t.Fatal("there is a session")
					}
					if late := time.Since(start); late > 0 && name != "silence" {
						t.Errorf("after %v: %v", late, err)
					}
				})
			})
		}
	}
	open := func(change func(m map[string]any)) string {
		var m map[string]any
		if err := json.Unmarshal([]byte(handshakePacket[1:]), &m); err != nil {
			t.Fatal(err)
		}
		change(m)
		b, _ := json.Marshal(m)
		return "0" + string(b)
	}
	for name, frames := range map[string][]string{
		"no id":       {open(func(m map[string]any) { delete(m, "sid") })},
		"no interval": {open(func(m map[string]any) { m["pingInterval"] = 0 })},
		"no timeout":  {open(func(m map[string]any) { m["pingTimeout"] = -5 })},
		"no JSON":     {"0{"},
		"other":       {"4hello"},
		"nothing":     {""},
		"end":         {},
	} {
		t.Run("packet/"+name, func(t *testing.T) {
			scripted(t, func(s *rawServer) { s.frames, s.end = frames, true }, func(t *testing.T, ln *memnet.Listener) {
				if c, err := dialOver(t, ln, DialOptions{Transports: []string{WebSocket}}); err == nil {
					c.CloseNow()
					t.Error("there is a session")
				}
			})
		})
	}
}

// A server that dies after the handshake, at a GET or at a POST.
func TestDialPollingFails(t *testing.T) {
	for _, method := range []string{"GET", "POST"} {
		for name, fail := range failures {
			if method == "POST" && (name == "garbage" || name == "empty") {
				continue // nobody looks at the body of that answer
			}
			t.Run(method+"/"+name, func(t *testing.T) {
				broken := false
				first := func(w http.ResponseWriter, r *http.Request) bool {
					return broken && r.Method == method && fail(w, r)
				}
				faults(t, first, func(t *testing.T, ln *memnet.Listener) {
					c, err := dialOver(t, ln, DialOptions{DisableUpgrades: true})
					if err != nil {
						t.Fatal(err)
					}
					synctest.Wait()
					broken = true
					_ = c.Send(text("echo")) // makes the pending GET return, and the next one or the POST fail
					if name != "silence" {
						c.wantEnd(TransportError)
						return
					}
					time.Sleep(66 * time.Second) // the echo has put the timeout off
					if method == "GET" {
						c.wantEnd(PingTimeout)
					} else {
						c.wantEnd(TransportClose) // the server has waited in vain for a pong
					}
				})
			})
		}
	}
}

// A GET that fails once is not repeated in silence: its answer may have had messages
// in it.
func TestDialDoesNotRepeatAFailedGET(t *testing.T) {
	failed := 0
	var bodies []int64
	first := func(w http.ResponseWriter, r *http.Request) bool {
		bodies = append(bodies, r.ContentLength+int64(len(r.TransferEncoding)))
		if r.URL.Query().Get("sid") == "" || r.Method != "GET" {
			return false
		}
		failed++
		return failed == 2 && failures["reset"](w, r)
	}
	faults(t, first, func(t *testing.T, ln *memnet.Listener) {
		c, err := dialOver(t, ln, DialOptions{DisableUpgrades: true})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := fmt.Sprint(bodies); got != "[0 0]" {
			t.Errorf("the GETs have bodies: %s", got)
		}
		_ = c.Send(text("echo"))
		c.wantEnd(TransportError)
	})
}

// An upgrade that fails leaves the session where it is, and nothing is lost.
func TestDialUpgradeFails(t *testing.T) {
	steps := map[string]func(w http.ResponseWriter, r *http.Request) bool{
		"answer to the probe": func(w http.ResponseWriter, r *http.Request) bool {
			(&rawServer{frames: []string{}, answer: func(string) string { return "3nonsense" }}).ServeHTTP(w, r)
			return true
		},
		"no answer": func(w http.ResponseWriter, r *http.Request) bool {
			(&rawServer{frames: []string{}}).ServeHTTP(w, r)
			return true
		},
		"end at the probe": func(w http.ResponseWriter, r *http.Request) bool {
			(&rawServer{frames: []string{}, answer: func(string) string { return "close" }}).ServeHTTP(w, r)
			return true
		},
	}
	for name, fail := range failures {
		steps["handshake "+name] = fail
	}
	for name, fail := range steps {
		t.Run(name, func(t *testing.T) {
			first := func(w http.ResponseWriter, r *http.Request) bool { return isUpgrade(r) && fail(w, r) }
			faults(t, first, func(t *testing.T, ln *memnet.Listener) {
				c, err := dialOver(t, ln, DialOptions{})
				if err != nil {
					t.Fatal(err)
				}
				var want []string
				for i := range 30 {
					want = append(want, fmt.Sprintf("echo %d", i))
					if err := c.Send(text(want[i])); err != nil {
						t.Fatal(err)
					}
					time.Sleep(time.Second)
				}
				c.wantOpen(Polling)
				if got := c.received(); got != strings.Join(want, ",") {
					t.Errorf("received %q", got)
				}
				c.Close()
				c.wantEnd(ForcedClose)
			})
		})
	}
}

// The server never lets the pending GET go, so that the last step cannot be made.
// What is sent meanwhile waits, and then goes the old way.
func TestDialUpgradeIsGivenUpAtItsLastStep(t *testing.T) {
	first := func(w http.ResponseWriter, r *http.Request) bool {
		if isUpgrade(r) {
			answer := func(string) string {
				time.Sleep(time.Millisecond) // until the GET is pending
				return "3probe"
			}
			(&rawServer{frames: []string{}, answer: answer}).ServeHTTP(w, r)
		}
		return isUpgrade(r)
	}
	faults(t, first, func(t *testing.T, ln *memnet.Listener) {
		c, err := dialOver(t, ln, DialOptions{})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		_ = c.Send(text("echo 1"))
		time.Sleep(10*time.Second - 2*time.Millisecond)
		if got := c.received(); got != "" {
			t.Errorf("received %q", got)
		}
		time.Sleep(3 * time.Millisecond)
		if got := c.received(); got != "echo 1" {
			t.Errorf("received %q", got)
		}
		c.wantOpen(Polling)
	})
}

// A session that ends in the middle of its upgrade takes the probe with it.
func TestDialEndsDuringUpgrade(t *testing.T) {
	for name, answer := range map[string]string{"probing": "", "waiting for the GET": "3probe"} {
		for _, how := range []func(c *Client){(*Client).Close, (*Client).CloseNow} {
			t.Run(name, func(t *testing.T) {
				scripted(t, func(s *rawServer) { s.frames, s.answer = []string{}, func(string) string { return answer } },
					func(t *testing.T, ln *memnet.Listener) {
						c, err := dialOver(t, ln, DialOptions{})
						if err != nil {
							t.Fatal(err)
						}
						synctest.Wait()
						how(c.Client)
						c.wantEnd(ForcedClose)
					})
			})
		}
	}
}

// The connection dies right after the last step: then it is the session's.
func TestDialDiesAfterUpgrade(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, x *fixture) {
		c := x.dialClient(DialOptions{})
		x.last().session.cut()
		c.wantEnd(TransportClose)
	})
}

func TestDialBadPackets(t *testing.T) {
	for _, frame := range []string{"", "7", "x", "b!"} {
		t.Run(frame, func(t *testing.T) {
			bubble(t, Options{}, func(t *testing.T, x *fixture) {
				for _, d := range []DialOptions{{DisableUpgrades: true}, {Transports: []string{WebSocket}}} {
					c := x.dialClient(d)
					_ = x.last().session.Send(control(frame))
					c.wantEnd(TransportError)
				}
			})
		})
	}
	t.Run("harmless", func(t *testing.T) {
		bubble(t, Options{}, func(t *testing.T, x *fixture) {
			c := x.dialClient(DialOptions{Transports: []string{WebSocket}})
			for _, frame := range []string{"0{}", "3", "5", "6", "4ok", "bAQI="} {
				_ = x.last().session.Send(control(frame))
			}
			if got := c.received(); got != "ok,x0102" {
				t.Errorf("received %q", got)
			}
			c.wantOpen(WebSocket)
		})
	})
}

func TestDialLimitsWhatItReads(t *testing.T) {
	dialModesOf(t, Options{}, func(t *testing.T, x *fixture, mode string, d DialOptions) {
		d.MaxPayload = 1000
		c := x.dialClient(d)
		_ = x.last().session.Send(text(strings.Repeat("x", 900)))
		c.wantOpen(c.Transport())
		_ = x.last().session.Send(text(strings.Repeat("x", 1001)))
		c.wantEnd(TransportError)
	})
}
