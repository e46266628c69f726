package proxy

import (
	"net"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
	"github.com/askwire/askwire/proxy/wire"
)

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

// Whether the backend used an index is its plan, which follows how many rows there are, hidden ones among them.
func TestRowPolicyWithholdsThePlan(t *testing.T) {
	const flags = wire.SERVER_STATUS_NO_GOOD_INDEX_USED | wire.SERVER_STATUS_NO_INDEX_USED | wire.SERVER_QUERY_WAS_SLOW
	for name, rows := range map[string]string{"RowPolicy": "total > 0", "None": ""} {
		t.Run(name, func(t *testing.T) {
			h := open(t, func(p *askwire.Profile, _ *askwire.User) { p.Rows = map[string]string{} })
			if rows != "" {
				h.dir.change(func() {
					p := *h.dir.profiles["customer"]
					p.Rows = map[string]string{h.db + ".orders": rows}
					h.dir.profiles["customer"] = &p
				})
			}
			c := h.raw()
			for how, ask := range map[string]func(){
				"text": func() { c.command(t, wire.COM_QUERY, []byte("SELECT note FROM orders WHERE note LIKE '%'")) },
				"prepared": func() {
					id := c.prepare(t, "SELECT note FROM orders WHERE note LIKE '%'")
					c.command(t, wire.COM_STMT_EXECUTE, append(id, 0, 1, 0, 0, 0))
				},
			} {
				ask()
				c.columns(t, int(c.read(t)[0]))
				_, st, message := c.rows(t)
				if message != "" || (st&flags == 0) != (rows != "") {
					t.Errorf("%s: status %#x, %s", how, st, message)
				}
			}
		})
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
	// Conditions with markers are copied behind the barrier, so the backend has more of them, in another order.
	for _, q := range []string{"SELECT ? AS a, o.id, p.id FROM orders o JOIN orders p ON p.id = o.id WHERE o.id + ? > 0 AND p.id = ? AND o.id < ?"} {
		if got := table(t, c, q, "x", 5, 2, 9); got != "a|id|id\nx|2|2" {
			t.Errorf("%s: %s", q, got)
		}
		if got := table(t, c, q, "x", 5, 3, 9); got != "a|id|id" {
			t.Errorf("a hidden row: %s", got)
		}
		stmt, err := c.PrepareContext(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := stmt.QueryContext(t.Context(), 1, 2, 3, 4, 5); err == nil || !strings.Contains(err.Error(), "expected 4 arguments") {
			t.Errorf("the client counts other markers: %v", err)
		}
		_ = stmt.Close()
	}
	_, err := tryTable(t, c, "SELECT 18446744073709551615 + id FROM orders")
	if errNumber(err) != 1690 || strings.Contains(err.Error(), "18446744073709551615") {
		t.Errorf("the backend's text came through: %v", err)
	}
	table(t, c, "SELECT note + 0 AS n FROM orders ORDER BY id")
	if got := table(t, c, "SHOW WARNINGS"); got != "Level|Code|Message" {
		t.Errorf("the backend's warning came through: %s", got)
	}
	if got := table(t, c, "SELECT @@warning_count"); got != "@@warning_count\n0" {
		t.Errorf("the number of the backend's warnings came through: %s", got)
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
	e, _ := enginetest.Own(t, engine.MariaDB, "--general-log=1", "--log-output=TABLE")
	h := openOn(t, e)
	h.ask("hostile", "SELECT v FROM secrets")
	h.ownAccount() // whose statements are the proxy's
	c := h.conn(func(c *mysql.Config) { c.MultiStatements = true })
	for _, q := range []string{"SELECT v FROM secrets", "ASK 'hostile'", "DROP TABLE orders", "SET GLOBAL general_log = 0", "SELECT 1 INTO OUTFILE '/tmp/x'",
		"KILL 4000000", "SELECT /*!99999 v FROM secrets */ 1", "LOCK TABLES orders WRITE", "SHOW GRANTS FOR root@localhost", "SELECT 1; DROP TABLE orders"} {
		_, _ = tryTable(t, c, q)
	}
	do(t, c, "SET sql_mode = 'ANSI_QUOTES', @a = 'secrets', wait_timeout = 77")
	if got := table(t, c, `SELECT "id" FROM "orders" LIMIT 1`); got != "id\n1" {
		t.Errorf("got %s", got)
	}
	log := table(t, h.direct, "SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log WHERE command_type IN ('Query', 'Prepare', 'Execute') AND user_host LIKE '"+h.db+"[%'")
	if !strings.Contains(log, "`orders`") {
		t.Fatalf("the log is empty:\n%s", log)
	}
	for _, bad := range []string{"secrets", "DROP", "OUTFILE", "LOCK TABLES", "ANSI_QUOTES", "wait_timeout", "@a", "GRANTS", "99999", `"orders"`} {
		for line := range strings.SplitSeq(log, "\n") {
			if strings.Contains(line, bad) {
				t.Errorf("reached the backend: %s", line)
			}
		}
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
		Limits: askwire.Limits{Rows: 1000, Bytes: 1 << 20}}, snap, guard.FunctionTable("askwire"))
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
	for q, want := range map[string]string{"SHOW TABLES": "Tables_in_askwire\nfunctions\nquery_log", "DESCRIBE query_log id": "Field|Type|Null|Key|Default|Extra\nid|varchar(32)|NO||NULL|"} {
		if got := table(t, c, q); got != want {
			t.Errorf("%s: got %s", q, got)
		}
	}
	// The functions are those of the session's own profile, through the text and the binary protocol.
	for _, args := range [][]any{nil, {"SLEEP"}} {
		where := "'SLEEP'"
		if args != nil {
			where = "?"
		}
		if got := table(t, c, "SELECT name, allowed, reason FROM askwire.functions WHERE name = "+where, args...); got != "name|allowed|reason\nSLEEP|0|it holds a connection without working" {
			t.Errorf("a denied function: %s", got)
		}
	}
	if got, want := table(t, c, "SELECT COUNT(*) AS n FROM askwire.functions WHERE name LIKE 'J%' AND allowed"), "n\n"; !strings.HasPrefix(got, want) || got == "n\n0" {
		t.Errorf("allowed functions: %s", got)
	}
	if got := number(t, c, "SELECT * FROM askwire.functions, orders"); got != 1235 {
		t.Errorf("mixed with other tables: error %d", got)
	}
}
