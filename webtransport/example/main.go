// Command example serves a page whose connection begins with polling and moves to WebTransport.
//
// Browsers want a certificate that an authority has signed, or the hash of one that is young and of an elliptic curve.
// This one makes such a certificate and tells the page its hash. In production, use the certificate of your domain, and
// the page needs no options.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	_ "embed"
	"flag"
	"fmt"
	"log"
	"math/big"
	"net"
	"net/http"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/server"
	"github.com/socketio-go/socketio/webtransport"
)

//go:embed index.html
var page []byte

func main() {
	addr := flag.String("addr", "127.0.0.1:3000", "address to listen at, with TCP and UDP")
	flag.Parse()
	if err := run(*addr); err != nil {
		log.Fatal(err)
	}
}

func run(addr string) error {
	cert, err := certificate()
	if err != nil {
		return err
	}
	tcp, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	udp, err := net.ListenPacket("udp", tcp.Addr().String()) // the same port, where the client looks for it
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", echo())
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(page) })
	mux.HandleFunc("/certificate", func(w http.ResponseWriter, _ *http.Request) {
		hash := sha256.Sum256(cert.Certificate[0])
		_, _ = w.Write(hash[:])
	})
	fmt.Printf("listening http://%s\n", tcp.Addr())
	failed := make(chan error, 2)
	go func() { failed <- http.Serve(tcp, mux) }()
	go func() {
		failed <- webtransport.NewServer(mux, &tls.Config{Certificates: []tls.Certificate{cert}}).Serve(udp)
	}()
	return <-failed
}

// echo is a Socket.IO server whose clients may use all three transports.
func echo() *server.Server {
	io := server.New(&server.Options{Transports: []string{engine.Polling, engine.WebSocket, engine.WebTransport}})
	io.Handle("echo", socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error {
		if m.WantsAck() {
			return m.Ack(m.Args)
		}
		return m.Socket.Emit(m.Event, m.Args)
	}))
	io.Handle("bye", socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error {
		m.Socket.(*server.Socket).Disconnect(false)
		return nil
	}))
	return io
}

func certificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(0, 0, 13), // browsers allow two weeks
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		DNSNames:     []string{"localhost"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}
