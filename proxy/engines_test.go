package proxy

import (
	"strings"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
)

// TestEveryEngine is the way through the house on each server: plain SQL, metadata, a prepared statement, a question, a
// transaction, an error, EXPLAIN.
func TestEveryEngine(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		h := openOn(t, e)
		h.ask("q", "SELECT customer_id, SUM(total) AS total FROM orders GROUP BY customer_id ORDER BY customer_id")
		c := h.conn()
		for _, q := range []string{"SELECT id, name, phone FROM customers ORDER BY id", "SELECT * FROM orders ORDER BY id",
			"SELECT COUNT(*), MAX(total), MIN(at) FROM orders"} {
			if got, want := table(t, c, q), table(t, h.direct, q); got != want {
				t.Errorf("%s\ngot  %s\nwant %s", q, got, want)
			}
		}
		q := "SELECT id, note, ? AS given FROM orders WHERE customer_id = ? ORDER BY id"
		if got, want := table(t, c, q, "한글", 1), table(t, h.direct, q, "한글", 1); got != want {
			t.Errorf("prepared: got %s\nwant %s", got, want)
		}
		for q, want := range map[string]string{
			"ASK 'q'": "customer_id|total|summary\n1|30.75|3 rows, complete true\n2|5.00|NULL\n3|7.75|NULL",
			"ASK ?":   "customer_id|total|summary\n1|30.75|3 rows, complete true\n2|5.00|NULL\n3|7.75|NULL",
		} {
			var args []any
			if strings.Contains(q, "?") {
				args = append(args, "q")
			}
			if got := table(t, c, q, args...); got != want {
				t.Errorf("%s: got %s", q, got)
			}
		}
		explain := "EXPLAIN SELECT id FROM orders"
		if e.Family == askwire.Embedded {
			explain = "EXPLAIN FORMAT = TREE SELECT id FROM orders" // its table form holds the word NULL in number columns
		}
		for _, q := range []string{"SHOW TABLES", "SHOW FULL TABLES", "SHOW COLUMNS FROM customers", "SHOW FULL COLUMNS FROM customers", "SHOW INDEX FROM orders",
			"SHOW TABLE STATUS", "SHOW DATABASES", "SHOW CREATE TABLE customers", "SHOW VARIABLES LIKE 'version%'", "SHOW COLLATION LIKE 'utf8mb4_bin'",
			"SHOW CHARACTER SET", explain, "EXPLAIN ASK 'q'", "SELECT @@version, @@version_comment LIMIT 1", "SHOW GRANTS"} {
			got, err := tryTable(t, c, q)
			switch {
			case err != nil:
				t.Errorf("%s: %v", q, err)
			case strings.Count(got, "\n") == 0:
				t.Errorf("%s has no rows", q)
			case strings.Contains(got, "ssn") || strings.Contains(got, "secrets"):
				t.Errorf("%s shows what the profile hides: %s", q, got)
			}
		}
		do(t, c, "SET time_zone = '+09:00'")
		do(t, c, "BEGIN")
		if got := table(t, c, "SELECT COUNT(*) AS n FROM orders"); got != "n\n4" {
			t.Errorf("in a transaction: %s", got)
		}
		do(t, c, "COMMIT")
		if got := number(t, c, "SELECT ssn FROM customers"); got != 1143 {
			t.Errorf("a denied column: error %d", got)
		}
	})
}
