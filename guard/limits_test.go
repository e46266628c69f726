package guard

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

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
	if st.ScanBound() != 0 || st.RowLimit() != 0 || st.PlanHidden() || st.Markers() != nil || (Gate{}).Plan(ControlPing()).Valid() {
		t.Error("there is a plan of what is no statement")
	}
	for _, st := range []Statement{{}, ControlPing()} {
		if countedGate(t, askwire.MariaDB).Plan(st).Valid() {
			t.Errorf("there is a plan of %q", st.Text())
		}
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

// hostileTexts are shapes of at most 64 KiB that parsers, walks and printers are slow or greedy on.
func hostileTexts() map[string]string {
	repeat := func(unit string, n int) string {
		var b strings.Builder
		for i := range n {
			if strings.Contains(unit, "%") {
				fmt.Fprintf(&b, unit, i+1)
			} else {
				b.WriteString(unit)
			}
		}
		return b.String()
	}
	fill := func(unit string) string { return strings.Repeat(unit, maxText/len(unit)) }
	around := func(before, unit, after string, n int) string {
		return "SELECT " + strings.Repeat(before, n) + unit + strings.Repeat(after, n)
	}
	return map[string]string{
		"Parens":       "SELECT " + fill("(")[:maxText-7],
		"Subselects":   fill("(SELECT "),
		"Nots":         "SELECT " + fill("NOT ")[:maxText-8] + "1",
		"Bangs":        "SELECT " + fill("!")[:maxText-8] + "1",
		"Minus":        "SELECT " + fill("- ")[:maxText-9] + " 1",
		"Tildes":       "SELECT " + fill("~")[:maxText-8] + "1",
		"Ands":         "SELECT id FROM orders WHERE 1" + fill(" AND 1")[:60000],
		"Ors":          "SELECT id FROM orders WHERE 1" + fill(" OR id=1")[:60000],
		"Pluses":       "SELECT 1" + fill("+1")[:60000],
		"Joins":        "SELECT 1 FROM orders" + fill(" JOIN orders")[:60000],
		"Commas":       "SELECT 1 FROM orders" + fill(",orders")[:60000],
		"Straight":     "SELECT 1 FROM orders" + fill(" STRAIGHT_JOIN orders")[:60000],
		"Unions":       "SELECT 1" + fill(" UNION SELECT 1")[:60000],
		"Case":         around("CASE WHEN 1 THEN ", "1", " END", 2500),
		"CaseElse":     "SELECT " + strings.Repeat("CASE WHEN 1 THEN 1 ELSE ", 2000) + "1" + strings.Repeat(" END", 2000),
		"Between":      "SELECT 1" + fill(" BETWEEN 1 AND 1")[:60000],
		"Comments":     fill("/**/") + "",
		"Hints":        "SELECT " + fill("/*+ x */")[:60000] + " 1",
		"Quotes":       "SELECT '" + fill("''")[:60000],
		"Backquotes":   "SELECT `" + fill("``")[:60000],
		"Columns":      "SELECT id" + fill(",id")[:60000] + " FROM orders",
		"Stars":        "SELECT *" + fill(",*")[:60000] + " FROM orders",
		"In":           "SELECT id FROM orders WHERE id IN (1" + fill(",1")[:60000] + ")",
		"Calls":        "SELECT " + strings.Repeat("ABS(", 9000) + "1" + strings.Repeat(")", 9000),
		"Casts":        "SELECT " + strings.Repeat("BINARY ", 9000) + "1",
		"Collates":     "SELECT 'a'" + fill(" COLLATE utf8mb4_bin")[:60000],
		"Interval":     "SELECT NOW()" + fill(" + INTERVAL 1 DAY")[:60000],
		"IsNull":       "SELECT 1" + fill(" IS NULL")[:60000],
		"CTEs":         "WITH a AS (SELECT 1)" + fill(", a AS (SELECT 1)")[:60000] + " SELECT 1",
		"CTENest":      strings.Repeat("WITH a AS (", 4000) + "SELECT 1" + strings.Repeat(") SELECT 1", 2000),
		"Digits":       "SELECT " + fill("9")[:60000],
		"Point":        "SELECT 0." + fill("0")[:60000] + "1",
		"Hex":          "SELECT 0x" + fill("41")[:60000],
		"Ident":        "SELECT " + fill("a")[:60000],
		"Dots":         "SELECT a" + fill(".a")[:60000],
		"Windows":      "SELECT 1 FROM orders WINDOW w AS ()" + fill(", w AS ()")[:60000],
		"Rows":         "SELECT " + strings.Repeat("(1,", 15000) + "1" + strings.Repeat(")", 15000),
		"JoinParens":   "SELECT 1 FROM " + strings.Repeat("(orders JOIN ", 3000) + "orders" + strings.Repeat(")", 3000),
		"Braces":       "SELECT " + fill("{d ")[:60000],
		"Exists":       "SELECT " + strings.Repeat("EXISTS (SELECT ", 4000) + "1" + strings.Repeat(")", 4000),
		"GroupBy":      "SELECT id" + strings.Repeat(",id+1", 4000) + " FROM orders GROUP BY id+1" + strings.Repeat(",id+1", 4500),
		"OrderBy":      "SELECT id a" + strings.Repeat(",1 b", 4000) + " FROM orders ORDER BY a" + strings.Repeat(",a", 20000),
		"Wheres":       "SELECT 1 FROM orders a JOIN orders b ON a.id=b.id" + strings.Repeat(" AND a.id=b.id", 4000),
		"StarNest":     strings.Repeat("SELECT *,* FROM (", 90) + "SELECT 1 x" + strings.Repeat(") t", 90),
		"Using":        "SELECT * FROM orders a" + strings.Repeat(" JOIN orders b USING (id)", 55),
		"StarCTEs":     "WITH c0 AS (SELECT *" + strings.Repeat(",*", 600) + " FROM orders)" + chain(55) + " SELECT * FROM c55",
		"StarSubs":     "SELECT 1" + strings.Repeat(", EXISTS (SELECT *"+strings.Repeat(",*", 650)+" FROM orders)", 40),
		"Unicode":      "SELECT '" + fill("😀")[:60000] + "'",
		"NaturalChain": "SELECT * FROM orders a0" + repeat(" NATURAL JOIN orders a%d", 60),
		"UsingMany":    "SELECT 1 FROM orders a JOIN orders b USING (id" + fill(",id")[:60000] + ")",
		"JoinWheres":   "SELECT 1 FROM orders a0" + repeat(" JOIN orders a%d ON a0.id = a%[1]d.id", 55) + " WHERE 1" + repeat(" AND a0.id=a1.id", 3500),
		"Barrier":      "SELECT id FROM orders WHERE id = 1" + fill(" AND id=1")[:60000],
		"BarrierIn":    "SELECT id FROM orders WHERE id IN (1" + fill(",1")[:60000] + ")",
		"CaseWhens":    "SELECT CASE id" + fill(" WHEN 1 THEN 2")[:60000] + " END FROM orders",
		"Strings":      "SELECT 'a'" + fill(" 'a'")[:60000],
		"Coalesce":     "SELECT COALESCE(id" + fill(",id")[:60000] + ") FROM orders",
		"Overs":        "SELECT 1" + fill(",SUM(id) OVER (ORDER BY id)")[:60000] + " FROM orders",
		"Derived":      "SELECT 1 FROM (SELECT 1 a) a0" + repeat(" JOIN (SELECT 1 a) a%d ON 1", 58),
		"Exprs":        "SELECT id" + fill("+id*id-id/id%id")[:60000] + " FROM orders",
		"Likes":        "SELECT id FROM orders WHERE 1" + fill(" AND status LIKE 'a'")[:60000],
		"Aliases":      "SELECT id a" + fill(",a.id a")[:60000] + " FROM orders a ORDER BY a",
		"Recursive":    "WITH RECURSIVE t AS (SELECT 1 n" + fill(" UNION ALL SELECT n FROM t")[:60000] + ") SELECT n FROM t",
		"CTEUses":      "WITH t AS (SELECT * FROM orders) SELECT 1" + repeat(", (SELECT MAX(id) FROM t)", 55),
		"Keys":         "SELECT id" + repeat(", id+%d", 4000) + " FROM orders GROUP BY id" + repeat(", id+%d", 3500),
		"Unknown":      "SELECT " + fill("a.")[:200] + "x" + fill(",amonut")[:60000] + " FROM orders",
		"Slashes":      "SELECT '" + fill("\\\\")[:60000] + "'",
		"Emoji":        "SELECT " + fill("'😀',")[:60000] + "1",
		"Escapes":      "SELECT `" + fill("a``")[:60000] + "`",
		"Semicolons":   "SELECT 1" + fill(";")[:60000],
		"Params":       "SELECT ?" + fill(",?")[:60000],
		"Arrows":       "SELECT status" + fill("->'$.a'")[:60000] + " FROM orders",
		"ArrowList":    "SELECT 1" + fill(",status->>'$.a'")[:60000] + " FROM orders",
		"Concat":       "SELECT CONCAT('a'" + fill(",'a'")[:60000] + ")",
		"Lines":        "SELECT 1" + fill("-- \n")[:60000] + "+1",
		"Casts2":       "SELECT " + strings.Repeat("CAST(", 7000) + "1" + strings.Repeat(" AS CHAR)", 3000),
		"CastList":     "SELECT 1" + fill(",CAST(id AS CHAR)")[:60000] + " FROM orders",
		"DateAdds":     "SELECT 1" + fill(",ordered_at+INTERVAL 1 DAY")[:59980] + " FROM orders",
		"Leading":      "SELECT 1" + fill(",INTERVAL 1 DAY+ordered_at")[:59982] + " FROM orders",
		"RowIn":        "SELECT id FROM orders WHERE (id,id) IN ((1,1)" + fill(",(1,1)")[:60000] + ")",
		"InSubs":       "SELECT id FROM orders WHERE 1" + strings.Repeat(" AND id IN (SELECT id FROM orders)", 60),
		"UnionParens":  strings.Repeat("(", 95) + "SELECT 1" + strings.Repeat(" UNION SELECT 1)", 95),
		"Intersects":   "SELECT 1" + fill(" INTERSECT SELECT 1 EXCEPT SELECT 2")[:60000],
		"Frames":       "SELECT 1" + fill(",SUM(id) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)")[:59940] + " FROM orders",
		"NamedWindows": "SELECT 1" + repeat(",SUM(id) OVER w%d", 1500) + " FROM orders WINDOW w0 AS ()" + repeat(", w%d AS (w0)", 1500),
		"Counts":       "SELECT 1" + fill(",COUNT(*)")[:60000] + " FROM orders",
		"Sums":         "SELECT COUNT(*)" + fill(",SUM(amount)")[:60000] + " FROM orders",
		"SumOfSums":    "SELECT COUNT(*), SUM(amount" + fill("+amount")[:59990] + ") FROM orders",
		"CountsOf":     "SELECT 1" + repeat(",COUNT(id+%d)", 3000) + ",SUM(amount) FROM orders",
		"FigureNest":   strings.Repeat("SELECT COUNT(*) c, SUM(c) s FROM (", 60) + "SELECT id c FROM orders" + strings.Repeat(") t", 60),
		"FigureJoins":  "SELECT COUNT(*), SUM(a0.amount) FROM orders a0" + repeat(" JOIN orders a%d ON a0.id = a%[1]d.id", 55),
		"Havings":      "SELECT id x FROM orders GROUP BY id HAVING x=1" + fill(" AND x=1")[:60000],
		"Regexps":      "SELECT 'a'" + fill(" REGEXP 'a'")[:60000],
		"Chars":        "SELECT CHAR(65" + fill(",65")[:60000] + ")",
		"Introducers":  "SELECT _utf8mb4'a'" + fill(",_utf8mb4'a'")[:60000],
		"Braced":       "SELECT {d '2024-01-31'}" + fill(",{d '2024-01-31'}")[:59994],
		"Xors":         "SELECT 1" + fill(" XOR 1")[:60000],
		"Shifts":       "SELECT 1" + fill("<<1")[:60000],
		"MixedPrec":    "SELECT 1" + fill("+1*2|3&4^5 AND 6 OR 7")[:59997],
		"Distincts":    "SELECT COUNT(DISTINCT id" + fill(",id")[:60000] + ") FROM orders",
		"GroupConcats": "SELECT 1" + fill(",GROUP_CONCAT(id ORDER BY id)")[:59985] + " FROM orders",
	}
}

// hostileGates have no policies, and all of them.
func hostileGates(t testing.TB) map[string]Gate {
	strict := strictProfile()
	strict.Joins = "declared"
	snap := *shopSnapshot(askwire.MySQL)
	snap.Relationships = []askwire.Relationship{{From: askwire.ColumnRef{DB: "shop", Table: "orders", Column: "id"}, To: askwire.ColumnRef{DB: "shop", Table: "customers", Column: "id"}}}
	return map[string]Gate{
		"Plain":  {Policy: compile(t, shopProfile(), shopSnapshot(askwire.MariaDB)), Session: Session{Database: "shop"}},
		"Strict": {Policy: compile(t, strict, askwire.NewSnapshot(snap)), Session: strictSession()},
	}
}

const hostileMemory = 64 << 20

// TestHostileText: 64 KiB of anything is answered in little memory, by an error or an admitted statement: a stack that overflows
// would end the process and this test with it. How long it takes, BenchmarkHostileText prints.
func TestHostileText(t *testing.T) {
	for how, g := range hostileGates(t) {
		for name, text := range hostileTexts() {
			t.Run(how+name, func(t *testing.T) { hostile(t, g, text) })
		}
	}
}

// hostile has one text checked and measures what that allocates, which is more than what it holds at a time.
func hostile(t *testing.T, g Gate, text string) {
	if len(text) > maxText {
		t.Fatalf("%d bytes are refused for their number", len(text))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	st, err := g.admit(text, true)
	runtime.ReadMemStats(&after)
	if err != nil && askwire.CodeOf(err) == askwire.Internal {
		t.Errorf("not an askwire error: %v", err)
	}
	if err == nil && !st.Valid() {
		t.Error("neither an error nor a statement")
	}
	if alloc := after.TotalAlloc - before.TotalAlloc; alloc > hostileMemory {
		t.Errorf("allocated %d MiB", alloc>>20)
	}
}

// BenchmarkHostileText prints time and memory of each shape, and the processor time, which does not depend on what else the machine
// does (but has the collector's share): go test -run xxx -bench HostileText -benchtime 3x ./guard
func BenchmarkHostileText(b *testing.B) {
	for how, g := range hostileGates(b) {
		for name, text := range hostileTexts() {
			b.Run(how+name, func(b *testing.B) {
				b.ReportAllocs()
				began := processorTime()
				for b.Loop() {
					_, _ = g.full(text, true)
				}
				b.ReportMetric((processorTime()-began).Seconds()*1000/float64(b.N), "cpu-ms")
			})
		}
	}
}

// FuzzHostileText repeats what the fuzzer finds to 64 KiB.
func FuzzHostileText(f *testing.F) {
	for _, s := range [][3]string{{"SELECT 1", " AND 1", ""}, {"SELECT ", "(", "1"}, {"SELECT ", "NOT ", "1"}, {"SELECT 1 FROM orders", " JOIN orders", ""}, {"SELECT *", ",*", " FROM orders"},
		{"SELECT ", "CASE WHEN 1 THEN ", "1"}, {"", "WITH a AS (", "SELECT 1"}, {"SELECT 1", " UNION SELECT 1", ""}, {"SELECT '", "''", "'"}, {"SELECT id FROM orders WHERE id IN (1", ",?", ")"}} {
		f.Add(s[0], s[1], s[2], true)
	}
	gates := hostileGates(f)
	f.Fuzz(func(t *testing.T, before, unit, after string, strict bool) {
		room := maxText - len(before) - len(after)
		if unit == "" || room < len(unit) {
			return
		}
		g := gates["Plain"]
		if strict {
			g = gates["Strict"]
		}
		hostile(t, g, before+strings.Repeat(unit, room/len(unit))+after)
	})
}
