package wire

import (
	"context"
	"sync"
)

// Stopper is the context of a session's statements. Cancel interrupts what waits under it: the answer of a backend
// connection, or a pool for one. Stop does so too, but spares a connection that the session cannot do without. That costs a
// statement nothing; any other context that can end needs a registration, with its allocations, at every use. It may be used from
// any goroutine.
type Stopper struct {
	context.Context
	cancel context.CancelCauseFunc

	mu    sync.Mutex
	held  interrupter // in use under this context
	hit   bool        // and interrupted
	spare bool        // Stop ended the context, and no Cancel has followed
}

type interrupter interface {
	Interrupt()
	// stop has the server end what runs, without harm to the connection. It is false where that cannot be, or is not worth it.
	stop() bool
}

// NewStopper makes a context that ends by Cancel, or with its parent. A parent's end interrupts nothing: Cancel must follow.
func NewStopper(parent context.Context) *Stopper {
	s := &Stopper{}
	s.Context, s.cancel = context.WithCancelCause(parent)
	return s
}

// Cancel ends the context and interrupts what runs under it: the session is over. A second Cancel changes nothing.
func (s *Stopper) Cancel(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spare = false
	s.cancel(cause)
	s.strike()
}

// Stop ends the context and the statement that runs under it, after which the session goes on. It changes nothing after a Cancel or
// another Stop.
func (s *Stopper) Stop(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Err() != nil {
		return
	}
	s.spare = true
	s.cancel(cause)
	s.strike()
}

// strike ends what is held. The caller holds the lock.
func (s *Stopper) strike() {
	if s.held == nil || s.hit || s.spare && s.held.stop() {
		return
	}
	s.hit = true
	s.held.Interrupt()
}

// hold makes Cancel and Stop end what x does, until release. It is false when something else is in use under this context.
func (s *Stopper) hold(x interrupter) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held != nil {
		return false
	}
	s.held, s.hit = x, false
	if s.Err() != nil {
		s.strike()
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
func (b *Backend) watch(ctx context.Context) watched { return watch(ctx, b) }

// unwatch ends watch. An interruption that has begun may hit the connection at any later moment, so it is not used again.
func (b *Backend) unwatch(w watched) {
	if !w.end() {
		b.broken = true
	}
	if k := b.killing; k != nil && w.stopper != nil {
		b.killing = nil
		b.settle(k)
	}
}
