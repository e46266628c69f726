package proxy

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
	"github.com/askwire/askwire/proxy/wire"
)

// overTLS opens a door behind which a session runs on a goroutine, and returns its address.
func (h *house) overTLS() string {
	h.t.Helper()
	certified := httptest.NewTLSServer(nil)
	certified.Close()
	hands, err := h.hands.Another(wire.HandshakeConfig{Version: h.engine.Version, TLS: certified.TLS, Timeout: time.Minute})
	if err != nil {
		h.t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- h.srv.ServeAs(l, hands, "") }()
	h.t.Cleanup(func() {
		_ = l.Close()
		if err := <-served; err != nil {
			h.t.Errorf("serve: %v", err)
		}
	})
	return l.Addr().String()
}

// eachRoad runs a test for every server that tells of transactions, with sessions that are the poller's and with sessions that are not.
func eachRoad(t *testing.T, fn func(t *testing.T, h *house, session func() *sql.Conn)) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		if e.Family == askwire.Embedded {
			return // does not say whether a transaction is open
		}
		for _, road := range []string{"Task", "Goroutine"} {
			t.Run(road, func(t *testing.T) {
				h := openOn(t, e, func(p *askwire.Profile, _ *askwire.User) { p.Limits.ScanRows, p.Limits.Bytes = 0, 4<<20 })
				if road == "Task" {
					fn(t, h, func() *sql.Conn { return h.conn() })
					return
				}
				addr := h.overTLS()
				fn(t, h, func() *sql.Conn {
					return h.conn(func(c *mysql.Config) { c.Addr, c.TLSConfig = addr, "skip-verify" })
				})
			})
		}
	})
}

func idOf(t *testing.T, c *sql.Conn) (id uint32) {
	t.Helper()
	if err := c.QueryRowContext(t.Context(), "SELECT CONNECTION_ID()").Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

// large is a result of more than 4 MiB, and less than 100,000 rows.
const large = "SELECT a.note, b.note, c.note, d.note, e.note, f.note, g.note, h.note FROM orders a, orders b, orders c, orders d, orders e, orders f, orders g, orders h"

// goesOn fails the test where a transaction that has read this before has ended. It is false where it has on a TiDB, which closes a connection on
// which nothing runs any more when the KILL comes, and the client is told so.
func goesOn(t *testing.T, h *house, c *sql.Conn, before string) bool {
	t.Helper()
	got, err := tryTable(t, c, "SELECT COUNT(*) FROM orders")
	if h.engine.Family == askwire.TiDB && err != nil && strings.Contains(err.Error(), errTxLost.Message) {
		return false
	}
	if err != nil || got != before {
		t.Fatalf("the transaction read %s, and then %s, %v", before, got, err)
	}
	return true
}

// A statement that is interrupted does not end its transaction.
func TestInterruptKeepsTransaction(t *testing.T) {
	eachRoad(t, func(t *testing.T, h *house, session func() *sql.Conn) {
		victim, killer := session(), session()
		id := idOf(t, victim)
		h.ask("endless", endless)
		// keeps begins a transaction, in which the statement fails, and reads what it read before.
		keeps := func(name, q string, want int, end func()) {
			t.Helper()
			for tries := 1; ; tries++ {
				do(t, victim, "BEGIN")
				before := table(t, victim, "SELECT COUNT(*) FROM orders")
				h.exec("INSERT INTO orders (customer_id) VALUES (1)")
				dialled := h.pool.Stats().Open
				done := make(chan int, 1)
				go func() { done <- number(t, victim, q) }()
				if end != nil {
					until(t, "the statement to run", func() bool { return h.running() == 1 })
					end()
				}
				if got := <-done; got != want {
					t.Errorf("%s: error %d", name, got)
				}
				if n := h.running(); n != 0 {
					t.Errorf("%s: %d statements still run", name, n)
				}
				if !goesOn(t, h, victim, before) { // a TiDB that was too slow
					h.exec("DELETE FROM orders WHERE total = 0")
					if end == nil {
						return // the result has ended by itself
					}
					if tries == 20 {
						t.Fatalf("%s: the transaction ends every time", name)
					}
					continue
				}
				do(t, victim, "COMMIT")
				if got := table(t, victim, "SELECT COUNT(*) FROM orders"); got == before {
					t.Errorf("%s: the transaction did not end", name)
				}
				if got := h.pool.Stats().Open; got != dialled {
					t.Errorf("%s: %d connections, %d before", name, got, dialled)
				}
				h.exec("DELETE FROM orders WHERE total = 0")
				return
			}
		}
		for _, q := range []string{endless, "ASK 'endless'"} {
			keeps("KillQuery", q, 1317, func() { do(t, killer, fmt.Sprint("KILL QUERY ", id)) })
			keeps("Time", q, 3024, func() { h.srv.reg.get(id).setDeadline(time.Nanosecond) })
		}
		h.exec("UPDATE orders SET note = REPEAT('x', 40)")
		keeps("Limit", large, 50305, nil)
		// A client that hangs up loses all.
		do(t, victim, "BEGIN")
		table(t, victim, "SELECT COUNT(*) FROM orders")
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { _, err := victim.ExecContext(ctx, endless); done <- err }()
		until(t, "the statement to run", func() bool { return h.running() == 1 })
		cancel()
		if err := <-done; err == nil {
			t.Error("an endless statement came to an end")
		}
		until(t, "the backend to stop", func() bool { return h.running() == 0 })
		until(t, "the pool to be whole", func() bool { s := h.pool.Stats(); return s.Open == s.Idle })
	})
}

// Kills that race with the ends of statements hit those statements or nothing: never the next one, and never the transaction.
func TestKillsRaceWithEnds(t *testing.T) {
	eachRoad(t, func(t *testing.T, h *house, session func() *sql.Conn) {
		victim, killer := session(), session()
		kill := fmt.Sprint("KILL QUERY ", idOf(t, victim))
		from := "orders a"
		var statements []string
		for _, alias := range strings.Split("bcdefgh", "") {
			statements = append(statements, "SELECT COUNT(*) AS n FROM "+from, "SELECT a.id FROM "+from)
			from += ", orders " + alias
		}
		var before string
		begin := func() {
			h.exec("DELETE FROM orders WHERE total = 0")
			do(t, victim, "BEGIN")
			before = table(t, victim, "SELECT COUNT(*) FROM orders")
			h.exec("INSERT INTO orders (customer_id) VALUES (1)")
		}
		begin()
		for i := range 10 * len(statements) {
			q := statements[i%len(statements)]
			var wg sync.WaitGroup
			wg.Go(func() {
				if got := number(t, killer, kill); got != 0 {
					t.Errorf("KILL: error %d", got)
				}
			})
			if got := number(t, victim, q); got != 0 && got != 1317 {
				t.Errorf("%s: error %d", q, got)
			}
			wg.Wait()
			if !goesOn(t, h, victim, before) {
				begin()
			}
		}
		do(t, victim, "COMMIT")
	})
}
