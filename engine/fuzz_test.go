package engine

import (
	"bytes"
	"encoding/hex"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzPayload feeds the body of a POST to a session: nothing panics, text arrives
// as UTF-8, no more than what was sent arrives, and nothing after the end.
func FuzzPayload(f *testing.F) {
	golden := readGolden(f)
	for _, p := range golden.Payloads {
		f.Add([]byte(p.Payload))
	}
	for _, p := range golden.Received {
		f.Add([]byte(p.Input))
	}
	f.Add([]byte("4a\x1ebAQI=\x1e4\xff\x1e1\x1e4late"))
	f.Fuzz(func(t *testing.T, body []byte) {
		r := new(record)
		server := NewServer(&Options{Accept: func(*Session) Receiver { return r }})
		request := httptest.NewRequest("POST", "/", nil)
		s, _ := server.newSession(request, query{"EIO": {"4"}})
		s.polling = new(polling)
		if err := s.start(); err != nil {
			t.Fatal(err)
		}
		s.deliver(request, body)
		server.wheel.Stop(&s.timer)
		size, ended := 0, false
		for _, packet := range strings.Split(string(body), "\x1e") {
			ended = ended || packet == "1"
			if !ended {
				size++
			}
		}
		if len(r.got) > size {
			t.Fatalf("%d packets became %d messages", size, len(r.got))
		}
		for _, m := range r.got {
			if !utf8.ValidString(m) {
				t.Fatalf("%q is not UTF-8", m)
			}
		}
		if ended && r.ended() == "" {
			t.Fatal("the session goes on after its end")
		}
	})
}

// FuzzPayloadV3 feeds text and bytes to a session of protocol v3.
func FuzzPayloadV3(f *testing.F) {
	golden := readGoldenV3(f)
	for _, p := range golden.Payloads {
		b, binary := p.Payload.bytes(f)
		f.Add(b, binary)
		b, binary = p.Base64.bytes(f)
		f.Add(b, binary)
	}
	for _, p := range golden.Received {
		f.Add([]byte(p.Input), false)
	}
	for _, p := range golden.ReceivedBinary {
		b, err := hex.DecodeString(p.Hex)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, true)
	}
	f.Fuzz(func(t *testing.T, body []byte, binary bool) {
		r := new(record)
		server := NewServer(&Options{Accept: func(*Session) Receiver { return r }, AllowEIO3: true})
		request := httptest.NewRequest("POST", "/", nil)
		if binary {
			request.Header.Set("Content-Type", "application/octet-stream")
		}
		s, _ := server.newSession(request, query{"EIO": {"3"}})
		s.polling = new(polling)
		if err := s.start(); err != nil {
			t.Fatal(err)
		}
		s.deliver(request, body)
		server.wheel.Stop(&s.timer)
		if !binary {
			body = bytes.ToValidUTF8(body, []byte("\uFFFD"))
		}
		total := 0
		for _, m := range r.got {
			if !utf8.ValidString(m) {
				t.Fatalf("%q is not UTF-8", m)
			}
			total += len(m)
		}
		// Binary values are noted in hex.
		if len(r.got) > len(body)/3 || total > 2*len(body) {
			t.Fatalf("%d bytes became %d messages of %d bytes", len(body), len(r.got), total)
		}
		roundTripV3(t, r.got, s)
	})
}

// roundTripV3 sends back what came, and reads that.
func roundTripV3(t *testing.T, texts []string, s *Session) {
	var ms []Message
	for i, m := range texts {
		if ms = append(ms, text(m)); i%2 > 0 {
			ms = append(ms, BinaryMessage([]byte(m)))
		}
	}
	for _, textOnly := range []bool{false, true} {
		payload, binary := appendPayloadV3(nil, ms, textOnly)
		r := new(record)
		back := &Session{server: s.server, receiver: r, polling: new(polling), protocol: 3}
		if len(ms) > 0 {
			back.deliverV3(payload, binary, func() {})
		}
		if len(r.got) != len(ms) || back.state != open {
			t.Fatalf("%d messages came back as %d, %q", len(ms), len(r.got), r.reason)
		}
	}
}
