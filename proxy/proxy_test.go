package proxy

import (
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/askwire/askwire"
)

// withDB fills in the name of the test's database.
func (h *house) withDB(s string) string { return strings.ReplaceAll(s, "DB", h.db) }

func TestPlainRowsEqualDirect(t *testing.T) {
	h := open(t)
	c := h.client()
	for _, q := range []string{
		"SELECT id, name, phone FROM customers ORDER BY id",
		"SELECT c.name, SUM(o.total) AS s FROM customers c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.id, c.name ORDER BY s DESC, c.name",
		"SELECT * FROM orders WHERE at IS NULL OR total > 10 ORDER BY id",
		"SELECT 1, 'a''b', NULL, 1.50",
		"SELECT COUNT(*) FROM orders WHERE 1 = 0",
	} {
		if got, want := table(t, c, q), table(t, h.direct, q); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", q, got, want)
		}
	}
	q := "SELECT *, ? AS given FROM orders WHERE customer_id = ? AND (note = ? OR note IS NULL) ORDER BY id"
	if got, want := table(t, c, q, "한글", 1, "a"), table(t, h.direct, q, "한글", 1, "a"); got != want {
		t.Errorf("prepared: got %s\nwant %s", got, want)
	}
}

func TestDenied(t *testing.T) {
	h := open(t)
	c := h.client()
	for q, want := range map[string]int{
		"SELECT ssn FROM customers":             1143,
		"SELECT v FROM secrets":                 1142,
		"SELECT v FROM mysql.user":              1142,
		"INSERT INTO orders (total) VALUES (1)": 1235,
		"DROP TABLE orders":                     1235,
		"SELECT SLEEP(1)":                       50306,
		"SELEC 1":                               1064,
		"SET GLOBAL max_connections = 1":        1227,
		"SET nonsense = 1":                      1193,
		"SET version = 'x'":                     1238,
		"SET sql_mode = 'ORACLE'":               1231,
		"SET NAMES gbk":                         1115,
		"LOAD DATA INFILE 'x' INTO TABLE t":     1235,
		"KILL 4000000":                          1094,
		"SHOW MASTER STATUS":                    1227,
		"SHOW COLUMNS FROM secrets":             1146,
		"SELECT * FROM ask('q')":                50301,
		"SELECT 1; SELECT 2":                    1235,
		"SHOW TABLES WHERE 1) UNION SELECT phone FROM customers WHERE (1": 1235,
		"SHOW TABLES WHERE (SELECT COUNT(*) FROM orders) > 1":             1235,
		"ASK ''":               1064,
		"ASK 'nobody knows'":   50301,
		"ASK SAVE LAST AS 'x'": 1235,
		"USE mysql":            1044,
	} {
		if got := number(t, c, q); got != want {
			_, err := tryTable(t, c, q)
			t.Errorf("%s: got %v, want error %d", q, err, want)
		}
	}
	if err := h.srv.Stats(); err.Denied.Load() == 0 || err.Errors.Load() == 0 {
		t.Error("denials are not counted")
	}
}

func TestSession(t *testing.T) {
	h := open(t)
	c := h.conn()
	for _, tt := range []struct{ q, want string }{
		{"SELECT USER(), CURRENT_USER(), DATABASE()", "USER()|CURRENT_USER()|DATABASE()\nana@127.0.0.1|ana@%|DB"},
		{"SELECT @@session.autocommit AS a, @@sql_select_limit b", "a|b\n1|18446744073709551615"},
		{"SET NAMES utf8mb4 COLLATE utf8mb4_bin", ""},
		{"SELECT @@character_set_client, @@collation_connection", "@@character_set_client|@@collation_connection\nutf8mb4|utf8mb4_bin"},
		{"SET @x = 'kept', wait_timeout = 60", ""},
		{"SELECT @x, @@wait_timeout, @y", "@x|@@wait_timeout|@y\nkept|60|NULL"},
		{"SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')", ""},
		{`SELECT "name" FROM "customers" WHERE "id" = 1`, "name\n김민수"},
		{"SET sql_mode = REPLACE(@@sql_mode, ',ANSI_QUOTES', '')", ""},
		{`SELECT "name" AS n FROM customers WHERE id = 1`, "n\nname"},
		{"SET sql_mode = 'PIPES_AS_CONCAT'", ""},
		{"SELECT 'a' || 'b' AS v", "v\nab"},
		{"SET sql_mode = 'NO_BACKSLASH_ESCAPES'", ""},
		{`SELECT 'a\' AS v, '\n' AS w`, `v|w` + "\n" + `a\|\n`},
		{"SET sql_mode = DEFAULT", ""},
		{`SELECT 'a\\' AS v`, `v` + "\n" + `a\`},
		{"SET time_zone = '+09:00'", ""},
		{"SELECT @@time_zone", "@@time_zone\n+09:00"},
		{"SET time_zone = DEFAULT, sql_select_limit = 2", ""},
		{"SELECT id FROM customers ORDER BY id", "id\n1\n2"},
		{"SELECT id FROM customers ORDER BY id LIMIT 3", "id\n1\n2\n3"},
		{"SELECT id FROM customers WHERE id > ? ORDER BY id", "id\n1\n2"},
		{"SET sql_select_limit = DEFAULT", ""},
		{"SELECT id FROM customers WHERE id > ? ORDER BY id", "id\n1\n2\n3"},
		{"USE information_schema", ""},
		{"SELECT TABLE_NAME FROM TABLES WHERE TABLE_SCHEMA = 'DB' ORDER BY 1", "TABLE_NAME\ncustomers\norders"},
		{"USE DB", ""},
		{"SELECT COUNT(*) FROM orders WHERE USER() = 'ana@127.0.0.1'", "COUNT(*)\n4"},
		{"SHOW VARIABLES LIKE 'autocom%'", "Variable_name|Value\nautocommit|ON"},
		{"SHOW VARIABLES WHERE Variable_name IN ('sql_auto_is_null', 'wait_timeout')", "Variable_name|Value\nsql_auto_is_null|OFF\nwait_timeout|60"},
		{"SET STATEMENT max_statement_time = 60 FOR SELECT COUNT(*) AS n FROM orders", "n\n4"},
		{"SHOW DATABASES LIKE 't!_%'", "Database (t!_%)"},
		{"SELECT FOUND_ROWS()", "FOUND_ROWS()\n0"},
	} {
		var args []any
		if strings.Contains(tt.q, "?") {
			args = append(args, 0)
		}
		if got, want := table(t, c, h.withDB(tt.q), args...), h.withDB(tt.want); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", tt.q, got, want)
		}
	}
}

func TestShow(t *testing.T) {
	h := open(t)
	c := h.client()
	for _, tt := range []struct{ q, want string }{
		{"SHOW DATABASES", "Database\ninformation_schema\nDB"},
		{"SHOW TABLES", "Tables_in_DB\ncustomers\norders"},
		{"SHOW FULL TABLES FROM DB LIKE 'o%'", "Tables_in_DB (o%)|Table_type\norders|BASE TABLE"},
		{"SHOW TABLES WHERE Tables_in_DB = 'orders'", "Tables_in_DB\norders"},
		{"DESCRIBE customers", "Field|Type|Null|Key|Default|Extra\nid|int(11)|NO|PRI|NULL|\nname|varchar(40)|NO||NULL|\nphone|varchar(20)|YES||NULL|"},
		{"SHOW COLUMNS FROM orders WHERE Field = 'note'", "Field|Type|Null|Key|Default|Extra\nnote|varchar(40)|YES||none|"},
		{"SHOW KEYS FROM orders WHERE Key_name = 'PRIMARY'", ""},
		{"SHOW TRIGGERS", ""}, {"SHOW EVENTS", ""}, {"SHOW PROCEDURE STATUS", ""}, {"SHOW OPEN TABLES", ""}, {"SHOW ENGINES", ""},
		{"SHOW PLUGINS", ""}, {"SHOW PRIVILEGES", ""}, {"SHOW COLLATION LIKE 'utf8mb4_bin'", ""}, {"SHOW CHARACTER SET LIKE 'utf8mb4'", ""},
		{"SHOW TABLE STATUS LIKE 'orders'", ""}, {"SHOW STATUS LIKE 'Ssl_cipher'", "Variable_name|Value\nSsl_cipher|"},
		{"SHOW GRANTS", "Grants for ana@%\nGRANT USAGE ON *.* TO `ana`@`%`\nGRANT SELECT ON `DB`.`customers` TO `ana`@`%`\nGRANT SELECT ON `DB`.`orders` TO `ana`@`%`"},
		{"SHOW WARNINGS", "Level|Code|Message"},
		{"SHOW COUNT(*) WARNINGS", "@@session.warning_count\n0"},
		{"SHOW CREATE DATABASE DB", "Database|Create Database\nDB|CREATE DATABASE `DB` /*!40100 DEFAULT CHARACTER SET utf8mb4 */"},
	} {
		got := table(t, c, h.withDB(tt.q))
		if want := h.withDB(tt.want); want != "" && got != want {
			t.Errorf("%s\ngot  %s\nwant %s", tt.q, got, want)
		}
		if strings.Contains(got, "ssn") || strings.Contains(got, "secrets") {
			t.Errorf("%s shows what the profile hides: %s", tt.q, got)
		}
	}
	if got := table(t, c, "SHOW CREATE TABLE customers"); !strings.Contains(got, "`phone` varchar(20)") || strings.Contains(got, "ssn") {
		t.Errorf("got %s", got)
	}
	if got := table(t, c, "SHOW FULL COLUMNS FROM customers"); !strings.Contains(got, "이름") || strings.Contains(got, "ssn") {
		t.Errorf("got %s", got)
	}
	// The headings are the server's own.
	for _, q := range []string{"SHOW TABLE STATUS", "SHOW FULL COLUMNS FROM orders", "SHOW COLUMNS FROM orders", "SHOW TRIGGERS", "SHOW EVENTS", "SHOW PROCEDURE STATUS",
		"SHOW OPEN TABLES", "SHOW ENGINES", "SHOW PLUGINS", "SHOW PRIVILEGES", "SHOW CHARACTER SET", "SHOW DATABASES", "SHOW FULL TABLES", "SHOW WARNINGS",
		"SHOW VARIABLES", "SHOW STATUS", "EXPLAIN SELECT * FROM orders"} {
		got, want := strings.SplitN(table(t, c, q), "\n", 2)[0], strings.SplitN(table(t, h.direct, q), "\n", 2)[0]
		if !strings.HasPrefix(want, got) {
			t.Errorf("%s: headings %s, the server has %s", q, got, want)
		}
	}
}

func TestMultiStatements(t *testing.T) {
	h := open(t)
	c := h.conn(func(c *mysql.Config) { c.MultiStatements = true })
	rows, err := c.QueryContext(t.Context(), "SELECT 1 AS a; ; SET @z = 5; SELECT id FROM customers ORDER BY id; SELECT ssn FROM customers; SELECT 2")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []string
	for more := true; more; more = rows.NextResultSet() {
		for rows.Next() {
			var v string
			if err := rows.Scan(&v); err != nil {
				t.Fatal(err)
			}
			got = append(got, v)
		}
	}
	if errNumber(rows.Err()) != 1143 {
		t.Errorf("got %v, want the refusal of the fourth statement", rows.Err())
	}
	if strings.Join(got, " ") != "1 1 2 3" {
		t.Errorf("got %v", got)
	}
}

func TestQuestionsOnly(t *testing.T) {
	h := open(t, func(p *askwire.Profile, _ *askwire.User) { p.PlainSQL = "deny" })
	h.ask("q", "SELECT COUNT(*) AS n FROM orders")
	c := h.conn()
	for _, q := range []string{"SELECT id FROM orders", "SELECT 1", "EXPLAIN SELECT id FROM orders"} {
		if got := number(t, c, q); got != 50306 {
			t.Errorf("%s: error %d", q, got)
		}
	}
	if got := number(t, c, "SELECT id FROM orders WHERE id = ?", 1); got != 50306 {
		t.Errorf("prepared: error %d", got)
	}
	for q, want := range map[string]string{"ASK 'q' USING summary = off": "n\n4", "SHOW TABLES": "Tables_in_" + h.db + "\ncustomers\norders", "SELECT @@autocommit": "@@autocommit\n1"} {
		if got := table(t, c, q); got != want {
			t.Errorf("%s: got %s", q, got)
		}
	}
}
