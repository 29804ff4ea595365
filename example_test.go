package socketio_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/socketio-go/socketio"
)

// What travels is declared once, in a package that both sides import.
type (
	Post    struct{ Room, Text string }
	Receipt struct{ ID int }
)

func ExampleNewCall_howDoIDeclareACall() {
	var postMsg = socketio.NewCall[Post, Receipt]("post")

	s := newEnd("1") // stands for a server, and for the socket of its client
	socketio.Handle(s, postMsg, func(ctx context.Context, s *end, p Post) (Receipt, error) {
		if p.Text == "" {
			return Receipt{}, &socketio.Error{Message: "say something"}
		}
		return Receipt{ID: 1}, nil
	})

	receipt, err := postMsg.Do(context.Background(), s, Post{Room: "lobby", Text: "hello"})
	fmt.Println(receipt, err)

	_, err = postMsg.Do(context.Background(), s, Post{Room: "lobby"})
	var remote *socketio.RemoteError
	fmt.Println(errors.As(err, &remote), remote.Message)
	// Output:
	// {1} <nil>
	// true say something
}

func ExampleMessage_howDoIHandleSeveralArguments() {
	s := newEnd("1")
	s.Handle("post", socketio.HandlerFunc(func(ctx context.Context, m *socketio.Message) error {
		var room, text string
		if err := m.Args.Scan(&room, &text); err != nil {
			return err
		}
		return m.Ack(room+" heard", text)
	}))

	answer, err := s.Call(context.Background(), "post", "lobby", "hello")
	var room, text string
	fmt.Println(answer.Scan(&room, &text), err, room, text)
	// Output: <nil> <nil> lobby heard hello
}

func ExampleBinary_howDoISendAFile() {
	type upload struct {
		Name string          `json:"name"`
		Data socketio.Binary `json:"data"`
	}
	var uploaded = socketio.NewEvent[upload]("upload")

	s := newEnd("1")
	if err := uploaded.Emit(s, upload{Name: "x.bin", Data: []byte{1, 2, 3}}); err != nil {
		fmt.Println(err)
	}
	fmt.Println(s.emitted[0]) // the bytes follow in a frame of their own
	// Output: 51-["upload",{"name":"x.bin","data":{"_placeholder":true,"num":0}}]
}
