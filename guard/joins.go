package guard

import (
	"strings"

	"github.com/askwire/askwire"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/opcode"
)

// With joins = "declared", tables are joined along foreign keys and declared relationships only. In every SELECT the
// conditions of ON, USING, NATURAL and WHERE are taken: an equality of two columns with a relationship links their tables, and
// so does one of a column with itself, as in a self join. A condition over tables that are not linked is refused; over
// linked ones it is a filter. The tables of outer queries count as linked to each other, their own SELECT has been looked at.
// x IN (SELECT y …) and x = ANY (SELECT y …) are equalities of x and y. Columns of derived tables count as the columns that
// they are made of; one made of constants alone may be joined freely.

// declaredJoins checks one SELECT.
func (c *checker) declaredJoins(n *ast.SelectStmt, sc *scope) error {
	if !c.p.declared || c.predicate || n.From == nil {
		return nil
	}
	var conditions []ast.ExprNode
	walkJoins(n.From.TableRefs, func(j *ast.Join) {
		if j.On != nil {
			conditions = append(conditions, conjuncts(j.On.Expr)...)
		}
	})
	if n.Where != nil {
		conditions = append(conditions, conjuncts(n.Where)...)
	}
	links := links{}
	var first *source
	for outer := sc.outer; outer != nil; outer = outer.outer {
		for _, s := range outer.sources {
			if first == nil {
				first = s
			}
			links.link(first, s)
		}
	}
	for _, e := range conditions {
		if b, ok := e.(*ast.BinaryOperationExpr); ok && b.Op == opcode.EQ {
			left, right := c.operands(b.L, sc), c.operands(b.R, sc)
			if len(left) == 1 && len(right) == 1 && c.related(left[0].deps(), right[0].deps()) {
				links.link(left[0].src, right[0].src)
			}
		}
	}
	for _, v := range sc.visible {
		for _, r := range v.refs[1:] {
			if c.related(v.refs[0].deps(), r.deps()) {
				links.link(v.refs[0].src, r.src)
			}
		}
	}
	for _, v := range sc.visible {
		if err := c.linked(links, v.refs); err != nil {
			return err
		}
	}
	for _, e := range conditions {
		if err := c.linked(links, c.uses(e, sc)); err != nil {
			return err
		}
	}
	return nil
}

// declaredIn checks x IN (SELECT y …) and x = ANY (SELECT y …).
func (c *checker) declaredIn(x, sub ast.ExprNode, cx *exprContext) error {
	rel := c.subResults[sub]
	if !c.p.declared || c.predicate || rel == nil {
		return nil
	}
	left := []ast.ExprNode{x}
	if row, ok := x.(*ast.RowExpr); ok {
		left = row.Values
	}
	var a, b *columnRule
	for i := range min(len(left), len(rel.cols)) {
		for _, r := range c.uses(left[i], cx.scope) {
			if c.related(r.deps(), rel.cols[i].deps) && len(c.operands(left[i], cx.scope)) == 1 {
				return nil
			}
			if len(r.deps()) > 0 && len(rel.cols[i].deps) > 0 {
				a, b = r.deps()[0], rel.cols[i].deps[0]
			}
		}
	}
	if a == nil {
		return nil
	}
	return c.notDeclared(a.ref, b.ref)
}

// links are sets of joined tables.
type links map[*source]*source

func (l links) root(s *source) *source {
	for l[s] != nil {
		s = l[s]
	}
	return s
}

func (l links) link(a, b *source) {
	if a, b = l.root(a), l.root(b); a != b {
		l[b] = a
	}
}

// linked refuses columns of tables that nothing declared links.
func (c *checker) linked(l links, refs []colRef) error {
	var first *colRef
	for i := range refs {
		r := &refs[i]
		switch {
		case len(r.deps()) == 0 || r.src.table != nil && r.src.table.filter != nil: // constants, information_schema
		case first == nil:
			first = r
		case l.root(first.src) != l.root(r.src):
			return c.notDeclared(first.deps()[0].ref, r.deps()[0].ref)
		}
	}
	return nil
}

// notDeclared says how the two tables may be joined, as far as the profile shows it.
func (c *checker) notDeclared(a, b askwire.ColumnRef) error {
	e := askwire.Errorf(askwire.PolicyDenied, "There is no declared relationship between '%s.%s' and '%s.%s'.", a.Table, a.Column, b.Table, b.Column)
	var ways []string
	for _, r := range c.p.scope.Relationships {
		if r.From.DB == a.DB && r.From.Table == a.Table && r.To.DB == b.DB && r.To.Table == b.Table ||
			r.From.DB == b.DB && r.From.Table == b.Table && r.To.DB == a.DB && r.To.Table == a.Table {
			ways = append(ways, r.From.Table+"."+r.From.Column+" = "+r.To.Table+"."+r.To.Column)
		}
	}
	if len(ways) == 0 {
		return e.WithHint("Join them through tables that are related to both, or not at all.")
	}
	return e.WithHint("Join them ON %s.", strings.Join(ways, " or "))
}

// related: each column that the one is made of has a declared relationship with each that the other is made of.
func (c *checker) related(a, b deps) bool {
	for _, x := range a {
		for _, y := range b {
			if x.ref != y.ref && !c.p.relations[[2]askwire.ColumnRef{x.ref, y.ref}] {
				return false
			}
		}
	}
	return len(a) > 0 && len(b) > 0
}

// deps are the base columns that a column is made of.
func (r colRef) deps() deps {
	if r.src.table != nil {
		return deps{&r.src.table.cols[r.i]}
	}
	return r.src.rel.cols[r.i].deps
}

// operands is what a bare column means, or nothing for any other expression.
func (c *checker) operands(e ast.ExprNode, sc *scope) []colRef {
	if n, ok := bareExpr(e).(*ast.ColumnNameExpr); ok {
		return c.meant(n.Name, sc)
	}
	return nil
}

// uses lists the columns in an expression, without those in sub-selects, which are looked at for themselves.
func (c *checker) uses(e ast.ExprNode, sc *scope) []colRef {
	var refs []colRef
	e.Accept(outside(func(n ast.Node) {
		if name, ok := n.(*ast.ColumnName); ok {
			refs = append(refs, c.meant(name, sc)...)
		}
	}))
	return refs
}

// meant finds the columns that a resolved name stands for: more than one where USING has merged them.
func (c *checker) meant(n *ast.ColumnName, sc *scope) []colRef {
	for ; sc != nil; sc = sc.outer {
		var out []colRef
		for _, s := range sc.sources {
			if n.Table.O == "" || n.Table.O == s.alias {
				if i := s.find(n.Name.L); i >= 0 {
					out = append(out, colRef{s, i})
				}
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}
