package chat

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/examples/internal/browsertest"
	"github.com/socketio-go/socketio/examples/internal/peer"
	"github.com/socketio-go/socketio/server"
)

// startChat serves a chat and returns where.
func startChat(t *testing.T) string { return browsertest.Serve(t, open).URL }

// signIn connects somebody who must be admitted, and waits for the list of rooms,
// which is the last thing that comes by itself.
func signIn(t *testing.T, url, name string) *peer.Peer {
	t.Helper()
	p := peer.Dial(t, url, SignIn{Name: name, Token: tokenOf(name)})
	p.Connected()
	p.Event("rooms")
	return p
}

func tokenOf(name string) string { return "a secret of " + strings.Repeat(name, 4) }

// receipt posts a message and decodes the acknowledgement.
func receipt(t *testing.T, p *peer.Peer, d Draft) (r Receipt) {
	t.Helper()
	if err := p.Call("post", d).Scan(&r); err != nil || r.At == 0 {
		t.Fatalf("post: %+v, %v", r, err)
	}
	return r
}

func TestSignInRefused(t *testing.T) {
	url := startChat(t)
	signIn(t, url, "Ada")
	token := tokenOf("somebody else")
	for name, test := range map[string]struct {
		auth any
		want *socketio.Error
	}{
		"no name":    {SignIn{Name: " \t ", Token: token}, errNoName},
		"long name":  {SignIn{Name: strings.Repeat("ß", maxName+1), Token: token}, errLongName},
		"control":    {SignIn{Name: "a\x07b", Token: token}, errBadName},
		"taken":      {SignIn{Name: "ada", Token: token}, errNameTaken},
		"no token":   {SignIn{Name: "Ben"}, errSignIn},
		"wrong type": {map[string]any{"name": 1}, errSignIn},
	} {
		t.Run(name, func(t *testing.T) {
			if got := peer.Dial(t, url, test.auth).Refused(); got != test.want.Message {
				t.Errorf("got %q, want %q", got, test.want.Message)
			}
		})
	}
}

func TestMessageReachesTheRoom(t *testing.T) {
	url := startChat(t)
	ada, ben := signIn(t, url, "Ada"), signIn(t, url, "Ben")
	sent := receipt(t, ada, Draft{ID: "1", Room: "general", Text: "  hello\nBen "})
	want := Message{ID: "1", Room: "general", From: "Ada", Text: "hello\nBen", At: sent.At}

	var got Message
	ben.Event("message", &got)
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	ben.Ask("seen", Cursor{Room: "general", At: sent.At + 1000})
	var cursor Cursor
	ada.Event("seen", &cursor)
	if want := (Cursor{Room: "general", Name: "Ben", At: sent.At}); cursor != want {
		t.Errorf("got %+v, want %+v", cursor, want)
	}
	if ada.Saw("message") {
		t.Error("the author got the message back")
	}

	late := peer.Dial(t, url, SignIn{Name: "Cy", Token: tokenOf("Cy"), Rooms: []string{"general"}})
	var state RoomState
	late.Event("room", &state)
	if len(state.Messages) != 1 || state.Messages[0] != want || len(state.Members) != 3 {
		t.Errorf("state for who comes later: %+v", state)
	}
}

func TestDraftArrivesTwice(t *testing.T) {
	url := startChat(t)
	ada, ben := signIn(t, url, "Ada"), signIn(t, url, "Ben")
	draft := Draft{ID: "1", Room: "general", Text: "once"}
	if first, second := receipt(t, ada, draft), receipt(t, ada, draft); first != second {
		t.Errorf("two receipts: %v, %v", first, second)
	}
	ben.Event("message")
	receipt(t, ben, Draft{ID: "1", Room: "general", Text: "the id of another's message is free"})
	if ben.Saw("message") {
		t.Error("posted twice")
	}
}

// TestConnectionTakenOver is a page that comes back before the server has noticed
// that its first connection is dead.
func TestConnectionTakenOver(t *testing.T) {
	url := startChat(t)
	ada, ben := signIn(t, url, "Ada"), signIn(t, url, "Ben")
	ben.Ask("join", RoomName{"tea"})
	ada.Ask("join", RoomName{"tea"})
	again := signIn(t, url, "Ada")
	ada.Disconnected()
	for range 4 { // the default rooms, and the one that only the server remembered
		again.Event("room")
	}
	receipt(t, again, Draft{ID: "1", Room: "tea", Text: "still here"})
	ben.Event("message")
	ben.Ask("leave", RoomName{"tea"})
	if ben.Saw("left") {
		t.Error("a new connection of the same page looks like leaving")
	}
}

// TestConnectionIsRecovered is one that breaks and goes on: it gets what it missed,
// and nothing that it has.
func TestConnectionIsRecovered(t *testing.T) {
	url := startChat(t)
	ada := signIn(t, url, "Ada")
	signInBen := SignIn{Name: "Ben", Token: tokenOf("Ben")}
	ben := peer.Dial(t, url, signInBen)
	pid := ben.Connected()
	ben.Ask("join", RoomName{"tea"})
	ada.Ask("join", RoomName{"tea"})
	receipt(t, ada, Draft{ID: "0", Room: "tea", Text: "seen"})
	var got Message
	var offset string
	ben.Event("message", &got, &offset)
	ben.Close()
	for range 4 {
		ada.Event("left")
	}
	for _, id := range []string{"1", "2", "3"} {
		receipt(t, ada, Draft{ID: id, Room: "tea", Text: "missed"})
	}

	again := peer.Dial(t, url, struct {
		SignIn
		PID    string `json:"pid"`
		Offset string `json:"offset"`
	}{signInBen, pid, offset})
	if same := again.Connected(); same != pid {
		t.Errorf("the connection is a new one: %s, not %s", same, pid)
	}
	for _, want := range []string{"1", "2", "3"} {
		if again.Event("message", &got, &offset); got.ID != want {
			t.Errorf("message %s, want %s", got.ID, want)
		}
	}
	for range 4 {
		ada.Event("joined")
	}
	receipt(t, again, Draft{ID: "4", Room: "tea", Text: "still here"})
	ada.Event("message", &got)
	if again.Saw("message") || again.Saw("room") || again.Saw("joined") {
		t.Error("something came that was there already")
	}
}

func TestPresence(t *testing.T) {
	url := startChat(t)
	ada := signIn(t, url, "Ada")
	ben := signIn(t, url, "Ben")
	var who Presence
	for _, room := range defaultRooms {
		ada.Event("joined", &who)
		if want := (Presence{Room: room, Name: "Ben"}); who != want {
			t.Errorf("got %v, want %v", who, want)
		}
	}
	for !ada.Saw("typing") { // volatile: it may get lost between two polls
		ben.Emit("typing", Presence{Room: "help", Name: "Ada"})
	}
	ada.Event("typing", &who)
	if want := (Presence{Room: "help", Name: "Ben"}); who != want {
		t.Errorf("typing: got %v, want %v", who, want)
	}
	ben.Close()
	for range defaultRooms {
		ada.Event("left")
	}
}

func TestRoomIsDroppedWithTheLastMember(t *testing.T) {
	url := startChat(t)
	ada := signIn(t, url, "Ada")
	if ack := ada.Ask("join", RoomName{" Tea  Time "}); ack != "" {
		t.Fatalf("join: %s", ack)
	}
	var state RoomState
	for state.Name != "tea-time" {
		ada.Event("room", &state)
	}
	receipt(t, ada, Draft{ID: "1", Room: "tea-time", Text: "forget me"})
	ada.Event("rooms")
	ada.Ask("leave", RoomName{"tea-time"})
	var list []RoomInfo
	ada.Event("rooms", &list)
	if got, want := fmt.Sprint(list), "[{general 1} {random 1} {help 1}]"; got != want {
		t.Errorf("rooms %s, want %s", got, want)
	}
	ada.Ask("join", RoomName{"tea-time"})
	ada.Event("room", &state)
	if len(state.Messages) != 0 {
		t.Errorf("the new room has the history of the old one: %v", state.Messages)
	}
}

func TestBadInputIsAnsweredAndLogged(t *testing.T) {
	log, logged := browsertest.Record(t)
	url := browsertest.Serve(t, func(*slog.Logger) browsertest.App { return open(log) }).URL
	ada := signIn(t, url, "Ada")
	invalid := func(event string) string { return peer.Refusal(fmt.Sprintf("invalid arguments for event %q", event)) }
	for _, test := range []struct {
		event string
		arg   any
		want  string
	}{
		{"post", Draft{ID: "1", Room: "general", Text: " "}, peer.Refusal(errMessage.Message)},
		{"post", Draft{ID: "1", Room: "general", Text: strings.Repeat("x", maxText+1)}, peer.Refusal(errMessage.Message)},
		{"post", Draft{Room: "general", Text: "no id"}, peer.Refusal(errMessage.Message)},
		{"post", Draft{ID: strings.Repeat("1", maxID+1), Room: "general", Text: "long id"}, peer.Refusal(errMessage.Message)},
		{"post", Draft{ID: "1", Room: "nowhere", Text: "hi"}, peer.Refusal(errNotInRoom.Message)},
		{"post", "a string", invalid("post")},
		{"post", nil, peer.Refusal(errMessage.Message)},
		{"join", RoomName{"  "}, peer.Refusal(errRoomName.Message)},
		{"join", RoomName{"#/<>"}, peer.Refusal(errRoomName.Message)},
		{"join", RoomName{strings.Repeat("x", maxName+1)}, peer.Refusal(errRoomName.Message)},
		{"join", []int{1}, invalid("join")},
		{"leave", RoomName{"nowhere"}, peer.Refusal(errNotInRoom.Message)},
		{"seen", Cursor{Room: "nowhere", At: 1}, peer.Refusal(errNotInRoom.Message)},
		{"seen", map[string]any{"room": "general", "at": "now"}, invalid("seen")},
	} {
		if got := ada.Ask(test.event, test.arg); got != test.want {
			t.Errorf("%s %+v: got %s, want %s", test.event, test.arg, got, test.want)
		}
	}
	for _, line := range [][]string{
		{"event=post", errMessage.Message[:20]}, {"event=post", "invalid arguments"}, {"event=join", errRoomName.Message[:20]},
		{"event=join", "invalid arguments"}, {"event=leave", errNotInRoom.Message[:20]}, {"event=seen", "invalid arguments"},
	} {
		if !logged(line...) {
			t.Errorf("not logged: %q", line)
		}
	}
	ada.Emit("typing")
	ada.Emit("typing", RoomName{"nowhere"})
	ada.Emit("unknown", RoomName{})
	receipt(t, ada, Draft{ID: "1", Room: "general", Text: "all is well"})
	if !logged("event=typing", errNotInRoom.Message[:20]) {
		t.Error("typing elsewhere is not logged")
	}
}

func TestFloodIsStopped(t *testing.T) {
	url := startChat(t)
	ada := signIn(t, url, "Ada")
	for i := range 200 {
		if ada.Ask("post", Draft{ID: fmt.Sprint(i), Room: "general", Text: "spam"}) == peer.Refusal(errTooFast.Message) {
			return
		}
	}
	t.Error("200 messages in a row were accepted")
}

func TestRoomsOfAMemberAreLimited(t *testing.T) {
	rooms := make([]string, maxRoomsOfMember+5)
	for i := range rooms {
		rooms[i] = fmt.Sprint("room-", i)
	}
	ada := peer.Dial(t, startChat(t), SignIn{Name: "Ada", Token: tokenOf("Ada"), Rooms: rooms})
	for range maxRoomsOfMember {
		ada.Event("room")
	}
	want := peer.Refusal(errManyRoomsOfMember.Message)
	if ack := ada.Ask("join", RoomName{"one-more"}); ack != want {
		t.Errorf("got %s, want %s", ack, want)
	}
	if ack := ada.Ask("join", RoomName{"room-1"}); ack != "" {
		t.Errorf("a room again: %s", ack)
	}
}

func TestMembersAndRoomsAreBounded(t *testing.T) {
	a := New(nil)
	for i := range maxMembers {
		a.members[fmt.Sprint(i)] = new(member)
	}
	if _, err := a.admitLocked(nil, &SignIn{Name: "one more"}); err != errFull || len(a.members) != maxMembers {
		t.Errorf("a member too many: %v", err)
	}
	for i := len(a.rooms); i < maxRooms; i++ {
		a.rooms[fmt.Sprint(i)] = newRoom(fmt.Sprint(i), false)
	}
	if err := a.enterLocked(&member{name: "Ada"}, "one-more"); err != errManyRooms || len(a.rooms) != maxRooms {
		t.Errorf("a room too many: %v", err)
	}
}

func TestShutdownSaysGoodbye(t *testing.T) {
	app := New(&server.Options{Logger: browsertest.Logger(t)})
	srv := httptest.NewServer(app)
	defer srv.Close()
	ada := signIn(t, srv.URL+"/", "Ada")
	ctx, cancel := context.WithTimeout(t.Context(), peer.Wait)
	defer cancel()
	if err := app.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	ada.Disconnected()
	if len(app.members) != 0 {
		t.Errorf("%d members left", len(app.members))
	}
}

func TestPage(t *testing.T) {
	url := startChat(t)
	for path, contentType := range map[string]string{
		"":                               "text/html; charset=utf-8",
		"chat.js":                        "text/javascript; charset=utf-8",
		"chat.css":                       "text/css; charset=utf-8",
		"icon.svg":                       "image/svg+xml",
		"socket.io/socket.io.esm.min.js": "application/javascript; charset=utf-8",
	} {
		res, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK || len(body) == 0 || res.Header.Get("Content-Type") != contentType {
			t.Errorf("%s: %s, %s, %d bytes, %v", path, res.Status, res.Header.Get("Content-Type"), len(body), err)
		}
		if path != "" {
			continue
		}
		if csp := res.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'self';") {
			t.Errorf("Content-Security-Policy: %q", csp)
		}
		if inline := regexp.MustCompile(`<script[^>]*>[^<]|<style|\sstyle=|\son\w+=`).Find(body); inline != nil {
			t.Errorf("the policy does not allow what is inline: %s", inline)
		}
	}
}
