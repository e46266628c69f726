package guard

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
)

// TestZeroStatement: only this package makes statements, and the zero value is none.
func TestZeroStatement(t *testing.T) {
	var st Statement
	if st.Valid() || st.Text() != "" || st.Control() || st.Receipt() != nil || st.RowPolicies() {
		t.Fatalf("the zero statement looks like one: %+v", st)
	}
	if st := ControlPing(); !st.Valid() || !st.Control() || st.Receipt() == nil {
		t.Fatal("a control statement is not valid")
	}
	if _, err := (Gate{}).Check("SELECT 1"); askwire.CodeOf(err) != askwire.PolicyDenied {
		t.Fatalf("a gate without a policy answered %v", err)
	}
}

// chain is n common table expressions, each of which reads the one before it.
func chain(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ", c%d AS (SELECT * FROM c%d)", i+1, i)
	}
	return b.String()
}

// TestHostileText: 64 KiB of anything is answered, soon, in little memory, and by an error or an admitted statement: a
// stack that overflows would end the process and this test with it.
func TestHostileText(t *testing.T) {
	fill := func(unit string) string { return strings.Repeat(unit, maxText/len(unit)) }
	around := func(before, unit, after string, n int) string {
		return "SELECT " + strings.Repeat(before, n) + unit + strings.Repeat(after, n)
	}
	texts := map[string]string{
		"Parens":     "SELECT " + fill("(")[:maxText-7],
		"Subselects": fill("(SELECT "),
		"Nots":       "SELECT " + fill("NOT ")[:maxText-8] + "1",
		"Bangs":      "SELECT " + fill("!")[:maxText-8] + "1",
		"Minus":      "SELECT " + fill("- ")[:maxText-9] + " 1",
		"Tildes":     "SELECT " + fill("~")[:maxText-8] + "1",
		"Ands":       "SELECT id FROM orders WHERE 1" + fill(" AND 1")[:60000],
		"Ors":        "SELECT id FROM orders WHERE 1" + fill(" OR id=1")[:60000],
		"Pluses":     "SELECT 1" + fill("+1")[:60000],
		"Joins":      "SELECT 1 FROM orders" + fill(" JOIN orders")[:60000],
		"Commas":     "SELECT 1 FROM orders" + fill(",orders")[:60000],
		"Straight":   "SELECT 1 FROM orders" + fill(" STRAIGHT_JOIN orders")[:60000],
		"Unions":     "SELECT 1" + fill(" UNION SELECT 1")[:60000],
		"Case":       around("CASE WHEN 1 THEN ", "1", " END", 2500),
		"CaseElse":   "SELECT " + strings.Repeat("CASE WHEN 1 THEN 1 ELSE ", 2000) + "1" + strings.Repeat(" END", 2000),
		"Between":    "SELECT 1" + fill(" BETWEEN 1 AND 1")[:60000],
		"Comments":   fill("/**/") + "",
		"Hints":      "SELECT " + fill("/*+ x */")[:60000] + " 1",
		"Quotes":     "SELECT '" + fill("''")[:60000],
		"Backquotes": "SELECT `" + fill("``")[:60000],
		"Columns":    "SELECT id" + fill(",id")[:60000] + " FROM orders",
		"Stars":      "SELECT *" + fill(",*")[:60000] + " FROM orders",
		"In":         "SELECT id FROM orders WHERE id IN (1" + fill(",1")[:60000] + ")",
		"Calls":      "SELECT " + strings.Repeat("ABS(", 9000) + "1" + strings.Repeat(")", 9000),
		"Casts":      "SELECT " + strings.Repeat("BINARY ", 9000) + "1",
		"Collates":   "SELECT 'a'" + fill(" COLLATE utf8mb4_bin")[:60000],
		"Interval":   "SELECT NOW()" + fill(" + INTERVAL 1 DAY")[:60000],
		"IsNull":     "SELECT 1" + fill(" IS NULL")[:60000],
		"CTEs":       "WITH a AS (SELECT 1)" + fill(", a AS (SELECT 1)")[:60000] + " SELECT 1",
		"CTENest":    strings.Repeat("WITH a AS (", 5000) + "SELECT 1" + strings.Repeat(") SELECT 1", 2000),
		"Digits":     "SELECT " + fill("9")[:60000],
		"Point":      "SELECT 0." + fill("0")[:60000] + "1",
		"Hex":        "SELECT 0x" + fill("41")[:60000],
		"Ident":      "SELECT " + fill("a")[:60000],
		"Dots":       "SELECT a" + fill(".a")[:60000],
		"Windows":    "SELECT 1 FROM orders WINDOW w AS ()" + fill(", w AS ()")[:60000],
		"Rows":       "SELECT " + strings.Repeat("(1,", 15000) + "1" + strings.Repeat(")", 15000),
		"JoinParens": "SELECT 1 FROM " + strings.Repeat("(orders JOIN ", 3000) + "orders" + strings.Repeat(")", 3000),
		"Braces":     "SELECT " + fill("{d ")[:60000],
		"Exists":     "SELECT " + strings.Repeat("EXISTS (SELECT ", 4000) + "1" + strings.Repeat(")", 4000),
		"GroupBy":    "SELECT id" + strings.Repeat(",id+1", 4000) + " FROM orders GROUP BY id+1" + strings.Repeat(",id+1", 4500),
		"OrderBy":    "SELECT id a" + strings.Repeat(",1 b", 4000) + " FROM orders ORDER BY a" + strings.Repeat(",a", 20000),
		"Wheres":     "SELECT 1 FROM orders a JOIN orders b ON a.id=b.id" + strings.Repeat(" AND a.id=b.id", 4000),
		"StarNest":   strings.Repeat("SELECT *,* FROM (", 90) + "SELECT 1 x" + strings.Repeat(") t", 90),
		"Using":      "SELECT * FROM orders a" + strings.Repeat(" JOIN orders b USING (id)", 55),
		"StarCTEs":   "WITH c0 AS (SELECT *" + strings.Repeat(",*", 600) + " FROM orders)" + chain(55) + " SELECT * FROM c55",
		"StarSubs":   "SELECT 1" + strings.Repeat(", EXISTS (SELECT *"+strings.Repeat(",*", 650)+" FROM orders)", 40),
		"Unicode":    "SELECT '" + fill("😀")[:60000] + "'",
	}
	g := Gate{Policy: compile(t, shopProfile(), shopSnapshot(askwire.MariaDB)), Session: Session{Database: "shop"}}
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			started := time.Now()
			st, err := g.Check(text)
			took := time.Since(started)
			runtime.ReadMemStats(&after)
			if err != nil && askwire.CodeOf(err) == askwire.Internal {
				t.Errorf("not an askwire error: %v", err)
			}
			if err == nil && !st.Valid() {
				t.Error("neither an error nor a statement")
			}
			t.Logf("%v, %d KiB allocated, %v", took, (after.TotalAlloc-before.TotalAlloc)>>10, err)
			if alloc := after.TotalAlloc - before.TotalAlloc; alloc > 64<<20 {
				t.Errorf("allocated %d MiB", alloc>>20)
			}
		})
	}
	t.Run("TooLong", func(t *testing.T) {
		if _, err := g.Check("SELECT '" + strings.Repeat("x", maxText) + "'"); askwire.CodeOf(err) != askwire.TooComplex {
			t.Errorf("got %v", err)
		}
	})
}
