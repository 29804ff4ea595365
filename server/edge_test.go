package server

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/socketio-go/socketio"
)

func TestToNoRoomIsNobody(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		c := x.connect()
		if err := x.io.To([]string{}...).Emit("everybody?"); err != nil {
			t.Fatal(err)
		}
		if err := x.io.To().To(x.socket(c).ID()).Emit("you"); err != nil {
			t.Fatal(err)
		}
		c.want(`42["you"]`)
	})
}

func TestTheEarlierDeadlineHolds(t *testing.T) {
	for name, d := range map[string][2]time.Duration{"timeout": {time.Second, time.Minute}, "context": {time.Minute, time.Second}} {
		t.Run(name, func(t *testing.T) {
			bubble(t, "websocket", Options{}, func(t *testing.T, x *fixture) {
				s := x.socket(x.connect())
				ctx, cancel := context.WithTimeout(t.Context(), d[1])
				defer cancel()
				start := time.Now()
				_, err := s.Timeout(d[0]).Call(ctx, "silence")
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
					t.Errorf("%v after %v", err, time.Since(start))
				}
			})
		})
	}
}

func TestAMiddlewareCannotWaitForTheClient(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		x.io.Use(func(ctx context.Context, s *Socket) error {
			if _, err := s.Call(ctx, "who?"); err == nil || !strings.Contains(err.Error(), "OnConnect") {
				t.Errorf("Call in Use: %v", err)
			}
			return &socketio.Error{Message: "no"}
		})
		c := x.dial()
		c.send("40")
		c.want(`44{"message":"no"}`)
	})
}

func TestOnAnyOfOneSocket(t *testing.T) {
	modes(t, Options{}, func(t *testing.T, x *fixture) {
		var j journal
		c, other := x.connect(), x.connect()
		x.io.OnAny(j.handler("all"))
		remove := x.socket(c).OnAny(j.handler("one"))
		x.io.Handle("e", j.handler("own"))
		c.send(`42["e",1]`)
		j.want(t, "all e 1", "one e 1", "own e 1")
		other.send(`42["e",2]`)
		j.want(t, "all e 2", "own e 2")
		remove()
		c.send(`42["x",3]`)
		j.want(t, "all x 3")
	})
}
