//go:build !race

package wire

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// These calls do not block, so Go's scheduler need not know of them. They are recv(2) and send(2), which go straight to the socket,
// where read(2) and write(2) pass through what the kernel does for files.

func readSocket(fd int, p []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)), 0, 0, 0)
	return int(n), errno
}

func writeSocket(fd int, p []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)), unix.MSG_NOSIGNAL, 0, 0)
	return int(n), errno
}
