package guard

import (
	"math"
	"strings"

	"github.com/askwire/askwire"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// hiddenCTE stands before the name of a common table expression that is also the name of a hidden table.
const hiddenCTE = "_cte_"

// with checks common table expressions in order; each sees those before it, and itself when it is recursive.
func (c *checker) with(n *ast.WithClause, outer *scope, ctes *cteScope) (*cteScope, error) {
	if n == nil {
		return ctes, nil
	}
	first := ctes
	for _, def := range n.CTEs {
		name := def.Name.O
		fold := c.p.fold(name)
		if c.listed(name) {
			return nil, denied("WITH '"+name+"', which is also the name of a table,", "Choose another name.")
		}
		if strings.HasPrefix(strings.ToLower(name), hiddenCTE) {
			return nil, denied("WITH '"+short(name)+"', a name that the guard uses itself,", "Choose another name.")
		}
		for e := ctes; e != nil; e = e.outer { // T inside of t is one to some servers, and another to others
			if e.cte.name != name && strings.EqualFold(e.cte.name, name) {
				return nil, denied("WITH '"+short(name)+"' beside '"+e.cte.name+"'", "Choose another name.")
			}
		}
		for e := ctes; e != first; e = e.outer {
			if e.cte.fold == fold {
				return nil, askwire.Errorf(askwire.DuplicateAlias, "Not unique table/alias: '%s'.", name).WithHint("Choose another name.")
			}
		}
		t := &cte{fold: fold, name: name, printed: name}
		if c.p.hidden[strings.ToLower(name)] && !c.embed {
			t.printed = hiddenCTE + name // the backend must never take it for the table
		}
		def.Name = ast.CIStr{O: t.printed, L: strings.ToLower(t.printed)}
		inner := &cteScope{cte: t, outer: ctes}
		body := ctes
		if def.IsRecursive {
			body = inner
		}
		rel, err := c.cteBody(def, t, outer, body)
		if err != nil {
			return nil, err
		}
		t.rel = rel
		ctes = inner
	}
	return ctes, nil
}

// listed reports whether a table of that name is in the profile, in any database.
func (c *checker) listed(name string) bool { return c.p.names[strings.ToLower(name)] }

// cteBody checks the body. In a recursive union, the first side gives the columns that the others see under the name.
func (c *checker) cteBody(def *ast.CommonTableExpression, t *cte, outer *scope, ctes *cteScope) (*relation, error) {
	// ConsumerCount is the planner's note.
	set, ok := def.Query.Query.(*ast.SetOprStmt)
	if !def.IsRecursive || !ok {
		rel, err := c.query(def.Query.Query, outer, ctes, true)
		if err != nil {
			return nil, err
		}
		c.nameable(rel, def.Query.Query, true)
		return c.renamed(rel, def.ColNameList)
	}
	ctes, err := c.with(set.With, outer, ctes)
	if err != nil {
		return nil, err
	}
	list := set.SelectList
	if list.With != nil || len(list.Selects) < 2 || list.OrderBy != nil || list.Limit != nil {
		rel, err := c.query(def.Query.Query, outer, ctes, true)
		if err != nil {
			return nil, err
		}
		return c.renamed(rel, def.ColNameList)
	}
	rel, err := c.side(list.Selects[0], outer, ctes, true)
	if err != nil {
		return nil, err
	}
	c.nameable(rel, list.Selects[0], true)
	if rel, err = c.renamed(rel, def.ColNameList); err != nil {
		return nil, err
	}
	for i := range rel.cols {
		rel.cols[i].key = false
	}
	first, told := rel.rows, rel.told
	rel.shape = shape{}
	t.rel = rel
	if c.recursion == nil {
		c.recursion = def
		defer func() { c.recursion = nil }()
	}
	for _, s := range list.Selects[1:] {
		side, err := c.side(s, outer, ctes, false)
		if err != nil {
			return nil, err
		}
		if _, err := unite(rel, side); err != nil {
			return nil, err
		}
	}
	// Each round sees the rows of the one before it. Where they cannot become more, the rounds can be counted.
	if rel.rows-first > first {
		rel.rows, rel.cost, rel.told = math.Inf(1), math.Inf(1), math.Inf(1)
	} else {
		rel.rows, rel.cost, rel.told = first*maxRounds, rel.cost*maxRounds, told*maxRounds
	}
	// A value may have passed through any column of an earlier round.
	var all deps
	for _, col := range rel.cols {
		all.addAll(col.deps)
	}
	for i := range rel.cols {
		rel.cols[i].deps = append(deps(nil), all...)
	}
	c.rule("recursive")
	return rel, c.setTail(rel, set.OrderBy, set.Limit, outer, ctes)
}

// barrierAhead moves a barrier out of the recursive part of a common table expression, into one of its own before that: TiDB takes no LIMIT
// in there, but a common table expression that has one. The name is none that a client's could get.
func (c *checker) barrierAhead(s *source) {
	if c.recursion == nil || !s.table.barrier || c.p.server.Family != askwire.TiDB {
		return
	}
	if c.ahead == nil {
		c.ahead = map[*ast.CommonTableExpression][]*source{}
	}
	s.ahead = hiddenCTE + hiddenCTE + itoa(int64(len(c.tables)))
	c.ahead[c.recursion] = append(c.ahead[c.recursion], s)
}

// renamed applies a column list: WITH t (a, b) AS …
func (c *checker) renamed(rel *relation, names []ast.CIStr) (*relation, error) {
	if len(names) == 0 {
		return rel, nil
	}
	if len(names) != len(rel.cols) {
		return nil, askwire.Errorf(askwire.FieldCountDiffers, "The column list and the query have a different number of columns.").
			WithHint("Name every column once.")
	}
	out := &relation{cols: make([]relColumn, len(names)), rows: rel.rows, cost: rel.cost, told: rel.told, shape: rel.shape}
	for i, n := range names {
		out.cols[i] = rel.cols[i]
		out.cols[i].name, out.cols[i].low = n.O, strings.ToLower(n.O)
	}
	return out, nil
}
