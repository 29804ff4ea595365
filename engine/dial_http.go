//go:build !js

package engine

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/socketio-go/socketio/websocket"
)

// Network says how a [Client] reaches the server. The zero value is the network of
// the machine, through the proxy that the environment names. In a browser, which
// decides all of that itself, it has other fields.
type Network struct {
	// DialContext connects instead of a [net.Dialer], to the server or to a proxy.
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)

	// Proxy returns the proxy for a request, or nil for none. Its scheme is http or
	// https; for polling alone, socks5 too. Nil: [http.ProxyFromEnvironment].
	Proxy func(*http.Request) (*url.URL, error)

	// Compression offers permessage-deflate on WebSocket; nil: not (EIO-175). What
	// polling brings is compressed if the server likes.
	Compression *websocket.Compression

	TLSConfig *tls.Config    // nil: the defaults of crypto/tls
	Jar       http.CookieJar // for all requests of all transports; nil: no cookies
}

// link makes requests with net/http and package websocket.
type link struct{ http *http.Client }

// init prepares for requests.
func (d *dialer) init() error {
	n := &d.opts.Network
	if n.Proxy == nil {
		n.Proxy = http.ProxyFromEnvironment
	}
	if n.DialContext == nil {
		n.DialContext = new(net.Dialer).DialContext
	}
	transport := &http.Transport{
		Proxy: n.Proxy, DialContext: n.DialContext, MaxIdleConnsPerHost: 2,
		ReadBufferSize: 2 << 10, WriteBufferSize: 1 << 10, // most packets are small, and clients may be many
	}
	if n.TLSConfig != nil {
		transport.TLSClientConfig = n.TLSConfig.Clone()
	}
	d.http = &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return nil
}

// release gives up connections that are not in use.
func (d *dialer) release() { d.http.CloseIdleConnections() }

// do makes one polling request and returns the body of its answer.
func (d *dialer) do(ctx context.Context, method string, target *url.URL, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if len(body) == 0 {
		// Else net/http repeats a GET whose answer did not come, and what was in that
		// answer is lost without anybody noticing.
		r.Body, r.GetBody = io.NopCloser(strings.NewReader("")), nil
	}
	r.Header = d.header(target)
	r.Host = r.Header.Get("Host")
	r.Header.Set("Accept", "*/*")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "text/plain;charset=UTF-8")
	}
	res, err := d.http.Do(r)
	if err != nil {
		if u := (*url.Error)(nil); errors.As(err, &u) {
			err = u.Err // without the URL, which has the session's id in it
		}
		return nil, err
	}
	defer res.Body.Close()
	d.keepCookies(target, res)
	limit := int64(d.opts.MaxPayload)
	answer, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	switch {
	case res.StatusCode != http.StatusOK:
		return nil, refused(res.StatusCode, res.Header.Get("Retry-After"), answer)
	case err == nil && int64(len(answer)) > limit:
		return nil, Error("the server's answer is larger than MaxPayload")
	}
	return answer, err
}

// header is that of a request, with the cookies of the jar.
func (d *dialer) header(target *url.URL) http.Header {
	header := make(http.Header)
	for name, values := range d.opts.Header {
		header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	if jar := d.opts.Network.Jar; jar != nil {
		r := http.Request{Header: header}
		for _, cookie := range jar.Cookies(target) {
			r.AddCookie(cookie)
		}
	}
	return header
}

// keepCookies puts those of an answer into the jar.
func (d *dialer) keepCookies(target *url.URL, res *http.Response) {
	if cookies := res.Cookies(); d.opts.Network.Jar != nil && len(cookies) > 0 {
		d.opts.Network.Jar.SetCookies(target, cookies)
	}
}
