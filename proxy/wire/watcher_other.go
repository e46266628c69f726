//go:build !unix

package wire

import "syscall"

// hungUp cannot tell here; the next write will.
func hungUp(syscall.RawConn) bool { return false }
