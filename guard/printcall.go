package guard

import (
	"strconv"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/mysql"
	"github.com/pingcap/tidb/pkg/parser/types"
)

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
		if len(n.Args) != 1 || !isString(n.Args[0]) {
			p.fail("A date literal of this form")
			return
		}
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
	f := functions[name]
	switch {
	case p.extra[name]:
		p.word(printedName(name))
	case !f.call():
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
	if len(n.Args) < 1 || len(n.Args) > 3 {
		p.fail("TRIM of this form")
		return
	}
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
	if functions[name].kind != aggregateFunction || n.Order != nil && !joins || joins && (len(n.Args) < 2 || !isString(n.Args[len(n.Args)-1])) {
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
	if !functions[name].overs() || n.Distinct || n.IgnoreNull || n.FromLast {
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
