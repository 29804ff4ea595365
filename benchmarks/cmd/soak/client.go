package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// client is a WebSocket with one socket, written by hand so that it can misbehave.
type client struct {
	*net.TCPConn
	in     *bufio.Reader
	silent atomic.Bool // answers nothing any more
	mu     sync.Mutex  // guards writing
	echoed chan string
}

func dial(ctx context.Context, addr string) (*client, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &client{TCPConn: conn.(*net.TCPConn), in: bufio.NewReaderSize(conn, 512), echoed: make(chan string, 8)}
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	if err := c.handshake(); err != nil {
		conn.Close()
		return nil, err
	}
	_ = c.SetDeadline(time.Time{})
	return c, nil
}

func (c *client) handshake() error {
	_, err := io.WriteString(c, "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: soak\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
	if err != nil {
		return err
	}
	response, err := http.ReadResponse(c.in, nil)
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("handshake: %v, %w", response, err)
	}
	if p, err := c.read(); err != nil || !strings.HasPrefix(p, "0") {
		return fmt.Errorf("opened with %q, %w", p, err)
	}
	if err := c.write("40"); err != nil {
		return err
	}
	if p, err := c.read(); err != nil || !strings.HasPrefix(p, "40") {
		return fmt.Errorf("connected with %q, %w", p, err)
	}
	return nil
}

// read returns the next message. Frames from a server are not masked.
func (c *client) read() (string, error) {
	var head [8]byte
	if _, err := io.ReadFull(c.in, head[:2]); err != nil {
		return "", err
	}
	op, size := head[0]&15, uint64(head[1])
	switch size {
	case 126:
		if _, err := io.ReadFull(c.in, head[:2]); err != nil {
			return "", err
		}
		size = uint64(binary.BigEndian.Uint16(head[:]))
	case 127:
		if _, err := io.ReadFull(c.in, head[:]); err != nil {
			return "", err
		}
		size = binary.BigEndian.Uint64(head[:])
	}
	p := make([]byte, size)
	if _, err := io.ReadFull(c.in, p); err != nil {
		return "", err
	}
	if op == 8 {
		return "", errors.New("closed")
	}
	return string(p), nil
}

// write sends a text, or the beginning of a frame that is never finished.
func (c *client) write(text string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := c.Write(frame(text))
	return err
}

// frame is a text frame with a mask of zeros.
func frame(text string) []byte {
	b := []byte{0x81, 0x80 | byte(len(text)), 0, 0, 0, 0}
	if len(text) > 125 {
		b = []byte{0x81, 0x80 | 126, byte(len(text) >> 8), byte(len(text)), 0, 0, 0, 0}
	}
	return append(b, text...)
}

// listen answers pings, and notes echoes, until the end.
func (c *client) listen() {
	defer close(c.echoed)
	for {
		p, err := c.read()
		if err != nil {
			return
		}
		switch {
		case c.silent.Load():
		case p == "2":
			if c.write("3") != nil {
				return
			}
		case strings.HasPrefix(p, `42["echo"`):
			c.echoed <- p
		}
	}
}

// live talks for a while and leaves in a random way.
func (c *client) live(ctx context.Context, tally *counts, life time.Duration) {
	defer c.Close()
	go c.listen()
	end := time.After(life)
	for n := 0; ; n++ {
		select {
		case <-end:
			i := rand.IntN(len(fates))
			tally.fates[i].Add(1)
			fates[i].leave(c)
			return
		case <-ctx.Done():
			return
		case <-time.After(time.Duration(rand.IntN(int(2 * time.Second)))):
		}
		text := fmt.Sprintf(`42["echo","%d %s"]`, n, strings.Repeat("x", rand.IntN(300)))
		if n%50 == 49 {
			text = `42["everybody","hello"]`
		}
		if c.write(text) != nil {
			if ctx.Err() == nil {
				tally.cut.Add(1)
			}
			return
		}
		if n%50 == 49 {
			continue
		}
		tally.echoes.Add(1)
		select {
		case got, open := <-c.echoed:
			switch {
			case ctx.Err() != nil:
				return
			case !open:
				tally.cut.Add(1)
				return
			case got != text:
				tally.wrong.Add(1)
			}
		case <-time.After(30 * time.Second):
			tally.late.Add(1)
			return
		case <-ctx.Done():
			return
		}
	}
}

// fates are the ways to leave.
var fates = [...]struct {
	name  string
	leave func(c *client)
}{
	{"DISCONNECT", func(c *client) { _ = c.write("41") }},
	{"close frame", func(c *client) { c.raw([]byte{0x88, 0x80, 0, 0, 0, 0}); c.linger() }},
	{"FIN", func(c *client) {}},
	{"RST", func(c *client) { _ = c.SetLinger(0) }},
	{"half a FIN", func(c *client) { _ = c.CloseWrite(); c.linger() }},
	{"silence", func(c *client) { c.silent.Store(true); c.linger() }},
	{"not reading", func(c *client) { _ = c.SetReadDeadline(time.Unix(1, 0)); c.flood(); _ = c.SetLinger(0) }},
	{"garbage", func(c *client) { c.raw([]byte("\xff\xff\xff\xff")); c.linger() }},
	{"a bad packet", func(c *client) { _ = c.write("42{"); c.linger() }},
	{"half a frame", func(c *client) { c.raw(frame("42[\"echo\",\"unfinished\"]")[:9]); time.Sleep(10 * time.Millisecond) }},
	{"many namespaces", func(c *client) {
		for i := range 5 {
			_ = c.write(fmt.Sprintf("40/%d,", i))
		}
		_ = c.SetLinger(0)
	}},
}

func (c *client) raw(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = c.Write(b)
}

// linger waits until the server ends the connection, which it does to those that are
// silent too.
func (c *client) linger() {
	timeout := time.After(30 * time.Second)
	for {
		select {
		case _, open := <-c.echoed:
			if !open {
				return
			}
		case <-timeout:
			return
		}
	}
}

// flood asks for more than it reads.
func (c *client) flood() {
	_ = c.SetWriteDeadline(time.Now().Add(time.Second))
	for range 200 {
		c.raw(frame(`42["much"]`))
	}
}
