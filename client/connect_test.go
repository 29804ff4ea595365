package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/client"
	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/server"
	"github.com/socketio-go/socketio/socketiotest"
)

func TestConnect(t *testing.T) {
	overModes(t, func(t *testing.T, io *socketiotest.Server, o client.Options) {
		var happened journal
		s := happened.record(io.Client("/", &o))
		if s.Active() || s.Connected() || s.ID() != "" || s.Transport() != "" || s.Context().Err() == nil {
			t.Error("a new socket is not inactive")
		}
		if err := s.Emit("x"); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Emit on an inactive socket: %v", err)
		}
		io.Connect(s)
		io.Connect(s) // does nothing
		happened.want(t, "connect")
		if !s.Active() || !s.Connected() || len(s.ID()) != 20 || s.Recovered() || s.Context().Err() != nil || s.Namespace() != "/" {
			t.Error("a connected socket is not")
		}
		if io.Peer(s).ID() != s.ID() {
			t.Error("the two ends have different ids")
		}
		ctx := s.Context()
		_ = s.Close()
		_ = s.Close()
		happened.want(t, "disconnect io client disconnect active=false")
		if s.ID() != "" || ctx.Err() != context.Canceled || io.ClientCount() > 0 && s.Transport() != "" {
			t.Error("a closed socket is not")
		}
		io.Connect(s)
		happened.want(t, "connect")
	})
}

// What the server says first is not lost when handlers are registered before.
func TestEventsRightAfterTheConnection(t *testing.T) {
	overModes(t, func(t *testing.T, io *socketiotest.Server, o client.Options) {
		io.OnConnect(func(_ context.Context, s *server.Socket) error {
			return errors.Join(s.Emit("welcome", s.ID()), s.Emit("binary", []byte{1}))
		})
		s := io.Client("/", &o)
		events := socketiotest.Record(t, s)
		var happened journal
		s.OnConnect(func(_ context.Context, s *client.Socket) { happened.add("connect %d", len(s.ID())) })
		s.OnAny(socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error { happened.add("%s", m.Event); return nil }))
		io.Connect(s)
		events.Expect("welcome", s.ID())
		events.Expect("binary", []byte{1})
		happened.want(t, "connect 20", "welcome", "binary")
	})
}

func TestNamespacesShareAConnection(t *testing.T) {
	overModes(t, func(t *testing.T, io *socketiotest.Server, o client.Options) {
		echoes(io.Namespace)
		echoes(io.Of("/admin"))
		m := io.Manager(&o)
		root, admin := m.Socket("", nil), m.Socket("admin", nil)
		if root.Namespace() != "/" || admin.Namespace() != "/admin" || m.Socket("/admin", nil) != admin || admin.Manager() != m {
			t.Error("the sockets of a Manager")
		}
		io.Connect(root)
		io.Connect(admin)
		if io.ClientCount() != 1 || root.ID() == admin.ID() {
			t.Errorf("%d connections", io.ClientCount())
		}
		for _, s := range []*client.Socket{root, admin} {
			answer, err := s.Call(t.Context(), "echo", s.Namespace(), []byte{1})
			if err != nil || jsonText(t, answer) != `["`+s.Namespace()+`","AQ=="]` {
				t.Errorf("%v, %v", answer, err)
			}
		}
		_ = root.Close()
		if _, err := admin.Call(t.Context(), "echo"); err != nil {
			t.Errorf("after the other one was closed: %v", err)
		}
		io.Connect(root)
		if io.ClientCount() != 1 {
			t.Errorf("%d connections", io.ClientCount())
		}
		io.Peer(admin).Disconnect(false)
		synctest.Wait()
		if admin.Active() || !root.Connected() {
			t.Error("one namespace ends the other")
		}
		_ = root.Close()
		synctest.Wait()
		time.Sleep(time.Second)
		if io.ClientCount() != 0 {
			t.Error("the connection outlives its last namespace")
		}
	})
}

func TestURLs(t *testing.T) {
	bubble(t, func(t *testing.T, io *socketiotest.Server) {
		io.Of("/chat")
		network := client.Network{DialContext: io.DialContext}
		for url, namespace := range map[string]string{
			"http://x": "/", "http://x/": "/", "ws://x/chat": "/chat", "http://[::1]:3000/chat?token=1": "/chat", "http://u:p@x": "/",
		} {
			s := client.New(url, &client.Options{Network: network})
			connect(t, s)
			if s.Namespace() != namespace {
				t.Errorf("%s: namespace %q", url, s.Namespace())
			}
			if peer := io.Peer(s); strings.Contains(url, "token") && peer.Handshake().Query().Get("token") != "1" {
				t.Errorf("%s: query %v", url, peer.Handshake().Query())
			}
			_ = s.Close()
		}
		for _, url := range []string{"", "x", "x:3000", "//x", "ftp://x", "http://", "http://[", "mailto:x@y"} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			_, err := client.Dial(ctx, url, &client.Options{Network: network})
			if err == nil || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%q: %v", url, err)
			}
			cancel()
		}
		if err := client.NewManager("http://x/chat", nil).Socket("/", nil).Connect(t.Context()); err == nil || !strings.Contains(err.Error(), "path") {
			t.Errorf("a Manager's URL with a path: %v", err)
		}
	})
}

// EIO-161
func TestPath(t *testing.T) {
	bubble(t, func(t *testing.T, io *socketiotest.Server) {
		for path, want := range map[string]string{"": "/socket.io/?", "/app/": "/app/?", "/app": "/app?"} {
			s := client.New("http://x", &client.Options{Path: path, Network: client.Network{DialContext: io.DialContext}})
			connect(t, s)
			if got := io.Peer(s).Handshake().URI; !strings.HasPrefix(got, want) {
				t.Errorf("%q: connected to %s", path, got)
			}
			_ = s.Close()
		}
	})
}

func TestDialErrors(t *testing.T) {
	overModes(t, func(t *testing.T, io *socketiotest.Server, o client.Options) {
		io.Of("/secret").Use(func(_ context.Context, s *server.Socket) error {
			return &socketio.Error{Message: "who are you?", Data: map[string]int{"code": 401}}
		})
		o.Network.DialContext = io.DialContext

		_, err := client.Dial(t.Context(), "http://x/secret", &o)
		var refused *client.ConnectError
		if !errors.As(err, &refused) || refused.Message != "who are you?" || string(refused.Data) != `{"code":401}` || refused.Namespace != "/secret" {
			t.Errorf("refused by a middleware: %v", err)
		}
		if _, err = client.Dial(t.Context(), "http://x/nothing", &o); !errors.As(err, &refused) || refused.Message != "Invalid namespace" {
			t.Errorf("no such namespace: %v", err)
		}
		io.Offline()
		_, err = client.Dial(t.Context(), "http://x", &o)
		var failed *client.DialError
		if !errors.As(err, &failed) || !errors.Is(err, syscall.ECONNREFUSED) || failed.Attempt != 0 {
			t.Errorf("nobody there: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err = client.Dial(ctx, "http://x", &o); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		time.Sleep(time.Second)
		if io.ClientCount() > 0 {
			t.Error("a connection is left")
		}
	})
}

// Connect goes on until the server is there.
func TestConnectRetries(t *testing.T) {
	bubble(t, func(t *testing.T, io *socketiotest.Server) {
		var happened journal
		s := happened.record(io.Client("/", nil))
		io.Offline()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		err := s.Connect(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, syscall.ECONNREFUSED) || !s.Active() {
			t.Errorf("got %v, active %v", err, s.Active())
		}
		time.AfterFunc(20*time.Second, io.Online)
		io.Connect(s)
		happened.mu.Lock()
		for _, e := range happened.entries[:len(happened.entries)-1] {
			if e != "error DialError active=true" {
				t.Errorf("happened: %s", e)
			}
		}
		happened.mu.Unlock()
	})
}

func TestRefusalEndsTheSocket(t *testing.T) {
	overModes(t, func(t *testing.T, io *socketiotest.Server, o client.Options) {
		allowed, tries := false, 0
		io.Use(func(context.Context, *server.Socket) error {
			if tries++; !allowed {
				return &socketio.Error{Message: "no"}
			}
			return nil
		})
		var happened journal
		s := happened.record(io.Client("/", &o))
		if err := s.Connect(t.Context()); !isA[*client.ConnectError](err) {
			t.Errorf("got %v", err)
		}
		happened.want(t, "error ConnectError active=false")
		time.Sleep(time.Hour)
		if tries != 1 || io.ClientCount() != 0 || s.Active() {
			t.Errorf("%d tries, %d connections, active %v", tries, io.ClientCount(), s.Active())
		}
		allowed = true
		io.Connect(s)
		happened.want(t, "connect")
	})
}

// A refusal with a time to come back is no end.
func TestRefusalWithRetryAfter(t *testing.T) {
	bubble(t, func(t *testing.T, io *socketiotest.Server) {
		var at []time.Duration
		start := time.Now()
		io.Use(func(context.Context, *server.Socket) error {
			if at = append(at, time.Since(start)); len(at) < 3 {
				return &socketio.Error{Message: "full", Data: map[string]int{"retryAfter": 10_000}}
			}
			return nil
		})
		o := client.Options{Jitter: -1}
		if _, err := client.Dial(t.Context(), socketiotest.URL, &client.Options{Network: client.Network{DialContext: io.DialContext}}); !isA[*client.ConnectError](err) {
			t.Errorf("Dial: %v", err)
		}
		at, start = nil, time.Now()
		var happened journal
		s := happened.record(io.Client("/", &o))
		if err := s.Connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		happened.want(t, "error ConnectError active=true", "error ConnectError active=true", "connect")
		if want := []time.Duration{0, 11 * time.Second, 23 * time.Second}; !slices.Equal(at, want) {
			t.Errorf("asked at %v, want %v", at, want)
		}
	})
}

func TestConnectErrorForms(t *testing.T) {
	for packet, want := range map[string]client.ConnectError{
		`4{"message":"no"}`:                                  {Namespace: "/", Message: "no"},
		`4{"message":"no","data":[1]}`:                       {Namespace: "/", Message: "no", Data: json.RawMessage("[1]")},
		`4"old style"`:                                       {Namespace: "/", Message: "old style"},
		`4{"message":"no","data":{"retryAfter":"soon"}}`:     {Namespace: "/", Message: "no", Data: json.RawMessage(`{"retryAfter":"soon"}`)},
		`4{"message":"no","data":{"retryAfter":-5}}`:         {Namespace: "/", Message: "no", Data: json.RawMessage(`{"retryAfter":-5}`)},
		`4{"message":"no","data":{"retryAfter":1e300}}`:      {Namespace: "/", Message: "no", Data: json.RawMessage(`{"retryAfter":1e300}`), RetryAfter: time.Hour},
		`4{"message":"no","data":{"retryAfter":1500,"x":1}}`: {Namespace: "/", Message: "no", Data: json.RawMessage(`{"retryAfter":1500,"x":1}`), RetryAfter: 1500 * time.Millisecond},
	} {
		scripted(t, func(t *testing.T, x *script) {
			x.packet = func(c *scriptConn, p string) { c.send(packet) }
			s := x.client(client.Options{})
			got := make(chan error, 10)
			s.OnConnectError(func(_ *client.Socket, err error) { got <- err })
			go func() { _ = s.Connect(context.Background()) }()
			var refused *client.ConnectError
			if err := <-got; !errors.As(err, &refused) || fmt.Sprint(*refused) != fmt.Sprint(want) {
				t.Errorf("%s: %+v", packet, err)
			}
		})
	}
}

// A server that dies at each step, seen from the socket: every time it comes back.
func TestServerDiesAtEachStep(t *testing.T) {
	for name, die := range map[string]func(c *scriptConn, p string){
		"CONNECT is not answered, then the end": func(c *scriptConn, _ string) { c.Close() },
		"CONNECT is answered with nonsense":     func(c *scriptConn, _ string) { c.send(`0{"sid":5}`) },
		"CONNECT is answered without an id":     func(c *scriptConn, _ string) { c.send(`0`) },
		"no packet":                             func(c *scriptConn, _ string) { c.send(`9`) },
		"silence":                               func(c *scriptConn, _ string) { c.Pause() },
		"attachments before their time":         func(c *scriptConn, _ string) { _ = c.Send(engine.BinaryMessage([]byte{1})) },
	} {
		t.Run(name, func(t *testing.T) {
			scripted(t, func(t *testing.T, x *script) {
				x.packet = func(c *scriptConn, p string) {
					if c.n < 3 {
						die(c, p)
					} else {
						c.answer(p)
					}
				}
				var happened journal
				s := happened.record(x.client(client.Options{}))
				if name == "silence" {
					// The server's engine goes on pinging: only the user loses patience.
					ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
					defer cancel()
					if err := s.Connect(ctx); !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("got %v", err)
					}
					return
				}
				connect(t, s)
				happened.want(t, "error DialError active=true", "error DialError active=true", "connect")
			})
		})
	}
}

func TestOldServer(t *testing.T) {
	scripted(t, func(t *testing.T, x *script) {
		x.packet = func(c *scriptConn, _ string) { c.send("0") }
		o := client.Options{Network: client.Network{DialContext: x.dial}, Transports: []string{engine.WebSocket}}
		if _, err := client.Dial(t.Context(), socketiotest.URL, &o); err == nil || !strings.Contains(err.Error(), "Socket.IO 2.x") {
			t.Errorf("got %v", err)
		}
	})
}

func TestAuth(t *testing.T) {
	overModes(t, func(t *testing.T, io *socketiotest.Server, o client.Options) {
		var got []string
		io.Use(func(_ context.Context, s *server.Socket) error {
			var auth map[string]any
			if err := s.Auth(&auth); err != nil {
				return err
			}
			got = append(got, fmt.Sprint(auth))
			return nil
		})
		n := 0
		o.AuthFunc = func(ctx context.Context) (any, error) {
			switch n++; n {
			case 2:
				return nil, errors.New("no token today")
			case 3:
				panic("on purpose")
			case 4:
				return 7, nil
			}
			return map[string]int{"n": n}, ctx.Err()
		}
		var happened journal
		s := happened.record(io.Client("/", &o))
		io.Connect(s)
		time.Sleep(time.Second) // for an upgrade
		io.Cut()
		time.Sleep(time.Minute)
		happened.want(t, "connect", "disconnect "+disconnectReason(o)+" active=true",
			"error wrapError active=true", "error wrapError active=true", "error wrapError active=true", "connect")
		_ = s.Close()
		o.AuthFunc = nil
		o.Auth = struct {
			Token string `json:"token"`
		}{"secret"}
		io.Connect(io.Client("/", &o))
		if want := []string{"map[n:1]", "map[n:5]", "map[token:secret]"}; !slices.Equal(got, want) {
			t.Errorf("auth %v, want %v", got, want)
		}
	})
}

// disconnectReason is that of a network that fails.
func disconnectReason(o client.Options) string {
	if len(o.Transports) > 0 && o.Transports[0] == engine.Polling {
		return "transport error"
	}
	return "transport close"
}

// The context of AuthFunc ends with the connection, and with the socket.
func TestAuthContext(t *testing.T) {
	for name, end := range map[string]func(io *socketiotest.Server, s *client.Socket){
		"cut":   func(io *socketiotest.Server, _ *client.Socket) { io.Cut() },
		"close": func(_ *socketiotest.Server, s *client.Socket) { _ = s.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, io *socketiotest.Server) {
				started, ended := make(chan struct{}), make(chan error, 10)
				s := io.Client("/", &client.Options{SocketOptions: client.SocketOptions{AuthFunc: func(ctx context.Context) (any, error) {
					close(started)
					<-ctx.Done()
					ended <- ctx.Err()
					return nil, ctx.Err()
				}}, DisableReconnection: true})
				go func() { _ = s.Connect(context.Background()) }()
				<-started
				end(io, s)
				if err := <-ended; err != context.Canceled {
					t.Error(err)
				}
				synctest.Wait()
				if s.Active() {
					t.Error("the socket is active")
				}
			})
		})
	}
}

// Credentials of one namespace that take long do not hold up another one.
func TestSlowAuthHoldsNobodyUp(t *testing.T) {
	bubble(t, func(t *testing.T, io *socketiotest.Server) {
		io.Of("/slow")
		m := io.Manager(nil)
		slow := m.Socket("/slow", &client.SocketOptions{AuthFunc: func(ctx context.Context) (any, error) {
			time.Sleep(time.Minute)
			return nil, nil
		}})
		fast := m.Socket("/", nil)
		done := make(chan error, 1)
		go func() { done <- slow.Connect(t.Context()) }()
		start := time.Now()
		io.Connect(fast)
		if d := time.Since(start); d > 0 {
			t.Errorf("after %v", d)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// Closing and connecting in quick succession leaves one socket at the server.
func TestCloseAndConnectInQuickSuccession(t *testing.T) {
	overModes(t, func(t *testing.T, io *socketiotest.Server, o client.Options) {
		release := make(chan struct{})
		io.Of("/slow").Use(func(context.Context, *server.Socket) error { <-release; return nil })
		m := io.Manager(&o)
		io.Connect(m.Socket("/", nil)) // keeps the connection
		s := m.Socket("/slow", nil)
		var happened journal
		happened.record(s)
		result := make(chan error, 5)
		for range 4 {
			go func() { result <- s.Connect(context.Background()) }()
			synctest.Wait()
			_ = s.Close()
			if err := <-result; !errors.Is(err, net.ErrClosed) {
				t.Errorf("a Connect that was closed: %v", err)
			}
		}
		go func() { result <- s.Connect(context.Background()) }()
		synctest.Wait()
		close(release)
		if err := <-result; err != nil {
			t.Fatal(err)
		}
		happened.want(t, "connect")
		if n := io.Of("/slow").SocketCount(); n != 1 || io.ClientCount() != 1 {
			t.Errorf("%d sockets, %d connections", n, io.ClientCount())
		}
		_ = s.Close()
		synctest.Wait()
		time.Sleep(time.Second)
		if n := io.Of("/slow").SocketCount(); n != 0 {
			t.Errorf("%d sockets are left", n)
		}
	})
}

// A socket that was closed before the server had let it in is not left behind.
func TestCloseBeforeTheReply(t *testing.T) {
	overModes(t, func(t *testing.T, io *socketiotest.Server, o client.Options) {
		release := make(chan struct{})
		io.Of("/slow").Use(func(context.Context, *server.Socket) error { <-release; return nil })
		m := io.Manager(&o)
		io.Connect(m.Socket("/", nil))
		s := m.Socket("/slow", nil)
		go func() { _ = s.Connect(context.Background()) }()
		synctest.Wait()
		_ = s.Close()
		close(release)
		time.Sleep(time.Second)
		if n := io.Of("/slow").SocketCount(); n != 0 || io.ClientCount() != 1 {
			t.Errorf("%d sockets, %d connections", n, io.ClientCount())
		}
	})
}

// A client that closes at once leaves nothing behind, wherever it was.
func TestCloseAtAnyMoment(t *testing.T) {
	overModes(t, func(t *testing.T, io *socketiotest.Server, o client.Options) {
		slow := func(ctx context.Context, network, addr string) (net.Conn, error) {
			time.Sleep(3 * time.Millisecond)
			return io.DialContext(ctx, network, addr)
		}
		o.Network.DialContext = slow
		for d := range 15 {
			s := io.Client("/", &o)
			result := make(chan error, 1)
			go func() { result <- s.Connect(context.Background()) }()
			synctest.Wait()
			time.Sleep(time.Duration(d) * time.Millisecond)
			_ = s.Close()
			<-result
			time.Sleep(2 * time.Minute) // a handshake that was given up ends with the server's timeouts
			if io.ClientCount() != 0 || s.Active() {
				t.Errorf("after %d ms: %d connections", d, io.ClientCount())
			}
		}
	})
}

func TestPrepare(t *testing.T) {
	bubble(t, func(t *testing.T, io *socketiotest.Server) {
		n := 0
		s := io.Client("/", &client.Options{
			Query: map[string][]string{"a": {"b"}},
			Prepare: func(ctx context.Context, d *engine.DialOptions) error {
				if n++; n == 1 {
					return errors.New("not yet")
				}
				d.Query = map[string][]string{"attempt": {fmt.Sprint(n)}}
				return ctx.Err()
			},
		})
		io.Connect(s)
		if q := io.Peer(s).Handshake().Query(); q.Get("attempt") != "2" || q.Has("a") {
			t.Errorf("query %v", q)
		}
	})
}

func TestRememberUpgrade(t *testing.T) {
	for _, remember := range []bool{true, false} {
		bubble(t, func(t *testing.T, io *socketiotest.Server) {
			s := io.Client("/", &client.Options{RememberUpgrade: remember})
			var first []string
			s.OnConnect(func(context.Context, *client.Socket) {
				first = append(first, io.Peer(s).Handshake().Query().Get("transport"))
			})
			io.Connect(s)
			time.Sleep(time.Second)
			io.Cut()
			time.Sleep(time.Minute)
			_ = s.Close()
			synctest.Wait()
			io.Connect(s)
			synctest.Wait()
			want := []string{"polling", "websocket", "websocket"}
			if !remember {
				want = []string{"polling", "polling", "polling"}
			}
			if !slices.Equal(first, want) {
				t.Errorf("remember %v: begun with %v", remember, first)
			}
		})
	}
}

func isA[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}
