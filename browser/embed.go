// Package browser holds the client for browsers: a drop-in for the official socket.io-client, built from the TypeScript
// sources beside it, and compiled into the program. A server offers it to its pages under the names the official server
// uses, so that
//
//	<script src="/socket.io/socket.io.min.js"></script>
//
// works without a package manager or a CDN.
package browser

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// The files compressed; nobody who can run the client asks for anything else.
//
//go:embed dist/*.br dist/*.gz
var dist embed.FS

// A file is one name in all its encodings.
type file struct {
	contentType string
	hash        string    // of the content, for the alias
	variants    []variant // best first; the last one is not encoded
}

// A variant is one encoding of a file.
type variant struct {
	encoding string // value of Content-Encoding; empty for none
	body     []byte
	etag     string
}

// files returns what loads each servable file, by name. It is loaded once, when it is asked for.
var files = sync.OnceValue(func() map[string]func() file {
	entries, err := dist.ReadDir("dist")
	if err != nil {
		panic(err) // not possible: the pattern above matched
	}
	found := make(map[string]func() file)
	for _, entry := range entries {
		if name, ok := strings.CutSuffix(entry.Name(), ".gz"); ok {
			found[name] = sync.OnceValue(func() file { return load(name) })
		}
	}
	return found
})

// load reads, unpacks and hashes a file. An error would be one of the build, which the tests find.
func load(name string) file {
	f := file{contentType: "application/javascript; charset=utf-8"}
	if strings.HasSuffix(name, ".map") {
		f.contentType = "application/json; charset=utf-8"
	}
	for _, v := range []variant{{encoding: "br"}, {encoding: "gzip"}, {}} {
		var err error
		switch v.encoding {
		case "br":
			v.body, err = dist.ReadFile("dist/" + name + ".br")
		case "gzip":
			v.body, err = dist.ReadFile("dist/" + name + ".gz")
		default:
			v.body, err = unpack(f.variants[len(f.variants)-1].body)
		}
		if err != nil {
			panic("browser: " + name + ": " + err.Error())
		}
		// Each encoding has its own tag: a strong tag promises equal bytes.
		sum := sha256.Sum256(v.body)
		f.hash = hex.EncodeToString(sum[:6])
		v.etag = `"` + hex.EncodeToString(sum[:12]) + `"`
		f.variants = append(f.variants, v)
	}
	return f
}

func unpack(compressed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// alias matches what HashedName returns.
var alias = regexp.MustCompile(`^(.+)\.([0-9a-f]{12})\.js$`)

// HashedName returns another name of the client file of that name, which changes with its content, such as
// "socket.io.min.4f3c2b1a0d9e.js" for "socket.io.min.js". [ServeFile] tells caches that what it serves under that name never
// changes, so a page that uses it, from a template for instance, saves its readers the request that asks for changes. It
// returns "" when there is no such script.
//
// HashedName may be called concurrently.
func HashedName(name string) string {
	base, isScript := strings.CutSuffix(name, ".js")
	file, ok := files()[name]
	if !ok || !isScript {
		return ""
	}
	return base + "." + file().hash + ".js"
}

// ServeFile answers r with the client file of that name, and reports whether there is such a file; if not, it has written
// nothing, and the caller goes on. The files are:
//
//	socket.io.js                   the whole client, to be read
//	socket.io.min.js               the same, small
//	socket.io.esm.min.js           the same as an ES module
//	socket.io.msgpack.min.js       with MessagePack instead of JSON
//	socket.io.msgpack.esm.min.js   the same as an ES module
//	socket.io.ws.min.js            with WebSocket as the only transport
//	socket.io.ws.esm.min.js        the same as an ES module
//
// the source map of each (name.map), and each under its [HashedName], of an older version too.
//
// Like the official server it looks neither at the method nor at the query, and asks caches to revalidate every time
// (SRV-110 to SRV-114), except under the current HashedName. The answer is compressed as r accepts it; nothing is compressed
// while serving.
//
// ServeFile may be called concurrently.
func ServeFile(w http.ResponseWriter, r *http.Request, name string) bool {
	hash := ""
	if match := alias.FindStringSubmatch(name); match != nil {
		name, hash = match[1]+".js", match[2]
	}
	load, ok := files()[name]
	if !ok {
		return false
	}
	f := load()
	v := f.choose(r.Header.Values("Accept-Encoding"))
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=0")
	if hash == f.hash {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
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
