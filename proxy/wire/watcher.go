package wire

import (
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Watcher notices clients that hang up while a statement of theirs runs: nobody reads from their connection then. One
// goroutine looks at the sessions that have been running for longer than one tick.
type Watcher struct {
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
	since atomic.Int64 // ticks seen while running; 0 = idle
	fired atomic.Bool
}

// NewWatcher starts a watcher; every is the tick, 50 ms if zero.
func NewWatcher(every time.Duration) *Watcher {
	if every <= 0 {
		every = 50 * time.Millisecond
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
	return &Watcher{all: map[*Watch]struct{}{}, stop: make(chan struct{}), done: make(chan struct{})}
}

// Close ends the watcher and waits for it.
func (w *Watcher) Close() error {
	close(w.stop)
	<-w.done
	return nil
}

// Register adds a session. gone is called at most once, from the watcher's goroutine, when the client has closed its
// connection between Begin and End; it must not block. A connection that is no socket is never found gone.
func (w *Watcher) Register(c *Conn, gone func()) *Watch {
	h := &Watch{w: w, gone: gone}
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

// End says that the statement is over.
func (h *Watch) End() {
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
	var gone []*Watch
	w.mu.Lock()
	for h := range w.all {
		since := h.since.Load()
		if since == 0 || h.raw == nil || h.fired.Load() {
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
}
