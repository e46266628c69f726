package guard

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/askwire/askwire"
)

var families = []askwire.Family{askwire.MariaDB, askwire.MySQL, askwire.TiDB, askwire.Embedded}

// TestLists tries every entry of the lists that are written in code: what is on them is admitted and printed as it should be,
// what is not is refused.
func TestLists(t *testing.T) {
	g := Gate{Policy: compile(t, shopProfile(), shopSnapshot(askwire.MySQL)), Session: Session{Database: "shop"}}
	for _, l := range []struct {
		name    string
		form    string // %s is the entry
		allowed string
		denied  string
	}{
		{"Charset", "CONVERT('a' USING %s)", "utf8mb4 utf8 latin1 ascii binary", "gbk gb2312 gb18030 big5 sjis cp932 ujis eucjpms euckr utf16 utf16le utf32 ucs2 koi8r hebrew swe7"},
		{"CastCharset", "CAST('a' AS CHAR CHARACTER SET %s)", "utf8mb4 utf8 latin1 ascii", "gbk big5 sjis utf16"},
		{"Introducer", "_%s'a'", "utf8mb4 utf8 latin1 ascii binary", "gbk big5 sjis utf16 ucs2"},
		{"Collation", "'a' COLLATE %s", "utf8mb4_general_ci utf8mb4_bin utf8mb4_0900_ai_ci utf8_bin latin1_bin ascii_bin binary", "gbk_bin gbk_chinese_ci gb18030_bin utf16_bin nothing_ci"},
		{"CastType", "CAST(1 AS %s)", "CHAR CHAR(5) BINARY BINARY(5) SIGNED UNSIGNED DECIMAL DECIMAL(5) DATE DATETIME DATETIME(3) TIME TIME(3) JSON DOUBLE FLOAT YEAR",
			"POINT INT VARCHAR(5) BLOB BIT"},
		{"TimeUnit", "NOW() + INTERVAL 1 %s", "MICROSECOND SECOND MINUTE HOUR DAY WEEK MONTH QUARTER YEAR SECOND_MICROSECOND MINUTE_MICROSECOND MINUTE_SECOND " +
			"HOUR_MICROSECOND HOUR_SECOND HOUR_MINUTE DAY_MICROSECOND DAY_SECOND DAY_MINUTE DAY_HOUR YEAR_MONTH", "CENTURY"},
		{"Operator", "7 %s 2", "OR XOR AND = != < <= > >= <=> | & << >> + - * / DIV % ^", ":= -> ->>"},
	} {
		t.Run(l.name, func(t *testing.T) {
			for _, entry := range strings.Fields(l.allowed) {
				text := fmt.Sprintf(l.form, entry)
				st, err := g.Check("SELECT " + text + " AS x FROM orders")
				if err != nil || !strings.Contains(strings.ToUpper(st.Text()), strings.ToUpper(entry)) {
					t.Errorf("%s: %q, %v", text, st.Text(), err)
				}
			}
			for _, entry := range strings.Fields(l.denied) {
				if st, err := g.Check("SELECT " + fmt.Sprintf(l.form, entry) + " AS x FROM orders"); err == nil {
					t.Errorf("%s is admitted: %s", entry, st.Text())
				}
			}
		})
	}
	t.Run("Engines", func(t *testing.T) {
		for _, fam := range families {
			g := Gate{Policy: compile(t, shopProfile(), shopSnapshot(fam))}
			if _, err := g.Check("SELECT ABS(1), SUM(1)"); err != nil {
				t.Errorf("%s: %v", fam, err)
			}
		}
		if function := functions["abs"]; function.hasEngine("postgres") {
			t.Error("an unknown server has ABS")
		}
	})
	t.Run("SessionFunctions", func(t *testing.T) {
		var names []string
		for name, f := range functions {
			if f.kind == sessionFunction {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		want := "connection_id current_role current_user database found_rows last_insert_id row_count schema session_user system_user user version"
		if strings.Join(names, " ") != want {
			t.Errorf("got %s", strings.Join(names, " "))
		}
		known := g
		known.Session.Known = func(name string) (askwire.Value, bool) {
			return askwire.Value{Kind: askwire.String, Text: "known " + name}, true
		}
		for _, name := range names {
			st, err := known.Check("SELECT " + name + "() AS x")
			if err != nil || !strings.Contains(st.Text(), "'known "+name+"()'") {
				t.Errorf("%s: %q, %v", name, st.Text(), err)
			}
		}
	})
	t.Run("Printed", func(t *testing.T) {
		list := Functions()
		for _, name := range []string{"CHAR", "INSERT", "PASSWORD", "ABS"} {
			if !slices.ContainsFunc(list, func(f FunctionInfo) bool { return f.Name == name }) {
				t.Errorf("%s is not on the list", name)
			}
		}
		kinds := map[string]int{}
		for _, f := range list {
			kinds[f.Kind]++
			if len(f.Engines) == 0 || f.Allowed == (f.Reason != "") {
				t.Errorf("%+v", f)
			}
		}
		if kinds["function"] < 600 || kinds["aggregate"] != 18 || kinds["window"] != 11 || kinds["session"] != 12 || len(kinds) != 4 {
			t.Errorf("%v", kinds)
		}
	})
	t.Run("Explain", func(t *testing.T) {
		want := map[askwire.Family]string{
			askwire.MariaDB:  "=EXPLAIN SELECT 1 json=EXPLAIN FORMAT=JSON SELECT 1",
			askwire.MySQL:    "=EXPLAIN FORMAT=TRADITIONAL SELECT 1 json=EXPLAIN FORMAT=JSON SELECT 1 tree=EXPLAIN FORMAT=TREE SELECT 1",
			askwire.TiDB:     "=EXPLAIN FORMAT='row' SELECT 1 json=EXPLAIN FORMAT='tidb_json' SELECT 1 tree=EXPLAIN FORMAT='brief' SELECT 1",
			askwire.Embedded: "=EXPLAIN SELECT 1 tree=EXPLAIN FORMAT=TREE SELECT 1",
		}
		for _, fam := range families {
			g := Gate{Policy: compile(t, shopProfile(), shopSnapshot(fam))}
			var got []string
			for _, format := range []string{"", "json", "tree", "analyze"} {
				if st, err := g.Explain("SELECT 1", format); err == nil {
					got = append(got, format+"="+strings.TrimSuffix(st.Text(), " AS `1` LIMIT 10001"))
				}
			}
			if strings.Join(got, " ") != want[fam] {
				t.Errorf("%s: %s", fam, strings.Join(got, " "))
			}
		}
	})
}

// TestControl: the closed list of statements that are no checked SELECT, and the values that may stand in them.
func TestControl(t *testing.T) {
	for fam, want := range map[askwire.Family]string{
		askwire.MariaDB: "SET NAMES utf8mb4; SET SESSION sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', " +
			"SESSION max_recursive_iterations = 1000; SET SESSION TRANSACTION READ ONLY",
		askwire.MySQL: "SET NAMES utf8mb4; SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', " +
			"SESSION cte_max_recursion_depth = 1000; SET SESSION TRANSACTION READ ONLY",
		askwire.TiDB: "SET NAMES utf8mb4; SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', " +
			"SESSION cte_max_recursion_depth = 1000",
		askwire.Embedded: "SET NAMES utf8mb4; SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'",
	} {
		if got := texts(ControlInit(fam)); got != want {
			t.Errorf("%s: %s", fam, got)
		}
	}
	for _, tt := range []struct {
		fam  askwire.Family
		pins Pins
		want string // "" = an error
	}{
		{askwire.MariaDB, Pins{TimeZone: "+09:00", Time: 1500e6, Isolation: "READ-COMMITTED"},
			"SET SESSION time_zone = '+09:00', SESSION max_statement_time = 1.500; SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"},
		{askwire.MySQL, Pins{TimeZone: "Asia/Seoul", Time: 1, Isolation: "serializable"},
			"SET SESSION time_zone = 'Asia/Seoul', SESSION max_execution_time = 1; SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE"},
		{askwire.TiDB, Pins{Time: 2e9, Isolation: "REPEATABLE-READ"}, "SET SESSION max_execution_time = 2000; SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"},
		{askwire.Embedded, Pins{Time: 2e9, Isolation: "READ-UNCOMMITTED", TimeZone: "SYSTEM"},
			"SET SESSION time_zone = 'SYSTEM'; SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED"},
		{askwire.MariaDB, Pins{Concat: 100}, "SET SESSION group_concat_max_len = 100"},
		{askwire.MySQL, Pins{Time: 1e9, Concat: -1}, "SET SESSION max_execution_time = 1000, SESSION group_concat_max_len = DEFAULT"},
		{askwire.MySQL, Pins{Isolation: "READ COMMITTED"}, ""},
		{askwire.MySQL, Pins{TimeZone: "+09:00', sql_mode = '"}, ""},
		{askwire.MySQL, Pins{TimeZone: "a b"}, ""},
		{askwire.MySQL, Pins{TimeZone: strings.Repeat("a", 65)}, ""},
	} {
		list, err := ControlPin(tt.fam, tt.pins)
		if got := texts(list); got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%+v: %s, %v", tt.pins, got, err)
		}
	}
}

func texts(list []Statement) string {
	out := make([]string, len(list))
	for i, st := range list {
		out[i] = st.Text()
	}
	return strings.Join(out, "; ")
}

// TestControlShow: the statements of the closed list are there, each without rows or one that shows no data, and no others.
func TestControlShow(t *testing.T) {
	const names = "character sets, collations, columns, databases, engines, errors, events, full columns, full tables, functions, indexes, open tables, " +
		"plugins, privileges, procedures, process list, status, table status, tables, triggers, variables, warnings"
	if got := strings.Join(slices.Sorted(maps.Keys(shows)), ", "); got != names {
		t.Errorf("the list is %s", got)
	}
	for what, text := range shows {
		if st, ok := ControlShow(what); !ok || st.Text() != text {
			t.Errorf("%s is %q, %v", what, st.Text(), ok)
		}
	}
	if st, ok := ControlShow("grants"); ok || st.Valid() {
		t.Errorf("grants is %q", st.Text())
	}
}

// TestControlValueLists: the closed lists hold these and no others.
func TestControlValueLists(t *testing.T) {
	const calls = "connection_id() current_role() current_user current_user() database() found_rows() last_insert_id() row_count() schema() " +
		"session_user() system_user() user() version()"
	if got := strings.Join(slices.Sorted(maps.Keys(valueFunctions)), " "); got != calls {
		t.Errorf("the functions are %s", got)
	}
	if got := strings.Join(slices.Sorted(maps.Keys(userValues)), " "); got != "@decimal @float @int @null @string" {
		t.Errorf("the user variables are %s", got)
	}
}

// TestMetadataList writes out what every family's information_schema shows of a profile with every kind of rule: each table with
// its columns, what stands for hidden ones, and the condition on its rows. -update rewrites the list.
func TestMetadataList(t *testing.T) {
	const file = "testdata/metadata.golden"
	var b strings.Builder
	for _, fam := range families {
		p := strictProfile()
		p.Masks["shop.products.price"] = "null"
		policy := compile(t, p, shopSnapshot(fam))
		fmt.Fprintf(&b, "## %s\n", fam)
		for _, name := range slices.Sorted(maps.Keys(policy.meta)) {
			r := policy.meta[name]
			fmt.Fprintf(&b, "%s", r.id)
			for _, f := range []struct {
				on   bool
				name string
			}{{r.wrap, "reduced"}, {r.barrier, "barrier"}} {
				if f.on {
					b.WriteString(" " + f.name)
				}
			}
			b.WriteString("\n")
			var hidden []string
			cols := make([]string, len(r.cols))
			for i, c := range r.cols {
				cols[i] = c.name
				if c.class == textType {
					cols[i] += "'"
				}
				if c.expr != nil {
					hidden = append(hidden, "  "+c.name+" is "+c.expr.text+"\n")
				}
			}
			fmt.Fprintf(&b, "  %s\n", strings.Join(cols, " "))
			sort.Strings(hidden)
			b.WriteString(strings.Join(hidden, ""))
			if r.filter != nil {
				fmt.Fprintf(&b, "  where %s\n", r.filter.text)
			}
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	wanted, got := strings.Split(string(want), "\n"), strings.Split(b.String(), "\n")
	for i := range min(len(wanted), len(got)) {
		if wanted[i] != got[i] {
			t.Fatalf("line %d\nwant %s\ngot  %s", i+1, wanted[i], got[i])
		}
	}
	if len(wanted) != len(got) {
		t.Fatalf("%d lines wanted, got %d", len(wanted), len(got))
	}
}
