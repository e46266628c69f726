package guard

import (
	"strings"

	"github.com/askwire/askwire"
	"github.com/pingcap/tidb/pkg/parser/ast"
)

// call admits a function by its exact name. Schema and Tp belong to stored functions, which are never allowed.
func (c *checker) call(n *ast.FuncCallExpr, cx *exprContext) (ast.ExprNode, error) {
	if n.Schema.O != "" {
		return nil, denied("A stored function", "Use the built-in functions.")
	}
	name := n.FnName.L
	f := functions[name]
	if f.kind == sessionFunction && len(n.Args) == 0 {
		return c.known(name+"()", name+"()")
	}
	switch name {
	case ast.DateLiteral, ast.TimeLiteral, ast.TimestampLiteral:
		if len(n.Args) != 1 || !isString(n.Args[0]) {
			return nil, denied("A date literal of this form", "Write DATE '2024-01-31'.")
		}
		return c.escaped(n)
	}
	if !c.p.functions[name] && !(f.call() && f.hasEngine(c.p.server.Family)) {
		return nil, c.functionDenied(name, f)
	}
	// An embedding as such is for machines, and tells much of the text that it was made from.
	if f.kind == vectorFunction && cx.inDist == 0 {
		return nil, denied("A vector outside of a distance", "Compare it: the distance to another vector can be shown and ordered by.")
	}
	c.functions = appendNew(c.functions, printedName(name))
	if err := c.arguments(n, name); err != nil {
		return nil, err
	}
	if f.kind == distanceFunction {
		cx.inDist++
		defer func() { cx.inDist-- }()
	}
	return n, c.exprList(n.Args, cx)
}

func printedName(name string) string {
	if f, ok := functions[name]; ok {
		return f.printed
	}
	return strings.ToUpper(name)
}

func (c *checker) functionDenied(name string, f function) error {
	shown := strings.ToUpper(name)
	if f.printed != "" {
		shown = f.printed
	}
	if len(shown) > 64 {
		shown = shown[:64]
	}
	e := askwire.Errorf(askwire.FunctionDenied, "The function %s is not allowed.", shown)
	switch {
	case f.denied != "":
		return e.WithHint("Leave it out: %s.", f.denied)
	case f.kind == sessionFunction:
		return e.WithHint("Call it without arguments.")
	case f.kind == windowFunction:
		return e.WithHint("Write OVER (…) behind it.")
	case f.hasEngine(c.p.server.Family):
		return e.WithHint("Write it in its usual form.")
	case f.kind != noFunction:
		return e.WithHint("This server (%s) does not have it.", c.p.server.Family)
	default:
		return e.WithHint("%s", didYouMean(name, functionNames(c.p.server.Family), "Use a built-in function of the allow-list."))
	}
}

func functionNames(fam askwire.Family) []string {
	names := make([]string, 0, len(functions))
	for _, f := range functions {
		if f.denied == "" && f.hasEngine(fam) {
			names = append(names, f.printed)
		}
	}
	return names
}

func isString(e ast.ExprNode) bool {
	l, ok := e.(*literal)
	return ok && l.kind == stringLiteral && !l.introduced()
}

// arguments checks the forms that the printer spells out.
func (c *checker) arguments(n *ast.FuncCallExpr, name string) error {
	lo, hi := 0, 1<<20
	switch name {
	case "interval":
		lo = 2 // with one, the parser has taken "INTERVAL (a) DAY" for a call with an alias
	case "convert", "extract", "position", ast.JSONMemberOf:
		lo, hi = 2, 2
	case "adddate", "subdate", "date_add", "date_sub", "timestampadd", "timestampdiff":
		lo, hi = 3, 3
	case "trim":
		lo, hi = 1, 3
	case "char_func":
		lo = 2
	}
	if len(n.Args) < lo || len(n.Args) > hi {
		return askwire.Errorf(askwire.WrongArguments, "%s has a wrong number of arguments, or is a form that is not understood.",
			printedName(name)).WithHint("Write INTERVAL 1 DAY with a single value, and every argument of a function.")
	}
	switch name {
	case "adddate", "date_add":
		return c.leadingInterval()
	case "convert":
		return c.charsetName(n.Args[1])
	case "char_func":
		last := n.Args[len(n.Args)-1]
		if l, ok := last.(*literal); ok && l.kind == nullLiteral {
			return nil
		}
		return c.charsetName(last)
	}
	return nil
}

func (c *checker) charsetName(e ast.ExprNode) error {
	l, ok := e.(*literal)
	if !ok {
		return errCharset("")
	}
	if !charsets[strings.ToLower(l.text)] {
		return errCharset(strings.ToLower(short(l.text)))
	}
	return nil
}

func (c *checker) aggregate(n *ast.AggregateFuncExpr, cx *exprContext) error {
	name := strings.ToLower(n.F)
	if !functions[name].may(aggregateFunction, c.p.server.Family) {
		return askwire.Errorf(askwire.FunctionDenied, "The aggregate %s is not allowed.", strings.ToUpper(name)).
			WithHint("Use COUNT, SUM, AVG, MIN, MAX or another of the standard ones.")
	}
	if n.Order != nil && name != "group_concat" || name == "group_concat" && (len(n.Args) < 2 || !isString(n.Args[len(n.Args)-1])) {
		return denied("ORDER BY in this aggregate", "Use it in GROUP_CONCAT only.")
	}
	c.functions = appendNew(c.functions, strings.ToUpper(name))
	cx.info.agg = true
	if err := c.exprList(n.Args, cx); err != nil {
		return err
	}
	if n.Order != nil {
		return c.byItems(n.Order, cx)
	}
	return nil
}

func (c *checker) window(n *ast.WindowFuncExpr, cx *exprContext) error {
	name := strings.ToLower(n.Name)
	if f := functions[name]; !f.overs() || !f.hasEngine(c.p.server.Family) {
		return askwire.Errorf(askwire.FunctionDenied, "%s OVER is not allowed.", strings.ToUpper(name)).
			WithHint("Use ROW_NUMBER, RANK, LAG, SUM and their like.")
	}
	if (name == "lag" || name == "lead") && len(n.Args) > 2 && c.p.server.Family == askwire.MariaDB {
		return denied("A default value of "+strings.ToUpper(name)+" on this server", "Write COALESCE around it.")
	}
	if c.predicate {
		return denied("A window function in a condition on rows", "Compare columns.")
	}
	if n.Distinct || n.IgnoreNull || n.FromLast {
		return denied("DISTINCT, IGNORE NULLS or FROM LAST in a window function", "Leave it out.")
	}
	c.functions = appendNew(c.functions, strings.ToUpper(name))
	if err := c.exprList(n.Args, cx); err != nil {
		return err
	}
	return c.windowSpec(&n.Spec, cx)
}

// windowSpec checks a window. Name, Ref and OnlyAlias are names of windows, which mean nothing outside of this SELECT.
func (c *checker) windowSpec(n *ast.WindowSpec, cx *exprContext) error {
	if n.PartitionBy != nil {
		for _, it := range n.PartitionBy.Items {
			if err := c.exprs(cx, &it.Expr); err != nil {
				return err
			}
		}
	}
	if n.OrderBy != nil {
		if err := c.byItems(n.OrderBy, cx); err != nil {
			return err
		}
	}
	if n.Frame == nil {
		return nil
	}
	if n.Frame.Type != ast.Rows && n.Frame.Type != ast.Ranges {
		return denied("GROUPS in a window frame", "Use ROWS or RANGE.")
	}
	for _, b := range []*ast.FrameBound{&n.Frame.Extent.Start, &n.Frame.Extent.End} {
		if b.Unit != ast.TimeUnitInvalid && c.p.server.Family == askwire.MariaDB {
			return denied("INTERVAL in a window frame on this server", "Use ROWS.")
		}
		if b.Expr != nil { // Type and UnBounded are keywords
			if err := c.exprs(cx, &b.Expr); err != nil {
				return err
			}
		}
	}
	return nil
}

// byItems checks ORDER BY inside of an expression, where a number is a constant and no position. ForUnion and NullOrder
// are the parser's notes.
func (c *checker) byItems(n *ast.OrderByClause, cx *exprContext) error {
	for _, it := range n.Items {
		if pos, ok := it.Expr.(*ast.PositionExpr); ok && pos.P == nil {
			continue
		}
		if err := c.exprs(cx, &it.Expr); err != nil {
			return err
		}
	}
	return nil
}

// subquery walks a sub-select inside an expression. Everything that it reads decides the expression's value.
func (c *checker) subquery(n *ast.SubqueryExpr, cx *exprContext) error {
	// Evaluated, Correlated, MultiRows and Exists are the parser's notes.
	outer := c.collect
	sub := &deps{}
	c.collect = sub
	rel, err := c.query(n.Query, cx.scope, cx.scope.ctes, false)
	c.collect = outer
	if err != nil {
		return err
	}
	c.subs += rel.cost
	if c.p.declared {
		if c.subResults == nil {
			c.subResults = map[ast.ExprNode]*relation{}
		}
		c.subResults[n] = rel
	}
	if outer != nil {
		outer.addAll(*sub)
	}
	cx.info.deps.addAll(*sub)
	return nil
}
