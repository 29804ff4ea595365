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
	if transport == Polling && o.upgradable() {
		b = append(b, `"websocket"`...)
	}
	b = strconv.AppendInt(append(b, `],"pingInterval":`...), o.PingInterval.Milliseconds(), 10)
	b = strconv.AppendInt(append(b, `,"pingTimeout":`...), o.PingTimeout.Milliseconds(), 10)
	b = strconv.AppendInt(append(b, `,"maxPayload":`...), int64(o.MaxPayload), 10)
	return Message{frame: makeFrame(append(b, '}'), false)}
}

// handshake begins a session on the transport that the request asks for.
func (s *Server) handshake(w http.ResponseWriter, r *http.Request) {
	session := s.newSession(r)
	if !isUpgrade(r) {
		session.polling = &polling{}
		session.polling.push(session.openMessage(Polling))
		if !session.start() {
			writeClosed(w)
			return
		}
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
	session.ws = conn
	if !session.start() {
		conn.Serve(discard{})
		_ = conn.Close(websocket.StatusGoingAway, "server shutting down")
		return
	}
	conn.Serve((*wsReceiver)(session))
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
