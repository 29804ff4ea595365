package webtransport

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
	"github.com/quic-go/webtransport-go"
)

// Server serves a handler over HTTP/3. Make one with [NewServer]. All methods are safe for concurrent use.
type Server struct {
	handler  http.Handler
	wt       webtransport.Server
	patience time.Duration // for the first packet; changed by tests

	mu      sync.Mutex // guards the order of closed and serving
	closed  bool
	closing context.Context // is done when the connections have been told
	finish  context.CancelFunc
	serving sync.WaitGroup
}

const (
	// firstPacket is how long a client may take to open its stream and say what it wants (EIO-081).
	firstPacket = 10 * time.Second

	// keepAlive is shorter than the time after which QUIC gives a silent connection up, and than the usual
	// interval of heartbeats.
	keepAlive = 20 * time.Second
)

// NewServer returns a server of handler, which is where the Socket.IO server is mounted, with this
// configuration of TLS, which it copies. Sessions of WebTransport arrive at the handler as upgrade requests
// of the path that the client asked for; all other requests arrive as they are. Who may connect from other
// origins is the Socket.IO server's decision.
func NewServer(handler http.Handler, config *tls.Config) *Server {
	s := &Server{handler: handler, patience: firstPacket}
	s.wt.CheckOrigin = func(*http.Request) bool { return true }
	s.wt.H3 = &http3.Server{
		Handler:   http.HandlerFunc(s.serve),
		TLSConfig: http3.ConfigureTLSConfig(config),
	}
	s.closing, s.finish = context.WithCancel(context.Background())
	return s
}

// ListenAndServe is [Server.Serve] at a UDP address such as ":443".
func (s *Server) ListenAndServe(addr string) error {
	conn, err := net.ListenPacket("udp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	return s.Serve(conn)
}

// Serve serves what arrives at conn, which remains the caller's, until [Server.Close], when it returns
// [http.ErrServerClosed]. It may be called for several conns.
func (s *Server) Serve(conn net.PacketConn) error {
	// The library's own Serve and Close may not be called at the same time: it counts without a lock.
	if !s.begin() {
		return http.ErrServerClosed
	}
	defer s.serving.Done()
	listener, err := quic.ListenEarly(conn, s.wt.H3.TLSConfig, &quic.Config{
		KeepAlivePeriod:                  keepAlive,
		EnableDatagrams:                  true, // the two that WebTransport needs
		EnableStreamResetPartialDelivery: true,
	})
	if err != nil {
		return err
	}
	defer listener.Close()
	for {
		c, err := listener.Accept(s.closing)
		if err != nil && s.closing.Err() != nil {
			return http.ErrServerClosed
		} else if err != nil {
			return err
		}
		s.serving.Go(func() { _ = s.wt.ServeQUICConn(c) }) // ends with the connection
	}
}

func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.serving.Add(1)
	return true
}

// Close cuts all connections and waits for what serves them. Shut the Socket.IO server down before, so that
// clients are told.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	err := s.wt.Close() // tells the clients, for which the listeners must be open
	s.finish()
	s.serving.Wait()
	return err
}

// serve passes requests on, and sessions of WebTransport as what the handler understands.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		s.handler.ServeHTTP(w, r)
		return
	}
	session, err := s.wt.Upgrade(w, r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c, sid, err := accept(session, s.patience)
	if err != nil {
		_ = session.CloseWithError(http.StatusBadRequest, err.Error())
		return
	}
	answer := &response{header: make(http.Header), conn: c}
	s.handler.ServeHTTP(answer, upgradeRequest(r, sid))
	if !answer.taken {
		_ = session.CloseWithError(webtransport.SessionErrorCode(answer.status), answer.text)
	}
}

// upgradeRequest is what the engine takes for the beginning of a WebSocket, apart from its protocol.
func upgradeRequest(connect *http.Request, sid string) *http.Request {
	r := connect.Clone(connect.Context())
	r.Method, r.Proto, r.ProtoMajor, r.ProtoMinor = http.MethodGet, "webtransport", 1, 1
	r.Body, r.ContentLength = http.NoBody, 0
	query := r.URL.Query()
	query["EIO"], query["transport"] = []string{"4"}, []string{"webtransport"}
	query.Del("sid")
	if sid != "" {
		query.Set("sid", sid)
	}
	r.URL = &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: query.Encode()}
	r.RequestURI = r.URL.RequestURI()
	for name, value := range map[string]string{
		"Connection":            "Upgrade",
		"Upgrade":               "websocket",
		"Sec-Websocket-Version": "13",
		"Sec-Websocket-Key":     "AAAAAAAAAAAAAAAAAAAAAA==", // answered to nobody
	} {
		r.Header[name] = []string{value}
	}
	for _, name := range []string{"Sec-Websocket-Extensions", "Sec-Websocket-Protocol"} {
		delete(r.Header, name)
	}
	return r
}
