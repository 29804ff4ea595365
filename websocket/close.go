package websocket

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"
	"unicode/utf8"
)

// StatusCode says why a connection was closed (RFC 6455 section 7.4). Codes
// from 3000 belong to libraries, those from 4000 to applications.
type StatusCode uint16

// The registered codes. StatusNoStatus, StatusAbnormalClosure and
// StatusTLSHandshake never travel: they are what one side concludes.
const (
	StatusNormalClosure      StatusCode = 1000
	StatusGoingAway          StatusCode = 1001 // the server stops or the page is left
	StatusProtocolError      StatusCode = 1002
	StatusUnsupportedData    StatusCode = 1003 // text where binary is wanted, or the reverse
	StatusNoStatus           StatusCode = 1005 // the close frame held no code
	StatusAbnormalClosure    StatusCode = 1006 // there was no close frame
	StatusInvalidPayload     StatusCode = 1007 // text that is not UTF-8
	StatusPolicyViolation    StatusCode = 1008
	StatusMessageTooBig      StatusCode = 1009
	StatusMandatoryExtension StatusCode = 1010
	StatusInternalError      StatusCode = 1011
	StatusServiceRestart     StatusCode = 1012
	StatusTryAgainLater      StatusCode = 1013
	StatusBadGateway         StatusCode = 1014
	StatusTLSHandshake       StatusCode = 1015
)

// CloseError is what the peer's close frame said.
type CloseError struct {
	// Code is StatusNoStatus if the frame was empty.
	Code StatusCode
	// Reason is at most 123 bytes of UTF-8.
	Reason string
}

// Error returns the code and the reason.
func (e *CloseError) Error() string {
	text := "websocket: the peer closed with " + strconv.Itoa(int(e.Code))
	if e.Reason != "" {
		text += " " + strconv.Quote(e.Reason)
	}
	return text
}

// closedHere is the outcome of a connection that this side closed.
type closedHere struct {
	peer *CloseError // nil if the peer did not answer
}

func (e *closedHere) Error() string { return "websocket: closed by this side" }

func (e *closedHere) Is(target error) bool { return target == net.ErrClosed }

func (e *closedHere) Unwrap() error {
	if e.peer == nil {
		return nil
	}
	return e.peer
}

// sendable reports whether a close frame may hold the code (sections 7.4.1 and
// 7.4.2, and the IANA registry for 1012 to 1014).
func (s StatusCode) sendable() bool {
	switch s {
	case 1004, StatusNoStatus, StatusAbnormalClosure, StatusTLSHandshake:
		return false
	}
	return s >= 1000 && s <= 1014 || s >= 3000 && s <= 4999
}

// closePayload is a close frame's payload; it is empty for 0 and NoStatus.
func closePayload(code StatusCode, reason string) ([]byte, error) {
	switch {
	case code == 0 || code == StatusNoStatus:
		if reason != "" {
			return nil, errors.New("websocket: a close reason needs a code")
		}
		return nil, nil
	case !code.sendable():
		return nil, fmt.Errorf("websocket: close code %d may not be sent", code)
	case len(reason) > maxControl-2:
		return nil, errors.New("websocket: the close reason is longer than 123 bytes")
	case !utf8.ValidString(reason):
		return nil, errors.New("websocket: the close reason is not UTF-8")
	}
	return append(binary.BigEndian.AppendUint16(nil, uint16(code)), reason...), nil
}

func checkClosePayload(p []byte) error {
	switch {
	case len(p) == 0:
		return nil
	case len(p) == 1:
		return broken("a close frame has a payload of one byte")
	case !StatusCode(binary.BigEndian.Uint16(p)).sendable():
		return broken("a close frame has an invalid code")
	case !utf8.Valid(p[2:]):
		return &violation{StatusInvalidPayload, "a close reason is not UTF-8"}
	}
	return nil
}

// parseClosePayload reads a payload that was checked.
func parseClosePayload(p []byte) *CloseError {
	if len(p) == 0 {
		return &CloseError{Code: StatusNoStatus}
	}
	return &CloseError{Code: StatusCode(binary.BigEndian.Uint16(p)), Reason: string(p[2:])}
}

// Close starts the closing handshake (RFC 6455 section 7.1.2) and returns
// without waiting: what is queued is sent, then a close frame, then the peer
// has until CloseTimeout to answer. With code 0 or StatusNoStatus the close
// frame is empty and the peer sees 1005. Messages that arrive from now on are
// dropped, and a paused connection reads again. Handler.Closed tells the end.
//
// A code that may not be sent, or a reason that is no UTF-8 or longer than 123
// bytes, is an error that leaves the connection as it is. On a connection that
// is closing or closed, Close does nothing and returns nil.
func (c *Conn) Close(code StatusCode, reason string) error {
	payload, err := closePayload(code, reason)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.startCloseLocked(payload, &closedHere{})
	return nil
}

// CloseNow cuts the network connection at once and drops what is queued. It
// may be called at any time, any number of times, and returns nil.
func (c *Conn) CloseNow() error {
	c.fail(&closedHere{})
	return nil
}

// startCloseLocked queues the close frame and sees to it that somebody reads
// until the peer's.
func (c *Conn) startCloseLocked(payload []byte, cause error) {
	if c.cause != nil {
		return
	}
	c.cause = cause
	c.closing = true
	c.timer = time.AfterFunc(c.closeTimeout, func() { c.fail(nil) })
	c.enqueueLocked(newFrame(opClose, payload, c.client), nil)
	c.wakeLocked()
	if !c.reading && !c.onLoop {
		c.reading = true
		go c.run()
	}
}

// peerClosed takes the peer's close frame and answers it, with the same code
// as section 5.5.1 suggests.
func (c *Conn) peerClosed(payload []byte) {
	closed := parseClosePayload(payload)
	reply, _ := closePayload(closed.Code, "")
	c.mu.Lock()
	if _, here := c.cause.(*closedHere); here {
		c.cause = &closedHere{peer: closed}
	}
	c.startCloseLocked(reply, closed)
	c.answered = true
	c.endUnlock()
}

// violated fails the connection as section 7.1.7 asks for: the peer learns why,
// and then that nothing more comes.
func (c *Conn) violated(v *violation) {
	payload, _ := closePayload(v.code, v.text)
	c.mu.Lock()
	c.startCloseLocked(payload, v)
	c.halfClose = true
	c.endUnlock()
}

// endUnlock unlocks, and ends what is to be ended of the network connection.
func (c *Conn) endUnlock() {
	end, nc := c.endingLocked(), c.nc
	if c.onLoop {
		c.loop.end(end)
	}
	c.mu.Unlock()
	if nc != nil {
		end.apply(nc)
	}
}

// ending is what to do with the network connection once everything is sent.
type ending uint8

const (
	endNothing ending = iota
	endWriting        // the peer is to close; it may need to see an end to do so
	endAll
)

// endingLocked tells what remains to be done when no flusher is active. The
// server ends the TCP connection and the client waits for that, so that the
// TIME_WAIT state is the server's (section 7.1.1).
func (c *Conn) endingLocked() ending {
	switch {
	case c.dead || !c.closing || c.flushing || c.onLoop && c.waitingLocked():
		return endNothing
	case c.answered && !c.client:
		return endAll
	case c.halfClose:
		return endWriting
	}
	return endNothing
}

// apply is called without the lock: closing a TLS connection writes.
func (e ending) apply(nc net.Conn) {
	switch e {
	case endAll:
		nc.Close()
	case endWriting:
		if half, ok := nc.(interface{ CloseWrite() error }); ok {
			half.CloseWrite()
		}
	}
}

// fail cuts the network connection. The first cause is the one that is
// reported; nil adds none.
func (c *Conn) fail(cause error) {
	c.mu.Lock()
	if c.dead {
		c.mu.Unlock()
		return
	}
	c.failLocked(cause)
	nc := c.nc
	c.mu.Unlock()
	if nc == nil {
		return
	}
	if secure, ok := nc.(interface{ NetConn() net.Conn }); ok {
		secure.NetConn().Close() // else Close could wait for the TLS alert to be taken
	}
	nc.Close()
}

// failLocked is all of fail but for closing a net.Conn.
func (c *Conn) failLocked(cause error) {
	c.dead = true
	if c.cause == nil {
		c.cause = cause
	}
	c.queue, c.pong, c.queued = nil, nil, 0
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
	c.wakeLocked()
	if c.onLoop && !c.finished {
		c.loop.end(endAll) // which the loop notices
	}
}
