package store

import (
	"context"
	"errors"
	"runtime/debug"
	"sync"
	"time"
)

// health says whether the server is worth trying. After a failure it is left alone for a while, a little longer each
// time, so that a server that does not answer costs a time limit now and then instead of one for every group.
type health struct {
	clock func() time.Time
	first time.Duration

	mu       sync.Mutex
	up       bool // migrated, and the last use succeeded
	making   bool // the server is there, and the schema is being made or migrated
	migrated bool
	err      error
	pause    time.Duration
	until    time.Time
	notify   chan struct{}
}

var (
	errConnecting = errors.New("still connecting")
	errMaking     = errors.New("its schema is still being made")
)

func (h *health) ready() bool { h.mu.Lock(); defer h.mu.Unlock(); return h.up }

func (h *health) isMigrated() bool { h.mu.Lock(); defer h.mu.Unlock(); return h.migrated }

func (h *health) isMaking() bool { h.mu.Lock(); defer h.mu.Unlock(); return h.making }

// setMaking notes that the server is there, and that the schema is not ready. It lasts until the attempt fails or succeeds.
func (h *health) setMaking() { h.mu.Lock(); defer h.mu.Unlock(); h.making = true }

func (h *health) cause() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.making:
		return errMaking
	case h.err == nil:
		return errConnecting
	}
	return h.err
}

// wait is how long the server should still be left alone; 0 = try it.
func (h *health) wait() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.up {
		return 0
	}
	return max(0, h.until.Sub(h.clock()))
}

// failed reports whether this is news.
func (h *health) failed(err error) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	news := h.up || h.err == nil
	h.up, h.making, h.err = false, false, err
	h.pause = min(max(h.first, 2*h.pause), lastRetry)
	h.until = h.clock().Add(h.pause)
	h.wake()
	return news
}

// succeeded reports whether the server was down before.
func (h *health) succeeded() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.migrated, h.making = true, false
	if h.up {
		return false
	}
	news := h.err != nil
	h.up, h.err, h.pause = true, nil, 0
	h.wake()
	return news
}

// changed is closed at the next change of state.
func (h *health) changed() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.notify == nil {
		h.notify = make(chan struct{})
	}
	return h.notify
}

func (h *health) wake() {
	if h.notify != nil {
		close(h.notify)
		h.notify = nil
	}
}

func (s *Store) failed(err error) {
	if s.health.failed(err) {
		s.log.Warn("store: the server cannot be used; records go to the spool", "error", err)
	}
	s.wakeWriter() // it must look after the server sooner than it had planned
}

func (s *Store) succeeded() {
	if s.health.succeeded() {
		s.log.Info("store: the server can be used again")
	}
}

// guarded runs a loop and starts it again when it panics: a record that cannot be handled must not end recording.
func (s *Store) guarded(ctx context.Context, loop func(context.Context)) {
	for {
		finished := func() (ok bool) {
			defer func() {
				if r := recover(); r != nil {
					s.log.Error("store: panic", "panic", r, "stack", string(debug.Stack()))
				}
			}()
			loop(ctx)
			return true
		}()
		if finished {
			return
		}
	}
}

func (s *Store) wakeWriter() {
	select {
	case s.kick <- struct{}{}:
	default:
	}
}
