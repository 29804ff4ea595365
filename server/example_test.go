package server_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/internal/rawclient"
	"github.com/socketio-go/socketio/server"
)

// client is any client of the protocol: a browser, for example.
type client struct{ *rawclient.Client }

// connect serves io and lets a client join its root namespace.
func connect(io *server.Server, auth string) (c client, stop func()) {
	s := httptest.NewServer(io)
	raw, err := rawclient.Dial(context.Background(), rawclient.Options{
		Mode: "websocket", DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, s.Listener.Addr().String())
		},
	})
	if err != nil {
		panic(err)
	}
	_ = raw.Send("40" + auth)
	return client{raw}, func() {
		raw.Cut()
		_ = io.Close()
		s.Close()
	}
}

// next is what the client sees next, with socket ids made readable.
func (c client) next() string {
	got := c.Next()
	if i := strings.Index(got, `"sid":"`); i >= 0 {
		got = got[:i+7] + "…" + got[i+27:]
	}
	return got
}

func Example_howDoIAnswerAnEvent() {
	io := server.New(nil)
	io.Handle("add", socketio.HandlerFunc(func(ctx context.Context, m *socketio.Message) error {
		var a, b int
		if err := m.Args.Scan(&a, &b); err != nil {
			return err
		}
		return m.Ack(a + b)
	}))
	http.Handle("/socket.io/", io)

	c, stop := connect(io, "")
	defer stop()
	fmt.Println(c.next())
	_ = c.Send(`421["add",2,3]`) // socket.emit("add", 2, 3, callback)
	fmt.Println(c.next())
	// Output:
	// 40{"sid":"…"}
	// 431[5]
}

func ExampleNamespace_Use_howDoIRefuseAClient() {
	io := server.New(nil)
	io.Use(func(ctx context.Context, s *server.Socket) error {
		var auth struct{ Token string }
		if err := s.Auth(&auth); err != nil || auth.Token != "secret" {
			return &socketio.Error{Message: "not authorized", Data: map[string]int{"code": 401}}
		}
		return nil
	})

	c, stop := connect(io, `{"token":"wrong"}`)
	defer stop()
	fmt.Println(c.next())
	// Output: 44{"message":"not authorized","data":{"code":401}}
}

func ExampleSocket_To_howDoITellTheOthersInARoom() {
	io := server.New(nil)
	io.OnConnect(func(ctx context.Context, s *server.Socket) error {
		s.Join("lobby")
		return s.To("lobby").Emit("joined")
	})

	first, stop := connect(io, "")
	defer stop()
	fmt.Println(first.next())
	_, stopSecond := connect(io, "")
	defer stopSecond()
	fmt.Println(first.next())
	// Output:
	// 40{"sid":"…"}
	// 42["joined"]
}

func ExampleBroadcast_CallAll_howDoIAskEverybody() {
	io := server.New(nil)
	c, stop := connect(io, "")
	defer stop()
	fmt.Println(c.next())

	done := make(chan struct{})
	go func() {
		defer close(done)
		answers, err := io.CallAll(context.Background(), "color?")
		for _, a := range answers {
			var color string
			err = a.Scan(&color)
			fmt.Println(color, err)
		}
	}()
	fmt.Println(c.next())
	_ = c.Send(`430["blue"]`)
	<-done
	// Output:
	// 40{"sid":"…"}
	// 420["color?"]
	// blue <nil>
}
