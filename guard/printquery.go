package guard

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// query prints a SELECT or a set operation, without parentheses around it.
func (p *printer) query(n ast.Node) {
	if p.err != nil || !p.enter() {
		return
	}
	defer func() { p.depth-- }()
	switch q := n.(type) {
	case *ast.SelectStmt:
		p.selectStmt(q)
	case *ast.SetOprStmt:
		p.with(q.With)
		p.setList(q.SelectList)
		p.tail(q.OrderBy, q.Limit)
	default:
		p.fail("A statement of this kind")
	}
}

func (p *printer) with(n *ast.WithClause) {
	if n == nil {
		return
	}
	p.str("WITH ")
	if n.IsRecursive {
		p.str("RECURSIVE ")
	}
	for i, c := range n.CTEs {
		if i > 0 {
			p.str(", ")
		}
		p.name(c.Name.O)
		if len(c.ColNameList) > 0 {
			p.columnNames(c.ColNameList)
		}
		p.str(" AS ")
		p.subquery(c.Query)
	}
	p.str(" ")
}

func (p *printer) columnNames(names []ast.CIStr) {
	p.str(" (")
	for i, c := range names {
		if i > 0 {
			p.str(", ")
		}
		p.name(c.O)
	}
	p.str(")")
}

// setList prints the sides of a set operation. A side that is a list of its own, or has ORDER BY, LIMIT or WITH, stands in
// parentheses.
func (p *printer) setList(n *ast.SetOprSelectList) {
	if !p.enter() {
		return
	}
	defer func() { p.depth-- }()
	if len(n.Selects) == 0 {
		p.fail("An empty set operation")
		return
	}
	p.with(ownWith(n))
	for i, s := range n.Selects {
		switch q := s.(type) {
		case *ast.SelectStmt:
			p.setOperator(i, q.AfterSetOperator)
			if q.IsInBraces || q.OrderBy != nil || q.Limit != nil || q.With != nil {
				p.str("(")
				p.query(q)
				p.str(")")
			} else {
				p.query(q)
			}
		case *ast.SetOprSelectList:
			p.setOperator(i, q.AfterSetOperator)
			p.str("(")
			if sole := soleSelect(q); sole != nil {
				p.query(sole)
			} else {
				p.setList(q)
			}
			p.str(")")
		default:
			p.fail("A set operation of this kind")
		}
	}
	p.tail(n.OrderBy, n.Limit)
}

// soleSelect returns the SELECT of a list that holds nothing else, however deep: the parser reads ((SELECT …)) so.
func soleSelect(n *ast.SetOprSelectList) *ast.SelectStmt {
	for len(n.Selects) == 1 && ownWith(n) == nil && n.OrderBy == nil && n.Limit == nil {
		switch inner := n.Selects[0].(type) {
		case *ast.SelectStmt:
			return inner
		case *ast.SetOprSelectList:
			n = inner
		default:
			return nil
		}
	}
	return nil
}

func (p *printer) setOperator(i int, op *ast.SetOprType) {
	if i == 0 {
		return
	}
	if op == nil {
		p.fail("A set operation of this kind")
		return
	}
	p.str(" " + op.String() + " ")
}

func (p *printer) tail(order *ast.OrderByClause, limit *ast.Limit) {
	if order != nil {
		p.str(" ORDER BY ")
		p.items(order.Items)
	}
	if limit != nil {
		p.str(" LIMIT ")
		p.expr(limit.Count)
		if limit.Offset != nil {
			p.str(" OFFSET ")
			p.expr(limit.Offset)
		}
	}
}

func (p *printer) items(items []*ast.ByItem) {
	for i, it := range items {
		if i > 0 {
			p.str(", ")
		}
		p.expr(it.Expr)
		if it.Desc {
			p.str(" DESC")
		}
	}
}

func (p *printer) selectStmt(n *ast.SelectStmt) {
	if n.Kind != ast.SelectStmtKindSelect || n.Fields == nil || n.LockInfo != nil || n.SelectIntoOpt != nil || n.Lists != nil {
		p.fail("A statement of this kind") // the walk has refused these; what is not printed must not be overlooked
		return
	}
	p.with(n.With)
	p.str("SELECT ")
	if n.Distinct {
		p.str("DISTINCT ")
	}
	if n.SelectStmtOpts != nil && n.StraightJoin {
		p.str("STRAIGHT_JOIN ")
	}
	for i, f := range n.Fields.Fields {
		if i > 0 {
			p.str(", ")
		}
		p.field(f)
	}
	outer := p.named
	p.named = nil
	if n.From != nil {
		p.str(" FROM ")
		p.join(n.From.TableRefs)
	} else if n.Where != nil {
		p.str(" FROM DUAL")
	}
	p.where(n)
	p.named = outer
	if n.GroupBy != nil {
		p.str(" GROUP BY ")
		p.items(n.GroupBy.Items)
		if n.GroupBy.Rollup {
			p.str(" WITH ROLLUP")
		}
	}
	if n.Having != nil {
		p.str(" HAVING ")
		p.expr(n.Having.Expr)
	}
	for i := range n.WindowSpecs {
		if i == 0 {
			p.str(" WINDOW ")
		} else {
			p.str(", ")
		}
		spec := n.WindowSpecs[i]
		p.name(spec.Name.O)
		p.str(" AS ")
		spec.OnlyAlias = false
		p.windowSpec(&spec)
	}
	p.tail(n.OrderBy, n.Limit)
}

// where prints the condition, behind one that no row meets where none may pass. The server cannot settle it beforehand.
func (p *printer) where(n *ast.SelectStmt) {
	word := " WHERE "
	for _, s := range p.named {
		p.str(word)
		p.name(s.alias)
		p.str(".")
		p.name(s.table.telling())
		p.str(" LIKE ''")
		word = " AND "
	}
	if n.Where == nil {
		return
	}
	p.str(word)
	if len(p.named) > 0 {
		p.operand(n.Where, precAnd+1)
		return
	}
	p.expr(n.Where)
}

// telling is a column of information_schema that differs from row to row: a name, and not that of the one catalog, which MySQL compares
// beforehand.
func (t *tableRule) telling() string {
	for i := range t.cols {
		if n := t.cols[i].name; strings.HasSuffix(n, "_NAME") && n != "CATALOG_NAME" {
			return n
		}
	}
	return t.cols[0].name
}

func (p *printer) field(n *ast.SelectField) {
	if n.WildCard != nil || n.Expr == nil {
		p.fail("* in this place") // stars are expanded before printing
		return
	}
	p.expr(n.Expr)
	name := n.AsName.O
	if name == "" {
		name = p.maskedHeader(n)
	}
	if name == "" {
		return
	}
	p.str(" AS ")
	p.name(name)
}

// join prints a join tree. Parentheses keep its shape where the grammar would read another: around a right side that is a
// join, and around a left side without a condition of its own.
func (p *printer) join(n *ast.Join) {
	if !p.enter() {
		return
	}
	defer func() { p.depth-- }()
	p.joinSide(n.Left, false)
	if n.Right == nil {
		return
	}
	switch {
	case n.NaturalJoin:
		p.fail("NATURAL JOIN") // rewritten before printing
	case n.StraightJoin:
		p.str(" STRAIGHT_JOIN ")
	case n.Tp == ast.LeftJoin:
		p.str(" LEFT JOIN ")
	case n.Tp == ast.RightJoin:
		p.str(" RIGHT JOIN ")
	default:
		p.str(" JOIN ")
	}
	p.joinSide(n.Right, true)
	if n.On != nil {
		p.str(" ON ")
		p.expr(n.On.Expr)
	}
	if len(n.Using) > 0 {
		p.str(" USING (")
		for i, c := range n.Using {
			if i > 0 {
				p.str(", ")
			}
			p.name(c.Name.O)
		}
		p.str(")")
	}
}

func (p *printer) joinSide(n ast.ResultSetNode, right bool) {
	switch t := n.(type) {
	case *ast.Join:
		switch {
		case t.Right == nil:
			p.joinSide(t.Left, right)
		case right || t.On == nil && len(t.Using) == 0:
			p.str("(")
			p.join(t)
			p.str(")")
		default:
			p.join(t)
		}
	case *ast.TableSource:
		p.source(t)
	default:
		p.fail("A table of this kind")
	}
}

func (p *printer) source(n *ast.TableSource) {
	if len(n.ColumnNames) > 0 {
		p.fail("A column list behind the alias of a table")
		return
	}
	switch t := n.Source.(type) {
	case *boundTable:
		p.table(t.src)
	case *boundCTE:
		p.name(t.cte.printed)
	case *ast.TableName: // only when a printed text is printed again
		if len(t.PartitionNames) > 0 || t.AsOf != nil || t.TableSample != nil {
			p.fail("A table of this kind")
		}
		if t.Schema.O != "" {
			p.name(t.Schema.O)
			p.str(".")
		}
		p.name(t.Name.O)
	case *ast.SelectStmt, *ast.SetOprStmt:
		if n.Lateral {
			p.str("LATERAL ")
		}
		p.str("(")
		p.query(t)
		p.str(")")
	case *ast.Join:
		p.str("(")
		p.join(t)
		p.str(")")
		return
	default:
		p.fail("A table of this kind")
		return
	}
	if n.AsName.O != "" {
		p.str(" AS ")
		p.name(n.AsName.O)
	}
	switch t := n.Source.(type) {
	case *boundTable:
		if p.flat == t.src {
			p.ignore(t.src.table)
		}
	case *ast.TableName:
		p.ignored(t.IndexHints)
	}
}

// ignore prints which indexes a table is read without.
func (p *printer) ignore(t *tableRule) {
	if t.ignored != nil {
		p.fragment(t.ignored)
	}
}

// ignored prints the same of a printed text.
func (p *printer) ignored(hints []*ast.IndexHint) {
	for _, h := range hints {
		if h.HintType != ast.HintIgnore || h.HintScope != ast.HintForScan {
			p.fail("An index hint of this kind")
			return
		}
		p.str(" IGNORE INDEX (")
		for i, name := range h.IndexNames {
			if i > 0 {
				p.str(", ")
			}
			p.name(name.O)
		}
		p.str(")")
	}
}

// noMerge is a LIMIT that never cuts: it keeps optimizers from merging a sub-select into the query around it, and from
// pushing that query's conditions into it.
const noMerge = " LIMIT 18446744073709551615"

// table prints a base table: as its name when everything in it is visible, else as a sub-select of the columns that the
// statement reads, with masks, the row policy and, behind its barrier, the conditions that cannot fail.
func (p *printer) table(s *source) {
	t := s.table
	if p.empty {
		p.named = append(p.named, s)
	}
	if !t.wrap || p.flat == s || p.embed {
		p.name(t.db)
		p.str(".")
		p.name(t.name)
		return
	}
	if t.virtual {
		p.virtualTable(s)
		return
	}
	rows := p.rows.of(t)
	p.str("(")
	if len(rows) > 0 {
		p.str("(")
	}
	p.str("SELECT ")
	n := 0
	for i := range t.cols {
		if !s.used[i] {
			continue
		}
		if n > 0 {
			p.str(", ")
		}
		n++
		c := &t.cols[i]
		switch {
		case c.mask != nil:
			p.fragment(c.mask.expr)
			p.str(" AS ")
		case c.expr != nil:
			p.fragment(c.expr)
			p.str(" AS ")
		}
		p.name(c.name)
	}
	if n == 0 {
		p.str("1 AS `1`")
	}
	p.str(" FROM ")
	p.name(t.db)
	p.str(".")
	p.name(t.name)
	p.ignore(t)
	filter := t.rows
	if t.filter != nil {
		filter = t.filter
	}
	if filter != nil {
		p.str(" WHERE (")
		p.fragment(filter)
		p.str(")")
	}
	if t.barrier {
		bare := p.bare
		p.bare = true
		for _, e := range s.pushed {
			p.str(" AND ")
			p.operand(e, precAnd+1)
		}
		p.bare = bare
		p.str(noMerge)
	}
	if len(rows) > 0 {
		p.str(")")
		p.united(s, rows)
	}
	p.str(")")
}
