//go:build !js

package engine

import "github.com/socketio-go/socketio/websocket"

// frame is a packet as WebSocket carries it.
type frame = websocket.Prepared

// headerRoom is what makeFrame needs in front of the payload.
const headerRoom = websocket.HeaderRoom

// makeFrame takes the payload from buf[headerRoom:].
func makeFrame(buf []byte, binary bool) frame {
	if binary {
		return websocket.PrepareBuffer(websocket.Binary, buf)
	}
	return websocket.PrepareBuffer(websocket.Text, buf)
}

// borrowFrame leaves a binary payload where it is.
func borrowFrame(p []byte) frame { return websocket.Borrow(websocket.Binary, p) }

// frames copies the frames of messages, in the forms of the protocol.
func frames(ms []Message, protocol uint8, textOnly bool) []*websocket.Prepared {
	list := make([]*websocket.Prepared, len(ms))
	for i, m := range ms {
		switch {
		case !m.binary:
		case textOnly && protocol == 3:
			m = m.v3Base64()
		case textOnly:
			m = m.base64()
		case protocol == 3:
			m = m.v3()
		}
		list[i] = &m.frame
	}
	return list
}

// Released is a call of the receiver's Message that was released.
type Released = websocket.Released
