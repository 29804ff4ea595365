package websocket

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// outcome is what a parser made of its input.
type outcome struct {
	events []received // t is the opcode
	code   StatusCode // of the violation, 0 for none
}

func (o outcome) String() string {
	var b strings.Builder
	for _, e := range o.events {
		fmt.Fprintf(&b, "%#x %q; ", uint8(e.t), short(e.p))
	}
	fmt.Fprintf(&b, "code %d", o.code)
	return b.String()
}

func (o outcome) equal(p outcome) bool {
	return o.code == p.code && slices.Equal(o.events, p.events)
}

// parse feeds input in pieces of at most size bytes, each a copy of its own as
// the parser changes it.
func parse(p *parser, input []byte, size int) outcome {
	var o outcome
	for chunk := range slices.Chunk(input, size) {
		chunk = slices.Clone(chunk)
		for {
			n, ev, err := p.next(chunk)
			chunk = chunk[n:]
			if err != nil {
				o.code = err.(*violation).code
				return o
			}
			if ev.op == 0 {
				break
			}
			o.events = append(o.events, received{MessageType(ev.op), string(ev.payload)})
		}
	}
	return o
}

// eachParser compares what a parser of each role makes of input, in pieces of
// several sizes, with want. The input is built for the role's mask.
func eachParser(t *testing.T, limit int64, build func(masked bool) []byte, want outcome) {
	t.Helper()
	for _, client := range []bool{false, true} {
		input := build(!client)
		for _, size := range []int{1, 2, 3, 7, 64, 4096, max(len(input), 1)} {
			if size < 64 && len(input) > 2000 || size < 4096 && len(input) > 70000 {
				continue
			}
			p := &parser{client: client, limit: limit}
			if got := parse(p, input, size); !got.equal(want) {
				t.Errorf("client %v, pieces of %d: got %v, want %v", client, size, got, want)
				return
			}
			if want.code == 0 && !p.resting() {
				t.Errorf("client %v, pieces of %d: something is left under way", client, size)
			}
		}
	}
}

const testLimit = 1 << 20

func TestParserLengths(t *testing.T) {
	for _, n := range []int{0, 1, 3, 124, 125, 126, 127, 128, 65535, 65536, 65537, testLimit} {
		for _, op := range []byte{opText, opBinary} {
			payload := strings.Repeat("x", n)
			eachParser(t, testLimit, func(masked bool) []byte {
				return wire(0x80|op, masked, payload)
			}, outcome{events: []received{{MessageType(op), payload}}})
		}
	}
}

func TestParserLongerLengthFormsThanNeeded(t *testing.T) {
	eachParser(t, testLimit, func(masked bool) []byte {
		if !masked {
			return append([]byte{0x82, 127, 0, 0, 0, 0, 0, 0, 0, 2}, "ab\x82\x7e\x00\x01c"...)
		}
		return append([]byte{0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0}, "ab\x82\xfe\x00\x01\x00\x00\x00\x00c"...)
	}, outcome{events: []received{{Binary, "ab"}, {Binary, "c"}}})
}

func TestParserFragmentsAtEverySplit(t *testing.T) {
	const text = "aé€𝄞z" // runes of 1 to 4 bytes, cut everywhere
	for i := range len(text) + 1 {
		for j := i; j <= len(text); j++ {
			eachParser(t, testLimit, func(masked bool) []byte {
				return slices.Concat(
					wire(0x01, masked, text[:i]),
					wire(0x89, masked, "ping"),
					wire(0x00, masked, text[i:j]),
					wire(0x8A, masked, ""),
					wire(0x80, masked, text[j:]),
					wire(0x82, masked, "next"))
			}, outcome{events: []received{{opPing, "ping"}, {opPong, ""}, {Text, text}, {Binary, "next"}}})
		}
	}
}

func TestParserManyEmptyFragments(t *testing.T) {
	eachParser(t, 8, func(masked bool) []byte {
		frames := [][]byte{wire(0x01, masked, "")}
		for range 300 {
			frames = append(frames, wire(0x00, masked, ""))
		}
		return slices.Concat(append(frames, wire(0x80, masked, ""))...)
	}, outcome{events: []received{{Text, ""}}})
}

func TestParserUTF8(t *testing.T) {
	valid := []string{"", "\x00", "\x7f", "κόσμε", "\ufffe\uffff", "\U00010000", "\U0010ffff", "\ud7ff", "\ue000"}
	invalid := []string{
		"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xe2\x82", "\xf0\x9d\x84", "a\xffb", "\xfe",
		"\xe0\x80\x80", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "é\xc3é",
	}
	for _, s := range valid {
		eachParser(t, testLimit, func(masked bool) []byte { return wire(0x81, masked, s) },
			outcome{events: []received{{Text, s}}})
	}
	for _, s := range invalid {
		eachParser(t, testLimit, func(masked bool) []byte { return wire(0x82, masked, s) },
			outcome{events: []received{{Binary, s}}})
		for i := range len(s) + 1 {
			eachParser(t, testLimit, func(masked bool) []byte {
				return slices.Concat(wire(0x01, masked, s[:i]), wire(0x80, masked, s[i:]))
			}, outcome{code: StatusInvalidPayload})
		}
	}
}

func TestParserFailsFastOnInvalidText(t *testing.T) {
	p := &parser{client: true, limit: testLimit}
	if o := parse(p, append([]byte{0x01, 126, 0x10, 0}, "ok \xed\xa0"...), 1); o.code != StatusInvalidPayload {
		t.Errorf("a surrogate's second byte inside an unfinished frame: %v", o)
	}
}

func TestParserViolations(t *testing.T) {
	flip := func(b []byte, at int, bits byte) []byte { b[at] ^= bits; return b }
	long := strings.Repeat("x", 126)
	cases := map[string]struct {
		code  StatusCode
		build func(masked bool) []byte
	}{
		"RSV1":                      {1002, func(m bool) []byte { return wire(0xC1, m, "a") }},
		"RSV2":                      {1002, func(m bool) []byte { return wire(0xA1, m, "a") }},
		"RSV3 on control":           {1002, func(m bool) []byte { return wire(0x99, m, "") }},
		"wrong mask bit":            {1002, func(m bool) []byte { return flip(wire(0x81, m, "abcd"), 1, 0x80) }},
		"wrong mask bit on control": {1002, func(m bool) []byte { return wire(0x89, !m, "") }},
		"fragmented ping":           {1002, func(m bool) []byte { return wire(0x09, m, "") }},
		"fragmented close":          {1002, func(m bool) []byte { return wire(0x08, m, "") }},
		"long ping":                 {1002, func(m bool) []byte { return wire(0x89, m, long) }},
		"long close":                {1002, func(m bool) []byte { return wire(0x88, m, "\x03\xe8"+long) }},
		"continuation of nothing":   {1002, func(m bool) []byte { return wire(0x80, m, "a") }},
		"unfinished continuation":   {1002, func(m bool) []byte { return wire(0x00, m, "a") }},
		"text inside a message":     {1002, func(m bool) []byte { return append(wire(0x01, m, "a"), wire(0x81, m, "b")...) }},
		"binary inside a message":   {1002, func(m bool) []byte { return append(wire(0x02, m, "a"), wire(0x02, m, "b")...) }},
		"length's highest bit":      {1002, func(m bool) []byte { return flip(wire(0x82, m, strings.Repeat("x", 65536)), 2, 0x80) }},
		"above the limit":           {1009, func(m bool) []byte { return wire(0x82, m, strings.Repeat("x", testLimit+1))[:14] }},
		"far above the limit":       {1009, func(m bool) []byte { return flip(wire(0x82, m, strings.Repeat("x", 65536)), 2, 0x7F) }},
		"fragments above the limit": {1009, func(m bool) []byte {
			return append(wire(0x02, m, "a"), wire(0x80, m, strings.Repeat("x", testLimit))[:14]...)
		}},
		"close payload of one byte":   {1002, func(m bool) []byte { return wire(0x88, m, "\x03") }},
		"close reason not UTF-8":      {1007, func(m bool) []byte { return wire(0x88, m, "\x03\xe8\xff") }},
		"close reason ends in a rune": {1007, func(m bool) []byte { return wire(0x88, m, "\x03\xe8\xc3") }},
	}
	for op := byte(3); op < 16; op++ {
		if op < opClose || op > opPong {
			c := cases["RSV1"]
			c.build = func(m bool) []byte { return wire(0x80|op, m, "") }
			cases[fmt.Sprintf("opcode %#x", op)] = c
		}
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			eachParser(t, testLimit, c.build, outcome{code: c.code})
			eachParser(t, testLimit, func(m bool) []byte { return append(wire(0x81, m, "before"), c.build(m)...) },
				outcome{events: []received{{Text, "before"}}, code: c.code})
		})
	}
}

func TestParserStaysBroken(t *testing.T) {
	p := &parser{client: true, limit: testLimit}
	_, _, first := p.next([]byte{0x83, 0})
	n, ev, err := p.next(wire(0x81, false, "fine"))
	if n != 0 || ev.op != 0 || err != first || err == nil {
		t.Errorf("after %v: %d, %v, %v", first, n, ev, err)
	}
}

func TestParserCloseCodes(t *testing.T) {
	allowed := func(code int) bool {
		return code >= 1000 && code <= 1003 || code >= 1007 && code <= 1014 || code >= 3000 && code <= 4999
	}
	for code := range 0x10000 {
		if code > 5100 && code%97 != 0 {
			continue
		}
		p := &parser{client: true, limit: testLimit}
		payload := string([]byte{byte(code >> 8), byte(code)}) + "why"
		want := outcome{code: StatusProtocolError}
		if allowed(code) {
			want = outcome{events: []received{{opClose, payload}}}
		}
		if got := parse(p, wire(0x88, false, payload), 100); !got.equal(want) {
			t.Errorf("code %d: got %v, want %v", code, got, want)
		}
	}
}

func TestParserDeliversInPlace(t *testing.T) {
	p := &parser{limit: testLimit}
	input := slices.Concat(wire(0x82, true, strings.Repeat("a", 1000)), wire(0x89, true, "ping"), wire(0x81, true, "b"))
	allocs := testing.AllocsPerRun(10, func() {
		for b := slices.Clone(input); len(b) > 0; {
			n, ev, err := p.next(b)
			if err != nil || ev.op == 0 {
				t.Fatal(ev, err)
			}
			b = b[n:]
		}
	})
	if allocs > 1 { // the clone
		t.Errorf("%v allocations", allocs)
	}
}

func TestParserMemoryFollowsWhatArrives(t *testing.T) {
	p := &parser{client: true, limit: 1 << 40}
	announced := []byte{0x82, 127, 0, 0, 0, 0x10, 0, 0, 0, 0} // 64 GiB
	parse(p, append(announced, make([]byte, 5000)...), 500)
	if cap(p.assembly) > 10000 {
		t.Errorf("%d bytes for 5000 that arrived", cap(p.assembly))
	}

	p = &parser{client: true, limit: 3000}
	parse(p, wire(0x82, false, strings.Repeat("x", 3000)), 700)
	if cap(p.assembly) > 3000 {
		t.Errorf("%d bytes for a message of 3000", cap(p.assembly))
	}
	p.release()
	if p.assembly != nil {
		t.Error("release kept the buffer")
	}
}

func TestUTF8StreamAgreesWithWhole(t *testing.T) {
	pieces := []string{"a", "\xc3", "\xa9", "\xe2", "\x82", "\xac", "\xf0", "\x9d", "\x84", "\x9e", "\xed", "\xa0", "\xff"}
	var try func(s string, depth int)
	try = func(s string, depth int) {
		var split utf8Stream
		ok := true
		for i := range len(s) {
			ok = ok && split.write([]byte(s[i:i+1]))
		}
		ok = ok && split.end()
		var whole utf8Stream
		if want := whole.write([]byte(s)) && whole.end(); ok != want || want != validUTF8(s) {
			t.Fatalf("%q: byte by byte %v, at once %v, library %v", s, ok, want, validUTF8(s))
		}
		if depth == 0 {
			return
		}
		for _, p := range pieces {
			try(s+p, depth-1)
		}
	}
	try("", 4)
}

func validUTF8(s string) bool { return strings.ToValidUTF8(s, "") == s }

func TestMask(t *testing.T) {
	key := uint32(0x04030201)
	for n := range 100 {
		for split := range n + 1 {
			b := make([]byte, n)
			rest := mask(key, b[:split])
			mask(rest, b[split:])
			for i := range b {
				if b[i] != byte(i%4+1) {
					t.Fatalf("%d bytes in two parts at %d: %v", n, split, b)
				}
			}
		}
	}
}

func TestFrameHeaders(t *testing.T) {
	for _, n := range []int{0, 125, 126, 65535, 65536} {
		payload := strings.Repeat("p", n)
		for _, masked := range []bool{false, true} {
			frame := newFrame(opBinary, []byte(payload), masked)
			if len(frame) != cap(frame) || len(frame) != len(wire(0x82, masked, payload)) {
				t.Errorf("frame of %d, masked %v: %d bytes in %d", n, masked, len(frame), cap(frame))
			}
			p := &parser{client: !masked, limit: testLimit}
			if o := parse(p, frame, len(frame)); !o.equal(outcome{events: []received{{Binary, payload}}}) {
				t.Errorf("frame of %d, masked %v: %v", n, masked, o)
			}
		}
		prepared := PrepareBuffer(Text, append(make([]byte, HeaderRoom), payload...))
		if string(prepared.frame) != string(wire(0x81, false, payload)) || string(prepared.Payload()) != payload {
			t.Errorf("prepared %d bytes: %x", n, prepared.frame[:10])
		}
	}
}
