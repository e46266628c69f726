package proxy

import (
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// TestScanRows: a statement that the backend expects to read more than scan_rows is refused with its own message, plain,
// prepared and asked for; others run, also through the barrier of a row policy.
func TestScanRows(t *testing.T) {
	for _, kind := range []engine.Kind{engine.MariaDB, engine.MySQL, engine.TiDB} {
		t.Run(string(kind), func(t *testing.T) {
			h := openOn(t, enginetest.Get(t, kind), func(p *askwire.Profile, _ *askwire.User) {
				p.Limits.ScanRows = 900 // below what the catalog settles for one table
				p.Rows = map[string]string{p.Tables[1]: "customer_id = @user_id"}
			})
			h.exec("ANALYZE TABLE customers, orders")
			c := h.conn()
			const many = "SELECT COUNT(*) FROM customers a, customers b, customers c, customers d, customers e, customers f, customers g WHERE a.name LIKE "
			h.ask("few", "SELECT COUNT(*) FROM orders")
			h.ask("many", many+"'%'")
			for sql, args := range map[string][]any{
				"SELECT COUNT(*) FROM customers": nil,
				"SELECT COUNT(*) FROM orders":    nil,
				"SELECT c.name, o.total FROM customers c JOIN orders o ON o.customer_id = c.id":   nil,
				"SELECT c.name, o.total FROM customers c JOIN orders o USING (id) WHERE o.id > ?": {0},
				"ASK 'few' USING summary = off":                                               nil,
				many + "'%' AND a.id = 1 AND b.id = 1 AND c.id = 1 AND d.id = 1 AND e.id = 1": nil,
			} {
				if _, err := tryTable(t, c, sql, args...); err != nil {
					t.Errorf("%s: %v", sql, err)
				}
			}
			for sql, args := range map[string][]any{many + "'%'": nil, many + "?": {"%"}, "ASK 'many' USING summary = off": nil, "ASK NARRATE 'many'": nil} {
				if got := number(t, c, sql, args...); got != 50305 {
					t.Errorf("%s: error %d", sql, got)
				}
			}
		})
	}
}

func TestScanEstimate(t *testing.T) {
	row := func(values ...string) []*string {
		out := make([]*string, len(values))
		for i := range values {
			if values[i] != "NULL" {
				out[i] = &values[i]
			}
		}
		return out
	}
	for name, c := range map[string]struct {
		plan askwire.Sample
		want float64
	}{
		"OnePass":       {askwire.Sample{Columns: []string{"id", "table", "rows"}, Rows: [][]*string{row("1", "o", "13000")}}, 13000},
		"JoinMultiply":  {askwire.Sample{Columns: []string{"id", "table", "rows"}, Rows: [][]*string{row("1", "o", "1000"), row("1", "i", "3"), row("1", "p", "1")}}, 3000},
		"SelectsAdd":    {askwire.Sample{Columns: []string{"id", "table", "rows"}, Rows: [][]*string{row("1", "o", "1000"), row("2", "i", "500"), row("NULL", "<union1,2>", "NULL")}}, 1500},
		"TiDB":          {askwire.Sample{Columns: []string{"id", "estRows", "task"}, Rows: [][]*string{row("HashAgg_9", "1.00", "root"), row("└─TableFullScan_11", "10000.00", "cop[tikv]")}}, 10000},
		"TiDBJoin":      {askwire.Sample{Columns: []string{"id", "estRows", "task"}, Rows: [][]*string{row("HashJoin_9", "600.00", "root"), row("├─TableFullScan_11", "20.00", "cop[tikv]"), row("└─TableFullScan_12", "30.00", "cop[tikv]")}}, 650},
		"NothingToTell": {askwire.Sample{Columns: []string{"plan"}, Rows: [][]*string{row("Project")}}, 0},
	} {
		if got := ScanEstimate(c.plan); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
