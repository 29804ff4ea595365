// Command ours holds connections of this project's Go client, to be measured.
// usage: ours URL TRANSPORT
package main

import (
	"context"
	"os"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/benchmarks/internal/holder"
	"github.com/socketio-go/socketio/client"
)

var msg = socketio.NewEvent[string]("msg")

func main() {
	holder.Run(func() error {
		s := client.New(os.Args[1], &client.Options{Transports: os.Args[2:]})
		socketio.On(s, msg, func(context.Context, *client.Socket, string) error { return nil })
		return s.Connect(context.Background())
	})
}
