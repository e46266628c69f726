package guard

import (
	"fmt"
	"strings"
	"testing"

	"github.com/askwire/askwire"
)

// figuresSnapshot has keys, and columns that are never NULL.
func figuresSnapshot() *askwire.Snapshot {
	customers := table("shop", "customers", "id int", "name varchar(60)", "email varchar(80)", "city varchar(40)", "income decimal(10,2)", "vip tinyint")
	orders := table("shop", "orders", "id int", "customer_id int", "status varchar(12)", "quantity int", "price decimal(10,2)", "rebate decimal(10,2)")
	for _, t := range []*askwire.Table{customers, orders} {
		t.PrimaryKey = []string{"id"}
		for i := range t.Columns {
			t.Columns[i].Nullable = t.Columns[i].Name == "rebate"
		}
	}
	orders.Indexes = []askwire.Index{{Name: "c", Columns: []string{"customer_id"}}}
	view := table("shop", "v", "id int", "income decimal(10,2)")
	view.View = true
	view.Columns[0].Nullable, view.Columns[1].Nullable = false, false
	return askwire.NewSnapshot(askwire.Snapshot{Server: askwire.Server{Family: askwire.MySQL, Version: "9.7.0", Major: 9, Minor: 7}, Tables: []*askwire.Table{customers, orders, view}})
}

// TestFigures: which results are totals of several rows. Each result is "key", "figure" with the results that count the rows behind
// it, or "-": a value, or what cannot be shown to be none.
func TestFigures(t *testing.T) {
	policy := compile(t, &askwire.Profile{Tables: []string{"shop.customers", "shop.orders", "shop.v"}, Cartesian: true}, figuresSnapshot())
	g := Gate{Policy: policy, Session: Session{Database: "shop"}}
	const both = " FROM orders o JOIN customers c ON c.id = o.customer_id"
	for _, x := range []struct{ sql, want string }{
		{"SELECT status, COUNT(*), SUM(quantity), AVG(price), STDDEV(price) FROM orders GROUP BY status", "key[1] figure[1] figure[1] figure[1] figure[1]"},
		{"SELECT COUNT(*), ROUND(100 * SUM(price) / COUNT(*), 2), CONCAT(SUM(price), '%'), COALESCE(SUM(price), 0) FROM orders", "figure[0] figure[0] figure[0] figure[0]"},
		{"SELECT COUNT(*), SUM(quantity * price), SUM(price * 2 - quantity / 3), SUM(-price) FROM orders", "figure[0] figure[0] figure[0] figure[0]"},
		{"SELECT COUNT(*), STD(price), STDDEV_POP(price), STDDEV_SAMP(price), VARIANCE(price), VAR_POP(price), VAR_SAMP(price) FROM orders", "figure[0] figure[0] figure[0] figure[0] figure[0] figure[0] figure[0]"},
		{"SELECT COUNT(*), SUM(price) FROM orders WHERE id = 17", "figure[0] figure[0]"}, // its COUNT is 1
		{"SELECT c.city, COUNT(*), SUM(o.price)" + both + " GROUP BY c.city", "key[1] figure[1] figure[1]"},
		{"SELECT c.city, COUNT(*), SUM(o.price) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY 1", "key[1] figure[1] figure[1]"},
		{"SELECT COUNT(*), SUM(o.price) FROM orders o LEFT JOIN customers c ON c.id = o.customer_id", "figure[0] figure[0]"},
		{"SELECT COUNT(*), SUM(o.price) FROM orders o, customers c WHERE c.id = o.customer_id", "figure[0] figure[0]"},
		{"SELECT COUNT(*), AVG(o.price) FROM orders o JOIN (SELECT customer_id, COUNT(*) n FROM orders GROUP BY customer_id) d ON d.customer_id = o.customer_id", "figure[0] figure[0]"},
		{"SELECT COUNT(*), AVG(x.s) FROM (SELECT customer_id, SUM(price) s FROM orders GROUP BY customer_id) x", "figure[0] figure[0]"},
		{"SELECT COUNT(*), AVG(x.n) FROM (SELECT customer_id, COUNT(*) n FROM orders GROUP BY customer_id) x", "figure[0] figure[0]"},
		{"SELECT COUNT(*), AVG(x.p) FROM (SELECT price * quantity AS p FROM orders WHERE status = 'paid') x", "figure[0] figure[0]"},
		{"SELECT COUNT(*), AVG(o.price) FROM customers c RIGHT JOIN orders o ON o.customer_id = c.id", "figure[0] figure[0]"},
		{"SELECT COUNT(*), SUM(x.a), SUM(x.b) FROM (SELECT status, STD(price) a, MAX(price) b FROM orders GROUP BY status) x", "figure[0] figure[0] figure[0]"},

		// Values of single rows.
		{"SELECT COUNT(*), MIN(name), MAX(name), MAX(income), ANY_VALUE(email) FROM customers", "figure[0] - - - -"},
		{"SELECT COUNT(*), GROUP_CONCAT(email), JSON_ARRAYAGG(email), BIT_OR(id), BIT_XOR(id) FROM customers", "figure[0] - - - -"},
		{"SELECT COUNT(*), CONCAT(COUNT(*), MAX(name)), COUNT(*) + MAX(income) FROM customers", "figure[0] - -"},
		{"SELECT COUNT(*), SUM(income) + (SELECT income FROM customers WHERE id = 1) FROM customers", "figure[0] -"},
		{"SELECT COUNT(*), (SELECT MAX(name) FROM customers) FROM orders", "figure[0] -"},
		{"SELECT city, COUNT(*), CONCAT(city, COUNT(*)) FROM customers GROUP BY city", "key[1] figure[1] -"},
		{"SELECT city, COUNT(*), LAG(SUM(income)) OVER (ORDER BY city), SUM(COUNT(*)) OVER () FROM customers GROUP BY city", "key[1] figure[1] - -"},
		{"SELECT COUNT(*) OVER () AS n, MAX(name) FROM customers GROUP BY city", "- -"},
		// One row is left: by CASE, by arithmetic, by a key, by a flag, by DISTINCT.
		{"SELECT COUNT(*), SUM(IF(id = 17, income, 0)), SUM(CASE WHEN id = 17 THEN income END), SUM((id = 17) * income) FROM customers", "figure[0] - - -"},
		{"SELECT COUNT(*), SUM(income / id), SUM(income * (id - 17)), SUM(income * vip), SUM(income DIV 2), SUM(income % 7) FROM customers", "figure[0] - - - - -"},
		{"SELECT COUNT(*), SUM(~quantity), SUM(NOT quantity), SUM(COALESCE(price, id)), SUM(IFNULL(price, quantity)) FROM orders", "figure[0] - - - -"},
		{"SELECT COUNT(*), SUM(x.n) FROM (SELECT status, COUNT(DISTINCT price, id) n FROM orders GROUP BY status) x", "figure[0] -"},
		{"SELECT COUNT(DISTINCT rebate, id), SUM(rebate) FROM orders", "figure[0] -"},
		{"SELECT COUNT(*), SUM(price * quantity * price * quantity), SUM(POW(price, 2)), SUM(DISTINCT price) FROM orders", "figure[0] - - -"},
		{"SELECT COUNT(*), SUM(x.p) FROM (SELECT IF(id = 17, price, 0) AS p FROM orders) x", "figure[0] -"},
		{"SELECT COUNT(*), SUM(x.p) FROM (SELECT status, MAX(IF(id = 17, price, 0)) AS p FROM orders GROUP BY status) x", "figure[0] -"},
		{"SELECT COUNT(*), SUM(ORD(name)), SUM(name), AVG(LENGTH(email)) FROM customers", "figure[0] - - -"},
		// The join repeats rows.
		{"SELECT c.id, COUNT(*), AVG(c.income), SUM(c.income + 0 * o.price)" + both + " GROUP BY c.id", "key[1] figure[1] - -"},
		{"SELECT COUNT(*), SUM(o.quantity * c.income)" + both, "figure[0] -"},
		{"SELECT COUNT(*), AVG(c.income) FROM customers c JOIN (SELECT 1 AS i UNION ALL SELECT 1 UNION ALL SELECT 1) d ON d.i = c.id", "- -"},
		{"SELECT COUNT(*), AVG(c.income) FROM customers c CROSS JOIN customers d", "- -"},
		{"SELECT COUNT(*), AVG(c.income) FROM customers c JOIN customers d ON c.id = d.id", "figure[0] figure[0]"},
		{"SELECT COUNT(*), AVG(x.i) FROM (SELECT income AS i FROM customers UNION ALL SELECT income FROM customers) x", "- -"},
		{"WITH RECURSIVE x (i, n) AS (SELECT income, 1 FROM customers UNION ALL SELECT i, n + 1 FROM x WHERE n < 9) SELECT COUNT(*), AVG(i) FROM x", "- -"},
		{"SELECT COUNT(*), AVG(x.i) FROM (SELECT c.income AS i" + both + ") x", "figure[0] -"},
		{"SELECT COUNT(*), AVG(x.i) FROM (SELECT status, SUM(price) AS i FROM orders GROUP BY status WITH ROLLUP) x", "- -"},
		{"SELECT COUNT(*), AVG(x.i) FROM customers c JOIN LATERAL (SELECT c.income AS i) x ON TRUE", "- -"},
		{"SELECT COUNT(*), AVG(o.price) FROM (customers a JOIN orders o) LEFT JOIN customers b ON a.id = o.customer_id AND b.id = a.id", "- -"},
		{"SELECT COUNT(*), AVG(income) FROM v", "- -"},
		{"SELECT COUNT(*), AVG(c.income) FROM customers c JOIN v ON v.id = c.id", "- -"},
		{"SELECT COUNT(*), AVG(d.x) FROM (SELECT 7 AS x) d", "- -"},
		// NULLs: COUNT(*) counts rows that a total has nothing of.
		{"SELECT COUNT(*), SUM(rebate) FROM orders", "figure[0] -"},
		{"SELECT COUNT(*), SUM(rebate), COUNT(rebate) FROM orders", "figure[0 2] figure[2] figure[0 2]"},
		{"SELECT COUNT(*), SUM(COALESCE(rebate, 0)), COUNT(DISTINCT rebate) FROM orders", "figure[0 2] - figure[0 2]"},
		{"SELECT c.city, COUNT(*), SUM(o.price) FROM customers c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.city", "key[] - -"},
		{"SELECT c.city, COUNT(o.id), SUM(o.price) FROM customers c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.city", "key[1] figure[1] figure[1]"},
		{"SELECT COUNT(o.id), SUM(o.price), SUM(o.rebate) FROM customers c LEFT JOIN orders o ON o.customer_id = c.id", "figure[0] figure[0] -"},
		// Counts by a condition on one column.
		{"SELECT COUNT(*), SUM(status = 'paid'), COUNT(CASE WHEN status IN ('a', 'b') THEN 1 END), AVG(IF(price BETWEEN 1 AND 2, 1, 0)) FROM orders", "figure[0 2] figure[0 2] figure[0 2] figure[0 2]"},
		{"SELECT COUNT(*), SUM((status = 'paid')), SUM(IF((status) = 'paid', 1, 0)), SUM(CASE WHEN (status = 'paid') THEN 1 END), SUM(rebate IS NULL), SUM(rebate IS NOT NULL) FROM orders", "figure[0] figure[0] figure[0] figure[0] figure[0] figure[0]"},
		{"SELECT COUNT(*), SUM((status = 'paid') IS NULL), SUM(IF(status = 'paid', price, 0)), SUM(ISNULL(rebate)) FROM orders", "figure[0] - - -"},
		{"SELECT COUNT(*), SUM(id = 17 AND price > 5), SUM(price > rebate), COUNT(CASE WHEN id = 1 THEN price END), SUM(CASE ORD(status) WHEN 65 THEN 65 ELSE 0 END) FROM orders", "figure[0 3] - - - -"},
		// No SELECT that groups, or one that does more.
		{"SELECT name, email FROM customers", "- -"},
		{"SELECT DISTINCT city, COUNT(*) FROM customers GROUP BY city", "key[] -"},
		{"SELECT city, COUNT(*) FROM customers GROUP BY city WITH ROLLUP", "key[] -"},
		{"SELECT COUNT(*), MAX(name) FROM customers UNION ALL SELECT 99, MAX(name) FROM customers WHERE id = 1", "- -"},
		{"SELECT x.city, x.n FROM (SELECT city, COUNT(*) n FROM customers GROUP BY city) x", "- -"},
		{"SELECT MAX(99) AS `COUNT(*)`, SUM(income) FROM customers", "- -"},
		{"SELECT COUNT(*) + 99, SUM(income) FROM customers", "- -"},
	} {
		st, err := g.Check(x.sql)
		if err != nil {
			t.Errorf("%s: %v", x.sql, err)
			continue
		}
		var got []string
		for _, o := range st.Receipt().Outputs {
			switch {
			case o.GroupKey:
				got = append(got, "key"+fmt.Sprint(o.Counts))
			case o.Figure:
				got = append(got, "figure"+fmt.Sprint(o.Counts))
			default:
				got = append(got, "-")
			}
		}
		if s := strings.Join(got, " "); s != x.want {
			t.Errorf("%s\ngot  %s\nwant %s", x.sql, s, x.want)
		}
	}
}

// TestFiguresKeepTheirLiterals: a COUNT of an expression counts the rows of a SUM of the same one, literals included.
func TestFiguresKeepTheirLiterals(t *testing.T) {
	g := Gate{Policy: compile(t, &askwire.Profile{Tables: []string{"shop.orders"}}, figuresSnapshot()), Session: Session{Database: "shop"}}
	for _, x := range []struct {
		sql  string
		want bool
	}{
		{"SELECT SUM(rebate * 2), COUNT(rebate * 2) FROM orders", true},
		{"SELECT SUM(rebate * 2), COUNT(rebate * 3) FROM orders", false},
		{"SELECT SUM(rebate * 3), COUNT(rebate * 3) FROM orders", true},
	} {
		st, err := g.Check(x.sql)
		if err != nil {
			t.Fatal(err)
		}
		if got := st.Receipt().Outputs[0].Figure; got != x.want {
			t.Errorf("%s: %v", x.sql, got)
		}
	}
}
