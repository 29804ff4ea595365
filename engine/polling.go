//go:build !js

package engine

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
	"unicode/utf8"
)

// polling is what a session needs only while it is on HTTP long-polling. The
// session's mutex guards it.
type polling struct {
	queue   []Message
	size    int           // bytes in queue
	get     chan struct{} // closed to wake the pending GET, nil when there is none
	posting bool          // a POST is being read or delivered
	resumed chan struct{} // closed by Resume; nil unless paused
	probe   *probe        // an upgrade under way
}

// noopInterval is how long a GET may stay pending during an upgrade (EIO-091).
const noopInterval = 100 * time.Millisecond

// push queues a packet that the budget does not bind and wakes the GET.
func (p *polling) push(m Message) {
	p.queue = append(p.queue, m)
	p.size += m.Size()
	p.wake()
}

func (p *polling) send(ms []Message, budget int) error {
	size := 0
	for i := range ms {
		size += ms[i].Size()
	}
	if p.size > 0 && p.size+size > budget {
		return ErrSlowConsumer
	}
	for _, m := range ms {
		p.queue = append(p.queue, m.Own())
	}
	p.size += size
	p.wake()
	return nil
}

func (p *polling) wake() {
	if p.get != nil {
		close(p.get)
		p.get = nil
	}
}

func (p *polling) take() []Message {
	ms := p.queue
	p.queue, p.size = nil, 0
	return ms
}

// farewell answers the pending GET with the packet last. Without one the client
// may fetch what is queued, or get it by an upgrade that it is about to finish, unless
// it has no right to more.
func (p *polling) farewell(last Message, reason Reason, graceful bool) state {
	if p.get == nil && graceful && reason == ForcedClose {
		return lingering
	}
	p.cancelProbe()
	if p.get != nil {
		p.push(last)
	} else {
		p.take()
	}
	return closed
}

func (p *polling) cancelProbe() {
	if p.probe != nil {
		p.probe.cancel()
		p.probe = nil
	}
}

// serve handles a polling request of the session.
func (s *Session) serve(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
		s.get(w, r)
	case http.MethodPost:
		s.post(w, r)
	default:
		w.WriteHeader(http.StatusInternalServerError) // EIO-042
	}
}

// get answers with everything that is queued, or waits until there is something.
func (s *Session) get(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	p := s.polling
	if p == nil || s.state == closed {
		s.mu.Unlock()
		s.server.refuse(w, r, errSession)
		return
	}
	if p.get != nil {
		s.mu.Unlock()
		s.close(TransportError, Error("overlap from client"), true)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if len(p.queue) == 0 && s.state == open {
		wake, noop := make(chan struct{}), noopTimer(p.probe != nil)
		p.get = wake
		s.mu.Unlock()
		if !s.await(r, wake, noop) {
			return
		}
		s.mu.Lock()
	}
	ms, state := p.take(), s.state
	s.mu.Unlock()
	switch {
	case len(ms) > 0:
		s.writePayload(w, r, ms)
	case state == open:
		s.writeControl(w, r, noopMessage)
	default: // what was queued has been fetched before (EIO-049)
		s.writeControl(w, r, closeMessage)
		s.finish()
	}
}

func (s *Session) writeControl(w http.ResponseWriter, r *http.Request, m Message) {
	s.sent(m)
	s.writePayload(w, r, []Message{m})
}

// noopTimer ends a GET soon while the client waits for it to be able to upgrade.
func noopTimer(probing bool) <-chan time.Time {
	if !probing {
		return nil
	}
	return time.After(noopInterval)
}

// await blocks until the GET has something to say. It reports false when the
// client has given the GET up, which ends the session (EIO-046).
func (s *Session) await(r *http.Request, wake chan struct{}, noop <-chan time.Time) bool {
	select {
	case <-wake:
		return true
	case <-noop:
	case <-r.Context().Done():
	}
	s.mu.Lock()
	if s.polling != nil && s.polling.get == wake {
		s.polling.get = nil
	}
	s.mu.Unlock()
	if r.Context().Err() == nil {
		return true
	}
	s.close(TransportError, Error("poll connection closed prematurely"), false)
	return false
}

func (s *Session) writePayload(w http.ResponseWriter, r *http.Request, ms []Message) {
	var body []byte
	function, binary := jsonp(r), false
	if s.protocol == 3 {
		body, binary = appendPayloadV3(nil, ms, s.textOnly || function != "")
	} else {
		body = appendPayload(nil, ms)
	}
	if function != "" {
		body = wrapJSONP(function, body)
	}
	w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	if binary {
		w.Header().Set("Content-Type", "application/octet-stream")
	}
	from := s.server.opts.CompressPolling
	compress := from > 0 && len(body) >= from && slices.ContainsFunc(ms, func(m Message) bool { return !m.plain })
	writeBody(w, r, body, compress)
}

// post delivers the packets of one request and then lets the client send the next.
func (s *Session) post(w http.ResponseWriter, r *http.Request) {
	if isBinary(r) && s.protocol != 3 { // EIO-037
		s.close(TransportError, Error("binary bodies belong to protocol v3"), true)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	p := s.polling
	if p == nil || s.state != open {
		s.mu.Unlock()
		s.server.refuse(w, r, errSession)
		return
	}
	if p.posting {
		s.mu.Unlock()
		s.close(TransportError, Error("data request overlap from client"), true)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	p.posting = true
	s.mu.Unlock()
	s.receive(w, r)
}

func isBinary(r *http.Request) bool {
	return r.Header.Get("Content-Type") == "application/octet-stream"
}

// receive reads the body of a POST and answers it.
func (s *Session) receive(w http.ResponseWriter, r *http.Request) {
	buf := bodies.Get().(*bytes.Buffer)
	defer recycle(buf)
	limit := int64(s.server.opts.MaxPayload)
	n, err := buf.ReadFrom(io.LimitReader(r.Body, limit+1))
	if err != nil {
		s.close(TransportError, errors.Join(Error("data request connection closed prematurely"), err), false)
		return
	}
	if n > limit {
		s.posted()
		w.WriteHeader(http.StatusRequestEntityTooLarge) // the session goes on (EIO-045)
		return
	}
	body := buf.Bytes()
	if jsonp(r) != "" {
		body = formPayload(body)
	}
	s.deliver(r, body)
	s.posted()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/html")
	w.Header().Set("Content-Length", "2")
	_, _ = io.WriteString(w, "ok")
}

func (s *Session) posted() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.polling != nil {
		s.polling.posting = false
	}
}

// deliver hands the packets of a payload over, up to the first bad one (EIO-024).
func (s *Session) deliver(r *http.Request, body []byte) {
	if s.protocol == 3 && isBinary(r) {
		s.deliverV3(body, true, func() { s.waitResumed(r) })
		return
	}
	if !utf8.Valid(body) {
		body = bytes.ToValidUTF8(body, []byte("\uFFFD"))
	}
	if s.protocol == 3 {
		s.deliverV3(body, false, func() { s.waitResumed(r) })
		return
	}
	for more := true; more; {
		var packet []byte
		packet, body, more = bytes.Cut(body, []byte{separator})
		s.received(len(packet))
		if !s.packet(packet) {
			return
		}
		s.waitResumed(r)
	}
}

// waitResumed holds the POST, and with it the client's next one, while paused.
func (s *Session) waitResumed(r *http.Request) {
	s.mu.Lock()
	var resumed chan struct{}
	if s.polling != nil {
		resumed = s.polling.resumed
	}
	s.mu.Unlock()
	if resumed == nil {
		return
	}
	select {
	case <-resumed:
	case <-r.Context().Done():
	}
}

// closedByPeer handles a close packet. The client fetches nothing any more, but
// the closing handshake of a WebSocket is still to come (B-09).
func (s *Session) closedByPeer() {
	s.close(TransportClose, nil, !s.onPolling())
}

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// recycle keeps buffers of ordinary size.
func recycle(buf *bytes.Buffer) {
	if buf.Cap() <= 64<<10 {
		buf.Reset()
		bodies.Put(buf)
	}
}
