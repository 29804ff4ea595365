module github.com/socketio-go/socketio/benchmarks

go 1.25.0

require (
	github.com/gorilla/websocket v1.5.3
	github.com/lxzan/gws v1.8.9
	github.com/socketio-go/socketio v0.0.0
	golang.org/x/sys v0.43.0
)

require (
	github.com/dolthub/maphash v0.1.0 // indirect
	github.com/klauspost/compress v1.17.9 // indirect
)

replace github.com/socketio-go/socketio => ../
