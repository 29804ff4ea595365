package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"
)

// dialed is what a client needs only while it is on HTTP long-polling. The
// client's mutex guards what changes.
type dialed struct {
	dialer    *dialer
	ctx       context.Context // of its requests
	cancel    context.CancelFunc
	first     []byte // packets that came with the handshake
	upgrades  bool   // an upgrade is to be tried
	change    sync.Cond
	queue     []Message // what is being posted is still in it
	size      int       // bytes in queue
	fetching  bool      // a GET is pending, or its packets are being delivered
	posting   bool
	held      bool        // an upgrade is being finished: nothing more is asked or posted
	impatient *time.Timer // ends a farewell
}

// farewellTimeout is how long a client that closes waits for its last POST.
const farewellTimeout = 5 * time.Second

// nonce keeps caches away (EIO-170).
func nonce() string { return strconv.FormatUint(rand.Uint64()>>22, 36) }

func (d *dialer) openPolling(ctx context.Context) (*Client, error) {
	body, err := d.fetch(ctx, "")
	if err != nil {
		return nil, err
	}
	first, rest, more := bytes.Cut(body, []byte{separator})
	o, err := parseOpen(first)
	if err != nil {
		return nil, err
	}
	c := d.client(o)
	p := &dialed{dialer: d, upgrades: d.supports(&o)}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.change.L = &c.mu
	if more {
		p.first = rest
	}
	c.polling = p
	return c, nil
}

// fetch makes a GET request.
func (d *dialer) fetch(ctx context.Context, sid string) ([]byte, error) {
	body, err := d.do(ctx, "GET", d.target(Polling, sid), nil)
	if err == nil && !utf8.Valid(body) {
		body = bytes.ToValidUTF8(body, []byte("\uFFFD"))
	}
	return body, err
}

// refused makes an error of an answer that is not 200 (EIO-192).
func refused(status int, retryAfter string, body []byte) *Refusal {
	e := &Refusal{Status: status, RetryAfter: parseRetryAfter(retryAfter)}
	if json.Unmarshal(body, e) == nil {
		return e
	}
	if body = bytes.TrimSpace(body); utf8.Valid(body) && !bytes.HasPrefix(body, []byte("<")) {
		e.Message = string(body[:min(len(body), 200)])
	}
	return e
}

// parseRetryAfter understands seconds and dates.
func parseRetryAfter(s string) time.Duration {
	if seconds, err := strconv.ParseUint(s, 10, 32); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := time.Parse("Mon, 02 Jan 2006 15:04:05 GMT", s); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}

func (c *Client) startPolling(p *dialed) {
	if p.upgrades {
		c.mu.Lock()
		c.parts++
		c.mu.Unlock()
		go c.upgrade(p)
	}
	go c.poll(p)
}

// poll asks for packets and delivers them until the end, or until polling has been
// left.
func (c *Client) poll(p *dialed) {
	defer c.left()
	body := p.first
	p.first = nil
	for {
		if body != nil && !c.payload(body) || !c.mayFetch(p) {
			return
		}
		var err error
		if body, err = p.dialer.fetch(p.ctx, c.id); err != nil {
			c.close(TransportError, err, false)
			return
		}
	}
}

// mayFetch waits until the next GET may be made.
func (c *Client) mayFetch(p *dialed) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	p.fetching = false
	p.change.Broadcast()
	for !c.over && c.polling == p && (c.paused || p.held) {
		p.change.Wait()
	}
	p.fetching = !c.over && c.polling == p
	return p.fetching
}

// awaitResume holds delivery while paused. It reports false at the end.
func (c *Client) awaitResume() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.paused && !c.over {
		c.polling.change.Wait()
	}
	return !c.over
}

// pushLocked queues packets on polling.
func (c *Client) pushLocked(ms ...Message) {
	p := c.polling
	p.queue = append(p.queue, ms...)
	for i := range ms {
		p.size += ms[i].polledSize()
	}
	c.startPostLocked(p)
}

func (c *Client) startPostLocked(p *dialed) {
	if !p.posting && !p.held && len(p.queue) > 0 {
		p.posting = true
		c.parts++
		go c.post(p)
	}
}

// post sends until nothing is queued, one request at a time (EIO-041).
func (c *Client) post(p *dialed) {
	defer c.left()
	for batch := c.posted(p, nil); len(batch) > 0; batch = c.posted(p, batch) {
		body := appendPayload(nil, batch)
		if _, err := p.dialer.do(p.ctx, "POST", p.dialer.target(Polling, c.id), body); err != nil {
			c.close(TransportError, err, false)
			p.cancel()
			return
		}
	}
}

// posted drops what has been sent from the queue, and returns what the next
// request takes of it.
func (c *Client) posted(p *dialed, sent []Message) []Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range sent {
		p.size -= sent[i].polledSize()
	}
	p.queue = p.queue[len(sent):]
	if len(p.queue) > 0 && !p.held {
		n := p.fit(c.maxPayload)
		return p.queue[:n:n]
	}
	p.posting = false
	p.change.Broadcast()
	if c.over {
		p.cancel()
	}
	return nil
}

// fit is how many messages one request may carry: at least one (EIO-191).
func (p *dialed) fit(limit int) int {
	size := 0
	for i := range p.queue {
		size += p.queue[i].polledSize() + 1
		if i > 0 && limit > 0 && size-1 > limit {
			return i
		}
	}
	return len(p.queue)
}

// farewellLocked tells the server that the session is over (EIO-048).
func (c *Client) farewellLocked(graceful bool) {
	p := c.polling
	p.held = false
	p.change.Broadcast()
	if !graceful {
		p.cancel()
		return
	}
	c.pushLocked(closeMessage)
	p.impatient = time.AfterFunc(farewellTimeout, p.cancel)
	context.AfterFunc(p.ctx, func() { p.impatient.Stop() })
}
