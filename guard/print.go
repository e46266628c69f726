package guard

import (
	"strconv"
	"strings"

	"github.com/askwire/askwire"
	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/mysql"
	"github.com/pingcap/tidb/pkg/parser/opcode"
	"github.com/pingcap/tidb/pkg/parser/types"
)

// printer writes a tree as SQL text. It knows the node types that the guard admits and no others: what it does not know is
// an error. It never copies source text, except as an alias in back-quotes. It adds parentheses where the tree says
// something else than the bare operators would.
//
// The parser's own Restore is not used: it prints function names bare, drops parentheses around MOD's operands, and has
// comments and hints in it.
type printer struct {
	out     []byte
	slots   []slot
	extra   map[string]bool // functions that the profile adds
	bare    bool            // column names without their table: inside a policy's sub-select
	markers []int           // source offsets of ? in printed order
	depth   int
	err     error
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
)

func (p *printer) str(s string) { p.out = append(p.out, s...) }

func (p *printer) fail(what string) {
	if p.err == nil {
		p.err = askwire.Errorf(askwire.NotSupported, "%s is not supported.", what).WithHint("Write the statement another way.")
	}
}

func (p *printer) name(s string) { p.out = appendName(p.out, s) }

// appendName writes s in back-quotes.
func appendName(dst []byte, s string) []byte {
	dst = append(dst, '`')
	for {
		i := strings.IndexByte(s, '`')
		if i < 0 {
			break
		}
		dst = append(append(dst, s[:i]...), '`', '`')
		s = s[i+1:]
	}
	return append(append(dst, s...), '`')
}

// appendString writes s as a string literal. Quotes are doubled and backslashes escaped: the backend's pinned sql_mode has
// neither ANSI_QUOTES nor NO_BACKSLASH_ESCAPES.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '\'')
	for {
		i := strings.IndexAny(s, `'\`)
		if i < 0 {
			break
		}
		dst = append(append(dst, s[:i]...), s[i], s[i])
		s = s[i+1:]
	}
	return append(append(dst, s...), '\'')
}

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

// Precedences, lowest first, as the manual's "Operator Precedence" has them.
const (
	precOr = iota + 1
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
		p.name(n.Table.O)
		p.str(".")
	}
	p.name(n.Name.O)
}

func (p *printer) literal(n *literal) {
	start := len(p.out)
	switch n.kind {
	case nullLiteral:
		p.str("NULL")
	case boolLiteral:
		p.str(strings.ToUpper(n.text))
	case intLiteral, decimalLiteral, floatLiteral:
		p.str(n.text)
	case hexLiteral, bitLiteral:
		p.introducer(n)
		p.binaryLiteral(n)
	case stringLiteral:
		p.introducer(n)
		p.out = appendString(p.out, n.text)
	default:
		p.fail("A literal of this statement")
	}
	kind := n.slot
	if kind == noSlot && n.OriginTextPosition() > 0 && !n.introduced() {
		kind = literalSlot
	}
	if kind != noSlot {
		p.slots = append(p.slots, slot{start: start, end: len(p.out), kind: kind, pos: n.OriginTextPosition(), name: n.name})
	}
}

// binaryLiteral keeps the form: on MariaDB 0x41 is a number among numbers, and x'41' never is.
func (p *printer) binaryLiteral(n *literal) {
	form := byte('x')
	if n.kind == bitLiteral {
		form = 'b'
	}
	if n.prefixed {
		p.out = append(append(p.out, '0', form), n.text...)
		return
	}
	p.out = append(append(append(p.out, form, '\''), n.text...), '\'')
}

func (p *printer) introducer(n *literal) {
	if n.introduced() {
		p.str("_")
		p.word(n.Type.GetCharset())
		if n.kind != stringLiteral {
			p.str(" ")
		}
	}
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

// call prints a function by the name of the allow-list, never by the name in the text.
func (p *printer) call(n *ast.FuncCallExpr) {
	arg := func(i int) {
		if i < len(n.Args) {
			p.expr(n.Args[i])
		} else {
			p.fail("A call with too few arguments")
		}
	}
	name := n.FnName.L
	if n.Schema.O != "" {
		p.fail("A stored function")
		return
	}
	switch name {
	case ast.DateLiteral, ast.TimeLiteral, ast.TimestampLiteral:
		p.str(map[string]string{ast.DateLiteral: "DATE ", ast.TimeLiteral: "TIME ", ast.TimestampLiteral: "TIMESTAMP "}[name])
		arg(0)
		return
	case ast.JSONMemberOf:
		p.operandArg(n, 0)
		p.str(" MEMBER OF (")
		arg(1)
		p.str(")")
		return
	}
	f, ok := functions[name]
	switch {
	case p.extra[name]:
		p.word(printedName(name))
	case !ok || f.denied != "":
		p.fail("A function of this statement")
		return
	default:
		p.str(f.printed)
	}
	p.str("(")
	switch name {
	case "convert":
		arg(0)
		p.str(" USING ")
		p.charsetArg(n, 1)
	case "char_func":
		p.char(n)
	case "adddate", "subdate", "date_add", "date_sub":
		arg(0)
		p.str(", INTERVAL ")
		arg(1)
		p.str(" ")
		arg(2)
	case "extract":
		arg(0)
		p.str(" FROM ")
		arg(1)
	case "position":
		p.operandArg(n, 0)
		p.str(" IN ")
		arg(1)
	case "trim":
		p.trim(n)
	default:
		for i, a := range n.Args {
			if i > 0 {
				p.str(", ")
			}
			p.expr(a)
		}
	}
	p.str(")")
}

func (p *printer) operandArg(n *ast.FuncCallExpr, i int) {
	if i < len(n.Args) {
		p.operand(n.Args[i], precBitOr)
	} else {
		p.fail("A call with too few arguments")
	}
}

func (p *printer) charsetArg(n *ast.FuncCallExpr, i int) {
	if i < len(n.Args) {
		if l, ok := n.Args[i].(*literal); ok && l.kind == stringLiteral {
			p.word(l.text)
			return
		}
	}
	p.fail("This form of character set")
}

// char prints CHAR(1, 2 USING utf8mb4); its last argument is the character set or NULL.
func (p *printer) char(n *ast.FuncCallExpr) {
	last := len(n.Args) - 1
	for i := 0; i < last; i++ {
		if i > 0 {
			p.str(", ")
		}
		p.expr(n.Args[i])
	}
	if l, ok := n.Args[last].(*literal); !ok || l.kind != nullLiteral {
		p.str(" USING ")
		p.charsetArg(n, last)
	}
}

// trim prints TRIM([BOTH|LEADING|TRAILING] [what] FROM text); its arguments are text, what, direction.
func (p *printer) trim(n *ast.FuncCallExpr) {
	if len(n.Args) == 3 {
		p.expr(n.Args[2])
		p.str(" ")
	}
	if len(n.Args) >= 2 {
		p.expr(n.Args[1])
		p.str(" FROM ")
	}
	p.expr(n.Args[0])
}

func (p *printer) aggregate(n *ast.AggregateFuncExpr) {
	name := strings.ToLower(n.F)
	joins := name == "group_concat" // its last argument is the separator
	if !aggregates[name].known || n.Order != nil && !joins || joins && (len(n.Args) < 2 || !isString(n.Args[len(n.Args)-1])) {
		p.fail("An aggregate of this statement")
		return
	}
	p.str(strings.ToUpper(name))
	p.str("(")
	if n.Distinct {
		p.str("DISTINCT ")
	}
	args := n.Args
	if joins {
		args = args[:len(args)-1]
	}
	for i, a := range args {
		if i > 0 {
			p.str(", ")
		}
		p.expr(a)
	}
	if joins {
		if n.Order != nil {
			p.str(" ORDER BY ")
			p.items(n.Order.Items)
		}
		p.str(" SEPARATOR ")
		p.expr(n.Args[len(n.Args)-1])
	}
	p.str(")")
}

func (p *printer) window(n *ast.WindowFuncExpr) {
	name := strings.ToLower(n.Name)
	if !windowFunctions[name] && !aggregates[name].window || n.Distinct || n.IgnoreNull || n.FromLast {
		p.fail("A window function of this statement")
		return
	}
	p.str(strings.ToUpper(name))
	p.list("(", n.Args)
	p.str(" OVER ")
	p.windowSpec(&n.Spec)
}

func (p *printer) windowSpec(n *ast.WindowSpec) {
	if n.OnlyAlias {
		p.name(n.Name.O)
		return
	}
	p.str("(")
	sep := ""
	if n.Ref.O != "" {
		p.name(n.Ref.O)
		sep = " "
	}
	if n.PartitionBy != nil {
		p.str(sep + "PARTITION BY ")
		p.items(n.PartitionBy.Items)
		sep = " "
	}
	if n.OrderBy != nil {
		p.str(sep + "ORDER BY ")
		p.items(n.OrderBy.Items)
		sep = " "
	}
	if n.Frame != nil {
		switch n.Frame.Type {
		case ast.Rows:
			p.str(sep + "ROWS BETWEEN ")
		case ast.Ranges:
			p.str(sep + "RANGE BETWEEN ")
		default:
			p.fail("GROUPS in a window frame")
		}
		p.bound(&n.Frame.Extent.Start)
		p.str(" AND ")
		p.bound(&n.Frame.Extent.End)
	}
	p.str(")")
}

func (p *printer) bound(n *ast.FrameBound) {
	switch {
	case n.Type == ast.CurrentRow:
		p.str("CURRENT ROW")
		return
	case n.UnBounded:
		p.str("UNBOUNDED")
	case n.Unit != ast.TimeUnitInvalid:
		p.str("INTERVAL ")
		p.expr(n.Expr)
		p.str(" ")
		p.word(n.Unit.String())
	default:
		p.expr(n.Expr)
	}
	if n.Type == ast.Preceding {
		p.str(" PRECEDING")
	} else {
		p.str(" FOLLOWING")
	}
}

func (p *printer) cast(n *ast.FuncCastExpr) {
	if n.FunctionType == ast.CastBinaryOperator {
		p.str("BINARY ")
		p.operand(n.Expr, precCollate+1)
		return
	}
	p.str("CAST(")
	p.expr(n.Expr)
	p.str(" AS ")
	p.castType(n.Tp, n.ExplicitCharSet)
	p.str(")")
}

func (p *printer) castType(t *types.FieldType, explicit bool) {
	name, ok := castTypeName(t)
	if !ok {
		p.fail("A cast to this type")
		return
	}
	p.str(name)
	switch t.GetType() {
	case mysql.TypeVarString, mysql.TypeString:
		if t.GetFlen() != types.UnspecifiedLength {
			p.str("(" + strconv.Itoa(t.GetFlen()) + ")")
		}
		if explicit && name == "CHAR" {
			p.str(" CHARSET ")
			p.word(t.GetCharset())
		}
	case mysql.TypeDatetime, mysql.TypeDuration:
		if t.GetDecimal() > 0 {
			p.str("(" + strconv.Itoa(t.GetDecimal()) + ")")
		}
	case mysql.TypeNewDecimal:
		if t.GetFlen() > 0 {
			p.str("(" + strconv.Itoa(t.GetFlen()))
			if t.GetDecimal() > 0 {
				p.str(", " + strconv.Itoa(t.GetDecimal()))
			}
			p.str(")")
		}
	}
}

// castTypeName is the allow-list of cast targets.
func castTypeName(t *types.FieldType) (string, bool) {
	if t.IsArray() {
		return "", false
	}
	switch t.GetType() {
	case mysql.TypeVarString, mysql.TypeString:
		if t.GetCharset() == "binary" {
			return "BINARY", true
		}
		return "CHAR", true
	case mysql.TypeDate:
		return "DATE", true
	case mysql.TypeDatetime:
		return "DATETIME", true
	case mysql.TypeDuration:
		return "TIME", true
	case mysql.TypeNewDecimal:
		return "DECIMAL", true
	case mysql.TypeLonglong:
		if mysql.HasUnsignedFlag(t.GetFlag()) {
			return "UNSIGNED", true
		}
		return "SIGNED", true
	case mysql.TypeJSON:
		return "JSON", true
	case mysql.TypeDouble:
		return "DOUBLE", true
	case mysql.TypeFloat:
		return "FLOAT", true
	case mysql.TypeYear:
		return "YEAR", true
	default:
		return "", false
	}
}
