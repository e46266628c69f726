package guard

import (
	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/opcode"
)

// A table with a row policy, and information_schema, are read behind a barrier (see noMerge), which costs the indexes of the statement's own
// conditions. So conditions that cannot fail, whatever the row holds, are copied inside: comparisons of a bare column with
// constants of its type. Any other expression stays outside, where it meets only rows that the policy shows.

// pushWhere copies the conditions of WHERE inside. A condition with ? markers cannot be in the text twice; it moves, when
// that leaves the markers in their order.
func (c *checker) pushWhere(n *ast.SelectStmt, sc *scope, solid []*source) error {
	any := false
	for _, s := range solid {
		any = any || s.table != nil && s.table.barrier
	}
	if !any {
		return nil
	}
	parts := conjuncts(n.Where)
	c.pushCopies(parts, sc, solid)
	if c.params == 0 || len(sc.sources) != 1 {
		return nil
	}
	s := sc.sources[0]
	// parts run from the last to the first.
	var keep []ast.ExprNode
	blocked := false
	var moved []ast.ExprNode
	for i := len(parts) - 1; i >= 0; i-- {
		e := parts[i]
		marks := hasMarker(e)
		if marks && !blocked && c.pushable(e, sc, true) == s {
			moved = append(moved, e)
			continue
		}
		blocked = blocked || marks
		keep = append(keep, e)
	}
	if len(moved) == 0 {
		return nil
	}
	s.pushed = append(s.pushed, moved...)
	n.Where = conjunction(keep)
	return nil
}

func conjunction(parts []ast.ExprNode) ast.ExprNode {
	var out ast.ExprNode
	for _, e := range parts {
		if precedence(e) <= precAnd {
			e = &ast.ParenthesesExpr{Expr: e}
		}
		if out == nil {
			out = e
		} else {
			out = &ast.BinaryOperationExpr{Op: opcode.LogicAnd, L: out, R: e}
		}
	}
	return out
}

// pushCopies copies conditions without markers into the sources that they are about.
func (c *checker) pushCopies(parts []ast.ExprNode, sc *scope, into []*source) {
	for _, e := range parts {
		s := c.pushable(e, sc, false)
		if s == nil || hasMarker(e) {
			continue
		}
		for _, t := range into {
			if t == s {
				s.pushed = append(s.pushed, e)
				c.rule("pushed")
			}
		}
	}
}

// pushable returns the source behind a barrier that a condition is about, if it is of a kind that cannot fail.
func (c *checker) pushable(e ast.ExprNode, sc *scope, markers bool) *source {
	var col ast.ExprNode
	var constants []ast.ExprNode
	switch n := e.(type) {
	case *ast.BinaryOperationExpr:
		if binaryPrec(n.Op) != precCompare {
			return nil
		}
		col, constants = n.L, []ast.ExprNode{n.R}
		if _, ok := col.(*ast.ColumnNameExpr); !ok {
			col, constants = n.R, []ast.ExprNode{n.L}
		}
	case *ast.BetweenExpr:
		col, constants = n.Expr, []ast.ExprNode{n.Left, n.Right}
	case *ast.PatternInExpr:
		if n.Sel != nil {
			return nil
		}
		col, constants = n.Expr, n.List
	case *ast.PatternLikeOrIlikeExpr:
		col, constants = n.Expr, []ast.ExprNode{n.Pattern}
	case *ast.IsNullExpr:
		col = n.Expr
	default:
		return nil
	}
	name, ok := col.(*ast.ColumnNameExpr)
	if !ok {
		return nil
	}
	s, rule := c.ownColumn(name.Name, sc)
	if s == nil || s.table == nil || !s.table.barrier || rule.mask != nil || rule.expr != nil || rule.class == otherType {
		return nil
	}
	if _, like := e.(*ast.PatternLikeOrIlikeExpr); like && rule.class != textType {
		return nil
	}
	for _, k := range constants {
		if !constantOf(k, rule.class, markers) {
			return nil
		}
	}
	return s
}

// ownColumn finds the one source of this scope that a resolved name belongs to.
func (c *checker) ownColumn(n *ast.ColumnName, sc *scope) (*source, *columnRule) {
	var found *source
	var rule *columnRule
	for _, s := range sc.sources {
		if n.Table.O != "" && s.alias != n.Table.O {
			continue
		}
		i := s.find(n.Name.L)
		if i < 0 {
			continue
		}
		if found != nil || s.table == nil {
			return nil, nil
		}
		found, rule = s, &s.table.cols[i]
	}
	return found, rule
}

// constantOf accepts a literal of the column's type: no conversion, so no error that a row could decide.
func constantOf(e ast.ExprNode, class typeClass, markers bool) bool {
	if u, ok := e.(*ast.UnaryOperationExpr); ok && u.Op == opcode.Minus {
		l, isLiteral := u.V.(*literal)
		return isLiteral && class == numericType && l.slot == noSlot && (l.kind == intLiteral || l.kind == decimalLiteral)
	}
	switch n := e.(type) {
	case *marker:
		return markers && class != temporalType
	case *literal:
		if n.slot != noSlot || n.introduced() {
			return false
		}
		switch class {
		case numericType:
			return n.kind == intLiteral || n.kind == decimalLiteral
		case textType, temporalType:
			return n.kind == stringLiteral
		}
	case *ast.FuncCallExpr:
		return class == temporalType && (n.FnName.L == ast.DateLiteral || n.FnName.L == ast.TimestampLiteral)
	}
	return false
}

func hasMarker(e ast.ExprNode) bool {
	v := &markerVisitor{}
	e.Accept(v)
	return v.found
}

type markerVisitor struct{ found bool }

// Enter implements ast.Visitor.
func (v *markerVisitor) Enter(n ast.Node) (ast.Node, bool) {
	if _, ok := n.(*marker); ok {
		v.found = true
	}
	return n, v.found
}

// Leave implements ast.Visitor.
func (v *markerVisitor) Leave(n ast.Node) (ast.Node, bool) { return n, true }
