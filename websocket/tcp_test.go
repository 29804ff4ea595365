package websocket

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// echo answers every message with itself.
type echo struct{ closed chan error }

func (e echo) Message(c *Conn, t MessageType, p []byte) { c.Write(t, p) }

func (e echo) Closed(_ *Conn, err error) { e.closed <- err }

// listen starts an echo server on the loopback interface and returns its URL.
func listen(t *testing.T, secure bool, opts *Options) (url string, o *Options, closed chan error) {
	t.Helper()
	closed = make(chan error, 1)
	hs := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := Accept(w, r, opts)
		if err != nil {
			t.Errorf("Accept: %v", err)
			return
		}
		c.Serve(echo{closed})
	}))
	o = new(Options)
	if secure {
		hs.EnableHTTP2 = true
		hs.StartTLS()
		o.TLSConfig = hs.Client().Transport.(*http.Transport).TLSClientConfig
		o.TLSConfig.NextProtos = nil
	} else {
		hs.Start()
	}
	t.Cleanup(hs.Close)
	return strings.Replace(hs.URL, "http", "ws", 1), o, closed
}

func TestLoopback(t *testing.T) {
	for _, secure := range []bool{false, true} {
		url, opts, closed := listen(t, secure, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		c, _, err := Dial(ctx, url, opts)
		if err != nil {
			t.Fatal(err)
		}
		var sent []received
		for _, n := range []int{0, 10, 64, 5000, 1 << 20, 3} {
			sent = append(sent, received{Text, strings.Repeat("x", n)}, received{Binary, "between"})
		}
		for _, m := range sent {
			must(t, c.Write(m.t, []byte(m.p)))
		}
		var got []received
		for range sent {
			ty, p, err := c.Read(ctx)
			must(t, err)
			got = append(got, received{ty, string(p)})
		}
		if !slices.Equal(got, sent) {
			t.Error("the echo differs")
		}
		must(t, c.Close(4321, "enough"))
		wantCloseError(t, <-closed, 4321, "enough")
		for err == nil {
			_, _, err = c.Read(ctx)
		}
		wantIs(t, err, net.ErrClosed)
	}
}

// A server that fails a connection while the client is still sending must not
// lose its close frame to the reset that unread data causes.
func TestLoopbackViolationIsSeen(t *testing.T) {
	for _, secure := range []bool{false, true} {
		url, opts, closed := listen(t, secure, &Options{MaxMessage: 1000})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		c, _, err := Dial(ctx, url, opts)
		if err != nil {
			t.Fatal(err)
		}
		must(t, c.Write(Binary, make([]byte, 3<<20)))
		_, _, err = c.Read(ctx)
		wantCloseError(t, err, StatusMessageTooBig, "the message is larger than the limit")
		var v *violation
		if err := <-closed; !errors.As(err, &v) {
			t.Errorf("Closed got %v", err)
		}
	}
}

func TestDialUntrusted(t *testing.T) {
	hs := httptest.NewUnstartedServer(http.NotFoundHandler())
	hs.Config.ErrorLog = log.New(io.Discard, "", 0)
	hs.StartTLS()
	defer hs.Close()
	_, _, err := Dial(t.Context(), strings.Replace(hs.URL, "http", "ws", 1), nil)
	var bad *tls.CertificateVerificationError
	if !errors.As(err, &bad) {
		t.Errorf("Dial: %v", err)
	}
	_, resp, err := Dial(t.Context(), hs.URL, &Options{TLSConfig: hs.Client().Transport.(*http.Transport).TLSClientConfig})
	if err == nil || resp == nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("Dial: %v, %v", resp, err)
	}
	if body, _ := io.ReadAll(resp.Body); len(body) == 0 {
		t.Error("no body")
	}
}
