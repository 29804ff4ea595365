// Command zishang520 is github.com/zishang520/socket.io as a subject of the
// benchmarks. It is a module of its own because its dependencies want a newer Go.
package main

import (
	"strconv"

	"github.com/zishang520/socket.io/servers/socket/v3"

	"github.com/socketio-go/socketio/benchmarks/internal/host"
)

func main() {
	io := socket.NewServer(nil, nil)
	io.On("connection", func(clients ...any) {
		s := clients[0].(*socket.Socket)
		s.On("echo", func(args ...any) { s.Emit("echo", args[0]) })
		s.On("bin", func(args ...any) { s.Emit("bin", args[0]) })
		s.On("ack", func(args ...any) { args[1].(socket.Ack)([]any{args[0]}, nil) })
		s.On("bcast", func(args ...any) { io.Emit("msg", args[0]) })
		s.On("room", func(args ...any) {
			v := args[0].([]any)
			io.To(socket.Room(v[0].(string))).Emit("msg", v[1])
		})
		s.On("join", func(args ...any) {
			v := args[0].([]any)
			first, count := int(v[0].(float64)), int(v[1].(float64))
			rooms := make([]socket.Room, count)
			for i := range rooms {
				rooms[i] = socket.Room("room" + strconv.Itoa(first+i))
			}
			s.Join(rooms...)
			args[1].(socket.Ack)([]any{"ok"}, nil)
		})
	})
	host.Serve(io.ServeHandler(nil))
}
