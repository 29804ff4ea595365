package memnet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
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

const buffer = 100

// withPair runs f in a bubble over a pipe of small buffers.
func withPair(t *testing.T, f func(t *testing.T, a, b *Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a, b := Pipe(buffer)
		f(t, a, b)
		a.Close()
		b.Close()
	})
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

func TestBytesArriveInOrder(t *testing.T) {
	withPair(t, func(t *testing.T, a, b *Conn) {
		sent := bytes.Repeat([]byte("0123456789abcdef#"), 1000)
		go func() {
			n, err := a.Write(sent)
			if n != len(sent) || err != nil {
				t.Errorf("Write: %d, %v", n, err)
			}
			a.CloseWrite()
		}()
		got, err := io.ReadAll(b)
		if !bytes.Equal(got, sent) || err != nil {
			t.Errorf("read %d bytes, %v", len(got), err)
		}
		_, err = b.Write([]byte("back"))
		must(t, err)
		p := make([]byte, 10)
		if n, err := a.Read(p); string(p[:n]) != "back" || err != nil {
			t.Errorf("Read after CloseWrite: %q, %v", p[:n], err)
		}
		_, err = a.Write([]byte("x"))
		wantIs(t, err, syscall.EPIPE)
	})
}

func TestWriteBlocksWhenFull(t *testing.T) {
	withPair(t, func(t *testing.T, a, b *Conn) {
		done := false
		go func() {
			a.Write(make([]byte, buffer+10))
			done = true
		}()
		synctest.Wait()
		if done || b.Buffered() != buffer {
			t.Errorf("done %v, %d bytes buffered", done, b.Buffered())
		}
		b.Read(make([]byte, 10))
		synctest.Wait()
		if !done {
			t.Error("the writer still waits")
		}
	})
}

func TestEmptyCalls(t *testing.T) {
	withPair(t, func(t *testing.T, a, b *Conn) {
		for range 2 {
			n, err := a.Write(nil)
			if n != 0 || err != nil {
				t.Errorf("Write: %d, %v", n, err)
			}
			n, err = b.Read(nil)
			if n != 0 || err != nil {
				t.Errorf("Read: %d, %v", n, err)
			}
		}
	})
}

// Every way to end a connection, and what each end's waiting and later calls
// return. The near end is the one that acts.
func TestEnds(t *testing.T) {
	for name, c := range map[string]struct {
		end                 func(c *Conn)
		nearRead, nearWrite error
		farRead, farWrite   error
	}{
		"Close":      {end: func(c *Conn) { c.Close() }, nearRead: net.ErrClosed, nearWrite: net.ErrClosed, farRead: io.EOF, farWrite: syscall.EPIPE},
		"Reset":      {end: func(c *Conn) { c.Reset() }, nearRead: net.ErrClosed, nearWrite: net.ErrClosed, farRead: syscall.ECONNRESET, farWrite: syscall.ECONNRESET},
		"both sides": {end: func(c *Conn) { c.CloseWrite(); c.CloseRead() }, nearRead: io.EOF, nearWrite: syscall.EPIPE, farRead: io.EOF, farWrite: syscall.EPIPE},
	} {
		t.Run(name, func(t *testing.T) {
			withPair(t, func(t *testing.T, near, far *Conn) {
				var wg sync.WaitGroup
				check := func(f func() (int, error), want error) {
					wg.Go(func() {
						_, err := f()
						wantIs(t, err, want)
					})
				}
				one, full := make([]byte, 1), make([]byte, 2*buffer)
				calls := func() {
					check(func() (int, error) { return near.Read(one) }, c.nearRead)
					check(func() (int, error) { return far.Write(full) }, c.farWrite)
				}
				check(func() (int, error) { return far.Read(one) }, c.farRead)
				check(func() (int, error) { return near.Read(one) }, c.nearRead)
				synctest.Wait()
				c.end(near)
				wg.Wait()
				calls()
				check(func() (int, error) { return far.Read(one) }, c.farRead)
				check(func() (int, error) { return near.Write(one) }, c.nearWrite)
				wg.Wait()
			})
			withPair(t, func(t *testing.T, near, far *Conn) {
				waiting := make(chan error, 2)
				go func() { _, err := near.Write(make([]byte, 2*buffer)); waiting <- err }()
				go func() { _, err := far.Write(make([]byte, 2*buffer)); waiting <- err }()
				synctest.Wait()
				c.end(near)
				for range 2 {
					err := <-waiting
					if !errors.Is(err, c.nearWrite) && !errors.Is(err, c.farWrite) {
						t.Errorf("a waiting Write returned %v", err)
					}
				}
			})
		})
	}
}

func TestCloseLetsThePeerReadTheRest(t *testing.T) {
	withPair(t, func(t *testing.T, a, b *Conn) {
		a.Write([]byte("rest"))
		must(t, a.Close())
		wantIs(t, a.Close(), net.ErrClosed)
		wantIs(t, a.SetDeadline(time.Now()), net.ErrClosed)
		got, err := io.ReadAll(b)
		if string(got) != "rest" || err != nil {
			t.Errorf("read %q, %v", got, err)
		}
	})
}

func TestResetLosesTheRest(t *testing.T) {
	withPair(t, func(t *testing.T, a, b *Conn) {
		a.Write([]byte("rest"))
		a.Reset()
		n, err := b.Read(make([]byte, 10))
		if n != 0 {
			t.Errorf("read %d bytes", n)
		}
		wantIs(t, err, syscall.ECONNRESET)
		must(t, b.Close())
		_, err = b.Read(make([]byte, 10))
		wantIs(t, err, net.ErrClosed)
	})
}

func TestDeadlines(t *testing.T) {
	withPair(t, func(t *testing.T, a, b *Conn) {
		a.Write(make([]byte, buffer))
		calls := map[string]func() error{
			"Read":  func() error { _, err := a.Read(make([]byte, 1)); return err },
			"Write": func() error { _, err := a.Write(make([]byte, 1)); return err },
		}
		for name, call := range calls {
			start := time.Now()
			must(t, a.SetDeadline(start.Add(time.Second)))
			for range 2 {
				err := call()
				wantIs(t, err, os.ErrDeadlineExceeded)
				var timeout net.Error
				if !errors.As(err, &timeout) || !timeout.Timeout() || time.Since(start) != time.Second {
					t.Errorf("%s: %v after %v", name, err, time.Since(start))
				}
			}
			must(t, a.SetDeadline(start.Add(-time.Second)))
			wantIs(t, call(), os.ErrDeadlineExceeded)
		}
		// Removed, replaced and moved while a call waits.
		must(t, a.SetReadDeadline(time.Now().Add(time.Second)))
		must(t, a.SetReadDeadline(time.Time{}))
		returned := make(chan error, 1)
		go func() { returned <- calls["Read"]() }()
		time.Sleep(time.Hour)
		select {
		case err := <-returned:
			t.Errorf("without a deadline: %v", err)
		default:
		}
		must(t, a.SetReadDeadline(time.Now().Add(time.Minute)))
		must(t, a.SetReadDeadline(time.Now()))
		wantIs(t, <-returned, os.ErrDeadlineExceeded)
	})
}

func TestDeadlineKeepsWhatWasWritten(t *testing.T) {
	withPair(t, func(t *testing.T, a, b *Conn) {
		a.SetWriteDeadline(time.Now().Add(time.Second))
		n, err := a.Write(make([]byte, buffer+1))
		if n != buffer {
			t.Errorf("wrote %d bytes", n)
		}
		wantIs(t, err, os.ErrDeadlineExceeded)
		a.SetWriteDeadline(time.Time{})
		b.Read(make([]byte, 1))
		_, err = a.Write([]byte("x"))
		must(t, err)
	})
}

func TestConcurrentUse(t *testing.T) {
	withPair(t, func(t *testing.T, a, b *Conn) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 50 {
					a.SetDeadline(time.Now().Add(time.Hour))
					a.Write([]byte("abc"))
				}
			})
		}
		wg.Go(func() { io.CopyN(io.Discard, b, 4*50*3) })
		wg.Wait()
	})
}

func TestListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ln := Listen()
		ln.Buffer = 10
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := ln.DialContext(ctx, "tcp", "h:1")
		wantIs(t, err, context.DeadlineExceeded)

		accepted := make(chan net.Conn)
		go func() {
			c, err := ln.Accept()
			must(t, err)
			accepted <- c
		}()
		near, err := ln.DialContext(t.Context(), "tcp", "h:1")
		must(t, err)
		far := <-accepted
		if near.LocalAddr() != far.RemoteAddr() || near.RemoteAddr() != ln.Addr() || ln.Addr().String() != "mem:80" || ln.Addr().Network() != "mem" {
			t.Errorf("addresses %v %v, %v %v", near.LocalAddr(), near.RemoteAddr(), far.LocalAddr(), far.RemoteAddr())
		}

		failed := make(chan error, 2)
		go func() { _, err := ln.Accept(); failed <- err }()
		synctest.Wait()
		must(t, ln.Close())
		must(t, ln.Close())
		wantIs(t, <-failed, net.ErrClosed)
		_, err = ln.Accept()
		wantIs(t, err, net.ErrClosed)
		_, err = ln.DialContext(t.Context(), "", "")
		wantIs(t, err, syscall.ECONNREFUSED)
		if n, err := near.Write(make([]byte, 10)); n != 10 || err != nil {
			t.Errorf("an accepted connection ended with its listener: %v", err)
		}
		near.Close()
		far.Close()
	})
}

func TestCloseEndsWaitingDials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ln := Listen()
		failed := make(chan error)
		go func() { _, err := ln.DialContext(t.Context(), "", ""); failed <- err }()
		synctest.Wait()
		ln.Close()
		wantIs(t, <-failed, syscall.ECONNREFUSED)
	})
}

func TestHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ln := Listen()
		ln.Buffer = 500
		hs := &http.Server{
			ReadTimeout: time.Minute,
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				time.Sleep(10 * time.Second)
				got, _ := io.ReadAll(r.Body)
				w.Write(got)
			}),
		}
		go hs.Serve(ln)
		transport := &http.Transport{DialContext: ln.DialContext}
		client := &http.Client{Transport: transport}
		body := strings.Repeat("a body larger than the buffers ", 1000)
		for range 3 {
			resp, err := client.Post("http://any/", "text/plain", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(resp.Body)
			if string(got) != body || err != nil {
				t.Errorf("echoed %d bytes, %v", len(got), err)
			}
			resp.Body.Close()
		}
		must(t, hs.Shutdown(t.Context()))
		transport.CloseIdleConnections()
	})
}
