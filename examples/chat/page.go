package chat

import (
	"embed"
	"io/fs"
	"net/http"
)

// The page, as build.mjs makes it of the sources in web.
//
//go:embed dist
var dist embed.FS

// page serves it so that a browser runs nothing but it.
func page() http.Handler {
	root, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the name above is wrong
	}
	files := http.FileServerFS(root)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		files.ServeHTTP(w, r)
	})
}
