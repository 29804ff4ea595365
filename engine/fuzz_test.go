package engine

import (
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
