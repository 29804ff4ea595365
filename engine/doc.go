// Package engine is Engine.IO protocol v4, both sides: a session between one client
// and a server that begins on HTTP long-polling or on WebSocket, moves from the first
// to the second without losing or reordering a message, and notices when the other
// side has gone.
//
// [Server] is an [net/http.Handler]. For every client that completes the
// handshake it calls Options.Accept with a [Session]; what arrives goes to the
// [Receiver] that Accept returned.
//
//	eng := engine.NewServer(&engine.Options{Accept: func(s *engine.Session) engine.Receiver { return echo{s} }})
//	http.Handle("/engine.io/", eng)
//
// [Dial] is the other side. What it returns reads nothing until [Client.Serve].
// With GOOS=js only this half exists, on the browser's WebSocket and fetch.
//
// # Contract
//
// Calls of one Receiver's Message are serial and in the order in which the peer
// sent. They run in the read path: a Message that blocks stops its own session,
// heartbeats included, and no other.
//
// [Session.Send] never waits for the network. Messages arrive in the order of the
// Send calls, whatever the transport and also across the upgrade, unless the session
// ends before. What a client does not take is bounded in bytes by
// Options.SendBudget.
//
// At rest a session on WebSocket owns no timer and no buffer of its own. A Client
// owns a timer; its goroutines are none on WebSocket where event loops read, else one,
// and on polling one beside those of net/http.
//
// Identifiers such as EIO-090 refer to the list of behaviours of the official
// server that docs/ keeps.
package engine
