package socketio_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/packet"
)

// end is one end of a connection in memory: what is emitted is handled by its own
// handlers, and calls are answered by them.
type end struct {
	id       string
	handlers map[string]socketio.Handler
	emitted  []string
	err      error // of Emit and Call
}

func newEnd(id string) *end { return &end{id: id, handlers: map[string]socketio.Handler{}} }

func (e *end) ID() string      { return e.id }
func (e *end) Connected() bool { return e.err == nil }

func (e *end) Handle(event string, h socketio.Handler) (remove func()) {
	e.handlers[event] = h
	return func() { delete(e.handlers, event) }
}

func (e *end) Sockets() iter.Seq[*end] { return slices.Values([]*end{e}) }

func (e *end) Emit(event string, args ...any) error {
	text, _, err := packet.AppendEvent(nil, "/", packet.NoID, event, args...)
	e.emitted = append(e.emitted, string(text))
	return errors.Join(err, e.err)
}

func (e *end) Call(ctx context.Context, event string, args ...any) (socketio.Args, error) {
	if e.err != nil {
		return socketio.Args{}, e.err
	}
	in, err := socketioArgs(args...)
	if err != nil {
		return in, err
	}
	var answer socketio.Args
	m := socketio.NewMessage(e, event, in, func(args ...any) (err error) {
		answer, err = socketioArgs(args...)
		return err
	})
	if err := e.handlers[event].ServeEvent(ctx, m); err != nil {
		return socketioArgs(map[string]any{"error": socketio.Public(err)})
	}
	return answer, nil
}

func (e *end) CallAll(ctx context.Context, event string, args ...any) ([]socketio.Args, error) {
	one, err := e.Call(ctx, event, args...)
	two, _ := socketioArgs(true)
	return []socketio.Args{one, two, one}, err
}

func socketioArgs(values ...any) (socketio.Args, error) { return packet.NewArgs(values...) }

// Both ends are sockets, and what handlers are registered on.
var (
	_ socketio.Socket          = (*end)(nil)
	_ socketio.Registrar[*end] = (*end)(nil)
)

type line struct {
	From string
	File socketio.Binary
}

func TestEvent(t *testing.T) {
	newLine, tick := socketio.NewEvent[line]("line"), socketio.NewEvent[socketio.None]("tick")
	e := newEnd("1")
	if err := errors.Join(newLine.Emit(e, line{"me", nil}), tick.Emit(e, socketio.None{})); err != nil {
		t.Fatal(err)
	}
	if want := []string{`2["line",{"From":"me","File":null}]`, `2["tick"]`}; !slices.Equal(e.emitted, want) || newLine.Name() != "line" {
		t.Errorf("emitted %q", e.emitted)
	}
	if err := newLine.Emit(&end{err: net.ErrClosed}, line{}); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}

	var got []line
	remove := socketio.On(e, newLine, func(ctx context.Context, s *end, l line) error {
		if s != e || ctx != t.Context() {
			t.Error("another socket or context")
		}
		got = append(got, l)
		return io.EOF
	})
	ticks := 0
	socketio.On(e, tick, func(context.Context, *end, socketio.None) error { ticks++; return nil })
	args, err := socketioArgs(line{"you", socketio.Binary{1}}, "more is ignored")
	if err != nil {
		t.Fatal(err)
	}
	serve := func(event string, args socketio.Args) error {
		return e.handlers[event].ServeEvent(t.Context(), socketio.NewMessage(e, event, args, nil))
	}
	if err := serve("line", args); err != io.EOF || !reflect.DeepEqual(got, []line{{"you", socketio.Binary{1}}}) {
		t.Errorf("%+v, %v", got, err)
	}
	if err := errors.Join(serve("tick", args), serve("tick", socketio.Args{})); err != nil || ticks != 2 {
		t.Error(err)
	}
	if err := serve("line", socketio.Args{}); socketio.Public(err).Message != `invalid arguments for event "line"` || !strings.Contains(err.Error(), "want 1 arguments") {
		t.Error(err)
	}
	if remove(); e.handlers["line"] != nil {
		t.Error("not removed")
	}
}

func TestCall(t *testing.T) {
	half := socketio.NewCall[int, float64]("half")
	void := socketio.NewCall[socketio.None, socketio.None]("void")
	e := newEnd("1")
	socketio.Handle(e, half, func(_ context.Context, s *end, n int) (float64, error) {
		if n < 0 {
			return 0, fmt.Errorf("half: %w", &socketio.Error{Message: "negative", Data: n})
		}
		if n == 13 {
			return 0, errors.New("a secret")
		}
		return float64(n) / 2, nil
	})
	socketio.Handle(e, void, func(context.Context, *end, socketio.None) (socketio.None, error) { return socketio.None{}, nil })
	if f, err := half.Do(t.Context(), e, 5); f != 2.5 || err != nil || half.Name() != "half" {
		t.Error(f, err)
	}
	if _, err := void.Do(t.Context(), e, socketio.None{}); err != nil {
		t.Error(err)
	}
	var remote *socketio.RemoteError
	if _, err := half.Do(t.Context(), e, -3); !errors.As(err, &remote) || remote.Message != "negative" || string(remote.Data) != "-3" || err.Error() != "socketio: remote: negative" {
		t.Error(err)
	}
	if _, err := half.Do(t.Context(), e, 13); !errors.As(err, &remote) || remote.Message != "internal error" || remote.Data != nil {
		t.Error(err)
	}
	if _, err := half.Do(t.Context(), &end{err: net.ErrClosed}, 1); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	wrong := socketio.NewCall[string, float64]("half")
	if _, err := wrong.Do(t.Context(), e, "text"); !errors.As(err, &remote) || remote.Message != `invalid arguments for event "half"` {
		t.Error(err)
	}
	if results, err := half.DoAll(t.Context(), e, 4); err == nil || !slices.Equal(results, []float64{2, 2}) {
		t.Error(results, err) // the second one is no number
	}
	if results, err := half.DoAll(t.Context(), e, 13); !errors.As(err, &remote) || len(results) != 0 {
		t.Error(results, err)
	}
}

func TestWhatLooksLikeAnError(t *testing.T) {
	call := socketio.NewCall[int, json.RawMessage]("call")
	for reply, remote := range map[string]bool{
		`{"error":{"message":"no"}}`:            true,
		`{"error":{"message":"no"},"more":1}`:   true,
		`{"error":{"message":""}}`:              false,
		`{"error":"text"}`:                      false,
		`{"error":null}`:                        false,
		`{"message":"no"}`:                      false,
		`"error"`:                               false,
		`[{"error":{"message":"in an array"}}]`: false,
	} {
		e := newEnd("1")
		e.Handle("call", socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error { return m.Ack(json.RawMessage(reply)) }))
		var asError *socketio.RemoteError
		got, err := call.Do(t.Context(), e, 1)
		if errors.As(err, &asError) != remote || !remote && string(got) != reply {
			t.Errorf("%s: %s, %v", reply, got, err)
		}
	}
}

func TestReservedNamesPanic(t *testing.T) {
	for _, declare := range []func(){
		func() { socketio.NewEvent[int]("disconnect") },
		func() { socketio.NewCall[int, int]("connect_error") },
	} {
		func() {
			defer func() {
				if v := recover(); v == nil || !strings.Contains(fmt.Sprint(v), "reserved event name") {
					t.Errorf("recovered %v", v)
				}
			}()
			declare()
		}()
	}
}

func TestMessageIsAcknowledgedOnce(t *testing.T) {
	var sent atomic.Int64
	m := socketio.NewMessage(newEnd("1"), "e", socketio.Args{}, func(...any) error {
		sent.Add(1)
		return io.ErrClosedPipe
	})
	if !m.WantsAck() {
		t.Error("wants no acknowledgement")
	}
	var failed atomic.Int64
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if m.Ack(1) != nil {
				failed.Add(1)
			}
		})
	}
	all.Wait()
	if sent.Load() != 1 || failed.Load() != 1 || m.WantsAck() {
		t.Errorf("sent %d times, %d errors", sent.Load(), failed.Load())
	}
	m = socketio.NewMessage(newEnd("1"), "e", socketio.Args{}, nil)
	if m.WantsAck() || m.Ack(1) != nil {
		t.Error("nobody asked")
	}
}

func TestErrors(t *testing.T) {
	public := &socketio.Error{Message: "text", Data: 1}
	if socketio.Public(fmt.Errorf("a: %w", public)) != public || public.Error() != "text" {
		t.Error("a public error is not passed on")
	}
	if got := socketio.Public(errors.New("secret")); got.Message != "internal error" || got.Data != nil {
		t.Errorf("%+v", got)
	}
	err := error(&socketio.AckError{Missing: 2, Err: context.DeadlineExceeded})
	if !errors.Is(err, context.DeadlineExceeded) || err.Error() != "socketio: 2 acknowledgements missing: context deadline exceeded" {
		t.Error(err)
	}
	if got := socketio.ErrSlowConsumer.Error(); !strings.HasPrefix(got, "socketio: ") {
		t.Error(got)
	}
}

func TestConcurrentKeepsTheHandler(t *testing.T) {
	h := socketio.Concurrent(socketio.HandlerFunc(func(context.Context, *socketio.Message) error { return io.EOF }))
	if _, ok := h.(socketio.ConcurrentHandler); !ok || h.ServeEvent(t.Context(), nil) != io.EOF {
		t.Error("another handler")
	}
}
