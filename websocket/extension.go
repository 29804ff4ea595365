package websocket

import (
	"errors"
	"strconv"
	"strings"
)

// Compression asks for permessage-deflate (RFC 7692). The zero value compresses
// messages of 1 KiB and more, each on its own: then a connection at rest keeps
// nothing, and a message for many connections can be compressed once.
type Compression struct {
	// Threshold is the size in bytes from which a message is compressed. 0
	// means 1024.
	Threshold int

	// Level is that of compress/flate, from 1, the fastest, to 9. 0 means 1.
	Level int

	// ContextTakeover lets each message refer to those before it, which helps
	// small ones that resemble each other. It costs each connection up to
	// 4 KiB for what it has sent and 1<<WindowBits bytes for what it has
	// received, and every connection its own compression of a broadcast.
	ContextTakeover bool

	// WindowBits bounds how far back in bytes a message refers, as a power of
	// two from 8 to 15. 0 means 15.
	WindowBits int
}

const (
	defaultThreshold = 1024
	maxWindowBits    = 15
)

func (c *Compression) withDefaults() *Compression {
	if c == nil {
		return nil
	}
	d := *c
	if d.Threshold <= 0 {
		d.Threshold = defaultThreshold
	}
	d.Level = within(d.Level, 1, 9)
	if d.WindowBits == 0 {
		d.WindowBits = maxWindowBits
	}
	d.WindowBits = within(d.WindowBits, 8, maxWindowBits)
	return &d
}

func within(v, least, most int) int { return max(least, min(v, most)) }

const extensionName = "permessage-deflate"

// extension is one element of a Sec-WebSocket-Extensions field that is about
// permessage-deflate: an offer or a response.
type extension struct {
	serverNoTakeover bool
	clientNoTakeover bool
	serverBits       int // 0: not said
	clientBits       int // 0: not said, -1: said without a value
}

// parseExtensions splits a field (RFC 6455 section 9.1). other reports whether it
// names an extension that is not permessage-deflate. Elements whose parameters are
// not valid are left out (RFC 7692 section 7).
func parseExtensions(fields []string) (list []extension, other bool) {
	for _, field := range fields {
		for element := range strings.SplitSeq(field, ",") {
			name, params, has := strings.Cut(element, ";")
			switch name = strings.Trim(name, " \t"); {
			case name == "":
				continue
			case name != extensionName:
				other = true
				continue
			}
			var e extension
			if !has || e.setAll(params) {
				list = append(list, e)
			}
		}
	}
	return list, other
}

var errParam = errors.New("invalid parameters of " + extensionName)

// setAll reports whether all parameters are valid and none comes twice.
func (e *extension) setAll(params string) bool {
	seen := make(map[string]bool)
	for param := range strings.SplitSeq(params, ";") {
		name, value, valued := strings.Cut(param, "=")
		name, value = strings.Trim(name, " \t"), strings.Trim(value, " \t")
		if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
			value = value[1 : len(value)-1]
		}
		if seen[name] || !e.set(name, value, valued) {
			return false
		}
		seen[name] = true
	}
	return true
}

func (e *extension) set(name, value string, valued bool) bool {
	switch name {
	case "server_no_context_takeover":
		e.serverNoTakeover = true
		return !valued
	case "client_no_context_takeover":
		e.clientNoTakeover = true
		return !valued
	case "server_max_window_bits":
		e.serverBits = windowBits(value)
		return e.serverBits > 0
	case "client_max_window_bits":
		e.clientBits = -1
		if valued {
			e.clientBits = windowBits(value)
		}
		return e.clientBits != 0
	}
	return false
}

// windowBits is a decimal number from 8 to 15 without leading zeros, or 0.
func windowBits(value string) int {
	n, err := strconv.Atoi(value)
	if err != nil || n < 8 || n > maxWindowBits || value != strconv.Itoa(n) {
		return 0
	}
	return n
}

func (e *extension) String() string {
	s := extensionName
	if e.serverNoTakeover {
		s += "; server_no_context_takeover"
	}
	if e.clientNoTakeover {
		s += "; client_no_context_takeover"
	}
	if e.serverBits != 0 {
		s += "; server_max_window_bits=" + strconv.Itoa(e.serverBits)
	}
	switch {
	case e.clientBits < 0:
		s += "; client_max_window_bits"
	case e.clientBits > 0:
		s += "; client_max_window_bits=" + strconv.Itoa(e.clientBits)
	}
	return s
}

// respond is the server's answer to the first acceptable offer: all of them are,
// because whatever is asked of the server it can do (RFC 7692 section 7.1).
func (c *Compression) respond(fields []string) (response string, d *deflate) {
	if c == nil {
		return "", nil
	}
	offers, _ := parseExtensions(fields)
	if len(offers) == 0 {
		return "", nil
	}
	e := offers[0]
	e.serverNoTakeover = e.serverNoTakeover || !c.ContextTakeover
	e.clientNoTakeover = e.clientNoTakeover || !c.ContextTakeover
	e.serverBits = narrow(e.serverBits, c.WindowBits)
	if e.clientBits != 0 { // else the client cannot be told
		e.clientBits = narrow(max(e.clientBits, 0), c.WindowBits)
	}
	return e.String(), c.negotiated(&e, false)
}

// narrow is the smaller one of two window sizes, 0 if that is the largest.
func narrow(bits, most int) int {
	if bits == 0 {
		bits = maxWindowBits
	}
	if bits = min(bits, most); bits == maxWindowBits {
		return 0
	}
	return bits
}

// offer is what a client asks for.
func (c *Compression) offer() *extension {
	e := &extension{clientBits: -1, serverNoTakeover: !c.ContextTakeover, clientNoTakeover: !c.ContextTakeover}
	if c.WindowBits < maxWindowBits {
		e.serverBits, e.clientBits = c.WindowBits, c.WindowBits
	}
	return e
}

// accept judges the server's response (RFC 7692 sections 5 and 7.1).
func (c *Compression) accept(fields []string) (*deflate, error) {
	list, other := parseExtensions(fields)
	switch {
	case len(fields) == 0:
		return nil, nil
	case c == nil || other:
		return nil, errors.New("the server selected an extension that was not offered")
	case len(list) != 1:
		return nil, errParam
	}
	e, offered := &list[0], c.offer()
	if e.clientBits < 0 || offered.serverNoTakeover && !e.serverNoTakeover ||
		offered.serverBits > 0 && (e.serverBits == 0 || e.serverBits > offered.serverBits) {
		return nil, errParam
	}
	e.clientNoTakeover = e.clientNoTakeover || offered.clientNoTakeover
	if offered.clientBits > 0 {
		e.clientBits = narrow(e.clientBits, offered.clientBits)
	}
	return c.negotiated(e, true), nil
}

func (c *Compression) negotiated(e *extension, client bool) *deflate {
	server, other := stream{takeover: !e.serverNoTakeover, bits: e.serverBits}, stream{takeover: !e.clientNoTakeover, bits: e.clientBits}
	if server.bits == 0 {
		server.bits = maxWindowBits
	}
	if other.bits <= 0 {
		other.bits = maxWindowBits
	}
	d := &deflate{threshold: c.Threshold, level: c.Level, out: server, in: other}
	if client {
		d.out, d.in = other, server
	}
	return d
}
