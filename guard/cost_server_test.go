package guard

import (
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

const costRows = 1_000_000

// costDatabase makes sales (a thousandth of its rows of customer 7) and products in the database cost.
func costDatabase(b testing.TB, s *enginetest.Server, rows int) {
	b.Helper()
	db := s.Open(b, "")
	db.SetMaxOpenConns(1)
	digits := "(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)"
	texts := []string{"CREATE DATABASE IF NOT EXISTS cost CHARACTER SET utf8mb4", "USE cost",
		"CREATE TABLE numbers (n INT PRIMARY KEY)",
		"INSERT INTO numbers SELECT a.d + 10*b.d + 100*c.d + 1000*d.d + 1 FROM " + digits + " a, " + digits + " b, " + digits + " c, " + digits + " d",
		"CREATE TABLE products (id INT PRIMARY KEY, name VARCHAR(40), category VARCHAR(20), price DECIMAL(10,2), cost DECIMAL(10,2))",
		"INSERT INTO products SELECT n, CONCAT('product ', n), ELT(1 + n % 5, 'book', 'toy', 'food', 'tech', 'home'), n % 90 + 0.99, n % 40 FROM numbers WHERE n <= 1000",
		"CREATE TABLE sales (id INT PRIMARY KEY, customer_id INT NOT NULL, product_id INT NOT NULL, amount DECIMAL(10,2), status VARCHAR(12), card VARCHAR(19), sold_at DATETIME, margin DECIMAL(10,2), KEY by_customer (customer_id), KEY by_product (product_id), KEY by_time (sold_at))"}
	for i := range rows / 10_000 {
		texts = append(texts, fmt.Sprintf("INSERT INTO sales SELECT n + %d, (n * 7919 + %d) %% 1000, 1 + (n * 31 + %d) %% 1000, (n * 17 + %d) %% 100000 / 100, ELT(1 + n %% 3, 'paid', 'open', 'void'), CONCAT('4000-1234-', LPAD(n, 4, '0'), '-9999'), DATE_ADD('2024-01-01', INTERVAL n * 40 + %d MINUTE), n %% 13 FROM numbers", i*10_000, i, i*7, i*3, i))
	}
	for _, q := range append(texts, "ANALYZE TABLE sales, products") {
		if _, err := db.Exec(q); err != nil {
			b.Fatalf("%.120s: %v", q, err)
		}
	}
}

// costGates are a row policy with a mask, and a policy that hides a column of each table and needs no barrier.
func costGates(b testing.TB, s *enginetest.Server) (barrier, merged Gate) {
	sales := table("cost", "sales", "id int(11)", "customer_id int(11)", "product_id int(11)", "amount decimal(10,2)", "status varchar(12)", "card varchar(19)", "sold_at datetime", "margin decimal(10,2)")
	products := table("cost", "products", "id int(11)", "name varchar(40)", "category varchar(20)", "price decimal(10,2)", "cost decimal(10,2)")
	sales.PrimaryKey, products.PrimaryKey = []string{"id"}, []string{"id"}
	snap := askwire.NewSnapshot(askwire.Snapshot{Server: askwire.Server{Family: s.Family, Version: s.Version}, Tables: []*askwire.Table{products, sales}})
	tables := []string{"cost.sales", "cost.products"}
	deny := []string{"cost.sales.margin", "cost.products.cost"}
	barrier = Gate{Policy: compile(b, &askwire.Profile{Tables: tables, DenyColumns: deny, Rows: map[string]string{"cost.sales": "customer_id = @user_id"}, Masks: map[string]string{"cost.sales.card": "partial(4, 4)"}}, snap),
		Session: Session{Database: "cost", Vars: map[string]askwire.Value{"user_id": {Kind: askwire.Int, Text: "7"}}}}
	merged = Gate{Policy: compile(b, &askwire.Profile{Tables: tables, DenyColumns: deny}, snap), Session: Session{Database: "cost"}}
	return barrier, merged
}

// costQueries are analytic queries over the million rows.
var costQueries = []string{
	"SELECT COUNT(*), SUM(amount), AVG(amount) FROM sales",
	"SELECT status, COUNT(*), SUM(amount) FROM sales GROUP BY status",
	"SELECT DATE_FORMAT(sold_at, '%Y-%m') AS m, SUM(amount) FROM sales GROUP BY m ORDER BY m",
	"SELECT customer_id, SUM(amount) AS s FROM sales GROUP BY customer_id ORDER BY s DESC LIMIT 10",
	"SELECT p.category, SUM(s.amount) FROM sales s JOIN products p ON p.id = s.product_id GROUP BY p.category",
	"SELECT p.name, COUNT(*) AS n FROM sales s JOIN products p ON p.id = s.product_id WHERE s.status = 'paid' GROUP BY p.name ORDER BY n DESC LIMIT 5",
	"SELECT COUNT(DISTINCT customer_id) FROM sales WHERE amount > 900",
	"SELECT * FROM sales WHERE customer_id = 42 ORDER BY sold_at DESC LIMIT 20",
	"SELECT product_id, MAX(amount), MIN(amount) FROM sales WHERE sold_at >= '2024-03-01' AND sold_at < '2024-04-01' GROUP BY product_id",
	"SELECT customer_id, amount, RANK() OVER (PARTITION BY customer_id ORDER BY amount DESC) AS r FROM sales WHERE customer_id < 5",
	"SELECT name FROM products p WHERE NOT EXISTS (SELECT 1 FROM sales s WHERE s.product_id = p.id AND s.amount > 999)",
	"SELECT name FROM products WHERE id IN (SELECT product_id FROM sales WHERE customer_id = 11)",
	"WITH m AS (SELECT customer_id, SUM(amount) AS s FROM sales GROUP BY customer_id) SELECT COUNT(*) FROM m WHERE s > (SELECT AVG(s) FROM m)",
	"SELECT CASE WHEN amount < 100 THEN 'small' WHEN amount < 500 THEN 'middle' ELSE 'large' END AS size, COUNT(*) FROM sales GROUP BY size",
	"SELECT a.customer_id, COUNT(*) FROM sales a JOIN sales b ON b.customer_id = a.customer_id AND b.id > a.id WHERE a.customer_id IN (3, 4) GROUP BY a.customer_id",
	"SELECT status, COUNT(*) FROM sales WHERE card LIKE '4000-1234-77%' GROUP BY status WITH ROLLUP",
}

// BenchmarkPolicyCost sends statements as they are and through the gate, turn by turn, and reports the two medians and
// their ratio: look-ups by a key under a row policy, with a mask, written out and prepared, without and with its barrier; and analytic
// queries through a policy that needs none.
//
//	nice -n 19 go test -run '^$' -bench PolicyCost -benchtime 20x ./guard
func BenchmarkPolicyCost(b *testing.B) {
	for _, kind := range proofEngines {
		b.Run(string(kind), func(b *testing.B) {
			s, _ := enginetest.Own(b, kind)
			costDatabase(b, s, costRows)
			barrier, merged := costGates(b, s)
			direct, through := benchConn(b, s), benchConn(b, s)
			n := 0
			id := func() int { n++; return n*1000%costRows + 7 } // of customer 7 or not: either way one key is read
			const lookup = "SELECT id, amount, status, card FROM cost.sales WHERE id = "
			look := func(name, text string) {
				b.Run(name, func(b *testing.B) {
					sideBySide(b, 50, func(batch int) [2]func() error {
						var texts [2][]string
						for range batch {
							q := fmt.Sprint(text, id())
							texts[0], texts[1] = append(texts[0], q), append(texts[1], admitted(b, barrier, q))
						}
						return [2]func() error{sending(b, direct, texts[0]), sending(b, through, texts[1])}
					})
				})
			}
			look("lookup", lookup)
			look("lookup-barrier", "SELECT id, amount + 1, status, card FROM cost.sales WHERE id = ")
			if kind == engine.TiDB {
				set := func(on int) {
					if _, err := through.ExecContext(b.Context(), fmt.Sprint("SET SESSION tidb_enable_non_prepared_plan_cache = ", on)); err != nil {
						b.Fatal(err)
					}
				}
				set(1)
				look("lookup-plan-cache", lookup)
				set(0)
			}
			b.Run("lookup-prepared", func(b *testing.B) {
				st, err := barrier.Prepare(lookup + "?")
				if err != nil {
					b.Fatal(err)
				}
				plain, asked := preparing(b, direct, lookup+"?", []int{0}), preparing(b, through, st.Text(), st.Markers())
				sideBySide(b, 50, func(batch int) [2]func() error {
					var ids []int
					for range batch {
						ids = append(ids, id())
					}
					return [2]func() error{plain(ids), asked(ids)}
				})
			})
			for i, q := range costQueries {
				b.Run(fmt.Sprintf("analytic%02d", i+1), func(b *testing.B) {
					asked := admitted(b, merged, q)
					sideBySide(b, 1, func(int) [2]func() error {
						return [2]func() error{sending(b, direct, []string{q}), sending(b, through, []string{asked})}
					})
				})
			}
		})
	}
}

// TestMergedPlans: where a policy needs no barrier, the server's plan of an analytic query is that of the query as written,
// so it costs the same: what BenchmarkPolicyCost measures, without a clock.
func TestMergedPlans(t *testing.T) {
	onServers(t, func(t *testing.T, s *enginetest.Server) {
		s.Database(t, "cost")
		costDatabase(t, s, 20_000)
		_, merged := costGates(t, s)
		conn := benchConn(t, s)
		explain := map[askwire.Family]string{askwire.MySQL: "EXPLAIN FORMAT = TRADITIONAL "}[s.Family]
		if explain == "" {
			explain = "EXPLAIN "
		}
		same := 0
		for _, q := range costQueries {
			st, err := merged.Check(q)
			if err != nil {
				t.Fatalf("%s: %v", q, err)
			}
			if !strings.Contains(q, "LIMIT") {
				q += " LIMIT 10001" // which the gate adds
			}
			var want, got result
			for range 5 { // the server may look at the tables anew between the two
				if want, err = query(t.Context(), conn, explain+q); err != nil {
					t.Fatalf("%s: %v", q, err)
				}
				if got, err = query(t.Context(), conn, explain+st.Text()); err != nil {
					t.Fatalf("%s: %v", st.Text(), err)
				}
				if planOf(want) == planOf(got) {
					break
				}
			}
			if planOf(want) != planOf(got) {
				t.Errorf("%s\nas written\n%s\nthrough the gate: %s\n%s", q, planOf(want), st.Text(), planOf(got))
				continue
			}
			same++
		}
		t.Logf("%d of %d plans are the same", same, len(costQueries))
	})
}

// planOf is a plan without what names and counts its parts: aliases, numbers of sub-selects, of operators and of columns.
// MySQL calls the value of a look-up func when it comes out of a merged sub-select.
func planOf(r result) string {
	text := strings.Join(r.rows, "\n")
	for _, n := range []struct {
		was *regexp.Regexp
		now string
	}{{planAlias, "sales"}, {planProduct, "products"}, {planNumber, "$2$3"}, {planValue, "func"}} {
		text = n.was.ReplaceAllString(text, n.now)
	}
	return text
}

var (
	planAlias   = regexp.MustCompile(`\b[abs]\b`)
	planProduct = regexp.MustCompile(`\bp\b`)
	planValue   = regexp.MustCompile(`\bproducts\.id\b`)
	planNumber  = regexp.MustCompile(`(?m)^\d+(\|)|(derived|subquery)\d+|([A-Za-z])[_#]\d+|cost\.`)
)

func benchConn(b testing.TB, s *enginetest.Server) *sql.Conn {
	b.Helper()
	conn, err := s.Open(b, "cost").Conn(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for _, st := range ControlInit(s.Family) {
		if _, err := conn.ExecContext(b.Context(), st.Text()); err != nil {
			b.Fatal(err)
		}
	}
	return conn
}

func admitted(b *testing.B, g Gate, q string) string {
	b.Helper()
	st, err := g.Check(q)
	if err != nil {
		b.Fatal(err)
	}
	return st.Text()
}

// sending is a batch of statements on a connection.
func sending(b *testing.B, conn *sql.Conn, texts []string) func() error {
	return func() error {
		for _, q := range texts {
			if _, err := query(b.Context(), conn, q); err != nil {
				return fmt.Errorf("%s: %w", q, err)
			}
		}
		return nil
	}
}

// preparing prepares a statement, and makes batches of its executions with one value for every marker.
func preparing(b *testing.B, conn *sql.Conn, text string, markers []int) func(ids []int) func() error {
	st, err := conn.PrepareContext(b.Context(), text)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = st.Close() })
	return func(ids []int) func() error {
		return func() error {
			for _, id := range ids {
				args := make([]any, len(markers))
				for i := range args {
					args[i] = id
				}
				rows, err := st.QueryContext(b.Context(), args...)
				if err != nil {
					return err
				}
				for rows.Next() {
				}
				if err := errors.Join(rows.Err(), rows.Close()); err != nil {
					return err
				}
			}
			return nil
		}
	}
}

// sideBySide times a batch one way and the other, in alternating order, and adds up the server's processor time, which other programs on
// the machine change less.
func sideBySide(b *testing.B, batch int, next func(batch int) [2]func() error) {
	var took [2][]time.Duration
	var ticks [2]int
	turn := func(way int, run func() error) {
		used := cpuTicks(false)
		defer func() { ticks[way] += cpuTicks(false) - used }()
		began := time.Now()
		if err := run(); err != nil {
			b.Fatal(err)
		}
		took[way] = append(took[way], time.Since(began))
	}
	for b.Loop() {
		ways := next(batch)
		first := len(took[0]) % 2
		turn(first, ways[first])
		turn(1-first, ways[1-first])
	}
	for way := range took {
		slices.Sort(took[way])
	}
	plain, asked := took[0][len(took[0])/2]/time.Duration(batch), took[1][len(took[1])/2]/time.Duration(batch)
	b.ReportMetric(float64(plain.Microseconds()), "direct-µs")
	b.ReportMetric(float64(asked.Microseconds()), "gate-µs")
	b.ReportMetric(float64(asked)/float64(plain), "ratio")
	b.ReportMetric(float64(took[1][0])/float64(took[0][0]), "ratio-of-best")
	if ticks[0] > 100 { // less is mostly rounding
		b.ReportMetric(float64(ticks[1])/float64(ticks[0]), "ratio-of-cpu")
	}
	b.ReportMetric(0, "ns/op") // both ways together say nothing
}
