package guard

import (
	"fmt"
	"slices"

	"github.com/askwire/askwire"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// checker carries one statement through the walk.
type checker struct {
	p         *Policy
	s         *Session
	src       string
	prepared  bool
	describes bool // nothing but the definitions of its answer are wanted
	embed     bool // the text is to stand in another statement, which is checked itself: no limit, no policies
	predicate bool // the text is a row policy: its columns are the table's own, its tables the database's
	raw       *askwire.Snapshot
	compared  []comparison    // with variables, in a row policy
	places    []typedVariable // of variables in expressions

	depth     int
	queries   int  // SELECTs and set operations
	aliased   bool // a name means an alias of a select list
	tables    []*source
	columns   deps
	functions []string
	rules     []string
	vars      []string
	params    int
	collect   *deps // what a sub-select reads

	pins    [][2]int // ranges of source text that decide more than a value
	outputs *relation
	spelled map[*ast.ColumnName]string // names whose canonical spelling is another
	limit   int64

	asked       []int // offsets of ? in the source
	byArguments bool  // a condition's place depends on the kind of an argument

	intervals bool    // INTERVAL has been looked at
	stars     int     // columns that stars stood for
	subs      float64 // rows that the sub-selects of this SELECT's expressions read

	recursion *ast.CommonTableExpression               // whose recursive part is walked
	ahead     map[*ast.CommonTableExpression][]*source // barriers that stand before it

	subResults map[ast.ExprNode]*relation // of sub-selects in expressions, with joins = "declared"
}

func (c *checker) rule(name string) { c.rules = appendNew(c.rules, name) }

// pinText notes that a field's own text is its name, so that the text is more than the values in it.
func (c *checker) pinText(f *ast.SelectField) {
	c.pins = append(c.pins, [2]int{f.Offset, f.Offset + len(fieldText(f, c.s.Mode))})
}

// verdict is what came out of the full road.
type verdict struct {
	text   string
	slots  []slot
	pins   [][2]int
	params int
	meta   *meta
}

// walk screens and parses the text, and walks its tree.
func (c *checker) walk() (ast.StmtNode, error) {
	if c.p == nil {
		return nil, askwire.Errorf(askwire.PolicyDenied, "No profile is in force, so nothing is allowed.").
			WithHint("Ask the operator for a profile.")
	}
	if e := screen(c.src, c.s.Mode); e != nil {
		return nil, e
	}
	stmt, err := parse(c.src, c.s.Mode)
	if err != nil {
		return nil, err
	}
	return stmt, c.root(stmt)
}

// check is the full road: screen, parse, walk, print, parse again, compare.
func (g Gate) check(sql string, prepared, explain bool) (v *verdict, err error) {
	defer func() {
		if r := recover(); r != nil { // a defect of the guard is a denial, never a pass
			v = nil
			err = askwire.Errorf(askwire.NotSupported, "The statement could not be checked.").
				WithHint("Write it another way.").Wrap(fmt.Errorf("guard panic: %v", r))
		}
	}()
	c := &checker{p: g.Policy, s: &g.Session, src: sql, prepared: prepared}
	stmt, err := c.walk()
	if err != nil {
		return nil, err
	}
	p := printer{out: make([]byte, 0, 2*len(sql)+256), slots: make([]slot, 0, len(sql)/16), extra: c.p.functions, flat: c.flat(stmt), ahead: c.ahead, rows: g.Session.Rows}
	p.query(stmt)
	if p.err != nil {
		return nil, p.err
	}
	if len(p.out) > maxPrinted {
		return nil, askwire.Errorf(askwire.TooComplex, "The statement has %d bytes when its stars and names are written out; at most %d are sent.",
			len(p.out), maxPrinted).WithHint("Name the columns that you need instead of *.")
	}
	text, err := c.fill(&p, explain)
	if err != nil {
		return nil, err
	}
	if err := fixpoint(text, c.p.functions); err != nil {
		return nil, err
	}
	m := c.account()
	if m.markers, err = markerOrder(p.markers, c.params); err != nil {
		return nil, err
	}
	return &verdict{text: text, slots: p.slots, pins: c.pins, params: c.params, meta: m}, nil
}

// markerOrder finds which of the client's markers each printed one is, from their places in the source: nil when they stand as the
// client wrote them. Every one of the client's must be there.
func markerOrder(printed []int, params int) ([]int, error) {
	sources := slices.Compact(slices.Sorted(slices.Values(printed)))
	if len(sources) != params {
		return nil, errNotStable()
	}
	if slices.Equal(sources, printed) {
		return nil, nil
	}
	out := make([]int, len(printed))
	for i, at := range printed {
		out[i], _ = slices.BinarySearch(sources, at)
	}
	return out, nil
}

// What stands for the key of hash masks, and for constants of row policies, where they must not be told.
const (
	shownKey      = "'key'"
	shownConstant = "…"
)

// fill puts the values of policy variables and the key of hash masks where their slots are. A statement to be explained
// gets a key that is none: the backend's plan shows the text of conditions.
func (c *checker) fill(p *printer, explain bool) (string, error) {
	need := false
	for _, s := range p.slots {
		need = need || s.kind == variableSlot || s.kind == hashKeySlot
	}
	if !need {
		return string(p.out), nil
	}
	out := make([]byte, 0, len(p.out)+64)
	at := 0
	for i := range p.slots {
		s := &p.slots[i]
		out = append(out, p.out[at:s.start]...)
		at = s.end
		start := len(out)
		switch s.kind {
		case variableSlot:
			l, err := c.s.slotValue(s.kind, s.name)
			if err != nil {
				return "", err
			}
			out = appendValue(out, l)
		case hashKeySlot:
			if explain {
				out = append(out, shownKey...)
			} else {
				out = appendString(out, c.p.hashKey)
			}
		default:
			out = append(out, p.out[s.start:s.end]...)
		}
		s.start, s.end = start, len(out)
	}
	return string(append(out, p.out[at:]...)), nil
}

// fixpoint parses what was printed, prints that and compares: a text that the parser reads in another way than it was
// meant is not sent.
func fixpoint(text string, extra map[string]bool) error {
	return stable(text, printer{extra: extra})
}

func stable(text string, p printer) error {
	p.out, p.again = make([]byte, 0, len(text)), true
	again, err := parse(text, Mode{})
	if err == nil {
		p.query(again)
		err = p.err
	}
	if err != nil || string(p.out) != text {
		return errNotStable().Wrap(fmt.Errorf("printed %q, then %q: %v", text, p.out, err))
	}
	return nil
}

func errNotStable() *askwire.Error {
	return askwire.Errorf(askwire.NotSupported, "The statement could not be printed safely.").
		WithHint("Write it another way, with fewer unusual operators.")
}

// root checks a whole statement and bounds its rows.
func (c *checker) root(stmt ast.StmtNode) error {
	switch n := stmt.(type) {
	case *ast.SelectStmt:
		n.IsInBraces = false
		rel, err := c.query(n, nil, nil, true)
		if err != nil {
			return err
		}
		c.outputs = rel
		noteKnown(n.Fields, rel)
		return c.bound(&n.Limit)
	case *ast.SetOprStmt:
		rel, err := c.query(n, nil, nil, true)
		if err != nil {
			return err
		}
		c.outputs = rel
		return c.bound(&n.Limit)
	default:
		return askwire.Errorf(askwire.NotSupported, "Only SELECT statements are allowed.").
			WithHint("Write a SELECT, WITH … SELECT, or a UNION of them.")
	}
}

// noteKnown says which columns are values of the session and nothing more.
func noteKnown(fields *ast.FieldList, rel *relation) {
	if fields == nil || len(fields.Fields) != len(rel.cols) {
		return
	}
	for i, f := range fields.Fields {
		if l, ok := f.Expr.(*literal); ok && l.slot == knownSlot {
			rel.cols[i].known = l.name
		}
	}
}

// bound sets or lowers the outer LIMIT: to one row more than the profile's, so that an excess is seen, or to just the rows
// that the session's Limit asks for. A LIMIT given as ? stays; whoever relays the rows counts them.
func (c *checker) bound(l **ast.Limit) error {
	if c.predicate || c.embed {
		return nil
	}
	c.limit = c.p.rows
	most := c.limit + 1
	if c.s.Limit > 0 && c.s.Limit < c.limit {
		c.limit = c.s.Limit
		most = c.limit
	}
	max := &literal{kind: intLiteral, text: itoa(most)}
	if *l == nil {
		*l = &ast.Limit{Count: max}
		c.rule("limit")
		return nil
	}
	if n, ok := (*l).Count.(*literal); ok {
		if v, isInt := n.GetValue().(int64); !isInt || v > c.limit {
			(*l).Count = max
			c.rule("limit")
		}
	}
	return nil
}

// query checks a SELECT or set operation: what it may see of outer queries and common table expressions is given.
// named: its columns get a name, because somebody sees or uses it.
func (c *checker) query(n ast.Node, outer *scope, ctes *cteScope, named bool) (*relation, error) {
	c.queries++
	c.depth++
	defer func() { c.depth-- }()
	switch q := n.(type) {
	case *ast.SelectStmt:
		return c.selectStmt(q, outer, ctes, named)
	case *ast.SetOprStmt:
		// IsInBraces says nothing: the printer sets parentheses itself.
		ctes, err := c.with(q.With, outer, ctes)
		if err != nil {
			return nil, err
		}
		rel, err := c.setList(q.SelectList, outer, ctes, named)
		if err != nil {
			return nil, err
		}
		rel.limit(q.Limit)
		return rel, c.setTail(rel, q.OrderBy, q.Limit, outer, ctes)
	default:
		return nil, denied("A query of this kind", "Write a SELECT.")
	}
}

func (c *checker) setList(n *ast.SetOprSelectList, outer *scope, ctes *cteScope, named bool) (*relation, error) {
	ctes, err := c.with(ownWith(n), outer, ctes)
	if err != nil {
		return nil, err
	}
	var rel *relation
	for _, s := range n.Selects { // AfterSetOperator is one of six keywords
		side, err := c.side(s, outer, ctes, named)
		if err != nil {
			return nil, err
		}
		if rel, err = unite(rel, side); err != nil {
			return nil, err
		}
	}
	if rel == nil {
		return nil, denied("An empty set operation", "Write a SELECT.")
	}
	return rel, c.setTail(rel, n.OrderBy, n.Limit, outer, ctes)
}

// ownWith is a list's WITH. Of a SELECT in parentheses the parser makes a list that has the WITH of that SELECT as well.
func ownWith(n *ast.SetOprSelectList) *ast.WithClause {
	if len(n.Selects) == 1 {
		if sel, ok := n.Selects[0].(*ast.SelectStmt); ok && sel.With == n.With {
			return nil
		}
	}
	return n.With
}

func (c *checker) side(n ast.Node, outer *scope, ctes *cteScope, named bool) (*relation, error) {
	if l, ok := n.(*ast.SetOprSelectList); ok {
		return c.setList(l, outer, ctes, named)
	}
	return c.query(n, outer, ctes, named)
}

// unite merges the shape of a further side into the first one's.
func unite(rel, side *relation) (*relation, error) {
	if rel == nil {
		return side, nil
	}
	if len(rel.cols) != len(side.cols) {
		return nil, askwire.Errorf(askwire.FieldCountDiffers, "The used SELECT statements have a different number of columns.").
			WithHint("Select as many columns on each side.")
	}
	for i := range rel.cols {
		rel.cols[i].deps.addAll(side.cols[i].deps)
		rel.cols[i].key = false
	}
	rel.shape = shape{}
	rel.rows += side.rows
	rel.told += side.told
	rel.cost += side.cost
	return rel, nil
}

// setTail checks ORDER BY and LIMIT of a set operation, which see the result's columns only.
func (c *checker) setTail(rel *relation, order *ast.OrderByClause, limit *ast.Limit, outer *scope, ctes *cteScope) error {
	sc := &scope{outer: outer, ctes: ctes, fields: rel.cols}
	if order != nil {
		cx := &exprContext{scope: sc, info: &exprInfo{}, alias: aliasFirst}
		if err := c.orderBy(order.Items, len(rel.cols), cx); err != nil {
			return err
		}
	}
	return c.limitClause(limit)
}

func (c *checker) limitClause(l *ast.Limit) error {
	if l == nil {
		return nil
	}
	for _, e := range []ast.ExprNode{l.Count, l.Offset} {
		switch n := e.(type) {
		case nil:
		case *literal:
			if n.kind != intLiteral {
				return denied("LIMIT with anything but a number", "Write LIMIT 10.")
			}
		case *marker:
			if err := c.marker(); err != nil {
				return err
			}
		default:
			return denied("LIMIT with anything but a number", "Write LIMIT 10.")
		}
	}
	return nil
}
