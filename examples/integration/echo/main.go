// Command echo serves Socket.IO on an Echo instance, behind Echo's middlewares.
package main

import (
	"context"
	"log"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/server"
)

func newServer() *server.Server {
	io := server.New(nil)
	io.Handle("echo", socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error { return m.Ack(m.Args) }))
	io.Handle("whoami", socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error {
		return m.Ack(map[string]string{"path": m.Socket.(*server.Socket).Handshake().URI})
	}))
	return io
}

func router(io http.Handler) http.Handler {
	e := echo.New()
	e.Use(middleware.Recover(), middleware.RequestID())
	e.GET("/", func(c echo.Context) error { return c.String(http.StatusOK, "a page") })
	// A middleware that compresses must leave this group alone: the server does that itself.
	e.Group("/socket.io").Any("/*", echo.WrapHandler(io))
	return e
}

func main() { log.Fatal(http.ListenAndServe("localhost:3000", router(newServer()))) }
