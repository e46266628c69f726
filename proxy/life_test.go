package proxy

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
)

// endless is a statement that runs for minutes and that the gate admits.
const endless = "SELECT COUNT(*) FROM orders a, orders b, orders c, orders d, orders e, orders f, orders g, orders h, orders i, orders j, orders k, orders l, orders m, orders n WHERE a.total + b.total + n.total < 0"

// until waits for something that other goroutines or the server bring about.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline.C:
			t.Fatalf("waited in vain: %s", what)
		case <-tick.C:
		}
	}
}

// running counts backend connections that run the endless statement.
func (h *house) running() int {
	var n int
	if err := h.direct.QueryRow("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE COMMAND = 'Query' AND INFO LIKE ? AND ID <> CONNECTION_ID()",
		"%"+h.db+"%`n`%").Scan(&n); err != nil {
		h.t.Fatal(err)
	}
	return n
}

func TestKill(t *testing.T) {
	h := open(t)
	victim, killer := h.conn(), h.conn()
	id := strings.Split(table(t, victim, "SELECT CONNECTION_ID()"), "\n")[1]
	bob := h.clientOf("bob")
	if got := number(t, bob, "KILL QUERY "+id); got != 1095 {
		t.Errorf("another principal's KILL: error %d", got)
	}
	done := make(chan int, 1)
	go func() { done <- number(t, victim, endless) }()
	until(t, "the statement to run", func() bool { return h.running() == 1 })
	if list := table(t, killer, "SHOW FULL PROCESSLIST"); !strings.Contains(list, endless) || strings.Contains(table(t, bob, "SHOW FULL PROCESSLIST"), endless) {
		t.Errorf("the process list is wrong: %s", list)
	}
	do(t, killer, "KILL /*!50000 QUERY */ "+id)
	if got := <-done; got != 1317 {
		t.Errorf("the killed statement got error %d", got)
	}
	until(t, "the backend to stop", func() bool { return h.running() == 0 })
	if got := table(t, victim, "SELECT COUNT(*) AS n FROM orders"); got != "n\n4" {
		t.Errorf("after KILL QUERY: %s", got)
	}
	do(t, killer, "KILL "+id)
	if err := victim.PingContext(t.Context()); err == nil {
		t.Error("the killed connection lives")
	}
}

func TestClientGone(t *testing.T) {
	h := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	c := h.conn()
	go func() {
		_, err := c.ExecContext(ctx, endless)
		done <- err
	}()
	until(t, "the statement to run", func() bool { return h.running() == 1 })
	cancel() // go-sql-driver closes the connection
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	until(t, "the backend to stop", func() bool { return h.running() == 0 })

	h.asker.set(func(a *asker) { a.hold, a.planning = make(chan struct{}), make(chan struct{}, 1) })
	ctx, cancel = context.WithCancel(t.Context())
	c = h.conn()
	go func() {
		_, err := c.ExecContext(ctx, "ASK 'slow'")
		done <- err
	}()
	<-h.asker.planning
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	until(t, "the model call to be cancelled", func() bool { return h.asker.cancelled.Load() == 1 })
}

func TestTimeLimits(t *testing.T) {
	h := open(t, func(p *askwire.Profile, _ *askwire.User) { p.Limits.Time.Duration = time.Second })
	c := h.conn()
	got := number(t, c, endless)
	if got != 1969 && got != 3024 { // the backend's own limit, or the proxy's behind it
		t.Errorf("a statement beyond its time got error %d", got)
	}
	h.dir.change(func() { // from here on nothing is late, however slow the machine is
		p := *h.dir.profiles["customer"]
		p.Limits.Time.Duration = time.Minute
		h.dir.profiles["customer"] = &p
	})
	if got := table(t, c, "SELECT COUNT(*) AS n FROM orders"); got != "n\n4" {
		t.Errorf("afterwards: %s", got)
	}
	h.asker.set(func(a *asker) { a.hold, a.planning = make(chan struct{}), make(chan struct{}, 1) })
	if got := message(t, c, "ASK 'slow' USING timeout = '30ms'"); !strings.HasPrefix(got, "Error 3024 (HY000): The question took longer than it may. ") {
		t.Errorf("a question beyond its time got %s", got)
	}
	h.asker.set(func(a *asker) { a.planning = make(chan struct{}, 1) })
	if got := message(t, c, "SET STATEMENT max_statement_time = 0.03 FOR ASK 'slow'"); !strings.HasPrefix(got, "Error 3024 (HY000): The question took longer than it may. ") {
		t.Errorf("a question beyond its statement's time got %s", got)
	}
}

func TestShutdown(t *testing.T) {
	h := open(t)
	idle := h.conn()
	busy := h.conn()
	done := make(chan int, 1)
	go func() { done <- number(t, busy, endless) }()
	until(t, "the statement to run", func() bool { return h.running() == 1 })
	ctx, cancel := context.WithCancel(t.Context())
	down := make(chan error, 1)
	go func() { down <- h.srv.Shutdown(ctx) }()
	until(t, "the idle session to end", func() bool { return h.srv.Stats().Sessions.Load() == 1 })
	if err := idle.PingContext(t.Context()); err == nil {
		t.Error("an idle session outlived the drain")
	}
	cancel()
	if got := <-done; got != 1053 {
		t.Errorf("the busy statement got error %d", got)
	}
	if err := <-down; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if n := h.srv.Stats().Sessions.Load(); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}
