package proxy

import (
	"context"
	"slices"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/guard/lex"
	"github.com/askwire/askwire/proxy/front"
	"github.com/askwire/askwire/proxy/wire"
)

// A wrapped statement holds questions where tables may stand. Each is planned like ASK; its draft, before policies, takes its
// place; and the guard checks the whole (docs/design/0008-questions-as-tables.md).

// composed is a wrapped statement with its questions planned.
type composed struct {
	s     *session
	asked []*asking
	names [][]string // of the columns of each question
	text  string     // for the gate
	st    guard.Statement
	left  []int // markers that are the statement's own, from 0
}

// wrapped carries out a statement of COM_QUERY.
func (s *session) wrapped(w *front.Wrapped) error {
	if w.Open() {
		return askwire.Errorf(askwire.Syntax, "The question is a marker without a value.").WithHint("Send the statement as a prepared one.")
	}
	return s.runWrapped(w, s.gate, nil)
}

// runWrapped plans, checks and runs. args are those of an EXECUTE, nil without one.
func (s *session) runWrapped(w *front.Wrapped, gate guard.Gate, args *wire.Execute) (err error) {
	c := &composed{s: s}
	err = askwire.Errorf(askwire.Internal, "The statement ended in a panic.") // unless it ends
	defer func() { c.end(err) }()
	if err = c.compose(w, gate, args, true); err != nil {
		return err
	}
	if err = c.admit(w, gate, args != nil); err != nil {
		return err
	}
	if err = c.intend(); err != nil {
		return err
	}
	j := job{st: c.st, notes: c.provenance}
	if args != nil {
		own := wire.Execute{Args: make([]wire.Arg, len(c.left))}
		for i, n := range c.left {
			own.Args[i] = args.Args[n]
		}
		j.prep = &own
	}
	s.watched(func() { s.progress("running the query") })
	s.setDeadline(s.statementTime() + timeGrace)
	begin := s.srv.cfg.Clock()
	res, err := s.send(j)
	for _, x := range c.asked {
		x.record.Run, x.record.Rows, x.record.Bytes = s.srv.cfg.Clock().Sub(begin), res.Rows, res.Bytes
	}
	return err
}

// prepareWrapped is PREPARE: the questions that are known are planned, and the columns are those of the whole.
func (s *session) prepareWrapped(p *stmt, w *front.Wrapped) (err error) {
	p.gate = s.gate
	p.params = wire.NewParams(w.Params)
	if w.Open() {
		return s.announce(p, nil)
	}
	c := &composed{s: s}
	err = askwire.Errorf(askwire.Internal, "The statement ended in a panic.") // unless it ends
	defer func() { c.end(err) }()
	if err = c.compose(w, p.gate, nil, false); err != nil {
		return err
	}
	if err = c.admit(w, p.gate, true); err != nil {
		return err
	}
	if err = c.intend(); err != nil {
		return err
	}
	s.setDeadline(s.statementTime() + timeGrace)
	params, columns, err := s.definitions(c.st, false)
	if err != nil {
		return err
	}
	return s.c.WritePrepareOK(s.keep(p), params, columns, 0)
}

// executeWrapped is EXECUTE. The questions are planned again, which finds their plans in the cache, unless the day, the policy or
// the catalog has changed since.
func (s *session) executeWrapped(p *stmt, w *front.Wrapped, args wire.Execute) error {
	s.warnings = s.warnings[:0]
	gate := p.gate
	gate.Policy, gate.Session.Vars, gate.Session.NoValue, gate.Session.Known = s.b.Policy, s.b.Vars, s.b.NoValue, s.known1
	return s.runWrapped(w, gate, &args)
}

// explainWrapped is the SELECT to be explained, with the questions in it planned.
func (s *session) explainWrapped(w *front.Wrapped) (text string, st guard.Statement, err error) {
	if w.Params > 0 {
		return "", st, askwire.Errorf(askwire.Syntax, "The statement to be explained holds a marker without a value.").WithHint("Write the value.")
	}
	c := &composed{s: s}
	err = askwire.Errorf(askwire.Internal, "The statement ended in a panic.") // unless it ends
	defer func() { c.end(err) }()
	if err = c.compose(w, s.gate, nil, false); err != nil {
		return "", st, err
	}
	if err = c.admit(w, s.gate, false); err != nil {
		return "", st, err
	}
	err = c.intend()
	return c.text, c.st, err
}

// compose plans the questions and puts them in. run is false when no rows are wanted yet.
func (c *composed) compose(w *front.Wrapped, gate guard.Gate, args *wire.Execute, run bool) error {
	s := c.s
	texts, err := textsOf(w, args)
	if err != nil {
		return err
	}
	questions, left := w.Bind(texts)
	c.left = left
	subs := make([]string, len(questions))
	for i := range questions {
		x, err := s.plannedStanding(&questions[i], run)
		if x != nil {
			c.asked = append(c.asked, x.asking)
		}
		if err == nil {
			subs[i], err = x.sub(&questions[i], run)
		}
		if err != nil {
			return err
		}
		subs[i] = front.Respell(subs[i], clientMode(gate))
		c.names = append(c.names, x.names)
	}
	c.text = w.Text(subs)
	return nil
}

// textsOf are the markers' values as texts, for those that decide what is asked.
func textsOf(w *front.Wrapped, args *wire.Execute) ([]string, error) {
	if args == nil {
		return nil, nil
	}
	texts := make([]string, len(args.Args))
	for i, arg := range args.Args {
		v := arg.Text()
		if v.Kind == askwire.Null && w.Asks(i) {
			return nil, askwire.Errorf(askwire.WrongArguments, "Parameter %d of the statement is a question or a part of one, and is NULL.", i+1).WithHint("Send a text.")
		}
		texts[i] = v.Text
	}
	return texts, nil
}

// standing is one question of a wrapped statement.
type standing struct {
	*asking
	names []string // of the columns of its answer
}

// plannedStanding plans a question.
func (s *session) plannedStanding(q *front.Standing, run bool) (*standing, error) {
	if _, n := askwire.NameParams(q.Question.Text); n > 0 && q.Name == "" && q.Question.Param == 0 {
		return nil, askwire.Errorf(askwire.NotSupported, "A ? inside the question is a marker, which ASK '…' alone can take.").
			WithHint("Write the value into the question, or compare with ? in a WHERE around it.")
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
	a := &front.Ask{Question: front.Arg{Text: q.Question.Text, Param: 1}} // its words are what they are
	x, err := s.newAsking(a, opts, s.srv.cfg.Clock())
	if err != nil {
		return nil, err
	}
	if !run {
		x.record.Kind = "prepare"
	}
	x.q.Columns = q.Columns
	if q.Name != "" {
		x.q.Call = &askwire.Call{Name: q.Name, Free: q.Free, Example: q.Probe || !run, Named: map[string]string{}}
		if q.Args != nil {
			x.q.Call.Args = make([]string, len(q.Args))
			for i, v := range q.Args {
				x.q.Call.Args[i] = v.Text
			}
		}
		for _, cond := range q.Conditions {
			if cond.Value.Param == 0 {
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

// sub is the question's sub-select: its draft, with columns for the parameters of a saved question, and for the summary if that
// is named.
func (x *standing) sub(q *front.Standing, run bool) (string, error) {
	gate := x.gate
	if saved := x.plan.Saved; saved != nil && saved.Database != "" {
		gate.Session.Database = saved.Database
	}
	e, err := x.s.srv.embed(gate, x.plan.Draft)
	if err != nil {
		return "", err
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
			if !ok || p.Type == askwire.PeriodParam || x.has(p.Name) {
				continue
			}
			extra += ", " + literalText(v) + " AS " + front.QuoteName(p.Name)
			x.names = append(x.names, p.Name)
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
	if extra == "" {
		return text, nil
	}
	return "SELECT `q`.*" + extra + " FROM (" + text + ") AS `q`", nil
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
	s.watched(func() { s.progress("running the query") })
	s.setDeadline(x.timeLeft())
	sample, err := s.collect(x.st, sampleRows, sampleBytes)
	if err != nil {
		return "", err
	}
	s.progress("summarising")
	ctx, cancel := context.WithTimeout(askwire.WithID(s.ctx, x.q.ID), x.wait())
	defer cancel()
	text, err := s.srv.cfg.Asker.Summarize(ctx, x.q, x.plan, x.st, sample)
	if s.ctx.Err() != nil {
		return "", s.reason(err)
	}
	if err != nil || text == "" {
		_, _, message := wire.ErrorNumber(err, false)
		if err == nil {
			message = "the profile does not let these values reach a model, or there is nothing to say."
		}
		s.note("askwire: no summary: " + message)
		return "CAST(NULL AS CHAR)", nil
	}
	return front.QuoteText(text, lex.Mode{}), nil
}

// admit has the gate check the whole. In a profile that runs no SQL as typed, the statement must read nothing but what its questions read.
func (c *composed) admit(w *front.Wrapped, gate guard.Gate, prepared bool) error {
	s := c.s
	gate = s.withViews(gate, c.text)
	check := gate.Check
	if prepared {
		check = gate.Prepare
	}
	st, err := s.check(check, c.text)
	if err == nil && s.b.Profile.PlainSQL == "deny" {
		err = c.nothingElse(w, gate)
	}
	if err != nil {
		s.srv.stats.Denied.Add(1)
		return err
	}
	c.st = st
	for _, x := range c.asked {
		x.st = st
	}
	return nil
}

// nothingElse refuses a statement that reads tables beside its questions.
func (c *composed) nothingElse(w *front.Wrapped, gate guard.Gate) error {
	subs := make([]string, len(c.names))
	for i, names := range c.names {
		columns := make([]string, len(names))
		for j, name := range names {
			columns[j] = "NULL AS " + front.QuoteName(name)
		}
		subs[i] = "SELECT " + strings.Join(columns, ", ")
	}
	st, err := gate.Prepare(w.Text(subs))
	if err == nil {
		err = onlyMetadata(st)
	}
	if err != nil {
		return askwire.Errorf(askwire.PolicyDenied, "This profile does not run SQL as typed, and the statement reads more than its questions.").
			WithHint("Ask for it in your own words: ASK '…'.").Wrap(err)
	}
	return nil
}

// intend keeps the intents durably, before the first byte leaves.
func (c *composed) intend() error {
	for _, x := range c.asked {
		if err := x.intend(); err != nil {
			return err
		}
	}
	return nil
}

// provenance says in Notes where the answers come from.
func (c *composed) provenance() {
	for _, x := range c.asked {
		x.provenance()
	}
}

// end records how the questions ended. What is recorded as sent is the whole.
func (c *composed) end(err error) {
	s := c.s
	for _, x := range c.asked {
		s.complete(x.record, x.st, x.started, err)
		if x.record.Kind != "prepare" {
			s.remember(x, err)
		}
		s.srv.stats.AskNanos.Add(int64(x.record.Total))
		if err != nil {
			s.srv.stats.AskErrors.Add(1)
		}
		s.srv.cfg.Recorder.Finish(context.WithoutCancel(s.ctx), x.record)
	}
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
