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

// frames copies the frames of messages.
func frames(ms []Message, textOnly bool) []*websocket.Prepared {
	list := make([]*websocket.Prepared, len(ms))
	for i, m := range ms {
		if m.binary && textOnly {
			m = m.base64()
		}
		list[i] = &m.frame
	}
	return list
}

// Released is a call of the receiver's Message that was released.
type Released = websocket.Released
