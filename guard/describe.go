package guard

import (
	"fmt"

	"github.com/askwire/askwire"
)

// Describing returns what has a server say how it describes the answer to a SELECT on information_schema, which the gate must have admitted:
// the same SELECT on the tables themselves. Behind barriers a server describes columns otherwise, and clients go by what it says.
//
// The statement is to be prepared, which reads no row; or, with run, to be run, because MySQL describes what runs through a temporary table
// otherwise. Then no row of a table passes its conditions, and the answer, if it has a row, counts none.
func (g Gate) Describing(sql string, prepared, run bool) (st Statement, err error) {
	defer func() {
		if r := recover(); r != nil {
			st, err = Statement{}, errNotStable().Wrap(fmt.Errorf("guard panic: %v", r))
		}
	}()
	c := &checker{p: g.Policy, s: &g.Session, src: sql, embed: true, prepared: prepared}
	stmt, err := c.walk()
	if err != nil {
		return Statement{}, err
	}
	for _, s := range c.tables {
		if s.table != nil && s.table.db != metadataSchema {
			return Statement{}, askwire.Errorf(askwire.Internal, "A statement on tables of data was to be described without its policies.")
		}
	}
	p := printer{out: make([]byte, 0, 2*len(sql)+256), extra: c.p.functions, embed: true, empty: run}
	p.query(stmt)
	if p.err != nil {
		return Statement{}, p.err
	}
	text, err := c.fill(&p, true)
	if err != nil {
		return Statement{}, err
	}
	return control(text), fixpoint(text, c.p.functions)
}
