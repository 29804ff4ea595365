//go:build !js

package engine

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// origin is where a request comes from: the address of the connection, unless that
// belongs to a trusted proxy, which then says for whom it speaks.
func (o *Options) origin(r *http.Request) (addr string, secure bool) {
	addr, secure = r.RemoteAddr, r.TLS != nil
	if !o.trusts(addr) {
		return addr, secure
	}
	if proto := last(r.Header.Values("X-Forwarded-Proto")); proto != "" {
		secure = strings.EqualFold(proto, "https")
	}
	forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(forwarded) - 1; i >= 0; i-- {
		hop := strings.TrimSpace(forwarded[i])
		if parseHop(hop) == (netip.Addr{}) {
			break // nobody can be told from this
		}
		if addr = hop; !o.trusts(hop) {
			break
		}
	}
	return addr, secure
}

// last is the element that the nearest proxy has added.
func last(values []string) string {
	if len(values) == 0 {
		return ""
	}
	list := values[len(values)-1]
	return strings.TrimSpace(list[strings.LastIndexByte(list, ',')+1:])
}

func (o *Options) trusts(addr string) bool {
	if len(o.TrustedProxies) == 0 {
		return false
	}
	ip := parseHop(addr)
	for _, p := range o.TrustedProxies {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// parseHop reads an address with or without a port; without any it is zero.
func parseHop(s string) netip.Addr {
	if host, _, err := net.SplitHostPort(s); err == nil {
		s = host
	}
	ip, _ := netip.ParseAddr(strings.Trim(s, "[]"))
	return ip.Unmap().WithZone("")
}
