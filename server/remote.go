package server

import (
	"context"
	"encoding/json"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/adapter"
)

// RemoteSocket describes a socket as it was when it was fetched, on whatever server
// it is, and acts on it through the room of its id (SRV-090). All methods are safe for
// concurrent use.
type RemoteSocket struct {
	nsp  *Namespace
	info adapter.Socket
}

// ID is the socket's.
func (s *RemoteSocket) ID() string { return s.info.ID }

// Rooms are those it was in, its own id among them.
func (s *RemoteSocket) Rooms() []string { return s.info.Rooms }

// Handshake describes the beginning of its connection. It must not be modified.
func (s *RemoteSocket) Handshake() *adapter.Handshake { return &s.info.Handshake }

// Data is what [Socket.SetData] was last given, or, if the socket is on another server,
// the [json.RawMessage] that this makes. See [Data].
func (s *RemoteSocket) Data() any { return s.info.Data }

// Node names the server the socket is on, "" if it is this one.
func (s *RemoteSocket) Node() string { return s.info.Node }

// Emit sends an event to the socket. That it has gone is no error.
func (s *RemoteSocket) Emit(event string, args ...any) error {
	return s.nsp.To(s.info.ID).Emit(event, args...)
}

// Call sends an event and waits for its acknowledgement. See [socketio.Caller].
func (s *RemoteSocket) Call(ctx context.Context, event string, args ...any) (socketio.Args, error) {
	answers, err := s.nsp.To(s.info.ID).CallAll(ctx, event, args...)
	switch {
	case err != nil:
		return socketio.Args{}, err
	case len(answers) == 0:
		return socketio.Args{}, errDisconnected
	}
	return answers[0], nil
}

// Timeout addresses the socket with a deadline for calls.
func (s *RemoteSocket) Timeout(d time.Duration) Broadcast { return s.nsp.To(s.info.ID).Timeout(d) }

// Join makes the socket join rooms.
func (s *RemoteSocket) Join(rooms ...string) error { return s.nsp.To(s.info.ID).SocketsJoin(rooms...) }

// Leave makes it leave rooms.
func (s *RemoteSocket) Leave(rooms ...string) error {
	return s.nsp.To(s.info.ID).SocketsLeave(rooms...)
}

// Disconnect ends the socket. See [Socket.Disconnect].
func (s *RemoteSocket) Disconnect(closeConnection bool) error {
	return s.nsp.To(s.info.ID).DisconnectSockets(closeConnection)
}

// Data returns what a socket carries as a T: what SetData was given, if that is one, or
// what JSON makes of it if the socket is on another server. ok is false when there is
// nothing, or something else.
func Data[T any](s interface{ Data() any }) (v T, ok bool) {
	data := s.Data()
	if v, ok = data.(T); ok {
		return v, true
	}
	if raw, remote := data.(json.RawMessage); remote {
		return v, json.Unmarshal(raw, &v) == nil
	}
	return v, false
}

// describe makes the description of a socket here.
func (s *Socket) describe() adapter.Socket {
	h := s.Handshake()
	query := make(map[string]string)
	for name, values := range h.Query() {
		query[name] = values[len(values)-1]
	}
	var auth json.RawMessage
	if s.auth != nil {
		auth = json.RawMessage(*s.auth)
	}
	return adapter.Socket{
		ID: s.id, Rooms: s.Rooms(), Data: s.Data(),
		Handshake: adapter.Handshake{
			Headers: h.Header, Time: time.UnixMilli(h.Issued).Format("Mon Jan 02 2006 15:04:05 GMT-0700 (MST)"),
			Address: h.RemoteAddr, XDomain: h.XDomain, Secure: h.Secure, Issued: h.Issued, URL: h.URI,
			Query: query, Auth: auth,
		},
	}
}
