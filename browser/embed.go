// Package browser holds the client for browsers: a drop-in for the official socket.io-client, built from the TypeScript
// sources beside it, and compiled into the program. A server offers it to its pages under the names the official server
// uses, so that
//
//	<script src="/socket.io/socket.io.min.js"></script>
//
// works without a package manager or a CDN.
package browser

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

//go:embed dist/*
var dist embed.FS

// A file is one name in all its encodings.
type file struct {
	contentType string
	variants    []variant // best first; the last one is not encoded
}

// A variant is one encoding of a file.
type variant struct {
	encoding string // value of Content-Encoding; empty for none
	body     []byte
	etag     string
}

// files returns the servable files by name, read and hashed once.
var files = sync.OnceValue(func() map[string]file {
	entries, err := dist.ReadDir("dist")
	if err != nil {
		panic(err) // not possible: the pattern above matched
	}
	found := make(map[string]file)
	for _, entry := range entries {
		name := entry.Name()
		f := file{contentType: "application/javascript; charset=utf-8"}
		switch {
		case strings.HasSuffix(name, ".js"):
		case strings.HasSuffix(name, ".js.map"):
			f.contentType = "application/json; charset=utf-8"
		default:
			continue
		}
		for _, v := range []variant{{encoding: "br"}, {encoding: "gzip"}, {}} {
			suffix := map[string]string{"br": ".br", "gzip": ".gz"}[v.encoding]
			if v.body, err = dist.ReadFile("dist/" + name + suffix); err != nil {
				continue
			}
			// Each encoding has its own tag: a strong tag promises equal bytes.
			sum := sha256.Sum256(v.body)
			v.etag = `"` + hex.EncodeToString(sum[:12]) + `"`
			f.variants = append(f.variants, v)
		}
		found[name] = f
	}
	return found
})

// ServeFile answers r with the client file of that name: socket.io.js (readable), socket.io.min.js, socket.io.esm.min.js
// (an ES module), or the source map of one of them (name.map). It reports whether there is such a file; if not, it has
// written nothing, and the caller goes on.
//
// Like the official server it looks neither at the method nor at the query, and asks caches to revalidate every time
// (SRV-110 to SRV-114). The answer is compressed as r accepts it; nothing is compressed while serving.
//
// ServeFile may be called concurrently.
func ServeFile(w http.ResponseWriter, r *http.Request, name string) bool {
	f, ok := files()[name]
	if !ok {
		return false
	}
	v := f.choose(r.Header.Values("Accept-Encoding"))
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=0")
	h.Set("ETag", v.etag)
	h.Add("Vary", "Accept-Encoding")
	if matches(r.Header.Values("If-None-Match"), v.etag) {
		w.WriteHeader(http.StatusNotModified)
		return true
	}
	h.Set("Content-Type", f.contentType)
	h.Set("Content-Length", strconv.Itoa(len(v.body)))
	if v.encoding != "" {
		h.Set("Content-Encoding", v.encoding)
	}
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(v.body) // an error means that the client is gone
	}
	return true
}

// choose returns the best variant that the values of Accept-Encoding allow (RFC 9110, section 12.5.3). Not encoded is
// always possible, even when it is refused: better than no answer.
func (f file) choose(accept []string) variant {
	last := len(f.variants) - 1
	for _, v := range f.variants[:last] {
		if accepts(accept, v.encoding) {
			return v
		}
	}
	return f.variants[last]
}

// accepts reports whether an encoding is named, or meant by "*", with a weight above zero.
func accepts(accept []string, encoding string) bool {
	allowed := false
	for item := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		token, params, _ := strings.Cut(item, ";")
		token = strings.TrimSpace(token)
		if strings.EqualFold(token, encoding) {
			return weight(params) > 0
		}
		if token == "*" {
			allowed = weight(params) > 0
		}
	}
	return allowed
}

// weight reads "q=0.5"; without one, or with one that makes no sense, it is 1.
func weight(params string) float64 {
	for param := range strings.SplitSeq(params, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		if strings.EqualFold(strings.TrimSpace(key), "q") {
			if q, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil {
				return q
			}
		}
	}
	return 1
}

// matches reports whether the values of If-None-Match have the tag. The comparison is the weak one, because caches that
// change an encoding weaken tags (RFC 9110, section 13.1.2).
func matches(ifNoneMatch []string, etag string) bool {
	for tag := range strings.SplitSeq(strings.Join(ifNoneMatch, ","), ",") {
		tag = strings.TrimSpace(tag)
		if tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
			return true
		}
	}
	return false
}
