package guard

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/askwire/askwire"
)

// look reads the tables of the scratch databases and compiles the two policies, after a change of tables.
func (s *suite) look(t *testing.T) error {
	var database sql.NullString
	if err := s.setup.QueryRowContext(t.Context(), "SELECT DATABASE()").Scan(&database); err != nil {
		// The setup's connection may be lost; the file goes on without it.
		return err
	}
	if database.String == "" {
		database.String = suiteDatabase
	}
	if s.snap != nil {
		return nil
	}
	for _, conn := range []*sql.Conn{s.direct, s.other, s.strict} {
		if _, err := conn.ExecContext(t.Context(), "USE `"+strings.ReplaceAll(database.String, "`", "``")+"`"); err != nil {
			return err
		}
	}
	snap := askwire.Snapshot{Backend: "main", Version: 1, Server: askwire.Server{Family: askwire.MariaDB, Version: s.server.Version}}
	snap.Server.Major, snap.Server.Minor, _ = versionOf(s.server.Version)
	rows, err := s.admin.Query(`SELECT c.TABLE_SCHEMA, c.TABLE_NAME, t.TABLE_TYPE, c.COLUMN_NAME, c.COLUMN_TYPE, c.DATA_TYPE, c.IS_NULLABLE, c.EXTRA, COALESCE(c.COLLATION_NAME, '')
		FROM information_schema.COLUMNS c JOIN information_schema.TABLES t USING (TABLE_SCHEMA, TABLE_NAME)
		WHERE c.TABLE_SCHEMA NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys') ORDER BY c.TABLE_SCHEMA, c.TABLE_NAME, c.ORDINAL_POSITION`)
	if err != nil {
		return err
	}
	defer rows.Close()
	calling, err := s.admin.Query("SELECT CONCAT(v.TABLE_SCHEMA, '.', v.TABLE_NAME) FROM information_schema.VIEWS v WHERE EXISTS (SELECT 1 FROM information_schema.ROUTINES r WHERE v.VIEW_DEFINITION LIKE CONCAT('%`', r.ROUTINE_NAME, '`(%')) OR v.VIEW_DEFINITION REGEXP '(next|set)val\\\\('")
	if err != nil {
		return err
	}
	callers, err := strings2(calling)
	if err != nil {
		return err
	}
	profile := [2]*askwire.Profile{{Name: "tables", Cartesian: true}, {Name: "barrier", Cartesian: true, Rows: map[string]string{}}}
	var last *askwire.Table
	for rows.Next() {
		var db, name, kind, nullable string
		var c askwire.Column
		if err := rows.Scan(&db, &name, &kind, &c.Name, &c.Type, &c.DataType, &nullable, &c.Extra, &c.Collation); err != nil {
			return err
		}
		c.Nullable = nullable == "YES"
		if last == nil || last.DB != db || last.Name != name {
			last = &askwire.Table{DB: db, Name: name, Rows: -1, View: kind == "VIEW"}
			snap.Tables = append(snap.Tables, last)
			// A profile names its tables in full, so one whose name has a dot or a star cannot be listed. A view that calls
			// stored functions, or that sets a sequence, is what it does: a listed view is trusted as a whole.
			if slices.Contains(callers, db+"."+name) {
				s.counts["views that call stored functions or set a sequence, not listed"]++
			} else if name != "secrets" && name != "salaries" && !strings.ContainsAny(db+name, ".*") && name != "" {
				for i := range profile {
					profile[i].Tables = append(profile[i].Tables, db+"."+name)
				}
				if !strings.Contains(name, "`") {
					profile[1].Rows[db+"."+name] = "1 = @one"
				}
			}
		}
		last.Columns = append(last.Columns, c)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	s.snap = askwire.NewSnapshot(snap)
	for i, p := range profile {
		policy, errs := Compile(p, s.snap, HashKey([]byte("test")))
		if policy == nil {
			return fmt.Errorf("%v", errs)
		}
		s.gates[i] = Gate{Policy: policy, Session: Session{Database: database.String, Vars: map[string]askwire.Value{"one": {Kind: askwire.Int, Text: "1"}}}}
	}
	return nil
}

// refusalClass is a denial without its names.
func refusalClass(err error) string {
	text := quotedName.ReplaceAllString(err.Error(), "…")
	return fmt.Sprintf("%d %.110s", askwire.CodeOf(err), text)
}

// report prints what was counted, and fails on what is not listed.
func (s *suite) report(t *testing.T, which string) {
	for _, m := range []map[string]int{s.counts, s.skipped, s.refusals} {
		keys := slices.SortedFunc(maps.Keys(m), func(a, b string) int {
			if m[a] != m[b] {
				return m[b] - m[a]
			}
			return strings.Compare(a, b)
		})
		for _, k := range keys {
			t.Logf("%7d  %s", m[k], k)
		}
	}
	listed := 0
	for _, d := range s.differ {
		if reason := s.listed[d.gate+" "+d.key]; reason != "" {
			listed++
			continue
		}
		t.Errorf("%s %s gives other rows\nin:  %s\nout: %s\n%s", d.gate, d.key, d.sql, d.sent, d.why)
	}
	for _, name := range []string{"tables", "barrier"} {
		same, differ := s.counts[name+": same rows"], s.counts[name+": DIFFERENT"]
		if same == 0 || which == "all" && float64(differ) > 0.005*float64(same+differ) { // a sample is too small for a share
			t.Errorf("%s: %d statements gave the same rows, %d others", name, same, differ)
		}
	}
	if which == "all" && s.counts["SELECTs"] < 20000 {
		t.Errorf("only %d SELECTs", s.counts["SELECTs"])
	}
	t.Logf("%d differences, %d of them listed with a reason", len(s.differ), listed)
}
