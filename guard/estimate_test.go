package guard

import (
	"math"
	"strings"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
)

func countedGate(t *testing.T, family askwire.Family) Gate {
	t.Helper()
	snap := *shopSnapshot(family)
	for _, tab := range snap.Tables {
		tab.Rows = map[string]int64{"customers": 1000, "orders": 100000, "products": 10}[tab.Name]
		if tab.Name == "secrets" {
			tab.Rows = -1
		}
	}
	snap.Tables[1].PrimaryKey = []string{"id"}
	p := shopProfile()
	p.Tables = append(p.Tables, "shop.secrets", "shop.v_all")
	p.Cartesian = true
	p.Masks = map[string]string{"shop.customers.email": "hash"}
	p.Rows = map[string]string{"shop.products": "id < @max"}
	return Gate{Policy: compile(t, p, askwire.NewSnapshot(snap)), Session: Session{Database: "shop", Metadata: true,
		Vars: map[string]askwire.Value{"max": {Kind: askwire.Int, Text: "5"}}}}
}

// TestScanBound: what a statement could read by the catalog's counts. It is doubled, and at least 1000 for a table.
func TestScanBound(t *testing.T) {
	g := countedGate(t, askwire.MariaDB)
	for sql, want := range map[string]float64{
		"SELECT 1":                                                                                                     0,
		"SELECT * FROM orders":                                                                                         200000,
		"SELECT * FROM orders WHERE id = 5":                                                                            1,
		"SELECT * FROM orders WHERE id = '5'":                                                                          200000, // a conversion: the key may be of no use
		"SELECT * FROM orders WHERE status = 'x'":                                                                      200000,
		"SELECT * FROM products":                                                                                       1000,
		"SELECT * FROM orders, customers":                                                                              200000 * 2000,
		"SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id":                                              200000,
		"SELECT * FROM orders a JOIN orders b ON a.id = b.id":                                                          200000, // each finds the other: one must be read
		"SELECT * FROM customers c JOIN orders o ON o.id = c.id":                                                       200000,
		"SELECT * FROM orders a JOIN orders b ON a.id = b.id WHERE a.id = 5":                                           1,
		"SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id + 1":                                          200000 * 2000,
		"SELECT * FROM orders o JOIN products p ON p.id = o.product_id":                                                200000 * 1000, // through the barrier of a row policy
		"SELECT * FROM orders UNION SELECT id, 1, 1, 1, 1, 1 FROM customers":                                           202000,
		"SELECT id FROM orders WHERE customer_id IN (SELECT id FROM customers)":                                        200000 + 200000*2000,
		"SELECT t.id FROM (SELECT id FROM orders LIMIT 10) t, customers":                                               200000 + 10*2000,
		"SELECT n FROM (SELECT COUNT(*) n FROM orders) t, customers c":                                                 200000 + 2000,
		"WITH t AS (SELECT id FROM orders) SELECT a.id FROM t a":                                                       200000 + 200000,
		"WITH RECURSIVE t AS (SELECT 1 n UNION ALL SELECT n + 1 FROM t) SELECT n FROM t":                               2000,
		"WITH RECURSIVE t AS (SELECT 1 n UNION ALL SELECT n + 1 FROM t UNION ALL SELECT n + 2 FROM t) SELECT n FROM t": math.Inf(1),
		"WITH RECURSIVE t AS (SELECT id FROM orders WHERE id = 1 UNION ALL SELECT o.id FROM t JOIN orders o ON o.id = t.id) SELECT id FROM t": 4000,
		"SELECT * FROM orders o JOIN customers c ON c.id = o.status":                                                                          200000 * 2000, // a conversion
		"SELECT * FROM secrets":                            math.Inf(1),
		"SELECT * FROM v_all":                              math.Inf(1),
		"SELECT table_name FROM information_schema.tables": 1000,
	} {
		for range 2 { // the second time from the cache
			st, err := g.Check(sql)
			if err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
			if st.ScanBound() != want {
				t.Errorf("%s: %v, want %v", sql, st.ScanBound(), want)
			}
		}
	}
}

// TestPlanOnServers: the plan of an admitted statement, also of a prepared one, can be asked for on every server, without the
// key of a hash mask.
func TestPlanOnServers(t *testing.T) {
	onServers(t, func(t *testing.T, s *enginetest.Server) {
		loadShop(t, s)
		g := countedGate(t, s.Family)
		conn := pinned(t, s, "")
		const sql = "SELECT c.email, p.name FROM customers c JOIN orders o ON o.customer_id = c.id JOIN products p ON p.id = o.product_id WHERE c.email = 'x' AND o.id > "
		st, err := g.Check(sql + "5")
		if err != nil {
			t.Fatal(err)
		}
		prepared, err := g.Prepare(sql + "?")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			st   Statement
			args []any
		}{{st, nil}, {prepared, []any{5}}} {
			plan := g.Plan(c.st)
			if strings.Contains(plan.Text(), g.Policy.hashKey) || !strings.Contains(plan.Text(), "< 5") || strings.Contains(plan.Shown(), "< 5") || plan.ScanBound() != 0 {
				t.Errorf("sent %s\nshown %s", plan.Text(), plan.Shown())
			}
			r, err := query(t.Context(), conn, plan.Text(), c.args...)
			if err != nil || len(r.rows) == 0 {
				t.Errorf("%s: %v, %d rows", plan.Text(), err, len(r.rows))
			}
		}
	})
	if (Gate{}).Plan(ControlPing()).Valid() || countedGate(t, askwire.MariaDB).Plan(Statement{}).Valid() {
		t.Error("there is a plan of what is no statement")
	}
}
