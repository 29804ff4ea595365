package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio"
	"github.com/socketio-go/socketio/adapter"
	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/internal/dispatch"
	"github.com/socketio-go/socketio/internal/rawclient"
	"github.com/socketio-go/socketio/packet"
	"github.com/socketio-go/socketio/websocket"
)

// filled has a value other than the default in every field.
func filled() Options {
	return Options{
		PingInterval: 1, PingTimeout: 2, UpgradeTimeout: 3, ConnectTimeout: 4, AckTimeout: 5,
		MaxPayload: 6, MaxAttachments: 7, SendBudget: 8, ReceiveBudget: 9, Overflow: OverflowDrop,
		Codec: packet.JSON{}, Recovery: &Recovery{MaxBytes: 1}, CleanupEmptyNamespaces: true, DrainRate: 7,
		Adapter:    func(l adapter.Local, r *adapter.Recovery) adapter.Adapter { return adapter.NewMemory(l, r) },
		Transports: []string{"polling"}, DisableUpgrades: true, Compression: &websocket.Compression{Level: 2},
		AllowEIO3: true, CompressPolling: 10, Cookie: &http.Cookie{}, TrustedProxies: []netip.Prefix{{}},
		GenerateID:   func(*http.Request) (string, error) { return "", nil },
		Header:       func(http.Header, *http.Request, bool) {},
		OnRefuse:     func(*http.Request, *engine.Refusal) {},
		AllowRequest: func(*http.Request) error { return nil },
		KeepHeaders:  []string{"*"},
		ConnContext:  func(ctx context.Context, _ *http.Request) context.Context { return ctx },
		CORS:         &CORS{}, DisableClientFiles: true, Logger: slog.New(new(recorder)),
	}
}

// same compares options; functions by their address.
func same(a, b reflect.Value) bool {
	if a.Kind() == reflect.Func {
		return a.Pointer() == b.Pointer()
	}
	return reflect.DeepEqual(a.Interface(), b.Interface())
}

// Every option either reaches the engine or has a test here that proves its effect.
// A new one fails until it does.
func TestEveryOptionHasAnEffect(t *testing.T) {
	effects := map[string]func(t *testing.T){
		"ConnectTimeout":     testConnectTimeoutOption,
		"AckTimeout":         testAckTimeoutOption,
		"MaxAttachments":     testMaxAttachmentsOption,
		"ReceiveBudget":      testReceiveBudgetOption,
		"DisableClientFiles": testClientFilesOption,
		"Logger":             testLoggerOption,

		"Overflow":               testOverflowOption,
		"Codec":                  testCodecOption,
		"Adapter":                testAdapterOption,
		"Recovery":               testRecoveryOption,
		"CleanupEmptyNamespaces": testCleanupOption,
		"DrainRate":              testDrainRateOption,
	}
	opts := filled()
	kept := opts.withDefaults()
	passed := reflect.ValueOf(kept.engine(func(*engine.Session) engine.Receiver { return nil })).Elem()
	for i := range reflect.TypeFor[Options]().NumField() {
		name := reflect.TypeFor[Options]().Field(i).Name
		set := reflect.ValueOf(opts).Field(i)
		if set.IsZero() {
			t.Errorf("%s is new: give it a value in filled", name)
			continue
		}
		if !same(set, reflect.ValueOf(kept).Field(i)) {
			t.Errorf("%s is changed by the defaults", name)
		}
		if there := passed.FieldByName(name); there.IsValid() && !same(set, there) {
			t.Errorf("%s does not reach the engine", name)
		} else if !there.IsValid() && effects[name] == nil {
			t.Errorf("%s has no effect that a test knows", name)
		}
	}
	for i := range passed.NumField() {
		if passed.Field(i).IsZero() {
			t.Errorf("the engine's %s cannot be set", passed.Type().Field(i).Name)
		}
	}
	for name, f := range effects {
		t.Run(name, f)
	}
}

func TestDefaults(t *testing.T) {
	for _, opts := range []*Options{nil, {}} {
		got := opts.withDefaults()
		if got.Logger == nil || got.Logger.Enabled(t.Context(), slog.LevelError) {
			t.Error("the default logger is not silent")
		}
		if got.Adapter == nil {
			t.Error("there is no adapter")
		}
		got.Logger, got.Adapter = nil, nil
		want := Options{PingInterval: 25 * time.Second, PingTimeout: 20 * time.Second, DrainRate: 1000, ConnectTimeout: 45 * time.Second, AckTimeout: 20 * time.Second, MaxAttachments: 10, SendBudget: 8 << 20, ReceiveBudget: 4 << 20}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("defaults %+v", got)
		}
	}
	opts := filled()
	io := New(&opts)
	opts.MaxAttachments = 1000
	if io.opts.MaxAttachments != 7 {
		t.Error("the options are not copied")
	}
}

func testConnectTimeoutOption(t *testing.T) {
	bubble(t, "websocket", Options{ConnectTimeout: 3 * time.Second}, func(t *testing.T, x *fixture) {
		start := time.Now()
		x.dial().want("closed")
		if d := time.Since(start); d != 3*time.Second {
			t.Errorf("closed after %v", d)
		}
	})
}

func testAckTimeoutOption(t *testing.T) {
	bubble(t, "websocket", Options{AckTimeout: 3 * time.Second}, func(t *testing.T, x *fixture) {
		s := x.socket(x.connect())
		start := time.Now()
		if _, err := s.Call(t.Context(), "q"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func testMaxAttachmentsOption(t *testing.T) {
	bubble(t, "websocket", Options{MaxAttachments: 1}, func(t *testing.T, x *fixture) {
		var j journal
		x.io.Handle("e", j.handler("e"))
		c := x.connect()
		c.send(`451-["e"]`, "x01")
		j.want(t, "e e ")
		c.send(`452-["e"]`, "x01", "x02")
		c.want("closed")
		j.want(t)
	})
}

func testReceiveBudgetOption(t *testing.T) {
	bubble(t, "websocket", Options{ReceiveBudget: 2000}, func(t *testing.T, x *fixture) {
		block := make(chan struct{})
		handle(x.io, "e", func(context.Context, *Socket, *socketio.Message) error { <-block; return nil })
		c := x.connect()
		s := x.socket(c)
		for range 100 {
			c.send(`42["e"]`)
		}
		synctest.Wait()
		s.conn.mu.Lock()
		waiting := s.conn.waiting
		s.conn.mu.Unlock()
		if waiting <= 2000 || waiting > 2000+dispatch.TaskOverhead {
			t.Errorf("%d bytes of events wait", waiting)
		}
		close(block)
	})
}

func testClientFilesOption(t *testing.T) {
	for _, disabled := range []bool{false, true} {
		io := New(&Options{DisableClientFiles: disabled, CORS: &CORS{Origins: []string{"*"}}})
		for path, want := range map[string]bool{
			"/socket.io/socket.io.js": !disabled, "/socket.io/socket.io.min.js": !disabled, "/elsewhere/socket.io.esm.min.js": !disabled,
			"/socket.io/socket.io.none.js": false, "/socket.io/": false, "/socket.io/other.js": false,
		} {
			w := httptest.NewRecorder()
			r := httptest.NewRequest("GET", path, nil)
			r.Header.Set("Origin", "http://other.example")
			io.ServeHTTP(w, r)
			if got := w.Code == 200 && strings.Contains(w.Header().Get("Content-Type"), "javascript"); got != want {
				t.Errorf("%s with DisableClientFiles=%v: %d", path, disabled, w.Code)
			}
			if w.Header().Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("%s: no CORS header", path)
			}
		}
	}
}

func testLoggerOption(t *testing.T) {
	logs := new(recorder)
	bubble(t, "websocket", Options{Logger: slog.New(logs)}, func(t *testing.T, x *fixture) {
		c := x.connect()
		c.send("4{}")
		c.want("closed")
		c = x.connect()
		c.send("40")
		c.want("closed")
		if !logs.logged("WARN socketio: invalid packet", "error=packet: ", "remote=mem:") || !logs.logged("WARN socketio: packet out of place", "nsp=/", "type=0") {
			t.Errorf("logged %q", logs.take())
		}
	})
}

func testOverflowOption(t *testing.T) {
	for overflow, stays := range map[Overflow]bool{OverflowDisconnect: false, OverflowDrop: true} {
		bubble(t, "websocket", Options{Overflow: overflow, SendBudget: 1000}, func(t *testing.T, x *fixture) {
			s := x.socket(x.connect())
			s.conn.session.Pause()
			var err error
			for n := 0; err == nil && n < 1000; n++ {
				err = s.Emit("e", strings.Repeat("x", 900))
			}
			if !errors.Is(err, socketio.ErrSlowConsumer) || s.Connected() != stays {
				t.Errorf("%v, connected %v", err, s.Connected())
			}
		})
	}
}

func testCodecOption(t *testing.T) {
	bubble(t, "websocket", Options{Codec: packet.JSON{}}, func(t *testing.T, x *fixture) {
		c := x.dial()
		c.send(`4{"type":0,"nsp":"/"}`)
		if got := c.Next(); !strings.HasPrefix(got, `4{"type":0,"data":{"sid":"`) {
			t.Errorf("got %s", got)
		}
	})
}

func testAdapterOption(t *testing.T) {
	var j journal
	opts := Options{
		Adapter:  tapped(&j, make(map[string]*tap)),
		Recovery: &Recovery{MaxDisconnection: 1, MaxBytes: 2}, PingInterval: 3 * time.Second, PingTimeout: 4 * time.Second, SendBudget: 9,
	}
	factory := opts.Adapter
	opts.Adapter = func(l adapter.Local, r *adapter.Recovery) adapter.Adapter {
		j.add("%s %+v", l.Name(), *r)
		return factory(l, r)
	}
	bubble(t, "websocket", opts, func(t *testing.T, x *fixture) {
		x.io.Of("/a")
		x.io.Of("/a")
		settings := " {MaxDisconnection:1ns Detection:7s MaxBytes:2 MaxMissed:18}"
		j.want(t, "/"+settings, "/a"+settings)
	})
}

func testRecoveryOption(t *testing.T) {
	bubble(t, "websocket", Options{Recovery: &Recovery{MaxDisconnection: time.Second}}, func(t *testing.T, x *fixture) {
		v := x.visit("/")
		v.lose()
		v.wantBack()
		v.lose()
		time.Sleep(2 * time.Second)
		v.wantNew("two seconds later")
	})
}

func testCleanupOption(t *testing.T) {
	for _, cleanup := range []bool{false, true} {
		bubble(t, "websocket", Options{CleanupEmptyNamespaces: cleanup}, func(t *testing.T, x *fixture) {
			p := x.io.OfPattern(regexp.MustCompile("^/a$"))
			x.dial().join("/a").Cut()
			synctest.Wait()
			if got := len(names(p)) == 0; got != cleanup {
				t.Errorf("cleaned up: %v", got)
			}
		})
	}
}

func testDrainRateOption(t *testing.T) {
	for rate, want := range map[int]time.Duration{-1: 0, 1: 2 * time.Second} {
		bubble(t, "websocket", Options{DrainRate: rate}, func(t *testing.T, x *fixture) {
			for range 3 {
				x.connect()
			}
			start := time.Now()
			must(t, x.io.Shutdown(t.Context()))
			if d := time.Since(start); d != want {
				t.Errorf("at a rate of %d three clients take %v", rate, d)
			}
		})
	}
}

// What the options of the engine do is shown there; here, that they do it through
// this package.
func TestRequestOptions(t *testing.T) {
	type key struct{}
	opts := Options{
		AllowRequest: func(r *http.Request) error {
			if r.Header.Get("X-Secret") == "" {
				return errors.New("no secret")
			}
			return nil
		},
		KeepHeaders: []string{"x-secret"},
		ConnContext: func(ctx context.Context, r *http.Request) context.Context {
			return context.WithValue(ctx, key{}, r.Header.Get("X-Secret"))
		},
	}
	modes(t, opts, func(t *testing.T, x *fixture) {
		handle(x.io, "ctx", func(ctx context.Context, s *Socket, m *socketio.Message) error {
			return m.Ack(ctx.Value(key{}), s.Context().Value(key{}), ctx.Value("other"), s.Handshake().Header)
		})
		c := x.dialWith(rawclient.Options{Mode: x.mode, Header: http.Header{"X-Secret": {"123"}, "X-Other": {"x"}}}).join("/")
		c.send(`421["ctx"]`)
		c.want(`431["123","123",null,{"X-Secret":["123"]}]`)
		if _, err := rawclient.Dial(t.Context(), rawclient.Options{Mode: x.mode, DialContext: x.net.DialContext}); err == nil {
			t.Error("let in without the secret")
		}
		tr := &http.Transport{DialContext: x.net.DialContext}
		defer tr.CloseIdleConnections()
		res, err := (&http.Client{Transport: tr}).Get("http://server/socket.io/?EIO=4&transport=polling")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if b, err := io.ReadAll(res.Body); err != nil || res.StatusCode != 403 || !slices.Equal(b, []byte(`{"code":4,"message":"no secret"}`)) {
			t.Errorf("%d %s %v", res.StatusCode, b, err)
		}
	})
}

// A server is mounted anywhere, on a mux beside others; the files of the client are
// below it, whatever the method and the query (SRV-001, SRV-011, SRV-110).
func TestMountedAnywhere(t *testing.T) {
	io := New(nil)
	defer io.Close()
	mux := http.NewServeMux()
	mux.Handle("/a/chat/", io)
	for target, want := range map[string]int{
		"GET /a/chat/?EIO=4&transport=polling":         200,
		"GET /a/chat/socket.io.js?v=1":                 200,
		"POST /a/chat/socket.io.min.js.map":            200,
		"GET /a/chat/socket.io.none.js":                400,
		"GET /socket.io/?EIO=4&transport=polling":      404,
		"GET /socket.io/socket.io.js":                  404,
		"GET /a/?EIO=4&transport=polling":              404,
		"GET /a/chat/below?EIO=4&transport=polling":    200,
		"GET /a/chat/?EIO=4&transport=carrier+pigeons": 400,
	} {
		method, url, _ := strings.Cut(target, " ")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(method, url, nil))
		if w.Code != want {
			t.Errorf("%s: %d, want %d", target, w.Code, want)
		}
	}
}
