package adapter

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio/packet"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 && !settled() {
		buf := make([]byte, 1<<20)
		fmt.Fprintf(os.Stderr, "goroutines leaked:\n%s\n", buf[:runtime.Stack(buf, true)])
		code = 1
	}
	os.Exit(code)
}

// settled waits until the goroutine of TestMain is alone.
func settled() bool {
	for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); runtime.Gosched() {
		if runtime.NumGoroutine() <= 1 {
			return true
		}
	}
	return false
}

// stage is a Local that notes what is delivered: "event args@offset".
type stage struct {
	Local
	mu        sync.Mutex
	delivered []string
	offset    string // of the last event
	calls     func(ctx context.Context, answers Collector) (int, error)
}

func (s *stage) Name() string { return "/" }

func (s *stage) Deliver(p *Packet, _ *Target, offset string) error {
	args, err := packet.NewArgs(p.Args...)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.delivered, s.offset = append(s.delivered, fmt.Sprintf("%s %s", p.Event, args.JSON())), offset
	return err
}

func (s *stage) Call(ctx context.Context, _ *Packet, _ *Target, answers Collector) (int, error) {
	return s.calls(ctx, answers)
}

// scene is an adapter with recovery, in fake time.
type scene struct {
	*testing.T
	*Memory
	stage *stage
}

func recovering(t *testing.T, r Recovery, f func(s *scene)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		stage := new(stage)
		s := &scene{t, NewMemory(stage, &r), stage}
		defer func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}()
		f(s)
	})
}

func (s *scene) emit(event string, rooms ...string) {
	s.Helper()
	if err := s.Broadcast(&Packet{Event: event}, &Target{Rooms: rooms}); err != nil {
		s.Error(err)
	}
}

// attach admits a new client.
func (s *scene) attach(pid string, rooms ...string) *Session {
	s.Helper()
	session := &Session{SID: "id of " + pid, PID: pid, Rooms: append([]string{"id of " + pid}, rooms...), Data: "data"}
	s.Attach(nil, func(missed []Missed, offset string) {
		if len(missed) > 0 || offset == "" {
			s.Errorf("attached at %q with %d events", offset, len(missed))
		}
		session.Offset = offset
	})
	return session
}

// back restores a session, and returns what it has missed, or "nobody".
func (s *scene) back(pid, offset string) (*Session, string) {
	s.Helper()
	session, err := s.RestoreSession(s.Context(), pid, offset)
	if err != nil {
		s.Error(err)
	}
	if session == nil {
		return nil, "nobody"
	}
	var events []string
	s.Attach(session, func(missed []Missed, _ string) {
		for _, m := range missed {
			events = append(events, m.Event)
		}
	})
	session.Replayed = time.Now()
	return session, strings.Join(events, " ")
}

func (s *scene) want(pid, offset, want string) *Session {
	s.Helper()
	session, got := s.back(pid, offset)
	if got != want {
		s.Errorf("%s at %q has missed %q, want %q", pid, offset, got, want)
	}
	return session
}

func TestRestoredSession(t *testing.T) {
	recovering(t, Recovery{}, func(s *scene) {
		kept := s.attach("a", "room")
		s.emit("seen", "room")
		offset := s.stage.offset
		s.PersistSession(kept)
		s.emit("1", "room")
		s.emit("2")
		s.emit("elsewhere", "other")
		got := s.want("a", offset, "1 2")
		if got.SID != kept.SID || got.PID != "a" || !slices.Equal(got.Rooms, kept.Rooms) || got.Data != "data" {
			s.Errorf("restored %+v", got)
		}
		s.want("a", offset, "nobody") // handed out once
		s.PersistSession(got)
		s.emit("3")
		s.want("a", s.stage.offset, "")
		for _, offset := range []string{"x", ".", "x.1", offset + "0000", strings.Replace(offset, ".", ".-", 1), strings.Replace(offset, ".", ".+", 1), offset + ".", offset + " "} {
			s.PersistSession(got)
			s.want("a", offset, "nobody")
		}
	})
}

// The position of a client that has never received an offset is where it first began,
// however often it comes back.
func TestAnIdleClientIsCutTwice(t *testing.T) {
	recovering(t, Recovery{}, func(s *scene) {
		session := s.attach("a")
		s.PersistSession(session)
		s.emit("1")
		for range 3 {
			session = s.want("a", "", "1") // which does not arrive
			s.PersistSession(session)
		}
		s.emit("2")
		session = s.want("a", "", "1 2")
		offset := s.stage.offset // this time it does
		s.PersistSession(session)
		s.emit("3")
		session = s.want("a", offset, "3")
		s.PersistSession(session)
		s.want("a", "", "3") // what was presented last counts
	})
}

// A client that comes back again and again, but is cut before anything arrives, is
// not told that it has everything when what it has missed was too old to be kept.
func TestNothingIsLostWithoutAWord(t *testing.T) {
	const minute = time.Minute
	recovering(t, Recovery{MaxDisconnection: 2 * minute, Detection: minute}, func(s *scene) {
		a, b := s.attach("a"), s.attach("b")
		s.emit("seen")
		offset := s.stage.offset
		s.PersistSession(a)
		s.PersistSession(b)
		s.emit("missed")
		time.Sleep(minute)
		// b has time enough to receive it, and idles on.
		b = s.want("b", offset, "missed")
		time.Sleep(minute / 2)
		for range 4 {
			a, missed := s.back("a", offset)
			if missed == "nobody" {
				break // which is the truth
			}
			if missed != "missed" {
				s.Fatalf("restored with %q", missed)
			}
			time.Sleep(minute / 2)
			s.PersistSession(a)
			time.Sleep(minute / 2)
		}
		if session, missed := s.back("a", offset); session != nil {
			s.Errorf("restored with %q", missed)
		}
		s.PersistSession(b)
		s.want("b", offset, "")
	})
}

// A hook may take longer than the detection: as long as the missed events have not
// been sent, nothing counts as received.
func TestASessionThatWasNotReplayed(t *testing.T) {
	const minute = time.Minute
	recovering(t, Recovery{MaxDisconnection: 2 * minute, Detection: minute}, func(s *scene) {
		a := s.attach("a")
		s.emit("seen")
		offset := s.stage.offset
		s.PersistSession(a)
		s.emit("missed")
		for range 3 {
			time.Sleep(minute)
			if session, missed := s.back("a", offset); session != nil {
				if missed != "missed" {
					s.Fatalf("restored with %q", missed)
				}
				session.Replayed = time.Time{}
				time.Sleep(minute + minute/2)
				s.PersistSession(session)
			}
		}
		s.want("a", offset, "nobody")
	})
}

func TestExpiry(t *testing.T) {
	recovering(t, Recovery{MaxDisconnection: time.Minute, Detection: 10 * time.Second}, func(s *scene) {
		for i := range 100 {
			pid := fmt.Sprint(i)
			s.emit("e")
			s.PersistSession(s.attach(pid))
			time.Sleep(time.Second)
		}
		s.want("39", "", "nobody")
		s.want("41", "", strings.TrimSpace(strings.Repeat("e ", 58)))
		time.Sleep(2 * time.Minute)
		j := s.journal
		j.mu.Lock()
		defer j.mu.Unlock()
		if len(j.entries) > 0 || len(j.sessions) > 0 || len(j.order) > 0 || j.kept != 0 || j.bytes != 0 || j.timer != nil {
			s.Errorf("left: %d entries with %d bytes, %d and %d sessions with %d bytes, timer %v", len(j.entries), j.bytes, len(j.sessions), len(j.order), j.kept, j.timer)
		}
	})
}

func TestBounds(t *testing.T) {
	const bytes = 100_000
	recovering(t, Recovery{MaxBytes: bytes}, func(s *scene) {
		old := s.attach("old")
		s.PersistSession(old)
		for i := range 2000 {
			if err := s.Broadcast(&Packet{Event: "e", Args: []any{strings.Repeat("x", i%1000)}}, &Target{}); err != nil {
				s.Fatal(err)
			}
			s.PersistSession(s.attach(fmt.Sprint(i), strings.Repeat("r", i%100)))
		}
		s.journal.mu.Lock()
		if s.journal.bytes > bytes || s.journal.bytes < bytes/2 || s.journal.kept > bytes/2 || s.journal.kept < bytes/4 || len(s.journal.order) > 1000 {
			s.Errorf("kept %d bytes of events, %d of sessions, %d", s.journal.bytes, s.journal.kept, len(s.journal.order))
		}
		s.journal.mu.Unlock()
		s.want("old", "", "nobody")
		s.want("1999", "", "")
		// One event that is larger than everything.
		here := s.attach("here")
		s.PersistSession(here)
		if err := s.Broadcast(&Packet{Event: "large", Args: []any{strings.Repeat("x", 2*bytes)}}, &Target{}); err != nil {
			s.Fatal(err)
		}
		s.want("here", "", "nobody")
		// The same clients, again and again.
		for range 5000 {
			session := s.attach("again")
			s.PersistSession(session)
			s.want("again", "", "")
		}
		if n := len(s.journal.order); n > 1000 {
			s.Errorf("%d who have come back are remembered", n)
		}
	})
}

// What one client may get at once is bounded; what it was not meant by does not count.
func TestWhoHasMissedTooMuch(t *testing.T) {
	recovering(t, Recovery{MaxMissed: 10_000}, func(s *scene) {
		large := func(rooms ...string) {
			if err := s.Broadcast(&Packet{Event: "large", Args: []any{strings.Repeat("x", 4000)}}, &Target{Rooms: rooms}); err != nil {
				s.Error(err)
			}
		}
		for n, want := range []string{"", "large", "large large", "nobody", "nobody"} {
			s.PersistSession(s.attach("a"))
			for range n {
				large("id of a")
				large("elsewhere")
			}
			s.want("a", "", want)
		}
	})
}

// Nothing of an event belongs to its sender any more once it was broadcast.
func TestTheLogKeepsCopies(t *testing.T) {
	recovering(t, Recovery{}, func(s *scene) {
		s.PersistSession(s.attach("a"))
		binary, object := []byte{1, 2, 3}, map[string]any{"b": packet.Binary{4}}
		if err := s.Broadcast(&Packet{Event: "e", Args: []any{binary, object}}, &Target{}); err != nil {
			s.Fatal(err)
		}
		binary[0], object["b"].(packet.Binary)[0] = 9, 9
		session, _ := s.RestoreSession(s.Context(), "a", "")
		s.Attach(session, func(missed []Missed, _ string) {
			if len(missed) != 1 {
				s.Fatalf("missed %d events", len(missed))
			}
			args, err := packet.NewArgs(missed[0].Args...)
			if got := args.Attachments(); err != nil || len(got) != 2 || got[0][0] != 1 || got[1][0] != 4 {
				s.Errorf("replayed %v, %v", got, err)
			}
		})
	})
}

func TestVolatileAndUnencodableEventsAreNotLogged(t *testing.T) {
	recovering(t, Recovery{}, func(s *scene) {
		s.PersistSession(s.attach("a"))
		if err := s.Broadcast(&Packet{Event: "v", Volatile: true}, &Target{}); err != nil || s.stage.offset == "" {
			s.Errorf("%v at %q", err, s.stage.offset)
		}
		if err := s.Broadcast(&Packet{Event: "e", Args: []any{func() {}}}, &Target{}); err == nil {
			s.Error("encoded a function")
		}
		s.want("a", "", "")
	})
}

func TestAfterClose(t *testing.T) {
	recovering(t, Recovery{}, func(s *scene) {
		session := s.attach("a")
		s.PersistSession(session)
		s.emit("e")
		if err := errors.Join(s.Close(), s.Close()); err != nil {
			s.Error(err)
		}
		s.want("a", "", "nobody")
		s.PersistSession(session)
		s.emit("e")
		s.want("a", "", "nobody")
		if len(s.journal.entries)+len(s.journal.order)+len(s.journal.sessions) > 0 {
			s.Error("something is kept")
		}
	})
}

// Who has no recovery has none of it.
func TestMemoryWithoutRecovery(t *testing.T) {
	stage := new(stage)
	m := NewMemory(stage, nil)
	if err := m.Broadcast(&Packet{Event: "e"}, &Target{}); err != nil || stage.offset != "" || len(stage.delivered) != 1 {
		t.Errorf("%v, delivered %q at %q", err, stage.delivered, stage.offset)
	}
	m.PersistSession(&Session{PID: "a"})
	if s, err := m.RestoreSession(t.Context(), "a", ""); s != nil || err != nil {
		t.Errorf("restored %v, %v", s, err)
	}
	admitted := 0
	m.Attach(nil, func(missed []Missed, offset string) {
		if admitted++; len(missed) > 0 || offset != "" {
			t.Errorf("attached at %q", offset)
		}
	})
	if n, err := m.ServerCount(t.Context()); n != 1 || err != nil || admitted != 1 {
		t.Errorf("%d servers, %v, admitted %d times", n, err, admitted)
	}
	if answers, err := m.ServerSideCall(t.Context(), "e", packet.Args{}); len(answers) > 0 || err != nil {
		t.Errorf("answers %v, %v", answers, err)
	}
	if err := errors.Join(m.ServerSideEmit("e", packet.Args{}), m.Barrier(t.Context()), m.Close()); err != nil {
		t.Error(err)
	}
}
