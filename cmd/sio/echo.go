package main

import (
	"context"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/server"
)

// diagnostics registers the events of --echo.
func diagnostics(io *server.Server) {
	handle := func(event string, h func(s *server.Socket, m *socketio.Message) error) {
		io.Handle(event, socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error {
			return h(m.Socket.(*server.Socket), m)
		}))
	}
	handle("echo", func(s *server.Socket, m *socketio.Message) error {
		if m.WantsAck() {
			return m.Ack(m.Args)
		}
		return s.Emit("echo", m.Args)
	})
	handle("bcast", func(_ *server.Socket, m *socketio.Message) error {
		if err := io.Emit("msg", m.Args); err != nil {
			return err
		}
		return m.Ack("ok")
	})
	handle("join", room(func(s *server.Socket, room string) { s.Join(room) }))
	handle("leave", room(func(s *server.Socket, room string) { s.Leave(room) }))
}

// room handles an event whose argument is a room.
func room(do func(s *server.Socket, room string)) func(*server.Socket, *socketio.Message) error {
	return func(s *server.Socket, m *socketio.Message) error {
		var name string
		if err := m.Args.Scan(&name); err != nil {
			return &socketio.Error{Message: m.Event + " takes the name of a room"}
		}
		do(s, name)
		return m.Ack("ok")
	}
}
