package nl

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/askwire/askwire"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run go test -update and read the diff.\n%s", name, firstDifference(got, string(want)))
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		var a, b string
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			return fmt.Sprintf("line %d\n got: %s\nwant: %s", i+1, a, b)
		}
	}
	return ""
}

func TestExtract(t *testing.T) {
	cases := []struct{ name, text, sql, err, cannot string }{
		{name: "Plain", text: "SELECT 1", sql: "SELECT 1"},
		{name: "Semicolon", text: "SELECT 1;\n", sql: "SELECT 1"},
		{name: "Fence", text: "Here it is:\n```sql\nSELECT a FROM t;\n```\nIt counts.", sql: "SELECT a FROM t"},
		{name: "FenceWithoutLanguage", text: "```\nSELECT a FROM t\n```", sql: "SELECT a FROM t"},
		{name: "FenceOnOneLine", text: "```sql SELECT a FROM t```", sql: "SELECT a FROM t"},
		{name: "UnfinishedFence", text: "```sql\nSELECT a\nFROM t", sql: "SELECT a\nFROM t"},
		{name: "FirstFenceWins", text: "```sql\nSELECT a FROM t\n```\nor\n```sql\nSELECT b FROM t\n```", sql: "SELECT a FROM t"},
		{name: "SQLBeforeFence", text: "SELECT a FROM t;\n```\nThis counts.\n```", sql: "SELECT a FROM t"},
		{name: "ProseAfterSemicolon", text: "SELECT a FROM t;\n\nThis query counts.", sql: "SELECT a FROM t"},
		{name: "ProseAfterParagraph", text: "SELECT a FROM t\n\nThis query counts.", sql: "SELECT a FROM t"},
		{name: "ClauseAfterParagraph", text: "SELECT a\nFROM t\n\nWHERE b = 1", sql: "SELECT a\nFROM t\n\nWHERE b = 1"},
		{name: "ProseThatSoundsLikeSQL", text: "SELECT a FROM t;\n\nSelect this one when you are in doubt.", sql: "", err: "several"},
		{name: "ProseBefore", text: "The query is:\nSELECT a FROM t", sql: "SELECT a FROM t"},
		{name: "Label", text: "SQL: SELECT a FROM t", sql: "SELECT a FROM t"},
		{name: "With", text: "WITH x AS (SELECT 1) SELECT * FROM x", sql: "WITH x AS (SELECT 1) SELECT * FROM x"},
		{name: "Parentheses", text: "(SELECT 1) UNION (SELECT 2)", sql: "(SELECT 1) UNION (SELECT 2)"},
		{name: "SemicolonInString", text: "SELECT ';' AS a", sql: "SELECT ';' AS a"},
		{name: "BlankLineInString", text: "SELECT 'a\n\nThis' AS b", sql: "SELECT 'a\n\nThis' AS b"},
		{name: "Several", text: "SELECT 1; SELECT 2", err: "several"},
		{name: "HiddenWrite", text: "SELECT 1; DROP TABLE t", err: "several"},
		{name: "CommentThenWrite", text: "SELECT 1; -- x\nDELETE FROM t", err: "several"},
		{name: "Write", text: "DELETE FROM t", sql: "DELETE FROM t"}, // the guard's to refuse
		{name: "ProseOnly", text: "I am sorry, I cannot do that.", err: "no SQL"},
		{name: "ProseWithVerb", text: "With this query you select the rows.", err: "no SQL"},
		{name: "Empty", text: " \n", err: "empty"},
		{name: "Thinking", text: "<think>SELECT 0; DROP TABLE t</think>\nSELECT 1", sql: "SELECT 1"},
		{name: "ThinkingWithoutOpening", text: "so I will\n</think>\n\nSELECT 1", sql: "SELECT 1"},
		{name: "ThinkingNeverEnds", text: "<think>SELECT 1", err: "empty"},
		{name: "JSON", text: `{"sql": "SELECT 1", "tables": ["a.b"], "assumptions": [], "cannot_answer": ""}`, sql: "SELECT 1"},
		{name: "JSONInFence", text: "```json\n{\"sql\": \"SELECT 1;\"}\n```", sql: "SELECT 1"},
		{name: "JSONAfterProse", text: "Sure! {\"sql\": \"SELECT 1\"} Anything else?", sql: "SELECT 1"},
		{name: "JSONWithFence", text: "{\"sql\": \"```sql\\nSELECT 1\\n```\"}", sql: "SELECT 1"},
		{name: "JSONWithRawBreaks", text: "{\"sql\": \"SELECT a\nFROM t\"}", sql: "SELECT a\nFROM t"},
		{name: "JSONNulls", text: `{"sql": "SELECT 1", "cannot_answer": null, "tables": null}`, sql: "SELECT 1"},
		{name: "JSONCut", text: `{"sql": "SELECT a FROM t WHERE`, err: "not complete"},
		{name: "JSONSeveral", text: `{"sql": "SELECT 1; SELECT 2"}`, err: "several"},
		{name: "JSONNeither", text: `{"sql": "", "cannot_answer": ""}`, err: "neither"},
		{name: "JSONOther", text: `{"a": 1} SELECT`, err: "no SQL"},
		{name: "CannotAnswer", text: `{"sql": null, "cannot_answer": "There is no weather."}`, cannot: "There is no weather."},
		{name: "CannotAnswerTrue", text: `{"sql": "", "cannot_answer": true}`, cannot: "The model gave no reason."},
		{name: "CannotAnswerBesideSQL", text: `{"sql": "SELECT 1", "cannot_answer": "false"}`, sql: "SELECT 1"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a, err := extract(c.text)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Fatalf("got %+v, %v; want an error with %q", a, err, c.err)
				}
				if !askwire.CodeOf(err).ModelCanCorrect() {
					t.Errorf("code %d is none that a model corrects", askwire.CodeOf(err))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if a.sql != c.sql || a.cannotAnswer != c.cannot {
				t.Errorf("got sql %q, cannot answer %q", a.sql, a.cannotAnswer)
			}
		})
	}
}

// recordedSnapshot has the names that the recorded answers need.
func recordedSnapshot() *askwire.Snapshot {
	table := func(name string, cols ...string) *askwire.Table {
		t := &askwire.Table{DB: "bird", Name: name}
		for _, c := range cols {
			t.Columns = append(t.Columns, askwire.Column{Name: c, Type: "text"})
		}
		return t
	}
	return askwire.NewSnapshot(askwire.Snapshot{Tables: []*askwire.Table{
		table("Patient", "ID", "SEX", "Birthday", "Admission", "Diagnosis"), table("Examination", "ID", "Examination Date", "Thrombosis"),
		table("member", "member_id", "first_name"), table("account", "account_id", "date"), table("order", "order_id", "amount"),
		table("set_translations", "setCode", "language"), table("Player", "id", "rank"),
	}})
}

func TestRecordedAnswers(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "recorded.json"))
	if err != nil {
		t.Fatal(err)
	}
	var recorded []struct {
		I     int
		DB    string
		Model string
		Text  string
	}
	if err := json.Unmarshal(raw, &recorded); err != nil {
		t.Fatal(err)
	}
	snap := recordedSnapshot()
	var b strings.Builder
	for _, r := range recorded {
		fmt.Fprintf(&b, "=== %d %s\n", r.I, r.Model)
		a, err := extract(r.Text)
		if err != nil {
			fmt.Fprintf(&b, "refused: %s\n\n", err)
			continue
		}
		sql, _ := quotedNames(a.sql, snap)
		sql, _ = repairFromCatalog(sql, snap)
		if strings.Contains(sql, fence) || strings.HasSuffix(sql, ";") || !startsSQL(sql) {
			t.Errorf("%d %s: not clean: %q", r.I, r.Model, sql)
		}
		b.WriteString(sql + "\n\n")
	}
	golden(t, "recorded.golden", b.String())
}

func TestRepairFromCatalog(t *testing.T) {
	snap := recordedSnapshot()
	cases := []struct{ name, in, want string }{
		{"Escapes", `SELECT first\_name FROM member WHERE member\_id = 'a\_b'`, `SELECT first_name FROM member WHERE member_id = 'a_b'`},
		{"EscapedStar", `SELECT COUNT(\*) \* 100 FROM member`, `SELECT COUNT(*) * 100 FROM member`},
		{"LikePatternKept", `SELECT first\_name FROM member WHERE first_name LIKE 'a\_b'`, `SELECT first_name FROM member WHERE first_name LIKE 'a\_b'`},
		{"EscapeInStringOnlyKept", `SELECT 1 FROM member WHERE first_name LIKE 'a\_b'`, ""},
		{"ReservedTable", `SELECT amount FROM order`, "SELECT amount FROM `order`"},
		{"ReservedQualifier", `SELECT order.amount FROM order`, "SELECT `order`.amount FROM `order`"},
		{"OrderByKept", `SELECT amount FROM member ORDER BY amount`, ""},
		{"ReservedColumn", `SELECT rank, id FROM Player ORDER BY rank DESC`, "SELECT `rank`, id FROM Player ORDER BY `rank` DESC"},
		{"FunctionKept", `SELECT RANK() OVER (ORDER BY id) FROM Player`, ""},
		{"QuotedColumnAfterDot", `SELECT e."Examination Date" FROM Examination e`, "SELECT e.`Examination Date` FROM Examination e"},
		{"QuotedColumnInList", `SELECT "ID", "SEX" FROM Patient`, "SELECT `ID`, `SEX` FROM Patient"},
		{"QuotedColumnCompared", `SELECT 1 FROM Patient WHERE "SEX" = 'F'`, "SELECT 1 FROM Patient WHERE `SEX` = 'F'"},
		{"QuotedValueKept", `SELECT ID FROM Patient WHERE SEX = "Diagnosis"`, ""},
		{"QuotedValuesInListKept", `SELECT ID FROM Patient WHERE SEX IN ("SEX", "ID")`, ""},
		{"QuotedArgumentKept", `SELECT CONCAT(SEX, "ID") FROM Patient`, ""},
		{"QuotedAggregate", `SELECT COUNT("ID") FROM Patient`, "SELECT COUNT(`ID`) FROM Patient"},
		{"QuotedUnknownKept", `SELECT "nobody" FROM Patient`, ""},
		{"BackquoteInsideKept", "SELECT e.\"a`b\" FROM Examination e", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, ok := repairFromCatalog(c.in, snap)
			if c.want == "" && (ok || got != c.in) {
				t.Errorf("changed to %s", got)
			}
			if c.want != "" && got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func FuzzExtract(f *testing.F) {
	for _, s := range []string{"```sql\nSELECT 1\n```", `{"sql":"SELECT 1"}`, "<think>x</think>SELECT a\\_b", "SELECT 'a;'; drop table x", "(((((", "`", "'\\"} {
		f.Add(s)
	}
	snap := recordedSnapshot()
	f.Fuzz(func(t *testing.T, s string) {
		a, err := extract(s)
		if err != nil {
			return
		}
		if a.sql != "" && !startsSQL(a.sql) {
			t.Errorf("%q became %q, which is no SQL", s, a.sql)
		}
		for _, tok := range scanSQL(a.sql) {
			if tok.is(a.sql, ";") {
				t.Errorf("%q became %q, which holds a semicolon", s, a.sql)
			}
		}
		fixed, _ := repairFromCatalog(a.sql, snap)
		quotedNames(fixed, snap)
	})
}
