package guard

import (
	"slices"
	"strings"

	"github.com/askwire/askwire"
)

func (b *builder) reduceScope() {
	s := *b.snap
	s.Tables = nil
	for _, t := range b.snap.Tables {
		rule := b.policy.table(t.DB, t.Name)
		if rule == nil {
			continue
		}
		s.Tables = append(s.Tables, reduceTable(t, rule))
	}
	s.Relationships = nil
	for _, r := range b.snap.Relationships {
		if b.visible(r.From) && b.visible(r.To) {
			s.Relationships = append(s.Relationships, r)
		}
	}
	for _, r := range b.related {
		if !slices.ContainsFunc(s.Relationships, r.Same) {
			s.Relationships = append(s.Relationships, r)
		}
	}
	s.Terms = nil
	for _, t := range b.snap.Terms {
		if b.tablesVisible(t.Tables) {
			s.Terms = append(s.Terms, t)
		}
	}
	b.policy.scope = askwire.NewSnapshot(s)
	b.reduceForeignKeys()
}

// reduceTable leaves out denied columns, keys over them, and samples of masked columns and of tables with a row policy.
func reduceTable(t *askwire.Table, rule *tableRule) *askwire.Table {
	c := *t
	c.Columns = nil
	for _, col := range t.Columns {
		i, ok := rule.byLow[strings.ToLower(col.Name)]
		if !ok {
			continue
		}
		if rule.rows != nil || rule.cols[i].mask != nil {
			col.Samples = nil
		}
		c.Columns = append(c.Columns, col)
	}
	seen := func(names []string) bool {
		for _, n := range names {
			if _, ok := rule.byLow[strings.ToLower(n)]; !ok {
				return false
			}
		}
		return true
	}
	if !seen(c.PrimaryKey) {
		c.PrimaryKey = nil
	}
	c.Indexes, c.ForeignKeys = nil, nil
	for _, ix := range t.Indexes {
		if seen(ix.Columns) {
			c.Indexes = append(c.Indexes, ix)
		}
	}
	for _, fk := range t.ForeignKeys {
		if seen(fk.Columns) {
			c.ForeignKeys = append(c.ForeignKeys, fk)
		}
	}
	if rule.rows != nil {
		c.Rows = -1 // the whole table's count is not this principal's
	}
	return &c
}

func (b *builder) reduceForeignKeys() {
	for _, t := range b.policy.scope.Tables {
		kept := t.ForeignKeys[:0:0]
		for _, fk := range t.ForeignKeys {
			ok := true
			for _, col := range fk.RefColumns {
				ok = ok && b.visible(askwire.ColumnRef{DB: fk.RefDB, Table: fk.RefTable, Column: col})
			}
			if ok {
				kept = append(kept, fk)
			}
		}
		t.ForeignKeys = kept
	}
}

func (b *builder) visible(c askwire.ColumnRef) bool {
	t := b.policy.table(c.DB, c.Table)
	if t == nil {
		return false
	}
	_, ok := t.byLow[strings.ToLower(c.Column)]
	return ok
}

func (b *builder) tablesVisible(ids []string) bool {
	for _, id := range ids {
		db, name, _ := strings.Cut(id, ".")
		if b.policy.table(db, name) == nil {
			return false
		}
	}
	return true
}
