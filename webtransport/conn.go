package webtransport

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/quic-go/webtransport-go"
)

// conn is the one stream of a session in the eyes of a WebSocket server.
type conn struct {
	*webtransport.Stream // for its deadlines
	session              *webtransport.Session
	in                   decoder
	out                  encoder
}

// maxFirst is more than the first packet of any client.
const maxFirst = 200

// accept waits for the stream and its first packet (EIO-083). sid is that of the session to upgrade, or
// empty for a new one.
func accept(session *webtransport.Session, patience time.Duration) (c *conn, sid string, err error) {
	ctx, cancel := context.WithTimeout(session.Context(), patience)
	defer cancel()
	stream, err := session.AcceptStream(ctx)
	if err != nil {
		return nil, "", fmt.Errorf("no stream was opened: %w", err)
	}
	c = &conn{Stream: stream, session: session, in: decoder{r: bufio.NewReaderSize(stream, 1024)}, out: encoder{w: stream}}
	deadline, _ := ctx.Deadline()
	_ = stream.SetReadDeadline(deadline)
	isBinary, size, err := c.in.next()
	if err != nil || isBinary || size == 0 || size > maxFirst {
		return nil, "", errors.Join(errFirst, err)
	}
	packet := make([]byte, size)
	if _, err = io.ReadFull(c.in.r, packet); err != nil || packet[0] != '0' {
		return nil, "", errors.Join(errFirst, err)
	}
	_ = stream.SetReadDeadline(time.Time{})
	if size == 1 {
		return c, "", nil
	}
	var open struct{ SID string }
	if err = json.Unmarshal(packet[1:], &open); err != nil || open.SID == "" {
		return nil, "", errors.Join(errFirst, err)
	}
	return c, open.SID, nil
}

var errFirst = errors.New(`the first packet is neither 0 nor 0{"sid":"…"}`)

// Read reads frames of a WebSocket. However the stream ends, the client has gone.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	if err != nil && err != errTooLong && !errors.Is(err, os.ErrDeadlineExceeded) {
		err = io.EOF
	}
	return n, err
}

// Write takes frames of a WebSocket. With the last of them the stream ends, and the client is expected to
// end the session.
func (c *conn) Write(p []byte) (int, error) {
	n, err := c.out.Write(p)
	if c.out.closed {
		_ = c.Stream.Close()
	}
	return n, err
}

func (c *conn) Close() error         { return c.session.CloseWithError(0, "") }
func (c *conn) LocalAddr() net.Addr  { return c.session.LocalAddr() }
func (c *conn) RemoteAddr() net.Addr { return c.session.RemoteAddr() }

// response is what the handler answers to: an upgrade takes conn, everything else is a refusal.
type response struct {
	header http.Header
	conn   *conn
	taken  bool
	status int
	text   string
}

// maxText is how much of a refusal a session can end with.
const maxText = 1024

func (r *response) Header() http.Header { return r.header }

func (r *response) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *response) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	r.text += string(p[:min(len(p), maxText-len(r.text))])
	return len(p), nil
}

// Hijack implements [http.Hijacker].
func (r *response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	r.taken = true
	return r.conn, bufio.NewReadWriter(bufio.NewReaderSize(r.conn, 16), bufio.NewWriterSize(r.conn, 16)), nil
}
