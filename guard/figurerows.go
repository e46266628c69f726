package guard

import (
	"slices"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// Which rows a join repeats, and which it leaves out: what figures are made of.

// joinEquality is an equality, with the sources that an outer join fills up with NULLs unless it holds; nil where it always holds.
type joinEquality struct {
	equality
	optional []*source
}

// whole reports whether every row of the join has a row of a table of its own.
func (f *figures) whole() bool {
	return slices.ContainsFunc(f.solid, func(s *source) bool { return f.once(s) && f.distinct(s) })
}

// distinct reports whether different rows of a source are made of different rows of tables.
func (f *figures) distinct(s *source) bool {
	if s.table != nil {
		return s.table.real()
	}
	q := s.rel.shape
	return q.n != nil && s.lateral == nil && (q.n.GroupBy == nil || !q.n.GroupBy.Rollup) && f.of(q).whole()
}

// real: rows of the table are rows, and not what a view or the proxy makes of them.
func (r *tableRule) real() bool { return !r.view && !r.virtual && r.filter == nil }

func newFigures(c *checker, q shape, memo map[*ast.SelectStmt]*figures) *figures {
	f := &figures{c: c, n: q.n, sc: q.sc, solid: q.solid, seen: map[*source]bool{}, memo: memo}
	if q.n.From != nil {
		f.join(q.n.From.TableRefs)
	}
	if q.n.Where != nil {
		f.add(conjuncts(q.n.Where), nil)
	}
	return f
}

func (f *figures) add(conditions []ast.ExprNode, optional []*source) {
	for _, e := range f.c.equalities(conditions, &scope{sources: f.sc.sources}) {
		f.equal = append(f.equal, joinEquality{e, optional})
	}
}

// join collects the equalities of a join tree and returns its sources.
func (f *figures) join(n ast.ResultSetNode) []*source {
	switch t := n.(type) {
	case *ast.TableSource:
		if inner, ok := t.Source.(*ast.Join); ok {
			return f.join(inner)
		}
		for _, s := range f.sc.sources {
			if s.alias == t.AsName.O {
				return []*source{s}
			}
		}
	case *ast.Join:
		left := f.join(t.Left)
		if t.Right == nil {
			return left
		}
		right := f.join(t.Right)
		var optional []*source
		switch t.Tp {
		case ast.LeftJoin:
			optional = right
		case ast.RightJoin:
			optional = left
		}
		if t.On != nil {
			f.add(conjuncts(t.On.Expr), optional)
		}
		for _, u := range t.Using {
			if optional == nil {
				f.using(left, right, strings.ToLower(u.Name.O))
			}
		}
		return append(append([]*source(nil), left...), right...)
	}
	return nil
}

// using adds the equalities of an inner join's USING. Where a side has the name twice, one of its columns is meant that stands for all.
func (f *figures) using(left, right []*source, low string) {
	var sides [2][]colRef
	for i, side := range [][]*source{left, right} {
		for _, s := range side {
			if j := s.find(low); j >= 0 {
				sides[i] = append(sides[i], colRef{s, j})
			}
		}
	}
	if len(sides[0]) != 1 || len(sides[1]) != 1 {
		return
	}
	l, r := sides[0][0], sides[1][0]
	f.equal = append(f.equal, joinEquality{equality{column: l, refs: sides[1]}, nil}, joinEquality{equality{column: r, refs: sides[0]}, nil})
}

// once reports whether the join holds each row of a source at most once: every other source is found, from there on, by a key that
// holds each value once, or has one row.
func (f *figures) once(s *source) bool {
	if known, ok := f.seen[s]; ok {
		return known
	}
	reached := map[*source]bool{s: true}
	for more := true; more; {
		more = false
		for _, t := range f.sc.sources {
			if !reached[t] && f.found(t, s, reached) {
				reached[t], more = true, true
			}
		}
	}
	f.seen[s] = len(reached) == len(f.sc.sources) && s.lateral == nil
	return f.seen[s]
}

func (f *figures) found(t, start *source, reached map[*source]bool) bool {
	if t.lateral != nil {
		return false
	}
	if t.table == nil && t.rel.rows <= 1 {
		return true
	}
	for _, e := range f.equal {
		if e.column.src != t || !f.unique(e.column) {
			continue
		}
		inside := e.optional == nil || slices.Contains(e.optional, t)
		own := len(e.refs) == 1 && e.refs[0].src == start && slices.Contains(e.optional, start) // a row that is not filled up with NULLs
		switch {
		case len(e.refs) == 1 && e.refs[0].src != t && reached[e.refs[0].src] && (inside || own):
			if of := e.column.deps(); len(of) > 0 && sameClass(append(of[1:len(of):len(of)], e.refs[0].deps()...), of[0].class) {
				return true
			}
		case inside && len(e.refs) == 0 && e.other != nil && t.table != nil && constantOf(e.other, t.table.cols[e.column.i].class):
			return true
		}
	}
	return false
}

// unique reports whether a column holds each value once: a key of its own, or what a sub-select is grouped by.
func (f *figures) unique(r colRef) bool {
	if r.src.table != nil {
		col := &r.src.table.cols[r.i]
		return col.unique && col.mask == nil && col.expr == nil && r.src.table.real()
	}
	q := r.src.rel.shape
	return q.n != nil && q.n.GroupBy != nil && !q.n.GroupBy.Rollup && len(q.n.GroupBy.Items) == 1 && r.src.rel.cols[r.i].key
}
