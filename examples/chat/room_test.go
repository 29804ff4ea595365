package chat

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestHistoryIsBoundedAndOrdered(t *testing.T) {
	r := newRoom("general", true)
	now := time.Now()
	for i := range maxHistory + 50 {
		r.add("Ada", &Draft{ID: fmt.Sprint(i)}, now.Add(-time.Duration(i)*time.Second)) // a clock that runs backwards
	}
	messages := r.state().Messages
	if len(messages) != maxHistory {
		t.Fatalf("%d messages", len(messages))
	}
	for i, m := range messages {
		if m.ID != fmt.Sprint(i+50) {
			t.Errorf("message %d has id %s", i, m.ID)
		}
		if i > 0 && m.At <= messages[i-1].At {
			t.Errorf("message %d is not later than the one before", i)
		}
	}
}

func TestSeeOnlyGrows(t *testing.T) {
	r, m := newRoom("general", true), &member{name: "Ada"}
	r.members[m] = 0
	at := r.add("Ben", &Draft{ID: "1"}, time.Now()).At
	for _, test := range []struct {
		at   int64
		want bool
	}{{-1, false}, {at - 1, true}, {at - 1, false}, {at + 1, true}, {at, false}} {
		if got := r.see(m, test.at); got != test.want {
			t.Errorf("see(%d): %v", test.at-at, got)
		}
	}
	if r.members[m] != at {
		t.Errorf("seen %d, want %d", r.members[m], at)
	}
}

func TestRoomNames(t *testing.T) {
	for name, want := range map[string]string{
		"general":                      "general",
		"  Tea  Time ":                 "tea-time",
		"Füße-2":                       "füße-2",
		"हिन्दी":                       "हिन्दी",
		"":                             "",
		"#general":                     "",
		"a/b":                          "",
		"a\x00":                        "",
		"\xff":                         "",
		strings.Repeat("x", maxName):   strings.Repeat("x", maxName),
		strings.Repeat("x", maxName+1): "",
	} {
		if got, err := checkRoomName(name); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v", name, got, err)
		}
	}
}
