package load

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// rawIO reads or writes a descriptor that does not block, without telling the
// scheduler about the system call.
func rawIO(call uintptr, fd int, data []byte) (int, unix.Errno) {
	n, _, errno := unix.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(&data[0])), uintptr(len(data)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), 0
}
