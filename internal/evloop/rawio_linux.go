//go:build linux && !portable && !race

package evloop

import (
	"syscall"
	"unsafe"
)

// longCall is from how many bytes on a call may take so long that the scheduler
// should know of it.
const longCall = 64 << 10

// These calls never wait: the descriptors are non-blocking. So the scheduler is not
// told of them. It would take a call of more than 20 microseconds, which is how long
// the loopback's or an interrupt's work makes one of some hundred, for one that waits,
// and start another thread: with thousands of busy connections that cost a third of
// all CPU time.

func read(fd int, b []byte) (int, error) {
	if len(b) > longCall {
		return syscall.Read(fd, b)
	}
	return raw(syscall.SYS_READ, fd, b)
}

func write(fd int, b []byte) (int, error) {
	if len(b) > longCall {
		return syscall.Write(fd, b)
	}
	return raw(syscall.SYS_WRITE, fd, b)
}

func raw(trap uintptr, fd int, b []byte) (int, error) {
	n, _, errno := syscall.RawSyscall(trap, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	if errno != 0 {
		return -1, errno
	}
	return int(n), nil
}
