package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/types"
)

func (t *table) Inserter(*sql.Context) sql.RowInserter { return &editor{table: t} }
func (t *table) Replacer(*sql.Context) sql.RowReplacer { return &editor{table: t} }
func (t *table) Updater(*sql.Context) sql.RowUpdater   { return &editor{table: t} }
func (t *table) Deleter(*sql.Context) sql.RowDeleter   { return &editor{table: t} }

// editor changes rows at once and remembers how to take a failed statement back.
type editor struct {
	*table
	undo []change
}

type change struct {
	slot     *slot
	old, new sql.Row // nil: there was, there is no row
}

var _ sql.ForeignKeyEditor = (*editor)(nil)

func (e *editor) StatementBegin(*sql.Context) { e.undo = nil }

func (e *editor) DiscardChanges(ctx *sql.Context, err error) error {
	if _, ignored := err.(sql.IgnorableError); ignored { //nolint:errorlint // the engine hands this very value over
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range slices.Backward(e.undo) {
		if err := e.put(ctx, c.slot, c.new, c.old); err != nil {
			return err
		}
	}
	e.undo = nil
	return nil
}

func (e *editor) StatementComplete(ctx *sql.Context) error {
	e.undo = nil
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.dead > 1000 && e.dead > len(e.slots)/2 {
		return e.compact(ctx)
	}
	return nil
}

func (e *editor) Close(*sql.Context) error { return nil }

func (e *editor) Insert(ctx *sql.Context, row sql.Row) error {
	if err := e.fits(ctx, row); err != nil {
		return err
	}
	row = row.Copy() // the engine may use its slice again
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.unique(ctx, row, nil); err != nil {
		return err
	}
	s := &slot{}
	for _, x := range e.all() {
		if err := x.add(ctx, s, row); err != nil {
			return err
		}
	}
	s.row.Store(&row)
	e.slots = append(e.slots, s)
	e.undo = append(e.undo, change{slot: s, new: row})
	for i, c := range e.schema.Schema {
		if !c.AutoIncrement {
			continue
		}
		n, _, err := types.Uint64.Convert(ctx, row[i])
		if err != nil {
			return err
		}
		if v := n.(uint64); v >= e.next {
			e.next = v + 1
		}
	}
	return nil
}

func (e *editor) Update(ctx *sql.Context, old, row sql.Row) error {
	if err := e.fits(ctx, row); err != nil {
		return err
	}
	row = row.Copy()
	e.mu.Lock()
	defer e.mu.Unlock()
	s, err := e.locate(ctx, old)
	if err != nil {
		return err
	}
	if s == nil {
		return sql.ErrDeleteRowNotFound.New() // another session was faster
	}
	if err := e.unique(ctx, row, s); err != nil {
		return err
	}
	was := *s.row.Load()
	if err := e.put(ctx, s, was, row); err != nil {
		return err
	}
	e.undo = append(e.undo, change{slot: s, old: was, new: row})
	return nil
}

func (e *editor) Delete(ctx *sql.Context, row sql.Row) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	s, err := e.locate(ctx, row)
	if err != nil {
		return err
	}
	if s == nil {
		return sql.ErrDeleteRowNotFound.New()
	}
	was := *s.row.Load()
	if err := e.put(ctx, s, was, nil); err != nil {
		return err
	}
	e.undo = append(e.undo, change{slot: s, old: was})
	return nil
}

// put replaces what a slot holds. The indexes keep deleted slots, and lose and gain those whose key changes.
func (e *editor) put(ctx *sql.Context, s *slot, old, row sql.Row) error {
	switch {
	case row == nil:
		s.row.Store(nil)
		e.dead++
		return nil
	case old == nil: // a deleted row comes back
		e.dead--
	default:
		for _, x := range e.all() {
			same, err := x.same(ctx, old, row)
			if err != nil {
				return err
			}
			if same {
				continue
			}
			if err := x.remove(ctx, s, old); err != nil {
				return err
			}
			if err := x.add(ctx, s, row); err != nil {
				return err
			}
		}
	}
	s.row.Store(&row)
	return nil
}

// locate finds the slot of a row that the engine read before.
func (e *editor) locate(ctx *sql.Context, row sql.Row) (*slot, error) {
	if e.primary != nil {
		return e.primary.find(ctx, row)
	}
	for _, s := range e.slots {
		other := s.row.Load()
		if other == nil {
			continue
		}
		if same, err := other.Equals(ctx, row, e.schema.Schema); err != nil {
			return nil, err
		} else if same {
			return s, nil
		}
	}
	return nil, nil
}

// unique refuses a row whose key another slot than except has.
func (e *editor) unique(ctx *sql.Context, row sql.Row, except *slot) error {
	for _, x := range e.all() {
		if !x.unique {
			continue
		}
		other, err := x.find(ctx, row)
		if err != nil {
			return err
		}
		if other != nil && other != except {
			return x.duplicate(row, *other.row.Load())
		}
	}
	return nil
}

func (x *index) duplicate(row, existing sql.Row) error {
	var b strings.Builder
	for i, o := range x.ordinals {
		if i > 0 {
			b.WriteByte('-')
		}
		fmt.Fprint(&b, row[o])
	}
	return sql.NewUniqueKeyErr(b.String(), x == x.table.primary, existing)
}

// fits checks the values' types.
func (e *editor) fits(ctx *sql.Context, row sql.Row) error {
	schema := e.Schema()
	if len(row) != len(schema) {
		return fmt.Errorf("%d values for the %d columns of %s", len(row), len(schema), e.name)
	}
	for i, v := range row {
		if !schema[i].Check(ctx, v) {
			return sql.ErrInvalidType.New(v)
		}
	}
	return nil
}

// compact drops deleted slots from the table and its indexes. Readers keep the slices that they have.
func (t *table) compact(ctx *sql.Context) error {
	live := make([]*slot, 0, len(t.slots)-t.dead)
	for _, s := range t.slots {
		if s.row.Load() != nil {
			live = append(live, s)
		}
	}
	t.slots, t.dead = live, 0
	for _, x := range t.all() {
		if err := x.fill(ctx, live); err != nil {
			return err
		}
	}
	return nil
}

func (t *table) Truncate(*sql.Context) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(t.slots) - t.dead
	t.slots, t.dead, t.next = nil, 0, 1
	for _, x := range t.all() {
		x.clear()
	}
	return n, nil
}

func (e *editor) SetAutoIncrementValue(_ *sql.Context, v uint64) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.next = v
	return nil
}

func (e *editor) AcquireAutoIncrementLock(*sql.Context) (func(), error) { return func() {}, nil }
