package front

import (
	"os"
	"strings"
	"testing"
)

func TestAssigned(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"Column", "SELECT @a := x AS one, @a + 1 AS two FROM t", "SELECT x AS one, (x) + 1 AS two FROM t"},
		{"Heading", "SELECT @a := x, y FROM t WHERE y > 1;", "SELECT x AS `@a := x`, y FROM t WHERE y > 1;"},
		{"Case", "SELECT CASE k WHEN 1 THEN @a := 2 ELSE @a := 3 END AS c, @a d, (@A) e FROM t",
			"SELECT CASE k WHEN 1 THEN 2 ELSE 3 END AS c, (CASE k WHEN 1 THEN 2 ELSE 3 END) AS d, ((CASE k WHEN 1 THEN 2 ELSE 3 END)) AS e FROM t"},
		{"Searched", "SELECT CASE WHEN k = 1 THEN @a := 2 WHEN k IN (2, 3) THEN @a := n ELSE @a := 3 END c, IF(@a = 2, 'x', 'y') AS e",
			"SELECT CASE WHEN k = 1 THEN 2 WHEN k IN (2, 3) THEN n ELSE 3 END AS c, IF((CASE WHEN k = 1 THEN 2 WHEN k IN (2, 3) THEN n ELSE 3 END) = 2, 'x', 'y') AS e"},
		{"If", "SELECT @a := 1 AS a, IF(k = 1, @a := 2, 9) AS b, @a AS c FROM t", "SELECT 1 AS a, IF(k = 1, 2, 9) AS b, (IF(k = 1, 2, 1)) AS c FROM t"},
		{"Cast", "SELECT CAST(@a := x AS CHAR) AS a, @a AS b FROM t", "SELECT CAST(x AS CHAR) AS a, (x) AS b FROM t"},
		{"Again", "SELECT @a := 1 AS a, @a := @a + 1 AS b, @a AS c FROM t", "SELECT 1 AS a, (1) + 1 AS b, ((1) + 1) AS c FROM t"},
		{"Quoted", "SELECT @`a` := 1 AS a, @A AS b", "SELECT 1 AS a, (1) AS b"},
		// What holds the value of another row, or of another session, is not followed.
		{"ReadBefore", "SELECT @n := @n + 1 AS n FROM t", ""},
		{"ReadFirst", "SELECT @a AS b, @a := 1 AS a FROM t", ""},
		{"SomeBranches", "SELECT CASE WHEN k = 1 THEN @a := 2 ELSE 3 END AS c, @a AS d FROM t", ""},
		{"NoElse", "SELECT CASE WHEN k = 1 THEN @a := 2 END AS c FROM t", ""},
		{"Where", "SELECT @a := x AS a FROM t WHERE @a > 1", ""},
		{"InWhere", "SELECT x FROM t WHERE (@a := x) > 1", ""},
		{"Group", "SELECT @a := x AS a, COUNT(*) AS n FROM t GROUP BY a", ""},
		{"Union", "SELECT @a := 1 AS a UNION SELECT @a", ""},
		{"SubSelect", "SELECT @a := (SELECT MAX(x) FROM u) AS a FROM t", ""},
		{"Aggregate", "SELECT @a := SUM(x) AS a FROM t", ""},
		{"Random", "SELECT @a := RAND() AS a, @a AS b FROM t", ""},
		{"Operand", "SELECT 1 + (@a := x) AS a FROM t", ""},
		{"Condition", "SELECT IF((@a := x) > 1, 1, 2) AS a FROM t", ""},
		{"OtherVariable", "SELECT @a := @b AS a FROM t", ""},
		{"Distinct", "SELECT DISTINCT @a := x AS a FROM t", ""},
		{"Marker", "SELECT @a := ? AS a, @a AS b FROM t", ""},
		{"Unbalanced", "SELECT @a := (1 AS a FROM t", ""},
		{"Doubling", "SELECT @a := 1 AS a" + strings.Repeat(", @a := @a + @a AS a", 40) + " FROM t", ""},
		{"Deep", "SELECT @a := " + strings.Repeat("(", 200) + "1" + strings.Repeat(")", 200) + " AS a FROM t", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd, err := Parse(tt.in, Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if a, ok := cmd.(*Assigned); ok {
				got = a.SQL
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestSQLColumns: what MariaDB Connector/ODBC sends for SQLColumns is followed.
func TestSQLColumns(t *testing.T) {
	text, err := os.ReadFile("testdata/sqlcolumns.sql")
	if err != nil {
		t.Fatal(err)
	}
	cmd, err := Parse(string(text), Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, ok := cmd.(*Assigned)
	if !ok || strings.ContainsAny(a.SQL, "@") || strings.Join(a.Names, " ") != "colsize dt tol" {
		t.Errorf("%T %+v", cmd, a)
	}
}
