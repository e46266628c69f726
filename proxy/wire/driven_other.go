//go:build !linux

package wire

// Poll is for systems with this package's poller. Here sessions are goroutines, and their calls block.
func (c *Conn) Poll() bool { return false }

func (c *Conn) join(*Task) {}

func (c *Conn) await() {}

func (c *Conn) whenEnded(func()) {}

// hungUp reports whether the peer has closed its side.
func (c *Conn) hungUp() bool { return c.lookHungUp() }
