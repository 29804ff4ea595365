// Package client is a Socket.IO client, protocol v5, for Go programs, and for pages
// compiled to WebAssembly. It talks to any Socket.IO server from version 3 on, and
// connects again by itself when a connection is lost.
//
//	s := client.New("https://example.com/chat", nil)
//	socketio.On(s, events.NewLine, func(ctx context.Context, s *client.Socket, l events.Line) error { … })
//	if err := s.Connect(ctx); err != nil {
//		return err
//	}
//	defer s.Close()
//	receipt, err := events.PostMsg.Do(ctx, s, events.Post{Room: "lobby", Text: "hi"})
//
// [Dial] does the same in one step, for programs that send first and register
// handlers later. Several namespaces share one connection when they come from one
// [Manager]. Package socketio has the vocabulary, and the contract: order,
// concurrency, bounds and errors are those of the server's sockets.
//
// # Connected, connecting, inactive
//
// A socket is inactive until [Socket.Connect], and again after [Socket.Close], after
// the server has thrown it out or refused it, and when its attempts are used up. In
// between it is active: connected, or on its way to be. What is emitted while it is
// on its way waits for the connection, up to Options.SendBudget bytes; an inactive
// socket refuses it with an error that matches [net.ErrClosed].
//
// Two errors tell why there is no connection. A [*DialError] is about the way to the
// server, and is tried again. A [*ConnectError] is the server's decision, and is not,
// unless the server says after what time it may be.
//
// # Delivery
//
// Emit is at most once: what had been given to a connection that then turns out to
// be dead is lost. [Socket.Call] tells whether the server has handled the event. With
// Options.Retries every event is sent again, one at a time and in order, until it
// is acknowledged: at least once, so that the server may see it twice.
//
// # Goroutines
//
// A connected client at rest has none on WebSocket on Linux, where event loops read
// for all connections of a process; elsewhere, and over TLS, it has one that reads.
// On polling it has one that polls, besides the two of net/http for each of at most
// two connections. One more lives while a handler runs or an attempt to connect
// does. After Close there are none, as soon as the server has been told.
//
// # In the browser
//
// With GOOS=js and GOARCH=wasm the package uses the browser's WebSocket and fetch,
// and neither net/http nor crypto/tls is linked. This is experimental.
package client
