package websocket

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio/internal/memnet"
)

func TestCloseHandshake(t *testing.T) {
	for _, c := range []struct {
		code   StatusCode
		reason string
		seen   StatusCode
	}{
		{StatusNormalClosure, "", 1000},
		{StatusGoingAway, "shutting down", 1001},
		{4999, strings.Repeat("é", 61) + "x", 4999},
		{0, "", StatusNoStatus},
		{StatusNoStatus, "", StatusNoStatus},
	} {
		eachRole(t, nil, func(t *testing.T, near, far *Conn) {
			here, there := record(near), record(far)
			start := time.Now()
			must(t, near.Close(c.code, c.reason))
			wantIs(t, near.Write(Text, nil), net.ErrClosed)
			must(t, near.Close(c.code, c.reason))

			err := here.outcome(t)
			wantIs(t, err, net.ErrClosed)
			wantCloseError(t, err, c.seen, "")
			err = there.outcome(t)
			wantCloseError(t, err, c.seen, c.reason)
			if errors.Is(err, net.ErrClosed) {
				t.Errorf("the peer's close looks like our own: %v", err)
			}
			if here.at != start || there.at != start {
				t.Error("the closing handshake waited for a timeout")
			}
		})
	}
}

func TestCloseFromBothSides(t *testing.T) {
	eachRole(t, nil, func(t *testing.T, near, far *Conn) {
		here, there := record(near), record(far)
		go near.Close(3001, "near")
		go far.Close(3002, "far")
		for _, err := range []error{here.outcome(t), there.outcome(t)} {
			var closed *CloseError
			if !errors.As(err, &closed) {
				t.Errorf("Closed got %v", err)
			}
		}
	})
}

func TestCloseFlushesWhatWasQueued(t *testing.T) {
	eachRole(t, nil, func(t *testing.T, near, far *Conn) {
		here := record(near)
		for range 10 {
			must(t, near.Write(Binary, make([]byte, pairBuffer)))
		}
		must(t, near.Close(1000, "done"))
		here.wantOpen(t)
		there := record(far)
		wantCloseError(t, there.outcome(t), 1000, "done")
		wantIs(t, here.outcome(t), net.ErrClosed)
		if got := len(there.messages()); got != 10 {
			t.Errorf("%d messages", got)
		}
	})
}

func TestCloseTimeout(t *testing.T) {
	for name, prepare := range map[string]func(c *Conn){
		"peer does not answer": func(c *Conn) {},
		"peer does not read":   func(c *Conn) { c.Write(Binary, make([]byte, 10*pairBuffer)) },
		"paused":               func(c *Conn) { c.Pause() },
	} {
		t.Run(name, func(t *testing.T) {
			eachRoleRaw(t, &Options{CloseTimeout: 3 * time.Second}, func(t *testing.T, c *Conn, peer *rawPeer) {
				rec := record(c)
				prepare(c)
				start := time.Now()
				must(t, c.Close(1000, ""))
				peer.send(peer.frame(0x81, "dropped"))
				time.Sleep(3*time.Second - 1)
				rec.wantOpen(t)
				time.Sleep(time.Nanosecond)
				wantIs(t, rec.outcome(t), net.ErrClosed)
				if wait := rec.at.Sub(start); wait != 3*time.Second {
					t.Errorf("closed after %v", wait)
				}
				if got := rec.messages(); len(got) != 0 {
					t.Errorf("received %v after Close", got)
				}
			})
		})
	}
}

func TestClosePausedConn(t *testing.T) {
	eachRole(t, nil, func(t *testing.T, near, far *Conn) {
		here, there := record(near), record(far)
		near.Pause()
		must(t, far.Write(Text, []byte("not wanted any more")))
		here.wantOpen(t)
		must(t, near.Close(1000, ""))
		wantIs(t, here.outcome(t), net.ErrClosed)
		wantCloseError(t, there.outcome(t), 1000, "")
		if len(here.messages()) != 0 {
			t.Errorf("received %v", here.messages())
		}
	})
}

func TestCloseFromMessage(t *testing.T) {
	for name, end := range map[string]func(c *Conn){
		"Close":    func(c *Conn) { c.Close(4000, "") },
		"CloseNow": func(c *Conn) { c.CloseNow() },
	} {
		t.Run(name, func(t *testing.T) {
			eachRoleRaw(t, nil, func(t *testing.T, c *Conn, peer *rawPeer) {
				rec := &recorder{onMessage: func(c *Conn, _ MessageType, _ []byte) { end(c) }}
				c.Serve(rec)
				peer.send(slices.Concat(peer.frame(0x81, "1"), peer.frame(0x81, "2"), peer.frame(0x88, "\x03\xe8")))
				synctest.Wait()
				peer.CloseWrite()
				wantIs(t, rec.outcome(t), net.ErrClosed)
				if got := rec.messages(); len(got) != 1 {
					t.Errorf("received %v", got)
				}
			})
		})
	}
}

func TestCloseNow(t *testing.T) {
	for name, prepare := range map[string]func(c *Conn){
		"idle":           func(c *Conn) {},
		"stuck writing":  func(c *Conn) { c.Write(Binary, make([]byte, 10*pairBuffer)) },
		"paused":         func(c *Conn) { c.Pause() },
		"while closing":  func(c *Conn) { c.Close(1000, "") },
		"already closed": func(c *Conn) { c.CloseNow() },
	} {
		t.Run(name, func(t *testing.T) {
			eachRoleRaw(t, nil, func(t *testing.T, c *Conn, peer *rawPeer) {
				rec := record(c)
				prepare(c)
				synctest.Wait()
				must(t, c.CloseNow())
				if n := c.Buffered(); n != 0 {
					t.Errorf("%d bytes are buffered", n)
				}
				wantIs(t, rec.outcome(t), net.ErrClosed)
				wantIs(t, c.Write(Text, nil), net.ErrClosed)
			})
		})
	}
}

func TestServeAfterTheEnd(t *testing.T) {
	for name, end := range map[string]func(c *Conn, p *rawPeer){
		"CloseNow":        func(c *Conn, p *rawPeer) { c.CloseNow() },
		"Close":           func(c *Conn, p *rawPeer) { c.Close(1000, "") },
		"Close, finished": func(c *Conn, p *rawPeer) { c.Close(1000, ""); p.Close(); synctest.Wait() },
	} {
		t.Run(name, func(t *testing.T) {
			eachRoleRaw(t, nil, func(t *testing.T, c *Conn, peer *rawPeer) {
				end(c, peer)
				rec := record(c)
				synctest.Wait()
				peer.Close()
				wantIs(t, rec.outcome(t), net.ErrClosed)
			})
		})
	}
}

func TestCloseWithRead(t *testing.T) {
	eachRole(t, nil, func(t *testing.T, near, far *Conn) {
		errs := make(chan error, 2)
		for _, c := range []*Conn{near, far} {
			go func() {
				_, _, err := c.Read(context.Background())
				errs <- err
			}()
		}
		synctest.Wait()
		must(t, near.Close(1001, "bye"))
		for range 2 {
			err := <-errs
			wantReason := "bye"
			if errors.Is(err, net.ErrClosed) {
				wantReason = ""
			}
			wantCloseError(t, err, 1001, wantReason)
		}
		for _, c := range []*Conn{near, far} {
			_, _, err := c.Read(t.Context())
			wantCloseError(t, err, 1001, map[*Conn]string{far: "bye"}[c])
		}
	})
}

func TestCloseWhileNobodyReads(t *testing.T) {
	eachRole(t, nil, func(t *testing.T, near, far *Conn) {
		must(t, near.Close(1000, ""))
		synctest.Wait()
		_, _, err := far.Read(t.Context())
		wantCloseError(t, err, 1000, "")
		synctest.Wait()
		if !near.finished {
			t.Error("the closing handshake was not finished")
		}
		_, _, err = near.Read(t.Context())
		wantIs(t, err, net.ErrClosed)
	})
}

func TestReadInterruptedWhileClosing(t *testing.T) {
	eachRoleRaw(t, nil, func(t *testing.T, c *Conn, peer *rawPeer) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		time.AfterFunc(time.Second/2, func() { c.Close(1000, "") })
		_, _, err := c.Read(ctx)
		wantIs(t, err, context.DeadlineExceeded)
		peer.wantClose(1000)
		peer.send(peer.frame(0x88, "\x03\xe8"))
		peer.CloseWrite()
		synctest.Wait()
		if !c.finished {
			t.Error("nobody finished the closing handshake")
		}
	})
}

func TestPeerClosesAndStopsWriting(t *testing.T) {
	eachRoleRaw(t, nil, func(t *testing.T, c *Conn, peer *rawPeer) {
		rec := record(c)
		must(t, c.Write(Binary, make([]byte, 2*pairBuffer)))
		peer.send(peer.frame(0x88, ""))
		peer.CloseWrite()
		rec.wantOpen(t) // it still has to send
		peer.wantFrame(0x82, string(make([]byte, 2*pairBuffer)))
		peer.wantFrame(0x88, "")
		peer.wantEnd()
		wantCloseError(t, rec.outcome(t), StatusNoStatus, "")
	})
}

func TestPeerClosesAndDoesNotRead(t *testing.T) {
	eachRoleRaw(t, nil, func(t *testing.T, c *Conn, peer *rawPeer) {
		rec := record(c)
		must(t, c.Write(Binary, make([]byte, 2*pairBuffer)))
		peer.send(peer.frame(0x88, "\x03\xe9"))
		time.Sleep(defaultCloseTimeout)
		wantCloseError(t, rec.outcome(t), StatusGoingAway, "")
	})
}

func TestWhoEndsTheNetworkConnection(t *testing.T) {
	eachRoleRaw(t, nil, func(t *testing.T, c *Conn, peer *rawPeer) {
		rec := record(c)
		start := time.Now()
		peer.send(peer.frame(0x88, ""))
		peer.wantFrame(0x88, "")
		peer.wantEnd()
		wantCloseError(t, rec.outcome(t), StatusNoStatus, "")
		want := time.Duration(0)
		if c.client {
			want = defaultCloseTimeout // a server should have ended it
		}
		if wait := rec.at.Sub(start); wait != want {
			t.Errorf("the end came after %v, want %v", wait, want)
		}
	})
}

func TestViolationsAreTold(t *testing.T) {
	for name, c := range map[string]struct {
		code  StatusCode
		frame func(p *rawPeer) []byte
	}{
		"protocol": {1002, func(p *rawPeer) []byte { return p.frame(0x83, "") }},
		"mask":     {1002, func(p *rawPeer) []byte { return wire(0x81, !p.masks, "") }},
		"text":     {1007, func(p *rawPeer) []byte { return p.frame(0x81, "\xff") }},
		"size":     {1009, func(p *rawPeer) []byte { return p.frame(0x82, strings.Repeat("x", 101)) }},
		"close":    {1002, func(p *rawPeer) []byte { return p.frame(0x88, "\x03\xed") }},
	} {
		t.Run(name, func(t *testing.T) {
			eachRoleRaw(t, &Options{MaxMessage: 100}, func(t *testing.T, conn *Conn, peer *rawPeer) {
				rec := record(conn)
				peer.send(peer.frame(0x81, "good"), c.frame(peer), peer.frame(0x81, "late"))
				peer.wantClose(c.code)
				peer.wantEnd()
				rec.wantOpen(t)
				wantIs(t, conn.Write(Text, nil), net.ErrClosed)
				peer.send(peer.frame(0x89, "ignored"))
				peer.Close()
				var v *violation
				if err := rec.outcome(t); !errors.As(err, &v) || v.code != c.code || errors.Is(err, net.ErrClosed) {
					t.Errorf("Closed got %v", err)
				}
				if got := rec.messages(); len(got) != 1 {
					t.Errorf("received %v", got)
				}
			})
		})
	}
}

func TestViolationWhileClosing(t *testing.T) {
	eachRoleRaw(t, nil, func(t *testing.T, c *Conn, peer *rawPeer) {
		rec := record(c)
		must(t, c.Close(1000, ""))
		peer.wantClose(1000)
		peer.send(peer.frame(0x83, ""))
		peer.wantEnd()
		peer.Close()
		wantIs(t, rec.outcome(t), net.ErrClosed)
	})
}

func TestErrorTexts(t *testing.T) {
	for err, want := range map[error]string{
		&CloseError{Code: 1001}:                 "websocket: the peer closed with 1001",
		&CloseError{Code: 4000, Reason: "a\nb"}: `websocket: the peer closed with 4000 "a\nb"`,
		&closedHere{}:                           "websocket: closed by this side",
		broken("x"):                             "websocket: x",
		ErrSlowConsumer:                         "websocket: slow consumer: the write budget is used up",
	} {
		if err.Error() != want {
			t.Errorf("%q, want %q", err, want)
		}
	}
	if Text.String() != "text" || Binary.String() != "binary" || MessageType(0).String() == "" {
		t.Error("message types have odd names")
	}
}

func TestClosePausedConnThatCannotSend(t *testing.T) {
	eachRoleRaw(t, nil, func(t *testing.T, c *Conn, peer *rawPeer) {
		rec := record(c)
		c.Pause()
		must(t, c.Write(Binary, make([]byte, 10*pairBuffer)))
		peer.send(peer.frame(0x81, "held back"))
		rec.wantOpen(t)
		must(t, c.Close(1000, ""))
		start := time.Now()
		peer.send(peer.frame(0x82, strings.Repeat("x", 10*pairBuffer)), peer.frame(0x88, "\x03\xe8"))
		if wait := time.Since(start); wait != 0 {
			t.Errorf("reading went on after %v", wait)
		}
		synctest.Wait()
		peer.Close()
		wantCloseError(t, rec.outcome(t), 1000, "")
	})
}

// secured closes like a tls.Conn: with a last write that may have to wait.
type secured struct{ *memnet.Conn }

func (s secured) NetConn() net.Conn { return s.Conn }

func (s secured) Close() error {
	s.SetWriteDeadline(time.Now().Add(5 * time.Second))
	s.Write([]byte("alert"))
	return s.Conn.Close()
}

func TestCloseNowDoesNotWaitForTLS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := memnet.Pipe(10)
		near.Write(make([]byte, 10))
		o := (*Options)(nil).withDefaults()
		c := newConn(secured{near}, false, agreement{}, nil, &o)
		start := time.Now()
		must(t, c.CloseNow())
		if wait := time.Since(start); wait != 0 {
			t.Errorf("CloseNow took %v", wait)
		}
		far.Close()
	})
}
