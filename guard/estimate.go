package guard

import (
	"math"
	"slices"

	"github.com/askwire/askwire"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/opcode"
)

// The catalog's row counts say how many rows a statement could make the backend read: the product of the tables of each
// SELECT, times what its sub-selects read. A table that is found by a key of one column counts as one row. It is an upper
// estimate of a reasonable plan; only where it exceeds a profile's scan_rows the backend is asked for its own.

const (
	leastRows = 1000 // of a table: counts are late, and small tables cost nothing
	slack     = 2    // counts are estimates
)

// ScanBound is how many rows the statement could make the backend read, by the catalog's row counts; +Inf where they are
// not known, 0 for what reads no table.
func (s Statement) ScanBound() float64 {
	if s.meta == nil {
		return 0
	}
	return s.meta.scan
}

// Plan returns the statement that asks the backend for its plan of st, which the same gate has admitted. It keeps st's markers,
// and has no key of a hash mask. What comes back is not for clients when it is PlanHidden.
func (g Gate) Plan(st Statement) Statement {
	prefix, ok := "", false
	if g.Policy != nil {
		prefix, ok = explainForms[g.Policy.server.Family][""]
	}
	if !ok || !st.Valid() || st.Control() {
		return Statement{}
	}
	text := []byte(prefix)
	at := 0
	var secret []span
	for _, p := range st.secret {
		text = append(text, st.text[at:p.start]...)
		start := len(text)
		if p.shown == shownKey {
			text = append(text, shownKey...)
		} else {
			text = append(text, st.text[p.start:p.end]...)
		}
		secret = append(secret, span{start, len(text), p.shown})
		at = p.end
	}
	m := *st.meta
	m.scan = 0
	return Statement{text: string(append(text, st.text[at:]...)), params: st.params, meta: &m, secret: secret}
}

// estimate fills in what a SELECT reads and returns, by the catalog. subs is what its sub-selects read each time.
func (c *checker) estimate(n *ast.SelectStmt, sc *scope, rel *relation, infos []exprInfo, subs float64) {
	var conditions []ast.ExprNode
	if n.From != nil {
		walkJoins(n.From.TableRefs, func(j *ast.Join) {
			if j.On != nil {
				conditions = append(conditions, conjuncts(j.On.Expr)...)
			}
		})
	}
	if n.Where != nil {
		conditions = append(conditions, conjuncts(n.Where)...)
	}
	equal := c.equalities(conditions, sc)
	product, told := 1.0, 1.0
	for _, s := range read(sc.sources, equal) {
		product *= s.rows()
		told *= s.told()
	}
	for _, s := range sc.sources {
		if s.table == nil {
			rel.cost += s.rel.cost
		}
	}
	if len(sc.sources) > 0 {
		rel.cost += product
	}
	if subs > 0 {
		rel.cost += product * subs
	}
	rel.rows, rel.told = product, told
	if n.GroupBy == nil {
		for i := range infos {
			if infos[i].agg {
				rel.rows, rel.told = 1, 1
			}
		}
	}
	rel.limit(n.Limit)
}

func (r *relation) limit(l *ast.Limit) {
	r.rows, r.told = limited(r.rows, l), limited(r.told, l)
}

func limited(rows float64, l *ast.Limit) float64 {
	if l != nil {
		if n, ok := l.Count.(*literal); ok { // its text is part of the statement's shape
			if v, isInt := n.GetValue().(int64); isInt {
				return min(rows, float64(v))
			}
		}
	}
	return rows
}

// equality is one side of a condition x = y that is a bare column.
type equality struct {
	column colRef
	other  ast.ExprNode
	refs   []colRef // what other means, if it is a bare column
}

// equalities finds the equalities among conditions, from both sides.
func (c *checker) equalities(conditions []ast.ExprNode, sc *scope) []equality {
	var out []equality
	for _, e := range conditions {
		b, ok := e.(*ast.BinaryOperationExpr)
		if !ok || b.Op != opcode.EQ {
			continue
		}
		left, right := c.operands(b.L, sc), c.operands(b.R, sc)
		if len(left) == 1 {
			out = append(out, equality{left[0], b.R, right})
		}
		if len(right) == 1 {
			out = append(out, equality{right[0], b.L, left})
		}
	}
	return out
}

// rows is how many rows a source has, by the catalog.
func (s *source) rows() float64 {
	if s.table == nil {
		return max(s.rel.rows, 1)
	}
	return s.table.estimate
}

// told is how many it has as far as a refusal may tell.
func (s *source) told() float64 {
	switch {
	case s.table == nil:
		return max(s.rel.told, 1)
	case s.table.rows != nil:
		return math.Inf(1)
	}
	return s.table.estimate
}

// read returns the sources that are read whole: those that no key finds from the ones before them. A source that no key finds at all
// comes first; of those that find each other, the larger.
func read(sources []*source, equal []equality) []*source {
	left := slices.Clone(sources)
	var out []*source
	for len(left) > 0 {
		n := len(left)
		left = slices.DeleteFunc(left, func(s *source) bool { return byKey(s, equal, left) })
		if len(left) < n {
			continue
		}
		next := 0
		for i, s := range left {
			free, best := !byKey(s, equal, left[:0]), !byKey(left[next], equal, left[:0])
			if free && !best || free == best && s.rows() > left[next].rows() {
				next = i
			}
		}
		out = append(out, left[next])
		left = slices.Delete(left, next, next+1)
	}
	return out
}

// byKey reports whether a condition finds the rows of a table by a key of one column that holds each value once, and a constant or a
// column of another source that is not among those still to be read.
func byKey(s *source, equal []equality, left []*source) bool {
	if s.table == nil {
		return false
	}
	for _, e := range equal {
		if e.column.src != s {
			continue
		}
		key := &s.table.cols[e.column.i]
		if !key.unique || key.mask != nil || key.expr != nil {
			continue
		}
		if _, ok := e.other.(*marker); ok && !s.table.barrier || constantOf(e.other, key.class) {
			return true
		}
		if len(e.refs) == 1 && e.refs[0].src != s && !slices.Contains(left, e.refs[0].src) && !s.table.barrier && sameClass(e.refs[0].deps(), key.class) {
			return true
		}
	}
	return false
}

func sameClass(of deps, class typeClass) bool {
	for _, d := range of {
		if d.class != class || d.mask != nil {
			return false
		}
	}
	return len(of) > 0
}

// estimates notes a table's row count and its keys of one column.
func (r *tableRule) estimates(t *askwire.Table) {
	r.estimate = math.Inf(1)
	if t.Rows >= 0 && !t.View {
		r.estimate = max(slack*float64(t.Rows), leastRows)
	}
	unique := func(columns []string) {
		if len(columns) != 1 {
			return
		}
		for i := range r.cols {
			if c, ok := t.Column(columns[0]); ok && c.Name == r.cols[i].name {
				r.cols[i].unique = true
			}
		}
	}
	unique(t.PrimaryKey)
	for _, ix := range t.Indexes {
		if ix.Unique {
			unique(ix.Columns)
		}
	}
}
