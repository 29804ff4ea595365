package webtransport

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go/http3"
	"github.com/quic-go/webtransport-go"

	"github.com/socketio-go/socketio/engine"
)

// A test fails at once where it goes wrong; this only ends those that wait for what never comes.
const deadline = 20 * time.Second

func TestMain(m *testing.M) {
	before := runtime.NumGoroutine()
	code := m.Run()
	for end := time.Now().Add(deadline); runtime.NumGoroutine() > before && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before && code == 0 {
		buf := make([]byte, 1<<20)
		fmt.Fprintf(os.Stderr, "goroutines leaked:\n%s\n", buf[:runtime.Stack(buf, true)])
		code = 1
	}
	os.Exit(code)
}

// fixture is an engine that sends everything back, over HTTP/3 and, for polling, over TCP.
type fixture struct {
	t        *testing.T
	engine   *engine.Server
	http     *httptest.Server
	url      string      // of HTTP/3
	tls      *tls.Config // of clients
	sessions chan *record
}

type record struct {
	*engine.Session
	ended chan engine.Reason
}

func (r *record) Message(s *engine.Session, binary bool, p []byte) {
	if binary {
		_ = s.Send(engine.BinaryMessage(p))
		return
	}
	_ = s.Send(engine.TextMessage(append(engine.TextBuffer(len(p)), p...)))
}

func (r *record) Closed(_ *engine.Session, reason engine.Reason, _ error) { r.ended <- reason }

func newFixture(t *testing.T, opts engine.Options) *fixture {
	t.Helper()
	x := &fixture{t: t, sessions: make(chan *record, 10)}
	opts.Accept = func(s *engine.Session) engine.Receiver {
		r := &record{s, make(chan engine.Reason, 1)}
		x.sessions <- r
		return r
	}
	if opts.Transports == nil {
		opts.Transports = []string{engine.Polling, engine.WebSocket, engine.WebTransport}
	}
	x.engine = engine.NewServer(&opts)
	mux := http.NewServeMux()
	mux.Handle("/engine.io/", x.engine)
	cert, roots := certificate(t)
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := NewServer(mux, &tls.Config{Certificates: []tls.Certificate{cert}})
	s.patience = 300 * time.Millisecond
	served := make(chan error, 1)
	go func() { served <- s.Serve(udp) }()
	x.http = httptest.NewServer(mux)
	x.url = "https://" + udp.LocalAddr().String()
	x.tls = http3.ConfigureTLSConfig(&tls.Config{RootCAs: roots})
	t.Cleanup(func() {
		_ = x.engine.Close()
		x.http.Close()
		_ = s.Close()
		if err := <-served; err != http.ErrServerClosed {
			t.Errorf("Serve: %v", err)
		}
		_ = udp.Close()
	})
	return x
}

func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

// last is the session that has just begun.
func (x *fixture) last() *record {
	x.t.Helper()
	select {
	case r := <-x.sessions:
		return r
	case <-time.After(deadline):
		x.t.Fatal("no session has begun")
		return nil
	}
}

func (r *record) reason(t *testing.T) engine.Reason {
	t.Helper()
	select {
	case reason := <-r.ended:
		return reason
	case <-time.After(deadline):
		t.Fatal("the session has not ended")
		return ""
	}
}

// client is a session of WebTransport with its stream, which speaks in frames of its own making.
type client struct {
	t       *testing.T
	session *webtransport.Session
	stream  *webtransport.Stream
}

func (x *fixture) dial(query string, header http.Header) *client {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.t.Context(), deadline)
	defer cancel()
	transport := &webtransport.Transport{TLSClientConfig: x.tls}
	_, session, err := transport.Dial(ctx, x.url+"/engine.io/?EIO=4&transport=webtransport"+query, header)
	if err != nil {
		x.t.Fatal(err)
	}
	x.t.Cleanup(func() {
		_ = session.CloseWithError(0, "")
		_ = transport.Close()
	})
	return &client{t: x.t, session: session}
}

// send opens the stream if there is none yet.
func (c *client) send(frames string) {
	c.t.Helper()
	var err error
	if c.stream == nil {
		if c.stream, err = c.session.OpenStream(); err != nil {
			c.t.Fatal(err)
		}
		_ = c.stream.SetDeadline(time.Now().Add(deadline))
	}
	if _, err = c.stream.Write([]byte(frames)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) sendText(s string) { c.send(string(appendLength(nil, 0, uint64(len(s)))) + s) }

// receive returns the payload of the next frame, "end" for the end of the stream, or the error.
func (c *client) receive() (payload string, isBinary bool) {
	c.t.Helper()
	head := make([]byte, 1, 9)
	if _, err := io.ReadFull(c.stream, head); err != nil {
		if err == io.EOF {
			return "end", false
		}
		return err.Error(), false
	}
	isBinary = head[0]&binaryFlag != 0
	head = head[:1+lengthSize(head[0])]
	if _, err := io.ReadFull(c.stream, head[1:]); err != nil {
		c.t.Fatal(err)
	}
	p := make([]byte, length(head))
	if _, err := io.ReadFull(c.stream, p); err != nil {
		c.t.Fatal(err)
	}
	return string(p), isBinary
}

func (c *client) want(payload string) {
	c.t.Helper()
	if got, isBinary := c.receive(); got != payload || isBinary {
		c.t.Fatalf("received %.200q, binary %v; want %q", got, isBinary, payload)
	}
}

// open begins a session and returns what the server says of it.
func (x *fixture) open() (c *client, r *record) {
	x.t.Helper()
	c = x.dial("&token=t", nil)
	c.send("\x010")
	r = x.last()
	c.want(`0{"sid":"` + r.ID() + `","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`)
	return c, r
}

func TestANewSession(t *testing.T) {
	x := newFixture(t, engine.Options{KeepHeaders: []string{"User-Agent"}})
	c, r := x.open()
	h := r.Handshake()
	if got := h.Query(); got.Get("token") != "t" || got.Get("transport") != engine.WebTransport || !h.Secure || !strings.HasPrefix(h.RemoteAddr, "127.0.0.1:") || h.Header.Get("User-Agent") == "" {
		t.Errorf("handshake %+v", h)
	}
	if got := r.Transport(); got != engine.WebTransport {
		t.Errorf("transport %q", got)
	}
	for _, n := range []int{0, 1, 124, 125, 126, 65534, 65535, 65536, 999_999} {
		c.sendText("4" + strings.Repeat("x", n))
		if got, isBinary := c.receive(); len(got) != n+1 || isBinary {
			t.Fatalf("text of %d: %.100q, binary %v", n, got, isBinary)
		}
		if n == 0 {
			continue
		}
		p := bytes.Repeat([]byte{0xff}, n)
		c.send(string(appendLength(nil, binaryFlag, uint64(n))) + string(p))
		if got, isBinary := c.receive(); got != string(p) || !isBinary {
			t.Fatalf("binary of %d: %.100q, binary %v", n, got, isBinary)
		}
	}
}

func TestAnUpgrade(t *testing.T) {
	x := newFixture(t, engine.Options{})
	polling := func(sid, body string) string {
		t.Helper()
		method := map[bool]string{true: "GET", false: "POST"}[body == ""]
		r, _ := http.NewRequest(method, x.http.URL+"/engine.io/?EIO=4&transport=polling&sid="+sid, strings.NewReader(body))
		answer, err := x.http.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		p, _ := io.ReadAll(answer.Body)
		return string(p)
	}
	open := polling("", "")
	r := x.last()
	if !strings.Contains(open, `"upgrades":["websocket","webtransport"]`) {
		t.Errorf("handshake %s", open)
	}
	polling(r.ID(), "4before")
	c := x.dial("&sid="+r.ID(), nil)
	packet := `0{"sid":"` + r.ID() + `"}`
	c.sendText(packet)
	c.sendText("2probe")
	c.want("3probe")
	if got := r.Transport(); got != engine.Polling {
		t.Errorf("transport before the upgrade: %q", got)
	}
	c.sendText("5")
	c.sendText("4after")
	c.want("4before")
	c.want("4after")
	if got := r.Transport(); got != engine.WebTransport {
		t.Errorf("transport %q", got)
	}
	if got := polling(r.ID(), ""); got != `{"code":3,"message":"Bad request"}` {
		t.Errorf("a GET after the upgrade: %s", got)
	}
}

func TestBadBeginnings(t *testing.T) {
	x := newFixture(t, engine.Options{})
	for name, frames := range map[string]string{
		"no stream":         "",
		"nothing":           "\x7e", // of a length two bytes are missing
		"another packet":    "\x024a",
		"an empty frame":    "\x00",
		"a binary frame":    "\x810",
		"no JSON":           "\x020{",
		"no sid":            "\x030{}",
		"an empty sid":      "\x0b0{\"sid\":\"\"}",
		"an unknown sid":    "\x0f0{\"sid\":\"nope\"}",
		"more than allowed": "\x7e\x01\x000",
		"ping of a probe":   "\x062probe",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := x.dial("", nil)
			c.t = t
			if frames != "" {
				c.send(frames)
			}
			select {
			case <-c.session.Context().Done():
			case <-time.After(deadline):
				t.Fatal("the session goes on")
			}
			want := errFirst.Error()
			switch name {
			case "no stream":
				want = "no stream was opened: context deadline exceeded"
			case "an unknown sid":
				want = "Session ID unknown"
			}
			_, err := c.session.AcceptStream(t.Context())
			var ended *webtransport.SessionError
			if !errors.As(err, &ended) || !ended.Remote || ended.ErrorCode != http.StatusBadRequest || !strings.HasPrefix(ended.Message, want) {
				t.Errorf("the session ended with %v", err)
			}
		})
	}
	if n := x.engine.Count(); n != 0 {
		t.Errorf("%d sessions", n)
	}
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		opts   engine.Options
		header http.Header
		want   string
	}{
		"another origin":    {header: http.Header{"Origin": {"https://elsewhere.example"}}, want: "is not allowed"},
		"by the server":     {opts: engine.Options{AllowRequest: func(*http.Request) error { return errors.New("go away") }}, want: "go away"},
		"not on offer":      {opts: engine.Options{Transports: []string{engine.Polling, engine.WebSocket}}, want: "Transport unknown"},
		"of what is listed": {opts: engine.Options{CORS: &engine.CORS{Origins: []string{"https://elsewhere.example"}}}, header: http.Header{"Origin": {"https://elsewhere.example"}}},
	} {
		t.Run(name, func(t *testing.T) {
			x := newFixture(t, c.opts)
			client := x.dial("", c.header)
			client.send("\x010")
			if c.want == "" {
				if got, _ := client.receive(); !strings.HasPrefix(got, "0{") {
					t.Errorf("received %q", got)
				}
				return
			}
			<-client.session.Context().Done()
			if _, err := client.session.AcceptStream(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the session ended with %v", err)
			}
		})
	}
}

func TestOnlyThisModuleMakesSessions(t *testing.T) {
	x := newFixture(t, engine.Options{})
	r, _ := http.NewRequest("GET", x.http.URL+"/engine.io/?EIO=4&transport=webtransport", nil)
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Upgrade", "websocket")
	answer, err := x.http.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, _ := io.ReadAll(answer.Body); answer.StatusCode != 400 || string(body) != "Transport unknown" {
		t.Errorf("%d %s", answer.StatusCode, body)
	}
}

// Serve may be about to begin, or not have begun, when the server is closed.
func TestCloseBesideServe(t *testing.T) {
	cert, _ := certificate(t)
	for range 30 {
		s := NewServer(http.NotFoundHandler(), &tls.Config{Certificates: []tls.Certificate{cert}})
		served := make(chan error, 2)
		for range cap(served) {
			udp, err := net.ListenPacket("udp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer udp.Close()
			go func() { served <- s.Serve(udp) }()
		}
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		for range cap(served) {
			if err := <-served; err != http.ErrServerClosed {
				t.Errorf("Serve: %v", err)
			}
		}
	}
}

func TestPollingOverHTTP3(t *testing.T) {
	x := newFixture(t, engine.Options{})
	transport := &http3.Transport{TLSClientConfig: x.tls}
	defer transport.Close()
	answer, err := (&http.Client{Transport: transport}).Get(x.url + "/engine.io/?EIO=4&transport=polling")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, _ := io.ReadAll(answer.Body); answer.StatusCode != 200 || !strings.HasPrefix(string(body), "0{") {
		t.Errorf("%d %s", answer.StatusCode, body)
	}
}

func TestEnds(t *testing.T) {
	x := newFixture(t, engine.Options{})
	for name, c := range map[string]struct {
		act    func(*client, *record)
		reason engine.Reason
		last   string // what the client receives
	}{
		"by the server":                    {func(_ *client, r *record) { _ = r.Send(engine.BinaryMessage([]byte("bye"))); r.Close() }, engine.ForcedClose, "bye"},
		"by the client":                    {func(c *client, _ *record) { _ = c.session.CloseWithError(0, "") }, engine.TransportClose, ""},
		"by the client, with the stream":   {func(c *client, _ *record) { _ = c.stream.Close() }, engine.TransportClose, ""},
		"by the client, in the middle":     {func(c *client, _ *record) { c.send("\x054"); _ = c.session.CloseWithError(1, "x") }, engine.TransportClose, ""},
		"an empty frame":                   {func(c *client, _ *record) { c.send("\x00") }, engine.ParseError, "end"},
		"an empty binary frame":            {func(c *client, _ *record) { c.send("\x80") }, engine.ParseError, "end"},
		"a frame over the limit":           {func(c *client, _ *record) { c.send("\x7f\x00\x00\x00\x00\x00\x0f\x42\x41") }, engine.TransportError, "end"},
		"a frame beyond all limits":        {func(c *client, _ *record) { c.send("\x7f\x00\x20\x00\x00\x00\x00\x00\x00") }, engine.TransportError, ""},
		"a heartbeat of the wrong side":    {func(c *client, _ *record) { c.sendText("2") }, engine.TransportError, "end"},
		"text that is not UTF-8":           {func(c *client, _ *record) { c.send("\x024\xff") }, engine.TransportError, "end"},
		"a packet that is none":            {func(c *client, _ *record) { c.sendText("x") }, engine.ParseError, "end"},
		"the server has lost its patience": {func(_ *client, r *record) { r.Fail(errors.New("no")) }, engine.TransportError, ""},
	} {
		t.Run(name, func(t *testing.T) {
			x.t = t
			client, r := x.open()
			c.act(client, r)
			if c.last != "" {
				if got, _ := client.receive(); got != c.last {
					t.Errorf("received %q", got)
				}
				_ = client.session.CloseWithError(0, "") // as clients do when the stream ends
			}
			if reason := r.reason(t); reason != c.reason {
				t.Errorf("ended with %q", reason)
			}
		})
	}
}

func TestNoSuchAddress(t *testing.T) {
	if err := NewServer(nil, new(tls.Config)).ListenAndServe("127.0.0.1:http/3"); err == nil {
		t.Error("no error")
	}
}

func TestShutdownTellsTheClients(t *testing.T) {
	x := newFixture(t, engine.Options{})
	c, r := x.open()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- x.engine.Shutdown(ctx) }()
	c.want("end")
	_ = c.session.CloseWithError(0, "")
	if err := <-done; err != nil || r.reason(t) != engine.ForcedClose {
		t.Errorf("Shutdown: %v", err)
	}
}
