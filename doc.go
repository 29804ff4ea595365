// Package socketio is the vocabulary that the two sides of a Socket.IO connection
// share: typed events ([Event], [Call]), untyped ones ([Message], [Args]),
// handlers, errors and disconnect reasons. The sides themselves are in the
// packages server and client.
//
// # A tour
//
// Declare what travels once, in a package that both sides import:
//
//	var NewLine = socketio.NewEvent[Line]("line")          // fire and forget
//	var PostMsg = socketio.NewCall[Post, Receipt]("post")  // acknowledged
//
// A server is an [net/http.Handler]. Handlers are stored once per namespace, not
// once per connection:
//
//	io := server.New(nil)
//	io.OnConnect(func(ctx context.Context, s *server.Socket) error { s.Join("lobby"); return nil })
//	socketio.Handle(io, PostMsg, func(ctx context.Context, s *server.Socket, p Post) (Receipt, error) {
//		return Receipt{ID: next()}, NewLine.Emit(s.To(p.Room), Line{From: s.ID(), Text: p.Text})
//	})
//	http.Handle("/socket.io/", io)
//
// A client is the same from the other side:
//
//	s, err := client.Dial(ctx, "http://localhost:3000", nil)
//	r, err := PostMsg.Do(ctx, s, Post{Room: "lobby", Text: "hi"})
//
// Package socketiotest has a server in memory for the tests of programs that use
// either.
//
// Events with several arguments, or whose shape is known only at run time, take
// one line more:
//
//	io.Handle("post", socketio.HandlerFunc(func(ctx context.Context, m *socketio.Message) error {
//		var room, text string
//		if err := m.Args.Scan(&room, &text); err != nil {
//			return err
//		}
//		return m.Ack("ok")
//	}))
//
// # The contract
//
// Formally, for every socket:
//
//   - Events are handled one at a time, in the order of arrival. Different sockets
//     are served in parallel. [Concurrent] opts out.
//   - Acknowledgements, heartbeats and disconnects never wait for a handler.
//   - Emit never waits for the network and never drops silently. The order of
//     delivery is the order of the Emit calls, also across the transport upgrade.
//   - What waits to be sent, and what waits to be handled, is bounded in bytes.
//     A peer that does not read is disconnected; one that sends faster than its
//     handlers work is no longer read from, and not taken for dead.
//   - A handler that panics costs at most its event.
//   - Every error of a closed connection matches [net.ErrClosed], every deadline
//     matches [context.DeadlineExceeded].
//
// In plain words: inside of a handler you may block for a minute, or wait for an
// acknowledgement of the very same socket, and only later events of that socket
// wait. Two handlers of one socket never run at the same time, so what belongs to
// a socket needs no lock. What must not be assumed: any order between events of
// different sockets, between an event and the acknowledgement of another one, or
// between Emit calls of different goroutines.
//
// One limit: while a peer has more unhandled events outstanding than the receive
// budget allows, nothing is read from it, and so its acknowledgements wait as well.
// A handler that waits for one then waits until its deadline at most.
//
// Identifiers in the documentation, such as SIO-009, name behaviours of the
// official system that this one is checked against.
package socketio
