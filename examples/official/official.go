// Package official has the socket.io-client of the Socket.IO project, as it is
// published on npm (package.json says which version), so that the demos can show
// that their pages work with it as well as with the client of this module. The
// file is under the MIT license, see dist/LICENSE.
package official

import (
	"embed"
	"net/http"
	"strings"
)

//go:embed dist
var dist embed.FS

// Handler serves the published client in place of ours, with its license, and
// leaves everything else to next. The pages import it under the same name.
func Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"socket.io.esm.min.js", "LICENSE"} {
			if strings.HasSuffix(r.URL.Path, "/socket.io/"+name) {
				w.Header().Set("Cache-Control", "no-cache")
				http.ServeFileFS(w, r, dist, "dist/"+name)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}
