package wire

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/askwire/askwire/guard"
)

// abandon closes a connection in whatever state, and has the server end what it still runs.
func (p *Pool) abandon(b *Backend) {
	busy := b.busy
	_ = b.c.Close()
	kill := busy && p.working()
	p.release()
	if !kill {
		return
	}
	go func() {
		defer p.work.Done()
		ctx, cancel := context.WithTimeout(p.ctx, 10*time.Second)
		defer cancel()
		_ = p.kill(ctx, b.addr, guard.ControlKill(b.thread), nil) // the server may have noticed by itself
	}()
}

// working counts a goroutine that Close waits for. It is false when the pool is closed.
func (p *Pool) working() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.work.Add(1)
	}
	return !p.closed
}

// kill runs a KILL on another connection to the same server, if then asks for it when that is there; nil = yes.
func (p *Pool) kill(ctx context.Context, addr Address, st guard.Statement, still func() bool) error {
	select {
	case p.killing <- struct{}{}:
		defer func() { <-p.killing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	b, err := dialBackend(ctx, &p.cfg.Backend, addr)
	if err != nil {
		return err
	}
	defer b.Close()
	if still != nil && !still() {
		return nil
	}
	_, err = b.Exec(ctx, st)
	return err
}

// bound reports whether the session would lose something with the connection: a transaction or cursors.
func (b *Backend) bound() bool { return b.inTrans || b.cursors > 0 }

// killing is a statement that is being ended by KILL QUERY, while its connection waits for the answer.
type killing struct {
	ctx    context.Context // ends when the connection is given up
	cancel context.CancelFunc
	over   chan struct{} // closed when the answer has ended
	done   chan struct{} // closed when nothing more will be killed

	mu    sync.Mutex
	ended bool // over is closed
	sent  bool // a KILL went out
}

// killAgain is how long a KILL may have no effect: one that arrives before the statement does kills nothing.
const killAgain = 200 * time.Millisecond

// stop is called by any goroutine while the connection is watched: what bound reads does not change meanwhile.
func (b *Backend) stop() bool {
	if b.pool == nil || !b.bound() || b.killing != nil || !b.pool.working() {
		return false
	}
	k := &killing{over: make(chan struct{}), done: make(chan struct{})}
	k.ctx, k.cancel = context.WithTimeout(b.pool.ctx, b.pool.cfg.StopTime)
	b.killing = k
	go k.run(b)
	return true
}

// run has the server end the statement, again and again until it has; a TiDB once, because it closes a connection on which a KILL finds nothing
// running. Where that fails the connection is interrupted, as if it held nothing.
func (k *killing) run(b *Backend) {
	defer b.pool.work.Done()
	defer close(k.done)
	again := time.NewTicker(killAgain)
	defer again.Stop()
	if strings.Contains(b.version, "TiDB") {
		again.Stop()
	}
	for b.pool.kill(k.ctx, b.addr, guard.ControlKillQuery(b.thread), k.begin) == nil {
		select {
		case <-k.over:
			return
		case <-again.C:
			continue
		case <-k.ctx.Done():
		}
		break
	}
	b.Interrupt()
}

// begin is true when the statement still runs: a KILL may go out.
func (k *killing) begin() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sent = k.sent || !k.ended
	return !k.ended
}

// settle makes sure that no KILL hits what the connection does next, or breaks it.
//
// A KILL QUERY marks the connection: it is void when nothing runs there, or ends what runs, or, in the moment between the end of a
// statement and the wait for the next one, is left for that. So the answer to the last KILL is awaited first: the server gives it when
// the mark is set. The mark is then either used up, or waits for the next statement, which is one of no use to anybody. Servers take the mark
// away at the end of every statement (MySQL and MariaDB in mysql_execute_command or dispatch_command, TiDB in dispatch), whether it was
// noticed or not; COM_PING is none. Where that statement fails it is run again, and where it ends well, and the transaction is still
// there, the connection goes on. A connection that TiDB has closed, because its statement had ended by itself, is lost here.
func (b *Backend) settle(k *killing) {
	defer k.cancel()
	if !b.Usable() {
		return
	}
	b.task.Detach() // what is awaited here is no socket of the poller
	k.mu.Lock()
	k.ended = true
	close(k.over)
	sent := k.sent
	k.mu.Unlock()
	<-k.done
	if !sent || !b.Usable() {
		return
	}
	for range 3 {
		was := b.inTrans
		_, err := b.Exec(k.ctx, guard.ControlPing())
		var server *ServerError
		switch {
		case err == nil && b.inTrans == was:
			return
		case err == nil || !errors.As(err, &server):
			b.broken = true
			return
		}
	}
	b.broken = true
}
