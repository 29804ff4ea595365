package client

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/socketio-go/socketio/engine"
	"github.com/socketio-go/socketio/internal/dispatch"
)

// maxHint bounds how long a server can keep a client away.
const maxHint = time.Hour

// delay is the time before a reconnection attempt, of which there have been n in
// the row (CLI-004). r is random, from 0 to 1.
func (o *Options) delay(n int, r float64) time.Duration {
	base := float64(o.ReconnectionDelay) * math.Pow(2, float64(n))
	most := float64(o.ReconnectionDelayMax)
	jitter := o.Jitter
	if jitter < 0 || jitter > 1 {
		jitter = 0
	}
	if o.NoJitterAtMax {
		if base > math.MaxInt64/4 {
			return o.ReconnectionDelayMax
		}
		base = shift(base, math.Floor(r*jitter*base/1e6)*1e6, int(r*10)%2 == 1)
		return time.Duration(min(base, most)).Truncate(time.Millisecond)
	}
	atMost := base >= most
	base = min(base, most)
	return time.Duration(min(shift(base, r*jitter*base, !atMost && int(r*10)%2 == 1), most))
}

// shift moves a delay, to later or to sooner.
func shift(d, by float64, later bool) float64 {
	if later {
		return d + by
	}
	return d - by
}

// startLocked sees to it that a goroutine is at connecting. There is never more
// than one. lost makes it wait before the first attempt.
func (m *Manager) startLocked(lost bool) {
	if !m.looping {
		m.looping = true
		go m.run(lost)
		return
	}
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// run tries until there is a connection, or nobody wants one, or it gives up.
func (m *Manager) run(wait bool) {
	for {
		ctx, n, delay := m.begin(wait)
		if ctx == nil {
			return
		}
		err := m.pause(ctx, delay)
		if err == nil {
			err = m.attempt(ctx, n)
		}
		if err == nil {
			return
		}
		wait = ctx.Err() == nil // else a socket was closed: look again who wants what
		m.cancel()
		if wait && !m.failed(&DialError{Attempt: n, Err: err}) {
			return
		}
	}
}

// begin prepares an attempt, and counts it when it is a reconnection. ctx is nil
// when nobody wants a connection.
func (m *Manager) begin(wait bool) (ctx context.Context, n int, delay time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	select {
	case <-m.wake:
	default:
	}
	if !m.neededLocked() {
		m.looping = false
		return nil, 0, 0
	}
	if wait {
		delay = m.opts.delay(m.attempts, rand.Float64()) + min(m.hint, maxHint)
		m.attempts++
	}
	m.hint = 0
	ctx, m.cancel = context.WithCancel(context.Background())
	return ctx, m.attempts, delay
}

// pause waits for the time of the attempt, or until somebody is impatient.
func (m *Manager) pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-m.wake:
	case <-ctx.Done():
	}
	return ctx.Err()
}

// attempt makes one attempt to connect.
func (m *Manager) attempt(ctx context.Context, n int) error {
	if n > 0 {
		m.mu.Lock()
		hooks := slices.Clip(m.onAttempt)
		m.mu.Unlock()
		for _, f := range hooks {
			_ = dispatch.Protect((*logger)(m), func() error { f(n); return nil })
		}
	}
	limited, cancel := ctx, context.CancelFunc(func() {})
	if m.opts.Timeout > 0 {
		limited, cancel = context.WithTimeout(ctx, m.opts.Timeout)
	}
	defer cancel()
	d := m.opts.dial()
	m.remember(&d)
	if m.opts.Prepare != nil {
		if err := dispatch.Protect((*logger)(m), func() error { return m.opts.Prepare(limited, &d) }); err != nil {
			return fmt.Errorf("socketio: Options.Prepare: %w", err)
		}
	}
	m.opts.Logger.Debug("socketio: connecting", "attempt", n)
	e, err := engine.Dial(limited, m.url, &d)
	if err != nil {
		return err
	}
	return m.opened(ctx, e, n)
}

// remember puts WebSocket first if it has worked the last time (EIO-167).
func (m *Manager) remember(d *engine.DialOptions) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.opts.RememberUpgrade && m.remembered && (d.Transports == nil || slices.Contains(d.Transports, engine.WebSocket)) {
		rest := slices.DeleteFunc(slices.Clone(d.Transports), func(name string) bool { return name == engine.WebSocket })
		d.Transports = append([]string{engine.WebSocket}, rest...)
	}
}

// opened takes a new session into use and joins the namespaces that are wanted.
func (m *Manager) opened(ctx context.Context, e *engine.Client, n int) error {
	ses := &session{m: m, engine: e, decoder: m.codec.decoder(m.opts.MaxAttachments), attempt: n}
	m.mu.Lock()
	if ctx.Err() != nil {
		m.mu.Unlock()
		e.CloseNow()
		return ctx.Err()
	}
	m.session, m.looping, m.cause = ses, false, nil
	ses.wasted, m.attempts = m.attempts, 0
	m.cancel()
	m.cancel = nil
	if m.paused {
		e.Pause()
	}
	var joining []*connection
	for _, s := range m.sockets {
		if s.state == connecting && s.rejoin == nil {
			joining = append(joining, s.beginLocked(ses))
		}
	}
	m.mu.Unlock()
	e.Serve(ses.message, ses.closed)
	for _, c := range joining {
		c.join()
	}
	return nil
}

// againLocked reports whether another attempt may be made.
func (m *Manager) againLocked() bool {
	limit := m.opts.ReconnectionAttempts
	return !m.opts.DisableReconnection && (limit <= 0 || m.attempts < limit)
}

// failed tells the sockets that an attempt has failed, and whether there will be
// another one.
func (m *Manager) failed(err *DialError) (again bool) {
	m.opts.Logger.Info("socketio: cannot connect", "attempt", err.Attempt, "error", err.Err)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.remembered = false
	m.cause = err
	if answer := (*engine.Refusal)(nil); errors.As(err, &answer) {
		m.hint = answer.RetryAfter
	}
	if again = m.againLocked(); !again {
		m.looping, m.attempts, m.hint = false, 0, 0
	}
	for _, s := range m.sockets {
		s.failedLocked(err, again)
	}
	return again
}
