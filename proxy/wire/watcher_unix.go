//go:build unix && !linux

package wire

import (
	"errors"
	"syscall"
)

// hungUp looks at the socket without taking anything from it and without waiting. Data that waits to be read hides the end
// of the connection behind it.
func hungUp(raw syscall.RawConn) bool {
	gone := false
	// Control, unlike Read, does not wait for a read that is in progress.
	err := raw.Control(func(fd uintptr) {
		var b [1]byte
		n, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		switch {
		case err == nil:
			gone = n == 0
		case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EINTR):
		default:
			gone = true
		}
	})
	return gone || err != nil
}
