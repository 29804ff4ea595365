// Package official has the socket.io-client of the Socket.IO project, as it is
// published on npm (package.json says which version), so that the demos can show
// that their pages work with it as well as with the client of this module. The
// file is under the MIT license, see dist/LICENSE.
package official

import (
	_ "embed"
	"net/http"
	"strings"
)

//go:embed dist/socket.io.esm.min.js
var client []byte

// Handler serves the published client in place of ours, and leaves everything
// else to next. The pages import it under the same name.
func Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/socket.io/socket.io.esm.min.js") {
			next.ServeHTTP(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/javascript; charset=utf-8")
		h.Set("Cache-Control", "no-cache")
		_, _ = w.Write(client) // an error means that the page has gone
	})
}
