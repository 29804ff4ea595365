package websocket

import (
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/socketio-go/socketio/internal/evloop"
)

// crowd is n connections with the same Handler.
func crowd(t *testing.T, n int, message func(c *Conn, ty MessageType, p []byte)) (conns []*Conn, peers []*tcpPeer, finish func()) {
	t.Helper()
	var probes []*probe
	for range n {
		c, peer := connect(t, false, nil, nil)
		h := newProbe(t, message)
		h.overlaps = true // some end while Message is running
		c.Serve(h)
		conns, peers, probes = append(conns, c), append(peers, peer), append(probes, h)
	}
	return conns, peers, func() {
		for i, h := range probes {
			conns[i].CloseNow()
			h.end()
		}
	}
}

// everyLoop is a number of connections that has all loops have several.
func everyLoop() int { return 4 * runtime.GOMAXPROCS(0) }

func TestTCPBlockedHandlersHoldUpNobody(t *testing.T) {
	var blocked atomic.Int32
	let := make(chan bool)
	_, peers, finish := crowd(t, 2*everyLoop(), func(c *Conn, ty MessageType, p []byte) {
		if string(p) == "block" {
			blocked.Add(1)
			<-let
			return
		}
		c.Write(ty, p)
	})
	half := peers[:everyLoop()]
	for i, p := range half { // one at a time, so that all loops are stopped again and again
		p.text("block")
		eventually(t, "the handler is called", func() bool { return blocked.Load() == int32(i+1) })
	}
	for round := range 10 {
		for _, p := range peers[len(half):] {
			p.text(fmt.Sprint(round))
		}
		for _, p := range peers[len(half):] {
			p.want(0x81, fmt.Sprint(round))
		}
	}
	for _, p := range half {
		p.text("after")
	}
	close(let)
	for _, p := range half {
		p.want(0x81, "after")
	}
	finish()
}

// All block at once, with what others in the same batch of events want.
func TestTCPAllBlockAtOnce(t *testing.T) {
	n := 2 * everyLoop()
	var all sync.WaitGroup
	all.Add(n)
	_, peers, finish := crowd(t, n, func(c *Conn, ty MessageType, p []byte) {
		all.Done()
		all.Wait()
		c.Write(ty, p)
	})
	for _, p := range peers {
		p.text("all together")
	}
	for _, p := range peers {
		p.want(0x81, "all together")
	}
	finish()
}

func TestTCPUnreleasedCallsDoNotOverlap(t *testing.T) {
	eachTCPRole(t, nil, func(t *testing.T, c *Conn, peer *tcpPeer) {
		_, others, finish := crowd(t, everyLoop(), echoes)
		entered, let := make(chan string, 10), make(chan bool)
		h := serve(t, c, func(c *Conn, ty MessageType, p []byte) {
			entered <- string(p)
			<-let
			c.Write(ty, p)
		})
		peer.send(peer.frame(0x81, "1"), peer.frame(0x81, "2"))
		await(t, "the first message", entered)
		peer.text("3")
		for _, p := range others {
			p.text("meanwhile")
			p.want(0x81, "meanwhile")
		}
		if len(entered) > 0 {
			t.Errorf("%q overtakes", <-entered)
		}
		close(let)
		for _, want := range []string{"1", "2", "3"} {
			peer.want(0x81, want)
		}
		must(t, c.CloseNow())
		h.end()
		finish()
	})
}

// A released call can wait for what the same connection brings.
func TestTCPReleasedCallWaitsForTheNextMessage(t *testing.T) {
	eachTCPRole(t, nil, func(t *testing.T, c *Conn, peer *tcpPeer) {
		answer := make(chan string, 1)
		var waits sync.WaitGroup
		h := newProbe(t, func(c *Conn, ty MessageType, p []byte) {
			switch string(p) {
			case "answer":
				answer <- string(p)
				return
			case "unfinished":
				return
			}
			question := string(p)
			wait := func() {
				c.Write(ty, []byte("ask "+question))
				await(t, "the answer", answer)
				c.Write(ty, []byte("done "+question))
			}
			call, ok := c.Release()
			if !ok {
				waits.Go(wait)
				return
			}
			wait()
			if !call.Overtaken() {
				t.Error("an answer came to a call that nobody has overtaken")
			}
			if string(p) != question {
				t.Errorf("the payload became %q", p)
			}
		})
		h.overlaps = true
		c.Serve(h)
		for i := range 20 {
			peer.send(peer.frame(0x81, fmt.Sprint(i)), peer.frame(0x89, ""), peer.frame(0x81, "unfinished")[:5])
			for _, want := range []string{"ask ", "done "} {
				b, got, err := readWire(peer, !peer.masks)
				if b == 0x8A {
					_, got, err = readWire(peer, !peer.masks)
				}
				if got != fmt.Sprint(want, i) || err != nil {
					t.Fatalf("received %q, %v, want %s%d", got, err, want, i)
				}
				if want == "ask " {
					peer.send(peer.frame(0x81, "unfinished")[5:])
					peer.text("answer")
				}
			}
		}
		must(t, c.CloseNow())
		h.end()
		waits.Wait()
	})
}

func TestTCPOvertaken(t *testing.T) {
	eachTCPRole(t, nil, func(t *testing.T, c *Conn, peer *tcpPeer) {
		let := make(chan bool)
		h := newProbe(t, func(c *Conn, ty MessageType, p []byte) {
			call, ok := c.Release()
			if ok != evloop.Available {
				t.Errorf("Release reports %v", ok)
			}
			if ok && string(p) == "slow" {
				if call.Overtaken() {
					t.Error("overtaken at once")
				}
				eventually(t, "the call is overtaken", call.Overtaken)
				await(t, "permission", let)
			}
			c.Write(ty, p)
		})
		h.overlaps = true
		c.Serve(h)
		peer.text("slow")
		for range 3 {
			peer.text("quick")
			if evloop.Available {
				peer.want(0x81, "quick")
			}
		}
		if evloop.Available {
			let <- true
		}
		peer.want(0x81, "slow")
		must(t, c.CloseNow())
		h.end()
	})
}

// Closed does not wait for a call that was released.
func TestTCPReleasedCallWaitsForTheEnd(t *testing.T) {
	eachTCPRole(t, nil, func(t *testing.T, c *Conn, peer *tcpPeer) {
		returned := make(chan bool)
		h := newProbe(t, nil)
		h.overlaps = true
		h.message = func(c *Conn, _ MessageType, _ []byte) {
			defer close(returned)
			_, ok := c.Release()
			c.CloseNow()
			if ok {
				eventually(t, "Closed is called", func() bool { return h.ends.Load() > 0 })
			}
		}
		c.Serve(h)
		peer.send(peer.frame(0x81, "1"), peer.frame(0x81, "2"))
		wantIs(t, h.end(), net.ErrClosed)
		await(t, "the end of the call", returned)
	})
}

func TestTCPGoexitInMessage(t *testing.T) {
	eachTCPRole(t, nil, func(t *testing.T, c *Conn, peer *tcpPeer) {
		_, others, finish := crowd(t, everyLoop(), echoes)
		let := make(chan bool)
		h := newProbe(t, func(c *Conn, ty MessageType, p []byte) {
			c.Write(ty, p)
			if strings.HasPrefix(string(p), "late") {
				<-let
			}
			if strings.HasPrefix(string(p), "released") {
				call, ok := c.Release()
				if ok {
					eventually(t, "the call is overtaken", call.Overtaken)
				}
			}
			runtime.Goexit()
		})
		h.overlaps = true
		c.Serve(h)
		for _, s := range []string{"", "late ", "released "} {
			for i := range 3 {
				peer.send(peer.frame(0x81, fmt.Sprint(s, i)), peer.frame(0x81, fmt.Sprint(s, "and ", i)))
				for _, word := range []string{"", "and "} {
					peer.want(0x81, fmt.Sprint(s, word, i))
					for _, p := range others {
						p.text("meanwhile")
						p.want(0x81, "meanwhile")
					}
					if s == "late " {
						let <- true
					}
				}
			}
		}
		must(t, c.CloseNow())
		h.end()
		finish()
	})
}

// leaver ends the goroutine in Closed.
type leaver struct{ *probe }

func (h leaver) Closed(c *Conn, err error) {
	h.probe.Closed(c, err)
	runtime.Goexit()
}

// After Closed the descriptor is somebody else's.
func TestTCPGoexitInClosed(t *testing.T) {
	_, others, finish := crowd(t, everyLoop(), echoes)
	for i := range 50 {
		c, peer := connect(t, i%2 == 0, nil, nil)
		h := leaver{newProbe(t, nil)}
		c.Serve(h)
		peer.Close()
		h.end()
		p := others[i%len(others)]
		p.text("still there?")
		p.want(0x81, "still there?")
	}
	finish()
}

func TestTCPFloodLeavesRoomForOthers(t *testing.T) {
	_, quiet, finish := crowd(t, 50, echoes)
	var floods atomic.Int64
	flooded, floodPeers, finishFloods := crowd(t, 2, func(*Conn, MessageType, []byte) { floods.Add(1) })
	var flooders sync.WaitGroup
	for _, p := range floodPeers {
		flooders.Go(func() {
			stream := []byte(strings.Repeat(string(p.frame(0x81, "flood")), 10000))
			for {
				if _, err := p.Write(stream); err != nil {
					return
				}
			}
		})
	}
	for round := range 10 {
		for _, p := range quiet {
			p.text(fmt.Sprint(round))
		}
		for _, p := range quiet {
			p.want(0x81, fmt.Sprint(round))
		}
		before := floods.Load()
		eventually(t, "the flood goes on", func() bool { return floods.Load() > before })
	}
	for _, c := range flooded {
		c.CloseNow()
	}
	for _, p := range floodPeers {
		p.Close()
	}
	flooders.Wait()
	finishFloods()
	finish()
}
