package chat

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/examples/internal/peer"
)

// noise are bytes that no two pictures share.
func noise(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	return b
}

// send uploads a picture in pieces of some size, as the page does.
func send(t *testing.T, p *peer.Peer, id string, data []byte, piece int) {
	t.Helper()
	for offset := 0; offset < len(data); {
		c := Chunk{ID: id, Kind: "image/png", Size: len(data), Offset: offset, Data: data[offset:min(offset+piece, len(data))]}
		var got Progress
		if err := p.Call("upload", c).Scan(&got); err != nil || got.Received != offset+len(c.Data) {
			t.Fatalf("upload at %d: %+v, %v", offset, got, err)
		}
		offset = got.Received
	}
}

func TestPictureArrives(t *testing.T) {
	url := startChat(t)
	ada, ben := signIn(t, url, "Ada"), signIn(t, url, "Ben")
	data := noise(200_000)
	send(t, ada, "1", data, 32<<10)
	frame := Frame{Width: 300, Height: 200}
	receipt(t, ada, Draft{ID: "1", Room: "general", Picture: &frame})

	var msg Message
	ben.Event("message", &msg)
	if msg.Picture == nil || *msg.Picture != frame {
		t.Fatalf("message %+v", msg)
	}
	var got Picture
	if err := ben.Call("picture", PictureOf{ID: "1", Room: "general", From: "Ada"}).Scan(&got); err != nil {
		t.Fatal(err)
	}
	if got.Kind != "image/png" || !bytes.Equal(got.Data, data) {
		t.Errorf("%s of %d bytes, not what was sent", got.Kind, len(got.Data))
	}
}

// TestUploadGoesOn is a page whose acknowledgements get lost, and one whose server
// is another one meanwhile.
func TestUploadGoesOn(t *testing.T) {
	ada := signIn(t, startChat(t), "Ada")
	piece := Chunk{ID: "1", Kind: "image/png", Size: 30, Data: noise(10)}
	for i, test := range []struct{ offset, want int }{{10, 0}, {0, 10}, {0, 10}, {10, 20}, {10, 20}, {25, 20}, {20, 30}, {20, 30}} {
		piece.Offset = test.offset
		var got Progress
		if err := ada.Call("upload", piece).Scan(&got); err != nil || got.Received != test.want {
			t.Errorf("step %d: %+v, %v; want %d", i, got, err, test.want)
		}
	}
}

func TestBadPictureIsRefused(t *testing.T) {
	url := startChat(t)
	ada, ben := signIn(t, url, "Ada"), signIn(t, url, "Ben")
	good := Chunk{ID: "1", Kind: "image/png", Size: 10, Data: noise(10)}
	with := func(change func(*Chunk)) Chunk { c := good; change(&c); return c }
	for _, c := range []Chunk{
		with(func(c *Chunk) { c.Kind = "image/svg+xml" }),
		with(func(c *Chunk) { c.Size = maxPicture + 1 }),
		with(func(c *Chunk) { c.Size = 0 }),
		with(func(c *Chunk) { c.Offset = -1 }),
		with(func(c *Chunk) { c.Data = nil }),
		with(func(c *Chunk) { c.ID = "" }),
	} {
		if got := ada.Ask("upload", c); got != peer.Refusal(errPicture.Message) {
			t.Errorf("%+v: %s", c, got)
		}
	}
	if got := ada.Ask("upload", "a string"); !strings.Contains(got, "invalid arguments") {
		t.Errorf("a string: %s", got)
	}
	gone := peer.Refusal(errNoPicture.Message)
	draft := Draft{ID: "1", Room: "general", Picture: &Frame{1, 1}}
	if got := ada.Ask("post", draft); got != gone {
		t.Errorf("a picture that has not been sent: %s", got)
	}
	ada.Call("upload", with(func(c *Chunk) { c.Size = 20 }))
	if got := ada.Ask("post", draft); got != gone {
		t.Errorf("half a picture: %s", got)
	}
	ada.Call("upload", Chunk{ID: "1", Kind: "image/png", Size: 20, Offset: 10, Data: noise(10)})
	draft.Picture = &Frame{0, maxPixels + 1}
	if got := ada.Ask("post", draft); got != peer.Refusal(errPicture.Message) {
		t.Errorf("a strange frame: %s", got)
	}
	ben.Ask("leave", RoomName{"general"})
	draft.Picture = &Frame{1, 1}
	receipt(t, ada, draft)
	if got := ben.Ask("picture", PictureOf{ID: "1", Room: "general", From: "Ada"}); got != peer.Refusal(errNotInRoom.Message) {
		t.Errorf("from outside the room: %s", got)
	}
	for _, of := range []PictureOf{{ID: "1", Room: "random", From: "Ada"}, {ID: "2", Room: "general", From: "Ada"}, {ID: "1", Room: "general", From: "Ben"}} {
		if got := ada.Ask("picture", of); got != gone {
			t.Errorf("%+v: %s", of, got)
		}
	}
}

func TestAlbumIsBounded(t *testing.T) {
	a := album{pictures: make(map[string]*picture)}
	first := &Chunk{ID: "0", Size: maxPicture, Data: socketio.Binary{1}}
	for i := range 3 * maxAlbum / maxPicture {
		c := *first
		c.ID = fmt.Sprint(i)
		if got := a.add(pictureKey("Ada", c.ID), &c); got != 1 {
			t.Fatalf("picture %d: %d", i, got)
		}
	}
	if a.size > maxAlbum || len(a.pictures) != maxAlbum/maxPicture || len(a.order) != len(a.pictures) {
		t.Errorf("%d bytes, %d pictures, %d in order", a.size, len(a.pictures), len(a.order))
	}
	if got := a.add(pictureKey("Ada", "0"), &Chunk{ID: "0", Size: maxPicture, Offset: 1, Data: socketio.Binary{2}}); got != 0 {
		t.Errorf("a piece of a picture that is gone: %d", got)
	}
}
