// Command gws is github.com/lxzan/gws as a subject of the benchmarks.
package main

import (
	"net/http"
	"sync"

	"github.com/lxzan/gws"

	"github.com/socketio-go/socketio/benchmarks/internal/host"
)

type handler struct {
	gws.BuiltinEventHandler

	mu      sync.RWMutex // guards clients
	clients map[*gws.Conn]struct{}
}

func main() {
	upgrader := gws.NewUpgrader(&handler{clients: map[*gws.Conn]struct{}{}}, nil)
	host.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if conn, err := upgrader.Upgrade(w, r); err == nil {
			go conn.ReadLoop() // the server's own goroutine and its buffers can go
		}
	}))
}

func (h *handler) OnOpen(c *gws.Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clients[c] = struct{}{}
}

func (h *handler) OnClose(c *gws.Conn, _ error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.clients, c)
}

func (h *handler) OnMessage(c *gws.Conn, m *gws.Message) {
	defer m.Close()
	if data := m.Bytes(); len(data) == 0 || data[0] != 'b' {
		c.WriteMessage(m.Opcode, data)
		return
	}
	b := gws.NewBroadcaster(m.Opcode, m.Bytes())
	defer b.Close()
	h.mu.RLock()
	defer h.mu.RUnlock()
	for c := range h.clients {
		b.Broadcast(c)
	}
}
