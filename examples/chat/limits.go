package chat

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/socketio-go/socketio"
)

// What bounds the memory of the server.
const (
	maxMembers       = 500
	maxRooms         = 100
	maxRoomsOfMember = 20
	maxHistory       = 100  // messages of one room
	maxText          = 1000 // characters of a message
	maxName          = 24   // characters of the name of a member or a room
	maxID            = 40   // bytes of the id of a message
	maxPayload       = 64 << 10
	maxPicture       = 1 << 20  // bytes of one
	maxAlbum         = 64 << 20 // bytes of all pictures together
	maxMissed        = 16 << 20 // bytes of what is kept for connections that may be recovered
	maxPixels        = 20000    // of one side
)

// defaultRooms are always there. Who does not say otherwise joins them.
var defaultRooms = []string{"general", "random", "help"}

// pictureKinds are the formats of pictures. There is no script in any of them.
var pictureKinds = []string{"image/png", "image/jpeg", "image/webp", "image/gif"}

// Only errors of this type show their text to the other side.
var (
	errSignIn            = &socketio.Error{Message: "Sign in with a name."}
	errNoName            = &socketio.Error{Message: "Please choose a name."}
	errLongName          = &socketio.Error{Message: fmt.Sprintf("That name is too long: %d characters at most.", maxName)}
	errBadName           = &socketio.Error{Message: "That name has characters that cannot be shown."}
	errNameTaken         = &socketio.Error{Message: "That name is taken. Please choose another one."}
	errFull              = &socketio.Error{Message: "The chat is full. Please come back later."}
	errRoomName          = &socketio.Error{Message: fmt.Sprintf("A room's name has 1 to %d letters, digits, or dashes.", maxName)}
	errManyRooms         = &socketio.Error{Message: "There are too many rooms already."}
	errManyRoomsOfMember = &socketio.Error{Message: fmt.Sprintf("You cannot be in more than %d rooms.", maxRoomsOfMember)}
	errNotInRoom         = &socketio.Error{Message: "You are not in that room."}
	errMessage           = &socketio.Error{Message: fmt.Sprintf("A message has 1 to %d characters.", maxText)}
	errPicture           = &socketio.Error{Message: fmt.Sprintf("A picture is a PNG, JPEG, WebP or GIF of at most %d KiB.", maxPicture>>10)}
	errNoPicture         = &socketio.Error{Message: "That picture is not there any more."}
	errTooFast           = &socketio.Error{Message: "Too fast. Wait a moment and try again."}
)

// check also puts the name into its normal form and fills in the rooms.
func (w *SignIn) check() error {
	w.Name = strings.Join(strings.Fields(w.Name), " ")
	switch {
	case w.Name == "":
		return errNoName
	case utf8.RuneCountInString(w.Name) > maxName:
		return errLongName
	case strings.ContainsFunc(w.Name, func(c rune) bool { return !unicode.IsPrint(c) }):
		return errBadName
	case len(w.Token) < 16 || len(w.Token) > 64:
		return errSignIn
	}
	if w.Rooms == nil {
		w.Rooms = defaultRooms
	}
	w.Rooms = w.Rooms[:min(len(w.Rooms), maxRoomsOfMember)]
	return nil
}

func (d *Draft) check() error {
	d.Text = strings.TrimSpace(d.Text)
	if d.Text == "" && d.Picture == nil || utf8.RuneCountInString(d.Text) > maxText || d.ID == "" || len(d.ID) > maxID {
		return errMessage
	}
	if f := d.Picture; f != nil && (min(f.Width, f.Height) < 1 || max(f.Width, f.Height) > maxPixels) {
		return errPicture
	}
	return nil
}

func (c *Chunk) check() error {
	if c.ID == "" || len(c.ID) > maxID || !slices.Contains(pictureKinds, c.Kind) ||
		c.Size < 1 || c.Size > maxPicture || c.Offset < 0 || len(c.Data) == 0 {
		return errPicture
	}
	return nil
}

// checkRoomName returns the name in its normal form.
func checkRoomName(name string) (string, error) {
	name = strings.ToLower(strings.Join(strings.Fields(name), "-"))
	bad := func(c rune) bool { return c != '-' && !unicode.In(c, unicode.L, unicode.M, unicode.N) }
	if n := utf8.RuneCountInString(name); n == 0 || n > maxName || strings.ContainsFunc(name, bad) {
		return "", errRoomName
	}
	return name, nil
}
