package client_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/client"
	"github.com/socketio-go/socketio/packet"
	"github.com/socketio-go/socketio/packet/msgpack"
	"github.com/socketio-go/socketio/server"
	"github.com/socketio-go/socketio/socketiotest"
	"github.com/socketio-go/socketio/websocket"
)

// The behaviours of both ends hold with MessagePack too.
func TestBothEndsWithMsgpack(t *testing.T) {
	for mode, o := range modes {
		o.Codec = msgpack.Codec{}
		for name, behaviour := range behaviours {
			if name == "encoding errors" {
				continue // there is no limit for binary values
			}
			for _, direction := range []string{"from server", "from client"} {
				t.Run(mode+"/"+name+"/"+direction, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						t.Cleanup(func() { time.Sleep(time.Minute) })
						io := socketiotest.NewServer(t, &server.Options{Codec: msgpack.Codec{}})
						behaviour(directed(t, direction, io.Server, upgraded(t, mode, io.Dial(&o)), func() { io.Offline(); io.Cut() }))
					})
				})
			}
		}
	}
}

func TestOtherCodecs(t *testing.T) {
	for name, codec := range map[string]packet.Codec{"msgpack": msgpack.Codec{}, "JSON": packet.JSON{}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				t.Cleanup(func() { time.Sleep(time.Minute) })
				io := socketiotest.NewServer(t, &server.Options{Codec: codec})
				echoes(io.Namespace)
				io.Of("/no").Use(func(context.Context, *server.Socket) error { return &socketio.Error{Message: "no", Data: 7} })
				m := io.Manager(&client.Options{Codec: codec, SocketOptions: client.SocketOptions{Auth: map[string]string{"a": "b"}}})
				s := io.Connect(m.Socket("/", nil))
				var auth map[string]string
				if err := io.Peer(s).Auth(&auth); err != nil || auth["a"] != "b" {
					t.Errorf("auth %v, %v", auth, err)
				}
				var refused *client.ConnectError
				if err := m.Socket("/no", nil).Connect(t.Context()); !errors.As(err, &refused) || refused.Message != "no" || string(refused.Data) != "7" {
					t.Errorf("got %v", err)
				}
				if err := s.Emit("connect"); err == nil {
					t.Error("a reserved name is sent")
				}
				if err := s.Emit("x", make(chan int)); err == nil {
					t.Error("what cannot be encoded is sent")
				}
				err := s.Emit("x", []byte{1})
				if binary := name == "msgpack"; binary != (err == nil) {
					t.Errorf("binary: %v", err)
				}
				answer, err := s.Call(t.Context(), "echo", "é", 1.5, nil)
				if err != nil || jsonText(t, answer) != `["é",1.5,null]` {
					t.Errorf("%v, %v", answer, err)
				}
				_ = s.Close()
				synctest.Wait()
				if io.SocketCount() != 0 {
					t.Error("the server was not told")
				}
			})
		})
	}
	t.Run("different ones", func(t *testing.T) {
		bubble(t, func(t *testing.T, io *socketiotest.Server) {
			o := client.Options{Codec: msgpack.Codec{}, Network: client.Network{DialContext: io.DialContext}}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if _, err := client.Dial(ctx, socketiotest.URL, &o); !isA[*client.DialError](err) {
				t.Errorf("got %v", err)
			}
		})
	})
}

// counting is a network that counts what the client sends and receives.
type counting struct {
	net.Conn
	bytes *atomic.Int64
}

func (c counting) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.bytes.Add(int64(n))
	return n, err
}

func (c counting) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.bytes.Add(int64(n))
	return n, err
}

func TestCompression(t *testing.T) {
	text := strings.Repeat("the same again and again, ", 1000)
	for _, mode := range []string{"websocket", "upgrade"} {
		for _, takeover := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, takeover %v", mode, takeover), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					t.Cleanup(func() { time.Sleep(time.Minute) })
					compression := &websocket.Compression{ContextTakeover: takeover}
					io := socketiotest.NewServer(t, &server.Options{Compression: compression})
					echoes(io.Namespace)
					var bytes atomic.Int64
					o := modes[mode]
					o.Network.Compression = compression
					o.Network.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
						nc, err := io.DialContext(ctx, network, addr)
						return counting{nc, &bytes}, err
					}
					s := upgraded(t, mode, io.Dial(&o))
					synctest.Wait()
					for _, test := range []struct {
						plain       bool
						least, most int
					}{{false, 50, 5000}, {true, len(text), 2 * len(text)}} {
						before := bytes.Load()
						answer, err := s.Compress(!test.plain).Call(t.Context(), "echo", text, []byte(text[:100]))
						if err != nil || answer.Len() != 2 {
							t.Fatal(err)
						}
						synctest.Wait()
						if n := int(bytes.Load() - before); n < test.least || n > test.most {
							t.Errorf("plain %v: %d bytes were carried", test.plain, n)
						}
					}
				})
			})
		}
	}
}

// Recovery with our own server: the same id and rooms, and what was missed.
func TestRecoveryWithOurServer(t *testing.T) {
	for mode, o := range modes {
		t.Run(mode, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				t.Cleanup(func() { time.Sleep(time.Minute) })
				io := socketiotest.NewServer(t, &server.Options{Recovery: &server.Recovery{}})
				s := io.Client("/", &o)
				events := socketiotest.Record(t, s)
				var happened journal
				s.OnConnect(func(_ context.Context, s *client.Socket) { happened.add("%v", s.Recovered()) })
				io.Connect(s)
				upgraded(t, mode, s)
				id := s.ID()
				io.Peer(s).Join("room")
				emit := func(i int) {
					if err := io.To("room").Emit("n", i, []byte{byte(i)}); err != nil {
						t.Fatal(err)
					}
				}
				check := func(i int) {
					var got int
					var b []byte
					if m := events.Next(); m.Args.Scan(&got, &b) != nil || got != i || b[0] != byte(i) {
						t.Errorf("got %s, want %d", jsonText(t, m.Args), i)
					}
				}
				emit(0)
				check(0)
				for round := range 3 {
					io.Offline()
					synctest.Wait()
					io.Cut()
					time.Sleep(50 * time.Second) // the server notices, at the latest by its ping
					for i := range 5 {
						emit(10*round + i)
					}
					io.Online()
					time.Sleep(10 * time.Second)
					if !s.Connected() || s.ID() != id || !s.Recovered() {
						t.Fatalf("connected %v, recovered %v", s.Connected(), s.Recovered())
					}
					for i := range 5 {
						check(10*round + i)
					}
				}
				events.None()
				io.Offline()
				io.Cut()
				time.Sleep(time.Hour) // too late
				io.Online()
				io.Connect(s)
				if s.ID() == id || s.Recovered() {
					t.Error("recovered after an hour")
				}
				happened.want(t, "false", "true", "true", "true", "false")
			})
		})
	}
}
