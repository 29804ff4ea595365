// Command gorilla is github.com/gorilla/websocket as a subject of the benchmarks.
package main

import (
	"net/http"
	"sync"

	"github.com/gorilla/websocket"

	"github.com/socketio-go/socketio/benchmarks/internal/host"
)

// client has a lock because a connection takes one writer at a time.
type client struct {
	*websocket.Conn
	mu sync.Mutex
}

var (
	mu      sync.RWMutex // guards clients
	clients = map[*client]struct{}{}
)

func main() {
	var upgrader websocket.Upgrader
	host.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		c := &client{Conn: conn}
		mu.Lock()
		clients[c] = struct{}{}
		mu.Unlock()
		c.serve()
		mu.Lock()
		delete(clients, c)
		mu.Unlock()
		conn.Close()
	}))
}

func (c *client) serve() {
	for {
		op, data, err := c.ReadMessage()
		if err != nil {
			return
		}
		if len(data) > 0 && data[0] == 'b' {
			broadcast(op, data)
			continue
		}
		c.mu.Lock()
		err = c.WriteMessage(op, data)
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func broadcast(op int, data []byte) {
	prepared, err := websocket.NewPreparedMessage(op, data)
	if err != nil {
		return
	}
	mu.RLock()
	defer mu.RUnlock()
	for c := range clients {
		c.mu.Lock()
		c.WritePreparedMessage(prepared)
		c.mu.Unlock()
	}
}
