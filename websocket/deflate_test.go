package websocket

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/socketio-go/socketio/internal/memnet"
)

func TestCompressionOffers(t *testing.T) {
	const bare = "permessage-deflate"
	const alone = bare + "; server_no_context_takeover; client_no_context_takeover"
	takeover := &Compression{ContextTakeover: true}
	cases := map[string]struct {
		c     *Compression
		offer []string
		want  string
	}{
		"not configured":            {nil, []string{bare}, ""},
		"not offered":               {takeover, nil, ""},
		"another one":               {takeover, []string{"x-webkit-deflate-frame"}, ""},
		"as browsers do":            {&Compression{}, []string{bare + "; client_max_window_bits"}, alone},
		"takeover":                  {takeover, []string{bare}, bare},
		"client renounces":          {takeover, []string{bare + "; client_no_context_takeover"}, bare + "; client_no_context_takeover"},
		"server is to renounce":     {takeover, []string{bare + "; server_no_context_takeover"}, bare + "; server_no_context_takeover"},
		"server window":             {takeover, []string{bare + "; server_max_window_bits=10"}, bare + "; server_max_window_bits=10"},
		"quoted value":              {takeover, []string{bare + `; server_max_window_bits="10"`}, bare + "; server_max_window_bits=10"},
		"largest window":            {takeover, []string{bare + "; server_max_window_bits=15; client_max_window_bits=15"}, bare},
		"client window":             {takeover, []string{bare + "; client_max_window_bits=9"}, bare + "; client_max_window_bits=9"},
		"our window, client can":    {&Compression{ContextTakeover: true, WindowBits: 9}, []string{bare + "; client_max_window_bits"}, bare + "; server_max_window_bits=9; client_max_window_bits=9"},
		"our window, client cannot": {&Compression{ContextTakeover: true, WindowBits: 9}, []string{bare}, bare + "; server_max_window_bits=9"},
		"smaller than ours":         {&Compression{ContextTakeover: true, WindowBits: 12}, []string{bare + "; client_max_window_bits=8; server_max_window_bits=14"}, bare + "; server_max_window_bits=12; client_max_window_bits=8"},
		"the first that is valid":   {takeover, []string{"x, " + bare + "; what", bare + "; client_no_context_takeover, " + bare}, bare + "; client_no_context_takeover"},
		"white space":               {takeover, []string{"\t" + bare + " ; client_max_window_bits = 9 "}, bare + "; client_max_window_bits=9"},
		"unknown parameter":         {takeover, []string{bare + "; x=1"}, ""},
		"empty parameter":           {takeover, []string{bare + ";"}, ""},
		"twice":                     {takeover, []string{bare + "; client_max_window_bits; client_max_window_bits"}, ""},
		"value where none is":       {takeover, []string{bare + "; server_no_context_takeover=1"}, ""},
		"value is missing":          {takeover, []string{bare + "; server_max_window_bits"}, ""},
		"window too small":          {takeover, []string{bare + "; server_max_window_bits=7"}, ""},
		"window too large":          {takeover, []string{bare + "; client_max_window_bits=16"}, ""},
		"leading zero":              {takeover, []string{bare + "; client_max_window_bits=09"}, ""},
		"sign":                      {takeover, []string{bare + "; client_max_window_bits=+9"}, ""},
		"no number":                 {takeover, []string{bare + "; client_max_window_bits=x"}, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, d := c.c.withDefaults().respond(c.offer)
			if got != c.want || (d != nil) != (got != "") {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestCompressionResponses(t *testing.T) {
	const bare = "permessage-deflate"
	takeover, alone := &Compression{ContextTakeover: true}, &Compression{}
	small := &Compression{ContextTakeover: true, WindowBits: 10}
	both := bare + "; server_no_context_takeover; client_no_context_takeover"
	cases := map[string]struct {
		c        *Compression
		response []string
		ok       bool
	}{
		"declined":                         {alone, nil, true},
		"not offered":                      {nil, []string{bare}, false},
		"another one":                      {alone, []string{"mux"}, false},
		"another one beside":               {alone, []string{both + ", mux"}, false},
		"twice":                            {takeover, []string{bare, bare}, false},
		"takeover":                         {takeover, []string{bare}, true},
		"both renounce":                    {alone, []string{both}, true},
		"client renounces by itself":       {alone, []string{bare + "; server_no_context_takeover"}, true},
		"server keeps what it must not":    {alone, []string{bare}, false},
		"windows":                          {takeover, []string{bare + "; server_max_window_bits=9; client_max_window_bits=9"}, true},
		"server window within ours":        {small, []string{bare + "; server_max_window_bits=9"}, true},
		"server window larger than wanted": {small, []string{bare + "; server_max_window_bits=11"}, false},
		"server window not confirmed":      {small, []string{bare}, false},
		"client window without a value":    {takeover, []string{bare + "; client_max_window_bits"}, false},
		"unknown parameter":                {takeover, []string{bare + "; x"}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d, err := c.c.withDefaults().accept(c.response)
			if (err == nil) != c.ok || (d != nil) != (c.ok && c.response != nil) {
				t.Errorf("got %v, %v", d, err)
			}
		})
	}
}

// compressions are the ways to agree.
var compressions = []Compression{
	{Threshold: 1},
	{Threshold: 1, ContextTakeover: true},
	{Threshold: 1, Level: 9, ContextTakeover: true, WindowBits: 8},
	{Threshold: 100, Level: 4, WindowBits: 10},
}

// chatter is text of n bytes that can be compressed, and differs by seed.
func chatter(seed, n int) string {
	r := rand.New(rand.NewPCG(uint64(seed), 0))
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, `{"user":"%d","text":"hello number %d"},`, r.IntN(50), r.IntN(1000))
	}
	return b.String()[:n]
}

// noise cannot be compressed.
func noise(seed, n int) string {
	p := make([]byte, n)
	r := rand.New(rand.NewPCG(uint64(seed), 1))
	for i := range p {
		p[i] = byte(r.Uint32())
	}
	return string(p)
}

// TestCompressedMessages is over memnet and over TCP, so without event loops and,
// where there are any, with.
func TestCompressedMessages(t *testing.T) {
	for _, compression := range compressions {
		opts := &Options{Compression: &compression}
		t.Run(fmt.Sprintf("%+v/memnet", compression), func(t *testing.T) {
			eachRole(t, opts, func(t *testing.T, near, far *Conn) {
				if !near.Compressed() || !far.Compressed() {
					t.Fatal("not agreed on")
				}
				exchange(t, near, far)
			})
		})
		t.Run(fmt.Sprintf("%+v/TCP", compression), func(t *testing.T) {
			near, far := tcpPair(t, opts)
			exchange(t, near, far)
			near, far = tcpPair(t, opts)
			exchange(t, far, near)
		})
	}
}

// exchange sends from near to far everything that differs for compression.
func exchange(t *testing.T, near, far *Conn) {
	t.Helper()
	var want []received
	for i, n := range []int{1, 50, 120, 200, 1000, 127, 5000, 70000, 0, 300, 33000, 2500} {
		want = append(want, received{Text, chatter(i, n)}, received{Binary, noise(i, n)}, received{Binary, chatter(i, n)})
	}
	go func() {
		for i, m := range want {
			switch i % 4 {
			case 0:
				must(t, near.Write(m.t, []byte(m.p)))
			case 1:
				must(t, near.WritePrepared(Prepare(m.t, []byte(m.p))))
			case 2:
				shared, plain := Prepare(m.t, []byte(m.p)).Share(), Prepare(Text, []byte("plain")).Plain()
				must(t, near.WritePrepared(&shared, &plain, new(Prepared)))
			case 3:
				borrowed := Borrow(m.t, []byte(m.p))
				must(t, near.WritePrepared(&borrowed))
			}
		}
	}()
	arrived := make(chan received, 1)
	far.Serve(&recorder{onMessage: func(_ *Conn, ty MessageType, p []byte) { arrived <- received{ty, string(p)} }})
	for i, m := range want {
		if got := <-arrived; got != m {
			t.Fatalf("message %d: got %v %q; want %v %q", i, got.t, short(got.p), m.t, short(m.p))
		}
		if i%4 == 2 {
			if got := <-arrived; got.p != "plain" {
				t.Fatalf("behind message %d: %q", i, short(got.p))
			}
		}
	}
}

// tcpPair connects over the loopback interface through net/http.
func tcpPair(t *testing.T, opts *Options) (client, server *Conn) {
	t.Helper()
	accepted := make(chan *Conn, 1)
	hs := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := Accept(w, r, opts)
		if err != nil {
			t.Errorf("Accept: %v", err)
		}
		accepted <- c
	}))
	defer hs.Close()
	client, _, err := Dial(t.Context(), hs.URL, opts)
	if err != nil {
		t.Fatalf("Dial: %v", err)
	}
	server = <-accepted
	t.Cleanup(func() {
		client.CloseNow()
		server.CloseNow()
	})
	return client, server
}

// TestCompressedExamples are the bytes of RFC 7692 section 7.2.3, and what section
// 6.1 and 7.2.3.6 say of fragments and of empty messages.
func TestCompressedExamples(t *testing.T) {
	const hello = "\xf2\x48\xcd\xc9\xc9\x07\x00"
	cases := map[string]func(m bool) [][]byte{
		"one block":       func(m bool) [][]byte { return [][]byte{wire(0xC1, m, hello)} },
		"fragments":       func(m bool) [][]byte { return [][]byte{wire(0x41, m, hello[:3]), wire(0x80, m, hello[3:])} },
		"empty fragments": func(m bool) [][]byte { return [][]byte{wire(0x41, m, ""), wire(0x00, m, hello), wire(0x80, m, "")} },
		"not compressed":  func(m bool) [][]byte { return [][]byte{wire(0xC1, m, "\x00\x05\x00\xfa\xffHello\x00")} },
		"last block":      func(m bool) [][]byte { return [][]byte{wire(0xC1, m, "\xf3\x48\xcd\xc9\xc9\x07\x00\x00")} },
		"two blocks": func(m bool) [][]byte {
			return [][]byte{wire(0xC1, m, "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00")}
		},
		"shared window": func(m bool) [][]byte { return [][]byte{wire(0xC1, m, hello), wire(0xC1, m, "\xf2\x00\x11\x00\x00")} },
		"plain in between": func(m bool) [][]byte {
			return [][]byte{wire(0xC1, m, hello), wire(0x81, m, "Hello"), wire(0xC1, m, "\xf2\x00\x11\x00\x00")}
		},
		"ping in between": func(m bool) [][]byte {
			return [][]byte{wire(0x41, m, hello[:5]), wire(0x89, m, "?"), wire(0x80, m, hello[5:])}
		},
	}
	for name, build := range cases {
		t.Run(name, func(t *testing.T) {
			for _, client := range []bool{false, true} {
				input := slices.Concat(build(!client)...)
				for size := 1; size <= len(input); size++ {
					p := deflating(client, testLimit)
					got := parse(p, input, size)
					texts := 0
					for _, e := range got.events {
						if e.t == opText {
							texts++
							if e.p != "Hello" {
								t.Fatalf("pieces of %d: %q", size, e.p)
							}
						}
					}
					if got.code != 0 || texts == 0 || !p.resting() {
						t.Fatalf("pieces of %d: %v", size, got)
					}
				}
			}
		})
	}
	for _, client := range []bool{false, true} {
		p := deflating(client, testLimit)
		want := outcome{events: []received{{Text, ""}, {Binary, ""}}}
		input := slices.Concat(wire(0xC1, !client, "\x00"), wire(0xC2, !client, "\x00"))
		if got := parse(p, input, 3); !got.equal(want) {
			t.Errorf("empty messages: %v", got)
		}
	}
}

// deflating is a parser with context takeover.
func deflating(client bool, limit int64) *parser {
	in := stream{takeover: true, bits: maxWindowBits}
	return &parser{client: client, limit: limit, deflate: &deflate{in: in}}
}

// pack compresses without any code of this package.
func pack(p string) string {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestCompression)
	_, _ = w.Write([]byte(p))
	_ = w.Flush()
	return strings.TrimSuffix(b.String(), flushTail)
}

func TestCompressedViolations(t *testing.T) {
	hello := pack("Hello")
	cases := map[string]struct {
		code  StatusCode
		build func(m bool) []byte
	}{
		"RSV1 on a continuation": {1002, func(m bool) []byte { return append(wire(0x41, m, hello[:2]), wire(0xC0, m, hello[2:])...) }},
		"RSV1 on a ping":         {1002, func(m bool) []byte { return wire(0xC9, m, "") }},
		"RSV1 on a close":        {1002, func(m bool) []byte { return wire(0xC8, m, "") }},
		"RSV2":                   {1002, func(m bool) []byte { return wire(0xA1, m, "") }},
		"RSV1 and RSV3":          {1002, func(m bool) []byte { return wire(0xD1, m, hello) }},
		"text not UTF-8":         {1007, func(m bool) []byte { return wire(0xC1, m, pack("a\xff")) }},
		"text ends in a rune":    {1007, func(m bool) []byte { return wire(0xC1, m, pack("a\xc3")) }},
		"reserved block type":    {1007, func(m bool) []byte { return wire(0xC2, m, "\x07") }},
		"distance too far":       {1007, func(m bool) []byte { return wire(0xC2, m, "\xf2\x00\x11\x00\x00") }},
		"cut in a block":         {1007, func(m bool) []byte { return wire(0xC2, m, pack(chatter(0, 3000))[:40]) }},
		"wrong stored length":    {1007, func(m bool) []byte { return wire(0xC2, m, "\x00\x05\x00\xfa\xfeHello") }},
		"above the limit":        {1009, func(m bool) []byte { return wire(0xC2, m, pack(strings.Repeat("a", testLimit+1))) }},
		"bomb":                   {1009, func(m bool) []byte { return wire(0xC2, m, bomb()) }},
		"longer than the limit":  {1009, func(m bool) []byte { return wire(0xC2, m, strings.Repeat("x", testLimit+testLimit/500))[:14] }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for _, client := range []bool{false, true} {
				for _, size := range []int{1000, 1 << 20} {
					if got := parse(deflating(client, testLimit), c.build(!client), size); !got.equal(outcome{code: c.code}) {
						t.Errorf("client %v, pieces of %d: %v, want %d", client, size, got, c.code)
					}
				}
			}
		})
	}
	largest := wire(0xC2, true, pack(strings.Repeat("a", testLimit)))
	if got := parse(deflating(false, testLimit), largest, 1000); len(got.events) != 1 || len(got.events[0].p) != testLimit {
		t.Errorf("a message of the limit: %v", got)
	}
}

// bomb is 8 MiB in a few KiB.
var bomb = sync.OnceValue(func() string { return pack(strings.Repeat("\x00", 8<<20)) })

// TestBombMemory holds that memory follows the limit and not what a message would
// become.
func TestBombMemory(t *testing.T) {
	const limit = 100_000
	packed := wire(0xC2, true, bomb())
	parse(deflating(false, limit), packed, len(packed)) // fills the pools
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 10 {
		parse(deflating(false, limit), packed, len(packed))
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / 10; each > 10*limit {
		t.Errorf("a bomb takes %d bytes", each)
	}
}

func TestThreshold(t *testing.T) {
	eachRoleCompressed(t, &Compression{Threshold: 200}, func(t *testing.T, c *Conn, peer *rawPeer) {
		must(t, c.Write(Text, []byte(strings.Repeat("a", 199))))
		peer.wantFrame(0x81, strings.Repeat("a", 199))
		must(t, c.Write(Text, []byte(strings.Repeat("a", 200))))
		if first, p := peer.receive(); first != 0xC1 || len(p) > 100 {
			t.Errorf("got %#x and %d bytes", first, len(p))
		}
		must(t, c.Write(Binary, []byte(noise(0, 300)))) // gains nothing
		peer.wantFrame(0x82, noise(0, 300))
		must(t, c.Ping([]byte("?")))
		peer.wantFrame(0x89, "?")
	})
}

func eachRoleCompressed(t *testing.T, compression *Compression, f func(t *testing.T, c *Conn, peer *rawPeer)) {
	t.Helper()
	for _, role := range []string{"client", "server"} {
		t.Run(role, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := memnet.Pipe(pairBuffer)
				o := (&Options{WriteBudget: 40_000}).withDefaults()
				_, d := compression.withDefaults().respond([]string{extensionName})
				c := newConn(near, role == "client", agreement{deflate: d}, nil, &o)
				f(t, c, &rawPeer{Conn: far, t: t, masks: role == "server"})
				c.CloseNow()
				far.Close()
			})
		})
	}
}

// TestRefusedMessageIsNoContext holds that what a full queue has refused is not
// referred to later.
func TestRefusedMessageIsNoContext(t *testing.T) {
	eachRoleCompressed(t, &Compression{Threshold: 1, ContextTakeover: true}, func(t *testing.T, c *Conn, peer *rawPeer) {
		accepted := [][]byte{}
		refused := 0
		for i := range 40 {
			p := []byte(noise(i, 1500) + chatter(i, 1500))
			switch err := c.Write(Binary, p); {
			case err == nil:
				accepted = append(accepted, p)
			case errors.Is(err, ErrSlowConsumer):
				refused++
			default:
				t.Fatal(err)
			}
			if refused == 3 {
				break
			}
		}
		reader := deflating(peer.masks, testLimit)
		check := func(want []byte) {
			t.Helper()
			first, p := peer.receive()
			if got := parse(reader, wire(first, !peer.masks, p), 1<<20); len(got.events) != 1 || got.events[0].p != string(want) {
				t.Fatalf("got %v", got)
			}
		}
		for _, p := range accepted {
			check(p)
		}
		synctest.Wait()
		last := []byte(chatter(3, 1500))
		must(t, c.Write(Binary, last))
		check(last)
		if refused != 3 || len(accepted) < 3 {
			t.Errorf("%d messages were accepted and %d refused", len(accepted), refused)
		}
	})
}

func TestBroadcastIsCompressedOnce(t *testing.T) {
	o := &Options{Compression: &Compression{}}
	_, d := o.Compression.withDefaults().respond([]string{extensionName})
	p := Prepare(Text, []byte(chatter(0, 5000))).Share()
	copied := p
	first, second := d.frame(&p, false), d.frame(&copied, false)
	if &first[0] != &second[0] || first[0] != 0xC1 {
		t.Error("copies of a shared message are compressed twice")
	}
	alone := Prepare(Text, []byte(chatter(0, 5000)))
	if third, fourth := d.frame(alone, false), d.frame(alone, false); &third[0] == &fourth[0] || !bytes.Equal(third, first) {
		t.Error("a message that is not shared differs")
	}
}

func TestConcurrentWritersShareAContext(t *testing.T) {
	near, far := tcpPair(t, &Options{Compression: &Compression{Threshold: 1, ContextTakeover: true}})
	const writers, each = 4, 50
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := range each {
				must(t, near.Write(Text, fmt.Appendf(nil, "%d %d %s", w, i, chatter(i, 400))))
			}
		})
	}
	var next [writers]int
	for range writers * each {
		_, p, err := far.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var w, i int
		if _, err := fmt.Sscanf(string(p), "%d %d", &w, &i); err != nil || i != next[w] || !strings.HasSuffix(string(p), chatter(i, 400)) {
			t.Fatalf("got %q, want number %d", short(string(p)), next[w])
		}
		next[w]++
	}
	group.Wait()
}

// TestContextAtRest holds what the documentation says a connection keeps.
func TestContextAtRest(t *testing.T) {
	for _, compression := range compressions {
		near, far := tcpPair(t, &Options{Compression: &compression})
		exchange(t, near, far)
		near.deflate.mu.Lock()
		sent, got := near.deflate.out.history, far.deflate.in.history
		near.deflate.mu.Unlock()
		if !compression.ContextTakeover {
			if sent != nil || got != nil {
				t.Errorf("%+v: %d and %d bytes", compression, len(sent), len(got))
			}
			continue
		}
		window := 1 << compression.withDefaults().WindowBits
		if len(sent) != min(outHistory, window/2) || len(got) != window || cap(got) > 2*window {
			t.Errorf("%+v: %d and %d bytes, %d allocated", compression, len(sent), len(got), cap(got))
		}
	}
}

func FuzzDecompress(f *testing.F) {
	f.Add([]byte(pack("Hello")), uint8(15), true)
	f.Add([]byte("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"), uint8(8), false)
	f.Add([]byte("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"), uint8(9), true)
	f.Add([]byte(pack(strings.Repeat("a", 5000))), uint8(10), true)
	f.Fuzz(func(t *testing.T, p []byte, bits uint8, takeover bool) {
		const limit = 4000
		d := &deflate{in: stream{takeover: takeover, bits: 8 + int(bits%8)}}
		for range 2 { // the second time with a history
			got, err := d.decompress(nil, p, false, limit)
			if len(got) > limit+1 || err == nil && len(got) > limit {
				t.Fatalf("%d bytes", len(got))
			}
			if len(d.in.history) > 1<<d.in.bits || !takeover && d.in.history != nil {
				t.Fatalf("a history of %d bytes", len(d.in.history))
			}
		}
	})
}
