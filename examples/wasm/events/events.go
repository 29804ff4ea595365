// Package events is what travels between the page and its server: both are Go
// programs and import it.
package events

import "github.com/socketio-go/socketio"

var (
	Tick = socketio.NewEvent[int]("tick")                             // once a second
	Echo = socketio.NewCall[string, string]("echo")                   // the same text
	Hash = socketio.NewCall[socketio.Binary, socketio.Binary]("hash") // SHA-256 of the bytes
)
