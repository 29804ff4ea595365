package client_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/client"
	"github.com/socketio-go/socketio/server"
	"github.com/socketio-go/socketio/socketiotest"
)

// The client's half of the recovery (reference 2.4), against the bytes of the
// official server.
func TestRecovery(t *testing.T) {
	scripted(t, func(t *testing.T, x *script) {
		var forgotten atomic.Bool // the server has the session no more
		x.packet = func(c *scriptConn, p string) {
			switch {
			case !strings.HasPrefix(p, "0"):
			case c.n == 1 || forgotten.Load():
				c.send(fmt.Sprintf(`0{"sid":"sid-%d","pid":"pid-%d"}`, c.n, c.n))
			default: // what was missed comes before the reply
				c.send(`2["missed",{"a":1},"offset-3"]`, `451-["missed",{"_placeholder":true,"num":0},"offset-4"]`[1:])
				_ = c.Send(binary(1, 2))
				c.send(`0{"sid":"sid-1","pid":"pid-1"}`)
			}
		}
		o := client.Options{Jitter: -1, SocketOptions: client.SocketOptions{Auth: map[string]string{"token": "t"}}}
		s := x.client(o)
		var happened journal
		s.OnConnect(func(_ context.Context, s *client.Socket) {
			happened.add("connect %s recovered=%v", s.ID(), s.Recovered())
		})
		s.OnAny(socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error {
			happened.add("%s %s", m.Event, jsonText(t, m.Args))
			return nil
		}))
		connect(t, s)
		first := x.conn(1)
		first.send(`2["hello",1,"offset-1"]`, `20["with ack","no offset"]`, `2["hello",2,"offset-2"]`, `2["volatile",7]`)
		happened.want(t, "connect sid-1 recovered=false", `hello [1,"offset-1"]`, `with ack ["no offset"]`, `hello [2,"offset-2"]`, "volatile [7]")
		first.Close()
		time.Sleep(2 * time.Second)
		happened.want(t, "connect sid-1 recovered=true", `missed [{"a":1},"offset-3"]`, `missed ["AQI=","offset-4"]`)
		x.conn(2).Close()
		forgotten.Store(true)
		time.Sleep(2 * time.Second)
		happened.want(t, "connect sid-3 recovered=false")
		x.conn(3).Close() // without a single event, and so without an offset (SIO-034)
		time.Sleep(2 * time.Second)
		happened.want(t, "connect sid-4 recovered=false")
		x.conn(4).send(`2["hello","offset-9"]`)
		synctest.Wait()
		_ = s.Close() // the user's word: no recovery
		connect(t, s)
		var asked []string
		for n := range 5 {
			asked = append(asked, x.conn(n + 1).take()[0])
		}
		if want := []string{
			`0{"token":"t"}`, `0{"offset":"offset-2","pid":"pid-1","token":"t"}`, `0{"offset":"offset-4","pid":"pid-1","token":"t"}`,
			`0{"pid":"pid-3","token":"t"}`, `0{"token":"t"}`,
		}; !slices.Equal(asked, want) {
			t.Errorf("asked with %q\nwant       %q", asked, want)
		}
	})
}

func TestRecoveryWithoutAuth(t *testing.T) {
	for _, auth := range []any{nil, struct{}{}} {
		scripted(t, func(t *testing.T, x *script) {
			x.packet = func(c *scriptConn, p string) {
				if strings.HasPrefix(p, "0") {
					c.send(`0{"sid":"sid","pid":"pid"}`, `2["hello","offset \u00e9\""]`)
				}
			}
			connect(t, x.client(client.Options{SocketOptions: client.SocketOptions{Auth: auth}}))
			synctest.Wait()
			x.conn(1).Close()
			time.Sleep(2 * time.Second)
			if got := x.conn(2).take(); got[0] != `0{"offset":"offset é\"","pid":"pid"}` {
				t.Errorf("asked with %q", got)
			}
		})
	}
}

// A client that has had no event has no offset, and comes back to our server all the
// same (SIO-034).
func TestRecoveryOfAnIdleClient(t *testing.T) {
	for mode, o := range modes {
		t.Run(mode, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				t.Cleanup(func() { time.Sleep(time.Minute) })
				io := socketiotest.NewServer(t, &server.Options{Recovery: &server.Recovery{}})
				s := io.Client("/", &o)
				events := socketiotest.Record(t, s)
				io.Connect(s)
				upgraded(t, mode, s)
				id := s.ID()
				for range 2 {
					io.Offline()
					synctest.Wait()
					io.Cut()
					time.Sleep(50 * time.Second) // the server notices, at the latest by its ping
					io.Online()
					time.Sleep(10 * time.Second)
					if !s.Recovered() || s.ID() != id {
						t.Fatalf("recovered %v, %s is %s now", s.Recovered(), id, s.ID())
					}
				}
				io.Offline()
				synctest.Wait()
				io.Cut()
				time.Sleep(50 * time.Second)
				if err := io.Emit("missed", 7); err != nil {
					t.Fatal(err)
				}
				io.Online()
				time.Sleep(10 * time.Second)
				var n int
				if m := events.Next(); m.Event != "missed" || m.Args.Scan(&n) != nil || n != 7 {
					t.Errorf("got %s %s", m.Event, jsonText(t, m.Args))
				}
			})
		})
	}
}
