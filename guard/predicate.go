package guard

import (
	"fmt"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard/lex"
	"github.com/pingcap/tidb/pkg/parser/ast"
)

// predicate compiles a row policy's text. The text goes the same road as a statement (parse, walk, print, parse again), with
// the table's own columns in scope and @variables as slots. The checker has what it found in the text.
func (b *builder) predicate(t *tableRule, text string) (*fragment, *checker, error) {
	full, ok := b.snap.Table(t.db, t.name)
	if !ok {
		return nil, nil, fmt.Errorf("the table is not in the catalog")
	}
	rule := newTableRule(full)
	sql := "SELECT 1 WHERE (" + text + "\n)"
	if e := screen(sql, Mode{}); e != nil {
		return nil, nil, e
	}
	if err := balanced(text); err != nil {
		return nil, nil, err
	}
	stmt, err := parse(sql, Mode{})
	if err != nil {
		return nil, nil, err
	}
	sel, ok := stmt.(*ast.SelectStmt)
	if !ok || sel.Where == nil || sel.GroupBy != nil || sel.Having != nil || sel.OrderBy != nil || sel.Limit != nil ||
		sel.WindowSpecs != nil || sel.LockInfo != nil || sel.SelectIntoOpt != nil {
		return nil, nil, fmt.Errorf("it is not one condition")
	}
	paren, ok := sel.Where.(*ast.ParenthesesExpr)
	if !ok {
		return nil, nil, fmt.Errorf("it is not one condition")
	}
	c := &checker{p: b.policy, s: &Session{Database: t.db}, src: sql, predicate: true, raw: b.snap}
	own := &source{alias: t.name, fold: c.p.fold(t.name), db: c.p.fold(t.db), table: rule, used: make([]bool, len(rule.cols))}
	cx := &exprContext{scope: &scope{sources: []*source{own}}, info: &exprInfo{}, strict: true}
	e, err := c.expr(paren.Expr, cx)
	if err != nil {
		return nil, nil, err
	}
	if cx.info.agg {
		return nil, nil, fmt.Errorf("an aggregate is not a condition on a row")
	}
	qualify(e, own)
	p := printer{extra: b.policy.functions, hide: true}
	p.expr(e)
	if p.err != nil {
		return nil, nil, p.err
	}
	if err := fixpoint("SELECT 1 FROM DUAL WHERE ("+string(p.out)+")", b.policy.functions); err != nil {
		return nil, nil, err
	}
	f := &fragment{text: string(p.out), slots: p.slots}
	for i := range f.slots {
		if s := &f.slots[i]; s.kind == policySlot {
			s.name = f.text[s.start:s.end]
		}
	}
	return f, c, nil
}

// balanced refuses a text whose parentheses close more than they open: "a) OR (b".
func balanced(text string) error {
	s := lex.New(text, lex.Mode{})
	depth := 0
	for t := s.Next(); t.Kind != lex.EOF; t = s.Next() {
		switch text[t.Pos:t.End] {
		case "(":
			depth++
		case ")":
			depth--
		}
		if depth < 0 {
			return fmt.Errorf("its parentheses are not balanced")
		}
	}
	return nil
}

// hideConstants is a row policy's text as people may see it: without numbers and strings, on one line.
func hideConstants(text string) string {
	var b strings.Builder
	s := lex.New(text, lex.Mode{})
	end := 0
	for t := s.Next(); t.Kind != lex.EOF; t = s.Next() {
		if b.Len() > 0 && t.Pos > end {
			b.WriteByte(' ')
		}
		end = t.End
		switch t.Kind {
		case lex.String, lex.Number, lex.Hex:
			b.WriteString(shownConstant)
		case lex.ExecComment, lex.Bad:
		default:
			b.WriteString(text[t.Pos:t.End])
		}
	}
	return b.String()
}

// qualify names the table before each of its columns, so that a sub-select's column of the same name is never meant. Inside of a
// sub-select names stay as they were resolved.
func qualify(e ast.ExprNode, s *source) {
	e.Accept(outside(func(n ast.Node) {
		if name, ok := n.(*ast.ColumnName); ok {
			name.Table = ast.CIStr{O: s.alias, L: strings.ToLower(s.alias)}
		}
	}))
}

// rawTable finds any table of the catalog, for predicates.
func (c *checker) rawTable(db, name string) (*tableRule, error) {
	t, ok := c.raw.Table(db, name)
	if !ok {
		return nil, askwire.Errorf(askwire.UnknownTable, "Table '%s.%s' doesn't exist.", db, name)
	}
	return newTableRule(t), nil
}
