package wire

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

// PoolConfig sets a pool's bounds.
type PoolConfig struct {
	Backend  BackendConfig
	Size     int               // connections at most; zero = 64
	MaxIdle  int               // connections kept while unused; zero = Size
	CheckAge time.Duration     // an idle connection older than this is pinged before use; zero = 30 s
	Init     []guard.Statement // run on every new connection
	StopTime time.Duration     // in which a server must end a statement that is stopped, else its connection is given up; zero = 5 s
	Now      askwire.Clock     // nil = time.Now
}

// Pool is a bounded set of connections to one backend account. It is safe for concurrent use.
type Pool struct {
	cfg PoolConfig

	mu      sync.Mutex
	idle    []*Backend // last used last
	open    int        // idle, lent and being dialled
	waiters list.List  // of *waiter, first come first
	closed  bool
	bad     []badAddress // by address
	killing chan struct{}
	work    sync.WaitGroup
	cancel  context.CancelFunc
	ctx     context.Context
}

// waiter waits for a connection. Its fields are under the pool's lock.
type waiter struct {
	side
	given bool     // what it waits for
	b     *Backend // nil = the right to dial
	none  bool     // the pool is closed
}

// Interrupt ends the wait.
func (w *waiter) Interrupt() { w.wake() }

func (w *waiter) stop() bool { return false }

// give is called by the task that gives a connection back, if one does.
func (w *waiter) give(b *Backend, by *Task) {
	w.given, w.b = true, b
	w.wakeAfter(by)
}

type badAddress struct {
	until time.Time
	wait  time.Duration
}

const (
	firstBackOff = time.Second
	lastBackOff  = 30 * time.Second
)

// PoolStats is a snapshot for metrics.
type PoolStats struct{ Open, Idle, Waiting, Size int }

// NewPool makes a pool without connecting.
func NewPool(cfg PoolConfig) (*Pool, error) {
	if len(cfg.Backend.Addresses) == 0 {
		return nil, askwire.Errorf(askwire.WrongValue, "The backend %q has no address.", cfg.Backend.Name).WithHint("Give it a dsn.")
	}
	for _, s := range cfg.Init {
		if !s.Valid() {
			return nil, askwire.Errorf(askwire.Internal, "A statement for new connections was not admitted by the guard.")
		}
	}
	if cfg.Size <= 0 {
		cfg.Size = 64
	}
	if cfg.MaxIdle <= 0 {
		cfg.MaxIdle = cfg.Size
	}
	if cfg.CheckAge == 0 {
		cfg.CheckAge = 30 * time.Second
	}
	if cfg.StopTime == 0 {
		cfg.StopTime = 5 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	p := &Pool{cfg: cfg, bad: make([]badAddress, len(cfg.Backend.Addresses)), killing: make(chan struct{}, 4)}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p, nil
}

// Get lends a connection: an idle one, a new one, or, at the bound, the next one put back. It waits until ctx ends. No
// goroutine is started. Every connection lent must go to Put.
func (p *Pool) Get(ctx context.Context) (*Backend, error) { return p.Lend(ctx, nil) }

// Lend is Get for a task, which waits in the poller: for the connection, and then for its answers.
func (p *Pool) Lend(ctx context.Context, t *Task) (*Backend, error) {
	for {
		b, err := p.take(ctx, t)
		if err != nil {
			return nil, err
		}
		if b == nil {
			t.Detach()
			if b, err = p.dial(ctx); err != nil {
				return nil, err
			}
			b.join(t)
			return b, nil
		}
		if b.c.hungUp() {
			p.drop(b) // the server has ended it: what would be sent there is lost
			continue
		}
		b.join(t)
		if p.cfg.Now().Sub(b.used) < p.cfg.CheckAge || b.Ping(ctx) == nil {
			return b, nil
		}
		p.drop(b)
	}
}

// lastIdle takes the connection off the list that was used last. The caller holds the lock and has seen that there is one.
func (p *Pool) lastIdle() *Backend {
	n := len(p.idle) - 1
	b := p.idle[n]
	p.idle[n] = nil
	p.idle = p.idle[:n]
	return b
}

// take returns an idle connection, or nil with the right to dial one.
func (p *Pool) take(ctx context.Context, t *Task) (*Backend, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, poolClosed()
	}
	if len(p.idle) > 0 {
		b := p.lastIdle()
		p.mu.Unlock()
		return b, nil
	}
	if p.open < p.cfg.Size {
		p.open++
		p.mu.Unlock()
		return nil, nil
	}
	w := &waiter{}
	e := p.waiters.PushBack(w)
	p.mu.Unlock()
	until := watch(ctx, w)
	for !w.take() {
		w.wait(t)
	}
	until.end()
	p.mu.Lock()
	given := w.given
	if !given {
		p.waiters.Remove(e)
	}
	p.mu.Unlock()
	switch {
	case w.none:
		return nil, poolClosed()
	case given:
		return w.b, nil
	}
	return nil, ended(ctx, askwire.Errorf(askwire.BackendUnavailable, "All %d connections to the backend %q are in use.", p.cfg.Size,
		p.cfg.Backend.Name).WithHint("Try again later.").Wrap(context.Cause(ctx)))
}

func poolClosed() error {
	return askwire.Errorf(askwire.ShuttingDown, "The server is shutting down.").WithHint("Connect again in a moment.")
}

// release gives up the right to one connection, to the next waiter if there is one.
func (p *Pool) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e := p.waiters.Front(); e != nil && !p.closed {
		p.waiters.Remove(e)
		e.Value.(*waiter).give(nil, nil)
		return
	}
	p.open--
}

// dial connects, trying each address: first those that have not failed lately, in their order.
func (p *Pool) dial(ctx context.Context) (*Backend, error) {
	var last error
	tried := make([]bool, len(p.bad))
	for _, evenBad := range []bool{false, true} {
		for i, addr := range p.cfg.Backend.Addresses {
			if tried[i] || ctx.Err() != nil || !evenBad && p.isBad(i) {
				continue
			}
			tried[i] = true
			b, err := p.connect(ctx, addr)
			if ctx.Err() == nil {
				p.mark(i, err == nil)
			}
			if err == nil {
				return b, nil
			}
			last = err
		}
	}
	p.release()
	if last == nil {
		last = unavailable(&p.cfg.Backend, p.cfg.Backend.Addresses[0], context.Cause(ctx))
	}
	return nil, ended(ctx, last)
}

// ended is the reason for which ctx was cancelled, or err if it was not.
func ended(ctx context.Context, err error) error {
	var own *askwire.Error
	switch cause := context.Cause(ctx); {
	case errors.As(cause, &own):
		return own
	case errors.Is(cause, context.Canceled):
		return interrupted(err)
	}
	return err
}

func (p *Pool) connect(ctx context.Context, addr Address) (*Backend, error) {
	b, err := dialBackend(ctx, &p.cfg.Backend, addr)
	if err != nil {
		return nil, err
	}
	for _, s := range p.cfg.Init {
		if _, err := b.Exec(ctx, s); err != nil {
			_ = b.Close()
			return nil, unavailable(&p.cfg.Backend, addr, fmt.Errorf("preparing the connection: %w", err))
		}
	}
	b.pool, b.used = p, p.cfg.Now()
	return b, nil
}

func (p *Pool) isBad(i int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cfg.Now().Before(p.bad[i].until)
}

func (p *Pool) mark(i int, good bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := &p.bad[i]
	if good {
		*a = badAddress{}
		return
	}
	a.wait = min(max(2*a.wait, firstBackOff), lastBackOff)
	a.until = p.cfg.Now().Add(a.wait)
}

// Put takes a connection back. One that is broken, busy, in a transaction or has a statement of PrepareCursor lent is closed; what a
// busy one runs is killed on the server.
func (p *Pool) Put(b *Backend) {
	by := b.join(nil)
	if !b.Usable() || b.bound() {
		p.abandon(b)
		return
	}
	b.c.release()
	b.used = p.cfg.Now()
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		p.drop(b)
		return
	}
	if e := p.waiters.Front(); e != nil {
		p.waiters.Remove(e)
		e.Value.(*waiter).give(b, by)
		p.mu.Unlock()
		return
	}
	if len(p.idle) < p.cfg.MaxIdle {
		p.idle = append(p.idle, b)
		p.mu.Unlock()
		return
	}
	p.mu.Unlock()
	p.drop(b)
}

func (p *Pool) drop(b *Backend) {
	_ = b.Close()
	p.release()
}

// Stats counts connections.
func (p *Pool) Stats() PoolStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return PoolStats{Open: p.open, Idle: len(p.idle), Waiting: p.waiters.Len(), Size: p.cfg.Size}
}

// Close refuses new loans, closes idle connections and waits for kills in progress. Lent connections are closed as they come
// back.
func (p *Pool) Close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil
	}
	p.closed = true
	idle := p.idle
	p.idle = nil
	for e := p.waiters.Front(); e != nil; e = e.Next() {
		w := e.Value.(*waiter)
		w.none = true
		w.give(nil, nil)
	}
	p.waiters.Init()
	p.mu.Unlock()
	for _, b := range idle {
		p.drop(b)
	}
	p.cancel()
	p.work.Wait()
	return nil
}
