//go:build !js

package engine

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/socketio-go/socketio/internal/timerwheel"
	"github.com/socketio-go/socketio/websocket"
)

// Receiver is what a session's messages are given to. See the package
// documentation for the order of calls.
type Receiver interface {
	// Message receives one message. The bytes of a text are valid during the call
	// only, those of a binary message are the receiver's.
	Message(s *Session, binary bool, p []byte)

	// Closed is called once, when no message can be sent any more. It may cross a
	// Message that is still running. err is the cause where there is one.
	Closed(s *Session, reason Reason, err error)
}

// Handshake is what is kept of the request that began a session. It must not be
// modified.
type Handshake struct {
	Header     http.Header // what Options.KeepHeaders names; nil without
	URI        string      // path and query, as the client sent them
	RemoteAddr string      // of the TCP connection, as in [http.Request]; but see Options.TrustedProxies
	Issued     int64       // milliseconds since 1970
	Secure     bool        // TLS reached this server, or a trusted proxy
	XDomain    bool        // the request named an Origin, as those of pages do
}

// Query parses the query of the URI.
func (h *Handshake) Query() url.Values {
	_, query, _ := strings.Cut(h.URI, "?")
	values, _ := url.ParseQuery(query) // what is malformed is left out, as in net/http
	return values
}

func (s *Server) newHandshake(r *http.Request) Handshake {
	h := Handshake{URI: r.URL.RequestURI(), Issued: time.Now().UnixMilli(), XDomain: r.Header.Get("Origin") != ""}
	h.RemoteAddr, h.Secure = s.opts.origin(r)
	all := slices.Contains(s.opts.KeepHeaders, "*")
	keep := func(name string, values ...string) {
		if !all && !slices.ContainsFunc(s.opts.KeepHeaders, func(k string) bool { return strings.EqualFold(k, name) }) {
			return
		}
		if h.Header == nil {
			h.Header = make(http.Header)
		}
		for _, v := range values {
			h.Header.Add(name, strings.Clone(v)) // which would hold all of the request's head
		}
	}
	if len(s.opts.KeepHeaders) > 0 {
		keep("Host", r.Host)
		for name, values := range r.Header {
			keep(name, values...)
		}
	}
	return h
}

// Session is one client. All methods are safe for concurrent use and may be
// called from within its Receiver.
type Session struct {
	id        string
	server    *Server
	receiver  Receiver
	ctx       context.Context
	handshake Handshake
	timer     timerwheel.Timer // heartbeat, or the end of lingering

	mu      sync.Mutex      // guards what follows; taken before the lock of a websocket.Conn
	ws      *websocket.Conn // the transport, unless polling is
	polling *polling
	state   state
	paused  bool
	ping    ping
	told    bool // the receiver knows that the session has ended

	webTransport bool // not a WebSocket, though ws speaks to it as to one

	// These never change.
	textOnly bool  // the client asked for base64 on WebSocket too
	protocol uint8 // 3 or 4
	stripe   uint8 // of the server's counters
}

// ping is what became of the last ping.
type ping uint8

const (
	answered ping = iota
	awaited
	postponed // awaited, and another packet has put its timeout off (NEW-02)
)

type state uint8

const (
	open      state = iota
	lingering       // closed, but the client may still fetch what is queued (EIO-049)
	finishing       // closed, a transport is writing its last bytes
	closed
)

// linger is how long a closed polling session waits for one more GET.
const linger = 30 * time.Second

func (s *Server) newSession(r *http.Request, q query) (*Session, *Refusal) {
	id, err := s.opts.GenerateID(r)
	if err != nil || !validID(id) || s.session(id) != nil {
		s.opts.Logger.Error("engine: GenerateID failed: an id is new, and has up to 64 letters, digits, - and _", "id", id, "error", err)
		return nil, errBadID
	}
	return &Session{
		id:        id,
		server:    s,
		protocol:  q.protocol(),
		stripe:    uint8(lastStripe.Add(1) % stripes),
		textOnly:  q.last("b64") != "",
		handshake: s.newHandshake(r),
		ctx:       s.opts.ConnContext(context.Background(), r),
	}, nil
}

// start makes the session known, if the server does not shut down. The session may end
// meanwhile.
func (s *Session) start() error {
	receiver := s.server.opts.Accept(s)
	s.mu.Lock()
	early, ended := s.receiver.(earlyEnd)
	s.receiver = receiver
	s.mu.Unlock()
	if ended {
		receiver.Closed(s, early.reason, early.cause)
	}
	err := s.server.add(s)
	s.mu.Lock()
	was, told := s.state, s.told
	switch {
	case err != nil:
		s.state = closed
		s.server.wheel.Stop(&s.timer)
	case was == open:
		s.restLocked()
	}
	s.mu.Unlock()
	switch {
	case err != nil && was == open:
		receiver.Closed(s, ForcedClose, err)
	case err == nil && was == closed && told: // before it was added
		s.server.remove(s)
	}
	return err
}

// earlyEnd stands in for a receiver that is yet to come.
type earlyEnd struct {
	reason Reason
	cause  error
}

func (earlyEnd) Message(*Session, bool, []byte) {}
func (earlyEnd) Closed(*Session, Reason, error) {}

// ID identifies the session on the wire. Whoever knows it can take part in the
// session: it is a secret of the client's.
func (s *Session) ID() string { return s.id }

// Handshake describes the request that began the session.
func (s *Session) Handshake() *Handshake { return &s.handshake }

// Protocol is 4, or 3 for clients of Socket.IO 2 (EIO-144).
func (s *Session) Protocol() int { return int(s.protocol) }

// Context holds the values that Options.ConnContext gave it. It does not end with
// the session.
func (s *Session) Context() context.Context { return s.ctx }

// Release says, from inside of the receiver's Message, that the rest of this call
// does not touch what arrives: Message may be called again before it has returned,
// if it takes longer than a moment. ok is false when that is not possible on this
// transport: then the call must not block. See [websocket.Conn.Release].
func (s *Session) Release() (call Released, ok bool) {
	s.mu.Lock()
	ws := s.ws
	s.mu.Unlock()
	if ws == nil {
		return call, false
	}
	return ws.Release()
}

// Transport is [Polling], [WebSocket] or [WebTransport].
func (s *Session) Transport() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.polling != nil:
		return Polling
	case s.webTransport:
		return WebTransport
	}
	return WebSocket
}

func (s *Session) onPolling() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.polling != nil
}

// Send queues messages, all or none of them, next to each other. It never waits.
// The error matches [net.ErrClosed] when the session has ended, or is
// [ErrSlowConsumer]: then the session goes on, and the caller decides whether it can
// do without the message. See [Session.Fail].
func (s *Session) Send(ms ...Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sendLocked(ms)
}

// SendVolatile is Send when the transport can take the messages right now, and
// otherwise drops them (SRV-058).
func (s *Session) SendVolatile(ms ...Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == open && !s.writableLocked() {
		s.count().volatile.Add(uint64(len(ms)))
		return nil
	}
	return s.sendLocked(ms)
}

func (s *Session) writableLocked() bool {
	if s.polling != nil {
		return s.polling.get != nil && len(s.polling.queue) == 0
	}
	return s.ws.Buffered() == 0
}

func (s *Session) sendLocked(ms []Message) (err error) {
	switch {
	case s.state != open:
		return fmt.Errorf("engine: session closed: %w", net.ErrClosed)
	case s.polling != nil:
		err = s.polling.send(ms, s.server.opts.SendBudget)
	default:
		err = s.writeLocked(ms)
	}
	switch err {
	case nil:
		s.sent(ms...)
	case ErrSlowConsumer:
		s.count().overflows.Add(uint64(len(ms)))
	}
	return err
}

// writeLocked hands messages to the WebSocket. The one message of most calls is
// not copied, so that it can stay on the caller's stack.
func (s *Session) writeLocked(ms []Message) error {
	var err error
	if len(ms) == 1 && !ms[0].binary {
		err = s.ws.WritePrepared(&ms[0].frame)
	} else {
		err = s.ws.WritePrepared(frames(ms, s.protocol, s.textOnly)...)
	}
	if err == websocket.ErrSlowConsumer {
		return ErrSlowConsumer
	}
	return err
}

// Pause stops reading from the client, whose transport pushes back; the client
// is not taken for dead meanwhile. It takes effect after the message that is
// being received.
func (s *Session) Pause() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.paused || s.state != open {
		return
	}
	s.paused = true
	s.count().pauses.Add(1)
	if s.polling != nil {
		s.polling.resumed = make(chan struct{})
	} else {
		s.ws.Pause()
	}
}

// Resume ends a Pause.
func (s *Session) Resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.paused {
		s.resumeLocked()
	}
}

func (s *Session) resumeLocked() {
	s.paused = false
	if s.polling != nil && s.polling.resumed != nil {
		close(s.polling.resumed)
		s.polling.resumed = nil
	}
	if s.ws != nil {
		s.ws.Resume()
	}
	// What the heartbeat waits for may stand right behind what made the reader pause.
	switch {
	case s.state == open && s.protocol == 3:
		s.restLocked()
	case s.state == open && s.ping != answered:
		s.armLocked(s.server.opts.PingTimeout)
	}
}

// Close ends the session with [ForcedClose]. What is queued still goes out.
func (s *Session) Close() { s.close(ForcedClose, nil, true) }

// Fail ends the session with [TransportError] and this cause, and cuts the transport:
// what is queued is lost.
func (s *Session) Fail(cause error) { s.close(TransportError, cause, false) }

// close ends an open session; a graceful end lets the client have what is queued.
func (s *Session) close(reason Reason, cause error, graceful bool) {
	s.mu.Lock()
	if s.state != open {
		s.mu.Unlock()
		return
	}
	if s.paused {
		s.resumeLocked()
	}
	s.state = s.farewellLocked(reason, graceful)
	if s.state == lingering {
		s.armLocked(linger)
	} else {
		s.server.wheel.Stop(&s.timer)
	}
	receiver := s.receiver
	if receiver == nil {
		receiver = earlyEnd{reason, cause}
		s.receiver = receiver
	}
	s.mu.Unlock()
	receiver.Closed(s, reason, cause)
	s.mu.Lock()
	s.told = true
	finished := s.state == closed
	s.mu.Unlock()
	if finished {
		s.server.remove(s)
	}
}

// farewellLocked tells the transport to end, and returns the state that leaves.
func (s *Session) farewellLocked(reason Reason, graceful bool) state {
	last := closeMessage
	if reason == TransportClose {
		last = noopMessage // it was the client's word (EIO-048)
	}
	switch {
	case s.polling != nil:
		if s.polling.get != nil {
			s.sent(last)
		}
		return s.polling.farewell(last, reason, graceful)
	case graceful:
		_ = s.ws.Close(0, "") // without a code, as the official server (EIO-062)
	default:
		_ = s.ws.CloseNow()
	}
	return finishing
}

// cut ends the session and its transport at once, also when it is closed already.
func (s *Session) cut() {
	s.close(ForcedClose, nil, false)
	s.mu.Lock()
	if s.ws != nil {
		_ = s.ws.CloseNow()
	}
	waiting := s.state == lingering
	s.mu.Unlock()
	if waiting {
		s.finish()
	}
}

// abandon does not wait for a polling client to come back, unless something is
// queued for it or it is coming on a WebSocket, where it learns that it is over.
func (s *Session) abandon() {
	s.mu.Lock()
	idle := s.state == lingering && len(s.polling.queue) == 0 && s.polling.probe == nil
	s.mu.Unlock()
	if idle {
		s.finish()
	}
}

// finish is called when the transport of a closed session has ended. The server
// forgets the session once its receiver knows, too.
func (s *Session) finish() {
	s.mu.Lock()
	s.state = closed
	s.server.wheel.Stop(&s.timer)
	if s.polling != nil {
		s.polling.cancelProbe()
	}
	told := s.told
	s.mu.Unlock()
	if told {
		s.server.remove(s)
	}
}

// packet handles one text packet and reports whether more may follow.
func (s *Session) packet(p []byte) bool {
	if len(p) == 0 {
		s.close(ParseError, Error("empty packet"), true)
		return false
	}
	if p[0] == s.beat() {
		s.alive()
		return true
	}
	if !s.touch() {
		return false
	}
	switch p[0] {
	case typeMessage:
		s.receiver.Message(s, false, p[1:])
	case typeBinary:
		return s.base64(p[1:])
	case typeOpen, typeUpgrade, typeNoop: // mean nothing here (EIO-025)
	case typeClose:
		s.closedByPeer()
		return false
	case typePing, typePong: // the one that is not beat
		s.close(TransportError, Error("invalid heartbeat direction"), true)
		return false
	default:
		s.close(ParseError, Error("unknown packet type"), true)
		return false
	}
	return true
}
