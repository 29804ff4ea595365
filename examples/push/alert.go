package push

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/socketio-go/socketio/examples/push/webpush"
	"github.com/socketio-go/socketio/server"
)

const (
	showTime = 2 * time.Second  // for a page to say that somebody sees the alert
	pushTime = 10 * time.Second // for a push service to take a message
	keepTime = 24 * time.Hour   // that it keeps one
)

// way is how an alert reaches somebody.
type way int

const (
	waiting way = iota
	pushed
	shown
)

// raise sends an alert to everybody whom it concerns, and tells what became of it.
// It may take a while: events of this page wait meanwhile, no others.
func (a *App) raise(ctx context.Context, s *server.Socket, d Draft) (Outcome, error) {
	if err := d.check(); err != nil {
		return Outcome{}, err
	}
	alert, recipients, err := a.file(userOf(s), &d)
	if err != nil {
		return Outcome{}, err
	}
	ways := make([]way, len(recipients))
	var wg sync.WaitGroup
	for i, u := range recipients {
		wg.Go(func() { ways[i] = a.deliver(u, alert) })
	}
	wg.Wait()
	var out Outcome
	for _, w := range ways {
		switch w {
		case shown:
			out.Shown++
		case pushed:
			out.Pushed++
		default:
			out.Waiting++
		}
	}
	return out, nil
}

// file makes an alert of a draft and puts it into the histories.
func (a *App) file(from *user, d *Draft) (Alert, []*user, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !from.raises.Allow(time.Now()) {
		return Alert{}, nil, errTooFast
	}
	recipients, err := a.recipientsLocked(d)
	if err != nil {
		return Alert{}, nil, err
	}
	a.lastID++
	alert := Alert{ID: a.lastID, From: from.name, Title: d.Title, Body: d.Body, At: time.Now().UnixMilli()}
	if d.To == "" {
		alert.Topic = d.Topic
	}
	for _, u := range recipients {
		u.keep(alert)
	}
	return alert, recipients, nil
}

func (a *App) recipientsLocked(d *Draft) (list []*user, err error) {
	if d.To != "" {
		u := a.users[nameKey(d.To)]
		if u == nil {
			return nil, errNobody
		}
		return []*user{u}, nil
	}
	for _, u := range a.users {
		if slices.Contains(u.watch, d.Topic) {
			list = append(list, u)
		}
	}
	return list, nil
}

// deliver asks all pages of the user to show the alert. Only a page knows whether
// somebody is looking at it, and a page that has lost its network does not answer,
// so the answers decide: unless one of them is yes, a push message is sent.
func (a *App) deliver(u *user, alert Alert) way {
	answers, err := Show.DoAll(a.ctx, a.io.To(u.room()).Timeout(showTime), alert)
	if slices.Contains(answers, true) {
		return shown
	}
	a.log.Debug("push: nobody sees it", "user", u.name, "alert", alert.ID, "pages", len(answers), "error", err)
	if a.pushTo(u, alert) {
		return pushed
	}
	return waiting
}

// pushTo sends a push message to all browsers of the user.
func (a *App) pushTo(u *user, alert Alert) (sent bool) {
	payload, err := json.Marshal(alert)
	if err != nil {
		a.log.Error("push: alert not encoded", "error", err)
		return false
	}
	a.mu.Lock()
	subscriptions := slices.Clone(u.subscriptions)
	a.mu.Unlock()
	for _, sub := range subscriptions {
		err := a.sender.Send(a.ctx, &sub, payload, keepTime)
		switch {
		case err == nil:
			sent = true
		case errors.Is(err, webpush.ErrGone):
			a.forget(u, sub.Endpoint)
		default:
			a.log.Warn("push: not sent", "user", u.name, "error", err)
		}
	}
	return sent
}

// forget drops a subscription that has expired.
func (a *App) forget(u *user, endpoint string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if u.unsubscribe(endpoint) {
		a.log.Info("push: subscription removed, it has expired", "user", u.name)
		a.announceLocked()
	}
}
