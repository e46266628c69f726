package guard

import (
	"strconv"

	"github.com/askwire/askwire"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/opcode"
)

// printer writes a tree as SQL text. It knows the node types that the guard admits and no others: what it does not know is
// an error. It never copies source text, except as an alias in back-quotes. It adds parentheses where the tree says
// something else than the bare operators would.
//
// The parser's own Restore is not used: it prints function names bare, drops parentheses around MOD's operands, and has
// comments and hints in it.
type printer struct {
	out       []byte
	slots     []slot
	extra     map[string]bool // functions that the profile adds
	bare      bool            // column names without their table: inside a policy's sub-select
	flat      *source         // the one table, when it is named directly
	ahead     map[*ast.CommonTableExpression][]*source
	embed     bool      // for Embed: tables by their names, without policies
	describes bool      // for Describing: user variables are printed
	empty     bool      // for Describing: no row of a table passes
	named     []*source // tables by their names of the FROM that is printed
	rows      *Rows     // beside those of information_schema
	hide      bool      // for a row policy: every constant is a slot
	again     bool      // only to be compared: slots are not noted
	markers   []int     // source offsets of ? in printed order
	depth     int
	err       error
}

// slot is a piece of printed text that stands for a value.
type slot struct {
	start, end int
	kind       slotKind
	pos        int    // literal: offset in the source
	name       string // variable, known
}

type slotKind uint8

const (
	noSlot slotKind = iota
	literalSlot
	variableSlot
	knownSlot
	hashKeySlot
	policySlot // a constant of a row policy: its text is the slot's name
)

func (p *printer) str(s string) { p.out = append(p.out, s...) }

func (p *printer) fail(what string) {
	if p.err == nil {
		p.err = askwire.Errorf(askwire.NotSupported, "%s is not supported.", what).WithHint("Write the statement another way.")
	}
}

func (p *printer) name(s string) { p.out = appendName(p.out, s) }

// fragment copies printed SQL with its slots.
func (p *printer) fragment(f *fragment) {
	at := len(p.out)
	p.str(f.text)
	for _, s := range f.slots {
		s.start += at
		s.end += at
		p.slots = append(p.slots, s)
	}
}

func (p *printer) enter() bool {
	p.depth++
	if p.depth > 4*maxNesting {
		p.fail("Nesting this deep")
		return false
	}
	return true
}

func (p *printer) expr(e ast.ExprNode) {
	if p.err != nil || !p.enter() {
		return
	}
	defer func() { p.depth-- }()
	switch n := e.(type) {
	case *literal:
		p.literal(n)
	case *marker:
		p.markers = append(p.markers, n.pos)
		p.str("?")
	case *ast.ColumnNameExpr:
		if m := p.masked(n.Name); m != nil {
			p.str("(")
			p.fragment(m.expr)
			p.str(")")
			return
		}
		p.column(n.Name)
	case *ast.ParenthesesExpr:
		p.str("(")
		p.expr(n.Expr)
		p.str(")")
	case *ast.BinaryOperationExpr:
		p.binary(n)
	case *ast.UnaryOperationExpr:
		p.unary(n)
	case *ast.BetweenExpr:
		p.operand(n.Expr, precBitOr)
		p.not(n.Not, " BETWEEN ")
		p.operand(n.Left, precBitOr)
		p.str(" AND ")
		p.operand(n.Right, precBitOr)
	case *ast.IsNullExpr:
		p.operand(n.Expr, precBitOr)
		p.str(" IS ")
		p.not(n.Not, "NULL")
	case *ast.IsTruthExpr:
		p.operand(n.Expr, precBitOr)
		p.str(" IS ")
		if n.True != 0 {
			p.not(n.Not, "TRUE")
		} else {
			p.not(n.Not, "FALSE")
		}
	case *ast.PatternInExpr:
		p.in(n)
	case *ast.PatternLikeOrIlikeExpr:
		p.like(n)
	case *ast.PatternRegexpExpr:
		p.operand(n.Expr, precBitOr)
		p.not(n.Not, " REGEXP ")
		p.operand(n.Pattern, precUnary)
	case *ast.CaseExpr:
		p.caseExpr(n)
	case *ast.RowExpr:
		p.list("ROW(", n.Values)
	case *ast.SubqueryExpr:
		p.subquery(n)
	case *ast.ExistsSubqueryExpr:
		p.not(n.Not, "EXISTS ")
		p.expr(n.Sel)
	case *ast.CompareSubqueryExpr:
		if operators[n.Op] == "" {
			p.fail("An operator of this statement")
			return
		}
		p.operand(n.L, precBitOr)
		p.str(operators[n.Op])
		if n.All {
			p.str("ALL ")
		} else {
			p.str("ANY ")
		}
		p.expr(n.R)
	case *ast.FuncCallExpr:
		p.call(n)
	case *ast.AggregateFuncExpr:
		p.aggregate(n)
	case *ast.WindowFuncExpr:
		p.window(n)
	case *ast.FuncCastExpr:
		p.cast(n)
	case *ast.SetCollationExpr:
		p.operand(n.Expr, precCollate+1)
		p.str(" COLLATE ")
		p.word(n.Collate)
	case *ast.MatchAgainst:
		p.match(n)
	case *ast.PositionExpr:
		if n.P != nil {
			p.expr(n.P)
			return
		}
		p.str(strconv.Itoa(n.N))
	case *ast.VariableExpr:
		p.userVariable(n)
	case *ast.TimeUnitExpr:
		p.word(n.Unit.String())
	case *ast.TrimDirectionExpr:
		p.word(n.Direction.String())
	case *ast.GetFormatSelectorExpr:
		p.word(n.Selector.String())
	default:
		p.fail("An expression of this statement")
	}
}

// word prints a bare word; anything but letters, digits and underscores is refused, wherever it came from.
func (p *printer) word(s string) {
	if s == "" {
		p.fail("An empty word")
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if letter := c|0x20 >= 'a' && c|0x20 <= 'z'; !letter && c != '_' && (c < '0' || c > '9') {
			p.fail("An unusual name")
			return
		}
	}
	p.str(s)
}

// not prints the keyword with NOT before its word: " NOT LIKE ", "NOT NULL".
func (p *printer) not(not bool, s string) {
	if not {
		if s[0] == ' ' {
			p.str(" ")
			s = s[1:]
		}
		p.str("NOT ")
	}
	p.str(s)
}

func (p *printer) column(n *ast.ColumnName) {
	if n.Name.O == "" || n.Schema.O != "" && n.Table.O == "" {
		p.fail("An empty name")
	}
	if n.Table.O != "" && !p.bare {
		if n.Schema.O != "" {
			p.name(n.Schema.O)
			p.str(".")
		}
		p.name(p.qualifier(n.Table.O))
		p.str(".")
	}
	p.name(n.Name.O)
}

// qualifier is what a table is called: its own name, where a row policy that calls it so stands beside the statement's conditions.
func (p *printer) qualifier(alias string) string {
	if p.flat != nil && p.flat.table.rows != nil && alias == p.flat.alias {
		return p.flat.table.name
	}
	return alias
}

func (p *printer) unary(n *ast.UnaryOperationExpr) {
	switch n.Op {
	case opcode.Not:
		p.str("NOT ")
		p.operand(n.V, precNot+1)
	case opcode.Not2:
		p.str("!")
		p.operand(n.V, precBang+1)
	case opcode.Minus:
		p.str("-")
		p.operand(n.V, precUnary+1)
	case opcode.Plus:
		p.str("+")
		p.operand(n.V, precUnary+1)
	case opcode.BitNeg:
		p.str("~")
		p.operand(n.V, precUnary+1)
	default:
		p.fail("An operator of this statement")
	}
}

func (p *printer) in(n *ast.PatternInExpr) {
	p.operand(n.Expr, precBitOr)
	p.not(n.Not, " IN ")
	if n.Sel != nil {
		p.expr(n.Sel)
		return
	}
	p.list("(", n.List)
}

func (p *printer) list(open string, items []ast.ExprNode) {
	p.str(open)
	for i, e := range items {
		if i > 0 {
			p.str(", ")
		}
		p.expr(e)
	}
	p.str(")")
}

func (p *printer) like(n *ast.PatternLikeOrIlikeExpr) {
	if !n.IsLike {
		p.fail("ILIKE")
		return
	}
	p.operand(n.Expr, precBitOr)
	p.not(n.Not, " LIKE ")
	p.operand(n.Pattern, precUnary)
	if n.Escape != '\\' {
		p.str(" ESCAPE ")
		p.out = appendString(p.out, string([]byte{n.Escape}))
	}
}

func (p *printer) caseExpr(n *ast.CaseExpr) {
	p.str("CASE")
	if n.Value != nil {
		p.str(" ")
		p.expr(n.Value)
	}
	for _, w := range n.WhenClauses {
		p.str(" WHEN ")
		p.expr(w.Expr)
		p.str(" THEN ")
		p.expr(w.Result)
	}
	if n.ElseClause != nil {
		p.str(" ELSE ")
		p.expr(n.ElseClause)
	}
	p.str(" END")
}

func (p *printer) subquery(n *ast.SubqueryExpr) {
	p.str("(")
	p.query(n.Query)
	p.str(")")
}

func (p *printer) match(n *ast.MatchAgainst) {
	p.str("MATCH(")
	for i, c := range n.ColumnNames {
		if i > 0 {
			p.str(", ")
		}
		if p.masked(c) != nil {
			p.fail("MATCH on a masked column")
			return
		}
		p.column(c)
	}
	p.str(") AGAINST(")
	p.expr(n.Against)
	switch {
	case n.Modifier.IsBooleanMode():
		p.str(" IN BOOLEAN MODE")
	case n.Modifier.WithQueryExpansion():
		p.str(" WITH QUERY EXPANSION")
	}
	p.str(")")
}
