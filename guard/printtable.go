package guard

import "github.com/pingcap/tidb/pkg/parser/ast"

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
		p.name(p.qualifier(n.AsName.O))
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
	if s.ahead != "" {
		p.name(s.ahead)
		return
	}
	p.filtered(s)
}

// filtered prints the sub-select that a base table is read through.
func (p *printer) filtered(s *source) {
	t := s.table
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
