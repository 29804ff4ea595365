package client_test

import (
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/client"
	"github.com/socketio-go/socketio/server"
)

// chaosTime is how long the network is bad. SOCKETIO_CHAOS, which make chaos sets,
// makes it longer.
const chaosTime = 10 * time.Second

const chaosClients = 20

// TestChaos has 20 clients and a server exchange numbered events, in both
// directions, over a network that cuts, stalls, delays and half-closes connections
// at random. No acknowledged event may be lost, none may come before its time, and
// nothing may be left behind.
func TestChaos(t *testing.T) {
	if testing.Short() {
		t.Skip("a bad network takes its time: not with -short")
	}
	duration := chaosTime
	if d, err := time.ParseDuration(os.Getenv("SOCKETIO_CHAOS")); err == nil {
		duration = d
	}
	before := steady()
	seed := rand.Uint64()
	c := &chaos{t: t, random: rand.New(rand.NewPCG(seed, 0))}
	c.run(duration)
	t.Logf("seed %d, %v: %d events to the server, %d to clients, %d repeated, %d connections, %d faults",
		seed, duration, c.toServer.Load(), c.toClients.Load(), c.repeated.Load(), c.connects.Load(), c.faults.Load())
	if c.connects.Load() < chaosClients*2 || c.toServer.Load() < chaosClients*10 || c.toClients.Load() < chaosClients*10 {
		t.Error("that was not much of a test")
	}
	for deadline := time.Now().Add(patience); runtime.NumGoroutine() > before && time.Now().Before(deadline); {
		<-time.After(10 * time.Millisecond)
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
}

type chaos struct {
	t      *testing.T
	target string

	mu     sync.Mutex // guards random
	random *rand.Rand
	healed atomic.Bool

	members                                         [chaosClients]member
	toServer, toClients, repeated, connects, faults atomic.Int64
}

// member is one client, with what both sides know of it.
type member struct {
	atServer, atClient ledger
	socket             atomic.Pointer[server.Socket]
}

// ledger is what one end has received.
type ledger struct {
	mu      sync.Mutex
	highest int
}

// enter takes a number. One that skips others would be a lost event; smaller ones
// are repetitions.
func (l *ledger) enter(c *chaos, who string, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case n == l.highest+1:
		l.highest = n
	case n > l.highest:
		c.t.Errorf("%s: event %d comes after %d", who, n, l.highest)
		l.highest = n
	default:
		c.repeated.Add(1)
	}
}

// acknowledged checks that an event that was acknowledged has arrived.
func (l *ledger) acknowledged(c *chaos, who string, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.highest < n {
		c.t.Errorf("%s: event %d is acknowledged and has not arrived", who, n)
	}
}

// pick is a random number below n.
func (c *chaos) pick(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.random.IntN(n)
}

func (c *chaos) run(duration time.Duration) {
	sio := server.New(&server.Options{PingInterval: 700 * time.Millisecond, PingTimeout: 800 * time.Millisecond, AckTimeout: 2 * time.Second})
	hs := httptest.NewUnstartedServer(sio)
	hs.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	hs.Start()
	c.target = hs.Listener.Addr().String()
	c.serve(sio)
	proxy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		c.t.Fatal(err)
	}
	var connections sync.WaitGroup
	go c.accept(proxy, &connections)

	ctx, stop := context.WithTimeout(context.Background(), duration)
	defer stop()
	var all sync.WaitGroup
	for i := range c.members {
		all.Go(func() { c.client(ctx, i, "http://"+proxy.Addr().String()) })
		all.Go(func() { c.sendFromServer(ctx, i) })
	}
	<-ctx.Done()
	c.healed.Store(true)
	all.Wait()
	_ = proxy.Close()
	_ = sio.Close()
	hs.Close()
	connections.Wait()
}

func (c *chaos) serve(sio *server.Server) {
	sio.OnConnect(func(_ context.Context, s *server.Socket) error {
		var auth struct{ Member int }
		if err := s.Auth(&auth); err != nil {
			return err
		}
		s.SetData(auth.Member)
		c.members[auth.Member].socket.Store(s)
		c.connects.Add(1)
		return nil
	})
	handle(sio, "n", func(_ context.Context, m *socketio.Message) error {
		var n int
		if err := m.Args.Scan(&n); err != nil {
			return err
		}
		c.members[m.Socket.(*server.Socket).Data().(int)].atServer.enter(c, "at the server", n)
		return m.Ack()
	})
}

func (c *chaos) client(ctx context.Context, i int, at string) {
	me := &c.members[i]
	o := [...]client.Options{modes["polling"], modes["websocket"], modes["upgrade"]}[i%3]
	o.ReconnectionDelay, o.ReconnectionDelayMax, o.Timeout = 20*time.Millisecond, 200*time.Millisecond, 2*time.Second
	o.SocketOptions = client.SocketOptions{Auth: map[string]int{"Member": i}, Retries: 1 << 30, AckTimeout: 2 * time.Second}
	o.Network.Proxy = func(*http.Request) (*url.URL, error) { return nil, nil }
	s := client.New(at, &o)
	handle(s, "n", func(_ context.Context, m *socketio.Message) error {
		var n int
		if err := m.Args.Scan(&n); err != nil {
			return err
		}
		me.atClient.enter(c, "at a client", n)
		return m.Ack()
	})
	if err := s.Connect(context.Background()); err != nil {
		c.t.Error(err)
	}
	for n := 1; ctx.Err() == nil; n++ {
		if n%4 == 0 { // also without waiting for it
			if err := s.Emit("n", n); err != nil {
				c.t.Error(err)
			}
			continue
		}
		if _, err := s.Call(context.Background(), "n", n); err != nil {
			c.t.Errorf("event %d: %v", n, err)
		}
		me.atServer.acknowledged(c, "at the server", n)
		c.toServer.Add(1)
		<-time.After(time.Duration(c.pick(5)) * time.Millisecond)
	}
	limited, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.Shutdown(limited); err != nil {
		c.t.Errorf("Shutdown: %v", err)
	}
}

// sendFromServer repeats each event until it is acknowledged, on whatever connection
// there is.
func (c *chaos) sendFromServer(ctx context.Context, i int) {
	me := &c.members[i]
	for n := 1; ctx.Err() == nil; {
		s := me.socket.Load()
		if s == nil {
			<-time.After(10 * time.Millisecond)
			continue
		}
		if _, err := s.Call(ctx, "n", n); err != nil {
			<-time.After(5 * time.Millisecond)
			continue
		}
		me.atClient.acknowledged(c, "at a client", n)
		c.toClients.Add(1)
		n++
	}
}

func (c *chaos) accept(proxy net.Listener, connections *sync.WaitGroup) {
	for {
		here, err := proxy.Accept()
		if err != nil {
			return
		}
		there, err := net.Dial("tcp", c.target)
		if err != nil {
			_ = here.Close()
			continue
		}
		connections.Add(2)
		a, b := here.(*net.TCPConn), there.(*net.TCPConn)
		dead := make(chan struct{})
		var once sync.Once
		end := func() { once.Do(func() { close(dead) }); _ = a.Close(); _ = b.Close() }
		go func() { defer connections.Done(); c.forward(a, b, dead, end) }()
		go func() { defer connections.Done(); c.forward(b, a, dead, end) }()
	}
}

// forward carries one direction, badly.
func (c *chaos) forward(from, to *net.TCPConn, dead chan struct{}, end func()) {
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		if err != nil {
			if err == io.EOF {
				_ = to.CloseWrite()
			} else {
				end()
			}
			return
		}
		if !c.healed.Load() && !c.fault(from, to, dead, end) {
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			end()
			return
		}
	}
}

// fault does something bad, now and then. It reports false when nothing more is
// carried in this direction.
func (c *chaos) fault(from, to *net.TCPConn, dead chan struct{}, end func()) bool {
	roll := c.pick(1000)
	if roll >= 40 {
		return true
	}
	c.faults.Add(1)
	switch {
	case roll < 4: // cut
		_ = from.SetLinger(0)
		_ = to.SetLinger(0)
		end()
		return false
	case roll < 7: // orderly end
		end()
		return false
	case roll < 10: // one direction ends
		_ = to.CloseWrite()
		return c.swallow(from)
	case roll < 14: // a hole: nobody is told
		return c.swallow(from)
	case roll < 18: // stall
		select {
		case <-time.After(time.Duration(c.pick(3000)) * time.Millisecond):
		case <-dead:
		}
	default: // delay
		select {
		case <-time.After(time.Duration(c.pick(100)) * time.Millisecond):
		case <-dead:
		}
	}
	return true
}

// swallow reads to the end.
func (c *chaos) swallow(from net.Conn) bool {
	_, _ = io.Copy(io.Discard, from)
	return false
}
