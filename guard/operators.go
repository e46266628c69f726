package guard

import (
	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/opcode"
)

// Precedences, lowest first, as the manual's "Operator Precedence" has them.
const (
	precAssign = iota
	precOr
	precXor
	precAnd
	precNot
	precBetween
	precCompare
	precBitOr
	precBitAnd
	precShift
	precAdd
	precMul
	precBitXor
	precUnary
	precBang
	precCollate
	precAtom
)

func binaryPrec(op opcode.Op) int {
	switch op {
	case opcode.LogicOr:
		return precOr
	case opcode.LogicXor:
		return precXor
	case opcode.LogicAnd:
		return precAnd
	case opcode.EQ, opcode.NE, opcode.LT, opcode.LE, opcode.GT, opcode.GE, opcode.NullEQ:
		return precCompare
	case opcode.Or:
		return precBitOr
	case opcode.And:
		return precBitAnd
	case opcode.LeftShift, opcode.RightShift:
		return precShift
	case opcode.Plus, opcode.Minus:
		return precAdd
	case opcode.Mul, opcode.Div, opcode.IntDiv, opcode.Mod:
		return precMul
	case opcode.Xor:
		return precBitXor
	default:
		return 0
	}
}

var operators = map[opcode.Op]string{
	opcode.LogicOr: " OR ", opcode.LogicXor: " XOR ", opcode.LogicAnd: " AND ",
	opcode.EQ: " = ", opcode.NE: " != ", opcode.LT: " < ", opcode.LE: " <= ", opcode.GT: " > ", opcode.GE: " >= ",
	opcode.NullEQ: " <=> ", opcode.Or: " | ", opcode.And: " & ", opcode.LeftShift: " << ", opcode.RightShift: " >> ",
	opcode.Plus: " + ", opcode.Minus: " - ", opcode.Mul: " * ", opcode.Div: " / ", opcode.IntDiv: " DIV ",
	opcode.Mod: " % ", opcode.Xor: " ^ ",
}

func precedence(e ast.ExprNode) int {
	switch n := e.(type) {
	case *ast.BinaryOperationExpr:
		return binaryPrec(n.Op)
	case *ast.UnaryOperationExpr:
		switch n.Op {
		case opcode.Not:
			return precNot
		case opcode.Not2:
			return precBang
		default:
			return precUnary
		}
	case *ast.BetweenExpr:
		return precBetween
	case *ast.IsNullExpr, *ast.IsTruthExpr, *ast.PatternInExpr, *ast.PatternLikeOrIlikeExpr, *ast.PatternRegexpExpr,
		*ast.CompareSubqueryExpr:
		return precCompare
	case *ast.ExistsSubqueryExpr:
		if n.Not {
			return precNot
		}
	case *ast.SetCollationExpr:
		return precCollate
	case *ast.FuncCastExpr:
		if n.FunctionType == ast.CastBinaryOperator {
			return precCollate
		}
	case *ast.FuncCallExpr:
		if n.FnName.L == ast.JSONMemberOf {
			return precCompare
		}
	case *ast.VariableExpr:
		if n.Value != nil {
			return precAssign
		}
	case *literal:
		if n.slot == variableSlot || n.slot == knownSlot {
			return precUnary // may turn out negative
		}
	}
	return precAtom
}

// operand prints e, in parentheses unless it binds at least as tightly as min.
func (p *printer) operand(e ast.ExprNode, min int) {
	if precedence(e) >= min {
		p.expr(e)
		return
	}
	p.str("(")
	p.expr(e)
	p.str(")")
}

// binary prints a chain of left-associative operators without recursion: a AND b AND c AND …
func (p *printer) binary(n *ast.BinaryOperationExpr) {
	prec := binaryPrec(n.Op)
	chain := []*ast.BinaryOperationExpr{n}
	left := n.L
	for prec != precCompare {
		l, ok := left.(*ast.BinaryOperationExpr)
		if !ok || binaryPrec(l.Op) != prec {
			break
		}
		chain = append(chain, l)
		left = l.L
	}
	p.operand(left, prec+1)
	for i := len(chain) - 1; i >= 0; i-- {
		text := operators[chain[i].Op]
		if text == "" {
			p.fail("An operator of this statement")
			return
		}
		p.str(text)
		p.operand(chain[i].R, prec+1)
	}
}
