//go:build !js

package engine

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
)

// writeBody answers a GET, compressed if the client allows it, too (EIO-044).
func writeBody(w http.ResponseWriter, r *http.Request, body []byte, compress bool) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if ua := r.UserAgent(); strings.Contains(ua, ";MSIE") || strings.Contains(ua, "Trident/") {
		h.Set("X-XSS-Protection", "0")
	}
	if compress {
		if encoding := acceptedEncoding(r); encoding != "" {
			h.Set("Content-Encoding", encoding)
			writeCompressed(w, encoding, body)
			return
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

// acceptedEncoding prefers gzip to deflate.
func acceptedEncoding(r *http.Request) string {
	accepted := make(map[string]bool)
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		weight, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(q), "q="), 64)
		accepted[strings.ToLower(name)] = err != nil || weight > 0
	}
	for _, encoding := range []string{"gzip", "deflate"} {
		if accepted[encoding] {
			return encoding
		}
	}
	return ""
}

// compressor is a *gzip.Writer or *zlib.Writer.
type compressor interface {
	io.WriteCloser
	Reset(io.Writer)
}

var (
	gzips   = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}
	deflate = sync.Pool{New: func() any { return zlib.NewWriter(nil) }}
)

func writeCompressed(w io.Writer, encoding string, body []byte) {
	pool := &gzips
	if encoding == "deflate" {
		pool = &deflate
	}
	c := pool.Get().(compressor)
	defer pool.Put(c)
	c.Reset(w)
	_, _ = c.Write(body)
	_ = c.Close()
}

// jsonp is the function that a JSONP client (EIO-036) asks for, or "".
func jsonp(r *http.Request) string {
	q := query(r.URL.Query())
	if _, asked := q["j"]; !asked {
		return ""
	}
	return "___eio[" + strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, q.last("j")) + "]"
}

// wrapJSONP makes a script of a payload. Encoding escapes what a script could not
// hold, U+2028 and U+2029 included.
func wrapJSONP(function string, body []byte) []byte {
	var out bytes.Buffer
	out.WriteString(function + "(")
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(string(body)) // a string and a buffer: nothing can fail
	out.Truncate(out.Len() - 1)
	out.WriteString(");")
	return out.Bytes()
}

// formPayload takes the payload out of the form that a JSONP client posts.
func formPayload(body []byte) []byte {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil
	}
	return []byte(unescape.Replace(form.Get("d")))
}

// unescape undoes what clients do to line ends, which forms would change.
var unescape = strings.NewReplacer(`\\n`, `\n`, `\n`, "\n")
