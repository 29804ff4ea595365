package websocket

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	// maxResponse bounds the header of the server's answer, and what comes
	// right behind it.
	maxResponse = 64 << 10
	// maxResponseBody is how much of a refusing answer's body is kept.
	maxResponseBody = 4 << 10
)

// Dial connects to a ws, wss, http or https URL (RFC 6455 section 4.1). ctx
// ends the dialling only. If the server answers anything but the expected 101,
// the response comes with the error, its body cut to 4 KiB and in memory, so
// that it need not be closed. Proxies and redirects are the business of
// Options.DialContext and of the caller. opts may be nil.
func Dial(ctx context.Context, url string, opts *Options) (*Conn, *http.Response, error) {
	o := opts.withDefaults()
	req, err := o.request(url)
	if err != nil {
		return nil, nil, fmt.Errorf("websocket: dial: %w", err)
	}
	nc, err := o.connect(ctx, req.URL)
	if err != nil {
		return nil, nil, fmt.Errorf("websocket: dial: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { nc.SetDeadline(time.Unix(1, 0)) })
	c, resp, err := o.handshake(nc, req)
	if !stop() {
		err = ctx.Err()
	}
	if err != nil {
		nc.Close()
		return nil, resp, fmt.Errorf("websocket: dial: %w", err)
	}
	return c, resp, nil
}

// request makes the GET request for a WebSocket URL (sections 3 and 4.1).
func (o *Options) request(rawURL string) (*http.Request, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, err
	}
	switch u.Scheme {
	case "ws":
		u.Scheme = "http"
	case "wss":
		u.Scheme = "https"
	case "http", "https":
	default:
		return nil, fmt.Errorf("the scheme of %q is none of ws, wss, http, https", u.Redacted())
	}
	if u.Host == "" || u.Fragment != "" {
		return nil, fmt.Errorf("%q has no host or has a fragment", u.Redacted())
	}
	header := make(http.Header)
	for name, values := range o.Header {
		if name = http.CanonicalHeaderKey(name); !ownFields[name] {
			header[name] = slices.Clone(values)
		}
	}
	header["Connection"] = []string{"Upgrade"}
	header["Upgrade"] = []string{"websocket"}
	header["Sec-WebSocket-Version"] = []string{"13"}
	header["Sec-WebSocket-Key"] = []string{newKey()}
	if len(o.Subprotocols) > 0 {
		header["Sec-WebSocket-Protocol"] = []string{strings.Join(o.Subprotocols, ", ")}
	}
	if o.Compression != nil {
		header["Sec-WebSocket-Extensions"] = []string{o.Compression.offer().String()}
	}
	req := &http.Request{Method: http.MethodGet, URL: u, Header: header, Host: header.Get("Host")}
	if password, _ := u.User.Password(); u.User != nil && header.Get("Authorization") == "" {
		req.SetBasicAuth(u.User.Username(), password)
	}
	return req, nil
}

func newKey() string {
	var key [16]byte
	rand.Read(key[:]) // never fails
	return base64.StdEncoding.EncodeToString(key[:])
}

// connect dials and, for https, adds TLS.
func (o *Options) connect(ctx context.Context, u *url.URL) (net.Conn, error) {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	nc, err := o.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil || u.Scheme == "http" {
		return nc, err
	}
	config := new(tls.Config)
	if o.TLSConfig != nil {
		config = o.TLSConfig.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = u.Hostname()
	}
	if len(config.NextProtos) == 0 {
		config.NextProtos = []string{"http/1.1"} // there is no WebSocket over h2 here
	}
	secure := tls.Client(nc, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		nc.Close()
		return nil, err
	}
	return secure, nil
}

func (o *Options) handshake(nc net.Conn, req *http.Request) (*Conn, *http.Response, error) {
	if err := req.Write(nc); err != nil {
		return nil, nil, err
	}
	br := bufio.NewReader(io.LimitReader(nc, maxResponse))
	resp, err := http.ReadResponse(br, req)
	if err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, nil, err
	}
	var agreed agreement
	agreed.subprotocol, err = o.checkResponse(resp, req)
	if err == nil {
		agreed.deflate, err = o.Compression.accept(resp.Header[fieldExtensions])
	}
	if err != nil {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxResponseBody))
		resp.Body = io.NopCloser(bytes.NewReader(body))
		return nil, resp, err
	}
	early, err := br.Peek(br.Buffered())
	if err != nil {
		return nil, resp, err
	}
	return newConn(nc, true, agreed, bytes.Clone(early), o), resp, nil
}

// checkResponse is the end of section 4.1.
func (o *Options) checkResponse(resp *http.Response, req *http.Request) (subprotocol string, err error) {
	selected := resp.Header[fieldProtocol]
	switch {
	case resp.StatusCode != http.StatusSwitchingProtocols:
		return "", fmt.Errorf("the server answered %s", resp.Status)
	case !hasToken(resp.Header, "Connection", "upgrade"):
		return "", errors.New("the response's Connection field does not say Upgrade")
	case !strings.EqualFold(strings.Join(resp.Header["Upgrade"], ","), "websocket"):
		return "", errors.New("the response's Upgrade field is not websocket")
	//lint:ignore SA1008 the request spells it as RFC 6455 does
	case resp.Header.Get(fieldAccept) != acceptKey(req.Header["Sec-WebSocket-Key"][0]):
		return "", errors.New("the response's Sec-WebSocket-Accept does not match the key")
	case len(selected) > 1 || len(selected) == 1 && !slices.Contains(o.Subprotocols, selected[0]):
		return "", errors.New("the server selected a subprotocol that was not offered")
	case len(selected) == 1:
		return selected[0], nil
	}
	return "", nil
}
