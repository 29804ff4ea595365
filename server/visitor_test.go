package server

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

// visitor is a client that remembers what recovery needs: its pid, and the last
// argument of the last event (SIO-032).
type visitor struct {
	*client
	x           *fixture
	nsp         string
	pid, offset string
}

// visit dials and joins a namespace.
func (x *fixture) visit(nsp string) *visitor {
	x.t.Helper()
	v := &visitor{x: x, nsp: nsp}
	if missed, _ := v.arrive(""); len(missed) > 0 {
		x.t.Fatalf("a new client has missed %q", missed)
	}
	return v
}

// arrive dials, sends CONNECT, and reads to its reply: what comes before it has
// been missed. again is whether the reply has the pid and the id from before.
func (v *visitor) arrive(auth string) (missed []string, again bool) {
	v.x.t.Helper()
	v.client = v.x.dial()
	v.send("40" + prefix(v.nsp) + auth)
	for {
		p := v.Next()
		body, reply := strings.CutPrefix(p, "40"+prefix(v.nsp))
		if !reply {
			if !strings.HasPrefix(p, "42") && !strings.HasPrefix(p, "45") && !strings.HasPrefix(p, "x") {
				v.x.t.Fatalf("CONNECT answered with %q after %q", p, missed)
			}
			missed = append(missed, v.without(p))
			continue
		}
		var got struct{ SID, PID string }
		if err := json.Unmarshal([]byte(body), &got); err != nil || len(got.SID) != 20 || (len(got.PID) == 20) != (v.x.io.opts.Recovery != nil) || got.SID == got.PID {
			v.x.t.Fatalf("CONNECT answered with %s", p)
		}
		again = got.PID == v.pid
		v.sid, v.pid = got.SID, got.PID
		return missed, again
	}
}

// back is arrive with what the client has remembered.
func (v *visitor) back() (missed []string, again bool) {
	v.x.t.Helper()
	auth, err := json.Marshal(struct {
		PID    string `json:"pid"`
		Offset string `json:"offset,omitempty"`
	}{v.pid, v.offset})
	must(v.x.t, err)
	return v.arrive(string(auth))
}

// without takes the offset off an event, and remembers it.
func (v *visitor) without(p string) string {
	v.x.t.Helper()
	i := strings.LastIndex(p, `,"`)
	if strings.HasPrefix(p, "x") || i < 0 {
		return p
	}
	if err := json.Unmarshal([]byte(p[i+1:len(p)-1]), &v.offset); err != nil || !strings.HasSuffix(p, `"]`) {
		v.x.t.Fatalf("no offset at the end of %s", p)
	}
	return p[:i] + "]"
}

// events reads and compares, without offsets.
func (v *visitor) events(want ...string) {
	v.x.t.Helper()
	for _, want := range want {
		if got := v.without(v.Next()); got != want {
			v.x.t.Fatalf("got  %.300s\nwant %.300s", got, want)
		}
	}
}

// wantBack comes back and compares what has been missed.
func (v *visitor) wantBack(want ...string) {
	v.x.t.Helper()
	sid := v.sid
	if missed, again := v.back(); !again || v.sid != sid || !slices.Equal(missed, want) {
		v.x.t.Errorf("recovered=%v, the same id=%v, missed %q\nwant %q", again, v.sid == sid, missed, want)
	}
}

// wantNew comes back and is somebody else.
func (v *visitor) wantNew(why string) {
	v.x.t.Helper()
	sid := v.sid
	if missed, again := v.back(); again || v.sid == sid || len(missed) > 0 {
		v.x.t.Errorf("%s: recovered=%v, the same id=%v, missed %q", why, again, v.sid == sid, missed)
	}
	if s := v.x.io.Of(v.nsp).Socket(v.sid); s == nil || s.Recovered() {
		v.x.t.Errorf("%s: socket %+v", why, s)
	}
}

// must ends the test when one of the calls has failed.
func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}
