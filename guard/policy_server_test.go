package guard

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// rowProfile shows one customer's orders.
func rowProfile() *askwire.Profile {
	p := shopProfile()
	p.Rows = map[string]string{"shop.orders": "customer_id = @user_id", "shop.customers": "id = @user_id"}
	p.Masks = map[string]string{"shop.customers.email": "hash", "shop.customers.phone": "partial(3, 2)"}
	return p
}

func rowGate(t *testing.T, s *enginetest.Server) Gate {
	return Gate{Policy: serverPolicy(t, s, rowProfile()), Session: Session{Database: "shop", Metadata: true,
		Vars: map[string]askwire.Value{"user_id": {Kind: askwire.Int, Text: "7"}}}}
}

// loadSeen makes a database that holds nothing but what rowProfile shows of the shop to customer 7.
func loadSeen(t *testing.T, s *enginetest.Server, key string) {
	t.Helper()
	s.Database(t, "shop_seen")
	db := s.Open(t, "shop_seen")
	mustExec(t, db, "CREATE TABLE orders LIKE shop.orders")
	mustExec(t, db, "INSERT INTO orders SELECT * FROM shop.orders WHERE customer_id = 7")
	mustExec(t, db, "CREATE TABLE products LIKE shop.products")
	mustExec(t, db, "INSERT INTO products SELECT * FROM shop.products")
	mustExec(t, db, "CREATE TABLE customers (id INT PRIMARY KEY, name VARCHAR(60), email VARCHAR(64), phone VARCHAR(30), city VARCHAR(40), created_at DATETIME)")
	mustExec(t, db, "INSERT INTO customers SELECT id, name, SHA2(CONCAT('"+key+"', email), 256), CONCAT(LEFT(phone, 3), REPEAT('*', CHAR_LENGTH(phone) - 5), RIGHT(phone, 2)), city, created_at FROM shop.customers WHERE id = 7")
}

// TestPolicyEqualsHandWrittenView: through the gate, statements give the rows that they give on tables that hold nothing
// but what the policy shows.
func TestPolicyEqualsHandWrittenView(t *testing.T) {
	statements := []string{
		"SELECT COUNT(*), SUM(amount) FROM orders",
		"SELECT * FROM orders WHERE status = 'paid' AND id > 100 ORDER BY id",
		"SELECT id FROM orders WHERE id = 74",
		"SELECT c.name, COUNT(o.id) FROM customers c LEFT JOIN orders o ON o.customer_id = c.id AND o.status = 'open' GROUP BY c.name",
		"SELECT p.category, COUNT(o.id) n FROM products p LEFT JOIN orders o ON o.product_id = p.id WHERE p.id < 50 GROUP BY p.category ORDER BY n",
		"SELECT p.id FROM products p LEFT JOIN orders o ON o.product_id = p.id WHERE o.id IS NULL",
		"SELECT p.id FROM products p LEFT JOIN orders o ON o.product_id = p.id AND o.amount IS NULL WHERE o.status IS NULL AND p.price > 10",
		"SELECT a.id, b.id FROM orders a JOIN orders b ON a.product_id = b.product_id AND a.id < b.id",
		"SELECT name FROM products WHERE id IN (SELECT product_id FROM orders WHERE amount BETWEEN 10 AND 500)",
		"SELECT name FROM products p WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.product_id = p.id)",
		"WITH t AS (SELECT product_id, MAX(amount) m FROM orders GROUP BY product_id) SELECT p.name, t.m FROM t JOIN products p ON p.id = t.product_id",
		"SELECT id, SUM(amount) OVER (ORDER BY id) FROM orders",
		"SELECT status, COUNT(*) FROM orders GROUP BY status WITH ROLLUP",
		"SELECT id FROM customers UNION SELECT customer_id FROM orders",
		"SELECT o.id FROM orders o RIGHT JOIN products p ON p.id = o.product_id AND o.status = 'paid' WHERE p.id = 3",
		"SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id AND o.status IN ('paid', 'void') WHERE o.amount > 1.5",
		"SELECT id FROM orders WHERE ordered_at >= DATE '2024-01-05' AND ordered_at < '2024-02-01 00:00:00' AND status LIKE 'p%'",
		"SELECT (SELECT MAX(id) FROM orders WHERE status = 'open'), (SELECT COUNT(*) FROM customers)",
		"SELECT id, name, email, phone, city FROM customers",
		"SELECT LENGTH(email), phone FROM customers WHERE phone LIKE '+44%'",
		"SELECT * FROM customers NATURAL JOIN orders",
		"SELECT * FROM orders o JOIN customers c USING (id)",
		"SELECT * FROM customers c LEFT JOIN orders o USING (id)",
		"SELECT * FROM customers c RIGHT JOIN orders o USING (id)",
		"WITH RECURSIVE t AS (SELECT id, 1 AS n FROM orders WHERE status = 'open' UNION ALL SELECT o.id, t.n + 1 FROM orders o JOIN t ON o.id > t.id AND o.status <> 'x' WHERE t.n < 3) SELECT n, COUNT(*), SUM(id) FROM t GROUP BY n ORDER BY n",
		"WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 9 AND n + 73 IN (SELECT id FROM orders o WHERE LENGTH(o.status) > 2 OR o.id > t.n)) SELECT n FROM t ORDER BY n",
		"SELECT id FROM orders WHERE -5 < id AND amount IS NOT NULL AND NOT status = 'x' AND (id = 74 OR id = 6)",
	}
	onServers(t, func(t *testing.T, s *enginetest.Server) {
		loadShop(t, s)
		g := rowGate(t, s)
		loadSeen(t, s, g.Policy.hashKey)
		seen, through := pinned(t, s, "shop_seen"), pinned(t, s, "")
		for _, sql := range statements {
			st, err := g.Check(sql)
			if err != nil {
				t.Errorf("%s: %v", sql, err)
				continue
			}
			if s.Family == askwire.TiDB && strings.Contains(sql, "RIGHT JOIN orders o USING") {
				continue // TiDB orders the columns of this star in another way, with or without the guard
			}
			want, err := query(t.Context(), seen, sql)
			if err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
			got, err := query(t.Context(), through, st.Text())
			if err != nil {
				t.Errorf("in:  %s\nout: %s\n%v", sql, st.Text(), err)
				continue
			}
			if !sameResult(want, got, false) {
				t.Errorf("in:  %s\nout: %s\nwant %.400v\ngot  %.400v", sql, st.Text(), want, got)
			}
		}
	})
}

// probes try to learn from an error whether order 4242, of another customer, has some value. Each is sent with a condition
// that is true of the hidden row and with one that is false; both must end alike.
var probes = []string{
	"SELECT id FROM orders WHERE id = 4242 AND 18446744073709551615 + (%s) > 0",
	"SELECT id FROM orders WHERE id = 4242 AND POW(10, 400 * (%s)) > 0",
	"SELECT id FROM orders WHERE id = 4242 AND EXP(1000 * (%s)) > 0",
	"SELECT id FROM orders WHERE id = 4242 AND CAST(9223372036854775807 AS SIGNED) + (%s) > 0",
	"SELECT id FROM orders WHERE id = 4242 AND IF(%s, (SELECT id FROM products), 1) = 1",
	"SELECT id FROM orders WHERE id = 4242 AND CASE WHEN %s THEN 18446744073709551615 + 1 ELSE 1 END > 0",
	"SELECT id FROM orders WHERE id IN (4242) AND status REGEXP IF(%s, '(', 'x')",
	"SELECT id FROM orders WHERE id BETWEEN 4242 AND 4242 AND JSON_EXTRACT(IF(%s, '{', '{}'), '$.a') IS NULL",
	"SELECT id FROM orders WHERE id = 4242 AND 9223372036854775807 * (1 + (%s)) > 0",
	"SELECT id FROM orders WHERE id = 4242 HAVING 18446744073709551615 + (MAX(%s)) > 0",
	"SELECT id FROM orders WHERE id = 4242 ORDER BY 18446744073709551615 + (%s)",
	"SELECT id FROM orders WHERE id = 4242 GROUP BY id, 18446744073709551615 + (%s)",
	"SELECT 18446744073709551615 + (%s) FROM orders WHERE id = 4242",
	"SELECT SUM(18446744073709551615 + (%s)) FROM orders WHERE id = 4242",
	"SELECT GROUP_CONCAT(18446744073709551615 + (%s)) FROM orders WHERE id = 4242",
	"SELECT p.id FROM products p JOIN orders o ON o.product_id = p.id AND 18446744073709551615 + (%s) > 0 WHERE o.id = 4242",
	"SELECT p.id FROM products p LEFT JOIN orders o ON o.product_id = p.id AND o.id = 4242 AND 18446744073709551615 + (%s) > 0",
	"SELECT id FROM products WHERE EXISTS (SELECT 1 FROM orders WHERE id = 4242 AND 18446744073709551615 + (%s) > 0)",
	"SELECT id FROM (SELECT id, status, amount FROM orders) t WHERE id = 4242 AND 18446744073709551615 + (%s) > 0",
	"WITH t AS (SELECT id, status, amount FROM orders) SELECT id FROM t WHERE id = 4242 AND 18446744073709551615 + (%s) > 0",
	"SELECT id FROM orders WHERE id = 4242 UNION SELECT id FROM orders WHERE id = 4242 AND 18446744073709551615 + (%s) > 0",
	"SELECT RANK() OVER (ORDER BY 18446744073709551615 + (%s)) FROM orders WHERE id = 4242",
	"SELECT id FROM orders WHERE id = 4242 AND (%s) = 18446744073709551615 + (%[1]s)",
	"SELECT id FROM orders WHERE (id, 18446744073709551615 + (%s)) = (4242, 5)",
	"SELECT id FROM orders WHERE id = 4242 AND NOT (18446744073709551615 + (%s) > 0)",
	"SELECT COUNT(DISTINCT 18446744073709551615 + (%s)) FROM orders WHERE id = 4242",
	"WITH RECURSIVE t AS (SELECT 4241 AS id UNION ALL SELECT o.id FROM orders o JOIN t ON o.id = t.id + 1 AND o.id = 4242 AND 18446744073709551615 + (%s) > 0) SELECT id FROM t",
	"SELECT id FROM orders WHERE id = 4242 AND CONVERT_TZ(ordered_at, IF(%s, 'x', '+00:00'), '+09:00') IS NULL AND 18446744073709551615 + (%[1]s) > 0",
}

// TestHiddenRowsRaiseNoErrors runs the probes. Control: on a row that the policy shows, at least half of them do tell true
// from false by an error, so that they are real probes.
func TestHiddenRowsRaiseNoErrors(t *testing.T) {
	onServers(t, func(t *testing.T, s *enginetest.Server) {
		loadShop(t, s)
		g := rowGate(t, s)
		conn := pinned(t, s, "")
		outcome := func(probe, cond string) string {
			sql := fmt.Sprintf(probe, cond)
			st, err := g.Check(sql)
			if err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
			r, err := query(t.Context(), conn, st.Text())
			if err != nil {
				return fmt.Sprint("error ", errorNumber(err))
			}
			slices.Sort(r.rows) // most probes leave the order to the server
			return fmt.Sprint(len(r.rows), " rows ", r.rows)
		}
		telling := 0
		for _, probe := range probes {
			yes, no := outcome(probe, "status LIKE '%' AND amount > -1"), outcome(probe, "status LIKE 'zz%' AND amount > -1")
			if yes != no {
				t.Errorf("%s\ntells a hidden row: %.200s against %.200s", probe, yes, no)
			}
			own := strings.ReplaceAll(probe, "4242", "74")
			if s.Family == askwire.MariaDB && outcome(own, "status LIKE '%' AND amount > -1") != outcome(own, "status LIKE 'zz%' AND amount > -1") {
				telling++
			}
		}
		if s.Family == askwire.MariaDB && telling < len(probes)/2 {
			t.Errorf("only %d probes tell anything even of a visible row", telling)
		}
		t.Logf("%d of %d probes tell something of a visible row", telling, len(probes))
	})
}

// TestGoldenRuns sends what the golden cases print: it is SQL that the servers take.
func TestGoldenRuns(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(err, len(files))
	}
	onServers(t, func(t *testing.T, s *enginetest.Server) {
		loadShop(t, s)
		s.Database(t, "crm")
		db := s.Open(t, "crm")
		mustExec(t, db, "CREATE TABLE orders (id INT, note TEXT, total DECIMAL(10,2))")
		mustExec(t, db, "CREATE TABLE Mixed (Id INT, Name TEXT)")
		for name, columns := range map[string]string{"by_ssn": "ssn", "by_city_ssn": "city, ssn", "by_ssn_city": "ssn, city", "by_phone": "phone", "by_email": "email", "by_lower": "name", "by``ssn": "ssn"} {
			mustExec(t, db, "CREATE INDEX `"+name+"` ON shop.customers ("+columns+")") // of the cases index-order-*
		}
		conn := pinned(t, s, "")
		ran := 0
		for _, file := range files {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			section := map[string]string{}
			for _, f := range a.Files {
				section[f.Name] = string(f.Data)
			}
			want, other := section["want.sql"], ""
			for _, k := range []askwire.Family{askwire.MySQL, askwire.TiDB, askwire.MariaDB} {
				if strings.Contains(section["session"], "family: "+string(k)) {
					other = string(k)
				}
			}
			if want == "" || other != "" && other != string(s.Family) || strings.Contains(section["session"], "how: explain") {
				continue
			}
			profile, snap, session, how := goldenSetup(t, section["policy"], section["session"])
			low := snap.Server.LowerCase
			snap2 := *snap
			snap2.Server.Family = s.Family
			snap2.Server.LowerCase = low
			policy, problems := Compile(profile, askwire.NewSnapshot(snap2), HashKey([]byte("test")))
			if len(problems) > 0 {
				t.Fatalf("%s: %v", file, problems)
			}
			g := Gate{Policy: policy, Session: session}
			var st Statement
			if how == "prepare" {
				st, err = g.Prepare(strings.TrimSuffix(section["in.sql"], "\n"))
			} else {
				st, err = g.Check(strings.TrimSuffix(section["in.sql"], "\n"))
			}
			if err != nil {
				continue // a form that this family does not have
			}
			args := make([]any, max(st.Params(), len(st.Markers())))
			for i := range args {
				args[i] = 1
			}
			if _, err := query(t.Context(), conn, st.Text(), args...); err != nil && !expectedOn(s, file, errorNumber(err)) {
				t.Errorf("%s\n%s\n%v", filepath.Base(file), st.Text(), err)
			}
			ran++
		}
		if ran < 60 {
			t.Errorf("only %d cases ran", ran)
		}
	})
}

// expectedOn lists what a server refuses on its own grounds.
func expectedOn(s *enginetest.Server, file string, number uint16) bool {
	name := strings.TrimSuffix(filepath.Base(file), ".txtar")
	switch {
	case name == "print-case" || name == "print-json", strings.HasPrefix(name, "function-added"): // JSON of text that is none; a function that is not there
		return number == 3141 || number == 1305 || number == 1046 || number == 3140
	case name == "mode-no-pipes", name == "rows-not-pushed":
		return number == 1292 || number == 1690
	case strings.HasPrefix(name, "syntax-match"): // no FULLTEXT index
		return number == 1191
	case name == "limit-tables-just": // a join of 61 tables is planned for long
		return number == 3024 || number == 1969
	}
	// What the server's grammar or its common table expressions lack.
	switch s.Family {
	case askwire.MariaDB:
		return number == 1064 && name == "cte-in-union-side" || number == 1054 && name == "cte-outer-reference" || number == 1235 && name == "cte-recursive-limit"
	case askwire.TiDB: // names that always compare without case; {d '%Y'}, sent directly as well
		return number == 1292 && strings.HasPrefix(name, "odd-odbc-no-date") || number == 1066 && name == "lower-0-two-aliases" || number == 1105 && name == "syntax-except-all"
	default:
		return false
	}
}

// TestMetadataOnServers: every table of information_schema that the guard admits exists with those columns, and shows the
// scope alone.
func TestMetadataOnServers(t *testing.T) {
	onServers(t, func(t *testing.T, s *enginetest.Server) {
		loadShop(t, s)
		g := rowGate(t, s)
		conn := pinned(t, s, "")
		for name := range g.Policy.meta {
			st, err := g.Check("SELECT * FROM information_schema." + name)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			r, err := query(t.Context(), conn, st.Text())
			if err != nil {
				t.Errorf("%s\n%s\n%v", name, st.Text(), err)
				continue
			}
			for _, row := range r.rows {
				for _, hidden := range []string{"secrets", "salaries", "ssn", "v_all", "mysql.", "root"} {
					if strings.Contains(strings.ToLower(row), hidden) && name != "keywords" && name != "engines" {
						t.Errorf("%s shows %q: %s", name, hidden, row)
					}
				}
			}
			switch name {
			case "schemata", "tables", "columns", "statistics", "engines", "collations":
				if len(r.rows) == 0 {
					t.Errorf("%s is empty", name)
				}
			case "routines", "user_privileges", "triggers":
				if len(r.rows) != 0 {
					t.Errorf("%s has rows", name)
				}
			}
		}
		for sql, want := range map[string]string{
			"SELECT table_name FROM information_schema.tables WHERE table_schema = 'shop' ORDER BY 1":                                        "[customers| orders| products|]",
			"SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = 'shop' AND table_name = 'customers'":                       "[6|]",
			"SELECT table_rows FROM information_schema.tables WHERE table_name = 'orders'":                                                   "[NULL|]",
			"SELECT 1 FROM information_schema.tables WHERE 18446744073709551615 + (table_name LIKE 'sec%') > 0 AND table_schema = 'shop'":    "[1| 1| 1|]",
			"SELECT schema_name FROM information_schema.schemata WHERE schema_name = 'mysql'":                                                "[]",
			"SELECT column_name FROM information_schema.statistics WHERE table_name = 'customers' AND index_name = 'PRIMARY' ORDER BY 1":     "[id|]",
			"SELECT t.table_name FROM information_schema.tables t JOIN orders o ON o.id = 74 AND t.table_name = 'orders' WHERE o.amount > 0": "[orders|]",
		} {
			st, err := g.Check(sql)
			if err != nil {
				t.Errorf("%s: %v", sql, err)
				continue
			}
			r, err := query(t.Context(), conn, st.Text())
			if err != nil || fmt.Sprint(r.rows) != want {
				t.Errorf("%s\n%s\ngot %v, %v; want %s", sql, st.Text(), r.rows, err, want)
			}
		}
	})
}

// TestControlOnServers runs the closed list where the server has it.
func TestControlOnServers(t *testing.T) {
	onServers(t, func(t *testing.T, s *enginetest.Server) {
		conn := pinned(t, s, "")
		for _, st := range []Statement{ControlBegin(), ControlPing(), ControlCommit(), ControlBegin(), ControlRollback(), ControlWarnings(),
			ControlVariables(true), ControlVariables(false)} {
			if _, err := query(t.Context(), conn, st.Text()); err != nil {
				t.Errorf("%s: %v", st.Text(), err)
			}
		}
		if s.Family != askwire.TiDB {
			if _, err := query(t.Context(), conn, "CREATE TABLE mysql.x (a INT)"); err == nil {
				t.Error("the session is not read-only")
			}
		}
		_, err := ControlPin(s.Family, Pins{TimeZone: "+00:00', sql_mode='"})
		_, err2 := ControlPin(s.Family, Pins{Isolation: "READ COMMITTED; DROP"})
		if err == nil || err2 == nil {
			t.Error("a value out of form was accepted")
		}
	})
}

// TestExplainOnServers: EXPLAIN of what the guard admits runs, in each format of the server, and never shows the hash key.
func TestExplainOnServers(t *testing.T) {
	onServers(t, func(t *testing.T, s *enginetest.Server) {
		loadShop(t, s)
		g := rowGate(t, s)
		conn := pinned(t, s, "")
		for format := range explainForms[s.Family] {
			st, err := g.Explain("SELECT c.email, o.id FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.email = 'x'", format)
			if err != nil {
				t.Fatal(err)
			}
			r, err := query(t.Context(), conn, st.Text())
			if err != nil || len(r.rows) == 0 {
				t.Errorf("%s: %v, %d rows", st.Text(), err, len(r.rows))
			}
			if strings.Contains(fmt.Sprint(st.Text(), r.rows), g.Policy.hashKey) {
				t.Errorf("format %q shows the key", format)
			}
		}
	})
}

// TestHashKeyInErrors: a server prints the failing expression, and with it the key of a hash mask. Such statements say that
// the texts of errors must be withheld.
func TestHashKeyInErrors(t *testing.T) {
	s := enginetest.Get(t, engine.MariaDB)
	loadShop(t, s)
	p := shopProfile()
	p.Masks = map[string]string{"shop.customers.email": "hash"}
	g := Gate{Policy: serverPolicy(t, s, p), Session: Session{Database: "shop"}}
	st, err := g.Check("SELECT 18446744073709551615 + (email LIKE '%') FROM customers")
	if err != nil {
		t.Fatal(err)
	}
	_, err = query(t.Context(), pinned(t, s, ""), st.Text())
	if err == nil || !strings.Contains(err.Error(), g.Policy.hashKey) {
		t.Errorf("the server's error does not show the key any more, so this rule may go: %v", err)
	}
	if !st.RowPolicies() {
		t.Error("the statement does not say that error texts must be withheld")
	}
}

// TestLookupKeepsItsIndex: a look-up by key through a row policy's barrier reads the key, and not the table.
func TestLookupKeepsItsIndex(t *testing.T) {
	onServers(t, func(t *testing.T, s *enginetest.Server) {
		loadShop(t, s)
		g := rowGate(t, s)
		conn := pinned(t, s, "")
		for sql, want := range map[string][]string{
			"SELECT amount FROM orders WHERE id = 74":                                            {"PRIMARY", "Point_Get"},
			"SELECT o.amount FROM products p JOIN orders o ON o.product_id = p.id AND o.id = 74": {"PRIMARY", "Point_Get"},
		} {
			st, err := g.Explain(sql, "")
			if err != nil {
				t.Fatal(err)
			}
			r, err := query(t.Context(), conn, st.Text())
			if err != nil {
				t.Fatal(err)
			}
			plan := strings.Join(r.rows, "\n")
			if !strings.Contains(plan, want[0]) && !strings.Contains(plan, want[1]) {
				t.Errorf("%s\n%s", st.Text(), plan)
			}
		}
	})
}
