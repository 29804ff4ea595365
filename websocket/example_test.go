package websocket_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/socketio-go/socketio/websocket"
)

// room sends every message to all of its members.
type room struct {
	mu      sync.Mutex // guards members
	members map[*websocket.Conn]bool
}

func (r *room) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	c, err := websocket.Accept(w, req, nil)
	if err != nil {
		return // the request has been answered
	}
	r.mu.Lock()
	r.members[c] = true
	r.mu.Unlock()
	c.Serve(r)
}

func (r *room) Message(_ *websocket.Conn, t websocket.MessageType, p []byte) {
	m := websocket.Prepare(t, p)
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.members {
		if c.WritePrepared(m) == websocket.ErrSlowConsumer {
			c.CloseNow()
		}
	}
}

func (r *room) Closed(c *websocket.Conn, _ error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.members, c)
}

// A server that frames each message once for everybody, and a client that
// reads in a loop of its own.
func Example() {
	server := httptest.NewServer(&room{members: make(map[*websocket.Conn]bool)})
	defer server.Close()

	ctx := context.Background()
	c, _, err := websocket.Dial(ctx, server.URL, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	c.Write(websocket.Text, []byte("hello, everybody"))
	t, p, err := c.Read(ctx)
	fmt.Println(t, string(p), err)

	c.Close(websocket.StatusNormalClosure, "")
	for err == nil {
		_, _, err = c.Read(ctx)
	}
	// Output: text hello, everybody <nil>
}
