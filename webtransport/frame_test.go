package webtransport

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// frames are the bytes of the same frame on a stream, of a WebSocket client and of a WebSocket server.
var frames = []struct {
	name                   string
	stream, client, server string
}{
	{"text", "\x02hi", "\x81\x82\x00\x00\x00\x00hi", "\x81\x02hi"},
	{"binary", "\x83\x00\xff\x80", "\x82\x83\x00\x00\x00\x00\x00\xff\x80", "\x82\x03\x00\xff\x80"},
	{"125 bytes", "\x7d" + strings.Repeat("a", 125), "\x81\xfd\x00\x00\x00\x00" + strings.Repeat("a", 125), "\x81\x7d" + strings.Repeat("a", 125)},
	{"126 bytes", "\x7e\x00\x7e" + strings.Repeat("a", 126), "\x81\xfe\x00\x7e\x00\x00\x00\x00" + strings.Repeat("a", 126), "\x81\x7e\x00\x7e" + strings.Repeat("a", 126)},
	{"65535 bytes", "\xfe\xff\xff" + strings.Repeat("a", 65535), "\x82\xfe\xff\xff\x00\x00\x00\x00" + strings.Repeat("a", 65535), "\x82\x7e\xff\xff" + strings.Repeat("a", 65535)},
	{"65536 bytes", "\x7f\x00\x00\x00\x00\x00\x01\x00\x00" + strings.Repeat("a", 65536), "\x81\xff\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00" + strings.Repeat("a", 65536), "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00" + strings.Repeat("a", 65536)},
}

func TestFramesOfTheClient(t *testing.T) {
	var stream, want string
	for _, f := range frames {
		stream += f.stream
		want += f.client
	}
	for name, r := range map[string]io.Reader{
		"whole":           strings.NewReader(stream),
		"byte by byte":    iotest.OneByteReader(strings.NewReader(stream)),
		"in halves":       iotest.HalfReader(strings.NewReader(stream)),
		"end with a byte": iotest.DataErrReader(strings.NewReader(stream)),
	} {
		for _, size := range []int{1, 3, 64, 4096, 1 << 20} {
			got, err := io.ReadAll(readsOf{&decoder{r: bufio.NewReaderSize(r, 64)}, size})
			if err != nil || string(got) != want {
				t.Fatalf("%s, in reads of %d: %d bytes, want %d; %v", name, size, len(got), len(want), err)
			}
			if s, ok := r.(io.Seeker); ok {
				_, _ = s.Seek(0, io.SeekStart)
			} else {
				break
			}
		}
	}
}

// readsOf limits what one Read asks for.
type readsOf struct {
	r    io.Reader
	size int
}

func (r readsOf) Read(p []byte) (int, error) { return r.r.Read(p[:min(len(p), r.size)]) }

func TestAReadTakesWhatIsThere(t *testing.T) {
	r, w := io.Pipe()
	go func() { _, _ = w.Write([]byte("\x02hi\x01a\x03b")) }() // of the third frame two bytes are still to come
	d := decoder{r: bufio.NewReader(r)}
	p := make([]byte, 100)
	n, err := d.Read(p)
	if want := "\x81\x82\x00\x00\x00\x00hi\x81\x81\x00\x00\x00\x00a\x81\x83\x00\x00\x00\x00b"; err != nil || string(p[:n]) != want {
		t.Errorf("%q, %v", p[:n], err)
	}
	go func() { _, _ = w.Write([]byte("cd")) }()
	if n, err = d.Read(p); err != nil || string(p[:n]) != "cd" {
		t.Errorf("%q, %v", p[:n], err)
	}
}

func TestBadFramesOfTheClient(t *testing.T) {
	for _, c := range []struct {
		stream, want string
		err          error
	}{
		{"\x00", "\x81\x80\x00\x00\x00\x00", io.EOF}, // the engine knows no empty packet
		{"\x80", "\x81\x80\x00\x00\x00\x00", io.EOF},
		{"\x7f\x00\x20\x00\x00\x00\x00\x00\x00", "", errTooLong},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff", "", errTooLong},
		{"\x7e\x00", "", io.EOF},
		{"\x02h", "\x81\x82\x00\x00\x00\x00h", io.EOF},
	} {
		d := decoder{r: bufio.NewReader(strings.NewReader(c.stream))}
		var got []byte
		var err error
		for p := make([]byte, 8); err == nil; {
			var n int
			n, err = d.Read(p)
			got = append(got, p[:n]...)
		}
		if string(got) != c.want || err != c.err {
			t.Errorf("%q: %q, %v; want %q, %v", c.stream, got, err, c.want, c.err)
		}
	}
}

func TestFramesOfTheServer(t *testing.T) {
	var server, want string
	for _, f := range frames {
		server += f.server + "\x89\x01p" // a ping, which is not for the client
		want += f.stream
	}
	server += "\x88\x00"
	response := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
	for _, size := range []int{1, 2, 3, 5, 1000, 70_000, len(server)} {
		var got bytes.Buffer
		e := encoder{w: &got}
		rest := server
		if size > 5 { // with the response comes the greeting
			rest = response + server
			size += len(response)
		} else if n, err := e.Write([]byte(response)); n != len(response) || err != nil {
			t.Fatal(n, err)
		}
		for len(rest) > 0 {
			k := min(size, len(rest))
			if n, err := e.Write([]byte(rest[:k])); n != k || err != nil {
				t.Fatalf("in writes of %d: %d, %v", size, n, err)
			}
			rest = rest[k:]
		}
		if got.String() != want || !e.closed {
			t.Errorf("in writes of %d: %d bytes, want %d; closed %v", size, got.Len(), len(want), e.closed)
		}
	}
}

func TestWhatIsNoServer(t *testing.T) {
	for _, c := range []struct {
		writes []string
		err    error
	}{
		{[]string{"HTTP/1.1 200 OK\r\n"}, errResponse},
		{[]string{"\r\n\r\n", "\x01\x01a"}, errFragment},
		{[]string{"\r\n\r\n\x80\x01a"}, errFragment},
	} {
		e := encoder{w: io.Discard}
		var err error
		for _, w := range c.writes {
			_, err = e.Write([]byte(w))
		}
		if err != c.err {
			t.Errorf("%q: %v", c.writes, err)
		}
	}
	e := encoder{w: failing{}, upgraded: true}
	if n, err := e.Write([]byte("\x81\x01a")); n != 0 || err != io.ErrClosedPipe {
		t.Errorf("%d, %v", n, err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func FuzzFramesOfTheClient(f *testing.F) {
	for _, c := range frames {
		f.Add([]byte(c.stream), uint8(7))
	}
	f.Fuzz(func(t *testing.T, stream []byte, size uint8) {
		d := decoder{r: bufio.NewReader(bytes.NewReader(stream))}
		got, err := io.ReadAll(readsOf{&d, int(size) + 1})
		if err != nil && !errors.Is(err, errTooLong) {
			t.Fatal(err)
		}
		if len(got) > 6*len(stream)+6 {
			t.Errorf("%d bytes became %d", len(stream), len(got))
		}
	})
}
