// Package page serves the page of a demo, as build.mjs makes it.
package page

import (
	"io/fs"
	"net/http"
)

// Handler serves the files in the folder dist, so that a browser runs nothing but
// them. policy has more directives of the Content-Security-Policy, or is empty.
func Handler(files fs.FS, policy string) http.Handler {
	root, err := fs.Sub(files, "dist")
	if err != nil {
		panic(err) // the name above is wrong
	}
	server := http.FileServerFS(root)
	policy = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " + policy
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		server.ServeHTTP(w, r)
	})
}
