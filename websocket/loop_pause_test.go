package websocket

import (
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/socketio-go/socketio/internal/evloop"
)

// Every message stops the reading, and every time somebody else lets it go on at
// once: in the middle of what was read with it.
func TestTCPPauseInMessage(t *testing.T) {
	const n = 3000
	eachTCPRole(t, nil, func(t *testing.T, c *Conn, peer *tcpPeer) {
		resume := make(chan bool, n)
		var next, paused atomic.Int32
		h := serve(t, c, func(c *Conn, _ MessageType, p []byte) {
			if got := string(p); got != strconv.Itoa(int(next.Load())) {
				t.Errorf("%s comes instead of %d", got, next.Load())
			}
			if paused.Load() > 0 {
				t.Error("Message begins while the connection is paused")
			}
			next.Add(1)
			paused.Store(1)
			c.Pause()
			resume <- true
		})
		go func() {
			for range n {
				<-resume
				paused.Store(0)
				c.Resume()
			}
			c.Close(1000, "")
		}()
		var stream []byte
		for i := range n {
			stream = append(stream, peer.frame(0x81, strconv.Itoa(i))...)
		}
		peer.send(stream)
		peer.wantClose(1000)
		peer.Close()
		h.end()
		if next.Load() != n {
			t.Errorf("%d messages", next.Load())
		}
	})
}

// The pause ends at any moment, also between the end of a batch and the next
// look at the network.
func TestTCPResumeAtAnyMoment(t *testing.T) {
	const n = 1000
	eachTCPRole(t, nil, func(t *testing.T, c *Conn, peer *tcpPeer) {
		var next atomic.Int32
		h := serve(t, c, func(c *Conn, _ MessageType, _ []byte) {
			c.Pause()
			next.Add(1)
		})
		go func() {
			stream := []byte(strings.Repeat(string(peer.frame(0x81, "")), n))
			for part := range slices.Chunk(stream, 50) {
				peer.send(part)
			}
		}()
		for seen := int32(0); seen < n; seen++ {
			for start := time.Now(); next.Load() == seen; runtime.Gosched() {
				if time.Since(start) > patience {
					t.Fatalf("message %d does not come", seen)
				}
			}
			for range seen * 7 % 3001 { // which takes a moment
				next.Load()
			}
			c.Resume()
		}
		must(t, c.CloseNow())
		h.end()
	})
}

// lender is a source that lends its turn.
type lender func(turn *evloop.Turn)

func (f lender) Ready(*evloop.Turn, evloop.Event) {}
func (f lender) Overdue()                         {}
func (f lender) Resume(turn *evloop.Turn)         { f(turn) }

// The same, step by step.
func TestLoopResumeBehindTheBatch(t *testing.T) {
	if !evloop.Available {
		t.Skip("there are no loops")
	}
	eachTCPRole(t, nil, func(t *testing.T, c *Conn, peer *tcpPeer) {
		got := make(chan string, 1)
		h := serve(t, c, func(_ *Conn, _ MessageType, p []byte) { got <- string(p) })
		evloop.Detach(lender(func(turn *evloop.Turn) {
			c.mu.Lock()
			c.reading = true
			c.mu.Unlock()
			c.Pause()
			if !c.holdsBack() {
				t.Error("nothing is held back")
			}
			c.hold(turn, borrow(turn, c), peer.frame(0x81, "held back"))
			c.Resume()
			if c.readOn(turn, false) {
				c.process(turn)
			}
		}))
		if s := await(t, "the message", got); s != "held back" {
			t.Errorf("received %q", s)
		}
		must(t, c.CloseNow())
		h.end()
	})
}

// What arrives in the middle of a message while nobody reads belongs to that message.
func TestLoopPauseInTheMiddleOfAMessage(t *testing.T) {
	eachTCPRole(t, nil, func(t *testing.T, c *Conn, peer *tcpPeer) {
		got := make(chan string, 1)
		h := serve(t, c, func(_ *Conn, _ MessageType, p []byte) { got <- string(p) })
		message := peer.frame(0x01, "in the ")
		end := peer.frame(0x80, "middle")
		peer.send(append(message, end[:3]...))
		eventually(t, "a message is unfinished", func() bool { return swallowed(c) })
		c.Pause()
		peer.send(end[3:])
		eventually(t, "the loop has news", func() bool {
			c.mu.Lock()
			defer c.mu.Unlock()
			return !c.onLoop || c.again
		})
		c.Resume()
		if s := await(t, "the message", got); s != "in the middle" {
			t.Errorf("received %q", s)
		}
		must(t, c.CloseNow())
		h.end()
	})
}

func TestTCPPauseFromOutside(t *testing.T) {
	const n = 5000
	eachTCPRole(t, nil, func(t *testing.T, c *Conn, peer *tcpPeer) {
		done := make(chan bool)
		next := 0
		h := serve(t, c, func(c *Conn, _ MessageType, p []byte) {
			if string(p) != strconv.Itoa(next) {
				t.Errorf("%s comes instead of %d", p, next)
			}
			if next++; next == n {
				close(done)
			}
		})
		stop := make(chan bool)
		stopped := make(chan bool)
		go func() {
			defer close(stopped)
			for {
				select {
				case <-stop:
					return
				default:
					c.Pause()
					runtime.Gosched()
					c.Resume()
					time.Sleep(10 * time.Microsecond) // so that the lock is free for a while
				}
			}
		}()
		go func() {
			var stream []byte
			for i := range n {
				stream = append(stream, peer.frame(0x81, strconv.Itoa(i))...)
			}
			for part := range slices.Chunk(stream, 777) {
				peer.send(part)
			}
		}()
		await(t, "the last message", done)
		close(stop)
		<-stopped
		must(t, c.CloseNow())
		h.end()
	})
}

func TestTCPPausePushesBack(t *testing.T) {
	eachTCPRole(t, nil, func(t *testing.T, c *Conn, peer *tcpPeer) {
		got := make(chan bool, 1000)
		c.Pause()
		h := serve(t, c, func(*Conn, MessageType, []byte) { got <- true })
		message := peer.frame(0x82, pattern(64<<10))
		sent := 0
		for ; ; sent++ {
			must(t, peer.SetWriteDeadline(time.Now().Add(100*time.Millisecond)))
			n, err := peer.Write(message)
			if err != nil {
				message = message[n:]
				break
			}
		}
		if len(got) > 0 {
			t.Error("Message is called while the connection is paused")
		}
		c.Resume()
		must(t, peer.SetWriteDeadline(time.Now().Add(patience)))
		peer.send(message)
		for range sent + 1 {
			await(t, "a message", got)
		}
		must(t, c.CloseNow())
		h.end()
	})
}

func TestTCPEndWhilePaused(t *testing.T) {
	for name, end := range map[string]func(c *Conn, p *tcpPeer){
		"end":   func(c *Conn, p *tcpPeer) { p.CloseWrite() },
		"close": func(c *Conn, p *tcpPeer) { p.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			eachTCPRole(t, nil, func(t *testing.T, c *Conn, peer *tcpPeer) {
				got := make(chan string, 10)
				h := serve(t, c, func(c *Conn, _ MessageType, p []byte) {
					if string(p) == "1" {
						c.Pause()
					}
					got <- string(p)
				})
				peer.send(peer.frame(0x81, "1"), peer.frame(0x81, "2"))
				await(t, "a message", got)
				peer.text("3")
				end(c, peer)
				c.Resume()
				wantIs(t, h.end(), io.ErrUnexpectedEOF)
				if a, b := await(t, "a message", got), await(t, "a message", got); a+b != "23" {
					t.Errorf("received %s, %s", a, b)
				}
			})
		})
	}
}

func TestTCPResetWhilePaused(t *testing.T) {
	eachTCPRole(t, nil, func(t *testing.T, c *Conn, peer *tcpPeer) {
		c.Pause()
		h := serve(t, c, nil)
		peer.text("not wanted")
		peer.reset()
		eventually(t, "writing fails", func() bool { return c.Write(Text, nil) != nil })
		if err := h.end(); err == nil || errors.Is(err, net.ErrClosed) {
			t.Errorf("Closed got %v", err)
		}
	})
}

// Closing overrides the pause: what is left is dropped, but for the close frame.
func TestTCPCloseWhilePaused(t *testing.T) {
	for i := range 50 {
		c, peer := connect(t, i%2 == 0, nil, nil)
		paused := make(chan bool)
		h := serve(t, c, func(c *Conn, _ MessageType, p []byte) {
			if string(p) != "1" {
				t.Errorf("received %q", p)
			}
			c.Pause()
			close(paused)
		})
		peer.send(peer.frame(0x81, "1"), peer.frame(0x81, "dropped"), peer.frame(0x88, "\x03\xe9"))
		await(t, "a message", paused)
		must(t, c.Close(1000, ""))
		peer.wantClose(1000)
		if c.client {
			peer.Close()
		}
		err := h.end()
		wantIs(t, err, net.ErrClosed)
		wantCloseError(t, err, 1001, "")
	}
}

func TestTCPPausedAtServe(t *testing.T) {
	for _, client := range []bool{true, false} {
		c, peer := connect(t, client, nil, func(p *tcpPeer) []byte {
			return slices.Concat(p.frame(0x81, "0"), p.frame(0x81, "1"), p.frame(0x81, "2")[:2])
		})
		c.Pause()
		got := make(chan string, 10)
		h := serve(t, c, func(_ *Conn, _ MessageType, p []byte) { got <- string(p) })
		peer.send(peer.frame(0x81, "2")[2:])
		if len(got) > 0 {
			t.Error("Message is called while the connection is paused")
		}
		c.Resume()
		for i := range 3 {
			if s := await(t, "a message", got); s != fmt.Sprint(i) {
				t.Errorf("received %q", s)
			}
		}
		must(t, c.CloseNow())
		h.end()
	}
}

// A call that was released can pause the connection before it is overtaken.
func TestTCPPauseInReleasedCall(t *testing.T) {
	eachTCPRole(t, nil, func(t *testing.T, c *Conn, peer *tcpPeer) {
		got, let := make(chan string, 10), make(chan bool)
		h := newProbe(t, func(c *Conn, _ MessageType, p []byte) {
			if string(p) != "1" {
				got <- string(p)
				return
			}
			c.Pause()
			if call, ok := c.Release(); ok {
				eventually(t, "the call is overdue", call.Overtaken)
			}
			got <- "1"
			await(t, "permission", let)
		})
		h.overlaps = true
		c.Serve(h)
		peer.send(peer.frame(0x81, "1"), peer.frame(0x81, "2"))
		await(t, "a message", got)
		peer.text("3")
		for range 50 {
			time.Sleep(time.Millisecond)
			if len(got) > 0 {
				t.Fatalf("%s is delivered while the connection is paused", <-got)
			}
		}
		c.Resume()
		let <- true
		for _, want := range []string{"2", "3"} {
			if s := await(t, "a message", got); s != want {
				t.Errorf("received %q", s)
			}
		}
		must(t, c.CloseNow())
		h.end()
	})
}
