package proxy

import (
	"slices"
	"strings"
	"testing"

	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/proxy/wire"
)

// TestMetadataIsDescribedAsTheServerDescribesIt: a SELECT on information_schema has the server's own types, lengths and flags, though it
// comes through a sub-select that saved questions are part of.
func TestMetadataIsDescribedAsTheServerDescribesIt(t *testing.T) {
	for _, kind := range []engine.Kind{engine.MariaDB, engine.MariaDB11, engine.MySQL} {
		t.Run(string(kind), func(t *testing.T) {
			h := withViews(t, kind)
			c, direct := h.raw(), h.rawOn("root", "", h.engine.Addr)
			schema := "'" + h.db + "'"
			for _, q := range []string{
				"SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, TABLE_COMMENT, TABLE_ROWS FROM information_schema.TABLES WHERE TABLE_SCHEMA = " + schema,
				"SELECT COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, ORDINAL_POSITION, COLUMN_DEFAULT, IF(IS_NULLABLE = 'YES', 1, 0) AS n, " +
					"CASE WHEN DATA_TYPE = 'int' THEN NUMERIC_PRECISION ELSE CHARACTER_MAXIMUM_LENGTH END AS c FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = " + schema + " ORDER BY ORDINAL_POSITION",
				"SELECT SCHEMA_NAME FROM information_schema.SCHEMATA ORDER BY 1",
				"SELECT DISTINCT TABLE_SCHEMA FROM information_schema.TABLES WHERE TABLE_TYPE != 'SYSTEM VIEW' ORDER BY TABLE_SCHEMA",
				"SELECT COUNT(*), MAX(ORDINAL_POSITION) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()",
				"SELECT CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, ORDINAL_POSITION FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = " + schema,
				"SELECT t.TABLE_TYPE, c.COLUMN_TYPE FROM information_schema.COLUMNS c LEFT JOIN information_schema.TABLES t ON t.TABLE_NAME = c.TABLE_NAME AND t.TABLE_SCHEMA = c.TABLE_SCHEMA " +
					"WHERE c.TABLE_SCHEMA = " + schema + " ORDER BY c.ORDINAL_POSITION LIMIT 5",
				"SELECT INDEX_NAME, NON_UNIQUE, SEQ_IN_INDEX, SUB_PART FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = " + schema + " ORDER BY INDEX_NAME",
				"SELECT COLLATION_NAME, ID, IS_DEFAULT FROM information_schema.COLLATIONS",
			} {
				got, _ := c.result(t, q)
				want, _ := direct.result(t, q)
				if got, want := typesOf(got, nil), typesOf(want, nil); got != want {
					t.Errorf("%s\ngot\n%swant\n%s", q, got, want)
				}
				id, _, announced := c.definitions(t, q)
				_, _, wanted := direct.definitions(t, q)
				if got, want := typesOf(announced, nil), typesOf(wanted, nil); !closeTo(announced, wanted) {
					t.Errorf("%s is announced as\n%swant\n%s", q, got, want)
				}
				// What is announced is how the rows can be read.
				c.command(t, wire.COM_STMT_EXECUTE, append(slices.Clone(id), 0, 1, 0, 0, 0))
				if p := c.read(t); int(p[0]) != len(announced) {
					t.Fatalf("%s: EXECUTE: % x", q, p)
				}
				c.columns(t, len(announced))
				for p := c.read(t); p[0] != 0xfe; p = c.read(t) {
					if p[0] != 0 {
						t.Fatalf("%s: % x", q, p)
					}
				}
			}
			db := h.conn()
			q := "SELECT TABLE_NAME, ORDINAL_POSITION, CHARACTER_MAXIMUM_LENGTH FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME <> 'secrets' ORDER BY 1, 2"
			if got, want := table(t, db, q, "ask"), "people|1|NULL\npeople|2|40\npeople|3|20"; !strings.Contains(got, want) {
				t.Errorf("prepared: %s", got)
			}
			q = strings.Replace(q, "?", schema, 1)
			if got := table(t, db, q); strings.Contains(got, "secrets") || !strings.Contains(got, "customers|1|NULL\ncustomers|2|40") {
				t.Errorf("rows: %s", got)
			}
		})
	}
}

// closeTo reports whether definitions are the same but for columns whose values would be read otherwise.
func closeTo(got, want []wire.Column) bool {
	if len(got) != len(want) {
		return false
	}
	merged := wire.Told(want, got, true)
	return typesOf(got, nil) == typesOf(merged, nil)
}
