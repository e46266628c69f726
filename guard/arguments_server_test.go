package guard

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
)

// TestArguments: a condition that is copied behind the barrier because of what its arguments are gives the rows that it gives without.
func TestArguments(t *testing.T) {
	onServers(t, func(t *testing.T, s *enginetest.Server) {
		name := s.NewDatabase(t)
		db := s.Open(t, name)
		mustExec(t, db, "CREATE TABLE k (id INT PRIMARY KEY, tenant INT NOT NULL, word VARCHAR(20), place CHAR(9) CHARACTER SET latin1 COLLATE latin1_bin, kind ENUM('5', 'b'), at DATETIME, day DATE, KEY (word), KEY (at), KEY (day))")
		for tenant := range 2 {
			for i, word := range []string{"'a'", "'A'", "'5'", "'5abc'", "' 5'", "''", "'한'", "NULL"} {
				mustExec(t, db, fmt.Sprintf("INSERT INTO k VALUES (%d, %d, %s, IF(%d = 6, 'é', %[3]s), IF(%[4]d %% 2, '5', 'b'), '2024-01-0%d 10:00:00', '2024-01-0%[5]d')", 10*tenant+i, 7+tenant, word, i, i+1))
			}
		}
		snap := askwire.NewSnapshot(askwire.Snapshot{Server: askwire.Server{Family: s.Family, Version: s.Version}, Tables: []*askwire.Table{
			table(name, "k", "id int", "tenant int", "word varchar(20)", "place char(9)", "kind enum('5','b')", "at datetime", "day date")}})
		g := Gate{Policy: compile(t, &askwire.Profile{Tables: []string{name + ".k"}, Rows: map[string]string{name + ".k": "tenant = @t"}}, snap),
			Session: Session{Database: name, Vars: map[string]askwire.Value{"t": {Kind: askwire.Int, Text: "7"}}}}
		conn := pinned(t, s, name)
		day := time.Date(2024, 1, 3, 10, 0, 0, 0, time.UTC)
		copied := 0
		for _, column := range []string{"word", "place", "kind", "at", "day"} {
			for _, form := range []string{"%s = ?", "%s <=> ?", "%s >= ?", "%s <> ?", "%s IN (?, 'b')", "%s LIKE ?", "%s BETWEEN ? AND 'z'", "NOT %s < ?"} {
				for kind, args := range map[byte][]any{TextArgument: {"a", "5", "한", "é", "", "5%", "2024-01-03", "2024-01-03 10:00:00", "x"}, NumberArgument: {5, 0, 20240103, 5.5}, TimeArgument: {day}, NoArgument: {nil}} {
					q := "SELECT id, id + 1 FROM k WHERE " + fmt.Sprintf(form, column)
					g.Session.Arguments = Arguments([]byte{kind})
					st, err := g.Prepare(q)
					if err != nil {
						t.Fatalf("%s: %v", q, err)
					}
					if !st.ByArguments() {
						continue
					}
					if st.Markers() != nil {
						copied++
					}
					for _, arg := range args {
						twice := make([]any, max(1, len(st.Markers())))
						for i := range twice {
							twice[i] = arg
						}
						want, wantErr := query(t.Context(), conn, strings.Replace(q, "WHERE ", "WHERE tenant = 7 AND ", 1), arg)
						got, gotErr := query(t.Context(), conn, st.Text(), twice...)
						slices.Sort(want.rows)
						slices.Sort(got.rows)
						if errorNumber(wantErr) != errorNumber(gotErr) || !slices.Equal(want.rows, got.rows) {
							t.Errorf("%s with %q: %v %v, want %v %v", st.Text(), arg, got.rows, gotErr, want.rows, wantErr)
						}
					}
				}
			}
		}
		if copied < 50 {
			t.Errorf("only %d conditions were copied", copied)
		}
	})
}
