// Package webtransport lets clients of Socket.IO connect over WebTransport, which is streams of HTTP/3: no
// packet waits for a lost one of another connection, and a client whose address changes stays connected.
// Browsers begin with polling and move to it where the server lists it (EIO-080). The engine is given each
// stream as a WebSocket, so everything that holds for those holds here: origins, middlewares, budgets.
//
//	io := server.New(&server.Options{Transports: []string{"polling", "websocket", "webtransport"}})
//	http.Handle("/socket.io/", io)
//	go http.ListenAndServeTLS(":443", "cert.pem", "key.pem", nil)
//	err := webtransport.NewServer(http.DefaultServeMux, &tls.Config{Certificates: certs}).ListenAndServe(":443")
//
// The program in the folder example is a page that does so, with a certificate of its own.
//
// It is a module of its own, because HTTP/3 is not in the standard library: QUIC comes from quic-go.
package webtransport
