//go:build !js

package engine

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

type dialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

// throughProxy is DialContext, or a function that asks the proxy for a tunnel to
// the address (RFC 9110 section 9.3.6), where there is one.
func (n *Network) throughProxy(target *url.URL) (dialFunc, error) {
	proxy, err := n.Proxy(&http.Request{URL: target, Header: make(http.Header)})
	if err != nil || proxy == nil {
		return n.DialContext, err
	}
	if proxy.Scheme != "http" && proxy.Scheme != "https" {
		return nil, fmt.Errorf("engine: a proxy with scheme %q cannot be used for WebSocket: use Network.DialContext", proxy.Scheme)
	}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		nc, err := n.dialProxy(ctx, network, proxy)
		if err != nil {
			return nil, fmt.Errorf("proxy: %w", err)
		}
		stop := context.AfterFunc(ctx, func() { nc.SetDeadline(time.Unix(1, 0)) })
		err = connectTunnel(nc, proxy, addr)
		if !stop() {
			err = ctx.Err()
		}
		if err != nil {
			nc.Close()
			return nil, fmt.Errorf("proxy: %w", err)
		}
		return nc, nil
	}, nil
}

func (n *Network) dialProxy(ctx context.Context, network string, proxy *url.URL) (net.Conn, error) {
	port := orDefault(proxy.Port(), map[string]string{"http": "80", "https": "443"}[proxy.Scheme])
	nc, err := n.DialContext(ctx, network, net.JoinHostPort(proxy.Hostname(), port))
	if err != nil || proxy.Scheme == "http" {
		return nc, err
	}
	config := new(tls.Config)
	if n.TLSConfig != nil {
		config = n.TLSConfig.Clone()
	}
	config.ServerName, config.NextProtos = proxy.Hostname(), nil
	secure := tls.Client(nc, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		nc.Close()
		return nil, err
	}
	return secure, nil
}

// maxTunnelAnswer bounds the header of a proxy's answer.
const maxTunnelAnswer = 64 << 10

func connectTunnel(nc net.Conn, proxy *url.URL, addr string) error {
	r := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: addr}, Host: addr, Header: make(http.Header)}
	if password, _ := proxy.User.Password(); proxy.User != nil {
		r.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(proxy.User.Username()+":"+password)))
	}
	if err := r.Write(nc); err != nil {
		return err
	}
	br := bufio.NewReader(io.LimitReader(nc, maxTunnelAnswer))
	res, err := http.ReadResponse(br, r)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("it answered %s", res.Status)
	}
	if br.Buffered() > 0 {
		return Error("it sent more than its answer")
	}
	return nil
}
