package front

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard/lex"
)

const maxWrapped = 64 << 10 // bytes

// parseWrapped reads a SELECT that may hold questions. The command is nil where it holds none.
func parseWrapped(c cursor, o Options) (Command, error) {
	if !c.oneOf("SELECT", "WITH") && !c.is("(") || len(c.text) > maxWrapped {
		return nil, nil // longer than the guard reads
	}
	w := &wrapping{o: o, w: &Wrapped{text: c.text}, ctes: map[string]bool{}}
	w.frames = append(w.frames, frame{scope: &scope{}, own: true})
	for c.tok.Kind != lex.EOF {
		next, err := w.token(c)
		if err != nil {
			return nil, err
		}
		w.before, w.earlier = c.tok, w.before
		if next != nil {
			c = *next
			continue
		}
		c.next()
	}
	for len(w.frames) > 0 {
		w.pop(c)
	}
	switch n := len(w.w.Questions); {
	case n == 0:
		return nil, nil
	case n > maxStanding:
		return nil, askwire.Errorf(askwire.TooComplex, "The statement holds %d questions.", n).WithHint("Ask at most %d in one statement.", maxStanding)
	}
	w.settle(c)
	return w.w, nil
}

// called reads ask('…' [, option, value …]) [[AS] alias] where a table may stand.
func (w *wrapping) called(c, ahead cursor) (*cursor, error) {
	ahead.next()
	a := &Ask{Params: w.w.Params}
	switch {
	case ahead.argument():
	case ahead.tok.Kind == lex.Bad:
		return nil, unclosed()
	default:
		return nil, syntax("A question that stands as a table must be a string.", "Write FROM "+w.o.Word+"('your question') AS t.")
	}
	q := a.standing(a.arg(&ahead))
	if err := a.arguments(&ahead); err != nil {
		return nil, err
	}
	q.Options, q.alias = a.Options, w.o.Word
	return w.stands(q, a, c.tok.Pos, ahead, true)
}

// listed reads ask.name, ask.`question` and ask.name('2026-01', 5) where a table may stand.
func (w *wrapping) listed(c, dot cursor) (*cursor, error) {
	dot.next()
	switch dot.tok.Kind {
	case lex.Bad:
		return nil, unclosed()
	case lex.Ident, lex.QuotedIdent:
	default:
		return nil, syntax("Behind "+w.o.Word+". stands no name.", "Write FROM "+w.o.Word+".`your question`; SHOW TABLES FROM "+w.o.Word+" lists the saved ones.")
	}
	return w.table(c, dot)
}

// table reads a name of the schema of questions, and its arguments.
func (w *wrapping) table(c, name cursor) (*cursor, error) {
	ahead := name
	ahead.next()
	a := &Ask{Params: w.w.Params}
	q := a.standing(Arg{Text: lex.Unquote(name.str(), c.mode)})
	q.Name, q.alias = q.Question.Text, q.Question.Text
	if ahead.punct("(") {
		q.Args = []Arg{}
		for !ahead.is(")") {
			q.Null = q.Null || ahead.word("NULL")
			v, ok := a.literal(&ahead)
			if !ok {
				return nil, syntax("The arguments of the saved question are not understood.", "Write FROM "+w.o.Word+".name('2026-01', 5): literals, or ? in a prepared statement.")
			}
			q.Args = append(q.Args, v)
			if !ahead.punct(",") {
				break
			}
		}
		if !ahead.punct(")") {
			return nil, syntax("The bracket behind the saved question's name is not closed.", "Write FROM "+w.o.Word+".name('2026-01', 5).")
		}
	}
	return w.stands(q, a, c.tok.Pos, ahead, true)
}

// bracket reads (ASK '…' [USING …]) and (ASK AS `…`): a derived table where a table may stand, else a sub-select or the body of a common
// table expression.
func (w *wrapping) bracket(c cursor) (*cursor, error) {
	ahead := c
	ahead.next()
	if ahead.tok.Kind != lex.Ident || !ahead.fold(w.o.Word) {
		return nil, nil
	}
	table := w.top().expect
	ahead.next()
	named := ahead.accept("AS")
	switch {
	case ahead.tok.Kind == lex.Bad && !named:
		return nil, unclosed()
	case named && ahead.tok.Kind != lex.QuotedIdent:
		return nil, nil
	case ahead.tok.Kind == lex.QuotedIdent && (w.o.Table || !table && !w.body()):
		return nil, nil // (ask "alias" JOIN …), ask AS `alias`
	case ahead.tok.Kind == lex.Ident && table && !w.o.Table && !behindTable[strings.ToUpper(ahead.str())]:
		return nil, syntax("A question within brackets must be a string.", "Write ("+strings.ToUpper(w.o.Word)+" 'your question') AS t.")
	case !ahead.argument():
		return nil, nil
	}
	a := &Ask{Params: w.w.Params}
	q := a.standing(a.arg(&ahead))
	if err := a.using(&ahead); err != nil {
		return nil, err
	}
	if !ahead.punct(")") {
		return nil, syntax("After the question stands text that is not understood.", "Only USING name = value, … may follow before the bracket; write a quote inside the question twice.")
	}
	q.Options, q.alias = a.Options, w.o.Word
	return w.stands(q, a, c.tok.Pos, ahead, table)
}

// standing takes a question, with the markers inside of its words.
func (a *Ask) standing(question Arg) Standing {
	q := Standing{Question: question, First: a.Params}
	if question.Param == 0 {
		_, q.Inside = askwire.NameParams(question.Text)
	}
	a.Params += q.Inside
	return q
}

// body reports whether the bracket here is that of a common table expression.
func (w *wrapping) body() bool {
	return w.before.Kind == lex.Ident && strings.EqualFold(w.w.text[w.before.Pos:w.before.End], "AS") && w.top().scope.clause == noClause
}

// standingOptions can be given to a question that stands in a statement. Its summary is a column that is named or not.
var standingOptions = []string{"model", "language", "timeout", "summary", "on_ambiguous", "candidates"}

// stands takes a question. behind stands on the token after it.
func (w *wrapping) stands(q Standing, a *Ask, start int, behind cursor, table bool) (*cursor, error) {
	if q.Question.Param == 0 && strings.TrimSpace(q.Question.Text) == "" {
		return nil, syntax("The question is empty.", "Write FROM "+w.o.Word+"('your question') AS t.")
	}
	for _, o := range q.Options {
		if !slices.Contains(standingOptions, o.Name) {
			return nil, unsupported("The option "+o.Name+" of a question that stands as a table", "Give it to ASK as a statement of its own; a LIMIT can stand behind the table.")
		}
	}
	w.w.Params = a.Params
	f := w.top()
	f.expect = false
	if table {
		f.scope.sources++
		f.scope.questions = append(f.scope.questions, len(w.w.Questions))
		alias, given := behind.aliased()
		if q.add = !given; given {
			q.alias = alias
		}
	}
	w.w.edits = append(w.w.edits, edit{start: start, end: lastEnd(behind, start), question: len(w.w.Questions)})
	w.w.Questions = append(w.w.Questions, q)
	if !table {
		return &behind, nil
	}
	if !q.add { // the alias is no column
		behind.accept("AS")
		behind.next()
	}
	return &behind, nil
}

// settle gives the questions what is known at the end of the statement. c is at its end.
func (w *wrapping) settle(c cursor) {
	taken := map[string]bool{}
	for _, q := range w.w.Questions {
		if !q.add {
			taken[strings.ToLower(q.alias)] = true
		}
	}
	long := map[string]string{}
	for i := range w.w.Questions {
		q := &w.w.Questions[i]
		q.Probe = q.Probe || w.probe
		for _, s := range w.summaries {
			q.Summary = q.Summary || s == "" && w.tables == 0 || strings.EqualFold(s, q.alias)
		}
		switch {
		case !q.add:
		case q.Name != "": // twice without an alias is as wrong as a table twice
			if q.alias = aliasOf(q.Name); q.alias != q.Name {
				long[q.Name] = q.alias
			}
		default:
			for n := 2; taken[strings.ToLower(q.alias)]; n++ {
				q.alias = w.o.Word + "_" + itoa(n)
			}
			taken[strings.ToLower(q.alias)] = true
		}
	}
	if len(long) > 0 {
		w.rename(c, long)
	}
}

const maxAlias = 64 // characters of an identifier

// aliasOf makes an alias of a name: within the length of one, without a blank at its end and characters beyond the basic plane.
func aliasOf(name string) string {
	if utf8.RuneCountInString(name) > maxAlias {
		name = string([]rune(name)[:maxAlias])
	}
	return strings.TrimRight(strings.Map(func(r rune) rune {
		if r > 0xFFFF || r < ' ' {
			return '_'
		}
		return r
	}, name), " ")
}

// rename writes the alias wherever a column is named with a name that cannot be one.
func (w *wrapping) rename(c cursor, long map[string]string) {
	c.sc = lex.New(c.text, c.mode)
	var questions []edit
	for _, e := range w.w.edits {
		if e.question >= 0 {
			questions = append(questions, e)
		}
	}
	for c.next(); c.tok.Kind != lex.EOF; c.next() {
		if c.tok.Kind != lex.QuotedIdent {
			continue
		}
		inside := slices.ContainsFunc(questions, func(e edit) bool { return e.start <= c.tok.Pos && c.tok.Pos < e.end })
		if alias, ok := long[lex.Unquote(c.str(), c.mode)]; ok && !inside && c.followed(".") {
			w.w.edits = append(w.w.edits, edit{start: c.tok.Pos, end: c.tok.End, question: -1, text: QuoteName(alias)})
		}
	}
	slices.SortFunc(w.w.edits, func(a, b edit) int { return a.start - b.start })
}

// bracketed reads ASK '…' [USING …]) as the rest of the statement.
func bracketed(c cursor, o Options) (*Ask, bool) {
	if !c.word(o.Word) {
		return nil, false
	}
	c.next()
	if c.accept("AS") && c.tok.Kind != lex.QuotedIdent || !c.argument() {
		return nil, false
	}
	a := &Ask{}
	a.Question = a.arg(&c)
	return a, a.using(&c) == nil && c.punct(")") && c.end() && (a.Question.Param > 0 || strings.TrimSpace(a.Question.Text) != "")
}
