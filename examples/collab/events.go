package collab

import "github.com/socketio-go/socketio"

// The updates are those of Yjs. Nothing here looks into them.
var (
	// From a page: a change, acknowledged with its number in the document's log.
	Update = socketio.NewCall[[]byte, int]("update")

	// To a page, right after it has connected: what it is missing.
	Opened = socketio.NewEvent[State]("document")

	// To a page: the change of another one.
	Changed = socketio.NewEvent[Change]("change")

	// To a page, which answers with everything it has merged into one update.
	Compact = socketio.NewCall[socketio.None, []byte]("compact")

	// To the others: somebody has come, and wants to know where everybody's cursor
	// is; somebody has gone.
	Joined = socketio.NewEvent[socketio.None]("joined")
	Left   = socketio.NewEvent[uint32]("left")
)

// awareness travels both ways: cursors and names, in the format of y-protocols.
// The server passes on what it cannot read.
const awareness = "awareness"

// Visit is what a page presents as auth every time it connects.
type Visit struct {
	Document string `json:"document"`
	Client   uint32 `json:"client"` // the page's number in Yjs
	ID       string `json:"id"`     // of the log it knows, or empty
	Seq      int    `json:"seq"`    // up to where it knows that log
}

// State brings a page up to date. Log has updates, each after its length as a
// big-endian uint32: one binary attachment, because an event has at most ten.
type State struct {
	ID  string          `json:"id"`
	Seq int             `json:"seq"` // of the last update
	Log socketio.Binary `json:"log"`
}

// Change is an update and its number.
type Change struct {
	Seq  int             `json:"seq"`
	Data socketio.Binary `json:"data"`
}
