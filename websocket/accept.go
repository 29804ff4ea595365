package websocket

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"time"
)

// refusal is the HTTP answer to a request that Accept does not accept.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return "websocket: handshake refused: " + r.text }

// Accept answers a WebSocket handshake (RFC 6455 section 4.2) and takes the
// connection over from net/http, without its deadlines. The HTTP handler may
// return then. On error the request has been answered, with the status that
// RFC 6455 asks for and a text that says what is wrong.
//
// HTTP/1.1 is required. Fields that are already in w's header become part of
// the response. opts may be nil.
func Accept(w http.ResponseWriter, r *http.Request, opts *Options) (*Conn, error) {
	o := opts.withDefaults()
	var agreed agreement
	var refused *refusal
	agreed.subprotocol, refused = o.check(r)
	if refused != nil {
		refused.answer(w)
		return nil, refused
	}
	nc, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		refused = &refusal{http.StatusInternalServerError, "the connection cannot be taken over: " + err.Error()}
		refused.answer(w)
		return nil, refused
	}
	early, err := buffered.Reader.Peek(buffered.Reader.Buffered())
	if err == nil {
		var extension string
		extension, agreed.deflate = o.Compression.respond(r.Header[fieldExtensions])
		err = o.switchProtocols(nc, w.Header(), r, agreed.subprotocol, extension)
	}
	if err != nil {
		nc.Close()
		return nil, fmt.Errorf("websocket: accept: %w", err)
	}
	return newConn(nc, false, agreed, bytes.Clone(early), &o), nil
}

func (o *Options) check(r *http.Request) (subprotocol string, refused *refusal) {
	if refused = checkRequest(r); refused != nil {
		return "", refused
	}
	if !o.CheckOrigin(r) {
		return "", &refusal{http.StatusForbidden, "the Origin is not allowed; the server can allow it with Options.CheckOrigin"}
	}
	offered := listTokens(r.Header, fieldProtocol)
	if len(offered) == 0 {
		return "", nil
	}
	subprotocol = o.SelectSubprotocol(offered)
	if subprotocol != "" && !slices.Contains(offered, subprotocol) {
		return "", &refusal{http.StatusInternalServerError, "the selected subprotocol was not offered"}
	}
	return subprotocol, nil
}

// checkRequest is section 4.2.1, without the fields a server may ignore.
func checkRequest(r *http.Request) *refusal {
	keys := r.Header[fieldKey]
	switch {
	case !r.ProtoAtLeast(1, 1) || r.ProtoMajor > 1:
		return &refusal{http.StatusHTTPVersionNotSupported, "a WebSocket handshake needs HTTP/1.1"}
	case !hasToken(r.Header, "Connection", "upgrade"):
		return &refusal{http.StatusUpgradeRequired, "this is for WebSocket clients: the Connection field does not say Upgrade"}
	case !hasToken(r.Header, "Upgrade", "websocket"):
		return &refusal{http.StatusUpgradeRequired, "this is for WebSocket clients: the Upgrade field does not say websocket"}
	case r.Method != http.MethodGet:
		return &refusal{http.StatusMethodNotAllowed, "a WebSocket handshake is a GET request"}
	case !slices.Equal(r.Header[fieldVersion], []string{"13"}):
		return &refusal{http.StatusUpgradeRequired, "only WebSocket version 13 is spoken here"}
	case len(keys) != 1 || !validKey(keys[0]):
		return &refusal{http.StatusBadRequest, "Sec-WebSocket-Key is not 16 bytes in base64"}
	case r.ContentLength != 0:
		return &refusal{http.StatusBadRequest, "a WebSocket handshake has no body"}
	}
	return nil
}

func validKey(key string) bool {
	decoded, err := base64.StdEncoding.DecodeString(key)
	return err == nil && len(decoded) == 16
}

func (r *refusal) answer(w http.ResponseWriter) {
	switch r.status {
	case http.StatusUpgradeRequired:
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Sec-WebSocket-Version", "13")
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodGet)
	}
	http.Error(w, r.text, r.status)
}

// switchProtocols writes the 101. A peer that does not take these few bytes in
// time is given up.
func (o *Options) switchProtocols(nc net.Conn, header http.Header, r *http.Request, subprotocol, extension string) error {
	var b bytes.Buffer
	b.Grow(512)
	b.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
	b.WriteString("Sec-WebSocket-Accept: " + acceptKey(r.Header.Get(fieldKey)) + "\r\n")
	if subprotocol != "" {
		b.WriteString("Sec-WebSocket-Protocol: " + subprotocol + "\r\n")
	}
	if extension != "" {
		b.WriteString("Sec-WebSocket-Extensions: " + extension + "\r\n")
	}
	header.WriteSubset(&b, ownFields)
	o.Header.WriteSubset(&b, ownFields)
	b.WriteString("\r\n")
	if o.Greeting != nil {
		b.Write(o.Greeting.frame)
	}
	return errors.Join(
		nc.SetDeadline(time.Now().Add(o.CloseTimeout)),
		writeAll(nc, b.Bytes()),
		nc.SetDeadline(time.Time{}),
	)
}

func writeAll(w io.Writer, p []byte) error {
	_, err := w.Write(p)
	return err
}
