package front

import (
	"slices"
	"strings"

	"github.com/askwire/askwire/guard/lex"
)

// Wrapped is a statement in which questions stand as tables, sub-selects or bodies of common table expressions.
type Wrapped struct {
	Questions []Standing
	Params    int // markers of the whole statement

	text    string
	edits   []edit
	markers []marker // that are the statement's own
}

// marker is a ? of the text, with its number from 0.
type marker struct{ pos, number int }

// edit replaces text[start:end]: by a question's sub-select, or by text.
type edit struct {
	start, end int
	question   int // index into Questions, or -1
	text       string
}

// Standing is a question that stands in a statement.
type Standing struct {
	Question Arg
	Options  []Option
	Name     string // what followed the dot of ask.name: a saved question's name, or the question itself
	Args     []Arg  // of ask.name('2026-01', 5)
	Null     bool   // one of them is NULL: no rows are wanted, for no value is NULL
	First    int    // number, from 0, of the first marker inside of its words
	Inside   int    // how many there are

	Columns    []string    // that the statement wants of it by name, as far as that is plain
	Conditions []Condition // name = literal, of the WHERE around it: parameters of a saved question
	Summary    bool        // the statement names a column summary
	Probe      bool        // the statement wants no rows: LIMIT 0, WHERE 1 = 0
	Ordered    bool        // nothing but LIMIT is behind it: its order is the statement's

	alias string // as written, or as added
	add   bool   // the alias must be added
}

// Condition is a column that must equal a value.
type Condition struct {
	Name    string
	Value   Arg
	Several bool // it may equal one of several: Value is none
	Null    bool // it may equal NULL, which nothing does: Value is none

	start, end int // of the value in the text
}

// Reading is how the value of a condition was read, as a literal: the condition then says that, so that it admits what it asks for.
type Reading struct {
	Condition Condition
	Literal   string
}

// maxStanding bounds the questions of one statement: each may cost a model call.
const maxStanding = 16

// Text is the statement with the sub-selects, one for each question, in their places.
func (w *Wrapped) Text(subs []string, readings ...Reading) string {
	edits := w.edits
	if len(readings) > 0 {
		edits = slices.Clone(edits)
		for _, r := range readings {
			edits = append(edits, edit{start: r.Condition.start, end: r.Condition.end, question: -1, text: r.Literal})
		}
		slices.SortFunc(edits, func(a, b edit) int { return a.start - b.start })
	}
	var b strings.Builder
	at := 0
	for _, e := range edits {
		if e.start < at { // one condition of two questions by one name, which is an error of the client's
			continue
		}
		b.WriteString(w.text[at:e.start])
		at = e.end
		if e.question < 0 {
			b.WriteString(e.text)
			continue
		}
		q := &w.Questions[e.question]
		b.WriteByte('(')
		b.WriteString(subs[e.question])
		b.WriteByte(')')
		if q.add {
			b.WriteString(" AS " + QuoteName(q.alias))
		}
	}
	b.WriteString(w.text[at:])
	return b.String()
}

// Markers are the numbers of the statement's markers, from 0, in the order of its Text; subs are those in the sub-select of each
// question.
func (w *Wrapped) Markers(subs [][]int, readings ...Reading) []int {
	var out []int
	own := w.markers
	before := func(pos int) {
		for len(own) > 0 && own[0].pos < pos {
			if !slices.ContainsFunc(readings, func(r Reading) bool { return r.Condition.start == own[0].pos }) {
				out = append(out, own[0].number)
			}
			own = own[1:]
		}
	}
	for _, e := range w.edits {
		if e.question >= 0 {
			before(e.start)
			out = append(out, subs[e.question]...)
		}
	}
	before(len(w.text))
	return out
}

// Bind returns the statement's questions with the values filled in of the markers that decide what is asked.
func (w *Wrapped) Bind(args []string) []Standing {
	fill := func(x Arg) Arg {
		if x.Param > 0 && x.Param <= len(args) {
			return Arg{Text: args[x.Param-1]}
		}
		return x
	}
	out := make([]Standing, len(w.Questions))
	for i, q := range w.Questions {
		q.Question = fill(q.Question)
		q.Options = append([]Option(nil), q.Options...)
		for j := range q.Options {
			q.Options[j].Value = fill(q.Options[j].Value)
		}
		q.Args = append([]Arg(nil), q.Args...)
		for j := range q.Args {
			q.Args[j] = fill(q.Args[j])
		}
		q.Conditions = append([]Condition(nil), q.Conditions...)
		for j, c := range q.Conditions { // the condition itself keeps its marker
			q.Conditions[j].Value = fill(c.Value)
		}
		out[i] = q
	}
	return out
}

// Asks reports whether marker i, from 0, decides what is asked.
func (w *Wrapped) Asks(i int) bool {
	return slices.ContainsFunc(w.Questions, func(q Standing) bool {
		return q.Question.Param == i+1 || slices.ContainsFunc(q.Options, func(o Option) bool { return o.Value.Param == i+1 }) ||
			slices.ContainsFunc(q.Args, func(a Arg) bool { return a.Param == i+1 })
	})
}

// Open reports whether a marker decides what is asked, so that nothing can be planned before its value is known. Parameters of a saved
// question do not: the columns are the same with any value.
func (w *Wrapped) Open() bool {
	for _, q := range w.Questions {
		open := q.Question.Param > 0
		for _, o := range q.Options {
			open = open || o.Value.Param > 0
		}
		if open {
			return true
		}
	}
	return false
}

// Respell writes SQL of the default sql_mode for another one: there, a backslash in a string may be a backslash.
func Respell(sql string, mode lex.Mode) string {
	if !mode.NoBackslashEscapes || !strings.Contains(sql, `\`) {
		return sql
	}
	var b strings.Builder
	at := 0
	sc := lex.New(sql, lex.Mode{})
	for t := sc.Next(); t.Kind != lex.EOF; t = sc.Next() {
		if t.Kind == lex.String && strings.Contains(sql[t.Pos:t.End], `\`) {
			b.WriteString(sql[at:t.Pos])
			b.WriteString(QuoteText(lex.Unquote(sql[t.Pos:t.End], lex.Mode{}), mode))
			at = t.End
		}
	}
	return b.String() + sql[at:]
}

// Ordered reports whether SQL of the default sql_mode has an ORDER BY of its own and no LIMIT.
func Ordered(sql string) bool {
	depth, order := 0, false
	sc := cursor{text: sql, sc: lex.New(sql, lex.Mode{})}
	for sc.next(); sc.tok.Kind != lex.EOF; sc.next() {
		switch {
		case sc.is("("):
			depth++
		case sc.is(")"):
			depth--
		case depth == 0 && sc.word("ORDER"):
			order = true
		case depth == 0 && sc.word("LIMIT"):
			return false
		}
	}
	return order
}
