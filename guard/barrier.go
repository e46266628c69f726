package guard

import (
	"slices"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/opcode"
)

// A table with a row policy, and information_schema, are read behind a barrier (see noMerge), which costs the indexes of the statement's own
// conditions. So conditions that cannot fail, whatever the row holds, are copied inside: comparisons of a bare column with
// constants of its type. Any other expression stays outside, where it meets only rows that the policy shows.

// push copies conditions into the sources that they are about, out of those that are given. A condition with ? markers is then in
// the text twice; see Statement.Markers.
func (c *checker) push(parts []ast.ExprNode, sc *scope, into []*source) {
	for _, e := range parts {
		s := c.pushable(e, sc)
		if s != nil && slices.Contains(into, s) {
			s.pushed = append(s.pushed, e)
			c.rule("pushed")
		}
	}
}

// pushable returns the source behind a barrier that a condition is about, if it is of a kind that cannot fail.
func (c *checker) pushable(e ast.ExprNode, sc *scope) *source {
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
		if m, ok := k.(*marker); ok && c.fits(m, rule.class) {
			continue
		}
		if !constantOf(k, rule.class) {
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

// constantOf accepts a literal of the column's type: no conversion, so no error that a row could decide. The value of a ? beside a
// numeric column is converted itself; for others see Arguments.
func constantOf(e ast.ExprNode, class typeClass) bool {
	if u, ok := e.(*ast.UnaryOperationExpr); ok && u.Op == opcode.Minus {
		l, isLiteral := u.V.(*literal)
		return isLiteral && class == numericType && l.slot == noSlot && (l.kind == intLiteral || l.kind == decimalLiteral)
	}
	switch n := e.(type) {
	case *marker:
		return class == numericType
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
