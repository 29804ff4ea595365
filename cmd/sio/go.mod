module github.com/socketio-go/socketio/cmd/sio

go 1.25.0

require (
	github.com/socketio-go/socketio v0.0.0
	github.com/socketio-go/socketio/examples v0.0.0
)

replace (
	github.com/socketio-go/socketio => ../..
	github.com/socketio-go/socketio/examples => ../../examples
)
