package guard

import "github.com/pingcap/tidb/pkg/parser/ast"

// visit is called with every node that the parser's own walk knows of; true leaves out what is inside of one. That walk has blind spots, so
// this is for looking at trees that the walk over the allow-list has admitted, or will.
type visit func(n ast.Node) (skip bool)

// Enter implements ast.Visitor.
func (v visit) Enter(n ast.Node) (ast.Node, bool) { return n, v(n) }

// Leave implements ast.Visitor.
func (v visit) Leave(n ast.Node) (ast.Node, bool) { return n, true }

// outside is a visit of what is not in a sub-select.
func outside(f func(n ast.Node)) visit {
	return func(n ast.Node) bool {
		_, sub := n.(*ast.SubqueryExpr)
		if !sub {
			f(n)
		}
		return sub
	}
}
