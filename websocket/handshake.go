package websocket

import (
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Names of the handshake's header fields, in the form that [http.Header] uses.
const (
	fieldAccept     = "Sec-Websocket-Accept"
	fieldExtensions = "Sec-Websocket-Extensions"
	fieldKey        = "Sec-Websocket-Key"
	fieldProtocol   = "Sec-Websocket-Protocol"
	fieldVersion    = "Sec-Websocket-Version"
)

// ownFields are decided by the handshake and by nobody else.
var ownFields = map[string]bool{
	"Connection":        true,
	"Content-Length":    true,
	"Transfer-Encoding": true,
	"Trailer":           true,
	"Upgrade":           true,
	fieldAccept:         true,
	fieldExtensions:     true,
	fieldKey:            true,
	fieldProtocol:       true,
	fieldVersion:        true,
}

// keyGUID is the constant of RFC 6455 section 1.3.
const keyGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// acceptKey is the server's proof that it understood the client's key.
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + keyGUID))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// listTokens returns the comma-separated tokens of all fields of that name.
func listTokens(h http.Header, name string) []string {
	var tokens []string
	for _, line := range h[name] {
		for token := range strings.SplitSeq(line, ",") {
			if token = strings.Trim(token, " \t"); token != "" {
				tokens = append(tokens, token)
			}
		}
	}
	return tokens
}

// hasToken ignores case.
func hasToken(h http.Header, name, token string) bool {
	return slices.ContainsFunc(listTokens(h, name), func(t string) bool {
		return strings.EqualFold(t, token)
	})
}

// sameHost is the default of Options.CheckOrigin.
func sameHost(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, r.Host)
}

// firstKnown is the default of Options.SelectSubprotocol.
func (o *Options) firstKnown(offered []string) string {
	for _, p := range offered {
		if slices.Contains(o.Subprotocols, p) {
			return p
		}
	}
	return ""
}
