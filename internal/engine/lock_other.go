//go:build !unix

package engine

// lockDir: the servers themselves refuse a data directory that is in use.
func lockDir(string) (unlock func(), err error) { return func() {}, nil }
