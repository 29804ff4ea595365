// Command quic gives the published JavaScript server a WebTransport endpoint to be tested with: it accepts sessions of HTTP/3
// and relays the stream of each one over TCP, byte by byte. The server at the other end does all the framing.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
	"github.com/quic-go/webtransport-go"
)

func main() {
	udp := flag.String("udp", "127.0.0.1:0", "the address to listen at")
	tcp := flag.String("tcp", "", "the address to relay to")
	flag.Parse()
	if err := run(*udp, *tcp); err != nil {
		log.Fatal(err)
	}
}

func run(udp, tcp string) error {
	cert, err := certificate()
	if err != nil {
		return err
	}
	packets, err := net.ListenPacket("udp", udp)
	if err != nil {
		return err
	}
	server := &webtransport.Server{
		H3: &http3.Server{
			TLSConfig:  http3.ConfigureTLSConfig(&tls.Config{Certificates: []tls.Certificate{cert}}),
			QUICConfig: &quic.Config{EnableDatagrams: true, EnableStreamResetPartialDelivery: true},
		},
		CheckOrigin: func(*http.Request) bool { return true },
	}
	server.H3.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session, err := server.Upgrade(w, r)
		if err != nil {
			log.Print(err)
			return
		}
		go relay(session, tcp)
	})
	// The browser trusts this hash in place of an authority.
	fmt.Printf("certificate %x\n", sha256.Sum256(cert.Certificate[0]))
	return server.Serve(packets)
}

// certificate makes one the way browsers want it: of an elliptic curve, and for less than two weeks.
func certificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(10 * 24 * time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// relay connects the one stream of a session; the end of either side is the end of both.
func relay(session *webtransport.Session, tcp string) {
	defer session.CloseWithError(0, "")
	ctx, cancel := context.WithTimeout(session.Context(), 10*time.Second)
	defer cancel()
	stream, err := session.AcceptStream(ctx)
	if err != nil {
		return
	}
	conn, err := net.Dial("tcp", tcp)
	if err != nil {
		log.Print(err)
		return
	}
	defer conn.Close()
	go func() {
		_, _ = io.Copy(conn, stream)
		// What the server says last is still to come.
		_ = conn.(*net.TCPConn).CloseWrite()
	}()
	go func() {
		<-session.Context().Done()
		_ = conn.Close()
	}()
	_, _ = io.Copy(stream, conn)
}
