package catalog_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/askwire/askwire/catalog"
)

// BenchmarkRefresh reads an unchanged catalog of 10,000 tables × 20 columns again, from a driver that has every row at
// hand: what a refresh costs beside the queries themselves.
func BenchmarkRefresh(b *testing.B) {
	db := sql.OpenDB(newPaper(10_000, 20, false))
	defer db.Close()
	before, err := catalog.Introspect(b.Context(), db)
	if err != nil || len(before.Tables) != 10_000 || len(before.Tables[0].Columns) != 20 {
		b.Fatal(err, len(before.Tables))
	}
	b.ReportAllocs()
	for b.Loop() {
		now, err := catalog.Introspect(b.Context(), db)
		if err != nil || catalog.Changed(before, now) {
			b.Fatal(err, "an unchanged catalog has changed")
		}
	}
}

// TestManyColumns: 100,000 columns, and not one comment among them.
func TestManyColumns(t *testing.T) {
	db := sql.OpenDB(newPaper(1000, 100, true))
	defer db.Close()
	snap, err := catalog.Introspect(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	if len(snap.Tables) != 1000 || len(snap.Tables[999].Columns) != 100 {
		t.Fatalf("%d tables, %d columns", len(snap.Tables), len(snap.Tables[999].Columns))
	}
	if got := catalog.Search(snap, "columns of each order", 5); len(got) != 5 {
		t.Errorf("%+v", got)
	}
}

// paper is a server that exists on paper: it has tables of one form and answers what introspection asks.
type paper struct {
	tables, columns int
	bare            bool // without comments
	shapes          [][]driver.Value
	name            []driver.Value // of the table whose columns are being read
}

func (p paper) Connect(context.Context) (driver.Conn, error) { return p, nil }
func (p paper) Driver() driver.Driver                        { return nil }
func (p paper) Prepare(string) (driver.Stmt, error)          { return nil, driver.ErrSkip }
func (p paper) Close() error                                 { return nil }
func (p paper) Begin() (driver.Tx, error)                    { return nil, driver.ErrSkip }

func (p paper) QueryContext(_ context.Context, query string, _ []driver.NamedValue) (driver.Rows, error) {
	row := func(values ...any) *paperRows {
		return &paperRows{width: len(values), n: 1, fill: func(_ int, dest []driver.Value) { copy(dest, asValues(values)) }}
	}
	switch {
	case strings.Contains(query, "VERSION()"):
		return row("10.11.14-MariaDB", "paper"), nil
	case strings.HasPrefix(query, "SHOW GLOBAL VARIABLES"):
		return row("time_zone", "+00:00"), nil
	case strings.Contains(query, "COLLATION_NAME FROM information_schema.COLLATIONS"):
		return row("utf8mb4_bin"), nil
	case strings.Contains(query, "information_schema.TABLES"):
		return &paperRows{width: 8, n: p.tables, fill: p.table}, nil
	case strings.Contains(query, "information_schema.COLUMNS"):
		return &paperRows{width: 13, n: p.tables * p.columns, fill: p.column}, nil
	case strings.Contains(query, "information_schema.STATISTICS"):
		return &paperRows{width: 7, n: p.tables, fill: func(i int, dest []driver.Value) {
			copy(dest, asValues([]any{"shop", tableName(i), "PRIMARY", "0", "1", "column_0", "0"}))
		}}, nil
	case strings.Contains(query, "KEY_COLUMN_USAGE"):
		return &paperRows{width: 7}, nil
	}
	return nil, fmt.Errorf("not on paper: %s", query)
}

func tableName(i int) string { return fmt.Sprintf("order%05d", i) }

func (p paper) table(i int, dest []driver.Value) {
	comment := "one of many tables"
	if p.bare {
		comment = ""
	}
	copy(dest, asValues([]any{"shop", tableName(i), "BASE TABLE", "InnoDB", "1000", "utf8mb4_general_ci", comment, "2026-01-31 00:00:00"}))
}

// column makes no more garbage than it must: it is the driver's part, not what is measured.
func (p paper) column(i int, dest []driver.Value) {
	n := i % p.columns
	if n == 0 {
		p.name[0] = []byte(tableName(i / p.columns))
	}
	copy(dest, p.shapes[n])
	dest[1] = p.name[0]
}

func newPaper(tables, columns int, bare bool) paper {
	p := paper{tables: tables, columns: columns, bare: bare, name: make([]driver.Value, 1)}
	for n := range columns {
		comment := fmt.Sprintf("what column %d holds", n)
		if bare {
			comment = ""
		}
		p.shapes = append(p.shapes, asValues([]any{"shop", "", fmt.Sprint(n + 1), fmt.Sprintf("column_%d", n), "varchar(40)", "varchar", "YES", "NULL",
			"", "", "utf8mb4", "utf8mb4_general_ci", comment}))
	}
	return p
}

func asValues(in []any) []driver.Value {
	out := make([]driver.Value, len(in))
	for i, v := range in {
		out[i] = []byte(v.(string))
	}
	return out
}

type paperRows struct {
	width, n, at int
	fill         func(i int, dest []driver.Value)
}

func (r *paperRows) Columns() []string { return make([]string, r.width) }
func (r *paperRows) Close() error      { return nil }

func (r *paperRows) Next(dest []driver.Value) error {
	if r.at == r.n {
		return io.EOF
	}
	r.fill(r.at, dest)
	r.at++
	return nil
}
