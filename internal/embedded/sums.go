package main

import (
	"context"

	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/expression/function"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	"github.com/dolthub/go-mysql-server/sql/planbuilder"
	"github.com/dolthub/go-mysql-server/sql/types"
	ast "github.com/dolthub/vitess/go/vt/sqlparser"
)

// The engine says that every SUM and AVG is a DOUBLE: 15.00 arrives as 15, and 17974800 as 1.79748e+07. In MySQL they are
// DECIMAL unless the argument is a float. The planner decides that by the functions' names, so the parser renames them:
//
//	SUM(x) -> exact_sum(x)
//	AVG(x) -> exact_ratio(exact_sum(x), COUNT(x))
const (
	exactSum   = "exact_sum"
	exactRatio = "exact_ratio"
)

func init() {
	planbuilder.IsAggregateFunc = func(name string) bool {
		return name == exactSum || planbuilder.IsMySQLAggregateFuncName(name)
	}
}

// parser is the engine's own but for these names.
type parser struct{ sql.Parser }

func (p parser) ParseSimple(query string) (ast.Statement, error) {
	s, err := p.Parser.ParseSimple(query)
	return renamed(s), err
}

func (p parser) Parse(ctx *sql.Context, query string, multi bool) (ast.Statement, string, string, error) {
	s, q, rest, err := p.Parser.Parse(ctx, query, multi)
	return renamed(s), q, rest, err
}

func (p parser) ParseWithOptions(ctx context.Context, query string, delimiter rune, multi bool, o ast.ParserOptions) (ast.Statement, string, string, error) {
	s, q, rest, err := p.Parser.ParseWithOptions(ctx, query, delimiter, multi, o)
	return renamed(s), q, rest, err
}

func (p parser) ParseOneWithOptions(ctx context.Context, query string, o ast.ParserOptions) (ast.Statement, int, error) {
	s, next, err := p.Parser.ParseOneWithOptions(ctx, query, o)
	return renamed(s), next, err
}

func renamed(s ast.Statement) ast.Statement {
	if s == nil {
		return nil
	}
	// The visit returns no error, so Walk returns none.
	_ = ast.Walk(func(n ast.SQLNode) (bool, error) {
		f, ok := n.(*ast.FuncExpr)
		if !ok {
			return true, nil
		}
		switch f.Name.Lowered() {
		case "sum":
			if f.Over == nil { // over a window the planner asks the function for its type
				f.Name = ast.NewColIdent(exactSum)
			}
		case "avg":
			sum := &ast.FuncExpr{Name: ast.NewColIdent("sum"), Exprs: f.Exprs, Distinct: f.Distinct, Over: f.Over, Auth: f.Auth}
			count := &ast.FuncExpr{Name: ast.NewColIdent("count"), Exprs: f.Exprs, Distinct: f.Distinct, Over: f.Over, Auth: f.Auth}
			f.Name, f.Distinct, f.Over = ast.NewColIdent(exactRatio), false, nil
			f.Exprs = ast.SelectExprs{&ast.AliasedExpr{Expr: sum}, &ast.AliasedExpr{Expr: count}}
		}
		return true, nil
	}, s)
	return s
}

// Function is asked before the engine's own functions.
func (p *provider) Function(_ *sql.Context, name string) (sql.Function, bool) {
	switch name {
	case exactSum:
		return sql.Function1{Name: exactSum, Fn: func(e sql.Expression) sql.Expression { return newSum(e) }}, true
	case "sum": // over a window
		return sql.Function1{Name: "sum", Fn: func(e sql.Expression) sql.Expression { return windowSum{newSum(e)} }}, true
	case exactRatio:
		return sql.Function2{Name: exactRatio, Fn: func(sum, count sql.Expression) sql.Expression { return expression.NewDiv(sum, count) }}, true
	}
	return nil, false
}

// newSum adds up exact numbers as DECIMAL, 22 digits wider than the argument, as MySQL does.
func newSum(e sql.Expression) *aggregation.Sum {
	if d, ok := e.(*expression.DistinctExpression); ok {
		return aggregation.NewSum(expression.NewDistinctExpression(exact(d.Child)))
	}
	return aggregation.NewSum(exact(e))
}

func exact(e sql.Expression) sql.Expression {
	t := e.Type()
	precision, scale := 0, 0
	switch {
	case types.IsInteger(t), types.IsBoolean(t):
		precision = 41
	case types.IsDecimal(t):
		d, ok := t.(sql.DecimalType)
		if !ok {
			return e
		}
		scale = scaleOf(e)
		precision = min(int(d.Precision())-int(d.Scale())+scale+22, types.DecimalTypeMaxPrecision)
	default:
		return e
	}
	to, err := types.CreateColumnDecimalType(uint8(precision), uint8(scale))
	if err != nil {
		return e
	}
	return &asDecimal{expression.UnaryExpressionStub{Child: e}, to}
}

// scaleOf is the number of decimals of an expression. The engine gives a CASE or IF of a decimal and a whole number all
// 30 that there can be.
func scaleOf(e sql.Expression) int {
	switch e := e.(type) {
	case *expression.Case:
		most := 0
		if e.Else != nil {
			most = scaleOf(e.Else)
		}
		for _, b := range e.Branches {
			most = max(most, scaleOf(b.Value))
		}
		return most
	case *function.If, *function.IfNull, *function.NullIf, *function.Coalesce:
		most := 0
		for _, c := range e.Children() {
			most = max(most, scaleOf(c))
		}
		return most
	}
	if d, ok := e.Type().(sql.DecimalType); ok {
		return int(d.Scale())
	}
	return 0
}

// asDecimal is CAST(… AS DECIMAL), which in the engine cannot have a scale of 0.
type asDecimal struct {
	expression.UnaryExpressionStub
	to sql.DecimalType
}

func (a *asDecimal) Type() sql.Type { return a.to }
func (a *asDecimal) String() string { return a.Child.String() }

func (a *asDecimal) Eval(ctx *sql.Context, row sql.Row) (any, error) {
	v, err := a.Child.Eval(ctx, row)
	if err != nil || v == nil {
		return nil, err
	}
	v, _, err = a.to.Convert(ctx, v)
	return v, err
}

func (a *asDecimal) WithChildren(children ...sql.Expression) (sql.Expression, error) {
	if len(children) != 1 {
		return nil, sql.ErrInvalidChildrenNumber.New(a, len(children), 1)
	}
	return &asDecimal{expression.UnaryExpressionStub{Child: children[0]}, a.to}, nil
}
