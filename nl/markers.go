package nl

import (
	"slices"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

// A prepared question has parameters: Question.Params of them, which its text names :pa, :pb, … (letters, so that no number
// or date can be read into a name). The model and the saved questions write the names where the values belong; in the
// statement each becomes a ? marker. The values come with each execute and are never seen here, but for Argument.

// parameterNumber is the number of the parameter that a text names, from 1, or 0.
func parameterNumber(q *askwire.Question, text string) int {
	for i := 1; i <= q.Params; i++ {
		if text == askwire.ParamName(i) {
			return i
		}
	}
	return 0
}

// positional writes ? for each name, and says which parameter each ? stands for.
func positional(q *askwire.Question, sql string) (string, []int, error) {
	var b strings.Builder
	var order []int
	done := 0
	for _, t := range scanSQL(sql) {
		if t.is(sql, "?") {
			return "", nil, askwire.Errorf(askwire.Syntax, "A ? does not say which parameter it is.").WithHint("Write %s, without quotes.", parameterNames(q))
		}
		if t.kind != tokParam {
			continue
		}
		n := parameterNumber(q, sql[t.start:t.end])
		if n == 0 {
			return "", nil, askwire.Errorf(askwire.Syntax, "The question has no parameter %s.", sql[t.start:t.end]).
				WithHint("Write %s, without quotes.", parameterNames(q))
		}
		order = append(order, n)
		b.WriteString(sql[done:t.start])
		b.WriteByte('?')
		done = t.end
	}
	b.WriteString(sql[done:])
	return b.String(), order, nil
}

// parameterNames lists the names of the question's parameters.
func parameterNames(q *askwire.Question) string {
	names := make([]string, q.Params)
	for i := range names {
		names[i] = askwire.ParamName(i + 1)
	}
	return strings.Join(names, ", ")
}

// admitted is SQL of a question that has passed the gate.
type admitted struct {
	st    guard.Statement
	sql   string // with ? for the parameters
	order []int  // the parameters' numbers in the order of the markers
}

// admit has the gate check the SQL of a question, with its parameters as markers. types are the saved question's own parameters, by
// number.
func admit(q *askwire.Question, g guard.Gate, sql string, types map[int]*askwire.Param) (a admitted, err error) {
	if q.Params == 0 {
		a.sql = sql
		a.st, err = check(g, sql)
		return a, err
	}
	if a.sql, a.order, err = positional(q, sql); err != nil {
		return a, err
	}
	a.st, err = g.Prepare(a.sql)
	if err == nil && a.st.ByArguments() && len(q.Kinds) == q.Params {
		g.Session.Arguments = a.kinds(q, types)
		a.st, err = g.Prepare(a.sql)
	}
	if err == nil && (!a.st.Valid() || a.st.Params() != len(a.order)) {
		err = askwire.Errorf(askwire.Internal, "The guard has counted other markers than the question.").WithHint("Please report this.")
	}
	return a, err
}

// kinds are those of the markers' values, as Argument hands them on.
func (a admitted) kinds(q *askwire.Question, types map[int]*askwire.Param) guard.Arguments {
	out := make([]byte, len(a.order))
	for i, n := range a.order {
		switch p := types[n]; {
		case p == nil:
			out[i] = q.Kinds[n-1]
		case p.Type == askwire.IntParam || p.Type == askwire.NumberParam:
			out[i] = guard.NumberArgument
		default:
			out[i] = guard.TextArgument
		}
	}
	return guard.Arguments(out)
}

// unused refuses a draft that leaves a parameter out: its value would decide nothing.
func (a admitted) unused(q *askwire.Question) error {
	for i := 1; i <= q.Params; i++ {
		if !slices.Contains(a.order, i) {
			return askwire.Errorf(askwire.WrongArguments, "The SQL does not use the parameter %s of the question.", askwire.ParamName(i)).
				WithHint("Write %s, without quotes, where its value belongs.", askwire.ParamName(i))
		}
	}
	return nil
}

// markers are those of a plan; types are the saved question's own parameters, by number.
func (a admitted) markers(types map[int]*askwire.Param) []askwire.Marker {
	var out []askwire.Marker
	for _, n := range a.order {
		out = append(out, askwire.Marker{Number: n, Param: types[n]})
	}
	return out
}

// rehearsal is the SQL with NULL in the place of its parameters, for the backend to plan.
func rehearsal(q *askwire.Question, sql string) string {
	if q.Params == 0 {
		return sql
	}
	var b strings.Builder
	done := 0
	for _, t := range scanSQL(sql) {
		if t.kind == tokParam {
			b.WriteString(sql[done:t.start])
			b.WriteString("NULL")
			done = t.end
		}
	}
	return b.String() + sql[done:]
}

// Argument reads a value that was sent for a marker as the saved question's parameter takes it: 서울 becomes Seoul, and
// what is not of its type or not in its list is refused. No message repeats the value.
func (a *Asker) Argument(q *askwire.Question, m askwire.Marker, v askwire.Value) (askwire.Value, error) {
	p := m.Param
	if p == nil {
		return v, nil
	}
	wrong := askwire.Errorf(askwire.WrongArguments, "Parameter %d of the question (%s) cannot take this value.", m.Number, p.Name)
	switch {
	case v.Kind == askwire.Null:
		return v, wrong.WithHint("Send %s, not NULL.", p.Takes())
	case p.Type == askwire.StringParam && len(p.Values)+len(p.Aliases) == 0:
		return askwire.Value{Kind: askwire.String, Text: v.Text}, nil
	}
	out, ok := parseArg(p, normalise(v.Text), calendar{today: midnight(q.Now, q.TimeZone)})
	if !ok {
		return v, wrong.WithHint("Send %s.", p.Takes())
	}
	return out, nil
}

// parameters tells the model what the names in a prepared question are.
func parameters(b *strings.Builder, q *askwire.Question) {
	section(b, "parameters", func(line func(string)) {
		for i := 1; i <= q.Params; i++ {
			line(askwire.ParamName(i) + ": one value of the type of the column that it is compared with; it is sent when the query runs, and nobody knows it now")
		}
	})
	if q.Params > 0 {
		b.WriteString("The question is prepared: in the sql write each of <parameters> by its name, without quotes, where its value belongs. Use every one, and no ? of your own.\n")
	}
}
