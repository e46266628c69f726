package wire

import (
	"context"
	"sync"
)

// Stopper is the context of a session's statements. Cancel interrupts the backend connection that waits for an answer under
// it, which costs a statement nothing: any other context that can end needs a registration, with its allocations, at every
// use. It may be used from any goroutine.
type Stopper struct {
	context.Context
	cancel context.CancelCauseFunc

	mu   sync.Mutex
	conn *Conn // in use under this context
	hit  bool  // and interrupted
}

// NewStopper makes a context that ends by Cancel, or with its parent. A parent's end interrupts nothing: Cancel must follow.
func NewStopper(parent context.Context) *Stopper {
	s := &Stopper{}
	s.Context, s.cancel = context.WithCancelCause(parent)
	return s
}

// Cancel ends the context and interrupts what runs under it. A second Cancel changes nothing.
func (s *Stopper) Cancel(cause error) {
	s.cancel(cause)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil && !s.hit {
		s.hit = true
		s.conn.Interrupt()
	}
}

// hold makes Cancel interrupt c, until release. It is false when another connection is in use under this context.
func (s *Stopper) hold(c *Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil {
		return false
	}
	s.conn, s.hit = c, s.Err() != nil
	if s.hit {
		c.Interrupt()
	}
	return true
}

// release ends hold. It is false when the connection was interrupted.
func (s *Stopper) release() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn = nil
	return !s.hit
}

// watched is a connection that the end of a context interrupts.
type watched struct {
	stopper *Stopper
	stop    func() bool
}

// watch makes the end of ctx interrupt the connection, until unwatch.
func (b *Backend) watch(ctx context.Context) watched {
	if s, ok := ctx.(*Stopper); ok && s.hold(b.c) {
		return watched{stopper: s}
	}
	if ctx.Done() == nil {
		return watched{}
	}
	return watched{stop: context.AfterFunc(ctx, b.c.Interrupt)}
}

// unwatch ends watch. An interruption that has begun may hit the connection at any later moment, so it is not used again.
func (b *Backend) unwatch(w watched) {
	switch {
	case w.stopper != nil:
		if !w.stopper.release() {
			b.broken = true
		}
	case w.stop != nil:
		if !w.stop() {
			b.broken = true
		}
	}
}
