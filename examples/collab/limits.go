package collab

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/socketio-go/socketio"
)

// What bounds the memory of the server.
const (
	maxDocuments = 50
	maxPeople    = 50      // of one document
	maxDocument  = 1 << 20 // bytes of a log
	maxUpdates   = 5000    // of a log, without what is merged
	compactAfter = 500     // updates
	maxUpdate    = 256 << 10
	maxAwareness = 2 << 10
	maxName      = 40 // characters
	maxPayload   = maxUpdate + 1<<10
)

// Only errors of this type show their text to the other side.
var (
	errVisit         = &socketio.Error{Message: fmt.Sprintf("A document's name has 1 to %d letters, digits, or dashes.", maxName)}
	errManyDocuments = &socketio.Error{Message: "There are too many documents in use."}
	errManyPeople    = &socketio.Error{Message: "There are too many people in this document."}
	errDocumentFull  = &socketio.Error{Message: "The document is full."}
	errUpdate        = &socketio.Error{Message: fmt.Sprintf("A change has at most %d KiB.", maxUpdate>>10)}
	errAwareness     = &socketio.Error{Message: "That is no cursor."}
	errTooFast       = &socketio.Error{Message: "Too fast. Wait a moment and try again."}
)

// check also puts the name into its normal form.
func (v *Visit) check() error {
	v.Document = strings.ToLower(strings.TrimSpace(v.Document))
	n := utf8.RuneCountInString(v.Document)
	bad := func(c rune) bool { return c != '-' && !unicode.In(c, unicode.L, unicode.M, unicode.N) }
	if n == 0 || n > maxName || strings.ContainsFunc(v.Document, bad) {
		return errVisit
	}
	return nil
}
