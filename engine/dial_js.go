package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"syscall/js"
)

// Network says how a [Client] reaches the server. The browser decides everything
// else.
type Network struct {
	Credentials bool // polling sends cookies to other origins too (EIO-171)
}

// link makes requests with the browser's fetch and WebSocket.
type link struct{}

func (d *dialer) init() error {
	for _, name := range []string{"fetch", "WebSocket"} {
		if js.Global().Get(name).IsUndefined() {
			return errors.New("engine: dial: there is no " + name + " here")
		}
	}
	return nil
}

func (d *dialer) release() {}

// do makes one polling request and returns the body of its answer.
func (d *dialer) do(ctx context.Context, method string, target *url.URL, body []byte) ([]byte, error) {
	abort := js.Global().Get("AbortController").New()
	headers := map[string]any{"Accept": "*/*"}
	for name, values := range d.opts.Header {
		for _, v := range values {
			headers[name] = v
		}
	}
	request := map[string]any{
		"method": method, "signal": abort.Get("signal"), "cache": "no-store", "redirect": "error", "headers": headers,
		"credentials": map[bool]string{false: "same-origin", true: "include"}[d.opts.Network.Credentials],
	}
	if body != nil {
		headers["Content-Type"] = "text/plain;charset=UTF-8"
		request["body"] = string(body)
	}
	response, err := await(ctx, js.Global().Call("fetch", target.String(), request))
	var buffer js.Value
	if err == nil {
		buffer, err = await(ctx, response.Call("arrayBuffer"))
	}
	if err != nil {
		abort.Call("abort")
		return nil, err
	}
	answer := goBytes(buffer)
	if status := response.Get("status").Int(); status != 200 {
		after := response.Get("headers").Call("get", "Retry-After")
		return nil, refused(status, after.String(), answer)
	}
	if len(answer) > d.opts.MaxPayload {
		return nil, Error("the server's answer is larger than MaxPayload")
	}
	return answer, nil
}

// await waits for a promise.
func await(ctx context.Context, promise js.Value) (js.Value, error) {
	type result struct {
		value js.Value
		err   error
	}
	settled := make(chan result, 1)
	var kept, broken js.Func
	settle := func(r result) any {
		kept.Release()
		broken.Release()
		settled <- r
		return nil
	}
	kept = js.FuncOf(func(_ js.Value, args []js.Value) any { return settle(result{value: args[0]}) })
	broken = js.FuncOf(func(_ js.Value, args []js.Value) any {
		return settle(result{err: errors.New(args[0].Call("toString").String())})
	})
	promise.Call("then", kept, broken)
	select {
	case r := <-settled:
		return r.value, r.err
	case <-ctx.Done():
		return js.Undefined(), ctx.Err()
	}
}

// goBytes copies an ArrayBuffer.
func goBytes(buffer js.Value) []byte {
	array := js.Global().Get("Uint8Array").New(buffer)
	p := make([]byte, array.Length())
	js.CopyBytesToGo(p, array)
	return p
}

// wire is a WebSocket that was dialled.
type wire struct{ *browserSocket }

// browserSocket is the browser's WebSocket. What arrives waits for the goroutine
// that reads: there is no way to slow the server down.
type browserSocket struct {
	value js.Value

	mu       sync.Mutex // guards what follows
	arrived  []arrival
	news     chan struct{} // full when something has changed
	isOpen   bool
	isPaused bool
	cause    error // why nothing more comes; nil while it may
}

type arrival struct {
	binary bool
	data   []byte
}

func (d *dialer) dialWebSocket(ctx context.Context, target *url.URL) (wire, error) {
	u := *target
	u.Scheme = "ws" + u.Scheme[len("http"):]
	protocols := make([]any, len(d.opts.Subprotocols))
	for i, p := range d.opts.Subprotocols {
		protocols[i] = p
	}
	s := &browserSocket{news: make(chan struct{}, 1)}
	s.value = js.Global().Get("WebSocket").New(u.String(), protocols)
	s.value.Set("binaryType", "arraybuffer")
	s.listen(int(d.opts.MaxPayload))
	for {
		s.mu.Lock()
		isOpen, cause := s.isOpen, s.cause
		s.mu.Unlock()
		if isOpen || cause != nil {
			return wire{s}, cause
		}
		if err := s.wait(ctx); err != nil {
			s.end(false)
			return wire{s}, err
		}
	}
}

// listen takes the socket's events, which come on the browser's only thread.
func (s *browserSocket) listen(limit int) {
	funcs := make(map[string]js.Func)
	on := func(event string, f func(e js.Value)) {
		funcs[event] = js.FuncOf(func(_ js.Value, args []js.Value) any { f(args[0]); return nil })
		s.value.Call("addEventListener", event, funcs[event])
	}
	on("open", func(js.Value) { s.change(func() { s.isOpen = true }) })
	on("message", func(e js.Value) {
		a := arrival{binary: e.Get("data").Type() == js.TypeObject}
		if a.binary {
			a.data = goBytes(e.Get("data"))
		} else {
			a.data = []byte(e.Get("data").String())
		}
		s.change(func() {
			if s.arrived = append(s.arrived, a); len(a.data) > limit {
				s.value.Call("close")
			}
		})
	})
	on("close", func(e js.Value) {
		s.change(func() { s.finishLocked(fmt.Errorf("engine: the WebSocket was closed with %d", e.Get("code").Int())) })
		for event, f := range funcs {
			s.value.Call("removeEventListener", event, f)
			f.Release()
		}
	})
}

func (s *browserSocket) finishLocked(cause error) {
	if s.cause == nil {
		s.cause = cause
	}
}

func (s *browserSocket) change(f func()) {
	s.mu.Lock()
	f()
	s.mu.Unlock()
	select {
	case s.news <- struct{}{}:
	default:
	}
}

func (s *browserSocket) wait(ctx context.Context) error {
	select {
	case <-s.news:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// next waits for the next message.
func (s *browserSocket) next(ctx context.Context) (arrival, error) {
	for {
		s.mu.Lock()
		switch {
		case len(s.arrived) > 0 && !s.isPaused:
			a := s.arrived[0]
			s.arrived = s.arrived[1:]
			s.mu.Unlock()
			return a, nil
		case s.cause != nil:
			s.mu.Unlock()
			return arrival{}, s.cause
		}
		s.mu.Unlock()
		if err := s.wait(ctx); err != nil {
			return arrival{}, err
		}
	}
}

// read waits for a text message, before serve.
func (s *browserSocket) read(ctx context.Context) ([]byte, error) {
	a, err := s.next(ctx)
	if err == nil && a.binary {
		err = Error("a binary message in the place of a packet")
	}
	return a.data, err
}

// serve delivers to c.
func (s *browserSocket) serve(c *Client) {
	go func() {
		defer c.left()
		for {
			a, err := s.next(context.Background())
			switch {
			case err != nil:
				c.close(TransportClose, err, false)
				return
			case a.binary:
				c.deliver(true, a.data)
			default:
				c.packet(a.data)
			}
		}
	}()
}

// send hands messages to the browser, all or none of them.
func (s *browserSocket) send(ms []Message, textOnly bool) error {
	if s.value.Get("readyState").Int() != 1 {
		return errClientClosed
	}
	for _, m := range ms {
		if m.binary && textOnly {
			m = m.base64()
		}
		if p := m.frame.Payload(); m.binary {
			array := js.Global().Get("Uint8Array").New(len(p))
			js.CopyBytesToJS(array, p)
			s.value.Call("send", array)
		} else {
			s.value.Call("send", string(p))
		}
	}
	return nil
}

func (s *browserSocket) buffered() int { return s.value.Get("bufferedAmount").Int() }

func (s *browserSocket) pause()  { s.change(func() { s.isPaused = true }) }
func (s *browserSocket) resume() { s.change(func() { s.isPaused = false }) }

func (s *browserSocket) release() (Released, bool) { return Released{}, false }

// end closes the WebSocket; the browser sends what is queued. Unless the end is
// graceful nobody waits for that.
func (s *browserSocket) end(graceful bool) {
	s.value.Call("close")
	if !graceful {
		s.change(func() { s.finishLocked(net.ErrClosed) })
	}
}
