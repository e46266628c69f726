package guard

import (
	"fmt"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// TestInvisibleColumns: an INVISIBLE column can be named, and is no part of a star or of a natural join.
func TestInvisibleColumns(t *testing.T) {
	for _, k := range []engine.Kind{engine.MariaDB, engine.MySQL} { // TiDB has none
		t.Run(string(k), func(t *testing.T) {
			s := enginetest.Get(t, k)
			db := s.NewDatabase(t)
			admin := s.Open(t, db)
			mustExec(t, admin, "CREATE TABLE a (id INT, x INT INVISIBLE)")
			mustExec(t, admin, "CREATE TABLE b (id INT, x INT)")
			mustExec(t, admin, "INSERT INTO a (id, x) VALUES (1, 2)")
			mustExec(t, admin, "INSERT INTO b VALUES (1, 3)")
			var extra string
			if err := admin.QueryRow("SELECT EXTRA FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = 'a' AND COLUMN_NAME = 'x'", db).Scan(&extra); err != nil {
				t.Fatal(err)
			}
			a, b := table(db, "a", "id int", "x int"), table(db, "b", "id int", "x int")
			a.Columns[1].Extra = extra
			snap := askwire.NewSnapshot(askwire.Snapshot{Server: askwire.Server{Family: s.Family}, Tables: []*askwire.Table{a, b}})
			g := Gate{Policy: compile(t, &askwire.Profile{Tables: []string{db + ".a", db + ".b"}}, snap), Session: Session{Database: db}}
			direct := pinned(t, s, db)
			for _, sql := range []string{"SELECT * FROM a", "SELECT a.* FROM a", "SELECT x FROM a", "SELECT * FROM a NATURAL JOIN b", "SELECT * FROM a JOIN b USING (id)", "SELECT * FROM a JOIN b ON a.x < b.x"} {
				st, err := g.Check(sql)
				if err != nil {
					t.Fatalf("%s: %v", sql, err)
				}
				want, err := query(t.Context(), direct, sql)
				if err != nil {
					t.Fatal(err)
				}
				got, err := query(t.Context(), direct, st.Text())
				if err != nil || fmt.Sprint(want) != fmt.Sprint(got) {
					t.Errorf("%s\n%s\nwant %v\ngot  %v, %v", sql, st.Text(), want, got, err)
				}
			}
		})
	}
}
