package engine

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"sync"
	"time"
)

// DialOptions configure [Dial]. The zero value of each field means its default.
type DialOptions struct {
	Transports       []string // the first is begun with; nil: polling and websocket (EIO-162)
	TryAllTransports bool     // when one cannot be opened, try the next (EIO-164)
	DisableUpgrades  bool     // stay on polling (EIO-166)

	Query        map[string][]string // added to that of the URL
	Header       map[string][]string // of every request; a browser sends it on polling only (EIO-172)
	Subprotocols []string            // offered on WebSocket (EIO-174)
	ForceBase64  bool                // binary messages travel as text (EIO-168)

	UpgradeTimeout time.Duration // for an upgrade to finish; 10 s
	MaxPayload     int           // bytes of one message or polling response that may arrive; 64 MiB

	// SendBudget is how many bytes may wait to be sent; 8 MiB. One message larger
	// than that is sent when nothing else waits.
	SendBudget int

	Network Network

	Logger *slog.Logger // nil: silent
}

func (o *DialOptions) withDefaults() DialOptions {
	var c DialOptions
	if o != nil {
		c = *o
	}
	if c.Transports == nil {
		c.Transports = []string{Polling, WebSocket}
	}
	c.UpgradeTimeout = orDefault(c.UpgradeTimeout, 10*time.Second)
	c.MaxPayload = orDefault(c.MaxPayload, 64<<20)
	c.SendBudget = orDefault(c.SendBudget, 8<<20)
	c.Logger = orDefault(c.Logger, slog.New(slog.DiscardHandler))
	return c
}

// Client is the client's end of a session. [Dial] makes it; all methods are safe
// for concurrent use.
type Client struct {
	id         string
	interval   time.Duration // from a pong to the server's next ping
	timeout    time.Duration // that the server then waits
	maxPayload int           // bytes the server accepts at once; 0: not said
	budget     int           // bytes that may wait
	textOnly   bool          // binary messages go as text on WebSocket too
	message    func(binary bool, p []byte)
	closed     func(reason Reason, err error)

	mu       sync.Mutex // guards what follows; taken before the lock of a websocket.Conn
	ws       wire       // the transport, unless polling is
	polling  *dialed
	timer    *time.Timer // heartbeat
	deadline int64       // for the next ping, on the wall clock in milliseconds
	heard    bool        // a message has come since it was set
	over     bool        // no message can be sent any more
	paused   bool
	parts    int           // goroutines and transports that have not ended
	done     chan struct{} // closed when none is left; made when somebody asks
}

// Dial opens a session with the server at a URL, whose path is the server's
// (EIO-001). Its scheme is http, https, ws or wss. ctx is for the dialling only.
// An answer of the server that is no handshake is a *[Refusal].
//
// Nothing is read until [Client.Serve].
func Dial(ctx context.Context, url string, opts *DialOptions) (*Client, error) {
	d, err := newDialer(url, opts.withDefaults())
	if err != nil {
		return nil, err
	}
	for i, transport := range d.opts.Transports {
		var c *Client
		if c, err = d.open(ctx, transport); err == nil {
			return c, nil
		}
		err = fmt.Errorf("engine: open %s: %w", transport, err)
		last := i == len(d.opts.Transports)-1
		if last || !d.opts.TryAllTransports || ctx.Err() != nil {
			break
		}
		d.opts.Logger.Debug("engine: trying the next transport", "error", err)
	}
	d.release()
	return nil, err
}

// dialer knows where the server is. It lives as long as something may be dialled.
type dialer struct {
	link  // the platform's way of making requests
	url   *url.URL
	query url.Values
	opts  DialOptions
}

func newDialer(rawURL string, opts DialOptions) (*dialer, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, fmt.Errorf("engine: dial: %w", err)
	}
	switch u.Scheme {
	case "http", "https":
	case "ws", "wss":
		u.Scheme = "http" + u.Scheme[2:]
	default:
		return nil, fmt.Errorf("engine: dial: the scheme of %q is none of http, https, ws, wss", u.Redacted())
	}
	if u.Host == "" {
		return nil, fmt.Errorf("engine: dial: %q has no host", u.Redacted())
	}
	if len(opts.Transports) == 0 {
		return nil, Error("dial: no transports available")
	}
	for _, name := range opts.Transports {
		if name != Polling && name != WebSocket {
			return nil, fmt.Errorf("engine: dial: unknown transport %q", name)
		}
	}
	d := &dialer{url: u, query: u.Query(), opts: opts}
	for name, values := range opts.Query {
		d.query[name] = values
	}
	d.query.Set("EIO", "4")
	if opts.ForceBase64 {
		d.query.Set("b64", "1")
	}
	u.Fragment = ""
	return d, d.init()
}

// target is the URL of a request.
func (d *dialer) target(transport, sid string) *url.URL {
	q := make(url.Values, len(d.query)+3)
	for name, values := range d.query {
		q[name] = values
	}
	q.Set("transport", transport)
	if sid != "" {
		q.Set("sid", sid)
	}
	if transport == Polling {
		q.Set("t", nonce())
	}
	u := *d.url
	u.RawQuery = q.Encode()
	return &u
}

func (d *dialer) open(ctx context.Context, transport string) (*Client, error) {
	if transport == WebSocket {
		return d.openWebSocket(ctx)
	}
	return d.openPolling(ctx)
}

func (d *dialer) openWebSocket(ctx context.Context) (*Client, error) {
	ws, err := d.dialWebSocket(ctx, d.target(WebSocket, ""))
	if err != nil {
		return nil, err
	}
	first, err := ws.read(ctx)
	if err == nil {
		var o openPacket
		if o, err = parseOpen(first); err == nil {
			d.release()
			c := d.client(o)
			c.ws = ws
			return c, nil
		}
	}
	ws.end(false)
	return nil, err
}

func (d *dialer) client(o openPacket) *Client {
	return &Client{
		id:         o.SID,
		interval:   time.Duration(o.PingInterval) * time.Millisecond,
		timeout:    time.Duration(o.PingTimeout) * time.Millisecond,
		maxPayload: o.MaxPayload,
		budget:     d.opts.SendBudget,
		textOnly:   d.opts.ForceBase64,
		parts:      1,
	}
}

// Serve begins to read and returns at once; it is called once. message receives
// what arrives: its calls are serial and in the order in which the server sent, and
// run in the read path. The bytes of a text are valid during the call only, those of
// a binary message are the receiver's. closed is called once,
// when no message can be sent any more. It may cross a message that is still
// running. err is the cause where there is one.
func (c *Client) Serve(message func(binary bool, p []byte), closed func(reason Reason, err error)) {
	c.mu.Lock()
	if c.over {
		c.mu.Unlock()
		closed(ForcedClose, nil)
		return
	}
	c.message, c.closed = message, closed
	c.timer = time.AfterFunc(c.interval+c.timeout, c.expired)
	if c.paused {
		c.timer.Reset(c.timeout / 2)
	} else {
		c.expectLocked()
	}
	ws, polling := c.ws, c.polling
	c.mu.Unlock()
	if polling == nil {
		ws.serve(c)
		return
	}
	c.startPolling(polling)
}

// ID identifies the session on the wire. Whoever knows it can take part in the
// session: it is a secret.
func (c *Client) ID() string { return c.id }

// Transport is [Polling] or [WebSocket] at this moment.
func (c *Client) Transport() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.polling != nil {
		return Polling
	}
	return WebSocket
}

// Release is that of [Session.Release].
func (c *Client) Release() (call Released, ok bool) {
	c.mu.Lock()
	ws, polling := c.ws, c.polling
	c.mu.Unlock()
	if polling != nil {
		return call, false
	}
	return ws.release()
}

var errClientClosed = fmt.Errorf("engine: connection closed: %w", net.ErrClosed)

// Send queues messages, all or none of them, next to each other. It never waits.
// The error matches [net.ErrClosed] when the session has ended, or is
// [ErrSlowConsumer], after which the session goes on, or tells of a message that is
// larger than the server accepts.
func (c *Client) Send(ms ...Message) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sendLocked(ms, true)
}

// SendHeld is Send for messages that the caller has held back, and bounded, until
// now: SendBudget does not hold for them.
func (c *Client) SendHeld(ms ...Message) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sendLocked(ms, false)
}

// SendVolatile is Send when the transport can take the messages right now, and
// otherwise drops them.
func (c *Client) SendVolatile(ms ...Message) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.over && !c.writableLocked() {
		return nil
	}
	return c.sendLocked(ms, true)
}

func (c *Client) writableLocked() bool {
	return c.waitingLocked() == 0 && (c.polling == nil || !c.polling.held)
}

// waitingLocked is how many bytes have not been sent.
func (c *Client) waitingLocked() int {
	if c.polling != nil {
		return c.polling.size
	}
	return c.ws.buffered()
}

func (c *Client) sendLocked(ms []Message, bounded bool) error {
	if c.over {
		return errClientClosed
	}
	if c.lateLocked() {
		go c.close(PingTimeout, nil, false) // its receiver may be waiting for a lock of the caller's
		return errClientClosed
	}
	total := 0
	for i := range ms {
		size := c.wireSizeLocked(&ms[i])
		if c.maxPayload > 0 && size > c.maxPayload {
			return fmt.Errorf("engine: a message of %d bytes is more than the %d that the server accepts", size, c.maxPayload)
		}
		total += size
	}
	if waiting := c.waitingLocked(); bounded && waiting > 0 && waiting+total > c.budget {
		return ErrSlowConsumer
	}
	if c.polling != nil {
		c.pushLocked(ms...)
		return nil
	}
	return c.ws.send(ms, c.textOnly)
}

// wireSizeLocked is what the server measures.
func (c *Client) wireSizeLocked(m *Message) int {
	if m.binary && (c.polling != nil || c.textOnly) {
		return 1 + base64.StdEncoding.EncodedLen(m.Size())
	}
	return m.Size()
}

// Pause stops reading from the server, whose transport pushes back. It takes
// effect after the message that is being received. Pings cannot be seen meanwhile;
// the client answers as if they came, so that it is not taken for dead.
func (c *Client) Pause() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.paused || c.over {
		return
	}
	c.paused = true
	if c.polling == nil {
		c.ws.pause()
	}
	if c.timer != nil {
		c.timer.Reset(c.timeout / 2)
	}
}

// Resume ends a Pause.
func (c *Client) Resume() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.paused {
		c.resumeLocked()
	}
}

func (c *Client) resumeLocked() {
	c.paused = false
	if c.polling != nil {
		c.polling.change.Broadcast()
	} else {
		c.ws.resume()
	}
	if !c.over && c.timer != nil {
		c.expectLocked()
	}
}

// Close ends the session with [ForcedClose]. What is queued still goes out.
func (c *Client) Close() { c.close(ForcedClose, nil, true) }

// CloseNow cuts the session, and its transport at once, also after Close.
func (c *Client) CloseNow() {
	c.close(ForcedClose, nil, false)
	c.mu.Lock()
	ws, polling := c.ws, c.polling
	c.mu.Unlock()
	if polling != nil {
		polling.cancel()
	} else {
		ws.end(false)
	}
}

// Done is closed when the session and everything that belonged to it have ended.
func (c *Client) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done == nil {
		c.done = make(chan struct{})
		if c.parts == 0 {
			close(c.done)
		}
	}
	return c.done
}

// left says that a part has ended.
func (c *Client) left() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.parts--; c.parts > 0 {
		return
	}
	if c.polling != nil {
		c.polling.dialer.release()
	}
	if c.done != nil {
		close(c.done)
	}
}

// close ends the session; a graceful end lets the server have what is queued.
func (c *Client) close(reason Reason, cause error, graceful bool) {
	c.mu.Lock()
	if c.over {
		c.mu.Unlock()
		return
	}
	c.over = true
	if c.timer != nil {
		c.timer.Stop()
	}
	if c.paused {
		c.resumeLocked()
	}
	ws, polling, served := c.ws, c.polling, c.closed != nil
	if polling != nil {
		c.farewellLocked(graceful)
	}
	c.mu.Unlock()
	switch {
	case polling != nil && !served:
		c.left()
	case polling != nil:
	case !served:
		ws.serve(c) // to the end
		fallthrough
	default:
		ws.end(graceful)
	}
	if served {
		c.closed(reason, cause)
	}
}

// packet handles one text packet and reports whether more may follow.
func (c *Client) packet(p []byte) bool {
	if len(p) == 0 {
		c.close(TransportError, Error("empty packet"), true)
		return false
	}
	switch p[0] {
	case typeMessage:
		c.deliver(false, p[1:])
	case typeBinary:
		data, err := base64.StdEncoding.AppendDecode([]byte{}, p[1:])
		if err != nil {
			c.close(TransportError, err, true)
			return false
		}
		c.deliver(true, data)
	case typePing:
		c.pong()
	case typeOpen, typePong, typeUpgrade, typeNoop: // mean nothing here
	case typeClose:
		c.close(TransportClose, Error("the server closed the session"), c.Transport() == WebSocket)
		return false
	default:
		c.close(TransportError, Error("unknown packet type"), true)
		return false
	}
	return true
}

func (c *Client) deliver(binary bool, p []byte) {
	c.mu.Lock()
	over := c.over
	c.heard = true
	c.mu.Unlock()
	if !over {
		c.message(binary, p)
	}
}

// payload hands the packets of a polling response over.
func (c *Client) payload(body []byte) bool {
	for more := true; more; {
		var packet []byte
		packet, body, more = bytes.Cut(body, []byte{separator})
		if !c.packet(packet) || !c.awaitResume() {
			return false
		}
	}
	return true
}

// supports reports whether an upgrade is offered and wanted.
func (d *dialer) supports(o *openPacket) bool {
	return !d.opts.DisableUpgrades && slices.Contains(o.Upgrades, WebSocket) && slices.Contains(d.opts.Transports, WebSocket)
}
