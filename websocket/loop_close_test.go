package websocket

import (
	"errors"
	"io"
	"net"
	"slices"
	"testing"
	"time"
)

func TestTCPPeerCloses(t *testing.T) {
	for payload, code := range map[string]StatusCode{"": StatusNoStatus, "\x03\xe9": 1001, "\x0f\xa0bye": 4000} {
		eachTCPRole(t, nil, func(t *testing.T, c *Conn, peer *tcpPeer) {
			h := serve(t, c, nil)
			peer.send(peer.frame(0x81, "last"), peer.frame(0x88, payload), peer.frame(0x81, "late"))
			peer.want(0x88, payload[:min(2, len(payload))])
			if c.client {
				peer.Close()
			} else {
				peer.wantEnd()
			}
			reason := ""
			if len(payload) > 2 {
				reason = payload[2:]
			}
			wantCloseError(t, h.end(), code, reason)
			wantIs(t, c.Write(Text, nil), net.ErrClosed)
		})
	}
}

func TestTCPEndWithoutCloseFrame(t *testing.T) {
	for name, end := range map[string]func(p *tcpPeer){
		"half-closed": func(p *tcpPeer) { p.CloseWrite() },
		"closed":      func(p *tcpPeer) { p.Close() },
		"in a frame":  func(p *tcpPeer) { p.send(p.frame(0x81, "abc")[:4]); p.CloseWrite() },
		"reset":       func(p *tcpPeer) { p.reset() },
	} {
		t.Run(name, func(t *testing.T) {
			eachTCPRole(t, nil, func(t *testing.T, c *Conn, peer *tcpPeer) {
				got := make(chan string, 10)
				h := serve(t, c, func(_ *Conn, _ MessageType, p []byte) { got <- string(p) })
				peer.text("first")
				await(t, "a message", got)
				if name != "reset" {
					peer.text("last")
				}
				end(peer)
				err := h.end()
				if name != "reset" {
					wantIs(t, err, io.ErrUnexpectedEOF)
					if s := await(t, "the last message", got); s != "last" {
						t.Errorf("received %q", s)
					}
				}
				if err == nil || errors.Is(err, net.ErrClosed) {
					t.Errorf("Closed got %v", err)
				}
				must(t, c.CloseNow())
				must(t, c.Close(1000, ""))
			})
		})
	}
}

// A peer that has ended its direction can still read.
func TestTCPHalfClosedPeerGetsTheRest(t *testing.T) {
	const size = 1 << 20
	eachTCPRole(t, nil, func(t *testing.T, c *Conn, peer *tcpPeer) {
		h := serve(t, c, nil)
		must(t, c.Write(Binary, []byte(pattern(size))))
		must(t, c.Write(Text, []byte("more")))
		peer.send(peer.frame(0x88, ""))
		must(t, peer.CloseWrite())
		peer.want(0x82, pattern(size))
		peer.want(0x81, "more")
		peer.want(0x88, "")
		peer.wantEnd()
		wantCloseError(t, h.end(), StatusNoStatus, "")
	})
}

func TestTCPCloseTimeout(t *testing.T) {
	for name, prepare := range map[string]func(c *Conn, p *tcpPeer){
		"peer is silent":       func(c *Conn, p *tcpPeer) {},
		"peer does not read":   func(c *Conn, p *tcpPeer) { c.Write(Binary, make([]byte, 1<<20)) },
		"peer ended, no reads": func(c *Conn, p *tcpPeer) { c.Write(Binary, make([]byte, 1<<20)); p.CloseWrite() },
		"paused":               func(c *Conn, p *tcpPeer) { c.Pause(); p.text("not wanted") },
	} {
		t.Run(name, func(t *testing.T) {
			eachTCPRole(t, &Options{CloseTimeout: 20 * time.Millisecond}, func(t *testing.T, c *Conn, peer *tcpPeer) {
				h := serve(t, c, nil)
				prepare(c, peer)
				must(t, c.Close(1000, ""))
				if err := h.end(); name != "peer ended, no reads" {
					wantIs(t, err, net.ErrClosed)
				}
			})
		})
	}
}

func TestTCPViolations(t *testing.T) {
	for name, c := range map[string]struct {
		code  StatusCode
		frame func(p *tcpPeer) []byte
	}{
		"protocol": {1002, func(p *tcpPeer) []byte { return p.frame(0x83, "") }},
		"mask":     {1002, func(p *tcpPeer) []byte { return wire(0x81, !p.masks, "") }},
		"text":     {1007, func(p *tcpPeer) []byte { return p.frame(0x81, "\xff") }},
		"size":     {1009, func(p *tcpPeer) []byte { return p.frame(0x82, pattern(101)) }},
		"sum":      {1009, func(p *tcpPeer) []byte { return slices.Concat(p.frame(0x02, pattern(60)), p.frame(0x80, pattern(60))) }},
	} {
		t.Run(name, func(t *testing.T) {
			eachTCPRole(t, &Options{MaxMessage: 100}, func(t *testing.T, conn *Conn, peer *tcpPeer) {
				h := serve(t, conn, echoes)
				peer.send(peer.frame(0x81, "good"), c.frame(peer), peer.frame(0x81, "late"))
				peer.want(0x81, "good")
				peer.wantClose(c.code)
				peer.wantEnd()
				peer.send(peer.frame(0x89, "ignored"))
				peer.Close()
				var v *violation
				if err := h.end(); !errors.As(err, &v) || v.code != c.code {
					t.Errorf("Closed got %v", err)
				}
			})
		})
	}
}

func TestTCPCloseNow(t *testing.T) {
	for name, end := range map[string]func(c *Conn, p *tcpPeer){
		"idle":   func(c *Conn, p *tcpPeer) { c.CloseNow() },
		"stuck":  func(c *Conn, p *tcpPeer) { c.Write(Binary, make([]byte, 1<<20)); c.CloseNow() },
		"paused": func(c *Conn, p *tcpPeer) { c.Pause(); c.CloseNow() },
		"paused with data": func(c *Conn, p *tcpPeer) {
			c.Pause()
			p.text("not wanted")
			c.CloseNow()
		},
		"closing":      func(c *Conn, p *tcpPeer) { c.Close(1000, ""); c.CloseNow() },
		"with a reset": func(c *Conn, p *tcpPeer) { p.reset(); c.CloseNow() },
	} {
		t.Run(name, func(t *testing.T) {
			eachTCPRole(t, nil, func(t *testing.T, c *Conn, peer *tcpPeer) {
				h := serve(t, c, nil)
				end(c, peer)
				if n := c.Buffered(); n != 0 {
					t.Errorf("%d bytes are buffered", n)
				}
				if err := h.end(); name != "with a reset" {
					wantIs(t, err, net.ErrClosed)
				}
				wantIs(t, c.WritePrepared(Prepare(Text, nil), Prepare(Text, nil)), net.ErrClosed)
			})
		})
	}
}

func TestTCPEndsBeforeServe(t *testing.T) {
	full := func(c *Conn) { c.Write(Binary, make([]byte, 1<<20)) } // somebody is writing at Serve
	for name, end := range map[string]func(c *Conn){
		"Close":          func(c *Conn) { c.Close(1000, "") },
		"CloseNow":       func(c *Conn) { c.CloseNow() },
		"full, CloseNow": func(c *Conn) { full(c); c.CloseNow() },
		"full, Close":    func(c *Conn) { full(c); c.Close(1000, "") },
	} {
		t.Run(name, func(t *testing.T) {
			eachTCPRole(t, &Options{CloseTimeout: 20 * time.Millisecond}, func(t *testing.T, c *Conn, peer *tcpPeer) {
				end(c)
				wantIs(t, serve(t, c, nil).end(), net.ErrClosed)
			})
		})
	}
}

func TestTCPEndsWhileServeWaitsForTheWriter(t *testing.T) {
	for name, end := range map[string]func(c *Conn, p *tcpPeer){
		"CloseNow": func(c *Conn, p *tcpPeer) { c.CloseNow() },
		"timeout":  func(c *Conn, p *tcpPeer) { c.Close(1000, "") },
		"reset":    func(c *Conn, p *tcpPeer) { p.reset() },
		"handshake": func(c *Conn, p *tcpPeer) {
			c.mu.Lock()
			c.closeTimeout = patience
			c.mu.Unlock()
			c.Close(1000, "")
			p.want(0x82, string(make([]byte, 1<<20)))
			p.wantClose(1000)
			p.send(p.frame(0x88, "\x03\xe8"))
			p.CloseWrite()
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachTCPRole(t, &Options{CloseTimeout: 20 * time.Millisecond}, func(t *testing.T, c *Conn, peer *tcpPeer) {
				must(t, c.Write(Binary, make([]byte, 1<<20)))
				h := serve(t, c, nil)
				end(c, peer)
				if err := h.end(); name != "reset" {
					wantIs(t, err, net.ErrClosed)
				}
			})
		})
	}
}

// The peer's side: what comes while the first writes are stuck is handled.
func TestTCPReadsWhileTheFirstWriteIsStuck(t *testing.T) {
	eachTCPRole(t, nil, func(t *testing.T, c *Conn, peer *tcpPeer) {
		must(t, c.Write(Binary, []byte(pattern(1<<20))))
		got := make(chan string, 1)
		h := serve(t, c, func(_ *Conn, _ MessageType, p []byte) { got <- string(p) })
		peer.text("hello")
		await(t, "the message", got)
		peer.want(0x82, pattern(1<<20))
		must(t, c.CloseNow())
		h.end()
	})
}

// CloseNow has marked the connection, but not yet closed the socket.
func TestTCPServeInTheMiddleOfCloseNow(t *testing.T) {
	eachTCPRole(t, nil, func(t *testing.T, c *Conn, peer *tcpPeer) {
		c.mu.Lock()
		c.failLocked(&closedHere{})
		nc := c.nc
		c.mu.Unlock()
		h := serve(t, c, nil)
		nc.Close()
		wantIs(t, h.end(), net.ErrClosed)
	})
}

func TestTCPCloseNowRacesWithServe(t *testing.T) {
	for i := range 100 {
		c, _ := connect(t, i%2 == 0, nil, nil)
		if i%4 < 2 {
			c.Write(Text, []byte("so that a goroutine writes"))
		}
		go c.CloseNow()
		wantIs(t, serve(t, c, nil).end(), net.ErrClosed)
	}
}

func TestTCPCloseFromMessage(t *testing.T) {
	for name, end := range map[string]func(c *Conn){
		"Close":    func(c *Conn) { c.Close(4000, "") },
		"CloseNow": func(c *Conn) { c.CloseNow() },
	} {
		t.Run(name, func(t *testing.T) {
			eachTCPRole(t, nil, func(t *testing.T, c *Conn, peer *tcpPeer) {
				calls := 0
				h := serve(t, c, func(c *Conn, _ MessageType, _ []byte) {
					calls++
					c.Write(Text, []byte("before"))
					end(c)
				})
				peer.send(peer.frame(0x81, "1"), peer.frame(0x81, "2"), peer.frame(0x89, "3"))
				if name == "Close" {
					peer.want(0x81, "before")
					peer.wantClose(4000)
					peer.send(peer.frame(0x81, "4"), peer.frame(0x88, "\x0f\xa0"))
				}
				peer.CloseWrite()
				wantIs(t, h.end(), net.ErrClosed)
				if calls != 1 {
					t.Errorf("Message was called %d times", calls)
				}
			})
		})
	}
}
