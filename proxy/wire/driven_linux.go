package wire

import "time"

// Poll moves the connection to this package's poller, which can run its session as a task. It is false where that cannot be:
// under TLS, and on what is no socket. The caller is the one goroutine that uses the connection.
func (c *Conn) Poll() bool {
	if _, ok := c.nc.(*socket); ok || c.nc != c.raw {
		return ok
	}
	c.mu.Lock()
	k, err := newSocket(c.nc)
	if err == nil {
		c.nc, c.raw = k, k
		c.readDeadline, c.writeDeadline = time.Time{}, time.Time{} // they were the former poller's
	}
	c.mu.Unlock()
	c.stayInterrupted()
	return err == nil
}

// join lets a task read and write the connection, or with nil a goroutine.
func (c *Conn) join(t *Task) {
	if k, ok := c.nc.(*socket); ok {
		k.task = t
	}
}

// await returns when there is something to read. A buffer that is taken only then is in use for microseconds, so that a few of
// them, which are in the processor's caches, serve all connections.
func (c *Conn) await() {
	if k, ok := c.nc.(*socket); ok && c.rpos == c.rend {
		k.rd.await(k.task)
	}
}

// hungUp reports whether the peer has closed its side. The poller knows without asking.
func (c *Conn) hungUp() bool {
	if k, ok := c.nc.(*socket); ok {
		return k.ended.Load()
	}
	return c.lookHungUp()
}

// whenEnded calls fn in the loop, which it must not block, as soon as the peer has closed its side.
func (c *Conn) whenEnded(fn func()) {
	if k, ok := c.raw.(*socket); ok {
		k.onEnd.Store(&fn)
	}
}
