package client_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/client"
	"github.com/socketio-go/socketio/server"
)

type Message struct {
	From string `json:"from"`
	Text string `json:"text"`
}

var (
	NewMessage = socketio.NewEvent[Message]("message")
	Post       = socketio.NewCall[Message, int]("post")
)

// exampleServer answers posts, and tells everybody of them.
func exampleServer() (url string, stop func()) {
	io := server.New(nil)
	posts := 0
	socketio.Handle(io, Post, func(_ context.Context, s *server.Socket, m Message) (int, error) {
		posts++
		return posts, NewMessage.Emit(io, m)
	})
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", io)
	hs := httptest.NewServer(mux)
	return hs.URL, func() { _ = io.Close(); hs.Close() }
}

func Example() {
	url, stop := exampleServer()
	defer stop()

	s := client.New(url, nil)
	received := make(chan Message, 1)
	socketio.On(s, NewMessage, func(_ context.Context, _ *client.Socket, m Message) error {
		received <- m
		return nil
	})
	ctx := context.Background()
	if err := s.Connect(ctx); err != nil {
		fmt.Println(err)
		return
	}
	n, err := Post.Do(ctx, s, Message{From: "gopher", Text: "hello"})
	fmt.Println("post", n, err)
	fmt.Println(<-received)
	_ = s.Shutdown(ctx)
	// Output:
	// post 1 <nil>
	// {gopher hello}
}

func ExampleDial() {
	url, stop := exampleServer()
	defer stop()

	ctx := context.Background()
	s, err := client.Dial(ctx, url, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	answer, err := s.Call(ctx, "post", Message{Text: "untyped"})
	var n int
	fmt.Println(err, answer.Scan(&n), n)
	// Output: <nil> <nil> 1
}

func ExampleManager() {
	url, stop := exampleServer()
	defer stop()

	m := client.NewManager(url, &client.Options{RememberUpgrade: true})
	root := m.Socket("/", nil)
	admin := m.Socket("/admin", &client.SocketOptions{Auth: map[string]string{"token": "secret"}})
	fmt.Println(root.Connect(context.Background()))
	fmt.Println(admin.Connect(context.Background()))
	_ = m.Close()
	// Output:
	// <nil>
	// socketio: namespace /admin refused: Invalid namespace
}
