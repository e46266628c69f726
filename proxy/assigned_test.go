package proxy

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// TestAssigned: a SELECT that keeps values in user variables from column to column answers as the server does, and nothing of it
// stays on the backend's connection.
func TestAssigned(t *testing.T) {
	columns, err := os.ReadFile("front/testdata/sqlcolumns.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []engine.Kind{engine.MariaDB, engine.MySQL} {
		t.Run(string(kind), func(t *testing.T) {
			h := openOn(t, enginetest.Get(t, kind))
			c := h.conn()
			all := strings.ReplaceAll(string(columns), "LIKE 'customers'", "LIKE 'orders'")
			for _, q := range []string{all, "SELECT @a := total * 2 AS twice, IF(@a > 20, 'much', 'little') AS how, @a FROM orders ORDER BY id",
				"SELECT CASE customer_id WHEN 1 THEN @x := 'one' ELSE @x := note END AS c, CONCAT(@x, '!') AS d FROM orders ORDER BY id"} {
				if got, want := table(t, c, q), table(t, h.direct, q); got != want {
					t.Errorf("%s\ngot  %s\nwant %s", q, got, want)
				}
			}
			if n := number(t, c, "SELECT @a"); n != 1235 {
				t.Errorf("a variable that a SELECT has assigned to: error %d", n)
			}
			names := make([]string, maxUserVars)
			for i := range names {
				names[i] = fmt.Sprintf("@v%d := 1 AS v%d", i, i)
			}
			if n := number(t, h.conn(), "SELECT "+strings.Join(names, ", ")+", @more := 1 AS more"); n != 1231 {
				t.Errorf("too many variables: error %d", n)
			}
			do(t, c, "SET @a = 7")
			if got := table(t, c, "SELECT @a"); got != "@a\n7" {
				t.Errorf("set anew: %s", got)
			}
			for _, q := range []string{"SELECT @n := @n + 1 AS n FROM orders", "SELECT @a := ssn AS a FROM customers", "SELECT id FROM orders WHERE (@a := id) > 1",
				"SELECT @a := (SELECT v FROM secrets) AS a"} {
				if got, err := tryTable(t, c, q); err == nil {
					t.Errorf("%s is answered: %s", q, got)
				}
			}
		})
	}
}
