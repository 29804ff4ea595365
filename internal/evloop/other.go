//go:build !linux || portable

package evloop

import (
	"errors"
	"net"
	"syscall"
)

// Available reports whether this system has event loops.
const Available = false

// Handle is never registered here.
type Handle struct{}

// Take fails.
func (h *Handle) Take(syscall.Conn, Source) error { return errors.ErrUnsupported }

// Read is never called.
func (h *Handle) Read([]byte) (int, error) { return 0, errors.ErrUnsupported }

// Write is never called.
func (h *Handle) Write([]byte) (int, error) { return 0, errors.ErrUnsupported }

// Shutdown is never called.
func (h *Handle) Shutdown(bool) {}

// Close is never called.
func (h *Handle) Close() {}

// Turn does not exist here.
type Turn struct{ Local any }

// Detach is never called.
func Detach(Source) {}

// Buffer is never called.
func (t *Turn) Buffer() []byte { return nil }

// Leads is never called.
func (t *Turn) Leads() bool { return false }

// Again is never called.
func (t *Turn) Again(Source) {}

// Enter is never called.
func (t *Turn) Enter(Source) {}

// Release is never called.
func (t *Turn) Release() bool { return false }

// Late is never called.
func (t *Turn) Late() bool { return false }

// Leave is never called.
func (t *Turn) Leave() bool { return true }

// RemoteAddr is never called.
func (h *Handle) RemoteAddr() net.Addr { return nil }
