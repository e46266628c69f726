package guard

import (
	"slices"
	"strings"

	"github.com/askwire/askwire"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/opcode"
)

// from checks a FROM clause. It returns the sources whose rows are never replaced by NULLs, so that a condition on them
// alone may move inside of them.
func (c *checker) from(n *ast.Join, sc *scope) ([]*source, error) {
	merged := usesMerging(n)
	cols, solid, err := c.join(n, sc, merged)
	if err != nil {
		return nil, err
	}
	if merged {
		sc.visible = cols
	}
	return solid, nil
}

func usesMerging(n ast.ResultSetNode) bool {
	found := false
	walkJoins(n, func(j *ast.Join) { found = found || j.NaturalJoin || len(j.Using) > 0 })
	return found
}

// join walks a join tree, whose depth the screen bounds. ExplicitParens is a note for the parser, StraightJoin only an order.
func (c *checker) join(n ast.ResultSetNode, sc *scope, merged bool) ([]joined, []*source, error) {
	switch t := n.(type) {
	case *ast.TableSource:
		if inner, ok := t.Source.(*ast.Join); ok {
			return c.join(inner, sc, merged)
		}
		s, err := c.tableSource(t, sc)
		if err != nil {
			return nil, nil, err
		}
		var cols []joined
		if merged {
			cols = sourceColumns(s)
		}
		return cols, []*source{s}, nil
	case *ast.Join:
		left, solidLeft, err := c.join(t.Left, sc, merged)
		if err != nil || t.Right == nil {
			return left, solidLeft, err
		}
		right, solidRight, err := c.join(t.Right, sc, merged)
		if err != nil {
			return nil, nil, err
		}
		cols, err := c.condition(t, sc, left, right)
		if err != nil {
			return nil, nil, err
		}
		solid, inside := sides(t.Tp, solidLeft, solidRight)
		if t.On != nil {
			c.push(conjuncts(t.On.Expr), sc, inside)
		}
		return cols, solid, nil
	default:
		return nil, nil, denied("A table of this kind", "Name a table or write a sub-select.")
	}
}

// sides says which sources keep their rows through a join, and into which its ON condition may be copied.
func sides(tp ast.JoinType, left, right []*source) (solid, inside []*source) {
	switch tp {
	case ast.LeftJoin:
		return left, right
	case ast.RightJoin:
		return right, left
	default:
		both := append(append([]*source(nil), left...), right...)
		return both, both
	}
}

// condition checks ON, USING or NATURAL. NATURAL becomes USING over the visible columns that both sides have.
func (c *checker) condition(t *ast.Join, sc *scope, left, right []joined) ([]joined, error) {
	if t.On != nil {
		cx := &exprContext{scope: &scope{outer: sc.outer, ctes: sc.ctes, sources: sc.sources}, info: &exprInfo{}}
		if err := c.exprs(cx, &t.On.Expr); err != nil {
			return nil, err
		}
		return append(left, right...), nil
	}
	if t.NaturalJoin {
		c.rule("natural")
		t.NaturalJoin = false
		for i := range left {
			if findJoined(right, left[i].low) >= 0 {
				t.Using = append(t.Using, &ast.ColumnName{Name: ast.CIStr{O: left[i].name, L: left[i].low}})
			}
		}
		if len(t.Using) == 0 && t.Tp != ast.CrossJoin && t.Tp != 0 {
			t.On = &ast.OnCondition{Expr: &literal{kind: boolLiteral, text: "true", offset: -1}}
		}
	}
	if len(t.Using) == 0 {
		return append(left, right...), nil
	}
	return c.using(t, left, right)
}

func findJoined(cols []joined, low string) int {
	for i := range cols {
		if cols[i].low == low {
			return i
		}
	}
	return -1
}

// using merges the named columns: they come first, then the rest of the left side, then the rest of the right side. A
// RIGHT JOIN is read from the right.
func (c *checker) using(t *ast.Join, left, right []joined) ([]joined, error) {
	names := map[string]bool{}
	for _, u := range t.Using {
		low := strings.ToLower(u.Name.O)
		i, j := findJoined(left, low), findJoined(right, low)
		if u.Table.O != "" || i < 0 || j < 0 {
			return nil, c.usingDenied(u, low)
		}
		if findJoined(left[i+1:], low) >= 0 || findJoined(right[j+1:], low) >= 0 {
			return nil, askwire.Errorf(askwire.AmbiguousColumn, "Column '%s' in USING is ambiguous.", left[i].name).
				WithHint("Join with ON table.column = table.column.")
		}
		u.Name = ast.CIStr{O: left[i].name, L: low}
		names[low] = true
	}
	first, second := left, right
	if t.Tp == ast.RightJoin {
		first, second = right, left
	}
	var out []joined
	cx := &exprContext{info: &exprInfo{}}
	for _, col := range first {
		if !names[col.low] {
			continue
		}
		j := findJoined(second, col.low)
		refs := append(append([]colRef(nil), col.refs...), second[j].refs...)
		for _, r := range refs {
			c.touch(r.src, r.i, cx)
		}
		out = append(out, joined{name: col.name, low: col.low, refs: refs})
	}
	for _, side := range [][]joined{first, second} {
		for _, col := range side {
			if !names[col.low] {
				out = append(out, col)
			}
		}
	}
	return out, nil
}

func (c *checker) usingDenied(u *ast.ColumnName, low string) error {
	for _, s := range c.tables {
		if s.table != nil && s.table.denied[low] {
			return askwire.Errorf(askwire.ColumnDenied, "SELECT command denied for column '%s' in table '%s'.", u.Name.O, s.table.name).
				WithHint("This profile does not show the column; join on another.")
		}
	}
	return askwire.Errorf(askwire.UnknownColumn, "Unknown column '%s' in USING.", short(u.Name.O)).WithHint("Both tables must have the column.")
}

// tableSource checks one table, sub-select or common table expression and adds it to the scope.
func (c *checker) tableSource(t *ast.TableSource, sc *scope) (*source, error) {
	s := &source{alias: t.AsName.O}
	if len(t.ColumnNames) > 0 {
		return nil, denied("A column list behind the alias of a table", "Name the columns inside.")
	}
	switch q := t.Source.(type) {
	case *ast.TableName:
		if t.Lateral {
			return nil, denied("LATERAL on a table", "Leave it out.")
		}
		if err := c.tableName(q, t, s, sc); err != nil {
			return nil, err
		}
	case *ast.SelectStmt, *ast.SetOprStmt:
		if err := c.derived(q, t, s, sc); err != nil {
			return nil, err
		}
	default:
		return nil, denied("A table of this kind", "Name a table or write a sub-select.")
	}
	s.fold = c.p.fold(s.alias)
	if err := uniqueAlias(s, sc); err != nil {
		return nil, err
	}
	t.AsName = ast.CIStr{O: s.alias, L: strings.ToLower(s.alias)}
	c.tables = append(c.tables, s)
	if len(c.tables) > maxTables {
		return nil, errTooManyTables()
	}
	sc.sources = append(sc.sources, s)
	return s, nil
}

func (c *checker) tableName(n *ast.TableName, t *ast.TableSource, s *source, sc *scope) error {
	switch { // IndexHints are dropped, IsAlias belongs to DELETE
	case len(n.PartitionNames) > 0:
		return denied("PARTITION (…)", "Leave it out.")
	case n.AsOf != nil:
		return denied("AS OF", "Leave it out.")
	case n.TableSample != nil:
		return denied("TABLESAMPLE", "Use ORDER BY RAND() LIMIT.")
	}
	n.IndexHints = nil
	name := n.Name.O
	if s.alias == "" {
		s.alias = name
	}
	if n.Schema.O == "" {
		if e := sc.ctes.find(c.p.fold(name)); e != nil {
			if e.rel == nil {
				return denied("'"+name+"' inside of its own definition", "Write WITH RECURSIVE with a UNION, the base case first.")
			}
			s.rel = e.rel
			t.Source = &boundCTE{TableName: n, cte: e}
			return nil
		}
	}
	rule, err := c.lookup(n.Schema.O, name, sc.ctes)
	if err != nil {
		return err
	}
	if t.AsName.O == "" {
		s.db = c.p.foldDatabase(rule.db)
		if s.db != metadataSchema { // whose tables are found in any letters, and then called as they were written
			s.alias = rule.name // canonical
		}
	}
	s.table = rule
	s.used = make([]bool, len(rule.cols))
	c.barrierAhead(s)
	t.Source = &boundTable{TableName: n, src: s}
	return nil
}

// lookup finds a base table. Tables that are not listed and tables that do not exist get the same answer, except in a database
// that is listed as a whole.
func (c *checker) lookup(db, name string, ctes *cteScope) (*tableRule, error) {
	if db == "" {
		db = c.s.Database
	}
	if db == "" {
		return nil, askwire.Errorf(askwire.NoDatabase, "No database selected.").WithHint("USE a database, or write db.table.")
	}
	if c.predicate {
		return c.rawTable(db, name)
	}
	if c.s.Metadata && c.p.foldDatabase(db) == metadataSchema {
		if t := c.p.meta[strings.ToLower(name)]; t != nil {
			c.rule("metadata")
			return t, nil
		}
	} else if t := c.p.table(db, name); t != nil {
		return t, nil
	} else if err := c.p.staleTable(db, name); err != nil {
		return nil, err
	}
	e := askwire.Errorf(askwire.TableDenied, "SELECT command denied for table '%s'.", short(name))
	if c.p.whole[c.p.fold(db)] { // it is listed as a whole: whatever is not in it does not exist for the profile
		e = askwire.Errorf(askwire.UnknownTable, "Table '%s.%s' doesn't exist.", short(db), short(name))
	}
	var near, same []string
	for _, t := range c.p.tables {
		near = append(near, t.name)
		if strings.EqualFold(t.name, name) {
			same = append(same, t.id)
		}
	}
	if len(same) > 0 { // in another database, or in other letters
		return nil, e.WithHint("Did you mean '%s'?", slices.Min(same))
	}
	for ; ctes != nil; ctes = ctes.outer {
		near = append(near, ctes.cte.name)
	}
	return nil, e.WithHint("%s", didYouMean(strings.ToLower(name), near, "SHOW TABLES lists what you may read."))
}

// derived checks a sub-select in FROM. It sees what is outside of this SELECT, and with LATERAL the tables before it.
func (c *checker) derived(q ast.ResultSetNode, t *ast.TableSource, s *source, sc *scope) error {
	if t.AsName.O == "" {
		return askwire.Errorf(askwire.Syntax, "Every derived table must have its own alias.").WithHint("Add AS name behind it.")
	}
	outer := sc.outer
	if t.Lateral {
		if c.p.server.Family != askwire.MySQL {
			return denied("LATERAL on this server", "Use a join or a sub-select in the select list.")
		}
		outer = &scope{outer: sc.outer, ctes: sc.ctes, sources: append([]*source(nil), sc.sources...)}
		s.lateral = q
	}
	var err error
	if s.rel, err = c.query(q, outer, sc.ctes, true); err == nil {
		c.nameable(s.rel, q, false)
	}
	return err
}

// uniqueAlias refuses two sources of one name. Two tables of one name from two databases are allowed when neither has an
// alias; the later one is printed under a name of its own.
func uniqueAlias(s *source, sc *scope) error {
	for n := 2; ; n++ {
		clash := false
		for _, o := range sc.sources {
			if o.fold == s.fold && (o.db == "" || s.db == "" || o.db == s.db) || o.alias == s.alias && s.db == "" {
				return askwire.Errorf(askwire.DuplicateAlias, "Not unique table/alias: '%s'.", s.alias).
					WithHint("Give one of them another alias.")
			}
			clash = clash || o.alias == s.alias
		}
		if !clash {
			return nil
		}
		s.alias = s.table.name + "_" + itoa(int64(n))
	}
}

// conjuncts takes a AND b AND c apart.
func conjuncts(e ast.ExprNode) []ast.ExprNode {
	var out []ast.ExprNode
	for {
		for {
			p, ok := e.(*ast.ParenthesesExpr)
			if !ok {
				break
			}
			e = p.Expr
		}
		b, ok := e.(*ast.BinaryOperationExpr)
		if !ok || b.Op != opcode.LogicAnd {
			return append(out, e)
		}
		if inner, isParen := b.R.(*ast.ParenthesesExpr); isParen {
			out = append(out, conjuncts(inner)...)
		} else {
			out = append(out, b.R)
		}
		e = b.L
	}
}
