module github.com/socketio-go/socketio/interop

go 1.25.0

require github.com/socketio-go/socketio v0.0.0

replace github.com/socketio-go/socketio => ../
