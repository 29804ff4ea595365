package push

import (
	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/examples/push/webpush"
)

// What a page asks for.
var (
	Raise       = socketio.NewCall[Draft, Outcome]("raise")
	Watch       = socketio.NewCall[[]string, socketio.None]("watch") // the topics to be told about, instead of those before
	Subscribe   = socketio.NewCall[webpush.Subscription, socketio.None]("subscribe")
	Unsubscribe = socketio.NewCall[string, socketio.None]("unsubscribe") // the endpoint
	Read        = socketio.NewCall[int64, socketio.None]("read")         // up to which alert
)

// What the server tells. Show is acknowledged, and the answer decides whether a
// push message is needed: true when somebody is looking at the page.
var (
	Show    = socketio.NewCall[Alert, bool]("alert")
	Welcome = socketio.NewEvent[State]("welcome")
	People  = socketio.NewEvent[[]Person]("people")
	ReadTo  = socketio.NewEvent[int64]("read") // another page of the same user has read
)

// SignIn is what a page presents as auth.
type SignIn struct {
	Name  string `json:"name"`
	Token string `json:"token"` // a secret of the browser, which the name belongs to
}

// Draft is an alert to be raised, for one user or for all who watch a topic.
type Draft struct {
	To    string `json:"to"`    // the name of a user, or
	Topic string `json:"topic"` // one of the topics
	Title string `json:"title"`
	Body  string `json:"body"`
}

// Outcome says what became of an alert. Every recipient counts once.
type Outcome struct {
	Shown   int `json:"shown"`   // in a page that somebody looks at
	Pushed  int `json:"pushed"`  // given to a push service
	Waiting int `json:"waiting"` // in the history, for the next visit
}

// Alert is an alert that was raised.
type Alert struct {
	ID    int64  `json:"id"` // grows
	From  string `json:"from"`
	Topic string `json:"topic,omitempty"`
	Title string `json:"title"`
	Body  string `json:"body,omitempty"`
	At    int64  `json:"at"` // milliseconds since 1970
}

// State is what a page needs to begin.
type State struct {
	Key    string   `json:"key"` // for pushManager.subscribe
	Topics []string `json:"topics"`
	Watch  []string `json:"watch"`
	Alerts []Alert  `json:"alerts"` // oldest first
	Read   int64    `json:"read"`   // the last alert that has been read
}

// Person is a user and how an alert would reach it.
type Person struct {
	Name   string `json:"name"`
	Online bool   `json:"online"` // has a page
	Push   bool   `json:"push"`   // has a subscription
}
