package proxy

import (
	"regexp"
	"strings"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// indexes adds the tables' indexes to a snapshot, by name as the catalog has them.
func (h *house) indexes(snap *askwire.Snapshot) {
	h.t.Helper()
	rows, err := h.direct.QueryContext(h.t.Context(), "SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE = 0, COLUMN_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? "+
		"ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX", h.db)
	if err != nil {
		h.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name, column string
		x := askwire.Index{}
		if err := rows.Scan(&name, &x.Name, &x.Unique, &column); err != nil {
			h.t.Fatal(err)
		}
		table, _ := snap.Table(h.db, name)
		n := len(table.Indexes)
		if n == 0 || table.Indexes[n-1].Name != x.Name {
			table.Indexes = append(table.Indexes, x)
			n++
		}
		table.Indexes[n-1].Columns = append(table.Indexes[n-1].Columns, column)
	}
}

// TestIndexesInTheOrderOfTheirMaking: SHOW INDEX and SHOW CREATE TABLE list keys as the server does.
func TestIndexesInTheOrderOfTheirMaking(t *testing.T) {
	names := regexp.MustCompile("(?m)^  .*KEY.*$")
	for _, kind := range []engine.Kind{engine.MariaDB, engine.MariaDB11, engine.MySQL, engine.TiDB} {
		t.Run(string(kind), func(t *testing.T) {
			h := openOn(t, enginetest.Get(t, kind))
			h.exec("CREATE TABLE keyed (id INT PRIMARY KEY, a INT NOT NULL, b INT NOT NULL, c VARCHAR(9), KEY z (a), KEY `it's` (b, a), UNIQUE KEY u2 (b), KEY m (c), UNIQUE KEY u1 (a, b))")
			h.exec("ALTER TABLE keyed ADD KEY k (c, a)")
			h.dir.change(func() {
				h.dir.snap = h.introspect()
				h.indexes(h.dir.snap)
				p := h.dir.profiles["customer"]
				p.Tables = append(p.Tables, h.db+".keyed")
			})
			c := h.conn()
			keys := func(q querier) string {
				var out []string
				lines := strings.Split(table(t, q, "SHOW INDEX FROM keyed"), "\n")
				for _, line := range lines[1:] {
					cells := strings.Split(line, "|")
					out = append(out, cells[1]+" "+cells[2]+" "+cells[3]+" "+cells[4])
				}
				return strings.Join(out, "\n")
			}
			if got, want := keys(c), keys(h.direct); got != want {
				t.Errorf("SHOW INDEX\ngot\n%s\nwant\n%s", got, want)
			}
			created := func(q querier) string {
				return strings.Join(names.FindAllString(table(t, q, "SHOW CREATE TABLE keyed"), -1), "\n")
			}
			if got, want := created(c), created(h.direct); kind != engine.TiDB && got != want {
				t.Errorf("SHOW CREATE TABLE\ngot\n%s\nwant\n%s", got, want)
			}
			do(t, c, "BEGIN")
			if got, want := keys(c), keys(h.direct); got != want {
				t.Errorf("in a transaction: %s", got)
			}
		})
	}
}
