package chat

import (
	"context"
	"slices"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/server"
)

// album keeps the pictures of all rooms, as many as fit; the oldest go first.
// Guarded by the mutex of its App.
type album struct {
	pictures map[string]*picture
	order    []*picture // oldest first
	size     int        // bytes, also of what is still to come
}

// picture may still be on its way: then it has less data than its size.
type picture struct {
	key  string
	kind string
	size int
	data []byte
}

func (p *picture) complete() bool { return p != nil && len(p.data) == p.size }

// pictureKey tells the pictures of different people apart, as ids come from pages.
func pictureKey(from, id string) string { return nameKey(from) + "/" + id }

// add takes in a piece of a picture, and returns how much of it there is. That is
// where the page goes on: at the beginning, when the album has lost it.
func (a *album) add(key string, c *Chunk) int {
	p := a.pictures[key]
	if p == nil {
		if c.Offset > 0 {
			return 0
		}
		p = a.begin(key, c)
	}
	if c.Offset == len(p.data) && len(p.data)+len(c.Data) <= p.size {
		p.data = append(p.data, c.Data...)
	}
	return len(p.data)
}

func (a *album) begin(key string, c *Chunk) *picture {
	for a.size+c.Size > maxAlbum {
		oldest := a.order[0]
		a.order = slices.Delete(a.order, 0, 1)
		a.size -= oldest.size
		delete(a.pictures, oldest.key)
	}
	p := &picture{key: key, kind: c.Kind, size: c.Size, data: make([]byte, 0, c.Size)}
	a.pictures[key] = p
	a.order = append(a.order, p)
	a.size += p.size
	return p
}

// upload takes in a piece of a picture that a draft is going to show.
func (a *App) upload(ctx context.Context, s *server.Socket, c Chunk) (Progress, error) {
	if err := c.check(); err != nil {
		return Progress{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	m := memberOf(s)
	if !m.uploads.Allow(time.Now()) {
		return Progress{}, errTooFast
	}
	return Progress{Received: a.album.add(pictureKey(m.name, c.ID), &c)}, nil
}

// picture gives the picture of a message to somebody in its room.
func (a *App) picture(ctx context.Context, s *server.Socket, req PictureOf) (Picture, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	m := memberOf(s)
	r, err := a.roomLocked(m, req.Room)
	if err != nil {
		return Picture{}, err
	}
	msg := r.find(req.ID, req.From)
	p := a.album.pictures[pictureKey(req.From, req.ID)]
	switch {
	case msg == nil || msg.Picture == nil || !p.complete():
		return Picture{}, errNoPicture
	case !m.downloads.Allow(time.Now()):
		return Picture{}, errTooFast
	}
	return Picture{Kind: p.kind, Data: socketio.Binary(p.data)}, nil
}
