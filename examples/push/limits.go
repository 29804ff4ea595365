package push

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/examples/push/webpush"
)

// What bounds the memory of the server.
const (
	maxUsers         = 300
	maxInbox         = 50 // alerts of one user
	maxSubscriptions = 5  // of one user
	maxName          = 24 // characters
	maxTitle         = 80
	maxBody          = 300
	maxEndpoint      = 1000 // bytes
	maxPayload       = 16 << 10
)

// topics can be watched.
var topics = []string{"deploys", "orders", "weather"}

// Only errors of this type show their text to the other side.
var (
	errSignIn       = &socketio.Error{Message: fmt.Sprintf("Choose a name of 1 to %d characters.", maxName)}
	errNameTaken    = &socketio.Error{Message: "That name is taken. Please choose another one."}
	errFull         = &socketio.Error{Message: "There are too many users. Please come back later."}
	errDraft        = &socketio.Error{Message: fmt.Sprintf("An alert has a title of 1 to %d characters, and a text of at most %d.", maxTitle, maxBody)}
	errNobody       = &socketio.Error{Message: "There is nobody of that name."}
	errTopic        = &socketio.Error{Message: "There is no such topic."}
	errTooFast      = &socketio.Error{Message: "Too fast. Wait a moment and try again."}
	errSubscription = &socketio.Error{Message: "That is not a subscription of a known push service."}
)

// check also puts the name into its normal form.
func (w *SignIn) check() error {
	w.Name = strings.Join(strings.Fields(w.Name), " ")
	n := utf8.RuneCountInString(w.Name)
	if n == 0 || n > maxName || strings.ContainsFunc(w.Name, func(c rune) bool { return !unicode.IsPrint(c) }) ||
		len(w.Token) < 16 || len(w.Token) > 64 {
		return errSignIn
	}
	return nil
}

func (d *Draft) check() error {
	d.Title, d.Body = strings.TrimSpace(d.Title), strings.TrimSpace(d.Body)
	switch {
	case d.Title == "" || utf8.RuneCountInString(d.Title) > maxTitle || utf8.RuneCountInString(d.Body) > maxBody:
		return errDraft
	case d.To == "" && !slices.Contains(topics, d.Topic):
		return errTopic
	}
	return nil
}

// pushServices are the hosts that browsers have their subscriptions at. The server
// sends requests to what pages name, so it must not be anything else.
var pushServices = []string{
	"fcm.googleapis.com", "push.services.mozilla.com", "push.apple.com", "notify.windows.com",
}

// trusted reports whether an endpoint is one of a push service.
func trusted(endpoint *url.URL) bool {
	if endpoint.Scheme != "https" || endpoint.Port() != "" || endpoint.User != nil {
		return false
	}
	return slices.ContainsFunc(pushServices, func(host string) bool {
		return endpoint.Host == host || strings.HasSuffix(endpoint.Host, "."+host)
	})
}

func (a *App) checkSubscription(sub *webpush.Subscription) error {
	endpoint, err := url.Parse(sub.Endpoint)
	if err != nil || len(sub.Endpoint) > maxEndpoint || !a.trusted(endpoint) {
		return errSubscription
	}
	if err := sub.Check(); err != nil {
		return fmt.Errorf("%w (%w)", errSubscription, err)
	}
	return nil
}
