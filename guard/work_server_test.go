package guard

import (
	"database/sql"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
)

// TestHiddenRowsMakeNoWork: a look-up by key takes as long for a row that is hidden as for one that is not there. Time itself is no measure; rows
// read are. Each statement reads many for every row that gets past the row policy.
func TestHiddenRowsMakeNoWork(t *testing.T) {
	const much = "(SELECT COUNT(*) FROM products a WHERE a.name > o.status)"
	statements := []string{
		"SELECT o.id FROM orders o WHERE o.id = %d AND " + much + " > 0",
		"SELECT o.id FROM orders o WHERE " + much + " > 0 AND o.id = %d",
		"SELECT o.id FROM orders o WHERE o.id = %d OR o.id = %[1]d AND " + much + " > 0",
		"SELECT o.id, " + much + " FROM orders o WHERE o.id IN (%d)",
		"SELECT o.id FROM orders o WHERE o.id BETWEEN %d AND %[1]d ORDER BY " + much,
		"SELECT " + much + ", COUNT(*) FROM orders o WHERE o.id = %d GROUP BY 1",
		"SELECT p.name FROM orders o JOIN products p ON p.name > o.status WHERE o.id = %d",
		"SELECT p.name FROM products p WHERE EXISTS (SELECT 1 FROM orders o WHERE o.id = %d AND o.status < p.name) ORDER BY 1",
		"SELECT (SELECT COUNT(*) FROM products p JOIN orders o ON o.status < p.name WHERE o.id = %d)",
		"WITH x AS (SELECT id, status FROM orders) SELECT o.id FROM x o WHERE o.id = %d AND " + much + " > 0",
		"SELECT o.id FROM orders o LEFT JOIN products p ON p.name > o.status WHERE o.id = %d AND p.id IS NOT NULL",
	}
	const hidden, missing, shown = 4242, 999999, 74
	onServers(t, func(t *testing.T, s *enginetest.Server) {
		loadShop(t, s)
		g := rowGate(t, s)
		conn := pinned(t, s, "")
		work := func(statement string, id int) float64 {
			t.Helper()
			st, err := g.Check(fmt.Sprintf(statement, id))
			if err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
			return rowsRead(t, s, conn, st.Text())
		}
		more := 0
		for _, statement := range statements {
			var of, without float64
			for range 5 { // a server that gathers statistics between the two may plan them differently, once
				if of, without = work(statement, hidden), work(statement, missing); math.Abs(of-without) <= 5 {
					break
				}
			}
			visible := work(statement, shown)
			if math.Abs(of-without) > 5 {
				t.Errorf("%s: %v rows read with a hidden row, %v without", statement, of, without)
			}
			if visible > without+50 {
				more++
			}
		}
		if s.Family != askwire.TiDB && more < len(statements)/2 { // TiDB reads the table of a sub-select once, whatever the rows are
			t.Errorf("only %d of %d statements do anything for a row that is shown", more, len(statements))
		}
		t.Logf("%d of %d statements do much for a row that is shown", more, len(statements))
	})
}

// rowsRead runs a statement and returns how many rows the server says it has read.
func rowsRead(t *testing.T, s *enginetest.Server, conn *sql.Conn, text string) (sum float64) {
	t.Helper()
	count := func(sql, column string) (sum float64) {
		t.Helper()
		r, err := query(t.Context(), conn, sql)
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		at := -1
		for i, c := range r.columns {
			if strings.EqualFold(c, column) {
				at = i
			}
		}
		for _, row := range r.rows {
			n, err := strconv.ParseFloat(strings.Split(row, "|")[at], 64)
			if err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
			sum += n
		}
		return sum
	}
	if s.Family == askwire.TiDB {
		return count("EXPLAIN ANALYZE FORMAT='row' "+text, "actRows")
	}
	const counters = "SHOW SESSION STATUS LIKE 'Handler_read%'"
	before := count(counters, "Value")
	if _, err := query(t.Context(), conn, text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return count(counters, "Value") - before
}
