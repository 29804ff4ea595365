module github.com/socketio-go/socketio

go 1.25.0

ignore ./browser/node_modules
