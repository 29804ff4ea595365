package chat

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/server"
)

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
			got := dial(t, url, test.auth).packet("44")
			if want := "44" + encode(map[string]string{"message": test.want.Message}); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestMessageReachesTheRoom(t *testing.T) {
	url := startChat(t)
	ada, ben := signIn(t, url, "Ada"), signIn(t, url, "Ben")
	receipt := ada.receipt(Draft{ID: "1", Room: "general", Text: "  hello\nBen "})
	want := Message{ID: "1", Room: "general", From: "Ada", Text: "hello\nBen", At: receipt.At}

	var got Message
	ben.event("message", &got)
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	ben.call("seen", Cursor{Room: "general", At: receipt.At + 1000})
	var cursor Cursor
	ada.event("seen", &cursor)
	if want := (Cursor{Room: "general", Name: "Ben", At: receipt.At}); cursor != want {
		t.Errorf("got %+v, want %+v", cursor, want)
	}
	if ada.saw(`42["message"`) {
		t.Error("the author got the message back")
	}

	late := dial(t, url, SignIn{Name: "Cy", Token: tokenOf("Cy"), Rooms: []string{"general"}})
	var state RoomState
	late.event("room", &state)
	if len(state.Messages) != 1 || state.Messages[0] != want || len(state.Members) != 3 {
		t.Errorf("state for who comes later: %+v", state)
	}
}

func TestDraftArrivesTwice(t *testing.T) {
	url := startChat(t)
	ada, ben := signIn(t, url, "Ada"), signIn(t, url, "Ben")
	draft := Draft{ID: "1", Room: "general", Text: "once"}
	if first, second := ada.receipt(draft), ada.receipt(draft); first != second {
		t.Errorf("two receipts: %v, %v", first, second)
	}
	ben.event("message", nil)
	ben.receipt(Draft{ID: "1", Room: "general", Text: "the id of another's message is free"})
	if ben.saw(`42["message"`) {
		t.Error("posted twice")
	}
}

// TestConnectionTakenOver is a page that comes back before the server has noticed
// that its first connection is dead.
func TestConnectionTakenOver(t *testing.T) {
	url := startChat(t)
	ada, ben := signIn(t, url, "Ada"), signIn(t, url, "Ben")
	ben.call("join", RoomName{"tea"})
	ada.call("join", RoomName{"tea"})
	again := signIn(t, url, "Ada")
	ada.packet("41")
	for range 4 { // the default rooms, and the one that only the server remembered
		again.event("room", nil)
	}
	again.receipt(Draft{ID: "1", Room: "tea", Text: "still here"})
	ben.event("message", nil)
	ben.call("leave", RoomName{"tea"})
	if ben.saw(`42["left"`) {
		t.Error("a new connection of the same page looks like leaving")
	}
}

func TestPresence(t *testing.T) {
	url := startChat(t)
	ada := signIn(t, url, "Ada")
	ben := signIn(t, url, "Ben")
	var who Presence
	for _, room := range defaultRooms {
		ada.event("joined", &who)
		if want := (Presence{Room: room, Name: "Ben"}); who != want {
			t.Errorf("got %v, want %v", who, want)
		}
	}
	for !ada.saw(`42["typing"`) { // volatile: it may get lost between two polls
		ben.post(`42["typing",{"room":"help","name":"Ada"}]`)
	}
	ada.event("typing", &who)
	if want := (Presence{Room: "help", Name: "Ben"}); who != want {
		t.Errorf("typing: got %v, want %v", who, want)
	}
	ben.post("1")
	for range defaultRooms {
		ada.event("left", nil)
	}
}

func TestRoomIsDroppedWithTheLastMember(t *testing.T) {
	url := startChat(t)
	ada := signIn(t, url, "Ada")
	if ack := ada.call("join", RoomName{" Tea  Time "}); ack != "[]" {
		t.Fatalf("join: %s", ack)
	}
	var state RoomState
	for state.Name != "tea-time" {
		ada.event("room", &state)
	}
	ada.receipt(Draft{ID: "1", Room: "tea-time", Text: "forget me"})
	ada.event("rooms", nil)
	ada.call("leave", RoomName{"tea-time"})
	var list []RoomInfo
	ada.event("rooms", &list)
	if got, want := fmt.Sprint(list), "[{general 1} {random 1} {help 1}]"; got != want {
		t.Errorf("rooms %s, want %s", got, want)
	}
	ada.call("join", RoomName{"tea-time"})
	ada.event("room", &state)
	if len(state.Messages) != 0 {
		t.Errorf("the new room has the history of the old one: %v", state.Messages)
	}
}

func TestBadInputIsAnswered(t *testing.T) {
	url := startChat(t)
	ada := signIn(t, url, "Ada")
	refusal := func(text string) string {
		return encode([]any{map[string]any{"error": map[string]string{"message": text}}})
	}
	invalid := func(event string) string { return refusal(fmt.Sprintf("invalid arguments for event %q", event)) }
	for _, test := range []struct {
		event string
		arg   any
		want  string
	}{
		{"post", Draft{ID: "1", Room: "general", Text: " "}, refusal(errMessage.Message)},
		{"post", Draft{ID: "1", Room: "general", Text: strings.Repeat("x", maxText+1)}, refusal(errMessage.Message)},
		{"post", Draft{Room: "general", Text: "no id"}, refusal(errMessage.Message)},
		{"post", Draft{ID: strings.Repeat("1", maxID+1), Room: "general", Text: "long id"}, refusal(errMessage.Message)},
		{"post", Draft{ID: "1", Room: "nowhere", Text: "hi"}, refusal(errNotInRoom.Message)},
		{"post", "a string", invalid("post")},
		{"post", nil, refusal(errMessage.Message)},
		{"join", RoomName{"  "}, refusal(errRoomName.Message)},
		{"join", RoomName{"#/<>"}, refusal(errRoomName.Message)},
		{"join", RoomName{strings.Repeat("x", maxName+1)}, refusal(errRoomName.Message)},
		{"join", []int{1}, invalid("join")},
		{"leave", RoomName{"nowhere"}, refusal(errNotInRoom.Message)},
		{"seen", Cursor{Room: "nowhere", At: 1}, refusal(errNotInRoom.Message)},
		{"seen", map[string]any{"room": "general", "at": "now"}, invalid("seen")},
	} {
		if got := ada.call(test.event, test.arg); got != test.want {
			t.Errorf("%s %s: got %s, want %s", test.event, encode(test.arg), got, test.want)
		}
	}
	ada.post(`42["typing"]`)
	ada.post(`42["typing",{"room":"nowhere"}]`)
	ada.post(`42["unknown",{}]`)
	ada.receipt(Draft{ID: "1", Room: "general", Text: "all is well"})
}

func TestFloodIsStopped(t *testing.T) {
	url := startChat(t)
	ada := signIn(t, url, "Ada")
	tooFast := `[{"error":` + encode(errTooFast) + `}]`
	for i := range 200 {
		if ada.call("post", Draft{ID: fmt.Sprint(i), Room: "general", Text: "spam"}) == tooFast {
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
	ada := dial(t, startChat(t), SignIn{Name: "Ada", Token: tokenOf("Ada"), Rooms: rooms})
	for range maxRoomsOfMember {
		ada.event("room", nil)
	}
	want := `[{"error":` + encode(errManyRoomsOfMember) + `}]`
	if ack := ada.call("join", RoomName{"one-more"}); ack != want {
		t.Errorf("got %s, want %s", ack, want)
	}
	if ack := ada.call("join", RoomName{"room-1"}); ack != "[]" {
		t.Errorf("a room again: %s", ack)
	}
}

func TestShutdownSaysGoodbye(t *testing.T) {
	app := New(&server.Options{Logger: testLogger(t)})
	srv := httptest.NewServer(app)
	defer srv.Close()
	ada := signIn(t, srv.URL, "Ada")
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	if err := app.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	for range ada.packets { // ends with the session
	}
	if len(app.members) != 0 {
		t.Errorf("%d members left", len(app.members))
	}
}

func TestPage(t *testing.T) {
	url := startChat(t)
	for path, contentType := range map[string]string{
		"/":                               "text/html; charset=utf-8",
		"/chat.js":                        "text/javascript; charset=utf-8",
		"/chat.css":                       "text/css; charset=utf-8",
		"/icon.svg":                       "image/svg+xml",
		"/socket.io/socket.io.esm.min.js": "application/javascript; charset=utf-8",
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
		if path != "/" {
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
