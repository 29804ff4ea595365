package engine

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// proxy is an HTTP proxy that counts what goes through it.
type proxy struct {
	mu       sync.Mutex
	requests map[string]int
	auth     string
	refuse   bool
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.requests[r.Method]++
	refuse := p.refuse || p.auth != "" && r.Header.Get("Proxy-Authorization") != p.auth
	p.mu.Unlock()
	switch {
	case refuse:
		w.WriteHeader(http.StatusProxyAuthRequired)
	case r.Method == http.MethodConnect:
		tunnel(w, r.Host)
	default:
		r.RequestURI = ""
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer res.Body.Close()
		w.WriteHeader(res.StatusCode)
		_, _ = io.Copy(w, res.Body)
	}
}

func tunnel(w http.ResponseWriter, addr string) {
	there, err := net.Dial("tcp", addr)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer there.Close()
	here, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer here.Close()
	_, _ = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
	done := make(chan struct{}, 2)
	for _, pair := range [][2]net.Conn{{here, there}, {there, here}} {
		go func() { _, _ = io.Copy(pair[0], pair[1]); done <- struct{}{} }()
	}
	<-done
	_ = here.Close()
	_ = there.Close()
	<-done
}

// overTCP dials with these options, and has one message echoed.
func overTCP(t *testing.T, secure bool, change func(o *DialOptions, at string) string) error {
	t.Helper()
	eng := NewServer(&Options{Accept: func(s *Session) Receiver { return &record{session: s} }})
	hs := httptest.NewUnstartedServer(eng)
	hs.Config.ErrorLog = log.New(io.Discard, "", 0)
	if secure {
		hs.StartTLS()
	} else {
		hs.Start()
	}
	var o DialOptions
	if secure {
		roots := x509.NewCertPool()
		roots.AddCert(hs.Certificate())
		o.Network.TLSConfig = &tls.Config{RootCAs: roots}
	}
	target := hs.URL
	if change != nil {
		target = change(&o, hs.URL)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c, err := Dial(ctx, target, &o)
	if err == nil {
		got, ended := make(chan string, 1), make(chan struct{})
		c.Serve(func(_ bool, p []byte) { got <- string(p) }, func(Reason, error) { close(ended) })
		_ = c.Send(text("echo"))
		select {
		case s := <-got:
			if s != "echo" {
				err = fmt.Errorf("received %q", s)
			}
		case <-ctx.Done():
			err = ctx.Err()
		}
		c.Close()
		<-ended
		<-c.Done()
	}
	_ = eng.Close()
	hs.Close()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	return err
}

func TestDialTLS(t *testing.T) {
	for mode, d := range dialModes {
		for _, scheme := range []string{"https", "wss"} {
			err := overTCP(t, true, func(o *DialOptions, at string) string {
				o.Transports, o.DisableUpgrades = d.Transports, d.DisableUpgrades
				return scheme + strings.TrimPrefix(at, "https")
			})
			if err != nil {
				t.Errorf("%s, %s: %v", mode, scheme, err)
			}
			err = overTCP(t, true, func(o *DialOptions, at string) string {
				o.Transports, o.Network.TLSConfig = d.Transports, nil
				return at
			})
			if unknown := (x509.UnknownAuthorityError{}); !errors.As(err, &unknown) {
				t.Errorf("%s, a certificate of nobody's: %v", mode, err)
			}
		}
	}
}

func TestDialThroughProxy(t *testing.T) {
	for _, test := range []struct {
		name          string
		secure, tls   bool // the server's and the proxy's
		transports    []string
		auth          bool
		refuse        bool
		want, wantErr string
	}{
		{name: "WebSocket", transports: []string{WebSocket}, want: "CONNECT"},
		{name: "WebSocket, TLS", transports: []string{WebSocket}, secure: true, want: "CONNECT"},
		{name: "WebSocket, TLS twice", transports: []string{WebSocket}, secure: true, tls: true, want: "CONNECT"},
		{name: "WebSocket, proxy with TLS", transports: []string{WebSocket}, tls: true, want: "CONNECT"},
		{name: "WebSocket, password", transports: []string{WebSocket}, auth: true, want: "CONNECT"},
		{name: "WebSocket, refused", transports: []string{WebSocket}, refuse: true, want: "CONNECT", wantErr: "407"},
		{name: "polling", transports: []string{Polling}, want: "POST"},
		{name: "polling, TLS", transports: []string{Polling}, secure: true, want: "CONNECT"},
		{name: "polling, password", transports: []string{Polling}, auth: true, want: "POST"},
		{name: "polling, refused", transports: []string{Polling}, refuse: true, want: "GET", wantErr: "407"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := &proxy{requests: make(map[string]int), refuse: test.refuse}
			ps := httptest.NewUnstartedServer(p)
			if test.tls {
				ps.StartTLS()
			} else {
				ps.Start()
			}
			defer ps.Close()
			through := mustParse(t, ps.URL)
			if test.auth {
				p.auth = "Basic dXNlcjpzZWNyZXQ="
				through.User = url.UserPassword("user", "secret")
			}
			err := overTCP(t, test.secure, func(o *DialOptions, at string) string {
				o.Transports = test.transports
				o.Network.Proxy = func(*http.Request) (*url.URL, error) { return through, nil }
				if test.tls {
					if o.Network.TLSConfig == nil {
						o.Network.TLSConfig = &tls.Config{RootCAs: x509.NewCertPool()}
					}
					o.Network.TLSConfig.RootCAs.AddCert(ps.Certificate())
				}
				return at
			})
			if test.wantErr == "" && err != nil || test.wantErr != "" && (err == nil || !strings.Contains(err.Error(), test.wantErr)) {
				t.Errorf("got %v, want %q", err, test.wantErr)
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			if p.requests[test.want] == 0 {
				t.Errorf("requests through the proxy: %v, want %s", p.requests, test.want)
			}
		})
	}
}

func TestDialOddProxies(t *testing.T) {
	for _, through := range []string{"socks5://127.0.0.1:1", "http://127.0.0.1:1"} {
		err := overTCP(t, false, func(o *DialOptions, at string) string {
			o.Transports = []string{WebSocket}
			o.Network.Proxy = func(*http.Request) (*url.URL, error) { return mustParse(t, through), nil }
			return at
		})
		if err == nil || !strings.Contains(err.Error(), "proxy") {
			t.Errorf("%s: %v", through, err)
		}
	}
	broken := errors.New("no idea")
	err := overTCP(t, false, func(o *DialOptions, at string) string {
		o.Transports = []string{WebSocket}
		o.Network.Proxy = func(*http.Request) (*url.URL, error) { return nil, broken }
		return at
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}
