// Package adapter is the contract between a server and what makes several servers
// act as one. A server hands everything that may concern sockets elsewhere to the
// [Adapter] of the namespace: broadcasts, what they address, calls that many answer,
// sessions that are to be recovered. The adapter applies it to the sockets of its own
// server, which it reaches through [Local], and passes it on to the others.
//
// The sockets and rooms of a server are the server's: an adapter is told which rooms
// have members here, and keeps no index of its own. [Memory] is the adapter of a
// server that is alone; it also keeps sessions for connection state recovery.
//
// # Contract
//
// Formally, for one namespace:
//
//   - What one server broadcasts reaches the sockets of another one in the order of
//     the calls. Between the broadcasts of different servers there is no order,
//     unless the adapter keeps a log that all of them are delivered through.
//   - Delivery is at most once, and at least once within the limits of recovery, if
//     the adapter supports that.
//   - What is asked of all servers has an answer when ctx ends at the latest. If
//     some have not answered, the answers of the others come with a [PartialError].
//   - An offset is never ahead of an event that has not been delivered: a client that
//     presents one has had everything before it.
//   - Nothing but the calls that take a context waits for another server.
//
// Plainly: a server that dies costs the others its sockets, never an error or a long
// wait, and what is known without it is not thrown away.
//
// Package adaptertest has the contract as a test suite.
package adapter
