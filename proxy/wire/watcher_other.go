//go:build !unix

package wire

import "syscall"

func isReset(error) bool { return false }

// hungUp cannot tell here; the next write will.
func hungUp(syscall.RawConn) bool { return false }
