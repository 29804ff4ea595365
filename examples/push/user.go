package push

import (
	"maps"
	"slices"
	"strings"

	"github.com/socketio-go/socketio/examples/internal/limit"
	"github.com/socketio-go/socketio/examples/push/webpush"
	"github.com/socketio-go/socketio/server"
)

// user is somebody who has signed in once. It stays when its pages have gone: that
// is when push messages are for. Guarded by the mutex of its App.
type user struct {
	name          string
	token         string
	pages         int
	watch         []string
	inbox         []Alert // oldest first
	read          int64
	subscriptions []webpush.Subscription // oldest first

	raises  limit.Limiter
	changes limit.Limiter // everything else
}

// userOf returns who is behind a socket; OnConnect has attached it.
func userOf(s *server.Socket) *user { return s.Data().(*user) }

// nameKey makes names unique: "Ada" and "ada" are the same.
func nameKey(name string) string { return strings.ToLower(name) }

// room is the Socket.IO room of all pages of the user.
func (u *user) room() string { return "user:" + nameKey(u.name) }

// keep puts an alert into the history, and forgets the oldest one when it is full.
func (u *user) keep(alert Alert) {
	if len(u.inbox) == maxInbox {
		u.inbox = slices.Delete(u.inbox, 0, 1)
	}
	u.inbox = append(u.inbox, alert)
}

// subscribe keeps a subscription, which replaces an older one of that endpoint.
func (u *user) subscribe(sub webpush.Subscription) {
	u.unsubscribe(sub.Endpoint)
	if len(u.subscriptions) == maxSubscriptions {
		u.subscriptions = slices.Delete(u.subscriptions, 0, 1)
	}
	u.subscriptions = append(u.subscriptions, sub)
}

// unsubscribe reports whether there was such a subscription.
func (u *user) unsubscribe(endpoint string) bool {
	n := len(u.subscriptions)
	u.subscriptions = slices.DeleteFunc(u.subscriptions, func(s webpush.Subscription) bool { return s.Endpoint == endpoint })
	return len(u.subscriptions) < n
}

// admitLocked finds or makes a user. When there are too many, one who has gone
// makes room.
func (a *App) admitLocked(who *SignIn) (*user, error) {
	u := a.users[nameKey(who.Name)]
	switch {
	case u == nil && len(a.users) == maxUsers && !a.dropLocked():
		return nil, errFull
	case u == nil:
		u = &user{
			name: who.Name, token: who.Token, watch: slices.Clone(topics[:1]),
			raises:  limit.Limiter{Burst: 20, PerSecond: 1},
			changes: limit.Limiter{Burst: 60, PerSecond: 5},
		}
		a.users[nameKey(u.name)] = u
	case u.token != who.Token:
		return nil, errNameTaken
	}
	return u, nil
}

// dropLocked forgets one user who has no page, rather one who gets no push
// messages either.
func (a *App) dropLocked() bool {
	gone := slices.DeleteFunc(slices.Collect(maps.Values(a.users)), func(u *user) bool { return u.pages > 0 })
	if len(gone) == 0 {
		return false
	}
	u := slices.MinFunc(gone, func(x, y *user) int { return len(x.subscriptions) - len(y.subscriptions) })
	delete(a.users, nameKey(u.name))
	return true
}

func (a *App) peopleLocked() []Person {
	list := make([]Person, 0, len(a.users))
	for _, u := range a.users {
		list = append(list, Person{Name: u.name, Online: u.pages > 0, Push: len(u.subscriptions) > 0})
	}
	slices.SortFunc(list, func(x, y Person) int { return strings.Compare(nameKey(x.Name), nameKey(y.Name)) })
	return list
}
