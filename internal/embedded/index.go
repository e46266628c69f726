package main

import (
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/hash"
)

// index finds rows by the first of its columns, and a unique one by all of them too. It knows no order: a range is a scan.
//
// The maps hold hashes, so that what they find is compared again. A slot whose row was deleted stays in them until the
// table is compacted.
type index struct {
	table    *table
	name     string
	ordinals []int // columns of the table's schema
	prefixes []uint16
	unique   bool
	comment  string

	first map[uint64][]*slot
	full  map[uint64][]*slot // nil unless unique and of several columns
}

var _ sql.Index = (*index)(nil)

func newIndex(t *table, name string, ordinals []int, prefixes []uint16, unique bool, comment string) *index {
	x := &index{table: t, name: name, ordinals: ordinals, prefixes: prefixes, unique: unique, comment: comment}
	x.clear()
	return x
}

func (x *index) clear() {
	x.first = map[uint64][]*slot{}
	x.full = nil
	if x.unique && len(x.ordinals) > 1 {
		x.full = map[uint64][]*slot{}
	}
}

// key hashes the first n columns of a row; ok is false where one of them is NULL, which equals nothing.
func (x *index) key(ctx *sql.Context, row sql.Row, n int) (h uint64, ok bool, err error) {
	values := make(sql.Row, n)
	types := make(sql.Schema, n)
	for i := range n {
		if values[i] = x.cut(i, row[x.ordinals[i]]); values[i] == nil {
			return 0, false, nil
		}
		types[i] = x.table.schema.Schema[x.ordinals[i]]
	}
	h, err = hash.HashOf(ctx, types, values)
	return h, err == nil, err
}

// cut shortens a value to the index's prefix length.
func (x *index) cut(i int, v any) any {
	if i >= len(x.prefixes) || x.prefixes[i] == 0 {
		return v
	}
	n := int(x.prefixes[i])
	switch v := v.(type) {
	case string:
		if r := []rune(v); len(r) > n {
			return string(r[:n])
		}
	case []byte:
		if len(v) > n {
			return v[:n]
		}
	}
	return v
}

func (x *index) add(ctx *sql.Context, s *slot, row sql.Row) error {
	h, ok, err := x.key(ctx, row, 1)
	if err != nil {
		return err
	}
	if ok {
		x.first[h] = append(x.first[h], s)
	}
	if x.full != nil {
		if h, ok, err = x.key(ctx, row, len(x.ordinals)); err != nil {
			return err
		}
		if ok {
			x.full[h] = append(x.full[h], s)
		}
	}
	return nil
}

// remove takes a slot out, because its row's key changes.
func (x *index) remove(ctx *sql.Context, s *slot, row sql.Row) error {
	drop := func(m map[uint64][]*slot, n int) error {
		h, ok, err := x.key(ctx, row, n)
		if err != nil || !ok {
			return err
		}
		if i := slices.Index(m[h], s); i >= 0 {
			m[h] = slices.Delete(slices.Clone(m[h]), i, i+1) // a reader may hold the old slice
		}
		return nil
	}
	if err := drop(x.first, 1); err != nil {
		return err
	}
	if x.full != nil {
		return drop(x.full, len(x.ordinals))
	}
	return nil
}

// find returns the slot whose row has the same key as row in all columns, nil when there is none.
func (x *index) find(ctx *sql.Context, row sql.Row) (*slot, error) {
	m := x.first
	if x.full != nil {
		m = x.full
	}
	h, ok, err := x.key(ctx, row, len(x.ordinals))
	if err != nil || !ok {
		return nil, err
	}
	for _, s := range m[h] {
		other := s.row.Load()
		if other == nil {
			continue
		}
		same, err := x.same(ctx, row, *other)
		if err != nil {
			return nil, err
		}
		if same {
			return s, nil
		}
	}
	return nil, nil
}

// same compares two rows in the index's columns, by the columns' collations.
func (x *index) same(ctx *sql.Context, a, b sql.Row) (bool, error) {
	for i, o := range x.ordinals {
		va, vb := x.cut(i, a[o]), x.cut(i, b[o])
		if va == nil || vb == nil {
			if va == nil && vb == nil {
				continue
			}
			return false, nil
		}
		if n, err := x.table.schema.Schema[o].Type.Compare(ctx, va, vb); err != nil || n != 0 {
			return false, err
		}
	}
	return true, nil
}

// candidates returns the slots that may hold rows of the ranges: by hash where every range is one value of the first
// column, else all.
func (x *index) candidates(ctx *sql.Context, ranges sql.MySQLRangeCollection) []*slot {
	if len(x.prefixes) > 0 && x.prefixes[0] > 0 {
		return x.table.slots
	}
	column := x.table.schema.Schema[x.ordinals[0]]
	seen := map[uint64]bool{}
	var found []*slot
	for _, r := range ranges {
		low, isLow := r[0].LowerBound.(sql.Below)
		high, isHigh := r[0].UpperBound.(sql.Above)
		if !isLow || !isHigh || low.Key == nil || high.Key == nil {
			return x.table.slots
		}
		if n, err := r[0].Typ.Compare(ctx, low.Key, high.Key); err != nil || n != 0 {
			return x.table.slots
		}
		// A value that is not one of the column's, such as 1.5 for an INT, is compared by the scan's own rules.
		v, in, err := column.Type.Convert(ctx, low.Key)
		if err != nil || in != sql.InRange {
			return x.table.slots
		}
		if n, err := r[0].Typ.Compare(ctx, v, low.Key); err != nil || n != 0 {
			return x.table.slots
		}
		h, err := hash.HashOf(ctx, sql.Schema{column}, sql.Row{v})
		if err != nil {
			return x.table.slots
		}
		if !seen[h] {
			seen[h] = true
			if len(ranges) == 1 {
				return x.first[h]
			}
			found = append(found, x.first[h]...)
		}
	}
	return found
}

func (x *index) exprs() []sql.Expression {
	out := make([]sql.Expression, len(x.ordinals))
	for i, o := range x.ordinals {
		c := x.table.schema.Schema[o]
		out[i] = expression.NewGetFieldWithTable(o, 0, c.Type, x.table.db.name, x.table.name, c.Name, c.Nullable)
	}
	return out
}

func (x *index) ID() string                                 { return x.name }
func (x *index) Database() string                           { return x.table.db.name }
func (x *index) Table() string                              { return x.table.name }
func (x *index) IsUnique() bool                             { return x.unique }
func (x *index) IsSpatial() bool                            { return false }
func (x *index) IsFullText() bool                           { return false }
func (x *index) IsVector() bool                             { return false }
func (x *index) Comment() string                            { return x.comment }
func (x *index) IndexType() string                          { return "BTREE" } // what clients expect to read
func (x *index) IsGenerated() bool                          { return false }
func (x *index) CanSupport(*sql.Context, ...sql.Range) bool { return true }
func (x *index) CanSupportOrderBy(sql.Expression) bool      { return false }
func (x *index) PrefixLengths() []uint16                    { return x.prefixes }

func (x *index) Expressions() []string {
	x.table.mu.RLock()
	defer x.table.mu.RUnlock()
	var out []string
	for _, e := range x.exprs() {
		out = append(out, e.String())
	}
	return out
}

func (x *index) ColumnExpressionTypes() []sql.ColumnExpressionType {
	x.table.mu.RLock()
	defer x.table.mu.RUnlock()
	var out []sql.ColumnExpressionType
	for _, e := range x.exprs() {
		out = append(out, sql.ColumnExpressionType{Expression: e.String(), Type: e.Type()})
	}
	return out
}

func (t *table) GetIndexes(*sql.Context) ([]sql.Index, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	var out []sql.Index
	for _, x := range t.all() {
		out = append(out, x)
	}
	return out, nil
}

// PreciseMatch: the lookup below puts the ranges on every row, so no filter has to stay above it.
func (t *table) PreciseMatch() bool { return true }

func (t *table) IndexedAccess(_ *sql.Context, _ sql.IndexLookup) sql.IndexedTable {
	return &indexed{table: t}
}

// indexed is a table read through an index.
type indexed struct{ *table }

func (t *indexed) LookupPartitions(ctx *sql.Context, l sql.IndexLookup) (sql.PartitionIter, error) {
	x, ok := l.Index.(*index)
	ranges, isRanges := l.Ranges.(sql.MySQLRangeCollection)
	if !ok || !isRanges {
		return t.Partitions(ctx)
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	keep, err := expression.NewRangeFilterExpr(x.exprs(), ranges)
	if err != nil {
		return nil, err
	}
	return &onePartition{p: &scan{slots: x.candidates(ctx, ranges), keep: keep}}, nil
}

func (t *table) CreateIndex(ctx *sql.Context, def sql.IndexDef) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if def.Constraint == sql.IndexConstraint_Fulltext || def.Constraint == sql.IndexConstraint_Spatial || def.Constraint == sql.IndexConstraint_Vector {
		return sql.ErrUnsupportedFeature.New("FULLTEXT, SPATIAL and VECTOR indexes in the embedded engine")
	}
	var (
		ordinals []int
		prefixes []uint16
		names    []string
		prefixed bool
	)
	for _, c := range def.Columns {
		o := t.schema.IndexOfColName(c.Name)
		if o < 0 {
			return sql.ErrKeyColumnDoesNotExist.New(c.Name)
		}
		ordinals = append(ordinals, o)
		prefixes = append(prefixes, uint16(c.Length))
		prefixed = prefixed || c.Length > 0
		names = append(names, c.Name)
	}
	if !prefixed {
		prefixes = nil
	}
	name := def.Name
	if name == "" {
		name = strings.Join(names, "_")
	}
	if slices.ContainsFunc(t.indexes, func(x *index) bool { return strings.EqualFold(x.name, name) }) {
		return sql.ErrDuplicateKey.New(name)
	}
	x := newIndex(t, name, ordinals, prefixes, def.Constraint == sql.IndexConstraint_Unique, def.Comment)
	if err := x.fill(ctx, t.slots); err != nil {
		return err
	}
	t.indexes = append(t.indexes, x)
	return nil
}

// fill builds the maps anew; a value that a unique index has twice is an error.
func (x *index) fill(ctx *sql.Context, slots []*slot) error {
	x.clear()
	for _, s := range slots {
		row := s.row.Load()
		if row == nil {
			continue
		}
		if x.unique {
			if other, err := x.find(ctx, *row); err != nil {
				return err
			} else if other != nil {
				return x.duplicate(*row, *other.row.Load())
			}
		}
		if err := x.add(ctx, s, *row); err != nil {
			return err
		}
	}
	return nil
}

func (t *table) DropIndex(ctx *sql.Context, name string) error {
	if strings.EqualFold(name, "PRIMARY") {
		return t.DropPrimaryKey(ctx)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(t.indexes)
	t.indexes = slices.DeleteFunc(slices.Clone(t.indexes), func(x *index) bool { return strings.EqualFold(x.name, name) })
	if len(t.indexes) == n {
		return sql.ErrIndexNotFound.New(name)
	}
	return nil
}

func (t *table) RenameIndex(_ *sql.Context, from, to string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, x := range t.indexes {
		if strings.EqualFold(x.name, from) {
			x.name = to
			return nil
		}
	}
	return sql.ErrIndexNotFound.New(from)
}
