//go:build linux && !portable

package evloop

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// Handle is a registered descriptor of a stream socket. The zero value is none.
// Its methods are not for concurrent use with Take and Close: the source holds a
// lock of its own.
type Handle struct {
	loop *loop
	fd   int32
	slot uint32
}

// Take registers a copy of the descriptor of c for s. The handle owns the copy; c
// is to be closed by the caller, which does not end the connection.
func (h *Handle) Take(c syscall.Conn, s Source) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	fd := -1
	ctlErr := raw.Control(func(old uintptr) { fd, err = duplicate(old) })
	if err = errors.Join(ctlErr, err); err != nil {
		return err
	}
	l, err := shared.join()
	if err == nil {
		h.loop, h.fd = l, int32(fd)
		if h.slot, err = l.add(fd, s); err != nil {
			shared.leave()
		}
	}
	if err != nil {
		_ = syscall.Close(fd)
	}
	return err
}

func duplicate(fd uintptr) (int, error) {
	n, _, errno := syscall.Syscall(syscall.SYS_FCNTL, fd, syscall.F_DUPFD_CLOEXEC, 0)
	if errno != 0 {
		return -1, os.NewSyscallError("fcntl", errno)
	}
	return int(n), nil
}

// Read fills b with what is there. Without anything it returns 0 and no error; at
// the end of the stream, io.EOF.
func (h *Handle) Read(b []byte) (int, error) {
	for {
		n, err := read(int(h.fd), b)
		switch {
		case err == nil && n > 0:
			return n, nil
		case err == nil:
			return 0, io.EOF
		case err == syscall.EAGAIN:
			return 0, nil
		case err != syscall.EINTR:
			return 0, os.NewSyscallError("read", err)
		}
	}
}

// Write writes as much of b as the network takes at once.
func (h *Handle) Write(b []byte) (int, error) {
	for {
		n, err := write(int(h.fd), b)
		switch {
		case err == nil:
			return n, nil
		case err == syscall.EAGAIN:
			return 0, nil
		case err != syscall.EINTR:
			return 0, os.NewSyscallError("write", err)
		}
	}
}

// Shutdown ends this side's direction, or both. A source whose both directions
// are shut down is called once more.
func (h *Handle) Shutdown(both bool) {
	how := syscall.SHUT_WR
	if both {
		how = syscall.SHUT_RDWR
	}
	_ = syscall.Shutdown(int(h.fd), how) // fails only when the peer was faster
}

// Close ends the registration and the descriptor.
func (h *Handle) Close() {
	h.loop.remove(h.slot)
	_ = syscall.Close(int(h.fd))
	shared.leave()
}

// RemoteAddr is the TCP address of the peer, or nil.
func (h *Handle) RemoteAddr() net.Addr {
	sa, err := syscall.Getpeername(int(h.fd))
	if err != nil {
		return nil
	}
	switch sa := sa.(type) {
	case *syscall.SockaddrInet4:
		return &net.TCPAddr{IP: sa.Addr[:], Port: sa.Port}
	case *syscall.SockaddrInet6:
		return &net.TCPAddr{IP: sa.Addr[:], Port: sa.Port}
	}
	return nil
}
