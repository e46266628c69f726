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
		if !p.embed {
			for _, s := range p.ahead[c] {
				p.name(s.ahead)
				p.str(" AS ")
				p.filtered(s)
				p.str(", ")
			}
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
	flat := p.flat != nil && p.flat.table.rows != nil
	if flat {
		p.str(" WHERE (")
		p.fragment(p.flat.table.rows)
		p.str(")")
		word = " AND "
	}
	if n.Where == nil {
		return
	}
	p.str(word)
	if flat || len(p.named) > 0 {
		p.operand(n.Where, precAnd+1)
		return
	}
	p.expr(n.Where)
}

// telling is a column of information_schema that differs from row to row: a name, and not that of the one catalog, which MySQL compares
// beforehand.
func (r *tableRule) telling() string {
	for i := range r.cols {
		if n := r.cols[i].name; strings.HasSuffix(n, "_NAME") && n != "CATALOG_NAME" {
			return n
		}
	}
	return r.cols[0].name
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
