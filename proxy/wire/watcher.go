package wire

import (
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Watcher notices clients that hang up while a statement of theirs runs, because nobody reads from their connection then,
// and statements that take longer than they may. One goroutine looks at the sessions that have been running for longer than
// one tick: a statement that is over before costs a few atomic operations, and no timer.
type Watcher struct {
	start   time.Time
	mu      sync.Mutex
	all     map[*Watch]struct{}
	running atomic.Int64
	stop    chan struct{}
	done    chan struct{}
}

// Watch is one session's registration.
type Watch struct {
	w     *Watcher
	raw   syscall.RawConn
	gone  func()
	late  func()
	since atomic.Int64 // ticks seen while running; 0 = idle
	limit atomic.Int64 // when the statement must be over, in nanoseconds from the watcher's start; 0 = no limit
	fired atomic.Bool
}

// NewWatcher starts a watcher; every is the tick, 40 ms if zero: a client that hangs up is found by the second.
func NewWatcher(every time.Duration) *Watcher {
	if every <= 0 {
		every = 40 * time.Millisecond
	}
	w := newWatcher()
	go func() {
		defer close(w.done)
		t := time.NewTicker(every)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				w.tick()
			case <-w.stop:
				return
			}
		}
	}()
	return w
}

func newWatcher() *Watcher {
	return &Watcher{start: time.Now(), all: map[*Watch]struct{}{}, stop: make(chan struct{}), done: make(chan struct{})}
}

// Close ends the watcher and waits for it.
func (w *Watcher) Close() error {
	close(w.stop)
	<-w.done
	return nil
}

// Register adds a session. gone is called when the client has closed its connection between Begin and End: by the watcher's
// goroutine, once, and by the poller where it has the connection, at once and maybe again. late is called, at every tick, while
// Late is true. None of this may block. A connection that is no socket is never found gone.
func (w *Watcher) Register(c *Conn, gone, late func()) *Watch {
	h := &Watch{w: w, gone: gone, late: late}
	nc := c.raw
	for {
		inner, ok := nc.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		nc = inner.NetConn()
	}
	if s, ok := nc.(syscall.Conn); ok {
		h.raw, _ = s.SyscallConn()
	}
	c.whenEnded(func() {
		if h.since.Load() != 0 {
			gone()
		}
	})
	w.mu.Lock()
	w.all[h] = struct{}{}
	w.mu.Unlock()
	return h
}

// Begin says that a statement starts to run. It costs two atomic operations.
func (h *Watch) Begin() {
	if h.since.CompareAndSwap(0, 1) {
		h.w.running.Add(1)
	}
}

// Limit sets how long the running statement may still take; zero removes the limit.
func (h *Watch) Limit(d time.Duration) {
	if d <= 0 {
		h.limit.Store(0)
		return
	}
	h.limit.Store(int64(time.Since(h.w.start) + d))
}

// Late reports whether the statement's time is over.
func (h *Watch) Late() bool {
	limit := h.limit.Load()
	return limit != 0 && int64(time.Since(h.w.start)) >= limit
}

// End says that the statement is over.
func (h *Watch) End() {
	h.limit.Store(0)
	if h.since.Swap(0) != 0 {
		h.w.running.Add(-1)
	}
}

// Close removes the session.
func (h *Watch) Close() {
	h.End()
	h.w.mu.Lock()
	delete(h.w.all, h)
	h.w.mu.Unlock()
}

func (w *Watcher) tick() {
	if w.running.Load() == 0 {
		return
	}
	var gone, late []*Watch
	w.mu.Lock()
	for h := range w.all {
		since := h.since.Load()
		if since == 0 {
			continue
		}
		if h.Late() {
			late = append(late, h)
		}
		if h.raw == nil || h.fired.Load() {
			continue
		}
		if since == 1 {
			h.since.CompareAndSwap(1, 2)
			continue
		}
		if hungUp(h.raw) && h.fired.CompareAndSwap(false, true) {
			gone = append(gone, h)
		}
	}
	w.mu.Unlock()
	for _, h := range gone {
		h.gone()
	}
	for _, h := range late {
		h.late()
	}
}
