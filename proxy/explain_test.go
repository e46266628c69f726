package proxy

import (
	"strings"
	"testing"

	"github.com/askwire/askwire"
)

// TestPlanOfHiddenRows: the plan of a statement that reads a table with a row policy is not shown, whatever the format, by
// EXPLAIN and by EXPLAIN ASK; the receipt is, and so is the plan of a statement that reads only open tables.
func TestPlanOfHiddenRows(t *testing.T) {
	h := open(t, func(p *askwire.Profile, _ *askwire.User) {
		p.Rows = map[string]string{p.Tables[1]: "customer_id = @user_id"}
	})
	h.ask("q", "SELECT COUNT(*) FROM orders WHERE id = 4")
	c := h.conn()
	for _, sql := range []string{
		"EXPLAIN SELECT * FROM orders WHERE id = 4", // a row that exists, of another customer
		"EXPLAIN FORMAT = JSON SELECT * FROM orders WHERE id = 4",
		"DESCRIBE SELECT * FROM orders WHERE id = 99",
		"EXPLAIN SELECT name FROM customers WHERE id IN (SELECT customer_id FROM orders)",
		"EXPLAIN SELECT name, (SELECT COUNT(*) FROM orders o WHERE o.customer_id = c.id) FROM customers c",
	} {
		if got := number(t, c, sql); got != 50306 {
			t.Errorf("%s: error %d", sql, got)
		}
	}
	if got := table(t, c, "EXPLAIN SELECT name FROM customers WHERE id = 1"); !strings.Contains(got, "PRIMARY") {
		t.Errorf("the plan of an open table: %s", got)
	}
	if got := table(t, c, "EXPLAIN FORMAT = RECEIPT SELECT * FROM orders"); !strings.Contains(got, "customer_id = @user_id") {
		t.Errorf("the receipt: %s", got)
	}
	got := table(t, c, "EXPLAIN ASK 'q'")
	_, plan, _ := strings.Cut(got, "backend plan|")
	plan, _, _ = strings.Cut(plan, "tokens|")
	if !strings.Contains(plan, "not available") || strings.Contains(plan, "rows=") || strings.Contains(plan, "const") {
		t.Errorf("the plan of a question: %q", plan)
	}
}
