//go:build js && wasm

// Command page is the client: a Go program in the browser. It talks to the server
// that the page came from.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"syscall/js"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/client"
	"github.com/socketio-go/socketio/examples/wasm/events"
)

func main() {
	page := js.Global().Get("document")
	show := func(id, text string) { page.Call("getElementById", id).Set("textContent", text) }

	// ?transports=polling or =websocket chooses; otherwise it is polling and then an upgrade.
	var opts client.Options
	query, _ := url.ParseQuery(strings.TrimPrefix(js.Global().Get("location").Get("search").String(), "?"))
	opts.Transports = query["transports"]
	opts.ReconnectionDelay, opts.ReconnectionDelayMax = 200*time.Millisecond, time.Second

	s := client.New("", &opts)
	connections := 0
	s.OnConnect(func(_ context.Context, s *client.Socket) {
		connections++
		show("state", "connected")
		show("id", s.ID())
		show("connections", fmt.Sprint(connections))
	})
	s.OnConnectError(func(_ *client.Socket, err error) { show("state", err.Error()) })
	s.OnDisconnect(func(_ *client.Socket, reason socketio.Reason, _ error) { show("state", string(reason)) })
	socketio.On(s, events.Tick, func(_ context.Context, s *client.Socket, n int) error {
		show("tick", fmt.Sprint(n))
		show("transport", s.Transport())
		return nil
	})

	page.Call("getElementById", "form").Call("addEventListener", "submit", js.FuncOf(func(_ js.Value, args []js.Value) any {
		args[0].Call("preventDefault")
		text := page.Call("getElementById", "text").Get("value").String()
		go echo(s, text, show) // a call waits, and the browser's thread must not
		return nil
	}))
	if err := s.Connect(context.Background()); err != nil {
		show("state", err.Error())
	}
	select {}
}

// echo has the text sent back, and some bytes hashed by the server.
func echo(s *client.Socket, text string, show func(id, text string)) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	answer, err := events.Echo.Do(ctx, s, text)
	if err != nil {
		answer = err.Error()
	}
	show("answer", answer)

	data := make([]byte, 100_000)
	for i := range data {
		data[i] = byte(i)
	}
	sum, err := events.Hash.Do(ctx, s, data)
	want := sha256.Sum256(data)
	switch {
	case err != nil:
		show("hash", err.Error())
	case string(sum) != string(want[:]):
		show("hash", "different: "+hex.EncodeToString(sum))
	default:
		show("hash", "equal")
	}
}
