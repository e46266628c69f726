package guard

import (
	"fmt"
	"strings"

	"github.com/askwire/askwire"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// Describing returns what has a server say how it describes the answer to a SELECT on information_schema, which the gate must have admitted:
// the same SELECT on the tables themselves. Behind barriers a server describes columns otherwise, and clients go by what it says.
//
// It may assign and read user variables, which have a type: what it asks has no row, so that they get no value, and they are others than
// those of any other statement.
//
// The statement is to be prepared, which reads no row; or, with run, to be run, because MySQL describes what runs through a temporary table
// otherwise. Then no row of a table passes its conditions, and the answer, if it has a row, counts none.
func (g Gate) Describing(sql string, prepared, run bool) (st Statement, err error) {
	defer func() {
		if r := recover(); r != nil {
			st, err = Statement{}, errNotStable().Wrap(fmt.Errorf("guard panic: %v", r))
		}
	}()
	c := &checker{p: g.Policy, s: &g.Session, src: sql, embed: true, describes: true, prepared: prepared}
	stmt, err := c.walk()
	if err != nil {
		return Statement{}, err
	}
	for _, s := range c.tables {
		if s.table != nil && s.table.db != metadataSchema {
			return Statement{}, askwire.Errorf(askwire.Internal, "A statement on tables of data was to be described without its policies.")
		}
	}
	p := printer{out: make([]byte, 0, 2*len(sql)+256), extra: c.p.functions, embed: true, describes: true, empty: run}
	p.query(stmt)
	if p.err != nil {
		return Statement{}, p.err
	}
	text, err := c.fill(&p, true)
	if err != nil {
		return Statement{}, err
	}
	return control(text), stable(text, printer{extra: c.p.functions, describes: true})
}

// describedVariable is in front of the names of user variables.
const describedVariable = "described "

// userVariable lets a statement that is to be described use a variable.
func (c *checker) userVariable(n *ast.VariableExpr, cx *exprContext) (ast.ExprNode, error) {
	if !c.describes || n.IsSystem || n.IsGlobal || n.IsInstance || n.ExplicitScope {
		return nil, denied("A user variable", "Write the value itself.")
	}
	n.Name = describedVariable + n.Name
	if n.Value == nil {
		return n, nil
	}
	return n, c.exprs(cx, &n.Value)
}

// userVariable prints a variable, or what assigns to it.
func (p *printer) userVariable(n *ast.VariableExpr) {
	if !p.describes || n.IsSystem || !strings.HasPrefix(n.Name, describedVariable) {
		p.fail("A user variable")
		return
	}
	p.str("@")
	p.name(n.Name)
	if n.Value != nil {
		p.str(" := ")
		p.expr(n.Value)
	}
}
