package chat

import "github.com/socketio-go/socketio"

// What the page asks for. Each of these is acknowledged, with a result or with an
// error that the page shows.
var (
	Post   = socketio.NewCall[Draft, Receipt]("post")
	Join   = socketio.NewCall[RoomName, socketio.None]("join") // makes the room if there is none
	Leave  = socketio.NewCall[RoomName, socketio.None]("leave")
	Seen   = socketio.NewCall[Cursor, socketio.None]("seen")
	Upload = socketio.NewCall[Chunk, Progress]("upload") // a picture, before the draft that shows it
	Fetch  = socketio.NewCall[PictureOf, Picture]("picture")
)

// What the server tells. Typing travels both ways: from who types to the others.
var (
	Rooms  = socketio.NewEvent[[]RoomInfo]("rooms") // the list of all rooms has changed
	Opened = socketio.NewEvent[RoomState]("room")   // you are in this room now
	Posted = socketio.NewEvent[Message]("message")
	Joined = socketio.NewEvent[Presence]("joined")
	Left   = socketio.NewEvent[Presence]("left")
	SeenBy = socketio.NewEvent[Cursor]("seen")
	Typing = socketio.NewEvent[Presence]("typing")
)

// SignIn is what the page presents as auth every time it connects, so also after
// an interruption: everything the server needs to continue.
type SignIn struct {
	Name  string   `json:"name"`
	Token string   `json:"token"` // a secret of the page, with which it can take its name back
	Rooms []string `json:"rooms"` // nil: the default ones
}

// RoomName names a room.
type RoomName struct {
	Room string `json:"room"`
}

// Draft is a message to be posted. Its id comes from the page: a draft that
// arrives twice, because its acknowledgement was lost, is posted once.
type Draft struct {
	ID      string `json:"id"`
	Room    string `json:"room"`
	Text    string `json:"text"`
	Picture *Frame `json:"picture,omitempty"` // has been uploaded under the same id
}

// Frame is the size of a picture in pixels, so that a page can leave room for it.
type Frame struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}

// Chunk is a piece of a picture. Data travels as a binary attachment.
type Chunk struct {
	ID     string          `json:"id"` // of the draft
	Kind   string          `json:"kind"`
	Size   int             `json:"size"` // of the whole picture, in bytes
	Offset int             `json:"offset"`
	Data   socketio.Binary `json:"data"`
}

// Progress says how much of a picture has arrived, and so what to send next. A
// chunk that comes twice changes nothing.
type Progress struct {
	Received int `json:"received"`
}

// PictureOf names the message whose picture is wanted.
type PictureOf struct {
	ID   string `json:"id"`
	Room string `json:"room"`
	From string `json:"from"`
}

// Picture is all of a picture.
type Picture struct {
	Kind string          `json:"kind"`
	Data socketio.Binary `json:"data"`
}

// Receipt acknowledges a draft.
type Receipt struct {
	At int64 `json:"at"`
}

// Message is a posted draft. At is the time in milliseconds since 1970, made to
// grow with every message of the room, so it also says where a message belongs.
type Message struct {
	ID      string `json:"id"`
	Room    string `json:"room"`
	From    string `json:"from"`
	Text    string `json:"text"`
	Picture *Frame `json:"picture,omitempty"` // to be fetched
	At      int64  `json:"at"`
}

// Presence is somebody in a room. From the page only the room counts.
type Presence struct {
	Room string `json:"room"`
	Name string `json:"name"`
}

// Cursor says up to which message somebody has seen a room. From the page only
// the room and the position count.
type Cursor struct {
	Room string `json:"room"`
	Name string `json:"name"`
	At   int64  `json:"at"`
}

// RoomInfo is a line in the list of rooms.
type RoomInfo struct {
	Name    string `json:"name"`
	Members int    `json:"members"`
}

// RoomState is all there is to know about a room.
type RoomState struct {
	Name     string    `json:"name"`
	Members  []Reader  `json:"members"`
	Messages []Message `json:"messages"` // the last ones, oldest first
}

// Reader is a member of a room, and the position up to which it has seen it.
type Reader struct {
	Name string `json:"name"`
	Seen int64  `json:"seen"`
}
