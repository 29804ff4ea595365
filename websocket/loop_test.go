package websocket

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// The tests of the files loop_*_test.go run over TCP: on event loops, or with the
// build tag portable on goroutines. Both must behave the same.

// patience is how long is waited for what must happen, on a busy machine too.
const patience = time.Minute

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for start := time.Now(); !f(); time.Sleep(time.Millisecond) {
		if time.Since(start) > patience {
			t.Fatalf("it does not happen that %s", what)
		}
	}
}

// await receives from c.
func await[T any](t *testing.T, what string, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Fatalf("%s does not come", what)
	}
	return v
}

// sockets returns the ends of a TCP connection with buffers that are soon full.
func sockets(t *testing.T) (near, far *net.TCPConn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	nc, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	other, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	near, far = nc.(*net.TCPConn), other.(*net.TCPConn)
	for _, c := range []*net.TCPConn{near, far} {
		must(t, c.SetReadBuffer(128<<10))
		must(t, c.SetWriteBuffer(64<<10))
		must(t, c.SetDeadline(time.Now().Add(2*patience)))
	}
	must(t, near.SetDeadline(time.Time{}))
	return near, far
}

// tcpPeer plays the other side, byte by byte.
type tcpPeer struct {
	*net.TCPConn
	t     *testing.T
	masks bool
}

func (p *tcpPeer) send(frames ...[]byte) {
	p.t.Helper()
	if _, err := p.Write(slices.Concat(frames...)); err != nil {
		p.t.Errorf("peer write: %v", err)
	}
}

func (p *tcpPeer) frame(first byte, payload string) []byte { return wire(first, p.masks, payload) }

func (p *tcpPeer) text(payload string) { p.t.Helper(); p.send(p.frame(0x81, payload)) }

func (p *tcpPeer) want(first byte, payload string) {
	p.t.Helper()
	if b, got, err := readWire(p, !p.masks); err != nil || b != first || got != payload {
		p.t.Fatalf("peer received %#x %q, %v; want %#x %q", b, short(got), err, first, short(payload))
	}
}

func (p *tcpPeer) wantClose(code StatusCode) {
	p.t.Helper()
	b, got, err := readWire(p, !p.masks)
	if err != nil || b != 0x88 || len(got) < 2 || StatusCode(binary.BigEndian.Uint16([]byte(got))) != code {
		p.t.Fatalf("peer received %#x %q, %v; want a close frame with %d", b, short(got), err, code)
	}
}

func (p *tcpPeer) wantEnd() {
	p.t.Helper()
	if n, err := p.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		p.t.Errorf("peer read %d bytes, %v; want the end", n, err)
	}
}

func (p *tcpPeer) reset() {
	must(p.t, p.SetLinger(0))
	p.Close()
}

// probe is a Handler that watches over the contract.
type probe struct {
	t        *testing.T
	message  func(c *Conn, ty MessageType, p []byte) // nil: nothing
	closed   chan error
	overlaps bool // Message may be called while another call is running

	inside, ends atomic.Int32
}

func (h *probe) Message(c *Conn, ty MessageType, p []byte) {
	if h.inside.Add(1) > 1 && !h.overlaps {
		h.t.Error("Message is called while another call is running")
	}
	if h.ends.Load() > 0 {
		h.t.Error("Message after Closed")
	}
	defer h.inside.Add(-1)
	if h.message != nil {
		h.message(c, ty, p)
	}
}

func (h *probe) Closed(_ *Conn, err error) {
	if h.ends.Add(1) > 1 {
		h.t.Error("Closed is called twice")
		return
	}
	if h.inside.Load() > 0 && !h.overlaps {
		h.t.Error("Closed is called while Message is running")
	}
	h.closed <- err
}

func newProbe(t *testing.T, message func(c *Conn, ty MessageType, p []byte)) *probe {
	return &probe{t: t, message: message, closed: make(chan error, 1)}
}

func serve(t *testing.T, c *Conn, message func(c *Conn, ty MessageType, p []byte)) *probe {
	h := newProbe(t, message)
	c.Serve(h)
	return h
}

func (h *probe) end() error {
	h.t.Helper()
	return await(h.t, "Closed", h.closed)
}

func echoes(c *Conn, t MessageType, p []byte) { c.Write(t, p) }

// eachTCPRole runs f with a Conn of each role. f has to serve it.
func eachTCPRole(t *testing.T, opts *Options, f func(t *testing.T, c *Conn, peer *tcpPeer)) {
	t.Helper()
	for _, role := range []string{"client", "server"} {
		t.Run(role, func(t *testing.T) {
			c, peer := connect(t, role == "client", opts, nil)
			f(t, c, peer)
		})
	}
}

// connect returns a Conn and its peer. early is for the Conn's start.
func connect(t *testing.T, client bool, opts *Options, early func(p *tcpPeer) []byte) (*Conn, *tcpPeer) {
	t.Helper()
	near, far := sockets(t)
	o := opts.withDefaults()
	peer := &tcpPeer{far, t, !client}
	var first []byte
	if early != nil {
		first = early(peer)
	}
	c := newConn(near, client, agreement{}, first, &o)
	t.Cleanup(func() {
		c.CloseNow()
		far.Close()
	})
	return c, peer
}

// pattern is n bytes of text that differ from place to place.
func pattern(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "%d,", i)
	}
	return b.String()[:n]
}

func TestTCPMessages(t *testing.T) {
	eachTCPRole(t, nil, func(t *testing.T, c *Conn, peer *tcpPeer) {
		h := serve(t, c, echoes)
		for _, n := range []int{0, 1, 125, 126, 65535, 65536, 1 << 20, 0, 5} {
			for _, first := range []byte{0x81, 0x82} {
				go peer.send(peer.frame(first, pattern(n)))
				peer.want(first, pattern(n))
			}
		}
		if addr := c.RemoteAddr(); addr == nil || addr.String() != peer.LocalAddr().String() {
			t.Errorf("RemoteAddr is %v", addr)
		}
		must(t, c.Ping([]byte("there?")))
		peer.want(0x89, "there?")
		must(t, c.CloseNow())
		wantIs(t, h.end(), net.ErrClosed)
		if addr := c.RemoteAddr(); addr != nil {
			t.Errorf("RemoteAddr is %v after the end", addr)
		}
	})
}

// swallowed reports, on a loop, that an unfinished message was put aside.
func swallowed(c *Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.onLoop || !c.reading && c.loop.state != nil
}

func TestTCPFragmentsCutAtEveryByte(t *testing.T) {
	eachTCPRole(t, nil, func(t *testing.T, c *Conn, peer *tcpPeer) {
		h := serve(t, c, echoes)
		stream := slices.Concat(
			peer.frame(0x01, "aé"), peer.frame(0x89, "amid"), peer.frame(0x00, ""), peer.frame(0x8A, "unasked"),
			peer.frame(0x00, "€\xf0\x9f"), peer.frame(0x80, "\x98\x80"+strings.Repeat("z", 130)))
		for cut := 1; cut < len(stream); cut++ {
			peer.send(stream[:cut])
			eventually(t, "the part is read", func() bool { return swallowed(c) })
			peer.send(stream[cut:])
			peer.want(0x8A, "amid")
			peer.want(0x81, "aé€😀"+strings.Repeat("z", 130))
		}
		must(t, c.Close(1000, ""))
		peer.wantClose(1000)
		peer.send(peer.frame(0x88, "\x03\xe8"))
		peer.CloseWrite()
		wantCloseError(t, h.end(), 1000, "")
	})
}

func TestTCPPipelined(t *testing.T) {
	const n = 10000
	eachTCPRole(t, nil, func(t *testing.T, c *Conn, peer *tcpPeer) {
		h := serve(t, c, echoes)
		go func() {
			var stream []byte
			for i := range n {
				stream = append(stream, peer.frame(0x81, fmt.Sprint("message ", i))...)
			}
			peer.send(stream, peer.frame(0x88, "\x03\xe9"))
		}()
		answers := *peer
		in := bufio.NewReaderSize(&answers, 256<<10)
		for i := range n {
			if b, got, err := readWire(in, !peer.masks); b != 0x81 || got != fmt.Sprint("message ", i) || err != nil {
				t.Fatalf("answer %d is %#x %q, %v", i, b, got, err)
			}
		}
		if b, _, err := readWire(in, !peer.masks); b != 0x88 || err != nil {
			t.Errorf("the last is %#x, %v", b, err)
		}
		peer.Close()
		wantCloseError(t, h.end(), 1001, "")
	})
}

func TestTCPDataComesWithTheHandshake(t *testing.T) {
	url, _, closed := listen(t, false, nil)
	nc, err := net.Dial("tcp", strings.TrimPrefix(url, "ws://"))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	peer := &tcpPeer{nc.(*net.TCPConn), t, true}
	request := "GET / HTTP/1.1\r\nHost: " + nc.RemoteAddr().String() + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
	unfinished := peer.frame(0x81, pattern(300))
	peer.send([]byte(request), peer.frame(0x81, "one"), peer.frame(0x82, "two"), unfinished[:100])
	in := bufio.NewReader(peer)
	resp, err := http.ReadResponse(in, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(resp, err)
	}
	peer.send(unfinished[100:])
	for _, want := range []string{"one", "two", pattern(300)} {
		if _, got, err := readWire(in, false); got != want || err != nil {
			t.Fatalf("received %q, %v", got, err)
		}
	}
	peer.send(peer.frame(0x88, ""))
	wantCloseError(t, await(t, "Closed", closed), StatusNoStatus, "")
}

// The engine sends before it serves.
func TestTCPWriteBeforeServe(t *testing.T) {
	eachTCPRole(t, nil, func(t *testing.T, c *Conn, peer *tcpPeer) {
		for _, n := range []int{10, 1 << 20, 3} {
			must(t, c.Write(Text, []byte(pattern(n))))
		}
		h := serve(t, c, echoes)
		for _, n := range []int{10, 1 << 20, 3} {
			peer.want(0x81, pattern(n))
		}
		peer.text("hello")
		peer.want(0x81, "hello")
		must(t, c.CloseNow())
		h.end()
	})
}

// What a Read that was interrupted has taken is not lost.
func TestTCPServeAfterRead(t *testing.T) {
	eachTCPRole(t, nil, func(t *testing.T, c *Conn, peer *tcpPeer) {
		frames := slices.Concat(peer.frame(0x01, "frag"), peer.frame(0x80, "ment"), peer.frame(0x82, "next"))
		peer.send(frames[:9])
		eventually(t, "a part is read", func() bool {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			c.Read(ctx)
			return c.parser.inBody || c.parser.nhead > 0 || c.parser.message != 0
		})
		h := serve(t, c, echoes)
		peer.send(frames[9:])
		peer.want(0x81, "fragment")
		peer.want(0x82, "next")
		must(t, c.CloseNow())
		h.end()
	})
}

func TestTCPNothingIsKeptAtRest(t *testing.T) {
	eachTCPRole(t, &Options{MaxMessage: 4 << 20}, func(t *testing.T, c *Conn, peer *tcpPeer) {
		h := serve(t, c, echoes)
		go peer.send(peer.frame(0x02, pattern(1<<18)), peer.frame(0x00, pattern(1<<18)), peer.frame(0x80, "end"), peer.frame(0x81, "x"))
		peer.want(0x82, pattern(1<<18)+pattern(1<<18)+"end")
		peer.want(0x81, "x")
		eventually(t, "the connection rests", func() bool {
			c.mu.Lock()
			defer c.mu.Unlock()
			return !c.onLoop || !c.reading && c.loop.state == nil && c.loop.turn == nil && c.queue == nil
		})
		must(t, c.CloseNow())
		h.end()
	})
}
