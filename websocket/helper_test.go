package websocket

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/socketio-go/socketio/internal/memnet"
)

// TestMain fails if a goroutine outlives the tests.
func TestMain(m *testing.M) {
	code := m.Run()
	var left string
	for range 200 {
		if left = strangers(); left == "" {
			os.Exit(code)
		}
		time.Sleep(10 * time.Millisecond)
	}
	fmt.Fprintf(os.Stderr, "leaked goroutines:\n%s\n", left)
	os.Exit(1)
}

// strangers returns the stacks of goroutines that are neither this one nor the
// testing package's.
func strangers() string {
	dump := make([]byte, 1<<20)
	dump = dump[:runtime.Stack(dump, true)]
	var left []string
	for i, stack := range strings.Split(string(dump), "\n\n") {
		if i > 0 && !strings.Contains(stack, "os/signal.loop") && !strings.Contains(stack, "testing.") {
			left = append(left, stack)
		}
	}
	return strings.Join(left, "\n\n")
}

// eachRole runs f in a bubble with a connected pair, once with the client's end
// as near and once with the server's. Both ends have opts.
func eachRole(t *testing.T, opts *Options, f func(t *testing.T, near, far *Conn)) {
	t.Helper()
	for _, role := range []string{"client", "server"} {
		t.Run(role, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := pair(t, opts)
				if role == "server" {
					near, far = far, near
				}
				f(t, near, far)
				near.CloseNow()
				far.CloseNow()
			})
		})
	}
}

// pairBuffer is how much each direction of a pair holds: little, so that a
// reader that stops is felt soon.
const pairBuffer = 16 << 10

// pair connects over memnet through net/http.
func pair(t *testing.T, opts *Options) (client, server *Conn) {
	t.Helper()
	ln := memnet.Listen()
	ln.Buffer = pairBuffer
	accepted := make(chan *Conn, 1)
	hs := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := Accept(w, r, opts)
		if err != nil {
			t.Errorf("Accept: %v", err)
		}
		accepted <- c
	})}
	go hs.Serve(ln)
	defer hs.Close()
	var o Options
	if opts != nil {
		o = *opts
	}
	o.DialContext = ln.DialContext
	client, _, err := Dial(context.Background(), "ws://test/", &o)
	if err != nil {
		t.Fatalf("Dial: %v", err)
	}
	return client, <-accepted
}

// eachRoleRaw runs f in a bubble with a connection of each role whose peer is
// played by the test, byte by byte.
func eachRoleRaw(t *testing.T, opts *Options, f func(t *testing.T, c *Conn, peer *rawPeer)) {
	t.Helper()
	for _, role := range []string{"client", "server"} {
		t.Run(role, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := memnet.Pipe(pairBuffer)
				o := opts.withDefaults()
				c := newConn(near, role == "client", agreement{}, nil, &o)
				peer := &rawPeer{Conn: far, t: t, masks: role == "server"}
				f(t, c, peer)
				c.CloseNow()
				far.Close()
			})
		})
	}
}

// rawPeer speaks frames without the package's own framing.
type rawPeer struct {
	*memnet.Conn
	t     *testing.T
	masks bool
}

func (p *rawPeer) send(frames ...[]byte) {
	p.t.Helper()
	for _, f := range frames {
		if _, err := p.Write(f); err != nil {
			p.t.Errorf("peer write: %v", err)
		}
	}
}

func (p *rawPeer) frame(first byte, payload string) []byte {
	return wire(first, p.masks, payload)
}

// receive reads one frame and returns its first byte and its payload.
func (p *rawPeer) receive() (byte, string) {
	p.t.Helper()
	first, payload, err := readWire(p.Conn, !p.masks)
	if err != nil {
		p.t.Errorf("peer read: %v", err)
	}
	return first, payload
}

func (p *rawPeer) wantFrame(first byte, payload string) {
	p.t.Helper()
	if b, got := p.receive(); b != first || got != payload {
		p.t.Errorf("peer received %#x %q, want %#x %q", b, short(got), first, short(payload))
	}
}

func (p *rawPeer) wantClose(code StatusCode) {
	p.t.Helper()
	first, got := p.receive()
	if first != 0x88 || len(got) < 2 || StatusCode(binary.BigEndian.Uint16([]byte(got))) != code {
		p.t.Errorf("peer received %#x %q, want a close frame with %d", first, short(got), code)
	}
}

func (p *rawPeer) wantEnd() {
	p.t.Helper()
	if n, err := p.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		p.t.Errorf("peer read %d bytes, %v; want the end", n, err)
	}
}

// wire encodes a frame in the shortest form, for tests only: independent of
// the code under test.
func wire(first byte, masked bool, payload string) []byte {
	n := len(payload)
	frame := []byte{first}
	switch {
	case n < 126:
		frame = append(frame, byte(n))
	case n < 65536:
		frame = append(frame, 126, byte(n>>8), byte(n))
	default:
		frame = append(frame, 127, 0, 0, 0, 0, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	if !masked {
		return append(frame, payload...)
	}
	key := [4]byte{0xA1, 0x52, 0x07, 0xFE}
	frame[1] |= 0x80
	frame = append(frame, key[:]...)
	for i := range n {
		frame = append(frame, payload[i]^key[i%4])
	}
	return frame
}

func readWire(r io.Reader, masked bool) (first byte, payload string, err error) {
	var h [2]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return 0, "", err
	}
	if masked != (h[1]&0x80 != 0) {
		return 0, "", fmt.Errorf("mask bit is %v", !masked)
	}
	n := uint64(h[1] & 0x7F)
	if n >= 126 {
		ext := make([]byte, 8)
		if _, err := io.ReadFull(r, ext[map[uint64]int{126: 6, 127: 0}[n]:]); err != nil {
			return 0, "", err
		}
		n = binary.BigEndian.Uint64(ext)
	}
	var key [4]byte
	if masked {
		if _, err := io.ReadFull(r, key[:]); err != nil {
			return 0, "", err
		}
	}
	p := make([]byte, n)
	_, err = io.ReadFull(r, p)
	for i := range p {
		p[i] ^= key[i%4]
	}
	return h[0], string(p), err
}

// received is a message as the recorder keeps it.
type received struct {
	t MessageType
	p string
}

// recorder is a Handler that keeps everything; onMessage, if set, runs in
// Message.
type recorder struct {
	onMessage func(c *Conn, t MessageType, p []byte)

	mu     sync.Mutex // guards the fields below
	got    []received
	closed int
	err    error
	at     time.Time
}

func record(c *Conn) *recorder {
	r := new(recorder)
	c.Serve(r)
	return r
}

func (r *recorder) Message(c *Conn, t MessageType, p []byte) {
	r.mu.Lock()
	if r.closed > 0 {
		panic("Message after Closed")
	}
	r.got = append(r.got, received{t, string(p)})
	f := r.onMessage
	r.mu.Unlock()
	if f != nil {
		f(c, t, p)
	}
}

func (r *recorder) Closed(_ *Conn, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed++
	r.err = err
	r.at = time.Now()
}

func (r *recorder) messages() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]received(nil), r.got...)
}

// outcome waits for the bubble to settle and returns Closed's argument.
func (r *recorder) outcome(t *testing.T) error {
	t.Helper()
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed != 1 {
		t.Errorf("Closed was called %d times", r.closed)
	}
	return r.err
}

func (r *recorder) wantOpen(t *testing.T) {
	t.Helper()
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed != 0 {
		t.Errorf("closed: %v", r.err)
	}
}

func wantCloseError(t *testing.T, err error, code StatusCode, reason string) {
	t.Helper()
	var closed *CloseError
	if !errors.As(err, &closed) || closed.Code != code || closed.Reason != reason {
		t.Errorf("error is %v, want a CloseError %d %q", err, code, reason)
	}
}

func wantIs(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("error is %v, want %v", err, target)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func short(s string) string {
	if len(s) > 40 {
		return fmt.Sprintf("%s… (%d bytes)", s[:40], len(s))
	}
	return s
}
