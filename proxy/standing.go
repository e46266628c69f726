package proxy

import (
	"context"
	"slices"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard/lex"
	"github.com/askwire/askwire/proxy/front"
)

// standing is one question of a wrapped statement.
type standing struct {
	*asking
	names   []string // of the columns of its answer
	markers []int    // of its sub-select: numbers of the statement's, from 0
}

// plannedStanding plans a question.
func (s *session) plannedStanding(q *front.Standing, run bool) (*standing, error) {
	if q.Inside > askwire.MaxParams {
		return nil, tooManyMarkers(q.Inside)
	}
	opts := s.vars.ask
	for _, o := range q.Options {
		if err := s.askOption(&opts, o.Name, o.Value.Text); err != nil {
			return nil, err
		}
	}
	if opts.noExecute {
		return nil, askwire.Errorf(askwire.NotSupported, "A question that stands as a table cannot only be planned, and askwire.execute is off.").
			WithHint("SET askwire.execute = on, or write EXPLAIN ASK.")
	}
	opts.limit = 0 // the statement around it has its own
	s.srv.stats.Asks.Add(1)
	a := &front.Ask{Question: front.Arg{Text: q.Question.Text, Param: 1}} // its words are what they are, unless they hold markers
	if q.Inside > 0 {
		a.Question.Param = 0
	}
	x, err := s.newAsking(a, opts, s.srv.cfg.Clock())
	if err != nil {
		return nil, err
	}
	x.limit, x.gate.Session.Limit = 0, 0 // sql_select_limit, likewise
	if !run {
		x.record.Kind = "prepare"
	}
	x.q.Columns = q.Columns
	if q.Name != "" {
		null := q.Null || slices.ContainsFunc(q.Conditions, func(c front.Condition) bool { return c.Null })
		x.q.Call = &askwire.Call{Name: q.Name, Free: inWords(q.Name), Example: q.Probe || !run || null, Named: map[string]string{}}
		if q.Args != nil {
			x.q.Call.Args = []string{}
			for _, v := range q.Args {
				if v.Param > 0 || q.Null { // its value comes with the EXECUTE, or no rows are wanted; the columns are the same with another one
					break
				}
				x.q.Call.Args = append(x.q.Call.Args, v.Text)
			}
		}
		for _, cond := range q.Conditions {
			if cond.Value.Param == 0 && !cond.Several && !cond.Null {
				x.q.Call.Named[strings.ToLower(cond.Name)] = cond.Value.Text
			}
		}
	}
	if t := x.q.Options.Timeout; t > 0 {
		s.setDeadline(t)
	} else {
		s.setDeadline(planPatience)
	}
	if err := x.makePlan(); err != nil {
		return &standing{asking: x}, err
	}
	x.plan.Tables = x.st.Receipt().Tables // for the provenance: the record is of the whole
	return &standing{asking: x}, nil
}

// inWords reports whether a name that no saved question has can be a question. A word of ASCII is a name that is wrong, or was
// right once, and nothing to pay a model for.
func inWords(name string) bool {
	return strings.ContainsFunc(name, func(r rune) bool { return r == ' ' || r > 0x7f })
}

// sub is the question's sub-select: its draft, with columns for the parameters of a saved question, and for the summary if that
// is named.
func (x *standing) sub(q *front.Standing, run bool) (string, error) {
	gate := x.gate
	if saved := x.plan.Saved; saved != nil && saved.Database != "" {
		gate.Session.Database = saved.Database
	}
	e, err := x.s.srv.embed(gate, x.plan.Draft, q.Inside > 0)
	if err != nil {
		return "", err
	}
	for _, i := range e.markers {
		if i >= len(x.plan.Markers) {
			return "", askwire.Errorf(askwire.Internal, "The question's SQL holds more markers than its plan.")
		}
		x.markers = append(x.markers, q.First+x.plan.Markers[i].Number-1)
	}
	text := e.text
	x.names = e.names
	if q.Ordered && front.Ordered(text) && x.s.server().Family != askwire.Embedded {
		text += " LIMIT 18446744073709551615" // servers drop the order of a derived table that has no LIMIT; the embedded engine does not
	}
	extra := ""
	if saved := x.plan.Saved; saved != nil {
		for _, p := range saved.Params {
			v, ok := x.plan.Args[p.Name]
			if !ok || p.Type == askwire.PeriodParam {
				continue
			}
			if !x.has(p.Name) {
				extra += ", " + literalText(v) + " AS " + front.QuoteName(p.Name)
				x.names = append(x.names, p.Name)
			}
		}
	}
	if q.Summary && !x.has(summaryColumn) {
		said, err := x.said(run && !q.Probe)
		if err != nil {
			return "", err
		}
		extra += ", " + said + " AS " + front.QuoteName(summaryColumn)
		x.names = append(x.names, summaryColumn)
	}
	if extra == "" && !q.Null {
		return text, nil
	}
	text = "SELECT `q`.*" + extra + " FROM (" + text + ") AS `q`"
	if q.Null {
		text += " WHERE 1 = 0"
	}
	return text, nil
}

// readings adds the conditions that give a parameter its value in other words than the answer's (city = 'Busan', where the SQL has 부산):
// the database compares with the value as it was read. One of several values is none.
func (x *standing) readings(q *front.Standing, mode lex.Mode, to []front.Reading) ([]front.Reading, error) {
	saved, call := x.plan.Saved, x.q.Call
	if saved == nil || call == nil {
		return to, nil
	}
	at := 0
	for _, p := range saved.Params {
		if p.Type == askwire.PeriodParam {
			continue
		}
		said, given := call.Named[strings.ToLower(p.Name)]
		if at < len(q.Args) {
			said, given = q.Args[at].Text, true
		}
		at++
		v := x.plan.Args[p.Name]
		for _, c := range q.Conditions {
			switch {
			case !strings.EqualFold(c.Name, p.Name):
			case c.Null:
			case c.Several && !given:
				return to, askwire.Errorf(askwire.WrongArguments, "The parameter %s of the saved question %q takes one value, and the condition gives several.", p.Name, saved.Name).
					WithHint("Write WHERE %s = … with one of them, or a UNION ALL of one SELECT for each.", p.Name)
			case !c.Several && c.Value.Param == 0 && c.Value.Text == said && said != v.Text:
				text := literalText(v)
				if v.Kind == askwire.String {
					text = front.QuoteText(v.Text, mode)
				}
				to = append(to, front.Reading{Condition: c, Literal: text})
			}
		}
	}
	return to, nil
}

func (x *standing) has(name string) bool {
	return slices.ContainsFunc(x.names, func(n string) bool { return strings.EqualFold(n, name) })
}

// literalText writes a value in the default sql_mode.
func literalText(v askwire.Value) string {
	switch v.Kind {
	case askwire.Null:
		return "NULL"
	case askwire.String:
		return front.QuoteText(v.Text, lex.Mode{})
	}
	return v.Text
}

// said is the summary's text as a literal. Where no rows are wanted nobody is asked for it.
func (x *standing) said(run bool) (string, error) {
	if !run || x.q.Options.Summary == "off" {
		return "CAST(NULL AS CHAR)", nil
	}
	s := x.s
	s.task.Detach()
	s.watched(func() { s.progress("running the query") })
	s.setDeadline(x.timeLeft())
	args, err := x.arguments()
	if err != nil {
		return "", err
	}
	sample, err := s.collect(job{st: x.st, prep: args}, sampleRows, sampleBytes)
	if err != nil {
		return "", err
	}
	sample = x.withoutArguments(sample)
	s.progress("summarising")
	ctx, cancel := context.WithTimeout(askwire.WithID(s.ctx, x.q.ID), x.wait())
	defer cancel()
	text, err := s.srv.cfg.Asker.Summarize(ctx, x.q, x.plan, x.st, sample)
	if s.ctx.Err() != nil {
		return "", s.reason(err)
	}
	if err != nil || text == "" {
		s.noteNoSummary(err)
		return "CAST(NULL AS CHAR)", nil
	}
	return front.QuoteText(strings.ReplaceAll(strings.ToValidUTF8(text, "?"), "\x00", ""), lex.Mode{}), nil
}

// callVariable is CALL ask(@name), as drivers' callproc sends it.
func (s *session) callVariable(a *front.Ask) error {
	v, ok := s.vars.user[a.User]
	if !ok || v.Kind == askwire.Null {
		return askwire.Errorf(askwire.WrongArguments, "The variable @%.64s holds no question.", a.User).WithHint("SET it first, or write CALL ask('your question').")
	}
	b := *a
	b.User, b.Question = "", front.Arg{Text: v.Text, Param: 1} // its words are what they are
	return s.ask(&b)
}
