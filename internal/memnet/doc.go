// Package memnet is a network in memory for tests: listeners and connections
// with bounded buffers, deadlines, half close and resets, without descriptors
// or ports.
//
// Everything that waits does so on a [sync.Cond] or a channel, and deadlines
// are [time.AfterFunc] timers, so that inside a testing/synctest bubble every
// wait is a durable one and time is the bubble's. A listener and its
// connections belong to the bubble that made them.
//
//	ln := memnet.Listen()
//	go http.Serve(ln, handler)
//	client := &http.Client{Transport: &http.Transport{DialContext: ln.DialContext}}
//
// What differs from TCP: a dial waits for Accept (there is no backlog), and
// closing a connection with unread data does not reset it.
package memnet
