//go:build !js

package client

import (
	"fmt"
	"net/url"
)

// origin is where a URL without a host points at.
func origin(u *url.URL) (*url.URL, error) {
	return nil, fmt.Errorf("socketio: %q has no host", u.Redacted())
}
