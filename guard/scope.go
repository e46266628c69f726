package guard

import (
	"strings"

	"github.com/askwire/askwire"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// deps is a small set of base columns.
type deps []*columnRule

func (d *deps) add(c *columnRule) {
	for _, have := range *d {
		if have == c {
			return
		}
	}
	*d = append(*d, c)
}

func (d *deps) addAll(more deps) {
	for _, c := range more {
		d.add(c)
	}
}

// relColumn is a column of a derived table, of a common table expression, or of a SELECT's result.
type relColumn struct {
	name, low string
	deps      deps
	key       bool   // what rows are grouped by
	known     string // the value of the session that it is
}

// relation is the shape of a query's result.
type relation struct {
	cols       []relColumn
	rows, cost float64 // returned and read at most, by the catalog
	told       float64 // as rows, but without end where a row policy hides how many there are
	shape      shape
}

func (r *relation) find(low string) int {
	for i := range r.cols {
		if r.cols[i].low == low {
			return i
		}
	}
	return -1
}

// source is one table of a FROM clause: a base table or a relation.
type source struct {
	alias  string // as printed
	fold   string // as compared
	db     string // folded; of a base table that has no alias, for db.table.column
	table  *tableRule
	rel    *relation
	used   []bool         // columns that the statement reads, of a base table
	pushed []ast.ExprNode // conditions copied inside a row policy's barrier
	ahead  string         // the common table expression that the barrier stands in; "" = where the table is named

	lateral ast.Node // the query of a LATERAL derived table
}

func (s *source) find(low string) int {
	if s.table != nil {
		if i, ok := s.table.byLow[low]; ok {
			return i
		}
		return -1
	}
	return s.rel.find(low)
}

func (s *source) width() int {
	if s.table != nil {
		return len(s.table.cols)
	}
	return len(s.rel.cols)
}

func (s *source) column(i int) (name, low string) {
	if s.table != nil {
		return s.table.cols[i].name, s.table.cols[i].low
	}
	return s.rel.cols[i].name, s.rel.cols[i].low
}

// colRef is a column of a source.
type colRef struct {
	src *source
	i   int
}

// joined is a visible column of a FROM clause that has USING or NATURAL: refs has more than one element when it is merged.
type joined struct {
	name, low string
	refs      []colRef
}

// scope is what names may mean in one SELECT.
type scope struct {
	outer   *scope
	ctes    *cteScope
	sources []*source
	visible []joined    // only with USING or NATURAL, else nil
	fields  []relColumn // results so far, by alias
	aliases map[string][]int
	indexed int // fields that are in aliases
}

// shown counts the columns of that name, where USING or NATURAL merges columns.
func (sc *scope) shown(low string) int {
	n := 0
	for i := range sc.visible {
		if sc.visible[i].low == low {
			n++
		}
	}
	return n
}

// alias returns the results of that name.
func (sc *scope) alias(low string) []int {
	if sc.aliases == nil {
		sc.aliases = make(map[string][]int, len(sc.fields))
	}
	for ; sc.indexed < len(sc.fields); sc.indexed++ {
		name := sc.fields[sc.indexed].low
		sc.aliases[name] = append(sc.aliases[name], sc.indexed)
	}
	return sc.aliases[low]
}

// cteScope is a chain of visible common table expressions, innermost first.
type cteScope struct {
	cte   *cte
	outer *cteScope
}

type cte struct {
	fold    string
	name    string // as the client wrote it
	printed string
	rel     *relation // nil while its own body must not name it
}

func (c *cteScope) find(fold string) *cte {
	for ; c != nil; c = c.outer {
		if c.cte.fold == fold {
			return c.cte
		}
	}
	return nil
}

// boundTable and boundCTE stand in the tree for a table name that was resolved.
type boundTable struct {
	*ast.TableName
	src *source
}

type boundCTE struct {
	*ast.TableName
	cte *cte
}

// Accept keeps visitors from putting the plain name back in place.
func (b *boundTable) Accept(ast.Visitor) (ast.Node, bool) { return b, true }

// Accept keeps visitors from putting the plain name back in place.
func (b *boundCTE) Accept(ast.Visitor) (ast.Node, bool) { return b, true }

// aliasUse says whether a name may mean an alias of the select list.
type aliasUse uint8

const (
	noAlias     aliasUse = iota // WHERE, ON, the select list
	columnFirst                 // GROUP BY, HAVING
	aliasFirst                  // ORDER BY
)

// exprInfo is what is known about one expression.
type exprInfo struct {
	deps deps
	agg  bool // holds an aggregate
}

// names resolves one column reference. It rewrites it to the source's alias and canonical spelling, marks the column as
// read, and adds what it depends on.
func (c *checker) resolve(n *ast.ColumnName, cx *exprContext) error {
	low := strings.ToLower(n.Name.O)
	if n.Name.O == "" || n.Schema.O != "" && n.Table.O == "" {
		return denied("An empty name", "Name the column.")
	}
	for sc := cx.scope; sc != nil; sc = sc.outer {
		if n.Table.O != "" {
			if s := c.qualified(n, low, sc, cx); s != nil {
				cx.outer = cx.outer || sc != cx.scope
				return c.reaches(s, sc, cx)
			}
			continue
		}
		use := columnFirst
		if sc == cx.scope {
			use = cx.alias
		}
		if use == aliasFirst && c.byAlias(low, sc, cx) {
			c.byColumn(n, low, sc, cx) // it may mean the column as well: count both
			return nil
		}
		found, ambiguous := c.byColumn(n, low, sc, cx)
		if ambiguous && cx.strict && sc == cx.scope {
			return askwire.Errorf(askwire.AmbiguousColumn, "Column '%s' is ambiguous.", short(n.Name.O)).
				WithHint("Write it as table.column.")
		}
		if found || use == columnFirst && c.byAlias(low, sc, cx) {
			cx.outer = cx.outer || sc != cx.scope
			return nil
		}
	}
	return c.unknownColumn(n, low, cx)
}

// reaches refuses a name of an outer query whose table is printed by a name that a query in between uses as well: the
// backend would take that one.
func (c *checker) reaches(s *source, found *scope, cx *exprContext) error {
	for sc := cx.scope; sc != found; sc = sc.outer {
		for _, o := range sc.sources {
			if c.p.fold(o.alias) == c.p.fold(s.alias) {
				return askwire.Errorf(askwire.AmbiguousColumn, "The table name '%s' means two tables here.", short(s.alias)).
					WithHint("Give the inner one another alias.")
			}
		}
	}
	return nil
}

// qualified looks for table.column or db.table.column in one scope and returns the table.
func (c *checker) qualified(n *ast.ColumnName, low string, sc *scope, cx *exprContext) *source {
	fold := c.p.fold(n.Table.O)
	db := c.p.foldDatabase(n.Schema.O)
	for _, s := range sc.sources {
		if s.fold != fold || n.Schema.O != "" && s.db != db {
			continue
		}
		if n.Schema.O == "" && c.shadowed(s, sc) {
			continue
		}
		if i := s.find(low); i >= 0 {
			name, _ := s.column(i)
			n.Schema = ast.CIStr{}
			n.Table = ast.CIStr{O: s.alias, L: s.alias}
			c.rename(n, name, low)
			c.touch(s, i, cx)
			return s
		}
	}
	return nil
}

// rename sets the canonical spelling and keeps the client's for headers.
func (c *checker) rename(n *ast.ColumnName, name, low string) {
	if n.Name.O != name {
		if c.spelled == nil {
			c.spelled = map[*ast.ColumnName]string{}
		}
		if _, twice := c.spelled[n]; !twice {
			c.spelled[n] = n.Name.O
		}
	}
	n.Name = ast.CIStr{O: name, L: low}
}

// shadowed: two tables of one name from two databases; t.c alone does not say which, so neither is meant.
func (c *checker) shadowed(s *source, sc *scope) bool {
	for _, o := range sc.sources {
		if o != s && o.fold == s.fold {
			return true
		}
	}
	return false
}

func (c *checker) byColumn(n *ast.ColumnName, low string, sc *scope, cx *exprContext) (found, ambiguous bool) {
	hits := 0
	var name string
	if sc.visible != nil {
		for i := range sc.visible {
			if v := &sc.visible[i]; v.low == low {
				hits++
				name = v.name
				for _, r := range v.refs {
					c.touch(r.src, r.i, cx)
				}
			}
		}
	} else {
		for _, s := range sc.sources {
			if i := s.find(low); i >= 0 {
				hits++
				name, _ = s.column(i)
				c.touch(s, i, cx)
			}
		}
	}
	if hits > 0 {
		c.rename(n, name, low)
	}
	return hits > 0, hits > 1
}

func (c *checker) byAlias(low string, sc *scope, cx *exprContext) bool {
	hits := sc.alias(low)
	c.aliased = c.aliased || len(hits) > 0
	for _, i := range hits {
		f := &sc.fields[i]
		cx.info.deps.addAll(f.deps)
	}
	return len(hits) > 0
}

// touch marks a column as read.
func (c *checker) touch(s *source, i int, cx *exprContext) {
	if s.table != nil {
		s.used[i] = true
		col := &s.table.cols[i]
		c.columns.add(col)
		if c.collect != nil {
			c.collect.add(col)
		}
		cx.info.deps.add(col)
		return
	}
	col := &s.rel.cols[i]
	if c.collect != nil {
		c.collect.addAll(col.deps)
	}
	cx.info.deps.addAll(col.deps)
}

// unknownColumn words the refusal. It names only what the profile shows; a denied column is named as such only when a
// table in scope has it, which the profile's owner wrote down.
func (c *checker) unknownColumn(n *ast.ColumnName, low string, cx *exprContext) error {
	var near []string
	shown := short(n.Name.O)
	if n.Table.O != "" {
		shown = short(n.Table.O) + "." + shown
	}
	qualifier := n.Table.O == ""
	for sc := cx.scope; sc != nil; sc = sc.outer {
		for _, s := range sc.sources {
			if n.Table.O != "" && s.fold != c.p.fold(n.Table.O) {
				continue
			}
			qualifier = true
			if s.table != nil && s.table.denied[low] {
				return askwire.Errorf(askwire.ColumnDenied, "SELECT command denied for column '%s' in table '%s'.", short(n.Name.O), s.table.name).
					WithHint("This profile does not show the column; leave it out.")
			}
			for i := 0; i < s.width(); i++ {
				name, _ := s.column(i)
				near = append(near, name)
			}
		}
	}
	e := askwire.Errorf(askwire.UnknownColumn, "Unknown column '%s'.", shown)
	if !qualifier {
		return e.WithHint("'%s' is not a table of this FROM clause.", short(n.Table.O))
	}
	return e.WithHint("%s", didYouMean(low, near, "Name a column of the tables in FROM."))
}
