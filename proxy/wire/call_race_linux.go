//go:build race

package wire

import (
	"errors"
	"syscall"
)

// The race detector sees what these order: what was written before is read after.

func readSocket(fd int, p []byte) (int, syscall.Errno)  { return counted(syscall.Read(fd, p)) }
func writeSocket(fd int, p []byte) (int, syscall.Errno) { return counted(syscall.Write(fd, p)) }

func counted(n int, err error) (int, syscall.Errno) {
	var errno syscall.Errno
	errors.As(err, &errno)
	return n, errno
}
