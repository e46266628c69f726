package guard

import (
	"reflect"
	"strings"
	"testing"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/types"
)

// nodeFields names every field of every node type that the walk admits, and what becomes of it: "walk" (checked and
// printed), "deny" (a value other than its zero is refused), "drop" (never printed), "note" (the parser's or planner's own).
var nodeFields = []struct {
	node   any
	fields string
}{
	{ast.SelectStmt{}, "dmlNode:note SelectStmtOpts:drop Distinct:walk From:walk Where:walk Fields:walk GroupBy:walk Having:walk WindowSpecs:walk " +
		"OrderBy:walk Limit:walk LockInfo:deny TableHints:drop IsInBraces:note WithBeforeBraces:note QueryBlockOffset:note SelectIntoOpt:deny " +
		"AfterSetOperator:walk Kind:deny Lists:deny With:walk AsViewSchema:deny"},
	{ast.SelectStmtOpts{}, "Distinct:note SQLBigResult:drop SQLBufferResult:drop SQLCache:drop SQLSmallResult:drop CalcFoundRows:drop " +
		"StraightJoin:walk Priority:drop TableHints:drop ExplicitAll:drop"},
	{ast.SetOprStmt{}, "dmlNode:note IsInBraces:note SelectList:walk OrderBy:walk Limit:walk With:walk"},
	{ast.SetOprSelectList{}, "node:note With:walk AfterSetOperator:walk Selects:walk Limit:walk OrderBy:walk"},
	{ast.WithClause{}, "node:note IsRecursive:walk CTEs:walk"},
	{ast.CommonTableExpression{}, "node:note Name:walk Query:walk ColNameList:walk IsRecursive:walk ConsumerCount:note"},
	{ast.FieldList{}, "node:note Fields:walk"},
	{ast.SelectField{}, "node:note Offset:note WildCard:walk Expr:walk AsName:walk Auxiliary:note AuxiliaryColInAgg:note AuxiliaryColInOrderBy:note"},
	{ast.WildCardField{}, "node:note Table:walk Schema:walk"},
	{ast.TableRefsClause{}, "node:note TableRefs:walk"},
	{ast.Join{}, "node:note Left:walk Right:walk Tp:walk On:walk Using:walk NaturalJoin:walk StraightJoin:walk ExplicitParens:note"},
	{ast.OnCondition{}, "node:note Expr:walk"},
	{ast.TableSource{}, "node:note Source:walk AsName:walk Lateral:walk ColumnNames:deny"},
	{ast.TableName{}, "node:note Schema:walk Name:walk IndexHints:drop PartitionNames:deny TableSample:deny AsOf:deny IsAlias:note"},
	{ast.GroupByClause{}, "node:note Items:walk Rollup:walk"},
	{ast.HavingClause{}, "node:note Expr:walk"},
	{ast.OrderByClause{}, "node:note Items:walk ForUnion:note"},
	{ast.ByItem{}, "node:note Expr:walk Desc:walk NullOrder:note"},
	{ast.Limit{}, "node:note Count:walk Offset:walk"},
	{ast.WindowSpec{}, "node:note Name:walk Ref:walk PartitionBy:walk OrderBy:walk Frame:walk OnlyAlias:walk"},
	{ast.PartitionByClause{}, "node:note Items:walk"},
	{ast.FrameClause{}, "node:note Type:walk Extent:walk"},
	{ast.FrameExtent{}, "Start:walk End:walk"},
	{ast.FrameBound{}, "node:note Type:walk UnBounded:walk Expr:walk Unit:walk"},
	{ast.BetweenExpr{}, "exprNode:note Expr:walk Left:walk Right:walk Not:walk"},
	{ast.BinaryOperationExpr{}, "exprNode:note Op:walk L:walk R:walk"},
	{ast.UnaryOperationExpr{}, "exprNode:note Op:walk V:walk"},
	{ast.WhenClause{}, "node:note Expr:walk Result:walk"},
	{ast.CaseExpr{}, "exprNode:note Value:walk WhenClauses:walk ElseClause:walk"},
	{ast.SubqueryExpr{}, "exprNode:note Query:walk Evaluated:note Correlated:note MultiRows:note Exists:note"},
	{ast.CompareSubqueryExpr{}, "exprNode:note L:walk Op:walk R:walk All:walk"},
	{ast.ColumnNameExpr{}, "exprNode:note Name:walk"},
	{ast.ColumnName{}, "node:note Schema:walk Table:walk Name:walk"},
	{ast.ExistsSubqueryExpr{}, "exprNode:note Sel:walk Not:walk"},
	{ast.PatternInExpr{}, "exprNode:note Expr:walk List:walk Not:walk Sel:walk"},
	{ast.IsNullExpr{}, "exprNode:note Expr:walk Not:walk"},
	{ast.IsTruthExpr{}, "exprNode:note Expr:walk Not:walk True:walk"},
	{ast.PatternLikeOrIlikeExpr{}, "exprNode:note Expr:walk Pattern:walk Not:walk IsLike:deny Escape:walk EscapeExplicit:walk PatChars:note PatTypes:note"},
	{ast.PatternRegexpExpr{}, "exprNode:note Expr:walk Pattern:walk Not:walk Re:note Sexpr:note"},
	{ast.ParenthesesExpr{}, "exprNode:note Expr:walk"},
	{ast.PositionExpr{}, "exprNode:note N:walk P:deny"},
	{ast.RowExpr{}, "exprNode:note Values:walk"},
	{ast.VariableExpr{}, "exprNode:note Name:walk IsGlobal:walk IsInstance:deny IsSystem:walk ExplicitScope:walk Value:deny"},
	{ast.MatchAgainst{}, "exprNode:note ColumnNames:walk Against:walk Modifier:walk"},
	{ast.SetCollationExpr{}, "exprNode:note Expr:walk Collate:walk"},
	{ast.FuncCallExpr{}, "funcNode:note Tp:note Schema:deny FnName:walk Args:walk"},
	{ast.FuncCastExpr{}, "funcNode:note Expr:walk Tp:walk FunctionType:walk ExplicitCharSet:walk"},
	{ast.AggregateFuncExpr{}, "funcNode:note F:walk Args:walk Distinct:walk Order:walk"},
	{ast.WindowFuncExpr{}, "funcNode:note Name:walk Args:walk Distinct:deny IgnoreNull:deny FromLast:deny Spec:walk"},
	{ast.TrimDirectionExpr{}, "exprNode:note Direction:walk"},
	{ast.TimeUnitExpr{}, "exprNode:note Unit:walk"},
	{ast.GetFormatSelectorExpr{}, "exprNode:note Selector:walk"},
	{types.FieldType{}, "tp:walk flag:walk flen:walk decimal:walk charset:walk collate:drop elems:drop elemsIsBinaryLit:drop array:deny"},
}

// TestNodeFields fails when the parser's types gain, lose or rename a field: somebody must then say what becomes of it.
func TestNodeFields(t *testing.T) {
	for _, n := range nodeFields {
		typ := reflect.TypeOf(n.node)
		t.Run(typ.Name(), func(t *testing.T) {
			known := map[string]bool{}
			for _, f := range strings.Fields(n.fields) {
				name, what, _ := strings.Cut(f, ":")
				if !strings.Contains(" walk deny drop note ", " "+what+" ") {
					t.Errorf("%s: unknown treatment %q", name, what)
				}
				known[name] = true
			}
			for i := range typ.NumField() {
				name := typ.Field(i).Name
				if !known[name] {
					t.Errorf("field %s (%s) is not accounted for", name, typ.Field(i).Type)
				}
				delete(known, name)
			}
			for name := range known {
				t.Errorf("field %s is gone", name)
			}
		})
	}
}

// TestUnlistedNodesAreDenied hands the walk every expression type that it must not admit.
func TestUnlistedNodesAreDenied(t *testing.T) {
	for _, e := range []ast.ExprNode{&ast.DefaultExpr{Name: &ast.ColumnName{}}, &ast.ValuesExpr{}, &ast.TableNameExpr{}, &ast.MaxValueExpr{},
		&ast.PositionExpr{N: 1}, &ast.JSONSumCrc32Expr{}, &ast.VariableExpr{Name: "x"}, &ast.SubqueryExpr{}} {
		c := &checker{p: &Policy{}, s: &Session{}}
		if _, err := c.expr(e, &exprContext{scope: &scope{}, info: &exprInfo{}}); err == nil {
			t.Errorf("%T was admitted", e)
		}
		switch e.(type) { // the walk refuses or replaces these before they are printed
		case *ast.PositionExpr, *ast.SubqueryExpr:
			continue
		}
		p := printer{}
		if p.expr(e); p.err == nil {
			t.Errorf("%T was printed as %q", e, p.out)
		}
	}
}
