package adaptertest

import (
	"testing"
	"time"

	"github.com/socketio-go/socketio/adapter"
)

// Cluster says how to make what is tested.
type Cluster struct {
	// Servers is how many there are; 3. With 1 the cases are those of a server that
	// is alone.
	Servers int

	// New makes the adapter factories of the servers of a new cluster, one for each.
	// They are used for several namespaces, and closed by the suite.
	New func(t testing.TB, servers int) []adapter.Factory

	// Recovers says that the adapter keeps sessions.
	Recovers bool

	// Settle is how long news may take from one server to another; 10 s. The suite
	// waits for what is to come, and only for what must not come it waits Quiet; 50 ms.
	Settle time.Duration
	Quiet  time.Duration
}

// Run runs the suite.
func Run(t *testing.T, c Cluster) {
	c = c.withDefaults()
	for _, test := range cases {
		if test.recovers && !c.Recovers {
			continue
		}
		t.Run(test.name, func(t *testing.T) { test.run(newStage(t, &c)) })
	}
}

func (c Cluster) withDefaults() Cluster {
	if c.Servers <= 0 {
		c.Servers = 3
	}
	if c.Settle <= 0 {
		c.Settle = 10 * time.Second
	}
	if c.Quiet <= 0 {
		c.Quiet = 50 * time.Millisecond
	}
	return c
}

// cases are the contract.
var cases = []struct {
	name     string
	recovers bool
	run      func(s *stage)
}{
	{"a broadcast reaches every socket of the namespace once, and no other namespace", false, testBroadcast},
	{"rooms: those in any of them, each once; nobody in a room that is unknown", false, testRooms},
	{"except: not those in any of these rooms", false, testExcept},
	{"the id of a socket is a room", false, testByID},
	{"local: this server only", false, testLocal},
	{"arguments arrive as they were: values, relayed ones, binary ones", false, testArguments},
	{"volatile and plain stay what they are", false, testFlags},
	{"events of one server arrive in the order of its calls", false, testOrder},
	{"an event that cannot be encoded is an error and reaches nobody", false, testUnencodable},
	{"a call has an answer of every receiver", false, testCall},
	{"a call with no receiver has no answers at once", false, testCallNobody},
	{"a call ends with its context, and has the answers that have come", false, testCallDeadline},
	{"a receiver that is lost is not waited for", false, testCallLost},
	{"fetched sockets are described: id, rooms, data, handshake", false, testFetch},
	{"sockets are fetched by room, without others, or of this server only", false, testFetchSome},
	{"sockets join and leave rooms", false, testJoinLeave},
	{"sockets are disconnected", false, testDisconnect},
	{"what one server says reaches the others and not itself", false, testServerSide},
	{"a server-side call has an answer of each other server", false, testServerSideCall},
	{"a server that does not answer is named, and the others' answers are not lost", false, testServerSideSilent},
	{"a room is known to the others when the barrier is passed", false, testBarrier},
	{"servers are counted, and one that has closed is not missed", false, testClose},
	{"everything may be called at the same time", false, testConcurrency},
	{"a session is restored with what it has missed, in order", true, testRecovery},
	{"only what a session was meant by is restored, and nothing volatile", true, testRecoveryChoice},
	{"a session without an offset goes on where it began", true, testRecoveryIdle},
	{"a session is handed out once, and unknown ones not at all", true, testRecoveryOnce},
	{"no event falls between what was missed and what comes", true, testRecoveryGap},
}
