package adapter

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/socketio-go/socketio/packet"
)

// Recovery says what is kept so that a client that has lost its connection can go on
// where it was (SRV-006).
type Recovery struct {
	// MaxDisconnection is how long a client may be away; 2 minutes.
	MaxDisconnection time.Duration

	// Detection is how long it may take to notice that a client has gone: events are
	// kept for so much longer. The server sets it to the time of its heartbeat.
	Detection time.Duration

	// MaxBytes bounds the events that are kept, and the sessions half as much; 64 MiB.
	// When there are more, the oldest are dropped, and who needs them is not restored.
	MaxBytes int64

	// MaxMissed bounds what one session may have missed, in bytes: one that has missed
	// more is not restored. 0: no bound. The server sets it to twice the send budget.
	MaxMissed int64
}

func (r *Recovery) withDefaults() Recovery {
	d := *r
	if d.MaxDisconnection <= 0 {
		d.MaxDisconnection = 2 * time.Minute
	}
	if d.MaxBytes <= 0 {
		d.MaxBytes = 64 << 20
	}
	return d
}

// journal is the log of a namespace and the sessions of those who are away.
//
// Its mutex is held while an event is logged and delivered, so that every socket
// gets events in the order of their offsets, and while a socket is attached, so that
// nothing comes between what it has missed and what it gets.
type journal struct {
	local   Local
	options Recovery
	epoch   string // tells our offsets from those of other servers and lives

	mu       sync.Mutex // guards what follows
	entries  []entry    // the last of which has the number last
	bytes    int64      // in entries
	last     uint64
	lost     uint64 // the newest entry that was dropped, and when it was logged
	lostAt   time.Time
	sessions map[string]*away
	order    []*away // by the time they left; restored ones have no session
	kept     int64   // bytes in sessions
	timer    *time.Timer
	closed   bool
}

type entry struct {
	packet Packet // Args is one packet.Args
	target Target
	at     time.Time
	size   int64
}

// away is somebody who has left.
type away struct {
	session *Session
	at      time.Time
	size    int64
}

const (
	entryOverhead   = 200
	sessionOverhead = 300
)

func newJournal(local Local, r Recovery) *journal {
	var epoch [6]byte
	_, _ = rand.Read(epoch[:]) // crashes the program rather than fail
	return &journal{
		local: local, options: r, sessions: make(map[string]*away),
		epoch: base64.RawURLEncoding.EncodeToString(epoch[:]),
	}
}

// offset names the position behind entry n.
func (j *journal) offset(n uint64) string { return j.epoch + "." + strconv.FormatUint(n, 36) }

// position is the reverse.
func (j *journal) position(offset string) (n uint64, ok bool) {
	epoch, number, found := strings.Cut(offset, ".")
	n, err := strconv.ParseUint(number, 36, 64)
	return n, found && epoch == j.epoch && err == nil && n <= j.last
}

// broadcast logs an event and delivers it. A volatile one is not kept, but has an
// offset too: clients take any text at the end for one (SIO-032).
func (j *journal) broadcast(p *Packet, t *Target) error {
	args, err := packet.NewArgs(p.Args...)
	if err != nil {
		return err
	}
	keep := !p.Volatile
	if keep {
		args = owned(args)
	}
	logged := *p
	logged.Args = []any{args}
	j.mu.Lock()
	defer j.mu.Unlock()
	if keep && !j.closed {
		j.appendLocked(entry{packet: logged, target: *t, at: time.Now(), size: size(&args, t)})
	}
	return j.local.Deliver(&logged, t, j.offset(j.last))
}

// owned copies the binary values, which the caller may change after the call.
func owned(args packet.Args) packet.Args {
	attachments := slices.Clone(args.Attachments())
	if len(attachments) == 0 {
		return args
	}
	for i, b := range attachments {
		attachments[i] = bytes.Clone(b)
	}
	args, _ = packet.ParseArgs(args.JSON(), attachments) // they have been parsed before
	return args
}

func size(args *packet.Args, t *Target) int64 {
	n := entryOverhead + args.Size()
	for _, room := range slices.Concat(t.Rooms, t.Except) {
		n += len(room) + 16
	}
	return int64(n)
}

func (j *journal) appendLocked(e entry) {
	j.last++
	j.entries = append(j.entries, e)
	j.bytes += e.size
	for j.bytes > j.options.MaxBytes && len(j.entries) > 0 {
		j.dropLocked()
	}
	j.wakeLocked()
}

// dropLocked forgets the oldest entry.
func (j *journal) dropLocked() {
	j.lost, j.lostAt = j.last-uint64(len(j.entries))+1, j.entries[0].at
	j.bytes -= j.entries[0].size
	j.entries[0] = entry{}
	if j.entries = j.entries[1:]; len(j.entries) == 0 {
		j.entries = nil
	}
}

// attach admits a socket between two events.
func (j *journal) attach(s *Session, admit func(missed []Missed, offset string)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var missed []Missed
	if s != nil {
		for n, e := range j.missedLocked(s) {
			p := e.packet
			missed = append(missed, Missed{&p, j.offset(n)})
		}
	}
	admit(missed, j.offset(j.last))
}

// missedLocked are the events behind a position that a session was meant by, with their
// numbers.
func (j *journal) missedLocked(s *Session) iter.Seq2[uint64, *entry] {
	return func(yield func(uint64, *entry) bool) {
		first := j.last - uint64(len(j.entries)) // the position before the oldest entry
		for n := max(first, s.From) + 1; n <= j.last; n++ {
			if e := &j.entries[n-first-1]; e.target.means(s.Rooms) && !yield(n, e) {
				return
			}
		}
	}
}

// means reports whether somebody in these rooms is addressed.
func (t *Target) means(rooms []string) bool {
	in := func(list []string) bool {
		return slices.ContainsFunc(list, func(r string) bool { return slices.Contains(rooms, r) })
	}
	return (len(t.Rooms) == 0 || in(t.Rooms)) && !in(t.Except)
}

func (j *journal) persist(s *Session) {
	a := &away{session: j.left(s), at: time.Now(), size: sessionOverhead}
	for _, room := range s.Rooms {
		a.size += int64(len(room)) + 16
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return
	}
	j.forgetLocked(j.sessions[s.PID])
	j.sessions[s.PID] = a
	j.order = append(j.order, a)
	j.kept += a.size
	for j.kept > j.options.MaxBytes/2 {
		j.forgetLocked(j.order[0])
		j.order = j.order[1:]
	}
	if len(j.order) > 2*len(j.sessions)+100 { // most have come back
		j.order = slices.DeleteFunc(j.order, func(a *away) bool { return a.session == nil })
	}
	j.wakeLocked()
}

// left notes up to when the client has got everything: to the moment when it may have
// gone without our noticing, unless it was here too shortly to get even what it had
// missed before.
func (j *journal) left(s *Session) *Session {
	kept, gone := *s, time.Now().Add(-j.options.Detection)
	if s.Since.IsZero() || !s.Replayed.IsZero() && s.Replayed.Before(gone) {
		kept.Since = gone
	}
	kept.Replayed = time.Time{}
	return &kept
}

// forgetLocked drops the session of somebody who was away.
func (j *journal) forgetLocked(a *away) {
	if a == nil || a.session == nil {
		return
	}
	delete(j.sessions, a.session.PID)
	j.kept -= a.size
	a.session = nil
}

// restore hands a session out, if all that it may have missed is still there.
func (j *journal) restore(pid, offset string) *Session {
	j.mu.Lock()
	defer j.mu.Unlock()
	a := j.sessions[pid]
	if a == nil {
		return nil
	}
	s := a.session
	j.forgetLocked(a)
	if offset == "" {
		offset = s.Offset
	}
	n, ok := j.position(offset)
	lacks := n < j.lost && !j.lostAt.Before(s.Since) // something that was dropped
	if !ok || lacks || time.Since(a.at) > j.options.MaxDisconnection {
		return nil
	}
	s.Offset, s.From = offset, n
	if j.options.MaxMissed > 0 {
		missed := int64(0)
		for _, e := range j.missedLocked(s) {
			if missed += e.size; missed > j.options.MaxMissed {
				return nil
			}
		}
	}
	return s
}

// wakeLocked sees to it that what gets too old is forgotten.
func (j *journal) wakeLocked() {
	if j.timer == nil && !j.closed && (len(j.entries) > 0 || len(j.order) > 0) {
		j.timer = time.AfterFunc(max(j.options.MaxDisconnection/8, time.Second), j.expire)
	}
}

func (j *journal) expire() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.timer = nil
	now := time.Now()
	for len(j.order) > 0 && (j.order[0].session == nil || now.Sub(j.order[0].at) > j.options.MaxDisconnection) {
		j.forgetLocked(j.order[0])
		j.order = j.order[1:]
	}
	for len(j.entries) > 0 && now.Sub(j.entries[0].at) > j.options.MaxDisconnection+j.options.Detection {
		j.dropLocked()
	}
	j.wakeLocked()
}

func (j *journal) close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.closed = true
	if j.timer != nil {
		j.timer.Stop()
	}
	j.entries, j.order = nil, nil
	clear(j.sessions)
}
