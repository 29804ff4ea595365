package interop

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/socketio-go/socketio/client"
	"github.com/socketio-go/socketio/websocket"
)

// ownScenarios each have a server of their own, which they may mistreat.
var ownScenarios = map[string]struct {
	flags   []string
	npmOnly bool
	run     func(w *world)
}{
	"reconnect: the server is restarted, buffered events arrive": {run: func(w *world) { restarted(w, (*process).stop) }},
	"reconnect: the server has crashed, buffered events arrive":  {run: func(w *world) { restarted(w, (*process).crash) }},
	"retries: every event is handled although the server crashes": {run: func(w *world) {
		o := w.options()
		o.Retries, o.AckTimeout = 1000, 5*time.Second
		s := w.connect("/", o)
		for i := range 60 {
			if i%20 == 10 {
				w.server.crash()
				time.AfterFunc(300*time.Millisecond, w.server.start)
			}
			if got := w.ask(s, "echo", i); got != fmt.Sprintf("[%d]", i) {
				w.Errorf("event %d: %s", i, got)
			}
		}
	}},
	"heartbeat: keeps an idle connection alive": {flags: []string{"--ping-interval", "150", "--ping-timeout", "3000"}, run: func(w *world) {
		s := w.connect("/", nil)
		id := s.ID()
		<-time.After(1500 * time.Millisecond)
		w.want(w.ask(s, "echo", s.ID() == id), "[true]")
	}},
	"heartbeat: a frozen server is given up, and found again": {flags: []string{"--ping-interval", "300", "--ping-timeout", "1500"}, run: func(w *world) {
		s := w.connect("/", nil)
		reasons := w.disconnects(s)
		w.server.freeze()
		w.want(w.next(reasons), "ping timeout")
		w.server.thaw()
		w.joined(s)
		w.want(w.ask(s, "echo", "back"), `["back"]`)
	}},
	"heartbeat: goes on while handlers are behind": {flags: []string{"--ping-interval", "200", "--ping-timeout", "4000"}, run: func(w *world) {
		o := w.options()
		o.ReceiveBudget = 20_000
		s := w.connect("/", o)
		id := s.ID()
		box := w.inbox(s, "n")
		for range 2000 {
			if err := s.Emit("burst", 10); err != nil {
				w.Fatal(err)
			}
		}
		<-time.After(5 * time.Second) // longer than the server waits for a pong, which stands behind it all
		for i := range 20_000 {
			w.want(w.next(box), fmt.Sprintf("[%d]", i%10))
		}
		w.want(s.ID(), id)
	}},
	"payload limit: exactly at the limit accepted, over it an error": {flags: []string{"--max-payload", "5000"}, run: func(w *world) {
		s := w.connect("/", nil)
		id := s.ID()
		box := w.inbox(s, "echo")
		fits := strings.Repeat("x", 5000-len(`42["echo",""]`))
		if err := s.Emit("echo", fits); err != nil {
			w.Fatal(err)
		}
		w.want(w.next(box), `["`+fits+`"]`)
		if err := s.Emit("echo", fits+"x"); err == nil || !strings.Contains(err.Error(), "5000") {
			w.Errorf("got %v", err)
		}
		for i := range 100 { // many that fit, together far over it
			if err := s.Emit("num", i, strings.Repeat("y", 1000)); err != nil {
				w.Fatal(err)
			}
		}
		w.want(w.ask(s, "order"), `[{"count":100,"inversions":0}]`)
		w.want(s.ID(), id)
	}},
	"compression: what the two sides say is shorter": {flags: []string{"--deflate", `{"threshold":100}`}, npmOnly: true, run: func(w *world) {
		network := newCuttable(w.T)
		o := w.options()
		o.Network = client.Network{DialContext: network.DialContext, Compression: &websocket.Compression{Threshold: 100}}
		s := w.connect("/", o)
		text := strings.Repeat("the same again and again, ", 4000)
		before := network.carried()
		for range 3 {
			w.want(w.ask(s, "echo", text, pattern(20_000)), encoded([]any{text, pattern(20_000)}))
		}
		if carried := network.carried() - before; w.mode != "polling" && carried > 100_000 {
			w.Errorf("%d bytes were carried", carried)
		}
		if _, err := s.Compress(false).Call(w.ctx, "echo", text); err != nil {
			w.Error(err)
		}
		if carried := network.carried() - before; w.mode != "polling" && carried < len(text) {
			w.Errorf("%d bytes were carried, although not to be compressed", carried)
		}
	}},
	"recovery: what was missed arrives, in the same session": {flags: []string{"--recovery", "60000", "--ping-interval", "300", "--ping-timeout", "3000"}, npmOnly: true, run: func(w *world) {
		gone := w.watch("/")
		network := newCuttable(w.T)
		o := w.options()
		o.Network = client.Network{DialContext: network.DialContext}
		s, other := w.connect("/", o), w.connect("/", nil)
		box, connects := w.inbox(s, "msg"), w.connects(s)
		id := s.ID()
		w.want(w.ask(s, "join", "recovered"), `["ok"]`)
		w.want(w.ask(other, "room", "recovered", "before"), `["ok"]`)
		if got := w.next(box); !strings.HasPrefix(got, `["before","`) { // and an offset
			w.Errorf("got %s", got)
		}
		if s.Recovered() {
			w.Error("recovered before it was lost")
		}
		network.cut(true)
		gone(id)
		for i := range 5 {
			w.want(w.ask(other, "room", "recovered", i, pattern(3)), `["ok"]`)
		}
		network.cut(false)
		w.want(w.next(connects), id)
		for i := range 5 {
			if got := w.next(box); !strings.HasPrefix(got, fmt.Sprintf(`[%d,"AAEC","`, i)) {
				w.Errorf("got %s", got)
			}
		}
		if !s.Recovered() || s.ID() != id {
			w.Error("not recovered")
		}
		w.want(w.ask(other, "room", "recovered", "after"), `["ok"]`)
		if got := w.next(box); !strings.HasPrefix(got, `["after","`) {
			w.Errorf("got %s", got)
		}
	}},
}

func restarted(w *world, end func(p *process)) {
	s := w.connect("/", nil)
	id, reasons := s.ID(), w.disconnects(s)
	end(w.server)
	// The official server closes its WebSockets without a farewell, and answers
	// pending GETs in either way.
	if reason := w.next(reasons); reason != "transport close" && reason != "transport error" {
		w.Errorf("disconnected by %q", reason)
	}
	for i := range 20 {
		if err := s.Emit("num", i); err != nil {
			w.Fatal(err)
		}
	}
	answered := make(chan error, 1)
	go func() {
		_, err := s.Call(w.ctx, "echo")
		answered <- err
	}()
	w.server.start()
	if err := <-answered; err != nil {
		w.Error(err)
	}
	w.want(w.ask(s, "order"), `[{"count":20,"inversions":0}]`)
	if s.ID() == id {
		w.Error("the id is the old one")
	}
}

// A server of Socket.IO 2.x is recognised, and the error says what it is.
func TestClientAgainstOldServer(t *testing.T) {
	p := start(t, &process{t: t, dir: "js", command: []string{"node", "old.mjs"}})
	for mode, transports := range transports {
		_, err := client.Dial(t.Context(), p.url, &client.Options{Transports: transports})
		var failed *client.DialError
		if !errors.As(err, &failed) || !strings.Contains(err.Error(), "Socket.IO 2.x") {
			t.Errorf("%s: %v", mode, err)
		}
	}
}
