package catalog

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/askwire/askwire"
)

// introspect reads everything over one connection: the server, then four readings of information_schema.
func introspect(ctx context.Context, db *sql.DB, backend string, schemas []string) (*askwire.Snapshot, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	server, err := readServer(ctx, conn)
	if err != nil {
		return nil, err
	}
	r := &reader{conn: conn, server: server, names: make(map[string]string), byID: make(map[[2]string]*table)}
	if len(schemas) > 0 {
		r.only = make(map[string]bool, len(schemas))
		for _, s := range schemas {
			r.only[strings.ToLower(s)] = true
		}
	}
	for _, read := range []func(context.Context) error{r.tables, r.columns, r.indexes, r.foreignKeys} {
		if err := read(ctx); err != nil {
			return nil, err
		}
	}
	if server.Family == askwire.Embedded {
		// viewColumns has left a current database, which changes what the next reading sees: end the connection.
		_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	}
	return r.snapshot(backend), nil
}

// systemSchemas are never part of a catalog. askwire's own schema is read by the store's catalog alone.
var systemSchemas = []string{
	"mysql", "information_schema", "performance_schema", "sys", "metrics_schema", "inspection_schema", "ndbinfo",
	"lightning_task_info", "lightning_metadata", "tidb_workload_schema", "askwire",
}

type table struct {
	askwire.Table
	ordinals []int
}

type reader struct {
	conn   *sql.Conn
	server askwire.Server
	only   map[string]bool
	names  map[string]string // one copy of each repeated text: types, collations, schema names
	byID   map[[2]string]*table
}

// scan runs a fixed query and calls row for each row. The texts are valid during the call only; nil is NULL.
func (r *reader) scan(ctx context.Context, query string, row func(v []sql.RawBytes)) error {
	rows, err := r.conn.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	values := make([]sql.RawBytes, len(names))
	dest := make([]any, len(names))
	for i := range values {
		dest[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		row(values)
	}
	return rows.Err()
}

func (r *reader) intern(b []byte) string {
	if s, ok := r.names[string(b)]; ok {
		return s
	}
	s := string(b)
	r.names[s] = s
	return s
}

func (r *reader) wanted(db []byte) bool {
	name := strings.ToLower(string(db))
	if r.only != nil {
		return r.only[name]
	}
	return !slices.Contains(systemSchemas, name)
}

func (r *reader) find(db, name []byte) *table { return r.byID[[2]string{string(db), string(name)}] }

const tablesQuery = `SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_ROWS, TABLE_COLLATION, TABLE_COMMENT, CREATE_TIME
FROM information_schema.TABLES
WHERE TABLE_TYPE IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED')`

func (r *reader) tables(ctx context.Context) error {
	return r.scan(ctx, tablesQuery, func(v []sql.RawBytes) {
		if !r.wanted(v[0]) {
			return
		}
		t := &table{Table: askwire.Table{
			DB: r.intern(v[0]), Name: string(v[1]), View: string(v[2]) == "VIEW",
			Engine: r.intern(v[3]), Rows: -1, Collation: r.intern(v[5]),
		}}
		if n, err := strconv.ParseInt(string(v[4]), 10, 64); err == nil && !t.View {
			t.Rows = n
		}
		if !t.View { // a view's comment is the word VIEW, or an error message that names what it reads
			t.Comment = string(v[6])
		}
		if at, err := time.Parse("2006-01-02 15:04:05", string(v[7])); err == nil {
			t.CreatedAt = at
		}
		r.byID[[2]string{t.DB, t.Name}] = t
	})
}

const columnsQuery = `SELECT TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION, COLUMN_NAME, COLUMN_TYPE, DATA_TYPE, IS_NULLABLE, COLUMN_DEFAULT,
COLUMN_KEY, EXTRA, CHARACTER_SET_NAME, COLLATION_NAME, COLUMN_COMMENT
FROM information_schema.COLUMNS`

func (r *reader) columns(ctx context.Context) error {
	var last *table // whose columns came last: they come together, and tables are mostly alike in width
	err := r.scan(ctx, columnsQuery, func(v []sql.RawBytes) {
		t := r.find(v[0], v[1])
		if t == nil {
			return
		}
		if t != last {
			if last != nil && t.Columns == nil {
				t.Columns, t.ordinals = make([]askwire.Column, 0, min(len(last.Columns), 64)), make([]int, 0, min(len(last.Columns), 64))
			}
			last = t
		}
		ordinal, _ := strconv.Atoi(string(v[2]))
		t.ordinals = append(t.ordinals, ordinal)
		t.Columns = append(t.Columns, askwire.Column{
			Name: r.intern(v[3]), Type: r.intern(v[4]), DataType: strings.ToLower(r.intern(v[5])),
			Nullable: strings.EqualFold(string(v[6]), "YES"), Default: r.defaultOf(v[7]), Key: r.intern(v[8]),
			Extra: r.intern(v[9]), Charset: r.intern(v[10]), Collation: r.intern(v[11]), Comment: string(v[12]),
		})
	})
	if err != nil {
		return err
	}
	for _, t := range r.byID {
		if len(t.Columns) == 0 && t.View && r.server.Family == askwire.Embedded {
			if err := r.viewColumns(ctx, t); err != nil {
				return err
			}
		}
		sort.Sort(byOrdinal{t})
	}
	return nil
}

// viewColumns asks for one view: the embedded engine's COLUMNS has only the views of the current database.
func (r *reader) viewColumns(ctx context.Context, t *table) error {
	if _, err := r.conn.ExecContext(ctx, "USE "+quote(t.DB)); err != nil {
		return err
	}
	return r.scan(ctx, "SHOW FULL COLUMNS FROM "+quote(t.Name), func(v []sql.RawBytes) {
		kind, _, _ := strings.Cut(string(v[1]), "(")
		t.ordinals = append(t.ordinals, len(t.ordinals)+1)
		t.Columns = append(t.Columns, askwire.Column{
			Name: r.intern(v[0]), Type: r.intern(v[1]), DataType: strings.ToLower(kind), Nullable: string(v[3]) == "YES",
			Default: r.defaultOf(v[5]), Collation: r.intern(v[2]), Comment: string(v[8]),
		})
	})
}

// byOrdinal puts a table's columns in their own order; information_schema promises none.
type byOrdinal struct{ *table }

func (t byOrdinal) Len() int           { return len(t.ordinals) }
func (t byOrdinal) Less(i, j int) bool { return t.ordinals[i] < t.ordinals[j] }
func (t byOrdinal) Swap(i, j int) {
	t.ordinals[i], t.ordinals[j] = t.ordinals[j], t.ordinals[i]
	t.Columns[i], t.Columns[j] = t.Columns[j], t.Columns[i]
}

// defaultOf reads COLUMN_DEFAULT. MariaDB writes it as an expression ('text', NULL), the others as the bare value.
func (r *reader) defaultOf(b sql.RawBytes) *string {
	if b == nil {
		return nil
	}
	s := string(b)
	if r.server.Family == askwire.MariaDB {
		if s == "NULL" {
			return nil
		}
		if len(s) >= 2 && s[0] == '\'' && s[len(s)-1] == '\'' {
			s = strings.ReplaceAll(s[1:len(s)-1], "''", "'")
		}
	}
	return &s
}

const indexesQuery = `SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, NON_UNIQUE, SEQ_IN_INDEX, COLUMN_NAME, %s
FROM information_schema.STATISTICS
ORDER BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX`

func (r *reader) indexes(ctx context.Context) error {
	invisible := "0"
	switch {
	case r.server.Family == askwire.MariaDB && r.server.AtLeast(10, 6):
		invisible = "IGNORED = 'YES'"
	case r.server.Family == askwire.MySQL && r.server.AtLeast(8, 0), r.server.Family == askwire.TiDB:
		invisible = "IS_VISIBLE = 'NO'"
	}
	return r.scan(ctx, fmt.Sprintf(indexesQuery, invisible), func(v []sql.RawBytes) {
		t := r.find(v[0], v[1])
		if t == nil {
			return
		}
		column := r.intern(v[5]) // "" for a functional key part
		if string(v[2]) == "PRIMARY" {
			t.PrimaryKey = append(t.PrimaryKey, column)
		}
		if n := len(t.Indexes); n == 0 || t.Indexes[n-1].Name != string(v[2]) {
			t.Indexes = append(t.Indexes, askwire.Index{Name: r.intern(v[2]), Unique: string(v[3]) == "0", Invisible: string(v[6]) == "1"})
		}
		last := &t.Indexes[len(t.Indexes)-1]
		last.Columns = append(last.Columns, column)
	})
}

const foreignKeysQuery = `SELECT TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME,
REFERENCED_COLUMN_NAME
FROM information_schema.KEY_COLUMN_USAGE
WHERE REFERENCED_TABLE_NAME IS NOT NULL
ORDER BY TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION`

func (r *reader) foreignKeys(ctx context.Context) error {
	return r.scan(ctx, foreignKeysQuery, func(v []sql.RawBytes) {
		t := r.find(v[0], v[1])
		if t == nil {
			return
		}
		if n := len(t.ForeignKeys); n == 0 || t.ForeignKeys[n-1].Name != string(v[2]) {
			t.ForeignKeys = append(t.ForeignKeys, askwire.ForeignKey{Name: string(v[2]), RefDB: r.intern(v[4]), RefTable: r.intern(v[5])})
		}
		last := &t.ForeignKeys[len(t.ForeignKeys)-1]
		last.Columns = append(last.Columns, r.intern(v[3]))
		last.RefColumns = append(last.RefColumns, r.intern(v[6]))
	})
}

// snapshot sorts the tables and keeps those that have columns: one without was dropped between two readings.
func (r *reader) snapshot(backend string) *askwire.Snapshot {
	s := askwire.Snapshot{Backend: backend, Server: r.server}
	for _, t := range r.byID {
		if len(t.Columns) == 0 {
			continue
		}
		t.Fingerprint = fingerprint(&t.Table)
		s.Tables = append(s.Tables, &t.Table)
	}
	slices.SortFunc(s.Tables, func(a, b *askwire.Table) int {
		return cmp.Or(cmp.Compare(a.DB, b.DB), cmp.Compare(a.Name, b.Name))
	})
	slices.Sort(s.Server.Collations)
	for _, t := range s.Tables {
		for _, fk := range t.ForeignKeys {
			for i := range fk.Columns {
				s.Relationships = append(s.Relationships, askwire.Relationship{
					From: askwire.ColumnRef{DB: t.DB, Table: t.Name, Column: fk.Columns[i]},
					To:   askwire.ColumnRef{DB: fk.RefDB, Table: fk.RefTable, Column: fk.RefColumns[i]},
				})
			}
		}
	}
	return askwire.NewSnapshot(s)
}
