package guard

import (
	"strings"
	"testing"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/mysql"
	"github.com/pingcap/tidb/pkg/parser/opcode"
	"github.com/pingcap/tidb/pkg/parser/types"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard/lex"
)

// TestScreen: what is refused before the parser sees it.
func TestScreen(t *testing.T) {
	for _, tt := range []struct {
		name, sql string
		code      askwire.Code
	}{
		{"OK", "SELECT 1", 0},
		{"Longest", "SELECT '" + strings.Repeat("x", maxText-9) + "'", 0},
		{"TooLong", "SELECT '" + strings.Repeat("x", maxText-8) + "'", askwire.TooComplex},
		{"NotUTF8", "SELECT '\xff'", askwire.BadText},
		{"NUL", "SELECT 1\x00", askwire.BadText},
		{"Empty", "", askwire.EmptyStatement},
		{"OnlyComment", " /* x */ -- y", askwire.EmptyStatement},
		{"OnlyHint", "/*+ x */", askwire.EmptyStatement},
		{"OpenString", "SELECT 'a", askwire.Syntax},
		{"OpenName", "SELECT `a", askwire.Syntax},
		{"OpenComment", "SELECT 1 /* a", askwire.Syntax},
		{"Executable", "SELECT 1 /*!x*/", askwire.NotSupported},
		{"Hint", "SELECT /*+ x */ 1", 0},
		{"Deepest", strings.Repeat("(", maxNesting), 0},
		{"TooDeep", strings.Repeat("(", maxNesting+1), askwire.TooComplex},
		{"Closed", strings.Repeat("(1)", maxNesting+1), 0},
		{"MostJoins", strings.Repeat("JOIN ", maxJoins), 0},
		{"TooManyJoins", strings.Repeat("join ", maxJoins+1), askwire.TooComplex},
		{"StringsBeside", "SELECT" + strings.Repeat(" 'a'", maxBeside+1), 0},
		{"TooManyBeside", "SELECT" + strings.Repeat(" 'a'", maxBeside+2), askwire.TooComplex},
		{"StringsInList", "SELECT" + strings.Repeat(" 'a',", maxBeside+2), 0},
		{"TooManyStraightJoins", strings.Repeat("Straight_Join ", maxJoins+1), askwire.TooComplex},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := screen(tt.sql, Mode{})
			if tt.code == 0 && err == nil {
				return
			}
			if err == nil || err.Code != tt.code || err.Hint == "" {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestFixpoint: a text that reads in another way than it is written is not sent.
func TestFixpoint(t *testing.T) {
	for text, ok := range map[string]bool{
		"SELECT 1": true, "SELECT  1": false, "SELECT 1 + (": false, "select 1": false, "SELECT 1 FOR UPDATE": false, "DO 1": false,
		"SELECT `a` FROM `t` IGNORE INDEX (`x`, `y`)": true, "SELECT `a` FROM `t` FORCE INDEX (`x`)": false, "SELECT `a` FROM `t` USE INDEX (`x`)": false, "SELECT `a` FROM `t` IGNORE INDEX FOR ORDER BY (`x`)": false,
		"SELECT SLEEP(1)": false, "SELECT `a`.`b` FROM `c`": true, "SELECT a FROM `c`": false,
	} {
		if err := fixpoint(text, nil); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, tt := range []struct {
		printed []int
		params  int
		want    string
	}{{nil, 0, ""}, {[]int{4, 9}, 2, ""}, {[]int{9, 4}, 2, "1 0"}, {[]int{4, 4, 9}, 2, "0 0 1"}, {[]int{4}, 2, "error"}, {[]int{4, 9}, 1, "error"}, {[]int{4}, 0, "error"}} {
		order, err := markerOrder(tt.printed, tt.params)
		got := strings.Trim(strings.Join(strings.Fields(strings.Trim(strings.ReplaceAll(sprint(order), ",", " "), "[]")), " "), " ")
		if err != nil {
			got = "error"
		}
		if got != tt.want {
			t.Errorf("%v of %d: %s", tt.printed, tt.params, got)
		}
	}
}

func sprint(list []int) string {
	var b strings.Builder
	for _, n := range list {
		b.WriteString(itoa(int64(n)) + " ")
	}
	return b.String()
}

func ident(s string) ast.CIStr { return ast.CIStr{O: s, L: strings.ToLower(s)} }

// oddTrees are expressions that the parser does not make today. They are refused all the same, by the walk and by the printer.
func oddTrees() map[string]ast.ExprNode {
	one := func() ast.ExprNode { return &literal{kind: intLiteral, text: "1"} }
	column := &ast.ColumnNameExpr{Name: &ast.ColumnName{Name: ident("id")}}
	call := func(name string, args ...ast.ExprNode) *ast.FuncCallExpr {
		return &ast.FuncCallExpr{FnName: ident(name), Args: args}
	}
	stored := call("abs", one())
	stored.Schema = ident("mysql")
	array := types.NewFieldType(mysql.TypeLonglong)
	array.SetArray(true)
	geometry := types.NewFieldType(mysql.TypeGeometry)
	return map[string]ast.ExprNode{
		"StoredFunction":       stored,
		"DateOfColumn":         call(ast.DateLiteral, column),
		"DateOfNothing":        call(ast.DateLiteral),
		"ConvertToColumn":      call("convert", one(), column),
		"ConvertWithoutTo":     call("convert", one()),
		"CharToColumn":         call("char_func", one(), column),
		"DateAddWithoutUnit":   call("date_add", one()),
		"ExtractWithoutFrom":   call("extract", one()),
		"PositionWithoutIn":    call("position"),
		"MemberOfNothing":      call(ast.JSONMemberOf, one()),
		"TrimOfNothing":        call("trim"),
		"TrimOfFour":           call("trim", one(), one(), one(), one()),
		"UnlistedFunction":     call("sleep", one()),
		"WindowAsCall":         call("row_number"),
		"AggregateAsCall":      call("sum", one()),
		"UnknownAggregate":     &ast.AggregateFuncExpr{F: "median", Args: []ast.ExprNode{one()}},
		"CallAsAggregate":      &ast.AggregateFuncExpr{F: "abs", Args: []ast.ExprNode{one()}},
		"OrderedSum":           &ast.AggregateFuncExpr{F: "sum", Args: []ast.ExprNode{one()}, Order: &ast.OrderByClause{}},
		"GroupConcatBare":      &ast.AggregateFuncExpr{F: "group_concat", Args: []ast.ExprNode{one()}},
		"GroupConcatSeparator": &ast.AggregateFuncExpr{F: "group_concat", Args: []ast.ExprNode{one(), column}},
		"UnknownWindow":        &ast.WindowFuncExpr{Name: "abs", Args: []ast.ExprNode{one()}},
		"DistinctWindow":       &ast.WindowFuncExpr{Name: "sum", Args: []ast.ExprNode{one()}, Distinct: true},
		"WindowGroups":         &ast.WindowFuncExpr{Name: "sum", Args: []ast.ExprNode{one()}, Spec: ast.WindowSpec{Frame: &ast.FrameClause{Type: ast.Groups}}},
		"GroupConcatWindow":    &ast.WindowFuncExpr{Name: "group_concat", Args: []ast.ExprNode{one()}},
		"UnknownOperator":      &ast.BinaryOperationExpr{Op: opcode.Plus + 100, L: one(), R: one()},
		"UnknownUnary":         &ast.UnaryOperationExpr{Op: opcode.Plus + 100, V: one()},
		"UnknownComparison":    &ast.CompareSubqueryExpr{Op: opcode.Plus + 100, L: one(), R: one()},
		"Ilike":                &ast.PatternLikeOrIlikeExpr{Expr: one(), Pattern: one(), Escape: '\\'},
		"CastToArray":          &ast.FuncCastExpr{Expr: one(), Tp: array, FunctionType: ast.CastFunction},
		"CastToGeometry":       &ast.FuncCastExpr{Expr: one(), Tp: geometry, FunctionType: ast.CastFunction},
		"CollationWithQuote":   &ast.SetCollationExpr{Expr: one(), Collate: "utf8mb4_bin'"},
		"EmptyCollation":       &ast.SetCollationExpr{Expr: one()},
		"EmptyColumn":          &ast.ColumnNameExpr{Name: &ast.ColumnName{}},
		"DatabaseWithoutTable": &ast.ColumnNameExpr{Name: &ast.ColumnName{Schema: ident("shop"), Name: ident("id")}},
		"UnknownLiteral":       &literal{kind: bitLiteral + 1},
		"Nothing":              &ast.BetweenExpr{},
		"VariableSet":          &ast.VariableExpr{Name: "version", IsSystem: true, Value: one()},
		"VariableOfInstance":   &ast.VariableExpr{Name: "version", IsSystem: true, IsInstance: true},
	}
}

func TestOddTrees(t *testing.T) {
	for name, e := range oddTrees() {
		t.Run(name, func(t *testing.T) {
			p := printer{}
			if p.expr(e); p.err == nil {
				t.Errorf("printed as %s", p.out)
			}
			if name == "UnknownLiteral" { // only the guard makes literals
				return
			}
			orders := newTableRule(table("shop", "orders", "id int"))
			policy := &Policy{server: askwire.Server{Family: askwire.MySQL}}
			src := &source{alias: "orders", fold: "orders", table: orders, used: make([]bool, 1)}
			c := &checker{p: policy, s: &Session{Known: func(string) (askwire.Value, bool) { return askwire.Value{Kind: askwire.Int, Text: "1"}, true }}}
			if _, err := c.expr(e, &exprContext{scope: &scope{sources: []*source{src}}, info: &exprInfo{}}); err == nil {
				t.Error("admitted")
			}
		})
	}
	introduced := &literal{kind: stringLiteral, text: "a"}
	introduced.Type.SetCharset("gbk")
	introduced.Type.AddFlag(mysql.UnderScoreCharsetFlag)
	if _, err := (&checker{p: &Policy{}, s: &Session{}}).expr(introduced, &exprContext{}); askwire.CodeOf(err) != askwire.UnknownCharset {
		t.Errorf("_gbk'a': %v", err)
	}
	p := printer{flat: &source{table: newTableRule(table("shop", "orders", "id int"))}}
	if p.expr(&ast.ColumnNameExpr{Name: &ast.ColumnName{Name: ident("nothing")}}); p.err == nil {
		t.Errorf("a name that the one table does not have is printed: %s", p.out)
	}
}

// TestOddQueries: the same for queries.
func TestOddQueries(t *testing.T) {
	one := &ast.SelectField{Expr: &literal{kind: intLiteral, text: "1"}}
	sel := func(change func(*ast.SelectStmt)) *ast.SelectStmt {
		n := &ast.SelectStmt{Kind: ast.SelectStmtKindSelect, Fields: &ast.FieldList{Fields: []*ast.SelectField{one}}}
		change(n)
		return n
	}
	from := func(ts *ast.TableSource) *ast.SelectStmt {
		return sel(func(n *ast.SelectStmt) { n.From = &ast.TableRefsClause{TableRefs: &ast.Join{Left: ts}} })
	}
	name := func() *ast.TableName { return &ast.TableName{Schema: ident("shop"), Name: ident("orders")} }
	partition, sample := name(), name()
	partition.PartitionNames = []ast.CIStr{ident("p")}
	sample.TableSample = &ast.TableSample{}
	asOf := name()
	asOf.AsOf = &ast.AsOfClause{}
	for what, n := range map[string]ast.Node{
		"NoFields":   sel(func(n *ast.SelectStmt) { n.Fields = nil }),
		"Table":      sel(func(n *ast.SelectStmt) { n.Kind = ast.SelectStmtKindTable }),
		"Values":     sel(func(n *ast.SelectStmt) { n.Lists = []*ast.RowExpr{{}} }),
		"Lock":       sel(func(n *ast.SelectStmt) { n.LockInfo = &ast.SelectLockInfo{} }),
		"Into":       sel(func(n *ast.SelectStmt) { n.SelectIntoOpt = &ast.SelectIntoOption{} }),
		"EmptyField": sel(func(n *ast.SelectStmt) { n.Fields = &ast.FieldList{Fields: []*ast.SelectField{{}}} }),
		"StarOfDatabase": sel(func(n *ast.SelectStmt) {
			n.Fields.Fields[0] = &ast.SelectField{WildCard: &ast.WildCardField{Schema: ident("shop")}}
		}),
		"Partition":    from(&ast.TableSource{Source: partition}),
		"TableSample":  from(&ast.TableSource{Source: sample}),
		"AsOf":         from(&ast.TableSource{Source: asOf}),
		"LateralTable": from(&ast.TableSource{Source: name(), Lateral: true}),
		"ColumnList":   from(&ast.TableSource{Source: name(), ColumnNames: []ast.CIStr{ident("a")}}),
		"NoSource":     from(&ast.TableSource{}),
		"OddSource":    from(&ast.TableSource{Source: &ast.SetOprStmt{SelectList: &ast.SetOprSelectList{}}}),
		"EmptyUnion":   &ast.SetOprStmt{SelectList: &ast.SetOprSelectList{}},
		"OddSide":      &ast.SetOprStmt{SelectList: &ast.SetOprSelectList{Selects: []ast.Node{&ast.DoStmt{}}}},
		"NoOperator":   &ast.SetOprStmt{SelectList: &ast.SetOprSelectList{Selects: []ast.Node{sel(func(*ast.SelectStmt) {}), sel(func(*ast.SelectStmt) {})}}},
		"LimitText":    sel(func(n *ast.SelectStmt) { n.Limit = &ast.Limit{Count: &literal{kind: stringLiteral, text: "5"}} }),
		"Do":           &ast.DoStmt{},
	} {
		t.Run(what, func(t *testing.T) {
			one.Expr = &literal{kind: intLiteral, text: "1"}
			if what != "NoOperator" { // the walk does not look at operators
				c := &checker{p: compile(t, shopProfile(), shopSnapshot(askwire.MySQL)), s: &Session{}}
				if _, err := c.query(n, nil, nil, true); err == nil {
					t.Error("admitted")
				}
			}
			if !strings.Contains(" LimitText LateralTable ", " "+what+" ") { // only the walk looks at these
				p := printer{}
				if p.query(n); p.err == nil {
					t.Errorf("printed as %s", p.out)
				}
			}
		})
	}
}

// TestTokens: which tokens of a text may become slots of a template, and which text the cache serves.
func TestTokens(t *testing.T) {
	for tok, want := range map[string]literalKind{"1": intLiteral, "123456789012345678": intLiteral, "1234567890123456789": nullLiteral, "1.5": decimalLiteral,
		".5": nullLiteral, "5.": nullLiteral, "1e3": nullLiteral} {
		if got := slotClass(lex.Number, tok); got != want {
			t.Errorf("%s: %d, want %d", tok, got, want)
		}
	}
	for tok, want := range map[string]literalKind{"'a'": stringLiteral, `"a"`: stringLiteral, `'a\\b'`: nullLiteral, "N'a'": nullLiteral, "_utf8mb4'a'": nullLiteral} {
		if got := slotClass(lex.String, tok); got != want {
			t.Errorf("%s: %d, want %d", tok, got, want)
		}
	}
	if slotClass(lex.Ident, "a") != nullLiteral {
		t.Error("a name became a slot")
	}
	if !plain("a\t\n\r b") || plain("a\x01") || plain("--\x01") {
		t.Error("control characters")
	}
	k := &key{tokens: []lex.Token{{Kind: lex.Number, Pos: 7, End: 8}}}
	if k.tokenAt(7) != 0 || k.tokenAt(3) != -1 || k.tokenAt(9) != -1 {
		t.Error("tokens are not found by their place")
	}
	if _, ok := k.pinned("SELECT 1", [][2]int{{3, 5}}, []bool{true}); ok {
		t.Error("a range that begins at no token was pinned")
	}
	for _, bad := range []string{"x'zz'", "x'4'", "0X41", "y'41'", "x'41", ""} {
		if _, err := hexDigits(bad + strings.Repeat(" ", max(0, 2-len(bad)))); err == nil {
			t.Errorf("%s is hexadecimal", bad)
		}
	}
	for _, bad := range []string{"b'12'", "0B1", "b'1", "c'1'"} {
		if _, err := bitDigits(bad); err == nil {
			t.Errorf("%s is binary", bad)
		}
	}
}

// TestUnknownNames: what a policy says about tables that it does not list.
func TestUnknownNames(t *testing.T) {
	p := compile(t, strictProfile(), shopSnapshot(askwire.MySQL))
	for _, c := range []askwire.ColumnRef{{DB: "shop", Table: "secrets", Column: "v"}, {DB: "shop", Table: "customers", Column: "ssn"}, {}} {
		if p.Masked(c) || p.RowPolicy(c.DB, c.Table) {
			t.Errorf("%v", c)
		}
	}
	if !p.Masked(askwire.ColumnRef{DB: "shop", Table: "customers", Column: "EMAIL"}) || !p.RowPolicy("shop", "orders") || p.RowPolicy("shop", "customers") {
		t.Error("a rule is not told")
	}
}
