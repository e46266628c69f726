package nl

import (
	"slices"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

// asked finds the saved questions that a question is: by its words, or by name where it is called by one.
func (s *savedSet) asked(q *askwire.Question, form string) ([]match, error) {
	call := q.Call
	if call == nil {
		return s.match(q, form), nil
	}
	found := s.byName(q, call.Name)
	if len(found) == 0 && call.Free && call.Args == nil {
		return s.match(q, form), nil
	}
	var out []match
	for _, sq := range found {
		m, err := sq.with(q, call)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// unknownSaved answers a call by a name that is nobody's, or none of this caller's.
func unknownSaved(c *askwire.Call) error {
	return askwire.Errorf(askwire.UnknownTable, "There is no saved question '%s' for you.", data(c.Name, 64)).
		WithHint("SHOW ASK SAVED lists them; a question in words stands in back-quotes, without arguments.")
}

// byName finds the saved questions of a name, or the one of an id: the asker's own first, then verified ones.
func (s *savedSet) byName(q *askwire.Question, name string) []*savedQuestion {
	var out []*savedQuestion
	for _, own := range []bool{true, false} {
		for _, sq := range s.all {
			if (strings.EqualFold(sq.Name, name) || sq.ID != "" && sq.ID == name) && sq.applies(q) && (sq.Verified || sq.ID != "") &&
				own == (sq.Owner != "" && sq.Owner == q.User.Name) {
				out = append(out, sq)
			}
		}
	}
	return out
}

// with fills the parameters of a saved question from a call: in their order, by name, then with their defaults.
func (s *savedQuestion) with(q *askwire.Question, c *askwire.Call) (match, error) {
	args, ok := s.periods(q)
	if !ok {
		return match{}, staleError(s.Name, "The periods of its question cannot be found any more.")
	}
	var params []*askwire.Param
	var names []string
	for i := range s.Params {
		if p := &s.Params[i]; p.Type != askwire.PeriodParam {
			params, names = append(params, p), append(names, p.Name)
		}
	}
	if len(params) == 0 && len(c.Args) > 0 {
		return match{}, askwire.Errorf(askwire.WrongArguments, "The saved question %q takes no arguments.", s.Name).WithHint("Leave them out.")
	}
	if len(c.Args) > len(params) {
		return match{}, askwire.Errorf(askwire.WrongArguments, "The saved question %q takes %d arguments, not %d.", s.Name, len(params), len(c.Args)).
			WithHint("They are, in this order: %s.", strings.Join(names, ", "))
	}
	cal := calendar{today: midnight(q.Now, q.TimeZone)}
	for i, p := range params {
		text, given := c.Named[strings.ToLower(p.Name)]
		if i < len(c.Args) {
			text, given = c.Args[i], true
		}
		switch {
		case given:
		case p.Default != "":
			text = p.Default
		case c.Example:
			text = sampleArg(p, cal)
		default:
			return match{}, askwire.Errorf(askwire.WrongArguments, "The saved question %q needs a value for %s.", s.Name, p.Name).
				WithHint("Write WHERE %s = …, or give the arguments in brackets behind its name, in this order: %s.", p.Name, strings.Join(names, ", "))
		}
		v, ok := parseArg(p, asArgument(p, text), cal)
		if !ok {
			return match{}, askwire.Errorf(askwire.WrongArguments, "'%s' is no value for %s of the saved question %q.", data(text, 64), p.Name, s.Name).
				WithHint("It takes %s.", p.Takes())
		}
		args[p.Name] = v
	}
	sql, err := substitute(s.SQL, args)
	return match{saved: &s.SavedQuestion, args: args, sql: sql}, err
}

// asArgument is a value in the form in which phrasings hold it: free text as it is, all else normalised.
func asArgument(p *askwire.Param, text string) string {
	if p.Type == askwire.StringParam && len(p.Values)+len(p.Aliases) == 0 {
		return text
	}
	return normalise(text)
}

// lacking is the first of the columns that a statement wants of its question and that the SQL does not return, or "".
func lacking(q *askwire.Question, st guard.Statement) string {
	if len(q.Columns) == 0 || !st.Valid() {
		return ""
	}
	for _, want := range q.Columns {
		if !slices.ContainsFunc(st.Receipt().Outputs, func(o guard.Output) bool { return strings.EqualFold(o.Name, want) }) {
			return want
		}
	}
	return ""
}

// lacks is lacking as an error that a model can correct.
func lacks(q *askwire.Question, st guard.Statement) error {
	if want := lacking(q, st); want != "" {
		return askwire.Errorf(askwire.UnknownColumn, "The result has no column '%s'.", data(want, 64)).
			WithHint("Return it under exactly this name.")
	}
	return nil
}
