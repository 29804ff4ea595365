package adapter

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/packet"
)

func answer(t *testing.T, v any) packet.Args {
	t.Helper()
	args, err := packet.NewArgs(v)
	if err != nil {
		t.Fatal(err)
	}
	return args
}

func TestAnswers(t *testing.T) {
	lost := fmt.Errorf("gone: %w", net.ErrClosed)
	for name, c := range map[string]struct {
		servers int
		script  func(a *Answers)
		answers int
		missing int // -1: no error
		is      error
		took    time.Duration
	}{
		"nobody":                               {0, func(*Answers) {}, 0, -1, nil, 0},
		"no receivers":                         {1, func(a *Answers) { a.Expect(0) }, 0, -1, nil, 0},
		"all answer":                           {1, func(a *Answers) { a.Expect(2); a.Answered(packet.Args{}); a.Answered(packet.Args{}) }, 2, -1, nil, 0},
		"answers before the number":            {1, func(a *Answers) { a.Answered(packet.Args{}); a.Answered(packet.Args{}); a.Expect(2) }, 2, -1, nil, 0},
		"two servers":                          {2, func(a *Answers) { a.Expect(1); a.Answered(packet.Args{}); a.Expect(1); a.Answered(packet.Args{}) }, 2, -1, nil, 0},
		"one is lost":                          {1, func(a *Answers) { a.Expect(2); a.Answered(packet.Args{}); a.Lost(lost) }, 1, 1, net.ErrClosed, 0},
		"all are lost":                         {1, func(a *Answers) { a.Lost(lost); a.Lost(lost); a.Expect(2) }, 0, 2, net.ErrClosed, 0},
		"one does not answer":                  {1, func(a *Answers) { a.Expect(2); a.Answered(packet.Args{}) }, 1, 1, context.DeadlineExceeded, time.Minute},
		"one is lost, and one does not answer": {1, func(a *Answers) { a.Expect(2); a.Lost(lost) }, 0, 2, context.DeadlineExceeded, time.Minute},
		"a server says nothing":                {2, func(a *Answers) { a.Expect(1); a.Answered(packet.Args{}) }, 1, 0, context.DeadlineExceeded, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := NewAnswers(c.servers)
				c.script(a)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				start := time.Now()
				got, err := a.Wait(ctx)
				if len(got) != c.answers || time.Since(start) != c.took {
					t.Errorf("%d answers after %v", len(got), time.Since(start))
				}
				var missing *socketio.AckError
				switch {
				case c.missing < 0 && err != nil:
					t.Error(err)
				case c.missing >= 0 && (!errors.As(err, &missing) || missing.Missing != c.missing || !errors.Is(err, c.is)):
					t.Errorf("error %v", err)
				}
				// What comes late is not added to what the caller has.
				a.Answered(packet.Args{})
				a.Lost(lost)
				a.Expect(1)
				if len(got) != c.answers {
					t.Error("a late answer was added")
				}
			})
		})
	}
}

func TestAnswersFromEverywhere(t *testing.T) {
	const servers, receivers = 5, 200
	a := NewAnswers(servers)
	var group sync.WaitGroup
	for range servers {
		group.Go(func() {
			for i := range receivers {
				if i == receivers/2 {
					a.Expect(receivers)
				}
				if i%10 == 0 {
					a.Lost(net.ErrClosed)
				} else {
					a.Answered(packet.Args{})
				}
			}
		})
	}
	got, err := a.Wait(t.Context())
	group.Wait()
	var missing *socketio.AckError
	if len(got) != servers*receivers*9/10 || !errors.As(err, &missing) || missing.Missing != servers*receivers/10 {
		t.Errorf("%d answers, %v", len(got), err)
	}
}

// A lone server waits for its own receivers.
func TestBroadcastWithAck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(stage)
		m := NewMemory(s, nil)
		var over context.Context
		s.calls = func(ctx context.Context, answers Collector) (int, error) {
			over = ctx
			answers.Answered(answer(t, 1))
			go func() {
				time.Sleep(time.Second)
				answers.Answered(answer(t, 2))
			}()
			return 2, nil
		}
		start := time.Now()
		got, err := m.BroadcastWithAck(t.Context(), &Packet{Event: "q"}, &Target{})
		if err != nil || len(got) != 2 || string(got[1].JSON()) != "2" || time.Since(start) != time.Second {
			t.Errorf("%v, %v after %v", got, err, time.Since(start))
		}
		if over.Err() == nil {
			t.Error("the context of the call goes on after it")
		}
		fail := errors.New("cannot be encoded")
		s.calls = func(context.Context, Collector) (int, error) { return 0, fail }
		if _, err := m.BroadcastWithAck(t.Context(), &Packet{Event: "q"}, &Target{}); !errors.Is(err, fail) {
			t.Error(err)
		}
	})
}

func TestPartialError(t *testing.T) {
	err := &PartialError{Missing: []string{"a", "b"}, Err: context.DeadlineExceeded}
	if !errors.Is(err, context.DeadlineExceeded) || err.Error() == "" {
		t.Error(err)
	}
}
