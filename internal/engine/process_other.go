//go:build !linux

package engine

import "syscall"

// dieWithParent: other systems have no such promise; Stop ends the child.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
