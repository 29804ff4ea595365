// Package socketiotest helps to test code that uses Socket.IO: a server and clients
// on a network in memory, and a record of events that a test compares with what it
// expects.
//
//	func TestGreeting(t *testing.T) {
//		io := socketiotest.NewServer(t, nil)
//		greeter.Register(io.Server)
//		s := io.Client("/", nil)
//		events := socketiotest.Record(t, s)
//		io.Connect(s)
//		events.Expect("welcome", "to the lobby")
//	}
//
// Inside of a [testing/synctest] bubble time is the bubble's: heartbeats, deadlines
// and reconnections of hours take no time. Everything a Server and its clients have
// made ends with the test.
package socketiotest
