package wire

import (
	"context"
	"sync"
)

// Stopper is the context of a session's statements. Cancel interrupts what waits under it: the answer of a backend
// connection, or a pool for one. That costs a statement nothing; any other context that can end needs a registration, with its
// allocations, at every use. It may be used from any goroutine.
type Stopper struct {
	context.Context
	cancel context.CancelCauseFunc

	mu   sync.Mutex
	held interrupter // in use under this context
	hit  bool        // and interrupted
}

type interrupter interface{ Interrupt() }

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
	if s.held != nil && !s.hit {
		s.hit = true
		s.held.Interrupt()
	}
}

// hold makes Cancel interrupt x, until release. It is false when something else is in use under this context.
func (s *Stopper) hold(x interrupter) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held != nil {
		return false
	}
	s.held, s.hit = x, s.Err() != nil
	if s.hit {
		x.Interrupt()
	}
	return true
}

// release ends hold. It is false when x was interrupted.
func (s *Stopper) release() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = nil
	return !s.hit
}

// watched is what the end of a context interrupts.
type watched struct {
	stopper *Stopper
	stop    func() bool
}

// watch makes the end of ctx interrupt x, until end is called.
func watch(ctx context.Context, x interrupter) watched {
	if s, ok := ctx.(*Stopper); ok && s.hold(x) {
		return watched{stopper: s}
	}
	if ctx.Done() == nil {
		return watched{}
	}
	return watched{stop: context.AfterFunc(ctx, x.Interrupt)}
}

// end is false when x was interrupted, or is about to be.
func (w watched) end() bool {
	switch {
	case w.stopper != nil:
		return w.stopper.release()
	case w.stop != nil:
		return w.stop()
	}
	return true
}

// watch makes the end of ctx interrupt the connection, until unwatch.
func (b *Backend) watch(ctx context.Context) watched { return watch(ctx, b.c) }

// unwatch ends watch. An interruption that has begun may hit the connection at any later moment, so it is not used again.
func (b *Backend) unwatch(w watched) {
	if !w.end() {
		b.broken = true
	}
}
