package browser

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

var bundles = []string{
	"socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js", "socket.io.msgpack.esm.min.js",
	"socket.io.ws.min.js", "socket.io.ws.esm.min.js",
}

// get serves a file with request headers given as name, value, name, value.
func get(t *testing.T, method, name string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, "/socket.io/"+name+"?v=1", nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	if !ServeFile(w, r, name) {
		t.Fatalf("ServeFile(%q) = false", name)
	}
	return w.Result()
}

func body(t *testing.T, res *http.Response) []byte {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func checkHeaders(t *testing.T, res *http.Response, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got := res.Header.Get(name); got != value {
			t.Errorf("%s = %q, want %q", name, got, value)
		}
	}
}

func TestServeFile(t *testing.T) {
	for _, name := range bundles {
		t.Run(name, func(t *testing.T) {
			res := get(t, http.MethodGet, name)
			b := body(t, res)
			if res.StatusCode != http.StatusOK {
				t.Errorf("status = %d", res.StatusCode)
			}
			if !bytes.HasPrefix(b, []byte("/*!")) {
				t.Errorf("starts with %q, not with the banner", b[:20])
			}
			checkHeaders(t, res, map[string]string{
				"Content-Type":     "application/javascript; charset=utf-8",
				"Content-Length":   strconv.Itoa(len(b)),
				"Content-Encoding": "",
				"Cache-Control":    "public, max-age=0",
				"Vary":             "Accept-Encoding",
			})
		})
		t.Run(name+".map", func(t *testing.T) {
			res := get(t, http.MethodGet, name+".map")
			checkHeaders(t, res, map[string]string{"Content-Type": "application/json; charset=utf-8"})
			var m struct{ Sources []string }
			if err := json.Unmarshal(body(t, res), &m); err != nil {
				t.Fatal(err)
			}
			for _, source := range m.Sources {
				if !strings.HasPrefix(source, "../src/") && source != "../script.js" {
					t.Errorf("source %q is not relative", source)
				}
			}
		})
	}
}

func TestServeFileUnknown(t *testing.T) {
	for _, name := range []string{
		"", "/", ".", "..", "dist", "socket.io", "socket.io.js.gz", "socket.io.js.br", "socket.io.d.ts", "../embed.go",
		"dist/socket.io.js", "/socket.io.js", "socket.io.d.cts", "node/index.js", "socket.io.JS",
		"socket.io.0123456789ab.min.js", "socket.io.min.0123456789AB.js", "socket.io.min.0123456789a.js", "x.0123456789ab.js",
		"socket.io.min.js.0123456789ab.map",
	} {
		w := httptest.NewRecorder()
		if ServeFile(w, httptest.NewRequest(http.MethodGet, "/", nil), name) {
			t.Errorf("ServeFile(%q) = true", name)
		}
		if len(w.Header()) > 0 || w.Body.Len() > 0 {
			t.Errorf("ServeFile(%q) wrote something", name)
		}
	}
}

func TestServeFileEncoding(t *testing.T) {
	tests := []struct {
		accept []string
		want   string
	}{
		{nil, ""},
		{[]string{""}, ""},
		{[]string{"gzip, deflate, br, zstd"}, "br"},
		{[]string{"gzip"}, "gzip"},
		{[]string{"deflate"}, ""},
		{[]string{"GZip;q=0.5,BR ; q=0.001"}, "br"},
		{[]string{"br;q=0, gzip"}, "gzip"},
		{[]string{"br;q=0,gzip;q=0.000"}, ""},
		{[]string{"*"}, "br"},
		{[]string{"*;q=0"}, ""},
		{[]string{"br;q=0, *"}, "gzip"},
		{[]string{"*, br;q=0"}, "gzip"},
		{[]string{"gzip;q=1, *;q=0"}, "gzip"},
		{[]string{"identity"}, ""},
		{[]string{"identity;q=0"}, ""},
		{[]string{"identity;q=0, gzip"}, "gzip"},
		{[]string{"deflate", "gzip"}, "gzip"},
		{[]string{"brotli, xgzip"}, ""},
		{[]string{"br;q=x"}, "br"},
		{[]string{"br;level=1;q=0"}, ""},
	}
	identity := body(t, get(t, http.MethodGet, "socket.io.min.js"))
	etags := map[string]string{}
	for _, tt := range tests {
		t.Run(strings.Join(tt.accept, "|"), func(t *testing.T) {
			var header []string
			for _, value := range tt.accept {
				header = append(header, "Accept-Encoding", value)
			}
			res := get(t, http.MethodGet, "socket.io.min.js", header...)
			b := body(t, res)
			checkHeaders(t, res, map[string]string{
				"Content-Encoding": tt.want,
				"Content-Length":   strconv.Itoa(len(b)),
				"Vary":             "Accept-Encoding",
			})
			etags[res.Header.Get("ETag")] = tt.want
			switch tt.want {
			case "":
				if !bytes.Equal(b, identity) {
					t.Error("other bytes than without Accept-Encoding")
				}
			case "gzip":
				zr, err := gzip.NewReader(bytes.NewReader(b))
				if err != nil {
					t.Fatal(err)
				}
				if unpacked, err := io.ReadAll(zr); err != nil || !bytes.Equal(unpacked, identity) {
					t.Errorf("does not unpack to the file: %v", err)
				}
			default:
				// No decoder in the standard library; `npm run check` unpacks them.
				if len(b) >= len(identity)/2 {
					t.Errorf("%d bytes for %d", len(b), len(identity))
				}
			}
		})
	}
	if len(etags) != 3 {
		t.Errorf("%d ETags for 3 encodings", len(etags))
	}
}

func TestServeFileNotModified(t *testing.T) {
	etag := get(t, http.MethodGet, "socket.io.js").Header.Get("ETag")
	if !strings.HasPrefix(etag, `"`) {
		t.Fatalf("ETag = %s, want a strong one", etag)
	}
	tests := []struct {
		value string
		want  int
	}{
		{etag, http.StatusNotModified},
		{"W/" + etag, http.StatusNotModified},
		{`"x", W/` + etag + ` ,"y"`, http.StatusNotModified},
		{"*", http.StatusNotModified},
		{`"x"`, http.StatusOK},
		{strings.Trim(etag, `"`), http.StatusOK},
		{"", http.StatusOK},
	}
	for _, tt := range tests {
		t.Run(tt.value, func(t *testing.T) {
			res := get(t, http.MethodGet, "socket.io.js", "If-None-Match", tt.value)
			if res.StatusCode != tt.want {
				t.Fatalf("status = %d, want %d", res.StatusCode, tt.want)
			}
			checkHeaders(t, res, map[string]string{"ETag": etag, "Cache-Control": "public, max-age=0", "Vary": "Accept-Encoding"})
			if tt.want == http.StatusNotModified {
				checkHeaders(t, res, map[string]string{"Content-Type": "", "Content-Length": "", "Content-Encoding": ""})
				if b := body(t, res); len(b) > 0 {
					t.Errorf("%d bytes of body", len(b))
				}
			}
		})
	}
	t.Run("the tag of another encoding", func(t *testing.T) {
		res := get(t, http.MethodGet, "socket.io.js", "If-None-Match", etag, "Accept-Encoding", "br")
		if res.StatusCode != http.StatusOK {
			t.Errorf("status = %d, want 200", res.StatusCode)
		}
	})
}

func TestServeFileHead(t *testing.T) {
	want := get(t, http.MethodGet, "socket.io.js", "Accept-Encoding", "br")
	got := get(t, http.MethodHead, "socket.io.js", "Accept-Encoding", "br")
	if b := body(t, got); len(b) > 0 {
		t.Errorf("%d bytes of body", len(b))
	}
	for name := range want.Header {
		checkHeaders(t, got, map[string]string{name: want.Header.Get(name)})
	}
}

// The wire has the last word: net/http must not change what we set.
func TestServeFileOverHTTP(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !ServeFile(w, r, strings.TrimPrefix(r.URL.Path, "/socket.io/")) {
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	for _, name := range bundles {
		res, err := server.Client().Get(server.URL + "/socket.io/" + name) // asks for gzip, and unpacks it
		if err != nil {
			t.Fatal(err)
		}
		b := body(t, res)
		res.Body.Close()
		if !res.Uncompressed || !bytes.Equal(b, body(t, get(t, http.MethodGet, name))) {
			t.Errorf("%s: other bytes, or not compressed", name)
		}
	}
	res, err := server.Client().Get(server.URL + "/socket.io/nothing.js")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusNotFound {
		t.Errorf("status = %d, want 404", res.StatusCode)
	}
}

func TestEveryFileHasEveryEncoding(t *testing.T) {
	if n := len(files()); n != 2*len(bundles) {
		t.Errorf("%d files, want %d", n, 2*len(bundles))
	}
	for name, load := range files() {
		if f := load(); len(f.variants) != 3 {
			t.Errorf("%s has %d variants, want br, gzip and none", name, len(f.variants))
		}
	}
}

func TestHashedName(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range bundles {
		alias := HashedName(name)
		if seen[alias] || !strings.HasPrefix(alias, strings.TrimSuffix(name, "js")) {
			t.Errorf("HashedName(%q) = %q", name, alias)
		}
		seen[alias] = true
		res := get(t, http.MethodGet, alias)
		checkHeaders(t, res, map[string]string{
			"Cache-Control": "public, max-age=31536000, immutable",
			"Content-Type":  "application/javascript; charset=utf-8",
			"ETag":          get(t, http.MethodGet, name).Header.Get("ETag"),
		})
		if !bytes.Equal(body(t, res), body(t, get(t, http.MethodGet, name))) {
			t.Errorf("%s: other bytes than %s", alias, name)
		}
	}
	for _, name := range []string{"", "socket.io", "socket.io.min.js.map", "socket.io.d.ts", HashedName("socket.io.js")} {
		if alias := HashedName(name); alias != "" {
			t.Errorf("HashedName(%q) = %q", name, alias)
		}
	}
}

// A page of before the last deployment still gets a client, but no cache keeps it under that name.
func TestHashedNameOfAnotherVersion(t *testing.T) {
	res := get(t, http.MethodGet, "socket.io.min.0123456789ab.js")
	checkHeaders(t, res, map[string]string{"Cache-Control": "public, max-age=0"})
	if !bytes.Equal(body(t, res), body(t, get(t, http.MethodGet, "socket.io.min.js"))) {
		t.Error("other bytes than socket.io.min.js")
	}
}

func BenchmarkServeFile(b *testing.B) {
	r := httptest.NewRequest(http.MethodGet, "/socket.io/socket.io.min.js", nil)
	r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	for b.Loop() {
		ServeFile(httptest.NewRecorder(), r, "socket.io.min.js")
	}
}
