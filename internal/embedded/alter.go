package main

import (
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
)

func (t *table) AddColumn(ctx *sql.Context, column *sql.Column, order *sql.ColumnOrder) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := t.position(order, len(t.schema.Schema))
	return t.rebuild(ctx, slices.Insert(slices.Clone(t.schema.Schema), at, column), func(row sql.Row) (sql.Row, error) {
		value := any(nil)
		switch {
		case column.Default != nil:
			v, err := column.Default.Eval(ctx, row)
			if err != nil {
				return nil, err
			}
			if value, _, err = column.Type.Convert(ctx, v); err != nil {
				return nil, err
			}
		case !column.Nullable:
			value = column.Type.Zero()
		}
		return slices.Insert(slices.Clone(row), at, value), nil
	})
}

func (t *table) DropColumn(ctx *sql.Context, name string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := t.schema.IndexOfColName(name)
	if at < 0 {
		return sql.ErrColumnNotFound.New(name)
	}
	return t.rebuild(ctx, slices.Delete(slices.Clone(t.schema.Schema), at, at+1), func(row sql.Row) (sql.Row, error) {
		return slices.Delete(slices.Clone(row), at, at+1), nil
	})
}

func (t *table) ModifyColumn(ctx *sql.Context, name string, column *sql.Column, order *sql.ColumnOrder) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	from := t.schema.IndexOfColName(name)
	if from < 0 {
		return sql.ErrColumnNotFound.New(name)
	}
	was := t.schema.Schema[from]
	column.PrimaryKey = was.PrimaryKey
	rest := slices.Delete(slices.Clone(t.schema.Schema), from, from+1)
	at := from
	if order != nil {
		at = 0
		if !order.First {
			at = rest.IndexOfColName(order.AfterColumn) + 1
		}
	}
	return t.rebuild(ctx, slices.Insert(rest, at, column), func(row sql.Row) (sql.Row, error) {
		v, in, err := types.TypeAwareConversion(ctx, row[from], was.Type, column.Type)
		if err != nil {
			return nil, err
		}
		if in != sql.InRange {
			return nil, sql.ErrValueOutOfRange.New(row[from], column.Type)
		}
		if v == nil && !column.Nullable {
			return nil, sql.ErrInsertIntoNonNullableProvidedNull.New(column.Name)
		}
		return slices.Insert(slices.Delete(slices.Clone(row), from, from+1), at, v), nil
	}, func(o int) string { // the keys follow a column to its new name
		if o == from {
			return column.Name
		}
		return t.schema.Schema[o].Name
	})
}

func (t *table) position(order *sql.ColumnOrder, end int) int {
	switch {
	case order == nil:
		return end
	case order.First:
		return 0
	default:
		return t.schema.IndexOfColName(order.AfterColumn) + 1
	}
}

// rebuild gives the table another schema and converts its rows. Keys keep their columns by name; a key that loses one
// goes without it, and goes away when it has none left. Nothing changes when a row cannot be converted.
func (t *table) rebuild(ctx *sql.Context, columns sql.Schema, convert func(sql.Row) (sql.Row, error), nameOf ...func(int) string) error {
	name := func(o int) string { return t.schema.Schema[o].Name }
	if len(nameOf) > 0 {
		name = nameOf[0]
	}
	slots := make([]*slot, 0, len(t.slots)-t.dead)
	for _, s := range t.slots {
		row := s.row.Load()
		if row == nil {
			continue
		}
		converted, err := convert(*row)
		if err != nil {
			return err
		}
		n := &slot{}
		n.row.Store(&converted)
		slots = append(slots, n)
	}
	ordinals := func(x *index) (out []int) {
		for _, o := range x.ordinals {
			if i := columns.IndexOfColName(name(o)); i >= 0 {
				out = append(out, i)
			}
		}
		return out
	}
	var primary []int
	if t.primary != nil {
		primary = ordinals(t.primary)
	}
	var kept []*index
	for _, x := range t.indexes {
		if o := ordinals(x); len(o) > 0 {
			prefixes := x.prefixes
			if len(o) != len(x.ordinals) {
				prefixes = nil
			}
			kept = append(kept, newIndex(t, x.name, o, prefixes, x.unique, x.comment))
		}
	}
	t.setSchema(sql.NewPrimaryKeySchema(columns, primary...))
	t.indexes, t.slots, t.dead = kept, slots, 0
	for _, x := range t.all() {
		if err := x.fill(ctx, slots); err != nil {
			return err
		}
	}
	return nil
}

func (t *table) CreatePrimaryKey(ctx *sql.Context, columns []sql.IndexColumn) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.primary != nil {
		return sql.ErrMultiplePrimaryKeysDefined.New()
	}
	var ordinals []int
	for _, c := range columns {
		o := t.schema.IndexOfColName(c.Name)
		if o < 0 {
			return sql.ErrKeyColumnDoesNotExist.New(c.Name)
		}
		ordinals = append(ordinals, o)
	}
	x := newIndex(t, "PRIMARY", ordinals, nil, true, "")
	if err := x.fill(ctx, t.slots); err != nil {
		return err
	}
	schema := slices.Clone(t.schema.Schema)
	for _, o := range ordinals {
		schema[o] = schema[o].Copy()
		schema[o].PrimaryKey, schema[o].Nullable = true, false
	}
	t.schema = sql.NewPrimaryKeySchema(schema, ordinals...)
	t.primary = x
	return nil
}

func (t *table) DropPrimaryKey(*sql.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.primary == nil {
		return sql.ErrIndexNotFound.New("PRIMARY")
	}
	schema := slices.Clone(t.schema.Schema)
	for i := range schema {
		schema[i] = schema[i].Copy()
		schema[i].PrimaryKey = false
	}
	for _, c := range schema {
		if c.AutoIncrement && !slices.ContainsFunc(t.indexes, func(x *index) bool {
			return strings.EqualFold(schema[x.ordinals[0]].Name, c.Name)
		}) {
			return sql.ErrWrongAutoKey.New()
		}
	}
	t.schema = sql.NewPrimaryKeySchema(schema)
	t.primary = nil
	return nil
}
