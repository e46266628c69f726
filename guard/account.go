package guard

import (
	"sort"

	"github.com/askwire/askwire"
)

// account writes the receipt of a checked statement.
func (c *checker) account() *meta {
	r := Receipt{RowLimit: c.limit, Functions: c.functions, Rules: c.rules}
	sort.Strings(r.Functions)
	for _, s := range c.tables {
		if s.table != nil {
			c.accountTable(s, &r)
		}
	}
	for _, col := range c.columns {
		r.Columns = append(r.Columns, col.ref.String())
		if col.mask != nil {
			r.Masks = appendNew(r.Masks, col.ref.String()+": "+col.mask.text)
		}
	}
	if len(r.Masks) > 0 {
		r.Rules = appendNew(r.Rules, "mask")
	}
	for _, list := range [][]string{r.Tables, r.Columns, r.Rules, r.Predicates, r.Masks} {
		sort.Strings(list)
	}
	if c.outputs != nil {
		r.Outputs = make([]Output, len(c.outputs.cols))
		for i, col := range c.outputs.cols {
			o := Output{Name: col.name, GroupKey: col.key, Known: col.known}
			for _, d := range col.deps {
				o.Sources = append(o.Sources, d.ref)
				o.Masked = o.Masked || d.mask != nil
			}
			sort.Slice(o.Sources, func(i, j int) bool { return less(o.Sources[i], o.Sources[j]) })
			r.Outputs[i] = o
		}
		c.figures(r.Outputs)
	}
	m := &meta{receipt: r, byArgs: c.byArguments}
	if c.outputs != nil {
		m.scan = c.outputs.cost
	}
	return m
}

func (c *checker) accountTable(s *source, r *Receipt) {
	t := s.table
	r.Tables = appendNew(r.Tables, t.id)
	if len(t.denied) > 0 {
		r.Rules = appendNew(r.Rules, "columns")
	}
	if t.rows != nil {
		r.Rules = appendNew(r.Rules, "row-policy")
		r.Predicates = appendNew(r.Predicates, t.id+": "+t.rowsText)
	}
}

func less(a, b askwire.ColumnRef) bool {
	if a.DB != b.DB {
		return a.DB < b.DB
	}
	if a.Table != b.Table {
		return a.Table < b.Table
	}
	return a.Column < b.Column
}
