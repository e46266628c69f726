package front

import (
	"strings"

	"github.com/askwire/askwire/guard/lex"
)

// wrapping is the state of one pass over a statement's tokens, which follows SELECTs and brackets as far as needed to know where a
// table may stand, and what the statement wants of the questions in it. It judges nothing: the guard reads the whole.
type wrapping struct {
	o         Options
	w         *Wrapped
	frames    []frame
	before    lex.Token       // the token before the current one
	earlier   lex.Token       // the one before that
	ctes      map[string]bool // names of common table expressions, lower case
	tables    int             // that are no questions
	summaries []string        // for each column summary that is named: its table, or ""
	probe     bool            // the statement wants no rows
}

// frame is one level of brackets.
type frame struct {
	scope  *scope
	own    bool // the scope begins here
	list   bool // of tables: the brackets of a join
	sel    bool // SELECT has been seen at this level
	expect bool // a table may come next
	may    bool // in WHERE: what stands here is joined to the rest by AND
	first  int  // index of the first condition that stands within
	table  bool // it is a derived table
}

// scope is one SELECT.
type scope struct {
	clause    clause
	set       bool // a side of UNION, EXCEPT or INTERSECT
	busy      bool // DISTINCT, calls, WHERE, GROUP BY, HAVING or ORDER BY: the rows' order is not the question's
	none      bool // LIMIT 0
	same      bool // SELECT of columns by their own names
	grouped   bool // GROUP BY, HAVING, LIMIT
	sources   int
	questions []int
	derived   []derived
	wanted    []qualified
	where     []qualified
}

// derived is a derived table that is a question and nothing else: (SELECT * FROM ask.name) AS alias, or with columns by their own names.
type derived struct {
	questions []int
	alias     string
}

type clause uint8

const (
	noClause clause = iota
	selectClause
	fromClause
	whereClause
	otherClause
)

// qualified is a column as named, with its table if that is named, and the value that it must equal. Without a name it is a
// condition that is never true.
type qualified struct {
	table, name string
	value       Condition
}

func (w *wrapping) top() *frame { return &w.frames[len(w.frames)-1] }

// pop leaves a level of brackets, and the SELECT that stood in it. behind is what follows.
func (w *wrapping) pop(behind cursor) {
	f := *w.top()
	var through []int
	if f.own {
		through = f.scope.through()
		w.finish(f.scope, len(w.frames) == 1)
	}
	w.frames = w.frames[:len(w.frames)-1]
	if len(w.frames) == 0 {
		return
	}
	w.top().expect = false
	if alias, ok := behind.aliased(); ok && f.table && len(through) > 0 {
		s := w.top().scope
		s.derived = append(s.derived, derived{through, alias})
	}
}

// through are the questions of a SELECT whose columns and rows are theirs, so that a condition on its columns is one on theirs.
func (s *scope) through() []int {
	if !s.same || s.sources != 1 || s.set || s.grouped {
		return nil
	}
	for _, d := range s.derived {
		return d.questions
	}
	return s.questions
}

// finish tells the questions of a SELECT what it wants of them, and begins the next one.
func (w *wrapping) finish(s *scope, root bool) {
	none := s.none
	for _, c := range s.where {
		none = none || c.name == ""
	}
	w.probe = w.probe || root && none && !s.set
	for _, i := range s.questions {
		q := &w.w.Questions[i]
		about := func(c qualified) bool {
			return c.name != "" && (c.table == "" && s.sources == 1 || c.table != "" && strings.EqualFold(c.table, q.alias))
		}
		for _, c := range s.wanted {
			if about(c) {
				q.Columns = appendFold(q.Columns, c.name)
			}
		}
		for _, c := range s.where {
			if about(c) {
				q.Conditions = append(q.Conditions, c.value)
			}
		}
		q.Probe = none
		q.Ordered = s.sources == 1 && !s.busy && !s.set
	}
	for _, d := range s.derived {
		for _, c := range s.where {
			if c.name == "" || c.table == "" && s.sources != 1 || c.table != "" && !strings.EqualFold(c.table, d.alias) {
				continue
			}
			for _, i := range d.questions {
				w.w.Questions[i].Conditions = append(w.w.Questions[i].Conditions, c.value)
			}
		}
	}
	*s = scope{set: s.set}
}

func appendFold(list []string, name string) []string {
	for _, have := range list {
		if strings.EqualFold(have, name) {
			return list
		}
	}
	return append(list, name)
}

// token reads one token. It returns where to go on when it has passed more.
func (w *wrapping) token(c cursor) (*cursor, error) {
	f := w.top()
	switch c.tok.Kind {
	case lex.Punct:
		return w.punct(c)
	case lex.Ident:
		if next, done := w.keyword(c); done {
			return next, nil
		}
		return w.identifier(c)
	case lex.QuotedIdent:
		return w.identifier(c)
	case lex.Param:
		w.w.markers = append(w.w.markers, marker{c.tok.Pos, w.w.Params})
		w.w.Params++
	}
	f.expect = false
	return nil, nil
}

// punct follows brackets and commas.
func (w *wrapping) punct(c cursor) (*cursor, error) {
	f := w.top()
	s := f.scope
	ahead := c
	ahead.next()
	switch c.str() {
	case "(":
		if next, err := w.bracket(c); next != nil || err != nil {
			return next, err
		}
		inner := frame{scope: s, list: f.expect, expect: f.expect, first: len(s.where)}
		prev := c.text[w.before.Pos:w.before.End]
		inner.may = s.clause == whereClause && f.may && (strings.EqualFold(prev, "WHERE") || strings.EqualFold(prev, "AND") || prev == "(")
		if ahead.oneOf("SELECT", "WITH", "VALUES", "TABLE") {
			inner = frame{scope: &scope{}, own: true, table: f.expect}
			if f.expect {
				s.sources++
			}
		} else if s.clause == selectClause {
			s.busy = true
		}
		f.expect = false
		w.frames = append(w.frames, inner)
		if inner.may {
			w.condition(ahead)
		}
	case ")":
		if len(w.frames) > 1 {
			w.pop(ahead)
		}
	case ",":
		switch {
		case s.clause == fromClause && (f.sel || f.list):
			f.expect = true
		case s.clause == selectClause && f.sel:
			w.want(ahead)
		}
	case "||":
		w.or(f)
	default:
		f.expect = false
	}
	return nil, nil
}

// or drops the conditions of a level at which something is joined by OR.
func (w *wrapping) or(f *frame) {
	if f.scope.clause == whereClause {
		f.may = false
		f.scope.where = f.scope.where[:min(f.first, len(f.scope.where))]
	}
}

// keyword follows the clauses. It is false for a word that is none of theirs.
func (w *wrapping) keyword(c cursor) (*cursor, bool) {
	f := w.top()
	s := f.scope
	ahead := c
	ahead.next()
	switch strings.ToUpper(c.str()) {
	case "SELECT":
		f.sel, f.expect, s.clause = true, false, selectClause
		for ahead.oneOf("DISTINCT", "DISTINCTROW", "ALL", "SQL_CALC_FOUND_ROWS", "SQL_NO_CACHE", "STRAIGHT_JOIN", "HIGH_PRIORITY") {
			s.busy = s.busy || ahead.oneOf("DISTINCT", "DISTINCTROW")
			ahead.next()
		}
		s.same = ahead.sameNames()
		w.want(ahead)
		return &ahead, true
	case "FROM":
		if f.sel && s.clause == selectClause {
			s.clause, f.expect = fromClause, true
		}
	case "JOIN", "STRAIGHT_JOIN":
		f.expect = s.clause == fromClause
	case "WHERE":
		if f.sel {
			s.clause, s.busy, f.expect, f.may, f.first = whereClause, true, false, true, len(s.where)
			w.condition(ahead)
		}
	case "AND":
		if s.clause == whereClause && f.may {
			w.condition(ahead)
		}
	case "OR", "XOR":
		w.or(f)
	case "GROUP", "ORDER", "HAVING", "WINDOW":
		if f.sel && s.clause >= fromClause {
			s.clause, s.busy, f.expect = otherClause, true, false
			s.grouped = s.grouped || !c.word("ORDER")
		}
	case "LIMIT":
		if f.sel && s.clause != noClause {
			s.clause, f.expect, s.grouped = otherClause, false, true
			s.none = ahead.str() == "0" && !ahead.followed(",")
		}
	case "UNION", "EXCEPT", "INTERSECT", "MINUS":
		f.sel, f.expect, s.set = false, false, true
		w.finish(s, false)
	case "LATERAL": // a table still comes
	case "AS", "ON", "USING", "NOT", "BETWEEN", "LIKE", "IN", "IS", "RECURSIVE":
		f.expect = false
	default:
		return nil, false
	}
	return nil, true
}

// behindTable are reserved words that can follow a table and are no alias.
var behindTable = map[string]bool{"WHERE": true, "GROUP": true, "ORDER": true, "HAVING": true, "LIMIT": true, "UNION": true, "EXCEPT": true,
	"INTERSECT": true, "MINUS": true, "JOIN": true, "INNER": true, "LEFT": true, "RIGHT": true, "CROSS": true, "NATURAL": true, "STRAIGHT_JOIN": true, "ON": true,
	"USING": true, "WINDOW": true, "FOR": true, "LOCK": true, "INTO": true, "PROCEDURE": true, "PARTITION": true, "USE": true, "IGNORE": true,
	"FORCE": true, "FETCH": true, "OFFSET": true, "SET": true}

// aliased reads [[AS] alias] behind a table.
func (c *cursor) aliased() (string, bool) {
	ahead := *c
	ahead.accept("AS")
	if ahead.tok.Kind == lex.QuotedIdent || ahead.tok.Kind == lex.Ident && !behindTable[strings.ToUpper(ahead.str())] {
		return lex.Unquote(ahead.str(), c.mode), true
	}
	return "", false
}

// identifier reads a name: of a question where a table may stand, else perhaps of one of its columns.
func (w *wrapping) identifier(c cursor) (*cursor, error) {
	f := w.top()
	expect := f.expect
	f.expect = false
	ahead := c
	ahead.next()
	if w.expression(c, ahead) {
		return nil, nil
	}
	word := c.fold(w.o.Word)
	plainly := expect && word && !w.o.Taken && !w.o.Table // no table of the caller can be meant
	switch {
	case expect && word && c.tok.Kind == lex.Ident && ahead.is("("):
		return w.called(c, ahead)
	case expect && word && ahead.is(".") && !w.o.Taken:
		return w.listed(c, ahead)
	case plainly && ahead.tok.Kind == lex.Bad:
		return nil, unclosed()
	case plainly && ahead.tok.Kind == lex.String:
		return nil, syntax("A question that stands as a table needs brackets.", "Write FROM "+w.o.Word+"('your question') AS t.")
	case expect && w.o.Home && !c.word("DUAL") && !ahead.is(".") && !(ahead.is("(") && c.word("JSON_TABLE")) && !w.ctes[strings.ToLower(lex.Unquote(c.str(), c.mode))]:
		return w.table(c, c)
	case expect:
		f.scope.sources++
		w.tables++
		return nil, nil
	}
	return w.column(c, ahead, word)
}

func unclosed() error {
	return syntax("The question's quote is not closed.", "Close it, and write a quote inside the question twice: ASK 'the customer''s orders'.")
}

// expression notes the name of a common table expression: name [(columns)] AS (.
func (w *wrapping) expression(c, ahead cursor) bool {
	if w.top().scope.clause != noClause {
		return false
	}
	if ahead.punct("(") {
		for ahead.tok.Kind == lex.Ident || ahead.tok.Kind == lex.QuotedIdent || ahead.is(",") {
			ahead.next()
		}
		if !ahead.punct(")") {
			return false
		}
	}
	if !ahead.accept("AS") || !ahead.is("(") {
		return false
	}
	w.ctes[strings.ToLower(lex.Unquote(c.str(), c.mode))] = true
	return true
}

// column drops the schema of ask.question.column, and notes a column summary.
func (w *wrapping) column(c, ahead cursor, word bool) (*cursor, error) {
	if c.fold("summary") && !ahead.is("(") && !ahead.is(".") && !strings.EqualFold(c.text[w.before.Pos:w.before.End], "AS") {
		w.summaries = append(w.summaries, w.qualifier(c))
	}
	if !word || w.o.Taken || !ahead.punct(".") || ahead.tok.Kind != lex.Ident && ahead.tok.Kind != lex.QuotedIdent || !ahead.followed(".") {
		return nil, nil
	}
	w.w.edits = append(w.w.edits, edit{start: c.tok.Pos, end: ahead.tok.Pos, question: -1})
	return nil, nil
}

// qualifier is the table that the column here is named with.
func (w *wrapping) qualifier(c cursor) string {
	if c.text[w.before.Pos:w.before.End] != "." {
		return ""
	}
	return lex.Unquote(c.text[w.earlier.Pos:w.earlier.End], c.mode)
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}
