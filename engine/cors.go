//go:build !js

package engine

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// CORS says which pages of other origins may use the server. The same rule holds
// for polling, where the browser enforces it, and for WebSocket, where the server
// refuses the handshake: pages of the server's own origin, and clients that send
// no Origin, are always welcome. (The official server lets every page open a
// WebSocket.) The zero value admits no other origin.
type CORS struct {
	Origins        []string                                  // such as "https://app.example.com"; "*" admits all
	AllowOrigin    func(r *http.Request, origin string) bool // asked about origins that are not listed; nil: no others
	Credentials    bool                                      // the browser may send cookies
	AllowedHeaders []string                                  // nil: those that the preflight asks for
	ExposedHeaders []string                                  // readable by the page
	MaxAge         time.Duration                             // how long a preflight may be cached; 0: not said
}

func (c *CORS) allows(r *http.Request, origin string) bool {
	return slices.Contains(c.Origins, "*") || slices.Contains(c.Origins, origin) ||
		c.AllowOrigin != nil && c.AllowOrigin(r, origin)
}

// SetHeader sets the headers of every response; on a preflight it adds those of
// the answer to it, and reports true (EIO-131).
func (c *CORS) SetHeader(h http.Header, r *http.Request) (preflight bool) {
	switch origin := r.Header.Get("Origin"); {
	case slices.Contains(c.Origins, "*"):
		h.Set("Access-Control-Allow-Origin", "*")
	default:
		h.Add("Vary", "Origin")
		if origin != "" && c.allows(r, origin) {
			h.Set("Access-Control-Allow-Origin", origin)
		}
	}
	if c.Credentials {
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	if len(c.ExposedHeaders) > 0 {
		h.Set("Access-Control-Expose-Headers", strings.Join(c.ExposedHeaders, ","))
	}
	if r.Method != http.MethodOptions {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET,HEAD,PUT,PATCH,POST,DELETE")
	if c.AllowedHeaders != nil {
		h.Set("Access-Control-Allow-Headers", strings.Join(c.AllowedHeaders, ","))
	} else {
		h.Add("Vary", "Access-Control-Request-Headers")
		if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
			h.Set("Access-Control-Allow-Headers", asked)
		}
	}
	if c.MaxAge > 0 {
		h.Set("Access-Control-Max-Age", strconv.Itoa(int(c.MaxAge/time.Second)))
	}
	return true
}

// originAllowed is the rule for WebSocket handshakes.
func (s *Server) originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	if u, err := url.Parse(origin); err == nil && strings.EqualFold(u.Host, r.Host) {
		return true
	}
	return s.opts.CORS != nil && s.opts.CORS.allows(r, origin)
}
