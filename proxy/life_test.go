package proxy

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/wire"
)

// endless is a statement that runs for minutes and that the gate admits.
const endless = "SELECT COUNT(*) FROM orders a, orders b, orders c, orders d, orders e, orders f, orders g, orders h, orders i, orders j, orders k, orders l, orders m, orders n WHERE a.total + b.total + n.total < 0"

// until waits for something that other goroutines or the server bring about.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(10 * time.Second)
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

	h.asker.hold, h.asker.planning = make(chan struct{}), make(chan struct{}, 1)
	ctx, cancel = context.WithCancel(t.Context())
	c = h.conn()
	go func() {
		_, err := c.ExecContext(ctx, "ASK 'slow'")
		done <- err
	}()
	<-h.asker.planning
	cancel()
	<-done
	until(t, "the model call to be cancelled", func() bool { return h.asker.cancelled.Load() == 1 })
}

func TestTimeLimits(t *testing.T) {
	h := open(t, func(p *askwire.Profile, _ *askwire.User) { p.Limits.Time.Duration = 200 * time.Millisecond })
	c := h.conn()
	got := number(t, c, endless)
	if got != 1969 && got != 3024 { // the backend's own limit, or the proxy's behind it
		t.Errorf("a statement beyond its time got error %d", got)
	}
	if got := table(t, c, "SELECT COUNT(*) AS n FROM orders"); got != "n\n4" {
		t.Errorf("afterwards: %s", got)
	}
	h.asker.hold, h.asker.planning = make(chan struct{}), make(chan struct{}, 1)
	if got := number(t, c, "ASK 'slow' USING timeout = '30ms'"); got != 3024 {
		t.Errorf("a question beyond its time got error %d", got)
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

func TestReload(t *testing.T) {
	h := open(t)
	c, other := h.conn(), h.conn()
	st, err := c.PrepareContext(t.Context(), "SELECT phone FROM customers WHERE id = ?")
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	h.dir.change(func() {
		p := *h.dir.profiles["customer"]
		p.DenyColumns = append([]string{h.db + ".customers.phone"}, p.DenyColumns...)
		h.dir.profiles["customer"] = &p
	})
	if got := number(t, c, "SELECT phone FROM customers"); got != 1143 {
		t.Errorf("a live session: error %d", got)
	}
	var phone string
	if err := st.QueryRow(1).Scan(&phone); errNumber(err) != 1143 {
		t.Errorf("a prepared statement: got %q, %v", phone, err)
	}
	h.dir.change(func() { delete(h.dir.users, "ana") })
	if got := number(t, c, "SELECT 1"); got != 1045 {
		t.Errorf("a removed user: error %d", got)
	}
	h.srv.Set(Settings{}) // as a reload does
	until(t, "an idle session of the removed user to end", func() bool { return h.srv.Stats().Sessions.Load() == 0 })
	if err := other.PingContext(t.Context()); err == nil {
		t.Error("a removed user's session lives")
	}
}

func TestBadInput(t *testing.T) {
	h := open(t)
	h.srv.Set(Settings{MaxPacket: 1 << 20, AuditRequired: true})
	c := h.conn()
	for name, tt := range map[string]struct {
		q    string
		want int
	}{
		"InvalidUTF8":         {"SELECT '\xff\xfe'", 1300},
		"InvalidUTF8Question": {"ASK '\xff\xfe'", 1300},
		"ZeroByte":            {"ASK 'a\x00b'", 1300},
		"LongQuestion":        {"ASK '" + strings.Repeat("가", 10000) + "'", 50305},
		"LongStatement":       {"SELECT '" + strings.Repeat("a", 500000) + "'", 50305},
		"Deep":                {"SELECT " + strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000), 50305},
		"Empty":               {" ; ", 1065},
		"Unclosed":            {"SELECT 'a", 1064},
		"UnclosedQuestion":    {"ASK 'a", 1064},
	} {
		if got := number(t, c, tt.q); got != tt.want {
			_, err := tryTable(t, c, tt.q)
			t.Errorf("%s: got %.200v, want error %d", name, err, tt.want)
		}
	}
	if got := number(t, h.client(), "SELECT '"+strings.Repeat("a", 2<<20)+"'"); got != 1153 && got != -1 { // or the connection is reset while the client still writes
		t.Errorf("a statement of 2 MiB: error %d", got)
	}
	nc, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if _, err := nc.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	until(t, "the stranger to be turned away", func() bool { return h.srv.Stats().LoginsFailed.Load() == 1 })
	if got := table(t, c, "SELECT COUNT(*) AS n FROM orders"); got != "n\n4" {
		t.Errorf("afterwards: %s", got)
	}
}

func TestLimits(t *testing.T) {
	h := open(t, func(p *askwire.Profile, _ *askwire.User) { p.Limits.Rows = 3 })
	h.srv.Set(Settings{MaxSessionsPerUser: 2, MaxSessionsPerAddress: 3})
	c := h.conn()
	if got := number(t, c, "SELECT id FROM orders"); got != 50305 {
		t.Errorf("too many rows: error %d", got)
	}
	if got := table(t, c, "SELECT id FROM orders LIMIT 3"); strings.Count(got, "\n") != 3 {
		t.Errorf("as many rows as allowed: %s", got)
	}
	h.conn()
	if _, err := h.client().Conn(t.Context()); errNumber(err) != 1226 {
		t.Errorf("a third session of the user: %v", err)
	}
	until(t, "the refused session to end", func() bool { return h.srv.Stats().Sessions.Load() == 2 })
	h.one(h.clientOf("bob"))
	if _, err := h.clientOf("bob").Conn(t.Context()); errNumber(err) != 1040 {
		t.Errorf("a fourth session from the address: %v", err)
	}
	if _, err := h.client(func(c *mysql.Config) { c.Passwd = "wrong" }).Conn(t.Context()); errNumber(err) != 1040 {
		t.Errorf("got %v", err)
	}
}

func TestLogin(t *testing.T) {
	h := open(t)
	for name, tt := range map[string]struct {
		change func(*mysql.Config)
		want   int
	}{
		"WrongPassword":   {func(c *mysql.Config) { c.Passwd = "wrong" }, 1045},
		"UnknownUser":     {func(c *mysql.Config) { c.User = "nobody" }, 1045},
		"HiddenDatabase":  {func(c *mysql.Config) { c.DBName = "mysql" }, 1044},
		"UnknownDatabase": {func(c *mysql.Config) { c.DBName = "nothing" }, 1044},
	} {
		if _, err := h.client(tt.change).Conn(t.Context()); errNumber(err) != tt.want {
			t.Errorf("%s: got %v, want error %d", name, err, tt.want)
		}
	}
	c := h.conn(func(c *mysql.Config) { c.DBName = "" })
	if got := number(t, c, "SELECT * FROM orders"); got != 1046 {
		t.Errorf("no database: error %d", got)
	}
	do(t, c, "USE "+h.db)
	if got := table(t, c, "SELECT COUNT(*) AS n FROM orders"); got != "n\n4" {
		t.Errorf("got %s", got)
	}
}

func TestResetConnection(t *testing.T) {
	h := open(t)
	db := h.client(func(c *mysql.Config) { c.DBName = h.db })
	db.SetMaxOpenConns(1)
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	do(t, c, "SET @x = 1, time_zone = '+01:00'")
	do(t, c, "BEGIN")
	table(t, c, "SELECT * FROM orders")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	// The raw command, as pools send it.
	raw := h.raw()
	raw.query(t, "SET @x = 1, time_zone = '+01:00'")
	raw.command(t, wire.COM_RESET_CONNECTION, nil)
	if p := raw.read(t); p[0] != 0 {
		t.Fatalf("COM_RESET_CONNECTION: % x", p)
	}
	raw.query(t, "SELECT @@time_zone")
	for cmd, want := range map[wire.Command]byte{wire.COM_PING: 0, wire.COM_STMT_FETCH: 0xff, wire.COM_SHUTDOWN: 0xff, wire.COM_BINLOG_DUMP: 0xff,
		wire.COM_CLONE: 0xff, wire.Command(0x7f): 0xff, wire.COM_SET_OPTION: 0xff} {
		raw.command(t, cmd, nil)
		if p := raw.read(t); p[0] != want {
			t.Errorf("%s: got % x", cmd, p)
		}
	}
	raw.command(t, wire.COM_STATISTICS, nil)
	if p := raw.read(t); !strings.HasPrefix(string(p), "Uptime: ") {
		t.Errorf("COM_STATISTICS: %s", p)
	}
	raw.command(t, wire.COM_FIELD_LIST, []byte("customers\x00"))
	var fields []string
	for {
		p := raw.read(t)
		if p[0] == 0xfe {
			break
		}
		fields = append(fields, string(p))
	}
	if all := strings.Join(fields, "\n"); len(fields) != 3 || strings.Contains(all, "ssn") || !strings.Contains(all, "phone") {
		t.Errorf("COM_FIELD_LIST: %d fields, %q", len(fields), all)
	}
	raw.command(t, wire.COM_QUIT, nil)
}

// rawClient speaks packets, after a login by go-sql-driver's own handshake.
type rawClient struct{ c *wire.Conn }

// raw takes a connection over on which go-sql-driver has logged in.
func (h *house) raw() *rawClient { return h.rawOn("ana", "secret", h.addr) }

func (h *house) rawOn(user, password, to string) *rawClient {
	h.t.Helper()
	var nc net.Conn
	name := "raw" + strings.ReplaceAll(to, ":", "_")
	mysql.RegisterDialContext(name, func(ctx context.Context, _ string) (net.Conn, error) {
		var err error
		nc, err = (&net.Dialer{}).DialContext(ctx, "tcp", to)
		return nc, err
	})
	h.t.Cleanup(func() { mysql.DeregisterDialContext(name) })
	h.one(h.client(func(c *mysql.Config) { c.Net, c.User, c.Passwd = name, user, password }))
	c := wire.NewConn(nc)
	c.SetCapabilities(wire.CLIENT_PROTOCOL_41)
	return &rawClient{c}
}

func (r *rawClient) command(t testing.TB, cmd wire.Command, p []byte) {
	t.Helper()
	r.c.ResetSequence()
	if err := r.c.WritePacket(append([]byte{byte(cmd)}, p...)); err != nil {
		t.Fatal(err)
	}
	if err := r.c.Flush(); err != nil {
		t.Fatal(err)
	}
}

func (r *rawClient) read(t testing.TB) []byte {
	t.Helper()
	p, err := r.c.ReadPacket(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// query runs a statement and reads its answer to the end.
func (r *rawClient) query(t testing.TB, q string) {
	t.Helper()
	r.command(t, wire.COM_QUERY, []byte(q))
	p := r.read(t)
	if p[0] == 0xff {
		t.Fatalf("%s: %s", q, p)
	}
	for p[0] != 0 && p[0] != 0xfe { // one end: go-sql-driver has agreed on CLIENT_DEPRECATE_EOF
		if p = r.read(t); p[0] == 0 {
			t.Fatalf("%s: % x", q, p)
		}
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

func TestRowPolicyWithholdsValues(t *testing.T) {
	h := open(t, func(p *askwire.Profile, _ *askwire.User) {
		p.Rows = map[string]string{}
		p.Tables = p.Tables[:2]
	})
	h.dir.change(func() {
		p := *h.dir.profiles["customer"]
		p.Rows = map[string]string{h.db + ".orders": "customer_id = @user_id"}
		h.dir.profiles["customer"] = &p
	})
	c := h.conn()
	if got := table(t, c, "SELECT id FROM orders ORDER BY id"); got != "id\n1\n2" {
		t.Errorf("got %s", got)
	}
	_, err := tryTable(t, c, "SELECT 18446744073709551615 + id FROM orders")
	if errNumber(err) != 1690 || strings.Contains(err.Error(), "18446744073709551615") {
		t.Errorf("the backend's text came through: %v", err)
	}
	table(t, c, "SELECT note + 0 AS n FROM orders ORDER BY id")
	if got := table(t, c, "SHOW WARNINGS"); strings.Contains(got, "'a'") || !strings.Contains(got, "withheld") {
		t.Errorf("the backend's warning came through: %s", got)
	}
}

func TestWarnings(t *testing.T) {
	h := open(t)
	c := h.conn()
	table(t, c, "SELECT note + 0 AS n FROM orders WHERE id = 1")
	if got := table(t, c, "SELECT @@warning_count"); got != "@@warning_count\n1" {
		t.Errorf("got %s", got)
	}
	if got := table(t, c, "SHOW WARNINGS"); !strings.Contains(got, "Warning|1292|") {
		t.Errorf("got %s", got)
	}
	_ = number(t, c, "SELECT nothing FROM orders")
	if got := table(t, c, "SHOW ERRORS"); !strings.HasPrefix(got, "Level|Code|Message\nError|1054|") {
		t.Errorf("got %s", got)
	}
	table(t, c, "SELECT 1")
	if got := table(t, c, "SHOW COUNT(*) WARNINGS"); got != "@@session.warning_count\n0" {
		t.Errorf("got %s", got)
	}
}

func TestNothingElseReachesTheBackend(t *testing.T) {
	h := open(t)
	h.ask("hostile", "SELECT v FROM secrets")
	h.exec("SET GLOBAL log_output = 'TABLE'")
	h.exec("TRUNCATE TABLE mysql.general_log")
	h.exec("SET GLOBAL general_log = 1")
	c := h.conn(func(c *mysql.Config) { c.MultiStatements = true })
	for _, q := range []string{"SELECT v FROM secrets", "ASK 'hostile'", "DROP TABLE orders", "SET GLOBAL general_log = 0", "SELECT 1 INTO OUTFILE '/tmp/x'",
		"KILL 4000000", "SELECT /*!99999 v FROM secrets */ 1", "LOCK TABLES orders WRITE", "SHOW GRANTS FOR root@localhost", "SELECT 1; DROP TABLE orders"} {
		_, _ = tryTable(t, c, q)
	}
	do(t, c, "SET sql_mode = 'ANSI_QUOTES', @a = 'secrets', wait_timeout = 77")
	if got := table(t, c, `SELECT "id" FROM "orders" LIMIT 1`); got != "id\n1" {
		t.Errorf("got %s", got)
	}
	h.exec("SET GLOBAL general_log = 0")
	log := table(t, h.direct, "SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log WHERE command_type IN ('Query', 'Prepare', 'Execute')")
	if !strings.Contains(log, "`orders`") {
		t.Fatalf("the log is empty:\n%s", log)
	}
	for _, bad := range []string{"secrets", "DROP", "OUTFILE", "LOCK TABLES", "ANSI_QUOTES", "wait_timeout", "@a", "GRANTS", "99999", `"orders"`} {
		for line := range strings.SplitSeq(log, "\n") {
			if strings.Contains(line, bad) && !strings.HasPrefix(line, "SET GLOBAL general_log") {
				t.Errorf("reached the backend: %s", line)
			}
		}
	}
}

func TestBackendDies(t *testing.T) {
	h := open(t)
	c := h.conn()
	table(t, c, "SELECT 1 FROM orders") // a connection is in the pool
	rows, err := h.direct.Query("SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'root' AND DB IS NULL AND COMMAND = 'Sleep'")
	if err != nil {
		t.Fatal(err)
	}
	var ids []int
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	rows.Close()
	for _, id := range ids {
		h.exec(fmt.Sprintf("KILL %d", id))
	}
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

func TestStore(t *testing.T) {
	h := open(t)
	h.engine.Database(t, "askwire")
	h.exec("CREATE TABLE askwire.query_log (id VARCHAR(32), `user` VARCHAR(40), question TEXT)")
	h.exec("INSERT INTO askwire.query_log VALUES ('1', 'ana', 'mine'), ('2', 'bob', 'not mine')")
	snap := askwire.NewSnapshot(askwire.Snapshot{Server: h.dir.snap.Server, Tables: []*askwire.Table{{DB: "askwire", Name: "query_log", Columns: []askwire.Column{
		{Name: "id", Type: "varchar(32)", DataType: "varchar"}, {Name: "user", Type: "varchar(40)", DataType: "varchar"}, {Name: "question", Type: "text", DataType: "text"}}}}})
	policy, errs := guard.Compile(&askwire.Profile{Name: "store", Tables: []string{"askwire.query_log"}, Rows: map[string]string{"askwire.query_log": "`user` = @principal"},
		Limits: askwire.Limits{Rows: 100, Bytes: 1 << 20}}, snap)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	h.dir.change(func() {
		h.dir.store = policy
		h.dir.vars = map[string]askwire.Value{"principal": {Kind: askwire.String, Text: "ana"}}
	})
	c := h.conn()
	if got := table(t, c, "SELECT id, question FROM askwire.query_log"); got != "id|question\n1|mine" {
		t.Errorf("got %s", got)
	}
	if got := number(t, c, "SELECT * FROM askwire.query_log, orders"); got != 1235 {
		t.Errorf("mixed with other tables: error %d", got)
	}
	do(t, c, "USE askwire")
	if got := table(t, c, "SELECT COUNT(*) AS n FROM query_log WHERE id = ?", "2"); got != "n\n0" {
		t.Errorf("another's row: %s", got)
	}
	for q, want := range map[string]string{"SHOW TABLES": "Tables_in_askwire\nquery_log", "DESCRIBE query_log id": "Field|Type|Null|Key|Default|Extra\nid|varchar(32)|NO||NULL|"} {
		if got := table(t, c, q); got != want {
			t.Errorf("%s: got %s", q, got)
		}
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

func TestMariaDBClient(t *testing.T) {
	h := open(t)
	h.ask("고객별 매출", "SELECT customer_id, SUM(total) AS total FROM orders GROUP BY customer_id ORDER BY customer_id")
	host, port, _ := net.SplitHostPort(h.addr)
	run := func(script string, extra ...string) string {
		t.Helper()
		args := append([]string{"-h", host, "-P", port, "-uana", "-psecret", "--default-character-set=utf8mb4", "--skip-ssl"}, extra...)
		cmd := exec.CommandContext(t.Context(), "mariadb", append(args, h.db)...)
		cmd.Stdin = strings.NewReader(script)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", script, err, out)
		}
		return string(out)
	}
	if got, want := run("ASK '고객별 매출';"), "customer_id\ttotal\tsummary\n1\t30.75\t3 rows, complete true\n2\t5.00\tNULL\n3\t7.75\tNULL\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	got := run("status\nSHOW TABLES;\nSELECT name FROM customers WHERE id = 1;\nASK '고객별 매출' USING summary = off, limit = 1;\nSHOW WARNINGS;\n", "--table", "--auto-rehash", "--show-warnings")
	for _, want := range []string{"Current user:\t\tana@127.0.0.1", "askwire", "Uptime:", "| customers", "| 김민수", "30.75", "generated by default"} {
		if !strings.Contains(got, want) {
			t.Errorf("the client's output lacks %q:\n%s", want, got)
		}
	}
}

func TestIdleSessionIsSmall(t *testing.T) {
	h := open(t)
	const n = 200
	h.srv.Set(Settings{MaxSessions: 2 * n})
	measure := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc + m.StackInuse
	}
	h.conn()
	before := measure()
	clients := make([]*rawClient, n)
	for i := range clients {
		clients[i] = h.raw()
		clients[i].query(t, "SELECT id FROM orders")
	}
	both := (measure() - before) / n
	t.Logf("%d bytes per session, client side included", both)
	if both > 60<<10 {
		t.Errorf("an idle session and its client take %d bytes", both)
	}
	runtime.KeepAlive(clients)
}
