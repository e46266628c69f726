//go:build !unix

package store

import "os"

// tryLock: without file locks each process needs a spool folder of its own.
func tryLock(*os.File) (bool, error) { return true, nil }
