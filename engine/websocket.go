//go:build !js

package engine

import (
	"encoding/base64"
	"errors"
	"io"
	"net"

	"github.com/socketio-go/socketio/websocket"
)

// wsReceiver is a Session in the eyes of its WebSocket.
type wsReceiver Session

// Message handles one frame: text is a packet, binary is a message (EIO-021).
func (r *wsReceiver) Message(c *websocket.Conn, t websocket.MessageType, p []byte) {
	s := (*Session)(r)
	s.received(len(p))
	switch {
	case t == websocket.Text:
		s.packet(p)
	case s.protocol == 3:
		s.binaryV3(c.Own(p))
	case s.touch():
		s.receiver.Message(s, true, c.Own(p))
	}
}

// Closed ends the session with the reason that the connection's end means.
func (r *wsReceiver) Closed(_ *websocket.Conn, err error) {
	s := (*Session)(r)
	s.close(closeReason(err), err, false)
	s.finish()
}

// closeReason tells a client that went away from one that broke the protocol.
func closeReason(err error) Reason {
	var peer *websocket.CloseError
	var network net.Error
	if errors.As(err, &peer) || errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
		return TransportClose
	}
	return TransportError
}

// base64 handles a binary message inside of a text frame (EIO-022).
func (s *Session) base64(p []byte) bool {
	if s.protocol == 3 {
		if len(p) == 0 || p[0] != typeMessage {
			s.close(ParseError, Error("unknown packet type"), true)
			return false
		}
		p = p[1:]
	}
	data, err := base64.StdEncoding.AppendDecode([]byte{}, p)
	if err != nil {
		s.close(ParseError, err, true)
		return false
	}
	s.receiver.Message(s, true, data)
	return true
}

// discard is the receiver of a WebSocket that was opened for nothing.
type discard struct{}

func (discard) Message(*websocket.Conn, websocket.MessageType, []byte) {}
func (discard) Closed(*websocket.Conn, error)                          {}
