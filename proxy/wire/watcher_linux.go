package wire

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// hungUp asks the kernel whether the peer has closed its side, without taking anything from the socket and without waiting.
// Data that waits to be read does not hide it: a client may say COM_QUIT, or TLS its farewell, before it goes. Nor is such
// data a sign of death: it may be a pipelined command.
func hungUp(raw syscall.RawConn) bool {
	gone := false
	// Control, unlike Read, does not wait for a read that is in progress.
	err := raw.Control(func(fd uintptr) {
		p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
		n, err := unix.Poll(p, 0)
		gone = err == nil && n > 0 && p[0].Revents&(unix.POLLRDHUP|unix.POLLHUP|unix.POLLERR|unix.POLLNVAL) != 0
	})
	return gone || err != nil
}
