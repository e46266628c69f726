package guard

import (
	"slices"

	"github.com/askwire/askwire"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// connected refuses tables that nothing joins, unless the profile allows it. A derived table or a common table expression counts
// when it can have more than leastRows rows by the catalog: totals, a LIMIT and written-out lists may stand beside anything. How many
// rows of a table with a row policy are hidden must not decide that: they are taken for many.
func (c *checker) connected(n *ast.SelectStmt, sc *scope) error {
	if c.p.cartesian || c.predicate || len(sc.sources) < 2 {
		return nil
	}
	group := make([]int, len(sc.sources))
	for i := range group {
		group[i] = i
	}
	parts := len(group)
	link := func(set []int) {
		for _, i := range set[1:] {
			from, to := group[i], group[set[0]]
			if from == to {
				continue
			}
			parts--
			for k := range group {
				if group[k] == from {
					group[k] = to
				}
			}
		}
	}
	each := func(e ast.ExprNode) {
		if parts == 1 {
			return
		}
		for _, part := range conjuncts(e) {
			if set := c.mentions(part, sc); len(set) > 1 {
				link(set)
			}
		}
	}
	walkJoins(n.From.TableRefs, func(j *ast.Join) {
		if j.On != nil {
			each(j.On.Expr)
		}
	})
	for i, s := range sc.sources {
		if s.lateral != nil {
			link(append(c.mentions(s.lateral, sc), i))
		}
	}
	for _, v := range sc.visible {
		if len(v.refs) > 1 {
			var set []int
			for _, r := range v.refs {
				set = append(set, indexOf(sc.sources, r.src))
			}
			link(set)
		}
	}
	if n.Where != nil {
		each(n.Where)
	}
	first := -1
	for i, s := range sc.sources {
		if s.table == nil && s.rel.told <= leastRows || s.table != nil && s.table.filter != nil {
			continue
		}
		if first >= 0 && group[i] != group[first] {
			return askwire.Errorf(askwire.TooCostly, "The tables '%s' and '%s' are combined without a condition between them.",
				sc.sources[first].alias, s.alias).WithHint("Join them ON a column that both have.")
		}
		if first < 0 {
			first = i
		}
	}
	return nil
}

func indexOf(list []*source, s *source) int {
	for i := range list {
		if list[i] == s {
			return i
		}
	}
	return 0
}

func walkJoins(n ast.ResultSetNode, f func(*ast.Join)) {
	switch t := n.(type) {
	case *ast.Join:
		f(t)
		walkJoins(t.Left, f)
		if t.Right != nil {
			walkJoins(t.Right, f)
		}
	case *ast.TableSource:
		if j, ok := t.Source.(*ast.Join); ok {
			walkJoins(j, f)
		}
	}
}

// mentions lists the sources of sc whose columns an expression names, sub-selects included.
func (c *checker) mentions(e ast.Node, sc *scope) []int {
	var found []int
	e.Accept(visit(func(n ast.Node) bool {
		if name, ok := n.(*ast.ColumnName); ok {
			for i, s := range sc.sources {
				if (name.Table.O == "" || name.Table.O == s.alias) && s.find(name.Name.L) >= 0 && !slices.Contains(found, i) {
					found = append(found, i)
				}
			}
		}
		return false
	}))
	return found
}
