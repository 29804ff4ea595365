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
//
// # What else there is
//
// Namespaces that clients make: [Server.OfPattern], [Server.OfFunc]. Middlewares around
// events: [Namespace.Wrap]. Clients that go on where they were: [Recovery]. Clients of
// Socket.IO 2: Options.AllowEIO3. Other codecs: Options.Codec. Several servers as one:
// Options.Adapter and package adapter; everything that a [Broadcast] does then concerns
// the sockets of all of them.
//
// # Slow clients, floods, and the end
//
// What waits for a client is bounded by Options.SendBudget, and Options.Overflow says
// what happens to the rest. What waits for handlers is bounded by
// Options.ReceiveBudget, beyond which a client is not read from. [Server.Stats] counts.
// [Server.Shutdown] drains: it lets clients go a few at a time.
package server
