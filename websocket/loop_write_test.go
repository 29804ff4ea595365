package websocket

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/socketio-go/socketio/internal/evloop"
)

// insist writes as soon as the budget allows.
func insist(t *testing.T, write func() error) {
	for start := time.Now(); ; time.Sleep(100 * time.Microsecond) {
		err := write()
		if err == nil {
			return
		}
		if !errors.Is(err, ErrSlowConsumer) || time.Since(start) > patience {
			t.Errorf("write: %v", err)
			return
		}
	}
}

func TestTCPSlowReader(t *testing.T) {
	const budget, total = 256 << 10, 2 << 20
	eachTCPRole(t, &Options{WriteBudget: budget}, func(t *testing.T, c *Conn, peer *tcpPeer) {
		h := serve(t, c, nil)
		sent, received := sha256.New(), sha256.New()
		random := rand.New(rand.NewPCG(1, 2))
		size := 0
		next := func() []byte {
			n := random.IntN(300)
			if random.IntN(10) == 0 {
				n = random.IntN(40000)
			}
			size += n
			p := make([]byte, n)
			for i := range p {
				p[i] = byte(random.Uint32())
			}
			return p
		}
		refused := next()
		for c.Write(Binary, refused) == nil {
			sent.Write(refused)
			if n := c.Buffered(); n > budget {
				t.Fatalf("%d bytes are buffered", n)
			}
			refused = next()
		}
		if evloop.Available { // else a goroutine may be about to write
			if n := c.Buffered(); n < budget-50000 {
				t.Errorf("refused with %d bytes buffered", n)
			}
			wantIs(t, c.WritePrepared(Prepare(Binary, make([]byte, budget))), ErrSlowConsumer)
		}
		written := make(chan bool)
		go func() {
			defer close(written)
			for p := refused; size < total; p = next() {
				insist(t, func() error { return c.Write(Binary, p) })
				sent.Write(p)
			}
			insist(t, func() error { return c.Write(Text, []byte("end")) })
		}()
		for {
			first, p, err := readWire(peer, !peer.masks)
			if err != nil {
				t.Fatal(err)
			}
			if first == 0x81 {
				break
			}
			io.WriteString(received, p)
		}
		await(t, "the end of the writing", written)
		if string(sent.Sum(nil)) != string(received.Sum(nil)) {
			t.Error("what arrived is not what was sent")
		}
		eventually(t, "the queue is empty", func() bool { return c.Buffered() == 0 })
		must(t, c.CloseNow())
		h.end()
	})
}

// stick writes until the network takes nothing more.
func stick(t *testing.T, c *Conn, size int) (n int) {
	t.Helper()
	p := []byte(pattern(size))
	for ; c.Buffered() < 64<<10; n++ {
		must(t, c.Write(Binary, p))
	}
	return n
}

// A pong comes between frames, also when the network has taken a part of one.
func TestTCPPingInTheMiddleOfAFrame(t *testing.T) {
	for _, size := range []int{100, 4000, 200000} {
		eachTCPRole(t, &Options{WriteBudget: 64 << 20}, func(t *testing.T, c *Conn, peer *tcpPeer) {
			synced := make(chan string, 1)
			h := serve(t, c, func(_ *Conn, _ MessageType, p []byte) { synced <- string(p) })
			n := stick(t, c, size)
			for i := range 5 {
				peer.send(peer.frame(0x89, fmt.Sprint(i)), peer.frame(0x81, "sync"))
				await(t, "the message", synced)
				must(t, c.Write(Binary, []byte(pattern(size))))
			}
			pongs := 0
			for range n + 5 {
				first, p, err := readWire(peer, !peer.masks)
				for first == 0x8A {
					pongs++
					first, p, err = readWire(peer, !peer.masks)
				}
				if first != 0x82 || p != pattern(size) || err != nil {
					t.Fatalf("received %#x %q, %v", first, short(p), err)
				}
			}
			if pongs == 0 {
				peer.want(0x8A, "4")
			}
			must(t, c.CloseNow())
			h.end()
		})
	}
}

// Not more pings than what is on its way without the peer's reading: the kernel
// can lose itself in retransmissions when both directions are full.
func TestTCPPingFloodCostsOnePong(t *testing.T) {
	for _, size := range []int{100, 200000} {
		eachTCPRole(t, &Options{WriteBudget: 64 << 20}, func(t *testing.T, c *Conn, peer *tcpPeer) {
			synced := make(chan string, 1)
			h := serve(t, c, func(_ *Conn, _ MessageType, p []byte) { synced <- string(p) })
			n := stick(t, c, size)
			before := c.Buffered()
			for i := range 300 {
				peer.send(peer.frame(0x89, fmt.Sprintf("%0125d", i)))
			}
			peer.text("sync")
			await(t, "the message", synced)
			if after := c.Buffered(); after > before+131 {
				t.Errorf("%d bytes are buffered after %d", after, before)
			}
			last := ""
			for got := 0; got < n || last != fmt.Sprintf("%0125d", 299); {
				first, p, err := readWire(peer, !peer.masks)
				if err != nil {
					t.Fatal(err)
				}
				if first == 0x8A {
					last = p
				} else {
					got++
				}
			}
			must(t, c.CloseNow())
			h.end()
		})
	}
}

func TestTCPConcurrentWriters(t *testing.T) {
	const writers, each = 4, 300
	eachTCPRole(t, &Options{WriteBudget: 64 << 10}, func(t *testing.T, c *Conn, peer *tcpPeer) {
		h := serve(t, c, nil)
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				pad := strings.Repeat("-", 100*w*w)
				for i := range each {
					a, b := Prepare(Text, fmt.Appendf(nil, "%d %d %s", w, i, pad)), Prepare(Binary, fmt.Append(nil, w))
					insist(t, func() error { return c.WritePrepared(a, b) })
				}
			})
		}
		var next [writers]int
		for range writers * each {
			_, p, err := readWire(peer, !peer.masks)
			var w, n int
			if fmt.Sscanf(p, "%d %d", &w, &n); err != nil || n != next[w] {
				t.Fatalf("%q comes instead of message %d, %v", short(p), next[w], err)
			}
			next[w]++
			peer.want(0x82, fmt.Sprint(w))
		}
		wg.Wait()
		must(t, c.CloseNow())
		h.end()
	})
}

// What a handler sends before it blocks is sent, wherever it is called.
func TestTCPAnswersDoNotWaitForABlockedHandler(t *testing.T) {
	for name, early := range map[string]bool{"early data": true, "later data": false} {
		t.Run(name, func(t *testing.T) {
			data := func(p *tcpPeer) []byte {
				return append(p.frame(0x81, "1"), append(p.frame(0x81, "2"), p.frame(0x81, "3")...)...)
			}
			first := data
			if !early {
				first = nil
			}
			c, peer := connect(t, false, nil, first)
			seen := make(chan string)
			h := serve(t, c, func(c *Conn, _ MessageType, p []byte) {
				c.Write(Text, p)
				await(t, "the word that the answer is seen", seen)
			})
			if !early {
				peer.send(data(peer))
			}
			for _, s := range []string{"1", "2", "3"} {
				peer.want(0x81, s)
				seen <- s
			}
			must(t, c.CloseNow())
			h.end()
		})
	}
}

// Answers to one batch are not refused for want of being written.
func TestTCPAnswersLargerThanTheBudget(t *testing.T) {
	if !evloop.Available {
		t.Skip("a goroutine that writes may be slower than the handler")
	}
	c, peer := connect(t, false, &Options{WriteBudget: 160 << 10}, nil)
	must(t, c.nc.(*net.TCPConn).SetWriteBuffer(400<<10))
	failed := make(chan error, 100)
	const n, size = 30, 10000
	h := serve(t, c, func(c *Conn, _ MessageType, _ []byte) {
		if err := c.Write(Binary, make([]byte, size)); err != nil {
			failed <- err
		}
	})
	var stream []byte
	for range n {
		stream = append(stream, peer.frame(0x81, "?")...)
	}
	peer.send(stream)
	for range n {
		peer.want(0x82, string(make([]byte, size)))
	}
	if len(failed) > 0 {
		t.Error(<-failed)
	}
	must(t, c.CloseNow())
	h.end()
}
