package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// upgrade tries to move the session to a WebSocket (reference 1.7). When that
// fails it goes on with polling.
func (c *Client) upgrade(p *dialed) {
	defer c.left()
	ctx, cancel := context.WithTimeout(p.ctx, p.dialer.opts.UpgradeTimeout)
	defer cancel()
	ws, err := p.probe(ctx, c.id)
	if err == nil {
		if err = c.adopt(ctx, p, ws); err == nil {
			p.dialer.release()
			return
		}
		ws.end(false)
	}
	p.dialer.opts.Logger.Debug("engine: upgrade failed", "error", err)
}

// probe opens the WebSocket and sees whether it works.
func (p *dialed) probe(ctx context.Context, sid string) (wire, error) {
	ws, err := p.dialer.dialWebSocket(ctx, p.dialer.target(WebSocket, sid))
	if err != nil {
		return ws, err
	}
	var answer []byte
	if err = ws.send([]Message{control("2probe")}, false); err == nil {
		answer, err = ws.read(ctx)
	}
	if err == nil && string(answer) != "3probe" {
		err = Error("the answer to the probe is not 3probe")
	}
	if err != nil {
		ws.end(false)
	}
	return ws, err
}

// adopt makes the WebSocket the transport, once polling has brought everything in
// and out that was under way (EIO-097).
func (c *Client) adopt(ctx context.Context, p *dialed, ws wire) error {
	stop := context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		p.change.Broadcast()
	})
	defer stop()
	c.mu.Lock()
	p.held = true
	for !c.over && ctx.Err() == nil && (p.fetching || p.posting) {
		p.change.Wait()
	}
	if c.over || ctx.Err() != nil {
		p.held = false
		p.change.Broadcast()
		c.startPostLocked(p)
		c.mu.Unlock()
		return fmt.Errorf("engine: given up before its last step: %w", errors.Join(ctx.Err(), net.ErrClosed))
	}
	// A connection that is dead by now is found to be by its own reader.
	_ = ws.send(append([]Message{control(string(rune(typeUpgrade)))}, p.queue...), c.textOnly)
	c.polling, c.ws = nil, ws
	c.parts++
	p.change.Broadcast()
	if c.paused {
		ws.pause()
	}
	c.mu.Unlock()
	ws.serve(c)
	return nil
}
