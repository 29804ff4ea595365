// Command gin serves Socket.IO on a gin engine, behind gin's middlewares.
package main

import (
	"context"
	"log"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/server"
)

// user is the key of the user whom a middleware of gin has found out.
type user struct{}

func newServer() *server.Server {
	io := server.New(&server.Options{
		ConnContext: func(ctx context.Context, r *http.Request) context.Context {
			return context.WithValue(ctx, user{}, r.Context().Value(user{}))
		},
	})
	io.Handle("echo", socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error { return m.Ack(m.Args) }))
	io.Handle("whoami", socketio.HandlerFunc(func(ctx context.Context, m *socketio.Message) error {
		return m.Ack(map[string]any{"user": ctx.Value(user{})})
	}))
	return io
}

// identify puts the user into the request's context: gin's own keys do not leave gin.
func identify(c *gin.Context) {
	if name := c.GetHeader("X-User"); name != "" {
		c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), user{}, name))
	}
	c.Next()
}

func router(io http.Handler) http.Handler {
	r := gin.New()
	r.Use(gin.Logger(), gin.Recovery(), identify)
	r.GET("/", func(c *gin.Context) { c.String(http.StatusOK, "a page") })
	r.Any("/socket.io/*any", gin.WrapH(io))
	return r
}

func main() {
	gin.SetMode(gin.ReleaseMode)
	log.Fatal(http.ListenAndServe("localhost:3000", router(newServer())))
}
