// Package server is a Socket.IO server, protocol v5, for unmodified clients.
//
//	io := server.New(nil)
//	io.OnConnect(func(ctx context.Context, s *server.Socket) error {
//		s.Join("lobby")
//		return nil
//	})
//	io.Handle("chat", socketio.HandlerFunc(func(ctx context.Context, m *socketio.Message) error {
//		return io.To("lobby").Emit("chat", m.Args)
//	}))
//	http.Handle("/socket.io/", io)
//
// Package socketio has the vocabulary and the contract: order, concurrency,
// bounds and errors.
//
// A connection to a namespace goes through three hooks, each with the context of
// the socket, which ends with the connection. [Namespace.Use] admits or refuses
// it. [Namespace.OnConnect] prepares it. [Namespace.OnDisconnect] sees it go. None
// of them holds up any other socket.
package server
