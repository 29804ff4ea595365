package websocket

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// descriptors counts what is open in this process, or 0 where that is unknown.
func descriptors() int {
	entries, _ := os.ReadDir("/proc/self/fd")
	return len(entries)
}

// cable connects two served connections. Each echoes down a count that begins
// with its number, and every message that is not of its own is an error.
type cable struct {
	t    *testing.T
	id   int
	ends [2]*probe
	done chan bool // a count has come to 0
	once sync.Once
}

func (k *cable) message(c *Conn, ty MessageType, p []byte) {
	var id, left int
	var pad string
	fmt.Sscanf(string(p), "%d %d %s", &id, &left, &pad)
	if id != k.id || pad != padding(id, left) {
		k.t.Errorf("connection %d receives %q", k.id, short(string(p)))
	}
	if left == 0 {
		k.once.Do(func() { close(k.done) })
		return
	}
	c.Write(ty, fmt.Appendf(nil, "%d %d %s", id, left-1, padding(id, left-1)))
}

func padding(id, n int) string { return strings.Repeat(string(rune('a'+id%26)), 1+id*n%500) }

func (k *cable) run(random *rand.Rand) {
	near, far := sockets(k.t)
	o := (*Options)(nil).withDefaults()
	ends := [2]*Conn{newConn(near, true, agreement{}, nil, &o), newConn(far, false, agreement{}, nil, &o)}
	for i, c := range ends {
		k.ends[i] = newProbe(k.t, k.message)
		c.Serve(k.ends[i])
	}
	for _, c := range ends {
		c.Write(Text, fmt.Appendf(nil, "%d %d %s", k.id, 6, padding(k.id, 6)))
	}
	one, other := ends[random.IntN(2)], ends[random.IntN(2)]
	if random.IntN(3) > 0 {
		await(k.t, "the last message", k.done)
	} // else the end comes amid the messages
	switch random.IntN(3) {
	case 0:
		one.CloseNow()
	case 1:
		one.Close(1000, "")
	case 2:
		go one.CloseNow()
		other.Close(1001, "")
	}
	for _, h := range k.ends {
		h.end()
	}
}

// Connections come and go, so that the numbers of their descriptors and their
// places on the loops are used again at once.
func TestTCPChurn(t *testing.T) {
	const workers, each = 50, 20
	runtime.GC() // which closes what earlier tests have dropped
	goroutines, open := runtime.NumGoroutine(), descriptors()
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(uint64(w), 1))
			for i := range each {
				(&cable{t: t, id: w*each + i, done: make(chan bool)}).run(random)
			}
		})
	}
	wg.Wait()
	eventually(t, "all goroutines end", func() bool { return runtime.NumGoroutine() <= goroutines })
	eventually(t, "all descriptors are closed", func() bool { return descriptors() <= open })
}

// A thousand at a time.
func TestTCPManyAtOnce(t *testing.T) {
	const n = 1000
	goroutines, open := runtime.NumGoroutine(), descriptors()
	conns, peers, finish := crowd(t, n, echoes)
	if extra := runtime.NumGoroutine() - goroutines; conns[0].onLoop && extra > 50 {
		t.Errorf("%d goroutines for %d connections", extra, n)
	}
	for i, p := range peers {
		p.text(fmt.Sprint("I am ", i))
	}
	for i, p := range peers {
		p.want(0x81, fmt.Sprint("I am ", i))
	}
	message := Prepare(Text, []byte("to all"))
	for _, c := range conns {
		must(t, c.WritePrepared(message, message))
	}
	for _, p := range peers {
		p.want(0x81, "to all")
		p.want(0x81, "to all")
		p.Close()
	}
	finish()
	eventually(t, "all goroutines end", func() bool { return runtime.NumGoroutine() <= goroutines })
	eventually(t, "all descriptors are closed", func() bool { return descriptors() <= open })
}
