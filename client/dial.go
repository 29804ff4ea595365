package client

import (
	"context"
	"fmt"
	"net/url"
)

// Dial connects to the server at a URL, whose path names the namespace: none or "/"
// is the main one (CLI-001). It makes one attempt, bounded by ctx and
// Options.Timeout; once connected the socket connects again by itself. The error is
// a *[DialError], a *[ConnectError], or that of ctx.
//
// Events that have no handler yet are dropped. If the server greets its clients,
// use [New], register handlers, and then call Connect.
func Dial(ctx context.Context, url string, opts *Options) (*Socket, error) {
	s := New(url, opts)
	if err := s.connect(ctx, true); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// New makes a socket that connects when it is told to. See [Dial] for the URL; a
// bad one is an error of Connect.
func New(rawURL string, opts *Options) *Socket {
	u, err := url.Parse(rawURL)
	if err != nil {
		m := NewManager("", opts)
		m.invalid = fmt.Errorf("socketio: %w", err)
		return m.Socket("/", nil)
	}
	namespace := u.Path
	u.Path, u.RawPath = "", ""
	return NewManager(u.String(), opts).Socket(namespace, nil)
}

// endpoint is the URL of the server's engine.
func endpoint(rawURL, path string) (string, error) {
	u, err := url.Parse(rawURL)
	switch {
	case err != nil:
		return "", fmt.Errorf("socketio: %w", err)
	case u.Path != "" && u.Path != "/":
		return "", fmt.Errorf("socketio: %q has a path: namespaces are told to Manager.Socket, and the server's path to Options.Path", u.Redacted())
	case u.Host == "" && u.Scheme == "" && rawURL != "" && rawURL != "/":
		return "", fmt.Errorf("socketio: %q has no scheme: it is http, https, ws or wss", rawURL)
	}
	if u.Host == "" {
		if u, err = origin(u); err != nil {
			return "", err
		}
	}
	u.Path = path
	return u.String(), nil
}
