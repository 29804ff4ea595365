package client_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/client"
	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/internal/memnet"
	"github.com/socketio-go/socketio/server"
	"github.com/socketio-go/socketio/socketiotest"
)

// clock notes when something happens, in seconds since the last time it was read.
type clock struct {
	mu    sync.Mutex
	start time.Time
	at    []float64
}

func (c *clock) tick() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.start.IsZero() {
		c.start = time.Now()
	}
	c.at = append(c.at, time.Since(c.start).Seconds())
}

func (c *clock) want(t *testing.T, seconds ...float64) {
	t.Helper()
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Equal(c.at, seconds) {
		t.Errorf("at %v\nwant %v", c.at, seconds)
	}
	c.at, c.start = nil, time.Time{}
}

// unreachable is a network on which every attempt fails after a time.
func (c *clock) unreachable(after time.Duration) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		c.tick()
		select {
		case <-time.After(after):
			return nil, syscall.EHOSTUNREACH
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func TestReconnectionTimetable(t *testing.T) {
	for name, test := range map[string]struct {
		opts  client.Options
		takes time.Duration // of one attempt
		want  []float64     // in the first minute
	}{
		"default":        {client.Options{}, 0, []float64{0, 1, 3, 7, 12, 17, 22, 27, 32, 37, 42, 47, 52, 57}},
		"slow attempts":  {client.Options{}, 3 * time.Second, []float64{0, 4, 9, 16, 24, 32, 40, 48, 56}},
		"own delays":     {client.Options{ReconnectionDelay: 100 * time.Millisecond, ReconnectionDelayMax: 20 * time.Second}, 0, []float64{0, 0.1, 0.3, 0.7, 1.5, 3.1, 6.3, 12.7, 25.5, 45.5}},
		"timeout":        {client.Options{Timeout: 7 * time.Second}, time.Hour, []float64{0, 8, 17, 28, 40, 52}},
		"official":       {client.Options{NoJitterAtMax: true}, 0, []float64{0, 1, 3, 7, 12, 17, 22, 27, 32, 37, 42, 47, 52, 57}},
		"three attempts": {client.Options{ReconnectionAttempts: 3}, 0, []float64{0, 1, 3, 7}},
		"none":           {client.Options{DisableReconnection: true}, 0, []float64{0}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var dials clock
				var happened journal
				test.opts.Jitter = -1
				test.opts.Transports = []string{engine.WebSocket}
				test.opts.Network.DialContext = dials.unreachable(test.takes)
				s := client.New(socketiotest.URL, &test.opts)
				var attempts []int
				s.Manager().OnReconnectAttempt(func(n int) { attempts = append(attempts, n) })
				happened.record(s)
				result := make(chan error, 1)
				go func() { result <- s.Connect(context.Background()) }()
				time.Sleep(59 * time.Second)
				synctest.Wait()
				limited := len(test.want) < 5
				if s.Active() == limited {
					t.Errorf("active: %v", s.Active())
				}
				_ = s.Close()
				err := <-result
				if limited && !isA[*client.DialError](err) || !limited && !errors.Is(err, net.ErrClosed) {
					t.Errorf("Connect: %v", err)
				}
				time.Sleep(time.Hour)
				dials.want(t, test.want...)
				for i, n := range attempts {
					if n != i+1 {
						t.Errorf("attempts %v", attempts)
						break
					}
				}
				if len(attempts) != len(test.want)-1 {
					t.Errorf("%d attempts", len(attempts))
				}
				entries := happened.take()
				for i, e := range entries {
					last := limited && i == len(test.want)-1
					if want := map[bool]string{false: "error DialError active=true", true: "error DialError active=false"}[last]; e != want {
						t.Errorf("error %d: %s, want %s", i, e, want)
					}
				}
			})
		})
	}
}

// After a loss the first attempt waits too, and a joined namespace begins the
// timetable anew.
func TestReconnectionAfterALoss(t *testing.T) {
	scripted(t, func(t *testing.T, x *script) {
		s := connect(t, x.client(client.Options{Jitter: -1}))
		for range 3 {
			time.Sleep(time.Minute)
			x.conn(0).Close()
			time.Sleep(time.Second)
			synctest.Wait()
			if !s.Connected() {
				t.Fatal("not connected again")
			}
		}
		want := []time.Duration{0, 60 * time.Second, 121 * time.Second, 182 * time.Second}
		for i, at := range x.times() {
			if i > 0 && at != want[i]+time.Second {
				t.Errorf("attempts at %v", x.times())
			}
		}
	})
}

// A server that accepts connections but lets nobody in is not stormed: as long as
// no namespace was joined the delays grow.
func TestReconnectionToAServerThatDiesAtOnce(t *testing.T) {
	scripted(t, func(t *testing.T, x *script) {
		x.packet = func(c *scriptConn, _ string) { c.Close() }
		s := x.client(client.Options{Jitter: -1, ReconnectionAttempts: 4})
		if err := s.Connect(t.Context()); !isA[*client.DialError](err) || s.Active() {
			t.Errorf("%v, active %v", err, s.Active())
		}
		want := []time.Duration{0, 1 * time.Second, 3 * time.Second, 7 * time.Second, 12 * time.Second}
		if got := x.times(); !slices.Equal(got, want) {
			t.Errorf("attempts at %v, want %v", got, want)
		}
	})
}

// Whatever the application does, there is one attempt at a time.
func TestNeverTwoAttemptsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most, total atomic.Int32
		m := client.NewManager(socketiotest.URL, &client.Options{Network: client.Network{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				most.Store(max(most.Load(), now.Add(1)))
				total.Add(1)
				defer now.Add(-1)
				select {
				case <-time.After(700 * time.Millisecond):
				case <-ctx.Done():
					time.Sleep(200 * time.Millisecond) // giving up takes its time
				}
				return nil, syscall.ECONNREFUSED
			},
		}})
		var all sync.WaitGroup
		for i := range 4 {
			s := m.Socket(string(rune('a'+i)), nil)
			all.Go(func() {
				for j := range 40 {
					ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i*j%17)*100*time.Millisecond)
					_ = s.Connect(ctx)
					cancel()
					if (i+j)%3 == 0 {
						_ = s.Close()
					}
					time.Sleep(time.Duration(j%5) * 90 * time.Millisecond)
				}
				_ = s.Close()
			})
		}
		all.Wait()
		time.Sleep(time.Minute)
		if most.Load() != 1 || total.Load() < 20 {
			t.Errorf("%d attempts, %d at the same time", total.Load(), most.Load())
		}
	})
}

// Somebody who knows that the network is back need not wait.
func TestConnectMakesTheNextAttemptAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, io *socketiotest.Server) {
		s := io.Client("/", &client.Options{ReconnectionDelay: time.Hour, ReconnectionDelayMax: time.Hour})
		io.Connect(s)
		io.Offline()
		time.Sleep(time.Second)
		io.Cut()
		time.Sleep(time.Minute)
		io.Online()
		start := time.Now()
		io.Connect(s)
		if d := time.Since(start); d > time.Second {
			t.Errorf("after %v", d)
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	for _, transport := range []string{engine.Polling, engine.WebSocket} {
		synctest.Test(t, func(t *testing.T) {
			var dials clock
			ln := memnet.Listen()
			status := 503
			hs := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "30")
				w.Header().Set("Connection", "close")
				w.WriteHeader(status)
				status = 502 // without meaning there, but it is what the server says
			})}
			go func() { _ = hs.Serve(ln) }()
			s := client.New(socketiotest.URL, &client.Options{Jitter: -1, Transports: []string{transport}, Network: client.Network{
				DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
					dials.tick()
					return ln.DialContext(ctx, network, addr)
				},
			}})
			go func() { _ = s.Connect(context.Background()) }()
			time.Sleep(80 * time.Second)
			dials.want(t, 0, 31, 63)
			_ = s.Close()
			_ = hs.Close()
			time.Sleep(time.Minute)
		})
	}
}

func TestReconnection(t *testing.T) {
	overModes(t, func(t *testing.T, io *socketiotest.Server, o client.Options) {
		echoes(io.Namespace)
		var happened journal
		m := io.Manager(&o)
		s, other := happened.record(m.Socket("/", nil)), m.Socket("/other", nil)
		io.Of("/other")
		events := socketiotest.Record(t, s)
		io.Connect(s)
		io.Connect(other)
		id := s.ID()
		time.Sleep(time.Second)
		happened.want(t, "connect")

		io.Cut()
		time.Sleep(20 * time.Second)
		happened.want(t, "disconnect "+disconnectReason(o)+" active=true", "connect")
		if s.ID() == id || !other.Connected() || io.ClientCount() != 1 {
			t.Errorf("id %s, other %v, %d connections", s.ID(), other.Connected(), io.ClientCount())
		}
		if err := s.Emit("echo", "again"); err != nil {
			t.Error(err)
		}
		events.Expect("echo", "again")
	})
}

// A server that does not speak the protocol is left, for another attempt (CLI-024).
func TestParseErrors(t *testing.T) {
	for name, talk := range map[string]func(c *scriptConn){
		"no packet":            func(c *scriptConn) { c.send("9") },
		"half an event":        func(c *scriptConn) { c.send(`2["a"`) },
		"a reserved name":      func(c *scriptConn) { c.send(`2["disconnect"]`) },
		"eleven attachments":   func(c *scriptConn) { c.send(`511-["a"]`) },
		"a stray attachment":   func(c *scriptConn) { _ = c.Send(binary(1)) },
		"text between":         func(c *scriptConn) { c.send(`51-["a",{"_placeholder":true,"num":0}]`, `2["b"]`) },
		"attachment of no one": func(c *scriptConn) { c.send(`51-["a",{"_placeholder":true,"num":1}]`); _ = c.Send(binary(1)) },
	} {
		t.Run(name, func(t *testing.T) {
			scripted(t, func(t *testing.T, x *script) {
				var happened journal
				s := happened.record(x.client(client.Options{}))
				s.OnAny(socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error { t.Errorf("got %s", m.Event); return nil }))
				connect(t, s)
				synctest.Wait()
				talk(x.conn(1))
				time.Sleep(5 * time.Second)
				happened.want(t, "connect", "disconnect parse error active=true", "connect")
			})
		})
	}
}

// The server's word ends a socket for good.
func TestServerDisconnects(t *testing.T) {
	overModes(t, func(t *testing.T, io *socketiotest.Server, o client.Options) {
		for _, all := range []bool{false, true} {
			var happened journal
			s := happened.record(io.Client("/", &o))
			io.Connect(s)
			time.Sleep(time.Second) // for an upgrade
			io.Peer(s).Disconnect(all)
			happened.want(t, "connect", "disconnect io server disconnect active=false")
			time.Sleep(time.Minute)
			if s.Active() || io.ClientCount() != 0 {
				t.Errorf("active %v, %d connections", s.Active(), io.ClientCount())
			}
			io.Connect(s)
			happened.want(t, "connect")
			_ = s.Close()
			time.Sleep(time.Minute)
		}
	})
}

// A server that shuts down is waited for.
func TestServerShutdown(t *testing.T) {
	overModes(t, func(t *testing.T, io *socketiotest.Server, o client.Options) {
		var happened journal
		s := happened.record(io.Client("/", &o))
		io.Connect(s)
		time.Sleep(time.Second)
		if err := io.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		happened.want(t, "connect", "disconnect transport close active=true")
		time.Sleep(10 * time.Second)
		if !s.Active() || s.Connected() {
			t.Errorf("active %v, connected %v", s.Active(), s.Connected())
		}
		happened.take()
	})
}

func TestDisableReconnection(t *testing.T) {
	bubble(t, func(t *testing.T, io *socketiotest.Server) {
		var happened journal
		s := happened.record(io.Client("/", &client.Options{DisableReconnection: true}))
		io.Connect(s)
		time.Sleep(time.Second)
		io.Cut()
		happened.want(t, "connect", "disconnect transport close active=false")
		time.Sleep(time.Hour)
		if s.Active() {
			t.Error("active")
		}
		io.Connect(s)
		happened.want(t, "connect")
	})
}

// What a hook does to its socket takes effect.
func TestHooksMayClose(t *testing.T) {
	bubble(t, func(t *testing.T, io *socketiotest.Server) {
		io.Offline()
		var happened journal
		s := happened.record(io.Client("/", nil))
		s.Manager().OnReconnectAttempt(func(n int) {
			if n == 2 {
				_ = s.Close()
			}
			if n == 1 {
				panic("on purpose")
			}
		})
		if err := s.Connect(t.Context()); !errors.Is(err, net.ErrClosed) {
			t.Errorf("got %v", err)
		}
		happened.want(t, "error DialError active=true", "error DialError active=true")
		io.Online()
		s.OnConnect(func(context.Context, *client.Socket) { panic("on purpose") })
		s.OnConnect(func(_ context.Context, s *client.Socket) { _ = s.Close() })
		s.OnDisconnect(func(*client.Socket, socketio.Reason, error) { panic("on purpose") })
		_ = s.Connect(t.Context())
		happened.want(t, "connect", "disconnect io client disconnect active=false")
		time.Sleep(time.Minute)
		if io.ClientCount() != 0 {
			t.Errorf("%d connections", io.ClientCount())
		}
	})
}

// A client whose connection is dead notices it by the missing ping.
func TestPingTimeout(t *testing.T) {
	for mode, o := range modes {
		t.Run(mode, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				t.Cleanup(func() { time.Sleep(time.Minute) })
				io := socketiotest.NewServer(t, &server.Options{PingInterval: 4 * time.Second, PingTimeout: 2 * time.Second})
				network := newHole(io.DialContext)
				o.Network.DialContext = network.DialContext
				var happened journal
				s := happened.record(io.Client("/", &o))
				io.Connect(s)
				time.Sleep(time.Hour)
				happened.want(t, "connect")
				network.open()
				time.Sleep(7 * time.Second)
				synctest.Wait()
				if got := happened.take(); len(got) == 0 || got[0] != "disconnect ping timeout active=true" {
					t.Errorf("happened %q", got)
				}
			})
		})
	}
}
