// Package websocket implements the WebSocket protocol (RFC 6455) for servers
// and clients, on the standard library alone.
//
// # Connections
//
// [Accept] answers a handshake inside an HTTP handler and [Dial] makes one.
// Both give back a [Conn], which behaves the same on either side:
//
//	http.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
//		c, err := websocket.Accept(w, r, nil)
//		if err != nil {
//			return // the request has been answered
//		}
//		c.Serve(echo{})
//	})
//
// # Reading
//
// [Conn.Serve] delivers to a [Handler] and returns at once; the HTTP handler
// above returns too. Simple programs may call [Conn.Read] in a loop instead.
// Pings are answered and the closing handshake is conducted by the package.
//
// # Writing
//
// [Conn.Write] queues and returns; it never waits for the network. Memory stays
// bounded because a full queue is an error, [ErrSlowConsumer], and not a wait.
// A message for many connections is framed once with [Prepare] and queued on
// each with [Conn.WritePrepared], which shares its bytes.
//
// # Order
//
// Formally: for each connection, (1) messages are received in the order in
// which the peer's calls queued them; (2) Handler calls do not overlap, and
// Closed is the last; (3) the messages of one WritePrepared are adjacent;
// (4) what was queued before Close is sent before the close frame.
//
// Plainly: one connection is one line of people, nobody overtakes. Between
// connections nothing is promised. That a message was queued does not mean that
// it will arrive: the network may fail first, or CloseNow drop it.
//
// # At rest
//
// A connection on which nothing happens has one goroutine that waits to read
// into a few bytes of the Conn, and no buffer, no timer and no writing
// goroutine. Buffers are borrowed while a message is unfinished.
//
// # Limits
//
// What a peer can make a connection hold is bounded by [Options]: one message
// of at most MaxMessage bytes, which takes memory only as it arrives, and
// WriteBudget bytes to send. Anything against RFC 6455 closes the connection
// with the code that the RFC names.
//
// Compression (permessage-deflate, RFC 7692) is off unless [Options] ask for it.
// What a compressed message may grow to is bounded by MaxMessage too.
package websocket
