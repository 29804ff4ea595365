// Package rawclient is an Engine.IO client for tests that says exactly what it is
// told to, packet by packet, and otherwise only answers pings. It works over any
// network, inside of testing/synctest bubbles too.
//
// Packets are texts as on the wire, such as `42["a"]`. A binary message is "x" and
// hex digits, on every transport.
package rawclient

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/socketio-go/socketio/websocket"
)

// Options configure [Dial].
type Options struct {
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)
	Mode        string // "polling", "websocket", or "upgrade": from the one to the other
	Query       string // more of the URL's query, beginning with "&"
	Header      http.Header
	Mute        bool // do not answer pings
}

// Client is one Engine.IO session. All methods are safe for concurrent use.
type Client struct {
	SID     string
	Timeout time.Duration // how long Next waits; a minute
	opts    Options
	http    *http.Client
	ctx     context.Context // ends with Cut
	cut     context.CancelFunc
	packets chan string   // what has arrived; closed at the end
	gate    chan struct{} // full while nothing shall be read
	sending chan struct{} // full while something is sent, and while the transport changes
	left    chan struct{} // closed when polling has stopped
	ws      atomic.Pointer[websocket.Conn]
	leaving atomic.Bool // polling is to stop
	stopped error       // why it has; for readers after left
}

// Dial opens a session and begins to read. ctx is for the dialling only.
func Dial(ctx context.Context, opts Options) (*Client, error) {
	c := &Client{
		Timeout: time.Minute, opts: opts, http: &http.Client{Transport: &http.Transport{DialContext: opts.DialContext}},
		packets: make(chan string, 1<<14), left: make(chan struct{}),
		gate: make(chan struct{}, 1), sending: make(chan struct{}, 1),
	}
	c.ctx, c.cut = context.WithCancel(context.Background())
	open, err := c.open(ctx)
	if err != nil || !strings.HasPrefix(open, `0{"sid":"`) {
		c.Cut()
		return nil, fmt.Errorf("rawclient: opened with %q: %w", open, err)
	}
	c.SID = open[9:29]
	if c.WebSocket() != nil {
		go c.run(c.receive)
		return c, nil
	}
	go func() {
		c.stopped = c.run(c.poll)
		close(c.left)
	}()
	if opts.Mode == "upgrade" {
		err = c.Upgrade(ctx)
	}
	return c, err
}

func (c *Client) open(ctx context.Context) (packet string, err error) {
	if c.opts.Mode != "websocket" {
		return c.request(ctx, http.MethodGet, "")
	}
	ws, err := c.dialWebSocket(ctx, "")
	if err != nil {
		return "", err
	}
	c.ws.Store(ws)
	_, p, err := ws.Read(ctx)
	return string(p), err
}

func (c *Client) dialWebSocket(ctx context.Context, query string) (*websocket.Conn, error) {
	opts := websocket.Options{DialContext: c.opts.DialContext, Header: c.opts.Header, MaxMessage: 64 << 20, WriteBudget: 1 << 30}
	ws, _, err := websocket.Dial(ctx, "ws://server/socket.io/?EIO=4&transport=websocket"+query+c.opts.Query, &opts)
	return ws, err
}

// request makes a polling request and returns the body of the answer.
func (c *Client) request(ctx context.Context, method, body string) (string, error) {
	url := "http://server/socket.io/?EIO=4&transport=polling&sid=" + c.SID + c.opts.Query
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header = c.opts.Header.Clone()
	res, err := c.http.Do(r)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("rawclient: %s: %d %s, %v", method, res.StatusCode, b, err)
	}
	return string(b), err
}

// run reads until the end, or until polling is to stop.
func (c *Client) run(read func() ([]string, error)) error {
	for {
		select {
		case c.gate <- struct{}{}:
			<-c.gate
		case <-c.ctx.Done():
		}
		last := c.leaving.Load() && c.WebSocket() == nil
		packets, err := read()
		for _, p := range packets {
			switch {
			case err != nil:
			case p == "2" && !c.opts.Mute:
				go func() { _ = c.Send("3") }()
			case p == "1":
				err = io.EOF
			case p != "6":
				select {
				case c.packets <- p:
				case <-c.ctx.Done():
				}
			}
		}
		if err != nil {
			close(c.packets)
		}
		if err != nil || last {
			return err
		}
	}
}

func (c *Client) poll() ([]string, error) {
	body, err := c.request(c.ctx, http.MethodGet, "")
	if err != nil {
		return nil, err
	}
	packets := strings.Split(body, "\x1e")
	for i, p := range packets {
		if text, binary := strings.CutPrefix(p, "b"); binary {
			b, _ := base64.StdEncoding.DecodeString(text) // a mistake will not match what a test wants
			packets[i] = "x" + hex.EncodeToString(b)
		}
	}
	return packets, nil
}

func (c *Client) receive() ([]string, error) {
	t, p, err := c.WebSocket().Read(c.ctx)
	if t == websocket.Binary {
		return []string{"x" + hex.EncodeToString(p)}, err
	}
	return []string{string(p)}, err
}

// Next waits for the next packet. After the last one it returns "closed"; when
// none comes in time, "timeout".
func (c *Client) Next() string {
	timeout := time.NewTimer(c.Timeout)
	defer timeout.Stop()
	select {
	case p, open := <-c.packets:
		if open {
			return p
		}
		return "closed"
	case <-timeout.C:
		return "timeout"
	}
}

// Waiting is the number of packets that Next returns at once.
func (c *Client) Waiting() int { return len(c.packets) }

// Send sends packets, on polling in one request.
func (c *Client) Send(packets ...string) (err error) {
	c.sending <- struct{}{}
	defer func() { <-c.sending }()
	ws, body := c.WebSocket(), make([]string, len(packets))
	for i, p := range packets {
		t, b := websocket.Text, []byte(p)
		if strings.HasPrefix(p, "x") {
			b, _ = hex.DecodeString(p[1:])
			t, p = websocket.Binary, "b"+base64.StdEncoding.EncodeToString(b)
		}
		body[i] = p
		if ws != nil {
			err = errors.Join(err, ws.Write(t, b))
		}
	}
	if ws == nil {
		_, err = c.request(c.ctx, http.MethodPost, strings.Join(body, "\x1e"))
	}
	return err
}

// Upgrade moves a polling session to WebSocket, in the steps of the protocol.
func (c *Client) Upgrade(ctx context.Context) error {
	ws, err := c.dialWebSocket(ctx, "&sid="+c.SID)
	if err != nil {
		return err
	}
	_ = ws.Write(websocket.Text, []byte("2probe"))
	if _, p, err := ws.Read(ctx); err != nil || string(p) != "3probe" {
		_ = ws.CloseNow()
		return fmt.Errorf("rawclient: the probe was answered with %q: %w", p, err)
	}
	c.sending <- struct{}{}
	defer func() { <-c.sending }()
	c.leaving.Store(true)
	if <-c.left; c.stopped != nil {
		_ = ws.CloseNow()
		return c.stopped
	}
	c.ws.Store(ws)
	go c.run(c.receive)
	return ws.Write(websocket.Text, []byte("5"))
}

// WebSocket is the connection, or nil on polling.
func (c *Client) WebSocket() *websocket.Conn { return c.ws.Load() }

// Hold stops reading after what is being read, until Release or Cut.
func (c *Client) Hold()    { c.gate <- struct{}{} }
func (c *Client) Release() { <-c.gate }

// Cut drops the network connections, without a word.
func (c *Client) Cut() {
	c.cut()
	if ws := c.WebSocket(); ws != nil {
		_ = ws.CloseNow()
	}
	c.http.CloseIdleConnections()
}
