// Command zishang520 holds connections of github.com/zishang520/socket.io's client,
// to be measured. It is a module of its own because its dependencies want a newer Go.
// usage: zishang520 URL TRANSPORT
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/zishang520/socket.io/clients/engine/v3/transports"
	"github.com/zishang520/socket.io/clients/socket/v3"
	"github.com/zishang520/socket.io/v3/pkg/types"

	"github.com/socketio-go/socketio/benchmarks/internal/holder"
)

func main() {
	holder.Run(func() (err error) {
		for range 3 { // now and then one of many does not connect
			if err = connect(); err == nil {
				return nil
			}
			fmt.Fprintln(os.Stderr, "zishang520:", err)
		}
		return err
	})
}

func connect() error {
	opts := socket.DefaultOptions()
	opts.SetForceNew(true)
	if os.Args[2] == "websocket" {
		opts.SetTransports(types.NewSet(transports.WebSocket))
	} else {
		opts.SetTransports(types.NewSet(transports.Polling))
	}
	s, err := socket.Connect(os.Args[1], opts)
	if err != nil {
		return err
	}
	connected := make(chan error, 2)
	s.On("connect", func(...any) { connected <- nil })
	s.On("connect_error", func(args ...any) { connected <- fmt.Errorf("%v", args) })
	s.On("msg", func(...any) {})
	select {
	case err = <-connected:
	case <-time.After(5 * time.Second):
		err = fmt.Errorf("not connected after 5 seconds")
	}
	if err != nil {
		s.Disconnect()
	}
	return err
}
