package proxy

import (
	"context"
	"database/sql"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/askwire/askwire/proxy/wire"
)

// A session's isolation level ends with it, also where another of its settings was refused by the backend meanwhile.
func TestIsolationDoesNotStay(t *testing.T) {
	h := open(t)
	a := h.conn()
	do(t, a, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
	do(t, a, "BEGIN")
	table(t, a, "SELECT COUNT(*) FROM orders")
	if n := number(t, a, "SET time_zone = 'Mars/Olympus'"); n == 0 {
		t.Error("the backend knows a time zone of Mars")
	}
	do(t, a, "COMMIT")
	for end := time.Now().Add(time.Minute); h.pool.Stats().Idle != 1 && time.Now().Before(end); runtime.Gosched() {
	}
	b := h.conn()
	do(t, b, "BEGIN")
	before := table(t, b, "SELECT COUNT(*) FROM orders")
	h.exec("INSERT INTO orders (customer_id) VALUES (1)")
	if got := table(t, b, "SELECT COUNT(*) FROM orders"); got != before {
		t.Error("another session reads what was committed after its transaction began")
	}
	if st := h.pool.Stats(); st.Open != 1 {
		t.Errorf("%+v: the sessions did not share a connection", st)
	}
}

func TestTransaction(t *testing.T) {
	h := open(t)
	c := h.conn()
	count := func() string { return strings.TrimPrefix(table(t, c, "SELECT COUNT(*) AS n FROM orders"), "n\n") }
	for _, tt := range []struct{ begin, end string }{{"BEGIN", "COMMIT"}, {"START TRANSACTION READ ONLY", "ROLLBACK"}, {"SET autocommit = 0", "SET autocommit = 1"}} {
		do(t, c, tt.begin)
		before := count()
		h.exec("INSERT INTO orders (customer_id) VALUES (1)")
		if got := count(); got != before {
			t.Errorf("%s: the snapshot moved from %s to %s", tt.begin, before, got)
		}
		do(t, c, tt.end)
		if got := count(); got == before {
			t.Errorf("%s: the transaction did not end", tt.end)
		}
	}
	do(t, c, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
	do(t, c, "BEGIN")
	before := count()
	h.exec("INSERT INTO orders (customer_id) VALUES (1)")
	if got := count(); got == before {
		t.Error("READ COMMITTED did not hold")
	}
	do(t, c, "COMMIT")
	tx, err := h.client().BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Error(err)
	}
	// A client that leaves in a transaction gives its backend connection back, rolled back.
	left := h.client()
	left.SetMaxIdleConns(-1)
	lc, err := left.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	do(t, lc, "BEGIN")
	table(t, lc, "SELECT * FROM orders")
	open := h.pool.Stats().Open
	if err := lc.Close(); err != nil {
		t.Fatal(err)
	}
	until(t, "the pool to be whole", func() bool { s := h.pool.Stats(); return s.Open == s.Idle })
	if got := h.pool.Stats().Open; got != open {
		t.Errorf("%d backend connections are open, %d were", got, open)
	}
}

func TestIdleTransaction(t *testing.T) {
	h := open(t)
	idle, holder := h.conn(), h.conn()
	do(t, holder, "BEGIN")
	h.srv.Set(Settings{TransactionIdle: 100 * time.Millisecond}) // holds from its next statement on
	table(t, holder, "SELECT * FROM orders")
	until(t, "the idle transaction to be given up", func() bool { return h.srv.Stats().Sessions.Load() == 1 })
	until(t, "its backend connection to come back", func() bool { s := h.pool.Stats(); return s.Open == s.Idle })
	if got := table(t, idle, "SELECT COUNT(*) AS n FROM orders"); got != "n\n4" {
		t.Errorf("a session without a transaction: %s", got)
	}
	do(t, idle, "SET wait_timeout = 1")
	until(t, "wait_timeout to hold", func() bool { return h.srv.Stats().Sessions.Load() == 0 })
}

// A statement that was sent is not sent again when the connection dies under it, whatever it was.
func TestNothingIsSentTwice(t *testing.T) {
	h := open(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var sent atomic.Int64
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go cutAt(client, wire.Address{Network: "tcp", Addr: h.engine.Addr}, "cut_here", &sent)
		}
	}()
	pool, err := wire.NewPool(wire.PoolConfig{Backend: wire.BackendConfig{Name: "main", User: "root",
		Addresses: []wire.Address{{Network: "tcp", Addr: l.Addr().String()}}}})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	h.dir.change(func() { h.dir.pool = pool })
	c := h.conn()
	for i, q := range []string{"SELECT id AS cut_here FROM orders", "SELECT id AS cut_here FROM orders WHERE id > 0"} {
		if got := number(t, c, q); got != 50309 || sent.Load() != int64(i+1) {
			t.Errorf("%s: error %d, sent %d times", q, got, sent.Load()-int64(i))
		}
		if got := table(t, c, "SELECT COUNT(*) AS n FROM orders"); got != "n\n4" {
			t.Errorf("afterwards: %s", got)
		}
	}
}

// cutAt relays a connection until the client says a word, and counts it then.
func cutAt(client net.Conn, server wire.Address, word string, said *atomic.Int64) {
	defer client.Close()
	backend, err := net.Dial(server.Network, server.Addr)
	if err != nil {
		return
	}
	defer backend.Close()
	go func() { _, _ = io.Copy(client, backend) }()
	for b := make([]byte, 64<<10); ; {
		n, err := client.Read(b)
		if err != nil {
			return
		}
		if strings.Contains(string(b[:n]), word) {
			said.Add(1)
			return
		}
		if _, err := backend.Write(b[:n]); err != nil {
			return
		}
	}
}

func TestBackendDies(t *testing.T) {
	h := open(t)
	killAll := h.ownAccount()
	c := h.conn()
	table(t, c, "SELECT 1 FROM orders") // a connection is in the pool
	killAll()
	if got := table(t, c, "SELECT COUNT(*) AS n FROM orders"); got != "n\n4" {
		t.Errorf("a lost connection was not replaced: %s", got)
	}
	pool, err := wire.NewPool(wire.PoolConfig{Backend: wire.BackendConfig{Name: "main", User: "root",
		Addresses: []wire.Address{{Network: "tcp", Addr: "127.0.0.1:1"}}}})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	h.dir.change(func() { h.dir.pool = pool })
	if got := number(t, c, "SELECT COUNT(*) FROM orders"); got != 50309 {
		t.Errorf("no backend: error %d", got)
	}
	h.dir.change(func() { h.dir.pool = h.pool })
	if got := table(t, c, "SELECT COUNT(*) AS n FROM orders"); got != "n\n4" {
		t.Errorf("afterwards: %s", got)
	}
}

func TestPreparedOwn(t *testing.T) {
	h := open(t)
	db := h.client()
	for q, want := range map[string]string{
		"SHOW TABLES":            "Tables_in_" + h.db + "\ncustomers\norders",
		"SELECT @@autocommit":    "@@autocommit\n1",
		"SHOW COUNT(*) WARNINGS": "@@session.warning_count\n0",
	} {
		st, err := db.PrepareContext(t.Context(), q)
		if err != nil {
			t.Fatalf("%s: %v", q, err)
		}
		if got := table(t, stmtQuerier{st}, ""); got != want {
			t.Errorf("%s: got %s", q, got)
		}
		st.Close()
	}
	if _, err := db.PrepareContext(t.Context(), "SELECT ssn FROM customers WHERE id = ?"); errNumber(err) != 1143 {
		t.Errorf("a denied statement was prepared: %v", err)
	}
	for _, q := range []string{"EXPLAIN SELECT id FROM orders WHERE id = ?", "EXPLAIN FORMAT = RECEIPT SELECT '?', ?"} {
		if _, err := db.PrepareContext(t.Context(), q); errNumber(err) != 1235 { // not a statement without parameters
			t.Errorf("%s was prepared: %v", q, err)
		}
	}
	// Many executes of one statement, over shared backend connections.
	st, err := db.PrepareContext(t.Context(), "SELECT total FROM orders WHERE id = ?")
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	var wg sync.WaitGroup
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 20 {
				var total string
				if err := st.QueryRow(2).Scan(&total); err != nil || total != "20.25" {
					t.Errorf("got %q, %v", total, err)
					return
				}
			}
		}()
	}
	wg.Wait()
}

type stmtQuerier struct{ st *sql.Stmt }

func (s stmtQuerier) QueryContext(ctx context.Context, _ string, args ...any) (*sql.Rows, error) {
	return s.st.QueryContext(ctx, args...)
}

func (s stmtQuerier) ExecContext(ctx context.Context, _ string, args ...any) (sql.Result, error) {
	return s.st.ExecContext(ctx, args...)
}
