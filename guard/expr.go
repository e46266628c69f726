package guard

import (
	"strings"

	"github.com/askwire/askwire"
	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/mysql"
	"github.com/pingcap/tidb/pkg/parser/opcode"
)

// exprContext is where an expression stands.
type exprContext struct {
	scope  *scope
	info   *exprInfo
	alias  aliasUse
	strict bool // ambiguous names are an error
	inDist int  // within a distance of vectors
	outer  bool // a column of an outer query was named
}

// expr walks one expression over the allow-list of node types. Every field of every type is named, here or in
// TestNodeFields. It returns what stands in the expression's place: mostly itself.
func (c *checker) expr(e ast.ExprNode, cx *exprContext) (ast.ExprNode, error) {
	c.depth++
	defer func() { c.depth-- }()
	if c.depth > maxNesting {
		return nil, errTooDeep()
	}
	switch n := e.(type) {
	case *literal:
		return n, c.literal(n)
	case *marker:
		return n, c.marker()
	case *ast.ColumnNameExpr:
		return n, c.resolve(n.Name, cx)
	case *ast.BinaryOperationExpr:
		return n, c.binary(n, cx)
	case *ast.FuncCallExpr:
		return c.call(n, cx)
	case *ast.AggregateFuncExpr:
		return n, c.aggregate(n, cx)
	case *ast.WindowFuncExpr:
		return n, c.window(n, cx)
	case *ast.VariableExpr:
		return c.variable(n, cx)
	case *ast.SubqueryExpr:
		return n, c.subquery(n, cx)
	case *ast.PatternLikeOrIlikeExpr:
		return n, c.like(n, cx)
	case *ast.FuncCastExpr:
		return n, c.cast(n, cx)
	case *ast.SetCollationExpr:
		if err := c.collation(n.Collate); err != nil {
			return nil, err
		}
		return n, c.exprs(cx, &n.Expr)
	case *ast.MatchAgainst:
		return n, c.match(n, cx)
	case *ast.PositionExpr:
		return nil, denied("A position in this place", "Name the column.")
	case *ast.DefaultExpr, *ast.ValuesExpr:
		return nil, denied("DEFAULT(…) and VALUES(…) in a SELECT", "Name the column itself.")
	default:
		return c.plain(e, cx)
	}
}

// plain walks the types that hold nothing but expressions.
func (c *checker) plain(e ast.ExprNode, cx *exprContext) (ast.ExprNode, error) {
	switch n := e.(type) {
	case *ast.ParenthesesExpr:
		return n, c.exprs(cx, &n.Expr)
	case *ast.UnaryOperationExpr:
		switch n.Op {
		case opcode.Not, opcode.Not2, opcode.Minus, opcode.Plus, opcode.BitNeg:
			return n, c.exprs(cx, &n.V)
		}
		return nil, denied("This operator", "Write the condition another way.")
	case *ast.BetweenExpr:
		if err := c.exprs(cx, &n.Expr, &n.Left, &n.Right); err != nil {
			return nil, err
		}
		c.compare(cx, n.Expr, n.Left, n.Right)
		return n, nil
	case *ast.IsNullExpr:
		return n, c.exprs(cx, &n.Expr)
	case *ast.IsTruthExpr:
		return n, c.exprs(cx, &n.Expr)
	case *ast.PatternInExpr:
		if err := c.exprs(cx, &n.Expr); err != nil {
			return nil, err
		}
		if n.Sel != nil {
			if err := c.exprs(cx, &n.Sel); err != nil {
				return nil, err
			}
			return n, c.declaredIn(n.Expr, n.Sel, cx)
		}
		if err := c.exprList(n.List, cx); err != nil {
			return nil, err
		}
		c.compare(cx, n.Expr, n.List...)
		return n, nil
	case *ast.PatternRegexpExpr: // Re and Sexpr are filled when TiDB evaluates
		return n, c.exprs(cx, &n.Expr, &n.Pattern)
	case *ast.CaseExpr:
		if n.Value != nil {
			if err := c.exprs(cx, &n.Value); err != nil {
				return nil, err
			}
		}
		for _, w := range n.WhenClauses {
			if err := c.exprs(cx, &w.Expr, &w.Result); err != nil {
				return nil, err
			}
		}
		if n.ElseClause != nil {
			return n, c.exprs(cx, &n.ElseClause)
		}
		return n, nil
	case *ast.RowExpr:
		return n, c.exprList(n.Values, cx)
	case *ast.ExistsSubqueryExpr:
		return n, c.exprs(cx, &n.Sel)
	case *ast.CompareSubqueryExpr:
		if _, ok := operators[n.Op]; !ok {
			return nil, denied("This comparison", "Use =, <, > and their like.")
		}
		if err := c.exprs(cx, &n.L, &n.R); err != nil || n.Op != opcode.EQ {
			return n, err
		}
		return n, c.declaredIn(n.L, n.R, cx)
	case *ast.TimeUnitExpr, *ast.TrimDirectionExpr, *ast.GetFormatSelectorExpr: // a keyword each
		return n, nil
	default:
		return nil, denied("An expression of this kind", "Write it another way.")
	}
}

// denied is the refusal of a construct.
func denied(what, hint string) error {
	return askwire.Errorf(askwire.NotSupported, "%s is not allowed.", what).WithHint("%s", hint)
}

func (c *checker) exprs(cx *exprContext, es ...*ast.ExprNode) error {
	for _, e := range es {
		n, err := c.expr(*e, cx)
		if err != nil {
			return err
		}
		*e = n
	}
	return nil
}

func (c *checker) exprList(es []ast.ExprNode, cx *exprContext) error {
	for i := range es {
		if err := c.exprs(cx, &es[i]); err != nil {
			return err
		}
	}
	return nil
}

// binary walks a left-deep chain without recursion: a AND b AND c AND …
func (c *checker) binary(n *ast.BinaryOperationExpr, cx *exprContext) error {
	var walked []*ast.BinaryOperationExpr // in a row policy
	for {
		if c.predicate {
			walked = append(walked, n)
		}
		if _, ok := operators[n.Op]; !ok {
			return denied("This operator", "Write the condition another way.")
		}
		if err := c.exprs(cx, &n.R); err != nil {
			return err
		}
		l, ok := n.L.(*ast.BinaryOperationExpr)
		if !ok {
			if err := c.exprs(cx, &n.L); err != nil {
				return err
			}
			for _, n := range walked {
				c.arithmetic(n)
				if binaryPrec(n.Op) == precCompare {
					c.compare(cx, n.L, n.R)
					c.compare(cx, n.R, n.L)
				}
			}
			return nil
		}
		n = l
	}
}

const maxDecimalDigits, maxDecimalScale = 65, 30 // of MySQL's DECIMAL

func (c *checker) literal(n *literal) error {
	switch n.kind {
	case decimalLiteral:
		digits, scale, point := 0, 0, false
		for i := 0; i < len(n.text); i++ {
			switch ch := n.text[i]; {
			case ch == '.' && !point:
				point = true
			case ch >= '0' && ch <= '9':
				digits++
				if point {
					scale++
				}
			default:
				return denied("A number of this form", "Write digits.")
			}
		}
		if digits > maxDecimalDigits || scale > maxDecimalScale {
			return askwire.Errorf(askwire.WrongValue, "A number has more digits than a DECIMAL can hold.").
				WithHint("At most %d digits, %d of them after the point.", maxDecimalDigits, maxDecimalScale)
		}
	case hexLiteral, bitLiteral, stringLiteral:
		if n.introduced() && !charsets[strings.ToLower(n.Type.GetCharset())] {
			return errCharset(n.Type.GetCharset())
		}
	}
	return nil
}

func errCharset(name string) error {
	return askwire.Errorf(askwire.UnknownCharset, "The character set '%s' is not allowed.", name).WithHint("Use utf8mb4.")
}

func (c *checker) marker() error {
	if !c.prepared {
		return askwire.Errorf(askwire.Syntax, "A ? stands for a value only in a prepared statement.").
			WithHint("Prepare the statement, or write the value.")
	}
	c.params++
	return nil
}

func (c *checker) collation(name string) error {
	low := strings.ToLower(name)
	for i := 0; i < len(low); i++ {
		if ch := low[i]; (ch < 'a' || ch > 'z') && (ch < '0' || ch > '9') && ch != '_' {
			return askwire.Errorf(askwire.UnknownCollation, "Unknown collation.").WithHint("Use utf8mb4_general_ci.")
		}
	}
	set, _, _ := strings.Cut(low, "_")
	if charsets[set] {
		return nil
	}
	return askwire.Errorf(askwire.UnknownCollation, "The collation '%s' is not allowed.", low).WithHint("Use one of utf8mb4.")
}

func (c *checker) like(n *ast.PatternLikeOrIlikeExpr, cx *exprContext) error {
	// PatChars and PatTypes are filled when TiDB evaluates.
	if !n.IsLike {
		return denied("ILIKE", "Use LIKE with LOWER(…).")
	}
	if n.Escape < 0x20 || n.Escape > 0x7e {
		return denied("ESCAPE with this character", "Use a plain character.")
	}
	if c.s.Mode.NoBackslashEscapes && !n.EscapeExplicit {
		// Without the mode, which the backend never has, a backslash in the pattern would begin to escape.
		if l, ok := n.Pattern.(*literal); !ok || strings.IndexByte(l.text, '\\') >= 0 {
			return denied("LIKE without ESCAPE in NO_BACKSLASH_ESCAPES", `Add ESCAPE '|'.`)
		}
	}
	if err := c.exprs(cx, &n.Expr, &n.Pattern); err != nil {
		return err
	}
	c.compare(cx, n.Expr, n.Pattern)
	return nil
}

func (c *checker) cast(n *ast.FuncCastExpr, cx *exprContext) error {
	switch n.FunctionType {
	case ast.CastFunction, ast.CastConvertFunction, ast.CastBinaryOperator:
	default:
		return denied("A cast of this kind", "Use CAST(… AS …).")
	}
	name, ok := castTypeName(n.Tp)
	if !ok || (name == "JSON" || name == "YEAR") && c.p.server.Family == askwire.MariaDB {
		return denied("A cast to this type", "Use CHAR, BINARY, SIGNED, UNSIGNED, DECIMAL, DOUBLE, DATE, DATETIME or TIME.")
	}
	if name == "BINARY" && n.Tp.GetType() == mysql.TypeVarString && n.Tp.GetFlen() >= 0 { // BINARY(n) is another type for the parser
		return denied("CHAR(n) BINARY in a cast", "Write CAST(… AS CHAR(n)) COLLATE utf8mb4_bin.")
	}
	if n.ExplicitCharSet && !charsets[strings.ToLower(n.Tp.GetCharset())] {
		return errCharset(n.Tp.GetCharset())
	}
	return c.exprs(cx, &n.Expr)
}

func (c *checker) match(n *ast.MatchAgainst, cx *exprContext) error {
	if c.p.server.Family == askwire.TiDB {
		return denied("MATCH … AGAINST on this server", "Use LIKE.")
	}
	for _, col := range n.ColumnNames {
		if err := c.resolve(col, cx); err != nil {
			return err
		}
	}
	return c.exprs(cx, &n.Against) // Modifier: one of three keywords
}

// variable answers @@x from the session. User variables are the backend's state and never forwarded.
func (c *checker) variable(n *ast.VariableExpr, cx *exprContext) (ast.ExprNode, error) {
	if !n.IsSystem {
		if c.predicate && n.Value == nil && !n.IsGlobal && !n.IsInstance && !n.ExplicitScope {
			return c.policyVariable(n.Name), nil
		}
		return c.userVariable(n, cx)
	}
	name := strings.ToLower(n.Name)
	switch {
	case n.Value != nil || n.IsInstance:
		return nil, denied("This use of a variable", "Write @@name.")
	case n.IsGlobal:
		name = "@@global." + name
	case n.ExplicitScope:
		name = "@@session." + name
	default:
		name = "@@" + name
	}
	return c.known(name, name)
}

func (c *checker) known(name, shown string) (ast.ExprNode, error) {
	if c.s.Known != nil && !c.predicate {
		if v, ok := c.s.Known(name); ok {
			l, err := valueLiteral(v)
			if err != nil {
				return nil, err
			}
			l.slot, l.name = knownSlot, name
			c.rule("known")
			return &l, nil
		}
	}
	if strings.HasPrefix(name, "@@") {
		return nil, askwire.Errorf(askwire.UnknownVariable, "Unknown or hidden system variable '%s'.", strings.TrimPrefix(shown, "@@")).
			WithHint("SHOW VARIABLES lists those that can be read.")
	}
	return nil, askwire.Errorf(askwire.FunctionDenied, "%s is not allowed here.", strings.ToUpper(shown)).
		WithHint("It reads the state of a session.")
}

func (c *checker) policyVariable(name string) *literal {
	low := strings.ToLower(name)
	c.vars = appendNew(c.vars, low)
	return &literal{kind: nullLiteral, slot: variableSlot, name: low}
}

func appendNew(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}
