// Command session shows who is behind a connection: a middleware of net/http finds the
// user of a cookie, handlers have it in their context, and the log says whose event it was.
package main

import (
	"context"
	"errors"
	"log"
	"log/slog"
	"net/http"
	"os"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/server"
)

// user is whom a session belongs to.
type user struct{ Name string }

type userKey struct{}

// sessions are a stand-in for a store of them.
var sessions = map[string]*user{"c0ffee": {"ada"}, "decade": {"grace"}}

// authenticate is an ordinary middleware: it neither knows nor cares that some of the
// requests become WebSockets.
func authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie("session"); err == nil && sessions[c.Value] != nil {
			r = r.WithContext(context.WithValue(r.Context(), userKey{}, sessions[c.Value]))
		}
		next.ServeHTTP(w, r)
	})
}

// recorder lets a middleware see the status. Unwrap is all that upgrades need.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// accessLog notes every request of HTTP.
func accessLog(logger *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &recorder{w, http.StatusOK}
		next.ServeHTTP(rec, r)
		logger.Debug("request", "method", r.Method, "path", r.URL.Path, "status", rec.status)
	})
}

func newServer(logger *slog.Logger) *server.Server {
	io := server.New(&server.Options{
		Logger: logger.With("component", "socketio"),
		AllowRequest: func(r *http.Request) error {
			if r.Context().Value(userKey{}) == nil {
				return errors.New("sign in first")
			}
			return nil
		},
		ConnContext: func(ctx context.Context, r *http.Request) context.Context {
			return context.WithValue(ctx, userKey{}, r.Context().Value(userKey{}))
		},
	})
	io.OnConnect(func(ctx context.Context, s *server.Socket) error {
		s.Join("user:" + ctx.Value(userKey{}).(*user).Name)
		return nil
	})
	io.Wrap(func(next socketio.Handler) socketio.Handler {
		return socketio.HandlerFunc(func(ctx context.Context, m *socketio.Message) error {
			err := next.ServeEvent(ctx, m)
			logger.InfoContext(ctx, "event", "event", m.Event, "socket", m.Socket, "user", ctx.Value(userKey{}).(*user).Name, "error", err)
			return err
		})
	})
	io.Handle("echo", socketio.HandlerFunc(func(_ context.Context, m *socketio.Message) error { return m.Ack(m.Args) }))
	io.Handle("whoami", socketio.HandlerFunc(func(ctx context.Context, m *socketio.Message) error {
		return m.Ack(ctx.Value(userKey{}))
	}))
	return io
}

func main() {
	logger := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", newServer(logger))
	log.Fatal(http.ListenAndServe("localhost:3000", accessLog(logger, authenticate(mux))))
}
