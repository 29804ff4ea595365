// Command ours is this project's server as a subject of the benchmarks. Built with
// the tag portable, it does without the event loop.
package main

import (
	"context"
	"strconv"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/benchmarks/internal/host"
	"github.com/socketio-go/socketio/server"
)

var (
	echo = socketio.NewEvent[string]("echo")
	msg  = socketio.NewEvent[string]("msg")
	bin  = socketio.NewEvent[socketio.Binary]("bin")
	cast = socketio.NewEvent[string]("bcast")
	room = socketio.NewEvent[[2]string]("room")
	ack  = socketio.NewCall[string, string]("ack")
	join = socketio.NewCall[[2]int, string]("join")
)

func main() {
	io := server.New(nil)
	register(io)
	host.Serve(io)
}

func register(io *server.Server) {
	socketio.On(io, echo, func(_ context.Context, s *server.Socket, v string) error { return echo.Emit(s, v) })
	socketio.On(io, bin, func(_ context.Context, s *server.Socket, v socketio.Binary) error { return bin.Emit(s, v) })
	socketio.On(io, cast, func(_ context.Context, _ *server.Socket, v string) error { return msg.Emit(io, v) })
	socketio.On(io, room, func(_ context.Context, _ *server.Socket, v [2]string) error { return msg.Emit(io.To(v[0]), v[1]) })
	socketio.Handle(io, ack, func(_ context.Context, _ *server.Socket, v string) (string, error) { return v, nil })
	socketio.Handle(io, join, func(_ context.Context, s *server.Socket, v [2]int) (string, error) {
		rooms := make([]string, v[1])
		for i := range rooms {
			rooms[i] = "room" + strconv.Itoa(v[0]+i)
		}
		s.Join(rooms...)
		return "ok", nil
	})
}
