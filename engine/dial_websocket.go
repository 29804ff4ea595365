//go:build !js

package engine

import (
	"context"
	"io"
	"math"
	"net/http"
	"net/url"

	"github.com/socketio-go/socketio/websocket"
)

// wire is a WebSocket that was dialled.
type wire struct{ conn *websocket.Conn }

// dialWebSocket opens a WebSocket, with the cookies and through the proxy that a
// polling request would have.
func (d *dialer) dialWebSocket(ctx context.Context, target *url.URL) (wire, error) {
	n := &d.opts.Network
	dial, err := n.throughProxy(target)
	if err != nil {
		return wire{}, err
	}
	conn, res, err := websocket.Dial(ctx, target.String(), &websocket.Options{
		Subprotocols: d.opts.Subprotocols,
		Header:       d.header(target),
		MaxMessage:   int64(d.opts.MaxPayload),
		WriteBudget:  math.MaxInt, // it is the Client that counts
		Compression:  n.Compression,
		DialContext:  dial,
		TLSConfig:    n.TLSConfig,
	})
	if res != nil {
		d.keepCookies(target, res)
	}
	if err != nil && res != nil && res.StatusCode != http.StatusSwitchingProtocols {
		body, _ := io.ReadAll(res.Body) // is in memory
		err = refused(res.StatusCode, res.Header.Get("Retry-After"), body)
	}
	return wire{conn}, err
}

// read waits for a text message, before serve.
func (w wire) read(ctx context.Context) ([]byte, error) {
	t, p, err := w.conn.Read(ctx)
	if err == nil && t != websocket.Text {
		err = Error("a binary message in the place of a packet")
	}
	return p, err
}

// serve delivers to c.
func (w wire) serve(c *Client) { w.conn.Serve((*wireReceiver)(c)) }

// send queues messages, all or none of them.
func (w wire) send(ms []Message, textOnly bool) error {
	if len(ms) == 1 && !ms[0].binary {
		return w.conn.WritePrepared(&ms[0].frame)
	}
	return w.conn.WritePrepared(frames(ms, 4, textOnly)...)
}

func (w wire) buffered() int { return w.conn.Buffered() }
func (w wire) pause()        { w.conn.Pause() }
func (w wire) resume()       { w.conn.Resume() }

func (w wire) release() (Released, bool) { return w.conn.Release() }

// end closes the connection; a graceful end lets the server have what is queued.
func (w wire) end(graceful bool) {
	if graceful {
		_ = w.conn.Close(0, "")
	} else {
		_ = w.conn.CloseNow()
	}
}

// wireReceiver is a Client in the eyes of its WebSocket.
type wireReceiver Client

func (r *wireReceiver) Message(conn *websocket.Conn, t websocket.MessageType, p []byte) {
	c := (*Client)(r)
	if t == websocket.Text {
		c.packet(p)
	} else {
		c.deliver(true, conn.Own(p))
	}
}

func (r *wireReceiver) Closed(_ *websocket.Conn, err error) {
	c := (*Client)(r)
	c.close(closeReason(err), err, false)
	c.left()
}
