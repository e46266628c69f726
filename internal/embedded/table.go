package main

import (
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/transform"
	"github.com/dolthub/go-mysql-server/sql/types"
)

// table is a table in memory.
//
// go-mysql-server brings tables in memory of its own, for its tests: every statement sorts and copies all rows, an insert
// compares with all rows, and every session has its copy. Here a row is appended, the keys are hash maps, and all sessions
// share the rows. A statement that fails is undone row by row; there are no transactions, and a reader may see the first
// rows of a statement that is still running.
type table struct {
	name string
	*shared
}

// shared is what stays when a table is renamed.
type shared struct {
	db *database

	mu        sync.RWMutex
	schema    sql.PrimaryKeySchema
	collation sql.CollationID
	comment   string
	slots     []*slot // in the order of their insert; readers keep an older header of the slice
	dead      int     // slots without a row
	primary   *index  // nil without a primary key
	indexes   []*index
	checks    []sql.CheckDefinition
	next      uint64 // AUTO_INCREMENT
}

// slot is the place of one row; nil when the row was deleted. A row is never changed, it is replaced.
type slot struct{ row atomic.Pointer[sql.Row] }

var (
	_ sql.PrimaryKeyTable          = (*table)(nil)
	_ sql.InsertableTable          = (*table)(nil)
	_ sql.ReplaceableTable         = (*table)(nil)
	_ sql.UpdatableTable           = (*table)(nil)
	_ sql.DeletableTable           = (*table)(nil)
	_ sql.TruncateableTable        = (*table)(nil)
	_ sql.AutoIncrementTable       = (*table)(nil)
	_ sql.CommentedTable           = (*table)(nil)
	_ sql.CommentAlterableTable    = (*table)(nil)
	_ sql.StatisticsTable          = (*table)(nil)
	_ sql.IndexAddressableTable    = (*table)(nil)
	_ sql.IndexAlterableTable      = (*table)(nil)
	_ sql.ForeignKeyTable          = (*table)(nil)
	_ sql.CheckTable               = (*table)(nil)
	_ sql.CheckAlterableTable      = (*table)(nil)
	_ sql.AlterableTable           = (*table)(nil)
	_ sql.PrimaryKeyAlterableTable = (*table)(nil)
	_ sql.Databaseable             = (*table)(nil)
	_ sql.CollationAlterableTable  = (*table)(nil)
)

func newTable(db *database, name string, schema sql.PrimaryKeySchema, collation sql.CollationID, comment string) *table {
	t := &table{name: name, shared: &shared{db: db, collation: collation, comment: comment, next: 1}}
	t.setSchema(schema)
	return t
}

// setSchema takes over a schema with the table's name and with defaults as text, which the engine resolves for every
// statement anew.
func (t *table) setSchema(schema sql.PrimaryKeySchema) {
	columns := make(sql.Schema, len(schema.Schema))
	for i, c := range schema.Schema {
		c = c.Copy()
		c.Source, c.DatabaseSource = t.name, t.db.name
		c.Default, c.Generated, c.OnUpdate = unresolved(c.Default), unresolved(c.Generated), unresolved(c.OnUpdate)
		columns[i] = c
	}
	t.schema = sql.NewPrimaryKeySchema(columns, schema.PkOrdinals...)
	t.primary = nil
	if len(schema.PkOrdinals) > 0 {
		t.primary = newIndex(t, "PRIMARY", schema.PkOrdinals, nil, true, "")
	}
}

func unresolved(v *sql.ColumnDefaultValue) *sql.ColumnDefaultValue {
	if v == nil {
		return nil
	}
	bare, _, err := transform.Expr(v, func(e sql.Expression) (sql.Expression, transform.TreeIdentity, error) {
		f, ok := e.(*expression.GetField)
		if !ok {
			return e, transform.SameTree, nil
		}
		plain := expression.NewGetField(f.Index(), f.Type(), f.Name(), f.IsNullable())
		return plain.WithQuotedNames(sql.DefaultMySQLSchemaFormatter, f.IsQuotedIdentifier()), transform.NewTree, nil
	})
	if err != nil {
		return v
	}
	return sql.NewUnresolvedColumnDefaultValue(bare.String())
}

// renamed is the same table under another name.
func (t *table) renamed(to string) *table {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := &table{name: to, shared: t.shared}
	for _, c := range n.schema.Schema {
		c.Source = to
	}
	for _, x := range n.all() {
		x.table = n
	}
	return n
}

func (t *table) Name() string     { return t.name }
func (t *table) String() string   { return t.name }
func (t *table) Database() string { return t.db.name }

func (t *table) Schema() sql.Schema { return t.PrimaryKeySchema().Schema }

func (t *table) PrimaryKeySchema() sql.PrimaryKeySchema {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.schema
}

func (t *table) Collation() sql.CollationID {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.collation
}

func (t *table) Comment() string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.comment
}

func (t *table) ModifyComment(_ *sql.Context, comment string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.comment = comment
	return nil
}

func (t *table) ModifyStoredCollation(*sql.Context, sql.CollationID) error {
	return sql.ErrUnsupportedFeature.New("CONVERT TO CHARACTER SET")
}

func (t *table) ModifyDefaultCollation(_ *sql.Context, c sql.CollationID) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.collation = c
	return nil
}

// all returns the primary key and the indexes. The caller holds the lock.
func (t *table) all() []*index {
	if t.primary == nil {
		return t.indexes
	}
	return append([]*index{t.primary}, t.indexes...)
}

func (t *table) RowCount(*sql.Context) (uint64, bool, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return uint64(len(t.slots) - t.dead), true, nil
}

// DataLength guesses 16 bytes a value; the planner and information_schema ask.
func (t *table) DataLength(ctx *sql.Context) (uint64, error) {
	n, _, err := t.RowCount(ctx)
	return n * uint64(len(t.Schema())) * 16, err
}

// Partitions: the whole table is one.
func (t *table) Partitions(*sql.Context) (sql.PartitionIter, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return &onePartition{p: &scan{slots: t.slots}}, nil
}

func (t *table) PartitionRows(_ *sql.Context, p sql.Partition) (sql.RowIter, error) {
	s, ok := p.(*scan)
	if !ok {
		return nil, sql.ErrPartitionNotFound.New(p.Key())
	}
	return &rows{slots: s.slots, keep: s.keep}, nil
}

// scan is the slots to look at, and the condition that an index lookup puts on their rows.
type scan struct {
	slots []*slot
	keep  sql.Expression
}

func (*scan) Key() []byte { return []byte("all") }

type onePartition struct{ p *scan }

func (o *onePartition) Next(*sql.Context) (sql.Partition, error) {
	if o.p == nil {
		return nil, io.EOF
	}
	p := o.p
	o.p = nil
	return p, nil
}

func (*onePartition) Close(*sql.Context) error { return nil }

type rows struct {
	slots []*slot
	keep  sql.Expression
	i     int
}

func (r *rows) Next(ctx *sql.Context) (sql.Row, error) {
	for r.i < len(r.slots) {
		row := r.slots[r.i].row.Load()
		r.i++
		if row == nil {
			continue
		}
		if r.keep != nil {
			if v, err := r.keep.Eval(ctx, *row); err != nil {
				return nil, err
			} else if !sql.IsTrue(v) {
				continue
			}
		}
		return *row, nil
	}
	return nil, io.EOF
}

func (*rows) Close(*sql.Context) error { return nil }

func (t *table) PeekNextAutoIncrementValue(*sql.Context) (uint64, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.next, nil
}

// GetNextAutoIncrementValue says what the row being inserted gets, and moves on, so that concurrent inserts differ.
func (t *table) GetNextAutoIncrementValue(ctx *sql.Context, given any) (uint64, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	v := t.next
	if given != nil {
		n, _, err := types.Uint64.Convert(ctx, given)
		if err != nil {
			return 0, err
		}
		if g := n.(uint64); g > v {
			v = g
		}
	}
	if given == nil {
		t.next = v + 1
	} else if v >= t.next {
		t.next = v
	}
	return v, nil
}

func (t *table) AutoIncrementSetter(ctx *sql.Context) sql.AutoIncrementSetter {
	return &editor{table: t}
}

// Foreign keys live in the database; the engine checks them through the indexes.

func (t *table) GetDeclaredForeignKeys(*sql.Context) ([]sql.ForeignKeyConstraint, error) {
	return t.foreignKeys(func(fk sql.ForeignKeyConstraint) bool { return strings.EqualFold(fk.Table, t.name) }), nil
}

func (t *table) GetReferencedForeignKeys(*sql.Context) ([]sql.ForeignKeyConstraint, error) {
	return t.foreignKeys(func(fk sql.ForeignKeyConstraint) bool { return strings.EqualFold(fk.ParentTable, t.name) }), nil
}

func (t *table) foreignKeys(ours func(sql.ForeignKeyConstraint) bool) []sql.ForeignKeyConstraint {
	t.db.mu.RLock()
	defer t.db.mu.RUnlock()
	var fks []sql.ForeignKeyConstraint
	for _, fk := range t.db.fks {
		if ours(fk) {
			fks = append(fks, fk)
		}
	}
	slices.SortFunc(fks, func(a, b sql.ForeignKeyConstraint) int { return strings.Compare(a.Name, b.Name) })
	return fks
}

func (t *table) AddForeignKey(_ *sql.Context, fk sql.ForeignKeyConstraint) error {
	t.db.mu.Lock()
	defer t.db.mu.Unlock()
	if slices.ContainsFunc(t.db.fks, func(o sql.ForeignKeyConstraint) bool { return strings.EqualFold(o.Name, fk.Name) }) {
		return sql.ErrForeignKeyDuplicateName.New(fk.Name)
	}
	t.db.fks = append(t.db.fks, fk)
	return nil
}

func (t *table) DropForeignKey(_ *sql.Context, name string) error {
	t.db.mu.Lock()
	defer t.db.mu.Unlock()
	i := slices.IndexFunc(t.db.fks, func(o sql.ForeignKeyConstraint) bool { return strings.EqualFold(o.Name, name) })
	if i < 0 {
		return sql.ErrForeignKeyNotFound.New(name, t.name)
	}
	t.db.fks = slices.Delete(t.db.fks, i, i+1)
	return nil
}

func (t *table) UpdateForeignKey(ctx *sql.Context, name string, fk sql.ForeignKeyConstraint) error {
	if err := t.DropForeignKey(ctx, name); err != nil {
		return err
	}
	return t.AddForeignKey(ctx, fk)
}

func (t *table) CreateIndexForForeignKey(ctx *sql.Context, def sql.IndexDef) error {
	return t.CreateIndex(ctx, def)
}

func (t *table) GetForeignKeyEditor(*sql.Context) sql.ForeignKeyEditor { return &editor{table: t} }

func (t *table) GetChecks(*sql.Context) ([]sql.CheckDefinition, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.Clone(t.checks), nil
}

func (t *table) CreateCheck(_ *sql.Context, check *sql.CheckDefinition) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := *check
	for n := 1; c.Name == ""; n++ {
		name := t.name + "_chk_" + string(rune('0'+n%10))
		if !slices.ContainsFunc(t.checks, func(o sql.CheckDefinition) bool { return o.Name == name }) {
			c.Name = name
		}
	}
	t.checks = append(t.checks, c)
	return nil
}

func (t *table) DropCheck(_ *sql.Context, name string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.IndexFunc(t.checks, func(o sql.CheckDefinition) bool { return strings.EqualFold(o.Name, name) })
	if i < 0 {
		return sql.ErrUnknownConstraint.New(name)
	}
	t.checks = slices.Delete(t.checks, i, i+1)
	return nil
}
