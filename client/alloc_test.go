//go:build linux && !portable && !race

package client_test

import (
	"context"
	"testing"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/client"
	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/server"
)

// echoing connects over TCP to a server that sends everything back.
func echoing(t testing.TB) *client.Socket {
	io, url, _ := overTCP(t)
	echo := socketio.NewEvent[string]("echo")
	socketio.On(io, echo, func(_ context.Context, s *server.Socket, v string) error { return echo.Emit(s, v) })
	s, err := client.Dial(context.Background(), url, &client.Options{Transports: []string{engine.WebSocket}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// One round, both ends in this process. The server's share is what its own tests
// allow: 3 for an event it receives and 2 for one that it sends.
func TestAllocationsOfARound(t *testing.T) {
	s := echoing(t)
	echo := socketio.NewEvent[string]("echo")
	back := make(chan struct{}, 1)
	socketio.On(s, echo, func(context.Context, *client.Socket, string) error { back <- struct{}{}; return nil })
	n := testing.AllocsPerRun(2000, func() {
		if err := echo.Emit(s, "a text of thirty-two characters."); err != nil {
			t.Fatal(err)
		}
		<-back
	})
	// Ours: the text and its list, the masked frame, and as much as the server's for
	// what is received.
	if n > 5+4+3 {
		t.Errorf("%v allocations", n)
	}
}
