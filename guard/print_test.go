package guard

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// dump writes a tree's structure: types and values, without positions, notes and parentheses.
func dump(b *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			b.WriteString("nil")
			return
		}
		switch n := v.Interface().(type) {
		case *literal:
			text := n.text
			if n.kind == intLiteral {
				text = strings.TrimLeft(text, "0")
			}
			fmt.Fprintf(b, "literal(%d %q %q)", n.kind, text, map[bool]string{true: n.Type.GetCharset()}[n.introduced()])
			return
		case *marker:
			b.WriteString("?")
			return
		case *ast.ParenthesesExpr:
			dump(b, reflect.ValueOf(n.Expr))
			return
		case *ast.WindowFuncExpr:
			c := *n
			c.Name = strings.ToLower(c.Name)
			dump(b, reflect.ValueOf(c))
			return
		case *ast.SetCollationExpr:
			c := *n
			c.Collate = strings.ToLower(c.Collate)
			dump(b, reflect.ValueOf(c))
			return
		}
		dump(b, v.Elem())
	case reflect.Struct:
		switch n := v.Interface().(type) {
		case ast.CIStr:
			fmt.Fprintf(b, "%q", n.L)
			return
		case ast.SetOprSelectList: // ((SELECT …)) in a set operation is (SELECT …)
			if s := soleSelect(&n); s != nil {
				dump(b, reflect.ValueOf(s))
				return
			}
		case ast.Join:
			if n.Right == nil {
				dump(b, reflect.ValueOf(n.Left))
				return
			}
		case ast.TableSource:
			if j, ok := n.Source.(*ast.Join); ok {
				dump(b, reflect.ValueOf(j))
				return
			}
		}
		fmt.Fprintf(b, "%s{", v.Type().Name())
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() || ignored[f.Name] {
				continue
			}
			fmt.Fprintf(b, "%s:", f.Name)
			dump(b, v.Field(i))
			b.WriteString(" ")
		}
		b.WriteString("}")
	case reflect.Slice:
		b.WriteString("[")
		for i := range v.Len() {
			dump(b, v.Index(i))
			b.WriteString(" ")
		}
		b.WriteString("]")
	default:
		fmt.Fprintf(b, "%v", v)
	}
}

var ignored = map[string]bool{"Offset": true, "IsInBraces": true, "WithBeforeBraces": true, "QueryBlockOffset": true, "ConsumerCount": true,
	"ExplicitParens": true, "Evaluated": true, "Correlated": true, "MultiRows": true, "Exists": true, "Type": true, "Tp": true, "SelectStmtOpts": true,
	"TableHints": true, "IndexHints": true, "ForUnion": true, "NullOrder": true, "FunctionType": true, "EscapeExplicit": true, "AfterSetOperator": true,
	"F": true, "Name": false, "Text": true}

func tree(n ast.Node) string {
	var b strings.Builder
	dump(&b, reflect.ValueOf(n))
	return b.String()
}

// TestPrinterKeepsTheTree: what is printed is read as the tree that was printed. The fixpoint alone cannot see operators
// that regroup in the same way twice.
func TestPrinterKeepsTheTree(t *testing.T) {
	texts := []string{
		"SELECT a LIKE MOD(b, c), a REGEXP MOD(b, c), BINARY (a COLLATE utf8mb4_bin), (BINARY a) COLLATE utf8mb4_bin, a COLLATE utf8mb4_bin COLLATE utf8mb4_general_ci",
		"SELECT NOT (a = b), (NOT a) = b, NOT a = b, !(a = b), !a = b, -(a + b), -a + b, ~(a & b), ~a & b, - - a, NOT NOT a, -(-1)",
		"SELECT a AND (b OR c), a AND b OR c, a OR b AND c, a XOR (b AND c), (a XOR b) AND c, (a OR b) XOR c, a OR (b OR c), (a AND b) AND c",
		"SELECT a - (b - c), a - b - c, a / (b / c), a * (b + c), a DIV (b % c), MOD(a, b + c), MOD(a - 1, MOD(b, 2)), a ^ (b ^ c), a << (b << c)",
		"SELECT (a = b) = c, a = (b = c), a = b = c, (a IS NULL) IS NULL, (a IN (1)) IN (2), (a LIKE b) LIKE c, a LIKE (b LIKE c), (a BETWEEN 1 AND 2) BETWEEN 3 AND 4",
		"SELECT a BETWEEN (b AND c) AND d, a BETWEEN b + 1 AND c * 2, a IN (b AND c), (a AND b) IN (c), (a, b) = (c, d), ((a)), (((a + 1)))",
		"SELECT CASE WHEN a THEN b END + 1, EXISTS (SELECT 1) = 1, NOT EXISTS (SELECT 1), a = ANY (SELECT 1), (a = b) = ALL (SELECT 1), (SELECT 1) + 1",
		"SELECT a + INTERVAL b + 1 DAY - INTERVAL (c) HOUR, DATE_ADD(a + 1, INTERVAL -b DAY), POSITION((a IN (b)) IN c), EXTRACT(DAY FROM a + b)",
		"SELECT 1 FROM a JOIN b JOIN c ON x = y", "SELECT 1 FROM (a JOIN b) JOIN c ON x = y", "SELECT 1 FROM a JOIN (b JOIN c ON x = y) ON z = w",
		"SELECT 1 FROM a, b LEFT JOIN c ON x = y, d", "SELECT 1 FROM (a, b) LEFT JOIN c ON x = y", "SELECT 1 FROM a LEFT JOIN (b, c) ON x = y RIGHT JOIN d USING (z)",
		"SELECT 1 FROM a JOIN (SELECT 1) b JOIN c STRAIGHT_JOIN d ON e = f JOIN (g JOIN h)", "SELECT 1 FROM ((a JOIN b)) JOIN ((c))",
		"(SELECT 1) UNION (SELECT 2 UNION ALL SELECT 3)", "(SELECT 1 UNION SELECT 2) EXCEPT SELECT 3", "SELECT 1 UNION (SELECT 2 LIMIT 1) ORDER BY 1 LIMIT 2",
		"(SELECT 1 LIMIT 1) LIMIT 2", "SELECT (SELECT 1 UNION SELECT 2 LIMIT 1)", "WITH a AS (SELECT 1) (SELECT 2) UNION SELECT 3",
		"(WITH a AS (SELECT 1) SELECT 2) UNION SELECT 3", "SELECT 1 FROM (WITH a AS (SELECT 1) SELECT 2 FROM a) b",
	}
	for _, c := range shopCases(t) {
		texts = append(texts, c.sql)
	}
	texts = append(texts, moreStatements...)
	rng := rand.New(rand.NewPCG(3, 3))
	n := len(texts)
	for range 20 {
		for _, s := range texts[:n] {
			texts = append(texts, mutate(s, rng, true))
		}
	}
	printed := 0
	for _, text := range texts {
		if checkPrinter(t, text, Mode{}) {
			printed++
		}
	}
	if printed < 1000 {
		t.Errorf("only %d trees were printed", printed)
	}
}

// checkPrinter compares the tree of a text with that of its printed form; false when there is nothing to compare.
func checkPrinter(t *testing.T, text string, mode Mode) bool {
	t.Helper()
	if screen(text, mode) != nil {
		return false
	}
	stmt, err := parse(text, mode)
	if err != nil {
		return false
	}
	p := printer{}
	if p.query(stmt); p.err != nil {
		return false
	}
	if strings.Contains(string(p.out), "DUAL") && !strings.Contains(strings.ToUpper(text), "DUAL") {
		return false
	}
	again, err := parse(string(p.out), Mode{})
	if err != nil {
		t.Errorf("in:  %s\nout: %s\n%v", text, p.out, err)
		return true
	}
	if a, b := tree(stmt), tree(again); a != b {
		t.Errorf("in:  %s\nout: %s\nwas  %s\nread %s", text, p.out, a, b)
	}
	return true
}
