package guard

import (
	"slices"
	"strings"

	"github.com/askwire/askwire"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/opcode"
)

// A figure is a number that is computed over the rows of a group and is no value of one of them: what a model may see that may see
// aggregates only. It is shown from the tree, and what cannot be shown is none.
//
// A figure is an expression over COUNT, SUM, AVG, STDDEV and VARIANCE, without columns, sub-selects or windows beside them. MIN,
// MAX, GROUP_CONCAT, JSON_ARRAYAGG, ANY_VALUE and the BIT functions give values of single rows back. So does SUM when all rows but
// one are left out of it, by CASE, by a division, or by a join that repeats one row; so its argument is made of +, -, a product of
// at most three, and columns of rows that the join repeats none of (see once). CASE may choose between constants, which counts.
// That leaves totals of so many rows as a COUNT of the same SELECT says: Output.Counts.

// figures is the analysis of one SELECT.
type figures struct {
	c     *checker
	n     *ast.SelectStmt
	sc    *scope
	solid []*source
	equal []joinEquality
	seen  map[*source]bool // once, as far as it is known
	memo  map[*ast.SelectStmt]*figures
}

// shape is what a relation was made of, of a plain SELECT; nothing for set operations and recursions.
type shape struct {
	n     *ast.SelectStmt
	sc    *scope
	solid []*source
}

// figures completes the account of a result: which columns are figures, and which count the rows behind them.
func (c *checker) figures(out []Output) {
	q := c.outputs.shape
	if q.n == nil || !c.groups(q.n) || q.n.GroupBy != nil && q.n.GroupBy.Rollup || q.n.Distinct || len(q.n.Fields.Fields) != len(out) {
		return
	}
	f := newFigures(c, q, map[*ast.SelectStmt]*figures{})
	var sizes []int
	whole := f.whole()
	for i, field := range q.n.Fields.Fields {
		if a, ok := bareExpr(field.Expr).(*ast.AggregateFuncExpr); ok && strings.EqualFold(a.F, "count") && (whole || f.countsRows(a)) {
			sizes = append(sizes, i)
		}
	}
	for i, field := range q.n.Fields.Fields {
		if out[i].GroupKey {
			out[i].Counts = sizes
			continue
		}
		v := &figureVisitor{f: f, counts: sizes}
		field.Expr.Accept(visit(v.look))
		if out[i].Figure = v.aggregates > 0 && !v.bad && len(v.counts) > 0; out[i].Figure {
			out[i].Counts = v.counts
		}
	}
}

// groups reports whether a SELECT makes one row of many.
func (c *checker) groups(n *ast.SelectStmt) bool {
	found := n.GroupBy != nil
	for _, f := range n.Fields.Fields {
		f.Expr.Accept(outside(func(n ast.Node) {
			_, aggregate := n.(*ast.AggregateFuncExpr)
			found = found || aggregate
		}))
	}
	return found
}

// figureVisitor looks at one result.
type figureVisitor struct {
	f          *figures
	aggregates int
	counts     []int // outputs that say how many rows are behind it
	bad        bool
}

// look is a visit of the result's expression.
func (v *figureVisitor) look(n ast.Node) (skip bool) {
	switch a := n.(type) {
	case *ast.SubqueryExpr, *ast.WindowFuncExpr, *ast.ColumnNameExpr, *ast.MatchAgainst:
		v.bad = true
	case *ast.AggregateFuncExpr:
		v.aggregates++
		v.aggregate(a)
		return true
	}
	return v.bad
}

// The parser calls STD and STDDEV stddev_pop, and VARIANCE var_pop.
var totals = map[string]bool{"sum": true, "avg": true, "stddev_pop": true, "stddev_samp": true, "var_pop": true, "var_samp": true}

func (v *figureVisitor) aggregate(a *ast.AggregateFuncExpr) {
	name := strings.ToLower(a.F)
	switch {
	case a.Order != nil:
		v.bad = true
	case name == "count":
		for _, e := range a.Args {
			_, _, isColumn := v.f.column(e)
			_, constant := e.(*literal)
			v.bad = v.bad || !isColumn && !constant && !v.f.choice(e)
		}
	case !totals[name] || a.Distinct || len(a.Args) != 1:
		v.bad = true
	case v.f.choice(a.Args[0]):
	default:
		t, ok := v.f.term(a.Args[0])
		if !ok || t.columns == 0 {
			v.bad = true
			return
		}
		if t.sparse {
			v.counts = v.f.countsOf(a.Args[0], t)
		}
	}
}

// term is a number made of columns of one row.
type term struct {
	columns int  // factors
	weak    bool // one of the columns can stand for a condition: a flag, or a part of a key
	sparse  bool // may be NULL for some of the rows
	full    bool // NULL only where its table was filled up with NULLs
	src     *source
}

// term accepts columns, numbers, + and -, products, division by a number, and a number in the place of NULL.
func (f *figures) term(e ast.ExprNode) (term, bool) {
	switch n := e.(type) {
	case *ast.ParenthesesExpr:
		return f.term(n.Expr)
	case *ast.UnaryOperationExpr:
		if n.Op != opcode.Minus && n.Op != opcode.Plus {
			return term{}, false
		}
		return f.term(n.V)
	case *literal:
		return term{full: true}, n.slot == noSlot && (n.kind == intLiteral || n.kind == decimalLiteral || n.kind == floatLiteral)
	case *ast.FuncCallExpr:
		if (n.FnName.L != "coalesce" && n.FnName.L != "ifnull") || len(n.Args) != 2 {
			return term{}, false
		}
		if _, number := n.Args[1].(*literal); !number {
			return term{}, false
		}
		return f.term(n.Args[0])
	case *ast.BinaryOperationExpr:
		a, ok := f.term(n.L)
		b, okay := f.term(n.R)
		if !ok || !okay {
			return term{}, false
		}
		out := term{columns: max(a.columns, b.columns), weak: a.weak || b.weak, sparse: a.sparse || b.sparse, full: a.full && b.full, src: a.src}
		if a.src == nil {
			out.src = b.src
		} else if b.src != nil && b.src != a.src {
			out.full = false
		}
		switch n.Op {
		case opcode.Plus, opcode.Minus:
			return out, true
		case opcode.Mul:
			out.columns = a.columns + b.columns
			return out, a.columns == 0 || b.columns == 0 || out.columns <= 3 && !out.weak
		case opcode.Div:
			return out, b.columns == 0
		}
	case *ast.ColumnNameExpr:
		s, i, ok := f.column(n)
		if !ok || !f.once(s) {
			return term{}, false
		}
		t, ok := f.origin(s, i)
		t.src = s
		t.sparse = t.sparse || !slices.Contains(f.solid, s)
		return t, ok
	}
	return term{}, false
}

// origin follows a column of a source to what it is made of. Different rows must be made of different rows of tables.
func (f *figures) origin(s *source, i int) (term, bool) {
	if s.table != nil {
		col := &s.table.cols[i]
		return term{columns: 1, weak: col.keyed || col.flag, sparse: col.nullable, full: !col.nullable}, col.class == numericType && col.mask == nil && s.table.real()
	}
	q := s.rel.shape
	if q.n == nil || s.lateral != nil || i >= len(q.n.Fields.Fields) || q.n.GroupBy != nil && q.n.GroupBy.Rollup {
		return term{}, false
	}
	inner := f.of(q)
	e := bareExpr(q.n.Fields.Fields[i].Expr)
	if !f.c.groups(q.n) {
		t, ok := inner.term(e)
		t.full = t.full && !t.sparse
		return t, ok
	}
	a, ok := e.(*ast.AggregateFuncExpr)
	if !ok || len(a.Args) != 1 {
		return term{}, false
	}
	switch name := strings.ToLower(a.F); {
	case name == "count":
		_, _, isColumn := inner.column(a.Args[0])
		_, constant := a.Args[0].(*literal)
		return term{columns: 1, full: true}, (isColumn || constant) && inner.whole()
	case totals[name] || name == "min" || name == "max":
		t, ok := inner.term(a.Args[0])
		t.sparse = t.sparse || q.n.GroupBy == nil || strings.HasSuffix(name, "_samp")
		t.full = !t.sparse
		return t, ok && t.columns > 0
	}
	return term{}, false
}

// of is the analysis of a SELECT inside of this one.
func (f *figures) of(q shape) *figures {
	if have := f.memo[q.n]; have != nil {
		return have
	}
	inner := newFigures(f.c, q, f.memo)
	f.memo[q.n] = inner
	return inner
}

// choice recognises what counts rows: a condition on one column, or CASE and IF that choose between constants by one.
func (f *figures) choice(e ast.ExprNode) bool {
	constant := func(e ast.ExprNode) bool { l, ok := bareExpr(e).(*literal); return ok && l.slot == noSlot }
	switch n := e.(type) {
	case *ast.ParenthesesExpr:
		return f.choice(n.Expr)
	case *ast.CaseExpr:
		return n.Value == nil && len(n.WhenClauses) == 1 && f.condition(n.WhenClauses[0].Expr) && constant(n.WhenClauses[0].Result) &&
			(n.ElseClause == nil || constant(n.ElseClause))
	case *ast.FuncCallExpr:
		return n.FnName.L == "if" && len(n.Args) == 3 && f.condition(n.Args[0]) && constant(n.Args[1]) && constant(n.Args[2])
	default:
		return f.condition(e)
	}
}

// condition recognises a comparison of one column with constants.
func (f *figures) condition(e ast.ExprNode) bool {
	column := func(e ast.ExprNode) bool {
		s, _, ok := f.column(e)
		return ok && f.once(s)
	}
	constants := func(list ...ast.ExprNode) bool {
		return !slices.ContainsFunc(list, func(e ast.ExprNode) bool { _, ok := bareExpr(e).(*literal); return !ok })
	}
	switch n := e.(type) {
	case *ast.ParenthesesExpr:
		return f.condition(n.Expr)
	case *ast.BinaryOperationExpr:
		return binaryPrec(n.Op) == precCompare && (column(n.L) && constants(n.R) || column(n.R) && constants(n.L))
	case *ast.PatternInExpr:
		return n.Sel == nil && column(n.Expr) && constants(n.List...)
	case *ast.BetweenExpr:
		return column(n.Expr) && constants(n.Left, n.Right)
	case *ast.IsNullExpr:
		return column(n.Expr)
	}
	return false
}

// column is the one column of this SELECT's tables that an expression is.
func (f *figures) column(e ast.ExprNode) (*source, int, bool) {
	refs := f.c.operands(e, &scope{sources: f.sc.sources})
	if len(refs) != 1 {
		return nil, 0, false
	}
	return refs[0].src, refs[0].i, true
}

// countsRows reports whether a COUNT is of a column whose rows the join repeats none of: at least so many rows are there.
func (f *figures) countsRows(a *ast.AggregateFuncExpr) bool {
	if len(a.Args) != 1 {
		return false
	}
	s, _, ok := f.column(a.Args[0])
	return ok && f.once(s) && f.distinct(s)
}

// countsOf finds the outputs that count the rows for which the argument of a total is not NULL.
func (f *figures) countsOf(arg ast.ExprNode, t term) []int {
	var out []int
	f.c.pinLiterals(arg)
	text := bareText(arg)
	for i, field := range f.n.Fields.Fields {
		a, ok := bareExpr(field.Expr).(*ast.AggregateFuncExpr)
		if !ok || !strings.EqualFold(a.F, "count") || len(a.Args) != 1 {
			continue
		}
		f.c.pinLiterals(a.Args[0])
		s, _, isColumn := f.column(a.Args[0])
		if text != "" && bareText(a.Args[0]) == text && t.src != nil && f.distinct(t.src) || t.full && isColumn && s == t.src && f.distinct(s) {
			out = append(out, i)
		}
	}
	return out
}

// keyed notes the columns of keys and the flags, which can stand for a condition in a product.
func (r *tableRule) figureColumns(t *askwire.Table) {
	keys := [][]string{t.PrimaryKey}
	for _, ix := range t.Indexes {
		keys = append(keys, ix.Columns)
	}
	for _, fk := range t.ForeignKeys {
		keys = append(keys, fk.Columns)
	}
	r.view = t.View
	for i := range r.cols {
		col := &r.cols[i]
		def := &t.Columns[i]
		col.nullable = def.Nullable
		col.flag = def.DataType == "tinyint" || def.DataType == "bit" || def.DataType == "year"
		for _, k := range keys {
			col.keyed = col.keyed || slices.ContainsFunc(k, func(name string) bool { return strings.EqualFold(name, col.name) })
		}
	}
}
