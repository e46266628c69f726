package guard

import (
	"strconv"
	"strings"

	"github.com/askwire/askwire"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// selectStmt checks one SELECT and returns the shape of its result.
func (c *checker) selectStmt(n *ast.SelectStmt, outer *scope, ctes *cteScope, named bool) (*relation, error) {
	if err := c.clauses(n); err != nil {
		return nil, err
	}
	outerSubs := c.subs
	c.subs = 0
	ctes, err := c.with(n.With, outer, ctes)
	if err != nil {
		return nil, err
	}
	sc := &scope{outer: outer, ctes: ctes}
	var solid []*source // not on the nullable side of an outer join
	if n.From != nil {
		if solid, err = c.from(n.From.TableRefs, sc); err != nil {
			return nil, err
		}
	}
	if n.Where != nil {
		cx := &exprContext{scope: sc, info: &exprInfo{}, strict: true}
		if err := c.exprs(cx, &n.Where); err != nil {
			return nil, err
		}
		c.push(conjuncts(n.Where), sc, solid)
	}
	if err := c.connected(n, sc); err != nil {
		return nil, err
	}
	if err := c.declaredJoins(n, sc); err != nil {
		return nil, err
	}
	infos, err := c.fields(n, sc, named)
	if err != nil {
		return nil, err
	}
	for i := range n.WindowSpecs {
		cx := &exprContext{scope: sc, info: &exprInfo{}}
		if err := c.windowSpec(&n.WindowSpecs[i], cx); err != nil {
			return nil, err
		}
	}
	rel := &relation{cols: sc.fields, shape: shape{n, sc, solid}}
	if err := c.grouping(n, sc, infos); err != nil {
		return nil, err
	}
	if n.Having != nil {
		cx := &exprContext{scope: sc, info: &exprInfo{}, alias: columnFirst}
		if err := c.exprs(cx, &n.Having.Expr); err != nil {
			return nil, err
		}
	}
	if n.OrderBy != nil {
		cx := &exprContext{scope: sc, info: &exprInfo{}, alias: aliasFirst}
		if err := c.orderBy(n.OrderBy.Items, len(sc.fields), cx); err != nil {
			return nil, err
		}
	}
	c.estimate(n, sc, rel, infos, c.subs)
	c.subs = outerSubs
	return rel, c.limitClause(n.Limit)
}

// clauses refuses or resets what is not an expression. QueryBlockOffset, WithBeforeBraces and IsInBraces say where the
// SELECT stands, which the printer decides itself.
func (c *checker) clauses(n *ast.SelectStmt) error {
	switch {
	case n.Kind != ast.SelectStmtKindSelect || len(n.Lists) > 0 || n.Fields == nil:
		return denied("TABLE or VALUES as a statement", "Write SELECT … FROM ….")
	case n.LockInfo != nil:
		return denied("A locking read (FOR UPDATE, FOR SHARE, LOCK IN SHARE MODE)", "Leave the lock out.")
	case n.SelectIntoOpt != nil:
		return denied("SELECT … INTO", "Leave INTO out; the rows come back as a result.")
	case n.AsViewSchema:
		return denied("A view's definition", "Write a SELECT.")
	}
	n.TableHints = nil
	opts := &ast.SelectStmtOpts{SQLCache: true}
	if n.SelectStmtOpts != nil {
		opts.StraightJoin = n.StraightJoin // the others buffer, lock or count, and change no row
	}
	n.SelectStmtOpts = opts
	return nil
}

// fields checks the select list and expands its stars.
func (c *checker) fields(n *ast.SelectStmt, sc *scope, named bool) ([]exprInfo, error) {
	out := make([]*ast.SelectField, 0, len(n.Fields.Fields))
	infos := make([]exprInfo, 0, len(n.Fields.Fields))
	sc.fields = make([]relColumn, 0, len(n.Fields.Fields))
	for _, f := range n.Fields.Fields { // Offset and the Auxiliary flags are positions and planner's notes
		if f.WildCard != nil {
			c.rule("star")
			more, err := c.star(f.WildCard, sc)
			if err != nil {
				return nil, err
			}
			for _, r := range more {
				infos = append(infos, c.starField(&out, r, sc))
			}
			c.stars += len(more)
			if len(out) > maxColumns || c.stars > maxStarColumns {
				return nil, errTooManyColumns()
			}
			continue
		}
		cx := &exprContext{scope: sc, info: &exprInfo{}, strict: true}
		source := f.AsName.O == ""
		col := relColumn{name: c.identifier(keptName(f.AsName.O))}
		if col.name != f.AsName.O {
			f.AsName = ast.CIStr{O: col.name, L: strings.ToLower(col.name)}
		}
		if err := c.exprs(cx, &f.Expr); err != nil {
			return nil, err
		}
		if source {
			c.header(f, &col, named)
		}
		col.low = strings.ToLower(col.name)
		col.deps = cx.info.deps
		sc.fields = append(sc.fields, col)
		infos = append(infos, *cx.info)
		out = append(out, f)
		if len(out) > maxColumns {
			return nil, errTooManyColumns()
		}
	}
	n.Fields.Fields = out
	return infos, nil
}

const (
	maxColumns     = 4096  // MySQL's own limit
	maxStarColumns = 16384 // of all stars of a statement: WITH a AS (SELECT * …), b AS (SELECT * FROM a), …
)

func errTooManyColumns() *askwire.Error {
	return askwire.Errorf(askwire.TooComplex, "The select list has more than %d columns.", maxColumns).WithHint("Select fewer.")
}

// star lists what * or t.* stands for.
func (c *checker) star(w *ast.WildCardField, sc *scope) ([]joined, error) {
	if w.Table.O == "" && w.Schema.O != "" {
		return nil, denied("An empty name", "Name the table before .*")
	}
	if w.Table.O == "" {
		if len(sc.sources) == 0 {
			return nil, askwire.Errorf(askwire.Syntax, "No tables used.").WithHint("Add FROM.")
		}
		if sc.visible != nil {
			return sc.visible, nil
		}
		var out []joined
		for _, s := range sc.sources {
			out = append(out, sourceColumns(s)...)
		}
		return out, nil
	}
	fold, db := c.p.fold(w.Table.O), c.p.foldDatabase(w.Schema.O)
	for _, s := range sc.sources {
		if s.fold == fold && (w.Schema.O == "" || s.db == db) {
			return sourceColumns(s), nil
		}
	}
	return nil, askwire.Errorf(askwire.UnknownTable, "Unknown table '%s'.", w.Table.O).WithHint("Name a table of FROM before .*")
}

// sourceColumns lists the columns of a table as a star and a natural join have them.
func sourceColumns(s *source) []joined {
	out := make([]joined, 0, s.width())
	refs := make([]colRef, s.width())
	for i := range refs {
		if s.table != nil && s.table.cols[i].invisible {
			continue
		}
		name, low := s.column(i)
		refs[i] = colRef{s, i}
		out = append(out, joined{name: name, low: low, refs: refs[i : i+1]})
	}
	return out
}

// starField adds one column of a star. A column merged by USING is named without its table, as only then it is merged;
// where another column has that name too, it is named as the server itself would take it: that of the outer side.
func (c *checker) starField(out *[]*ast.SelectField, r joined, sc *scope) exprInfo {
	name := &ast.ColumnName{Name: ast.CIStr{O: r.name, L: r.low}}
	if len(r.refs) == 1 || sc.shown(r.low) > 1 {
		alias := r.refs[0].src.alias
		name.Table = ast.CIStr{O: alias, L: alias}
	}
	cx := &exprContext{scope: sc, info: &exprInfo{}}
	for _, ref := range r.refs {
		c.touch(ref.src, ref.i, cx)
	}
	*out = append(*out, &ast.SelectField{Expr: &ast.ColumnNameExpr{Name: name}})
	sc.fields = append(sc.fields, relColumn{name: r.name, low: r.low, deps: cx.info.deps})
	return *cx.info
}

// grouping checks GROUP BY and finds out which results are group keys.
func (c *checker) grouping(n *ast.SelectStmt, sc *scope, infos []exprInfo) error {
	if n.GroupBy != nil {
		m := &keyMarker{c: c, n: n, sc: sc}
		for _, it := range n.GroupBy.Items {
			if pos, ok := it.Expr.(*ast.PositionExpr); ok {
				if err := checkPosition(pos, len(sc.fields)); err != nil {
					return err
				}
				sc.fields[pos.N-1].key = true
				continue
			}
			cx := &exprContext{scope: sc, info: &exprInfo{}, alias: columnFirst, strict: true}
			if err := c.exprs(cx, &it.Expr); err != nil {
				return err
			}
			if cx.outer { // one value for all rows; behind a barrier it ends MariaDB 10.11 and 11.8, with HAVING
				return denied("GROUP BY with a column of an outer query", "Leave it out: it is the same for every row.")
			}
			m.mark(it.Expr)
		}
	}
	for i := range infos {
		sc.fields[i].key = sc.fields[i].key && !infos[i].agg
	}
	return nil
}

// keyMarker finds the results that are a group item itself: by name, or by their text.
type keyMarker struct {
	c      *checker
	n      *ast.SelectStmt
	sc     *scope
	byText map[string][]int
}

func (m *keyMarker) mark(item ast.ExprNode) {
	if col, ok := item.(*ast.ColumnNameExpr); ok {
		m.column(col.Name)
		return
	}
	// Whether two expressions are equal depends on the literals in them.
	m.c.pinLiterals(item)
	if m.byText == nil {
		m.byText = map[string][]int{}
		for i, f := range m.n.Fields.Fields {
			m.c.pinLiterals(f.Expr)
			m.byText[bareText(f.Expr)] = append(m.byText[bareText(f.Expr)], i)
		}
	}
	for _, i := range m.byText[bareText(item)] {
		m.sc.fields[i].key = true
	}
}

// column marks the results that are a column by which rows are grouped. An alias is meant only where no table has a column of that name.
func (m *keyMarker) column(n *ast.ColumnName) {
	meansColumn := n.Table.O != ""
	for _, s := range m.sc.sources {
		meansColumn = meansColumn || s.find(n.Name.L) >= 0
	}
	if !meansColumn {
		for _, i := range m.sc.alias(n.Name.L) {
			m.sc.fields[i].key = true
		}
		return
	}
	for i, f := range m.n.Fields.Fields {
		own, isColumn := f.Expr.(*ast.ColumnNameExpr)
		if isColumn && own.Name.Name.L == n.Name.L && (own.Name.Table.O == "" || n.Table.O == "" || own.Name.Table.O == n.Table.O) {
			m.sc.fields[i].key = true
		}
	}
}

// pinLiterals notes that the values of an expression's literals decide more than a value.
func (c *checker) pinLiterals(e ast.ExprNode) {
	e.Accept(visit(func(n ast.Node) bool {
		if l, ok := n.(*literal); ok && l.OriginTextPosition() > 0 {
			c.pins = append(c.pins, [2]int{l.OriginTextPosition(), l.OriginTextPosition() + 1})
		}
		return false
	}))
}

// bareText is an expression without the tables of its columns, or "" for one that cannot be printed.
func bareText(e ast.ExprNode) string {
	p := printer{bare: true}
	p.expr(e)
	if p.err != nil {
		return ""
	}
	return string(p.out)
}

func checkPosition(pos *ast.PositionExpr, n int) error {
	if pos.P != nil || pos.N < 1 || pos.N > n {
		return askwire.Errorf(askwire.UnknownColumn, "Unknown column '%d' in the clause.", pos.N).
			WithHint("The select list has %d columns.", n)
	}
	return nil
}

func (c *checker) orderBy(items []*ast.ByItem, fields int, cx *exprContext) error {
	for _, it := range items {
		if pos, ok := it.Expr.(*ast.PositionExpr); ok {
			if err := checkPosition(pos, fields); err != nil {
				return err
			}
			continue
		}
		if err := c.exprs(cx, &it.Expr); err != nil {
			return err
		}
	}
	return nil
}
