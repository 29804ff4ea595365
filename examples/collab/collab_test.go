package collab

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/examples/internal/browsertest"
	"github.com/socketio-go/socketio/examples/internal/peer"
	"github.com/socketio-go/socketio/server"
)

func open(log *slog.Logger) browsertest.App { return New(&server.Options{Logger: log}) }

func start(t *testing.T) string { return browsertest.Serve(t, open).URL }

// visit opens a document and returns what the server says about it.
func visit(t *testing.T, url string, v Visit) (*peer.Peer, State) {
	t.Helper()
	p := peer.Dial(t, url, v)
	var state State
	p.Connected()
	p.Event("document", &state)
	return p, state
}

// send adds an update, which in these tests is any text.
func send(t *testing.T, p *peer.Peer, text string) (seq int) {
	t.Helper()
	if err := p.Call("update", []byte(text)).Scan(&seq); err != nil {
		t.Fatal(err)
	}
	return seq
}

// texts takes a log apart.
func texts(t *testing.T, log []byte) (list []string) {
	t.Helper()
	for len(log) > 0 {
		n := binary.BigEndian.Uint32(log)
		list = append(list, string(log[4:4+n]))
		log = log[4+n:]
	}
	return list
}

func expect(t *testing.T, s State, seq int, want ...string) {
	t.Helper()
	if got := texts(t, s.Log); s.Seq != seq || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%d: %q, want %d: %q", s.Seq, got, seq, want)
	}
}

func TestChangesReachEverybodyInTheOrderOfTheLog(t *testing.T) {
	url := start(t)
	ada, state := visit(t, url, Visit{Document: " Tea-Time "})
	expect(t, state, 0)
	ben, _ := visit(t, url, Visit{Document: "tea-time"})
	eve, _ := visit(t, url, Visit{Document: "elsewhere"})
	for i := range 20 {
		from := []*peer.Peer{ada, ben}[i%2]
		if got := send(t, from, fmt.Sprint(i)); got != i+1 {
			t.Errorf("update %d has number %d", i, got)
		}
	}
	var change Change
	for i := 0; i < 20; i += 2 {
		if ben.Event("change", &change); change.Seq != i+1 || string(change.Data) != fmt.Sprint(i) {
			t.Errorf("got %d: %s", change.Seq, change.Data)
		}
	}
	send(t, eve, "x")
	if eve.Saw("change") {
		t.Error("a change reached another document")
	}
}

func TestWhoComesLaterGetsWhatIsMissing(t *testing.T) {
	url := start(t)
	ada, first := visit(t, url, Visit{Document: "notes"})
	for _, text := range []string{"a", "b", "c"} {
		send(t, ada, text)
	}
	_, state := visit(t, url, Visit{Document: "notes"})
	expect(t, state, 3, "a", "b", "c")
	_, state = visit(t, url, Visit{Document: "notes", ID: first.ID, Seq: 2})
	expect(t, state, 3, "c")
	_, state = visit(t, url, Visit{Document: "notes", ID: first.ID, Seq: 3})
	expect(t, state, 3)
	for _, strange := range []Visit{{ID: "of another server", Seq: 2}, {ID: first.ID, Seq: 4}, {ID: first.ID, Seq: -1}} {
		strange.Document = "notes"
		_, state = visit(t, url, strange)
		expect(t, state, 3, "a", "b", "c")
	}
}

// merge answers the server's wish for a snapshot.
func merge(p *peer.Peer, snapshot []byte) {
	p.Answer("compact", func(socketio.Args) any { return snapshot })
}

func TestLogIsCompacted(t *testing.T) {
	url := start(t)
	ada, first := visit(t, url, Visit{Document: "notes"})
	merge(ada, []byte("merged"))
	for i := range 2000 {
		send(t, ada, fmt.Sprint(i))
	}
	_, state := visit(t, url, Visit{Document: "notes"})
	if got := texts(t, state.Log); state.Seq != 2000 || len(got) > compactAfter || got[0] != "merged" {
		t.Errorf("%d: %d updates, first %q", state.Seq, len(got), got[0])
	}
	if got := texts(t, state.Log); len(got) > 1 && got[len(got)-1] != "1999" {
		t.Errorf("last %q", got[len(got)-1])
	}
	_, state = visit(t, url, Visit{Document: "notes", ID: first.ID, Seq: 1}) // of what is merged by now
	if got := texts(t, state.Log); got[0] != "merged" {
		t.Errorf("first %q", got[0])
	}
	_, state = visit(t, url, Visit{Document: "notes", ID: first.ID, Seq: 2000})
	expect(t, state, 2000)
}

// TestCompactionDoesNotLoseChanges has one come in while a page is merging.
func TestCompactionDoesNotLoseChanges(t *testing.T) {
	url := start(t)
	ada, _ := visit(t, url, Visit{Document: "notes"})
	ben, _ := visit(t, url, Visit{Document: "notes"})
	ada.Answer("compact", func(socketio.Args) any {
		send(t, ben, "meanwhile")
		return []byte("merged")
	})
	for i := range compactAfter {
		send(t, ada, fmt.Sprint(i))
	}
	_, state := visit(t, url, Visit{Document: "notes"})
	expect(t, state, compactAfter+1, "merged", "meanwhile")
}

func TestFailedCompactionChangesNothing(t *testing.T) {
	for name, answer := range map[string]any{
		"nothing":   []byte{},
		"too large": make([]byte, maxDocument+1),
		"not bytes": "merged",
	} {
		t.Run(name, func(t *testing.T) {
			url := browsertest.Serve(t, func(log *slog.Logger) browsertest.App {
				return New(&server.Options{Logger: log, MaxPayload: 2 * maxDocument})
			}).URL
			ada, _ := visit(t, url, Visit{Document: "notes"})
			ada.Answer("compact", func(socketio.Args) any { return answer })
			for i := range compactAfter {
				send(t, ada, fmt.Sprint(i))
			}
			_, state := visit(t, url, Visit{Document: "notes"})
			if got := texts(t, state.Log); len(got) != compactAfter || got[0] != "0" {
				t.Errorf("%d updates, first %q", len(got), got[0])
			}
			merge(ada, []byte("merged")) // the next update tries again
			send(t, ada, "last")
			_, state = visit(t, url, Visit{Document: "notes"})
			expect(t, state, compactAfter+1, "merged")
		})
	}
}

func TestAwarenessIsRelayed(t *testing.T) {
	url := start(t)
	ada, _ := visit(t, url, Visit{Document: "notes", Client: 1})
	ben, _ := visit(t, url, Visit{Document: "notes", Client: 2})
	ada.Event("joined")
	cursor := []byte{0, 1, 2, 3}
	ada.Emit("awareness", cursor)
	var got []byte
	if ben.Event("awareness", &got); !bytes.Equal(got, cursor) {
		t.Errorf("got %v", got)
	}
	ada.Close()
	var client uint32
	if ben.Event("left", &client); client != 1 {
		t.Errorf("%d left", client)
	}
}

func TestBadInputIsRefusedAndLogged(t *testing.T) {
	log, logged := browsertest.Record(t)
	url := browsertest.Serve(t, func(*slog.Logger) browsertest.App { return open(log) }).URL
	for _, auth := range []any{Visit{}, Visit{Document: "a/b"}, Visit{Document: strings.Repeat("x", maxName+1)}, map[string]any{"document": 1}} {
		if got := peer.Dial(t, url, auth).Refused(); got != errVisit.Message {
			t.Errorf("%v: %s", auth, got)
		}
	}
	ada, _ := visit(t, url, Visit{Document: "notes"})
	ben, _ := visit(t, url, Visit{Document: "notes"})
	invalid := `invalid arguments for event "update"`
	for i, test := range []struct {
		arg  any
		want string
	}{{"text", invalid}, {map[string]any{"a": 1}, invalid}, {[]byte{}, errUpdate.Message}, {make([]byte, maxUpdate+1), errUpdate.Message}} {
		if got := ada.Ask("update", test.arg); got != peer.Refusal(test.want) {
			t.Errorf("%d: %s", i, got)
		}
	}
	ada.Emit("awareness", make([]byte, maxAwareness+1))
	ada.Emit("awareness", []byte{1}, []byte{2})
	send(t, ada, "all is well")
	ben.Event("change")
	if ben.Saw("awareness") || !logged("event=awareness", "That is no cursor") || !logged("event=update", "A change has at most") {
		t.Error("not ignored with a line in the log")
	}
}

func TestDocumentIsBounded(t *testing.T) {
	d := newDocument("notes")
	chunk := make([]byte, maxUpdate)
	for range maxDocument / maxUpdate {
		if err := d.add(chunk); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.add([]byte{1}); err != errDocumentFull {
		t.Errorf("a byte too many: %v", err)
	}
	d.compact(chunk, d.seq())
	if err := d.add([]byte{1}); err != nil || d.size != maxUpdate+1 {
		t.Errorf("after compaction: %v, %d bytes", err, d.size)
	}
	for range maxUpdates {
		if err := d.add(nil); err == errDocumentFull {
			return
		}
	}
	t.Error("the number of updates is not bounded")
}

func TestDocumentsAreBounded(t *testing.T) {
	a := New(nil)
	began := time.Now()
	for i := range maxDocuments {
		d, err := a.openLocked(fmt.Sprint(i))
		if err != nil {
			t.Fatal(err)
		}
		d.used = began.Add(time.Duration((i+7)%maxDocuments) * time.Second) // the one before the last 7 is the oldest
	}
	oldest := fmt.Sprint(maxDocuments - 7)
	if _, err := a.openLocked("one more"); err != nil || a.documents[oldest] != nil || len(a.documents) != maxDocuments {
		t.Errorf("%v, %d documents", err, len(a.documents))
	}
	for _, d := range a.documents {
		d.people = 1
	}
	if _, err := a.openLocked("too many"); err != errManyDocuments {
		t.Errorf("all are in use: %v", err)
	}
}

func TestFloodIsStopped(t *testing.T) {
	ada, _ := visit(t, start(t), Visit{Document: "notes"})
	merge(ada, []byte("merged"))
	for range 5000 {
		if ada.Ask("update", []byte("x")) == peer.Refusal(errTooFast.Message) {
			return
		}
	}
	t.Error("5000 updates in a row were accepted")
}

// TestShutdown is one while a page is asked for a snapshot and does not answer.
func TestShutdown(t *testing.T) {
	a := New(&server.Options{Logger: browsertest.Logger(t)})
	srv := httptest.NewServer(a)
	defer srv.Close()
	ada, _ := visit(t, srv.URL+"/", Visit{Document: "notes"})
	for i := range compactAfter - 1 {
		send(t, ada, fmt.Sprint(i))
	}
	ada.Emit("update", []byte("last"))
	ada.Event("compact")
	ctx, cancel := context.WithTimeout(t.Context(), peer.Wait)
	defer cancel()
	began := time.Now()
	if err := a.Shutdown(ctx); err != nil || time.Since(began) > compactTime {
		t.Errorf("%v, after %v", err, time.Since(began))
	}
	ada.Disconnected()
	if d := a.documents["notes"]; d.people != 0 || d.seq() != compactAfter {
		t.Errorf("%d people, %d updates", d.people, d.seq())
	}
}
