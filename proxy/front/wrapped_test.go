package front

import (
	"fmt"
	"strings"
	"testing"

	"github.com/askwire/askwire/guard/lex"
)

// seen prints a wrapped statement: its text with <1>, <2>, … for the sub-selects, then a line for each question.
func seen(w *Wrapped) string {
	subs := make([]string, len(w.Questions))
	for i := range subs {
		subs[i] = fmt.Sprintf("<%d>", i+1)
	}
	lines := []string{w.Text(subs)}
	arg := func(a Arg) string {
		if a.Param > 0 {
			return fmt.Sprintf("?%d", a.Param)
		}
		return a.Text
	}
	for _, q := range w.Questions {
		line := arg(q.Question)
		if q.Name != "" {
			line = "ask." + q.Name
		}
		if q.Args != nil {
			var args []string
			for _, a := range q.Args {
				args = append(args, arg(a))
			}
			line += "(" + strings.Join(args, ", ") + ")"
		}
		for _, o := range q.Options {
			line += " " + o.Name + "=" + arg(o.Value)
		}
		if len(q.Columns) > 0 {
			line += " wants " + strings.Join(q.Columns, ",")
		}
		for _, c := range q.Conditions {
			line += " where " + c.Name + "="
			if c.Null {
				line += "NULL"
			} else if c.Several {
				line += "…"
			} else {
				line += arg(c.Value)
			}
		}
		for _, f := range []struct {
			on   bool
			name string
		}{{q.Null, "null"}, {q.Summary, "summary"}, {q.Probe, "probe"}, {q.Ordered, "ordered"}} {
			if f.on {
				line += " " + f.name
			}
		}
		lines = append(lines, line)
	}
	if w.Params > 0 {
		lines = append(lines, fmt.Sprintf("%d markers", w.Params))
	}
	return strings.Join(lines, "\n")
}

func TestWrapped(t *testing.T) {
	long := strings.Repeat("지난달 고객별 매출 ", 8) + "😀"
	short := string([]rune(long)[:64])
	for _, tt := range []struct{ name, sql, want string }{
		{"Call", "SELECT * FROM ASK('top customers')", "SELECT * FROM (<1>) AS `ask`\ntop customers ordered"},
		{"Alias", "select t.a from ask('q') as t where t.b > 1", "select t.a from (<1>) as t where t.b > 1\nq wants a"},
		{"AliasBare", "SELECT a FROM ask ( 'q' ) t LIMIT 5", "SELECT a FROM (<1>) t LIMIT 5\nq wants a ordered"},
		{"Comment", "/* Redash */ -- x\n SELECT a FROM ask /* here */ ('q') /* end */", "/* Redash */ -- x\n SELECT a FROM (<1>) AS `ask` /* end */\nq wants a ordered"},
		{"Options", "SELECT a FROM ask('q', 'model', 'big', 'timeout', 30)", "SELECT a FROM (<1>) AS `ask`\nq model=big timeout=30 wants a ordered"},
		{"JSON", "SELECT a FROM ask('q', JSON_OBJECT('language', 'ko')) x", "SELECT a FROM (<1>) x\nq language=ko wants a ordered"},
		{"Schema", "SELECT `name`, SUM(`n`) FROM `ask`.`고객별 매출` GROUP BY `name`", "SELECT `name`, SUM(`n`) FROM (<1>) AS `고객별 매출` GROUP BY `name`\nask.고객별 매출 wants name,n"},
		{"Saved", "SELECT * FROM ask.monthly WHERE month = '2026-01'", "SELECT * FROM (<1>) AS `monthly` WHERE month = '2026-01'\nask.monthly where month=2026-01"},
		{"SavedCall", "SELECT * FROM ask.monthly('2026-01', 5, -1, ?) m", "SELECT * FROM (<1>) m\nask.monthly(2026-01, 5, -1, ?1) ordered\n1 markers"},
		{"SavedEmptyCall", "SELECT * FROM ask.monthly()", "SELECT * FROM (<1>) AS `monthly`\nask.monthly() ordered"},
		{"ThreeParts", "SELECT `ask`.`x y`.`a`, ask.`x y`.* FROM `ask`.`x y` ORDER BY ask.`x y`.a", "SELECT `x y`.`a`, `x y`.* FROM (<1>) AS `x y` ORDER BY `x y`.a\nask.x y wants a"},
		{"Bracket", "SELECT * FROM (ASK 'q') AS virtual_table LIMIT 1000", "SELECT * FROM (<1>) AS virtual_table LIMIT 1000\nq ordered"},
		{"BracketNoAlias", "SELECT COUNT(*) FROM ( ask 'q' USING model = 'm' )", "SELECT COUNT(*) FROM (<1>) AS `ask`\nq model=m"},
		{"Sqlglot", "SELECT * FROM (ASK AS `q`) AS t", "SELECT * FROM (<1>) AS t\nq ordered"},
		{"CTE", "WITH x AS (ASK 'q'), y (a, b) AS (SELECT * FROM x) SELECT * FROM y", "WITH x AS (<1>), y (a, b) AS (SELECT * FROM x) SELECT * FROM y\nq"},
		{"CTEGlot", "WITH x AS (ASK AS `q`) SELECT * FROM x", "WITH x AS (<1>) SELECT * FROM x\nq"},
		{"InList", "SELECT id FROM customers WHERE id IN (ASK 'ids')", "SELECT id FROM customers WHERE id IN (<1>)\nids"},
		{"Nested", "SELECT COUNT(*) FROM (SELECT a, b FROM (SELECT * FROM ask('q') x) y WHERE a > 1) z",
			"SELECT COUNT(*) FROM (SELECT a, b FROM (SELECT * FROM (<1>) x) y WHERE a > 1) z\nq ordered"},
		{"Joined", "SELECT c.name, q.total FROM customers c JOIN ask('sales') q ON q.id = c.id, ask('x')",
			"SELECT c.name, q.total FROM customers c JOIN (<1>) q ON q.id = c.id, (<2>) AS `ask`\nsales wants total\nx"},
		{"Several", "SELECT * FROM ask('a') CROSS JOIN ask('b') UNION SELECT * FROM ask('c')",
			"SELECT * FROM (<1>) AS `ask` CROSS JOIN (<2>) AS `ask_2` UNION SELECT * FROM (<3>) AS `ask_3`\na\nb\nc"},
		{"JoinBrackets", "SELECT * FROM (a JOIN ask('q') ON a.x = ask.y, ask.b)", "SELECT * FROM (a JOIN (<1>) AS `ask` ON a.x = ask.y, (<2>) AS `b`)\nq\nask.b"},
		{"Markers", "SELECT * FROM ask(?) WHERE a = ? LIMIT ?", "SELECT * FROM (<1>) AS `ask` WHERE a = ? LIMIT ?\n?1 where a=?2\n3 markers"},
		{"MarkerBehind", "SELECT ? + a FROM t JOIN ask(?) q ON q.i = ?", "SELECT ? + a FROM t JOIN (<1>) q ON q.i = ?\n?2\n3 markers"},
		{"Probe", "SELECT * FROM ask.x WHERE 1 = 0", "SELECT * FROM (<1>) AS `x` WHERE 1 = 0\nask.x probe"},
		{"ProbeBrackets", "SELECT * FROM ask.x WHERE (0 = 1) AND a = 1", "SELECT * FROM (<1>) AS `x` WHERE (0 = 1) AND a = 1\nask.x where a=1 probe"},
		{"ProbeLimit", "SELECT * FROM (SELECT * FROM ask.x) t WHERE 1 <> 1 LIMIT 0", "SELECT * FROM (SELECT * FROM (<1>) AS `x`) t WHERE 1 <> 1 LIMIT 0\nask.x probe ordered"},
		{"NoProbe", "SELECT * FROM ask.x WHERE 1 = 0 OR a = 1 LIMIT 0, 5", "SELECT * FROM (<1>) AS `x` WHERE 1 = 0 OR a = 1 LIMIT 0, 5\nask.x"},
		{"Or", "SELECT * FROM ask.x WHERE a = 1 AND (b = 2 OR c = 3) AND NOT (d = 4)", "SELECT * FROM (<1>) AS `x` WHERE a = 1 AND (b = 2 OR c = 3) AND NOT (d = 4)\nask.x where a=1"},
		{"OrBrackets", "SELECT * FROM ask.x WHERE (a = 1) OR (b = 2)", "SELECT * FROM (<1>) AS `x` WHERE (a = 1) OR (b = 2)\nask.x"},
		{"ConditionIn", "SELECT a FROM ask.x t WHERE t.m IN ('1') AND n IN (1, 2) AND '서울' = `city` AND d = DATE '2026-01-01' AND m2 = `m3` AND m4 IN (m5)",
			"SELECT a FROM (<1>) t WHERE t.m IN ('1') AND n IN (1, 2) AND '서울' = `city` AND d = DATE '2026-01-01' AND m2 = `m3` AND m4 IN (m5)\nask.x wants a where m=1 where n=… where city=서울 where d=2026-01-01"},
		{"ConditionDerived", "SELECT city, COUNT(*) FROM (SELECT * FROM ask.x WHERE n = 5) AS virtual_table WHERE city IN ('서울') AND other.a = 1 GROUP BY city",
			"SELECT city, COUNT(*) FROM (SELECT * FROM (<1>) AS `x` WHERE n = 5) AS virtual_table WHERE city IN ('서울') AND other.a = 1 GROUP BY city\nask.x where n=5 where city=서울"},
		{"ConditionTwice", "SELECT * FROM (SELECT * FROM (SELECT * FROM ask.x) a) b JOIN t ON 1 WHERE b.city = 'x' AND c = 'y'",
			"SELECT * FROM (SELECT * FROM (SELECT * FROM (<1>) AS `x`) a) b JOIN t ON 1 WHERE b.city = 'x' AND c = 'y'\nask.x where city=x ordered"},
		{"Null", "SELECT * FROM ask.x(1, null) a JOIN ask.y b ON a.n = b.n WHERE b.m = NULL AND b.k IN (null)",
			"SELECT * FROM (<1>) a JOIN (<2>) b ON a.n = b.n WHERE b.m = NULL AND b.k IN (null)\nask.x(1, null) null\nask.y where m=NULL where k=NULL"},
		{"ConditionNested", "SELECT `source`.`city` FROM (SELECT `ask`.`x`.`city` AS `city`, `ask`.`x`.n, x.* FROM `ask`.`x`) AS `source` WHERE (`source`.`city` = 'a') LIMIT 2000",
			"SELECT `source`.`city` FROM (SELECT `x`.`city` AS `city`, `x`.n, x.* FROM (<1>) AS `x`) AS `source` WHERE (`source`.`city` = 'a') LIMIT 2000\nask.x wants city,n where city=a ordered"},
		{"ConditionElsewhere", "SELECT * FROM (SELECT a AS city FROM ask.x) t WHERE city = 'x'", "SELECT * FROM (SELECT a AS city FROM (<1>) AS `x`) t WHERE city = 'x'\nask.x wants a ordered"},
		{"ConditionLimited", "SELECT * FROM (SELECT * FROM ask.x LIMIT 5) t WHERE city = 'x'", "SELECT * FROM (SELECT * FROM (<1>) AS `x` LIMIT 5) t WHERE city = 'x'\nask.x ordered"},
		{"ConditionUnion", "SELECT * FROM (SELECT * FROM ask.x UNION SELECT * FROM ask.y) t WHERE city = 'x'",
			"SELECT * FROM (SELECT * FROM (<1>) AS `x` UNION SELECT * FROM (<2>) AS `y`) t WHERE city = 'x'\nask.x\nask.y"},
		{"Conditions", "SELECT * FROM ask.x WHERE ((`x`.`month` = '2026-01') AND (n = 5)) AND f = g GROUP BY 1", "SELECT * FROM (<1>) AS `x` WHERE ((`x`.`month` = '2026-01') AND (n = 5)) AND f = g GROUP BY 1\nask.x where month=2026-01 where n=5"},
		{"Summary", "SELECT a, summary FROM ask('q')", "SELECT a, summary FROM (<1>) AS `ask`\nq wants a summary ordered"},
		{"SummaryOfOne", "SELECT q.summary, t.summary FROM t JOIN ask('q') q ON 1 JOIN ask('r') r", "SELECT q.summary, t.summary FROM t JOIN (<1>) q ON 1 JOIN (<2>) r\nq summary\nr"},
		{"SummaryOfTable", "SELECT summary FROM tickets, ask('q')", "SELECT summary FROM tickets, (<1>) AS `ask`\nq"},
		{"SummaryAlias", "SELECT a AS summary FROM ask('q')", "SELECT a AS summary FROM (<1>) AS `ask`\nq wants a ordered"},
		{"Wants", "SELECT DISTINCT name n, SUM(DISTINCT total) AS `SUM(total)`, 1, NULL, 'x', DATE '2026-01-01', a + b, CASE WHEN c THEN 1 END, COUNT(*), ask.d FROM ask('q')",
			"SELECT DISTINCT name n, SUM(DISTINCT total) AS `SUM(total)`, 1, NULL, 'x', DATE '2026-01-01', a + b, CASE WHEN c THEN 1 END, COUNT(*), ask.d FROM (<1>) AS `ask`\nq wants name,total,a,d"},
		{"Long", "SELECT `" + long + "`.`a` FROM ask.`" + long + "`", "SELECT `" + short + "`.`a` FROM (<1>) AS `" + short + "`\nask." + long + " wants a ordered"},
		{"Emoji", "SELECT * FROM ask.`how 😀?`", "SELECT * FROM (<1>) AS `how _?`\nask.how 😀? ordered"},
		{"Extract", "SELECT EXTRACT(YEAR FROM ask.d), TRIM(BOTH 'x' FROM n) FROM ask('q')", "SELECT EXTRACT(YEAR FROM ask.d), TRIM(BOTH 'x' FROM n) FROM (<1>) AS `ask`\nq"},
		{"Dots", "SELECT * FROM ask.`a.b``c`", "SELECT * FROM (<1>) AS `a.b``c`\nask.a.b`c ordered"},
		{"Window", "SELECT a, RANK() OVER w FROM ask('q') WINDOW w AS (ORDER BY a)", "SELECT a, RANK() OVER w FROM (<1>) AS `ask` WINDOW w AS (ORDER BY a)\nq wants a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd, err := Parse(tt.sql, Options{})
			if err != nil {
				t.Fatal(err)
			}
			w, ok := cmd.(*Wrapped)
			if !ok {
				t.Fatalf("read as %T", cmd)
			}
			if got := seen(w); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestWrappedModes(t *testing.T) {
	ansi := Options{Mode: lex.Mode{ANSIQuotes: true}}
	for _, tt := range []struct {
		name, sql, want string
		o               Options
	}{
		{"LibreOffice", `SELECT "a" FROM "ask"."top customers" WHERE ( 0 = 1 )`, "SELECT \"a\" FROM (<1>) AS `top customers` WHERE ( 0 = 1 )\nask.top customers wants a probe", ansi},
		{"AnsiAlias", `SELECT * FROM ASK('q') "t"`, "SELECT * FROM (<1>) \"t\"\nq ordered", ansi},
		{"AnsiBracket", `SELECT * FROM (ASK "q") "t"`, "SELECT * FROM (<1>) \"t\"\nq ordered", ansi},
		{"NoBackslash", `SELECT * FROM ASK('a\') t`, "SELECT * FROM (<1>) t\na\\ ordered", Options{Mode: lex.Mode{NoBackslashEscapes: true}}},
		{"Word", "SELECT * FROM frage('q') JOIN frage.x", "SELECT * FROM (<1>) AS `frage` JOIN (<2>) AS `x`\nq\nask.x", Options{Word: "frage"}},
		{"Home", "WITH c AS (SELECT 1) SELECT * FROM monthly, c, ask.other, shop.t", "WITH c AS (SELECT 1) SELECT * FROM (<1>) AS `monthly`, c, (<2>) AS `other`, shop.t\nask.monthly\nask.other", Options{Home: true}},
		{"HomeCall", "SELECT * FROM monthly('2026-01') m, JSON_TABLE('[]', '$' COLUMNS (a INT PATH '$')) j", "SELECT * FROM (<1>) m, JSON_TABLE('[]', '$' COLUMNS (a INT PATH '$')) j\nask.monthly(2026-01)", Options{Home: true}},
		{"HomeDual", "SELECT 1 FROM DUAL WHERE 1 IN (SELECT a FROM x)", "SELECT 1 FROM DUAL WHERE 1 IN (SELECT a FROM (<1>) AS `x`)\nask.x wants a ordered", Options{Home: true}},
		{"HomeFree", "SELECT * FROM `top customers` t", "SELECT * FROM (<1>) t\nask.top customers ordered", Options{Home: true}},
		{"Taken", "SELECT * FROM ask.t JOIN ask('q')", "SELECT * FROM ask.t JOIN (<1>) AS `ask`\nq", Options{Taken: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd, err := Parse(tt.sql, tt.o)
			if err != nil {
				t.Fatal(err)
			}
			w, ok := cmd.(*Wrapped)
			if !ok {
				t.Fatalf("read as %T", cmd)
			}
			if got := seen(w); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// TestNotWrapped: statements that only look like questions are the guard's.
func TestNotWrapped(t *testing.T) {
	for _, sql := range []string{
		"SELECT ask FROM t", "SELECT ask.id FROM ask", "SELECT x.a, ask.b FROM x JOIN ask ON ask.id = x.id", "SELECT * FROM ask WHERE ask.id IN (1)",
		"SELECT COUNT(ask) FROM t", "SELECT EXTRACT(YEAR FROM ask.at) FROM ask", "SELECT * FROM t ORDER BY ask", "SELECT 'FROM ask(''q'')' FROM t",
		"SELECT * FROM t -- FROM ask('q')", "SELECT f(ask, 'x') FROM t", "SELECT * FROM t AS ask", "DELETE FROM ask.x", "INSERT INTO t SELECT * FROM ask('q')",
		"SELECT 1 FROM t WHERE ask = 'q'", "WITH ask AS (SELECT 1) SELECT * FROM ask", "SELECT * FROM (SELECT 1) ask",
	} {
		if cmd, err := Parse(sql, Options{}); err != nil || fmt.Sprintf("%T", cmd) != "front.Plain" {
			t.Errorf("%s: %T, %v", sql, cmd, err)
		}
	}
	for sql, o := range map[string]Options{
		"SELECT * FROM ask.t": {Taken: true}, "SELECT * FROM ask 'x'": {Table: true}, `SELECT * FROM (ask "a" JOIN b)`: {Table: true, Mode: lex.Mode{ANSIQuotes: true}},
	} {
		if cmd, err := Parse(sql, o); err != nil || fmt.Sprintf("%T", cmd) != "front.Plain" {
			t.Errorf("%s: %T, %v", sql, cmd, err)
		}
	}
	for sql, want := range map[string]string{
		"SELECT * FROM ASK('top": "not closed", "SELECT * FROM (ASK 'top": "not closed", "SELECT * FROM ask.`top": "not closed", "SELECT * FROM ask 'top": "not closed",
		"SELECT * FROM ASK(top)": "must be a string", "SELECT * FROM ASK(@q)": "must be a string", "SELECT * FROM ASK 'q'": "needs brackets",
		"SELECT * FROM (ASK top customers)": "must be a string", "SELECT * FROM ASK('')": "empty", "SELECT * FROM (ASK '  ') t": "empty",
		"SELECT * FROM ASK('q', 'limit', 5)": "option limit", "SELECT * FROM (ASK 'q' and more) t": "not understood", "SELECT * FROM ask.x(1": "not closed",
		"SELECT * FROM ask.x(a.b)": "not closed", "SELECT * FROM ASK('q', 'nothing', 5)": "no option", "SELECT * FROM ask.": "no name",
		"SELECT * FROM ask('q') JOIN askwire.query_log":                  "askwire.*",
		"SELECT 1 FROM " + strings.Repeat("ask('q'), ", 16) + "ask('q')": "17 questions",
	} {
		if _, err := Parse(sql, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", sql, err, want)
		}
	}
	for _, sql := range []string{"(ASK 'q')", "( ASK 'q' USING summary = off ) ;", "(ASK AS `q`)"} {
		if cmd, err := Parse(sql, Options{}); err != nil || fmt.Sprintf("%T", cmd) != "*front.Ask" {
			t.Errorf("%s: %T, %v", sql, cmd, err)
		}
	}
}

func TestWrappedBind(t *testing.T) {
	cmd, err := Parse("SELECT ?, a FROM ask(?) JOIN ask.x(?) y WHERE y.m = ?", Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := cmd.(*Wrapped)
	if !w.Open() {
		t.Error("the question is not known, but nothing is open")
	}
	qs, left := w.Bind([]string{"1", "q", "2", "3"}), w.Markers(make([][]int, 2))
	if fmt.Sprint(left) != "[0 3]" || w.Asks(0) || !w.Asks(1) || !w.Asks(2) || w.Asks(3) || qs[0].Question.Text != "q" || qs[1].Args[0].Text != "2" || qs[1].Conditions[0].Value.Text != "3" {
		t.Errorf("%v %+v", left, qs)
	}
	if w.Questions[0].Question.Param != 2 {
		t.Error("Bind changed the statement")
	}
	read := Reading{qs[1].Conditions[0], "'drei'"}
	if text, left := w.Text([]string{"S", "T"}, read), w.Markers(make([][]int, 2), read); text != "SELECT ?, a FROM (S) AS `ask` JOIN (T) y WHERE y.m = 'drei'" || fmt.Sprint(left) != "[0]" {
		t.Errorf("%s %v", text, left)
	}
}

// TestWrappedMarkers: markers inside of a question's words count as the statement's, in the order of the text.
func TestWrappedMarkers(t *testing.T) {
	cmd, err := Parse("SELECT ?, a FROM ask('orders of ? since ?', 'language', ?) t JOIN ask.`of city ?` u ON u.a = ? WHERE a IN (ASK 'x of ?')", Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := cmd.(*Wrapped)
	var inside []string
	for _, q := range w.Questions {
		inside = append(inside, fmt.Sprint(q.First, q.Inside))
	}
	if got := strings.Join(inside, ", "); got != "1 2, 4 1, 6 1" || w.Params != 7 || !w.Open() || w.Asks(1) || !w.Asks(3) {
		t.Errorf("%s, %d markers", got, w.Params)
	}
	if got := fmt.Sprint(w.Markers([][]int{{2, 1, 2}, {4}, {6}})); got != "[0 2 1 2 4 5 6]" {
		t.Errorf("markers %s", got)
	}
}

// FuzzWrapped: no text ends the pass badly, and what is put in stands where the question stood.
func FuzzWrapped(f *testing.F) {
	for _, s := range []string{"ask.x a JOIN ask.y a WHERE a.m = 'z' AND a.n IN (?)", "(SELECT a.m AS m FROM ask.x a WHERE n = ?) t WHERE t.m IN ('y') AND DATE '2026-01-01' = d", "SELECT * FROM ask('q') t WHERE (a = 1 OR b = 2)", "WITH x AS (ASK 'q') SELECT * FROM x, ask.`y`", "SELECT (((((ask.a.b FROM (ask", "SELECT * FROM ask.x(1, 'a') UNION SELECT * FROM (t, ask.y)"} {
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, s string, home bool) {
		cmd, err := Parse("SELECT * FROM "+s, Options{Home: home})
		if w, ok := cmd.(*Wrapped); ok && err == nil {
			subs := make([]string, len(w.Questions))
			for i := range subs {
				subs[i] = "SELECT 1"
			}
			var readings []Reading
			for _, q := range w.Questions {
				for _, c := range q.Conditions {
					if !c.Several && !c.Null {
						readings = append(readings, Reading{c, "NULL"})
					}
				}
			}
			if got := strings.Count(w.Text(subs, readings...), "(SELECT 1)"); got < len(subs) {
				t.Errorf("%d of %d sub-selects in %q", got, len(subs), w.Text(subs, readings...))
			}
			if got := strings.Count(w.Text(subs), "(SELECT 1)"); got < len(subs) {
				t.Errorf("%d of %d sub-selects in %q", got, len(subs), w.Text(subs))
			}
		}
	})
}
