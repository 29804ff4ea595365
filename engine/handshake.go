//go:build !js

package engine

import (
	"net/http"

	"github.com/socketio-go/socketio/websocket"
)

func (s *Session) openMessage(transport string) Message {
	o := &s.server.opts
	return control(string(rune(typeOpen)) + mustJSON(openPacket{
		SID:          s.id,
		Upgrades:     o.upgrades(transport),
		PingInterval: o.PingInterval.Milliseconds(),
		PingTimeout:  o.PingTimeout.Milliseconds(),
		MaxPayload:   o.MaxPayload,
	}))
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
	conn, err := websocket.Accept(w, r, s.websocketOptions())
	if err != nil {
		s.opts.Logger.Debug("engine: WebSocket handshake failed", "remote", r.RemoteAddr, "error", err)
		return
	}
	session.ws = conn
	_ = session.writeLocked([]Message{session.openMessage(WebSocket)})
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
	}
}
