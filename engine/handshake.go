//go:build !js

package engine

import (
	"net/http"
	"strconv"

	"github.com/socketio-go/socketio/websocket"
)

// openMessage announces the session (EIO-003).
func (s *Session) openMessage(transport string) Message {
	o := &s.server.opts
	b := append(make([]byte, headerRoom, 160), typeOpen)
	b = append(append(b, `{"sid":"`...), s.id...)
	b = append(b, `","upgrades":[`...)
	if transport == Polling {
		b = o.appendUpgrades(b)
	}
	b = strconv.AppendInt(append(b, `],"pingInterval":`...), o.PingInterval.Milliseconds(), 10)
	b = strconv.AppendInt(append(b, `,"pingTimeout":`...), o.PingTimeout.Milliseconds(), 10)
	b = strconv.AppendInt(append(b, `,"maxPayload":`...), int64(o.MaxPayload), 10)
	return Message{frame: makeFrame(append(b, '}'), false)}
}

// handshake begins a session on the transport that the request asks for.
func (s *Server) handshake(w http.ResponseWriter, r *http.Request, q query) {
	if s.stopped() {
		writeClosed(w)
		return
	}
	session, refused := s.newSession(r, q)
	if refused != nil {
		s.refuse(w, r, refused)
		return
	}
	s.setHeader(w, r, true)
	if !isUpgrade(r) {
		session.polling = &polling{}
		open := session.openMessage(Polling)
		session.polling.push(open)
		switch session.start() {
		case nil:
		case errBadID:
			s.refuse(w, r, errBadID)
			return
		default:
			writeClosed(w)
			return
		}
		s.setCookie(w, session.id)
		session.sent(open)
		session.get(w, r)
		return
	}
	opts, greeting := s.websocketOptions(), session.openMessage(WebSocket)
	opts.Greeting = &greeting.frame
	conn, err := websocket.Accept(w, r, opts)
	if err != nil {
		s.opts.Logger.Debug("engine: WebSocket handshake failed", "remote", r.RemoteAddr, "error", err)
		return
	}
	session.ws, session.webTransport = conn, isWebTransport(r)
	if session.start() != nil {
		conn.Serve(discard{})
		_ = conn.Close(websocket.StatusGoingAway, "server shutting down")
		return
	}
	session.sent(greeting)
	conn.Serve((*wsReceiver)(session))
}

// setCookie tells load balancers where the session is (EIO-130).
func (s *Server) setCookie(w http.ResponseWriter, id string) {
	if s.opts.Cookie == nil {
		return
	}
	c := *s.opts.Cookie
	c.Name, c.Path, c.Value = orDefault(c.Name, "io"), orDefault(c.Path, "/"), id
	http.SetCookie(w, &c)
}

// writeClosed answers a handshake with a server that shuts down.
func writeClosed(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "1")
	http.Error(w, "server shutting down", http.StatusServiceUnavailable)
}

func (s *Server) websocketOptions() *websocket.Options {
	return &websocket.Options{
		CheckOrigin:       func(*http.Request) bool { return true },            // done by ServeHTTP
		SelectSubprotocol: func(offered []string) string { return offered[0] }, // EIO-067
		MaxMessage:        int64(s.opts.MaxPayload),
		WriteBudget:       s.opts.SendBudget,
		Compression:       s.opts.Compression,
	}
}
