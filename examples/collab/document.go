package collab

import (
	"crypto/rand"
	"encoding/binary"
	"slices"
	"time"
)

// document is a log of updates, numbered from 1. The first base of them may have
// been merged into a snapshot. Guarded by the mutex of its App.
type document struct {
	name       string
	id         string // of this log; a server that has forgotten a document begins another one
	snapshot   []byte
	base       int
	updates    [][]byte // from base+1
	size       int      // bytes of the snapshot and the updates
	people     int
	used       time.Time // when somebody came or left
	compacting bool
}

func newDocument(name string) *document { return &document{name: name, id: rand.Text()} }

// room is the Socket.IO room of the document.
func (d *document) room() string { return "document:" + d.name }

// seq is the number of the last update.
func (d *document) seq() int { return d.base + len(d.updates) }

// add appends an update, which must not change any more.
func (d *document) add(update []byte) error {
	if d.size+len(update) > maxDocument || len(d.updates) == maxUpdates {
		return errDocumentFull
	}
	d.updates = append(d.updates, update)
	d.size += len(update)
	return nil
}

// since returns what a page is missing that knows a log up to a number: all of the
// document, if it is another log.
func (d *document) since(id string, seq int) State {
	missing := d.updates
	if id == d.id && seq >= d.base && seq <= d.seq() {
		missing = d.updates[seq-d.base:]
	} else if d.snapshot != nil {
		missing = slices.Insert(slices.Clone(missing), 0, d.snapshot)
	}
	log := []byte{}
	for _, update := range missing {
		log = binary.BigEndian.AppendUint32(log, uint32(len(update)))
		log = append(log, update...)
	}
	return State{ID: d.id, Seq: d.seq(), Log: log}
}

// compact puts a snapshot in the place of everything up to a number.
func (d *document) compact(snapshot []byte, seq int) {
	d.updates = slices.Clone(d.updates[seq-d.base:])
	d.snapshot, d.base = snapshot, seq
	d.size = len(snapshot)
	for _, update := range d.updates {
		d.size += len(update)
	}
}

// openLocked finds or makes a document. When there are too many, the one that
// nobody has had open for the longest time is forgotten.
func (a *App) openLocked(name string) (*document, error) {
	d := a.documents[name]
	if d == nil && len(a.documents) == maxDocuments && !a.forgetLocked() {
		return nil, errManyDocuments
	}
	if d == nil {
		d = newDocument(name)
		a.documents[name] = d
	}
	return d, nil
}

func (a *App) forgetLocked() bool {
	var oldest *document
	for _, d := range a.documents {
		if d.people == 0 && (oldest == nil || d.used.Before(oldest.used)) {
			oldest = d
		}
	}
	if oldest == nil {
		return false
	}
	a.log.Info("collab: document forgotten", "document", oldest.name, "updates", oldest.seq())
	delete(a.documents, oldest.name)
	return true
}
