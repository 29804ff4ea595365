package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/websocket"
)

// wire is a session by hand: what it returns is what the server has said, byte for byte.
type wire struct {
	x    *fixture
	http *http.Client
	sid  string
	ws   *websocket.Conn // nil on polling
}

// wire opens a session.
func (x *fixture) wire(transport string) *wire {
	x.t.Helper()
	tr := &http.Transport{DialContext: x.net.DialContext}
	x.t.Cleanup(tr.CloseIdleConnections)
	w := &wire{x: x, http: &http.Client{Transport: tr}}
	open := ""
	if transport == "websocket" {
		ws, _, err := websocket.Dial(x.t.Context(), "ws://server/socket.io/?EIO=4&transport=websocket", &websocket.Options{DialContext: x.net.DialContext})
		if err != nil {
			x.t.Fatal(err)
		}
		w.ws = ws
		open = w.read()
	} else {
		open = strings.TrimPrefix(w.get(), "200 ")
	}
	if !strings.HasPrefix(open, `0{"sid":"`) {
		x.t.Fatalf("opened with %s", open)
	}
	w.sid = open[9:29]
	return w
}

func (w *wire) request(method, body string) string {
	r, err := http.NewRequest(method, "http://server/socket.io/?EIO=4&transport=polling&sid="+w.sid, strings.NewReader(body))
	if err != nil {
		return err.Error()
	}
	res, err := w.http.Do(r)
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d %s", res.StatusCode, b)
}

func (w *wire) get() string { return w.request(http.MethodGet, "") }

// read is the next frame, or the code of the close frame.
func (w *wire) read() string {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, p, err := w.ws.Read(ctx)
	if closed := (*websocket.CloseError)(nil); errors.As(err, &closed) {
		return fmt.Sprint(int(closed.Code))
	} else if err != nil {
		return err.Error()
	}
	return string(p)
}

// send says packets that \x1e separates: in one POST, or in one frame each.
func (w *wire) send(packets string) {
	w.x.t.Helper()
	if w.ws == nil {
		if got := w.request(http.MethodPost, packets); got != "200 ok" {
			w.x.t.Errorf("the POST of %q is answered with %s", packets, got)
		}
		return
	}
	for packet := range strings.SplitSeq(packets, "\x1e") {
		if err := w.ws.Write(websocket.Text, []byte(packet)); err != nil {
			w.x.t.Fatal(err)
		}
	}
}

// receive is the next packet.
func (w *wire) receive() string {
	if w.ws != nil {
		return w.read()
	}
	return strings.TrimPrefix(w.get(), "200 ")
}

const unknownSession = `400 {"code":1,"message":"Session ID unknown"}`

// wantEnd says packets and checks how the server ends the session (EIO-024, EIO-025, EIO-049,
// EIO-050, EIO-062).
func (w *wire) wantEnd(packets string, reason socketio.Reason, pending bool) {
	w.x.t.Helper()
	var got, want []string
	switch {
	case w.ws != nil:
		w.send(packets)
		got, want = []string{w.read()}, []string{"1005"} // a close frame without a code
	case pending:
		answer := make(chan string, 1)
		go func() { answer <- w.get() }()
		synctest.Wait()
		w.send(packets)
		got, want = []string{<-answer, w.get(), w.request(http.MethodPost, "3")}, []string{"200 1", unknownSession, unknownSession}
	default:
		w.send(packets)
		got, want = []string{w.get(), w.get()}, []string{unknownSession, unknownSession}
		if reason == socketio.ForcedClose { // who has said something bad on this layer may still fetch what was queued
			want[0] = "200 1"
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.x.t.Errorf("%q: the server says %q, want %q", packets, got, want)
	}
}

// malformedModes runs f on each transport, and with and without a pending GET.
func malformedModes(t *testing.T, f func(t *testing.T, x *fixture, transport string, pending bool)) {
	for name, transport := range map[string]string{"polling, while a GET is pending": "polling", "polling, before the next GET": "polling", "websocket": "websocket"} {
		t.Run(name, func(t *testing.T) {
			bubble(t, transport, Options{}, func(t *testing.T, x *fixture) {
				handle(x.io, "echo", func(_ context.Context, _ *Socket, m *socketio.Message) error { return m.Ack(m.Args) })
				f(t, x, transport, strings.HasSuffix(name, "pending"))
			})
		})
	}
}

// The left column of table 2.2: what ends a connection that has joined a namespace, and
// every namespace with it.
func TestMalformedEndsTheConnection(t *testing.T) {
	malformedModes(t, func(t *testing.T, x *fixture, transport string, pending bool) {
		x.io.Of("/too")
		x.io.Of("/not")
		var j journal
		j.record(x.io.Namespace)
		j.record(x.io.Of("/too"))
		for packets, reason := range map[string]socketio.Reason{
			"42{}":          socketio.ForcedClose,
			`42["connect"]`: socketio.ForcedClose,
			"42[]":          socketio.ForcedClose,
			`42["a"`:        socketio.ForcedClose,
			`450-["a"]`:     socketio.ForcedClose,
			`4511-["a"]`:    socketio.ForcedClose,
			"44":            socketio.ForcedClose,
			"45":            socketio.ForcedClose,
			"46":            socketio.ForcedClose,
			"4":             socketio.ForcedClose,
			"47":            socketio.ForcedClose,
			`40"x"`:         socketio.ForcedClose,
			"40":            socketio.ForcedClose, // a second one
			`42/not,["a"]`:  socketio.ForcedClose, // not joined
			"43/not,1[]":    socketio.ForcedClose,
			"41/not,":       socketio.ForcedClose,
			`42/nope,["a"]`: socketio.ForcedClose, // no such namespace
			"2":             socketio.TransportError,
			"b":             socketio.ForcedClose, // binary that nobody has announced
			"bAQI=":         socketio.ForcedClose,
			"bA":            socketio.ParseError, // not even base64
			"7":             socketio.ParseError,
			"x":             socketio.ParseError,
			"":              socketio.ParseError,
			"1":             socketio.TransportClose,
			"451-[\"a\",{\"_placeholder\":true,\"num\":0}]\x1e42[\"a\"]": socketio.ForcedClose, // text in place of the attachment
			"451-[\"a\",{\"_placeholder\":true,\"num\":1}]\x1ebAQI=":     socketio.ForcedClose,
		} {
			if reason == socketio.TransportClose && transport == "polling" {
				continue // see TestPollingEnds of the engine: it is the client's word
			}
			w := x.wire(transport)
			w.send("40\x1e40/too,")
			synctest.Wait()
			for range map[string]int{"polling": 1, "websocket": 2}[transport] {
				if got := w.receive(); !strings.HasPrefix(got, "40") {
					t.Fatalf("CONNECT is answered with %s", got)
				}
			}
			w.wantEnd(packets, reason, pending)
			synctest.Wait()
			if got, want := fmt.Sprint(j.take()), fmt.Sprint([]socketio.Reason{reason, reason}); got != want {
				t.Errorf("%q: OnDisconnect is told %s, want %s", packets, got, want)
			}
			if n := x.io.ClientCount(); n != 0 {
				t.Fatalf("%q: %d connections are left", packets, n)
			}
		}
	})
}

// Before the first CONNECT nothing else will do (SIO-020).
func TestMalformedBeforeConnect(t *testing.T) {
	malformedModes(t, func(t *testing.T, x *fixture, transport string, pending bool) {
		for _, packet := range []string{"41", "42", `42["echo"]`, "43", "431[]", `44{"message":"no"}`, `40"x"`, "40[]", "40null", "4x", "bAQI="} {
			x.wire(transport).wantEnd(packet, socketio.ForcedClose, pending)
			synctest.Wait()
			if n := x.io.ClientCount(); n != 0 {
				t.Errorf("%q: %d connections are left", packet, n)
			}
		}
	})
}

// The right column of table 2.2: what a connection survives.
func TestMalformedIsSurvived(t *testing.T) {
	malformedModes(t, func(t *testing.T, x *fixture, transport string, _ bool) {
		var j journal
		j.record(x.io.Namespace)
		for _, packets := range []string{"42", "427", "43", "4399[1]", "42[1]", "0", "3", "5", "6", `451-["nobody hears",{"_placeholder":true,"num":0}]` + "\x1ebAQI="} {
			w := x.wire(transport)
			w.send("40")
			w.receive()
			w.send(packets)
			w.send(`427["echo",1]`)
			if got := w.receive(); got != "437[1]" {
				t.Errorf("%q: then %s", packets, got)
			}
		}
		j.want(t)

		// A DISCONNECT ends the namespace, and the client may join it again.
		w := x.wire(transport)
		w.send("40")
		first := w.receive()
		w.send("41")
		j.want(t, "client namespace disconnect")
		w.send("40")
		if again := w.receive(); !strings.HasPrefix(again, `40{"sid":"`) || again == first {
			t.Errorf("the second CONNECT is answered with %s", again)
		}

		// An event waits for its attachments, however long, whatever the heartbeat says meanwhile.
		handle(x.io, "bytes", func(_ context.Context, _ *Socket, m *socketio.Message) error {
			var b []byte
			err := m.Args.Scan(&b)
			return errors.Join(err, m.Ack(bytes.Equal(b, []byte{1, 2})))
		})
		w.send(`451-3["bytes",{"_placeholder":true,"num":0}]`)
		time.Sleep(20 * time.Second)
		w.send("3\x1e6")
		j.want(t)
		w.send("bAQI=")
		if got := w.receive(); got != "433[true]" {
			t.Errorf("the event is answered with %s", got)
		}
	})
}
