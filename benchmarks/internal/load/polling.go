package load

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// Polling is Socket.IO over HTTP long polling: on one connection, a POST with the
// message and then a GET, until the answer is in it. One message of a connection
// may be in flight. (A ping that comes together with a message would lead to two
// POSTs at a time; the runs are shorter than the interval of the pings.)
type Polling struct{}

const pollingPath = "/socket.io/?EIO=4&transport=polling"

func (Polling) Open(c *Conn) {
	c.stage = stageOpen
	c.poll()
}

func (Polling) Append(c *Conn, dst []byte, r *Request) []byte {
	head, tail := event(r)
	return c.appendPost(dst, head, r.Payload, tail)
}

func (Polling) Read(c *Conn, in []byte) (int, error) {
	body, n, err := response(in)
	if n == 0 || err != nil {
		return 0, err
	}
	if string(body) == "ok" { // the POST was taken
		c.poll()
		return n, nil
	}
	sent, replied := c.sent, false
	for packet := range bytes.SplitSeq(body, []byte{0x1e}) {
		if err := c.open(packet); err != nil {
			return 0, err
		}
		err := c.packet(packet, func(reply string) {
			replied = true
			c.write(c.appendPost(nil, reply, nil, ""))
		})
		if err != nil {
			return 0, err
		}
	}
	waiting := !c.complete || c.next < c.sent
	if !replied && c.sent == sent && waiting {
		c.poll() // what we wait for was not in it
	}
	return n, nil
}

// open takes the session id from the first packet.
func (c *Conn) open(packet []byte) error {
	if c.stage != stageOpen || len(packet) == 0 || packet[0] != '0' {
		return nil
	}
	_, rest, _ := strings.Cut(string(packet), `"sid":"`)
	sid, _, found := strings.Cut(rest, `"`)
	if !found {
		return fmt.Errorf("no session id in %.80q", packet)
	}
	c.session = "&sid=" + sid
	return nil
}

func (c *Conn) poll() {
	c.write([]byte("GET " + pollingPath + c.session + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"))
}

func (c *Conn) appendPost(dst []byte, head string, payload []byte, tail string) []byte {
	dst = append(dst, "POST "+pollingPath...)
	dst = append(dst, c.session...)
	dst = append(dst, " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: "...)
	dst = strconv.AppendInt(dst, int64(len(head)+len(payload)+len(tail)), 10)
	dst = append(dst, "\r\n\r\n"...)
	dst = append(dst, head...)
	dst = append(dst, payload...)
	return append(dst, tail...)
}

// response takes one complete HTTP response from the front of in; n = 0 when it is
// not complete yet.
func response(in []byte) (body []byte, n int, err error) {
	head, rest, found := bytes.Cut(in, []byte("\r\n\r\n"))
	if !found {
		return nil, 0, nil
	}
	lines := strings.Split(string(head), "\r\n")
	if !strings.HasPrefix(lines[0], "HTTP/1.1 200") {
		return nil, 0, fmt.Errorf("a request was answered with %q", lines[0])
	}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		switch {
		case strings.EqualFold(name, "Content-Length"):
			size, err := strconv.Atoi(value)
			if err != nil || len(rest) < size {
				return nil, 0, err
			}
			return rest[:size], len(head) + 4 + size, nil
		case strings.EqualFold(name, "Transfer-Encoding"):
			body, size, err := chunks(rest)
			if size == 0 || err != nil {
				return nil, 0, err
			}
			return body, len(head) + 4 + size, nil
		}
	}
	return nil, 0, fmt.Errorf("a response without a length: %.200q", head)
}

// chunks takes a complete chunked body from the front of in.
func chunks(in []byte) (body []byte, n int, err error) {
	for {
		line, rest, found := bytes.Cut(in[n:], []byte("\r\n"))
		if !found {
			return nil, 0, nil
		}
		size, err := strconv.ParseUint(string(line), 16, 31)
		if err != nil || len(rest) < int(size)+2 {
			return nil, 0, err
		}
		body = append(body, rest[:size]...)
		n += len(line) + 2 + int(size) + 2
		if size == 0 {
			return body, n, nil
		}
	}
}
