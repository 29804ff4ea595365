package socketiotest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/packet"
)

// Recorder keeps the events that have arrived at a socket, or at all sockets of a
// namespace, until a test looks at them.
type Recorder struct {
	tb testing.TB

	mu     sync.Mutex // guards what follows
	events []*socketio.Message
	more   chan struct{} // closed when something is added
}

// Record begins to record what arrives at a *server.Server, *server.Namespace,
// *server.Socket or *client.Socket. Handlers are called as ever.
func Record(tb testing.TB, of interface {
	OnAny(h socketio.Handler) (remove func())
}) *Recorder {
	r := &Recorder{tb: tb, more: make(chan struct{})}
	of.OnAny(socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.events = append(r.events, m)
		close(r.more)
		r.more = make(chan struct{})
		return nil
	}))
	return r
}

// Next waits for the next event and returns it. It fails the test when none comes
// within 30 seconds.
func (r *Recorder) Next() *socketio.Message {
	r.tb.Helper()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		r.mu.Lock()
		if len(r.events) > 0 {
			m := r.events[0]
			r.events = r.events[1:]
			r.mu.Unlock()
			return m
		}
		more := r.more
		r.mu.Unlock()
		select {
		case <-more:
		case <-timeout.C:
			r.tb.Fatal("socketiotest: no event has come")
		}
	}
}

// Expect waits for the next event, which must have this name and these arguments.
// Arguments are compared as JSON, binary values by their bytes.
func (r *Recorder) Expect(event string, args ...any) {
	r.tb.Helper()
	got := r.Next()
	want, err := packet.NewArgs(args...)
	if err != nil {
		r.tb.Fatalf("socketiotest: %v", err)
	}
	if got.Event != event || !equal(got.Args, want) {
		r.tb.Errorf("socketiotest: got %q %s, want %q %s", got.Event, text(got.Args), event, text(want))
	}
}

// None fails the test if an event has come that Next and Expect have not seen. In a
// bubble, call synctest.Wait before.
func (r *Recorder) None() {
	r.tb.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.events {
		r.tb.Errorf("socketiotest: unexpected event %q %s", m.Event, text(m.Args))
	}
}

func equal(a, b socketio.Args) bool { return bytes.Equal(canonical(a), canonical(b)) }

// canonical is a form in which equal arguments are equal texts.
func canonical(args socketio.Args) []byte {
	values, err := values(args)
	if err != nil {
		return []byte(err.Error())
	}
	b, err := json.Marshal(values)
	if err != nil {
		return []byte(err.Error())
	}
	return b
}

func values(args socketio.Args) ([]any, error) {
	list := make([]any, args.Len())
	dst := make([]any, args.Len())
	for i := range list {
		dst[i] = &list[i]
	}
	err := args.Scan(dst...)
	return list, err
}

func text(args socketio.Args) string {
	list, err := values(args)
	if err != nil {
		return fmt.Sprint(err)
	}
	return fmt.Sprintf("%.300s", fmt.Sprint(list))
}
