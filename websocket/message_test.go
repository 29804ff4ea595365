package websocket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio/internal/memnet"
)

func TestMessagesArriveInOrder(t *testing.T) {
	eachRole(t, &Options{MaxMessage: 1 << 17}, func(t *testing.T, near, far *Conn) {
		var sent []received
		rec := record(far)
		for i, n := range []int{0, 1, 57, 58, 59, 125, 126, 8191, 8192, 65535, 65536, 0, 1 << 17, 3} {
			m := received{[]MessageType{Text, Binary}[i%2], strings.Repeat(string(rune('a'+i)), n)}
			sent = append(sent, m)
			must(t, near.Write(m.t, []byte(m.p)))
		}
		synctest.Wait()
		if got := rec.messages(); !slices.Equal(got, sent) {
			t.Errorf("received %d messages, differing from the %d sent", len(got), len(sent))
		}
		if n := near.Buffered(); n != 0 {
			t.Errorf("%d bytes are still buffered", n)
		}
		if far.rd.buf != nil || far.parser.assembly != nil || far.rd.pending != nil || near.queue != nil {
			t.Error("a buffer is kept at rest")
		}
	})
}

func TestWriteCopies(t *testing.T) {
	eachRole(t, nil, func(t *testing.T, near, far *Conn) {
		p := []byte("mine")
		must(t, near.Write(Text, p))
		copy(p, "over")
		if string(p) != "over" {
			t.Error("Write keeps the caller's bytes")
		}
		_, got, err := far.Read(t.Context())
		if string(got) != "mine" || err != nil {
			t.Errorf("Read: %q, %v", got, err)
		}
	})
}

func TestInvalidArguments(t *testing.T) {
	eachRole(t, nil, func(t *testing.T, near, far *Conn) {
		for _, ty := range []MessageType{0, 3, 8, 9, 255} {
			if near.Write(ty, nil) == nil {
				t.Errorf("Write takes type %d (%v)", ty, ty)
			}
		}
		if near.Ping(make([]byte, 126)) == nil {
			t.Error("Ping takes 126 bytes")
		}
		for _, code := range []StatusCode{1, 999, 1004, 1006, 1015, 1016, 2999, 5000} {
			if near.Close(code, "") == nil {
				t.Errorf("Close takes code %d", code)
			}
		}
		if near.Close(0, "why") == nil || near.Close(1000, "\xff") == nil || near.Close(1000, strings.Repeat("x", 124)) == nil {
			t.Error("Close takes a reason that cannot be sent")
		}
		rec := record(far)
		must(t, near.Write(Text, []byte("still open")))
		rec.wantOpen(t)
		if len(rec.messages()) != 1 {
			t.Errorf("received %v", rec.messages())
		}
	})
}

func TestWritePrepared(t *testing.T) {
	eachRole(t, nil, func(t *testing.T, near, far *Conn) {
		rec := record(far)
		a, b := Prepare(Text, []byte("a")), PrepareBuffer(Binary, append(make([]byte, HeaderRoom), strings.Repeat("b", 300)...))
		must(t, near.WritePrepared())
		must(t, near.WritePrepared(new(Prepared)))
		must(t, near.WritePrepared(a, new(Prepared), &b, a))
		synctest.Wait()
		want := []received{{Text, "a"}, {Binary, strings.Repeat("b", 300)}, {Text, "a"}}
		if got := rec.messages(); !slices.Equal(got, want) {
			t.Errorf("received %v", got)
		}
		if string(a.Payload()) != "a" {
			t.Errorf("the payload became %q", a.Payload())
		}
	})
}

func TestPreparedBytesAreSharedByServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, nil)
		p := Prepare(Binary, make([]byte, 1<<16))
		if n := testing.AllocsPerRun(1, func() { server.WritePrepared(p) }); n > 20 {
			t.Errorf("%v allocations", n)
		}
		server.mu.Lock()
		for _, frame := range server.queue {
			if &frame[0] != &p.frame[0] {
				t.Error("a queued frame is a copy")
			}
		}
		server.mu.Unlock()
		client.CloseNow()
		server.CloseNow()
	})
}

func TestConcurrentWritersKeepTheirOrder(t *testing.T) {
	eachRole(t, nil, func(t *testing.T, near, far *Conn) {
		const writers, each = 4, 50
		rec := record(far)
		for w := range writers {
			go func() {
				for i := range each {
					m := fmt.Appendf(nil, "%d %d", w, i)
					if i%2 == 0 {
						must(t, near.WritePrepared(Prepare(Text, m), Prepare(Text, fmt.Appendf(nil, "%d next", w))))
					} else {
						must(t, near.Write(Text, m))
					}
				}
			}()
		}
		synctest.Wait()
		var next [writers]int
		got := rec.messages()
		for i, m := range got {
			var w, n int
			if k, _ := fmt.Sscanf(m.p, "%d %d", &w, &n); k == 2 {
				if n != next[w] {
					t.Fatalf("writer %d: %d comes instead of %d", w, n, next[w])
				}
				next[w]++
			} else if got[i-1].p != fmt.Sprintf("%d %d", w, next[w]-1) {
				t.Fatalf("%q follows %q", m.p, got[i-1].p)
			}
		}
		if len(got) != writers*each*3/2 {
			t.Errorf("%d messages", len(got))
		}
	})
}

func TestSlowConsumer(t *testing.T) {
	const budget = 64 << 10
	eachRole(t, &Options{WriteBudget: budget}, func(t *testing.T, near, far *Conn) {
		message := make([]byte, 1000)
		n := 0
		for ; n < 1000; n++ {
			if err := near.Write(Binary, message); err != nil {
				wantIs(t, err, ErrSlowConsumer)
				break
			}
			synctest.Wait()
			if b := near.Buffered(); b > budget {
				t.Fatalf("%d bytes are buffered", b)
			}
		}
		if least, most := budget/1010, (budget+2*pairBuffer)/1000; n < least || n > most {
			t.Errorf("%d messages fitted, want %d to %d", n, least, most)
		}
		before := near.Buffered()
		prepared := Prepare(Binary, message)
		wantIs(t, near.WritePrepared(prepared, prepared), ErrSlowConsumer)
		wantIs(t, near.Write(Binary, make([]byte, budget+1)), ErrSlowConsumer)
		if near.Buffered() != before {
			t.Error("a part of what was refused is queued")
		}

		rec := record(far)
		rec.wantOpen(t)
		if got := len(rec.messages()); got != n || near.Buffered() != 0 {
			t.Errorf("%d of %d messages arrived, %d bytes are left", got, n, near.Buffered())
		}
		must(t, near.Write(Binary, message))
	})
}

func TestReadUntilContextEnds(t *testing.T) {
	eachRoleRaw(t, nil, func(t *testing.T, c *Conn, peer *rawPeer) {
		frame := peer.frame(0x81, strings.Repeat("in two parts ", 20))
		for _, part := range [][]byte{frame[:1], frame[1:100], frame[100:]} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			_, _, err := c.Read(ctx)
			wantIs(t, err, context.DeadlineExceeded)
			cancel()
			peer.send(part)
		}
		if ty, p, err := c.Read(t.Context()); ty != Text || len(p) != 13*20 || err != nil {
			t.Errorf("Read: %v %q %v", ty, p, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, _, err := c.Read(ctx)
		wantIs(t, err, context.Canceled)
	})
}

func TestOneReaderAtATime(t *testing.T) {
	eachRole(t, nil, func(t *testing.T, near, far *Conn) {
		ctx, cancel := context.WithCancel(t.Context())
		go near.Read(ctx)
		synctest.Wait()
		if _, _, err := near.Read(t.Context()); err == nil || errors.Is(err, net.ErrClosed) {
			t.Errorf("a second Read: %v", err)
		}
		wantPanic(t, func() { near.Serve(new(recorder)) })
		cancel()
		synctest.Wait()
		record(near)
		wantPanic(t, func() { near.Serve(new(recorder)) })
		if _, _, err := near.Read(t.Context()); err == nil {
			t.Error("Read after Serve works")
		}
	})
}

func wantPanic(t *testing.T, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	f()
}

func TestPingIsAnswered(t *testing.T) {
	eachRoleRaw(t, nil, func(t *testing.T, c *Conn, peer *rawPeer) {
		rec := record(c)
		peer.send(peer.frame(0x01, "frag"), peer.frame(0x89, "now"))
		peer.wantFrame(0x8A, "now")
		peer.send(peer.frame(0x8A, "unasked"), peer.frame(0x80, "ment"))
		rec.wantOpen(t)
		if got := rec.messages(); !slices.Equal(got, []received{{Text, "fragment"}}) {
			t.Errorf("received %v", got)
		}
		must(t, c.Ping([]byte("anybody?")))
		peer.wantFrame(0x89, "anybody?")
	})
}

func TestPingFloodCostsOnePong(t *testing.T) {
	eachRoleRaw(t, nil, func(t *testing.T, c *Conn, peer *rawPeer) {
		rec := record(c)
		must(t, c.Write(Binary, make([]byte, 3*pairBuffer))) // stuck until the peer reads
		synctest.Wait()
		for i := range 2000 {
			peer.send(peer.frame(0x89, fmt.Sprintf("%0125d", i)))
		}
		rec.wantOpen(t)
		if b := c.Buffered(); b > 3*pairBuffer+14 {
			t.Errorf("%d bytes are buffered", b)
		}
		peer.wantFrame(0x82, string(make([]byte, 3*pairBuffer)))
		peer.wantFrame(0x8A, fmt.Sprintf("%0125d", 1999))
	})
}

func TestPipelinedFramesInOneRead(t *testing.T) {
	eachRoleRaw(t, nil, func(t *testing.T, c *Conn, peer *rawPeer) {
		var stream []byte
		var want []received
		for i := range 400 {
			m := received{Text, strings.Repeat("é", i)}
			want = append(want, m)
			stream = append(stream, peer.frame(0x81, m.p)...)
		}
		rec := record(c)
		go peer.send(stream)
		rec.wantOpen(t)
		if got := rec.messages(); !slices.Equal(got, want) {
			t.Errorf("%d messages, want %d", len(got), len(want))
		}
	})
}

func TestPauseInMessageHoldsTheNext(t *testing.T) {
	eachRoleRaw(t, nil, func(t *testing.T, c *Conn, peer *rawPeer) {
		rec := &recorder{onMessage: func(c *Conn, _ MessageType, _ []byte) { c.Pause() }}
		c.Serve(rec)
		frames := slices.Concat(peer.frame(0x81, "1"), peer.frame(0x81, "2"), peer.frame(0x89, ""), peer.frame(0x81, "3"))
		peer.send(frames)
		for n := 1; n <= 3; n++ {
			rec.wantOpen(t)
			if got := len(rec.messages()); got != n {
				t.Errorf("%d messages, want %d", got, n)
			}
			c.Resume()
		}
		peer.wantFrame(0x8A, "")
	})
}

func TestPausePushesBack(t *testing.T) {
	eachRole(t, &Options{WriteBudget: 1 << 20}, func(t *testing.T, near, far *Conn) {
		rec := record(far)
		far.Pause()
		for range 100 {
			must(t, near.Write(Binary, make([]byte, 1000)))
		}
		rec.wantOpen(t)
		if got, left := len(rec.messages()), near.Buffered(); got != 0 || left < 100000-2*pairBuffer {
			t.Errorf("%d messages, %d bytes left", got, left)
		}
		far.Resume()
		far.Resume()
		rec.wantOpen(t)
		if got := len(rec.messages()); got != 100 || near.Buffered() != 0 {
			t.Errorf("%d messages", got)
		}
	})
}

func TestPauseDoesNothingToRead(t *testing.T) {
	eachRole(t, nil, func(t *testing.T, near, far *Conn) {
		far.Pause()
		must(t, near.Write(Text, nil))
		_, p, err := far.Read(t.Context())
		if len(p) != 0 || err != nil {
			t.Errorf("Read: %q, %v", p, err)
		}
	})
}

func TestEndWithoutCloseFrame(t *testing.T) {
	for name, end := range map[string]func(p *rawPeer){
		"closed":      func(p *rawPeer) { p.Close() },
		"half-closed": func(p *rawPeer) { p.CloseWrite() },
		"reset":       func(p *rawPeer) { p.Reset() },
		"in a frame":  func(p *rawPeer) { p.send(p.frame(0x81, "abc")[:4]); p.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			eachRoleRaw(t, nil, func(t *testing.T, c *Conn, peer *rawPeer) {
				rec := record(c)
				peer.send(peer.frame(0x81, "last"))
				synctest.Wait()
				end(peer)
				err := rec.outcome(t)
				var netErr net.Error
				if !errors.Is(err, io.ErrUnexpectedEOF) && !errors.As(err, &netErr) || errors.Is(err, net.ErrClosed) {
					t.Errorf("Closed got %v", err)
				}
				if got := rec.messages(); !slices.Equal(got, []received{{Text, "last"}}) {
					t.Errorf("received %v", got)
				}
				wantIs(t, c.Write(Text, nil), net.ErrClosed)
				wantIs(t, c.Ping(nil), net.ErrClosed)
				wantIs(t, c.WritePrepared(Prepare(Text, nil)), net.ErrClosed)
				must(t, c.Close(1000, ""))
				must(t, c.CloseNow())
			})
		})
	}
}

func TestFailedWriteEndsPausedConn(t *testing.T) {
	eachRoleRaw(t, nil, func(t *testing.T, c *Conn, peer *rawPeer) {
		rec := record(c)
		c.Pause()
		peer.send(peer.frame(0x81, "seen only by a reader"))
		rec.wantOpen(t)
		peer.Close()
		must(t, c.Write(Text, []byte("into the void")))
		if err := rec.outcome(t); err == nil || errors.Is(err, net.ErrClosed) {
			t.Errorf("Closed got %v", err)
		}
		if n := c.Buffered(); n != 0 {
			t.Errorf("%d bytes are buffered on a dead connection", n)
		}
	})
}

func TestPauseInMessageStopsReading(t *testing.T) {
	eachRoleRaw(t, nil, func(t *testing.T, c *Conn, peer *rawPeer) {
		rec := &recorder{onMessage: func(c *Conn, _ MessageType, _ []byte) { c.Pause() }}
		c.Serve(rec)
		peer.send(peer.frame(0x81, "1"))
		synctest.Wait()
		next := peer.frame(0x81, "2")
		peer.send(next)
		rec.wantOpen(t)
		if n := c.nc.(*memnet.Conn).Buffered(); n != len(next) {
			t.Errorf("the network holds %d bytes, want %d", n, len(next))
		}
	})
}

func TestReadReturnsWhatIsTheCallers(t *testing.T) {
	eachRole(t, nil, func(t *testing.T, near, far *Conn) {
		sent := []string{"a", strings.Repeat("b", 100), strings.Repeat("c", 10000), "d"}
		for _, s := range append(sent, sent...) {
			must(t, near.Write(Text, []byte(s)))
		}
		var got [][]byte
		for range 2 * len(sent) {
			_, p, err := far.Read(t.Context())
			must(t, err)
			got = append(got, p)
		}
		for i, p := range got {
			if string(p) != sent[i%len(sent)] {
				t.Errorf("message %d became %q", i, short(string(p)))
			}
		}
	})
}
