package guard

import (
	"strconv"
	"strings"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
)

// TestFunctionTable reads the table of functions with plain SQL on every server. No server has it.
func TestFunctionTable(t *testing.T) {
	onServers(t, func(t *testing.T, s *enginetest.Server) {
		conn := pinned(t, s, "")
		profile := &askwire.Profile{Name: "p", Backend: "main", Tables: []string{"shop.orders"}, FunctionsAllow: []string{"soundex", "sleep", "my_function"}}
		snap := askwire.NewSnapshot(askwire.Snapshot{Server: askwire.Server{Family: s.Family}, Tables: []*askwire.Table{table("shop", "orders", "id int")}})
		policy, problems := Compile(profile, snap, FunctionTable("askwire"))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		g := Gate{Policy: policy, Session: Session{Database: "askwire", Rows: policy.FunctionRows()}}
		read := func(q string) string {
			t.Helper()
			st, err := g.Check(q)
			if err != nil {
				t.Fatalf("%s: %.300v", q, err)
			}
			r, err := query(t.Context(), conn, st.Text())
			if err != nil {
				t.Fatalf("%s: %.300v", q, err)
			}
			return strings.ReplaceAll(strings.Join(r.rows, "; ")+";", "|;", ";")
		}
		list := policy.Functions()
		allowed := 0
		for _, f := range list {
			if f.Allowed {
				allowed++
			}
		}
		for q, want := range map[string]string{
			"SELECT COUNT(*) FROM askwire.functions":                                                                                      strconv.Itoa(len(list)) + ";",
			"SELECT SUM(allowed) FROM functions":                                                                                          strconv.Itoa(allowed) + ";",
			"SELECT * FROM askwire.functions WHERE name = 'LOAD_FILE'":                                                                    "LOAD_FILE|function|0|it reads files of the server|mysql, mariadb, tidb;",
			"SELECT name, kind FROM askwire.functions f WHERE f.name LIKE 'JSON\\_ARRAYA%' ORDER BY name":                                 "JSON_ARRAYAGG|aggregate;",
			"SELECT a.name FROM functions a JOIN functions b ON a.name = b.name WHERE b.kind = 'window' AND a.name LIKE 'LA%' ORDER BY 1": "LAG; LAST_VALUE;",
			"SELECT name, reason FROM functions WHERE reason LIKE '%profile%' ORDER BY name":                                              "MY_FUNCTION|the profile adds it; SLEEP|the profile adds it; SOUNDEX|the profile adds it;",
		} {
			if got := read(q); got != want {
				t.Errorf("%s\nwant %s\ngot  %s", q, want, got)
			}
		}
		if st, err := g.Check("SELECT SLEEP(0), MY_FUNCTION(1) FROM functions"); err != nil || !strings.HasPrefix(st.Text(), "SELECT SLEEP(0) AS `SLEEP(0)`, MY_FUNCTION(1) AS") {
			t.Errorf("what the profile adds: %.200s, %v", st.Text(), err)
		}
		if _, err := g.Check("SELECT * FROM askwire.functions PARTITION (p)"); err == nil {
			t.Error("PARTITION of a table that no server has")
		}
	})
}
