package proxy

import (
	"context"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/front"
	"github.com/askwire/askwire/proxy/wire"
)

// A wrapped statement holds questions where tables may stand. Each is planned like ASK; its draft, before policies, takes its
// place; and the guard checks the whole (docs/design/0008-questions-as-tables.md).

// composed is a wrapped statement with its questions planned.
type composed struct {
	s       *session
	asked   []*asking
	names   [][]string // of the columns of each question
	text    string     // for the gate
	st      guard.Statement
	open    bool            // the answer is a cursor, which ends the questions
	markers []int           // of the text, in its order: the client's numbers, from 0
	reads   map[int]reading // markers whose values a question's parameter reads
}

// reading is a marker inside of a question's words, with the saved question's parameter that takes its value.
type reading struct {
	x *asking
	m askwire.Marker
}

// wrapped carries out a statement of COM_QUERY.
func (s *session) wrapped(w *front.Wrapped) error {
	for _, q := range w.Questions {
		if q.Inside > 0 {
			return askwire.Errorf(askwire.Syntax, "The question has %d markers (?) without a value.", q.Inside).
				WithHint("Prepare the statement and send values, or write the values; a question mark that ends a question stands right behind its last word.")
		}
	}
	if w.Open() {
		return askwire.Errorf(askwire.Syntax, "The question is a marker without a value.").WithHint("Send the statement as a prepared one.")
	}
	if w.Params > 0 {
		return askwire.Errorf(askwire.Syntax, "The statement has %d markers (?) without a value.", w.Params).WithHint("Prepare it and send values, or write the values.")
	}
	return s.runWrapped(w, s.gate, nil)
}

// composed plans a statement's questions, has the gate check the whole, keeps the intents durably and goes on with then. Whatever
// happens is recorded. args are those of an EXECUTE, nil without one; run is false when no rows are wanted yet.
func (s *session) composed(w *front.Wrapped, gate guard.Gate, args *wire.Execute, run bool, then func(c *composed) error) (err error) {
	c := &composed{s: s}
	err = askwire.Errorf(askwire.Internal, "The statement ended in a panic.") // unless it ends
	defer func() {
		for _, x := range c.asked {
			if x.record.Kind != "prepare" {
				s.remember(x, err)
			}
		}
		if !c.open {
			c.end(err)
		}
	}()
	if err = c.compose(w, gate, args, run); err != nil {
		return err
	}
	if err = c.admit(w, gate, args); err != nil {
		return err
	}
	for _, x := range c.asked {
		if err = x.intend(); err != nil {
			return err
		}
	}
	err = then(c)
	return err
}

// runWrapped plans, checks and runs.
func (s *session) runWrapped(w *front.Wrapped, gate guard.Gate, args *wire.Execute) error {
	return s.composed(w, gate, args, true, func(c *composed) error {
		j := job{st: c.st, notes: c.provenance}
		if args != nil {
			var err error
			if j.prep, err = c.arguments(args); err != nil {
				return err
			}
		}
		s.watched(func() { s.progress("running the query") })
		s.setDeadline(s.statementTime() + timeGrace)
		begin := s.srv.cfg.Clock()
		ended := func(res wire.RelayResult) {
			for _, x := range c.asked {
				x.record.Run, x.record.Rows, x.record.Bytes = s.srv.cfg.Clock().Sub(begin), res.Rows, res.Bytes
			}
		}
		j.ended = func(res wire.RelayResult, why error) {
			ended(res)
			c.end(why)
		}
		res, err := s.send(j)
		if c.open = res.Cursor && err == nil; !c.open {
			ended(res)
		}
		return err
	})
}

// prepareWrapped is PREPARE: the questions that are known are planned, and the columns are those of the whole.
func (s *session) prepareWrapped(p *stmt, w *front.Wrapped) error {
	p.gate = s.gate
	p.params = wire.NewParams(w.Params)
	if w.Open() {
		return s.announce(p, nil)
	}
	return s.composed(w, p.gate, nil, false, func(c *composed) error {
		s.setDeadline(s.statementTime() + timeGrace)
		d, err := s.definitions(c.st, false)
		if err != nil {
			return err
		}
		if len(w.Questions) > 0 && len(c.reads) > 0 || len(d.params) < w.Params { // some are of questions
			return s.announce(p, d.columns)
		}
		return s.c.WritePrepareOK(s.keep(p), d.params, d.columns, 0)
	})
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
	err = s.composed(w, s.gate, nil, false, func(c *composed) error {
		text, st = c.text, c.st
		return nil
	})
	return text, st, err
}

// compose plans the questions and puts them in.
func (c *composed) compose(w *front.Wrapped, gate guard.Gate, args *wire.Execute, run bool) error {
	s := c.s
	texts, err := textsOf(w, args)
	if err != nil {
		return err
	}
	questions := w.Bind(texts)
	subs, markers := make([]string, len(questions)), make([][]int, len(questions))
	var readings []front.Reading
	c.reads = map[int]reading{}
	for i := range questions {
		q := &questions[i]
		x, err := s.plannedStanding(q, run)
		if x != nil {
			c.asked = append(c.asked, x.asking)
		}
		if err != nil {
			return err
		}
		if args != nil {
			x.args = args.Args[q.First : q.First+q.Inside]
		}
		if subs[i], err = x.sub(q, run); err != nil {
			return err
		}
		for _, m := range x.plan.Markers {
			c.reads[q.First+m.Number-1] = reading{x.asking, m}
		}
		mode := clientMode(gate)
		subs[i], markers[i] = front.Respell(subs[i], mode), x.markers
		if readings, err = x.readings(q, mode, readings); err != nil {
			return err
		}
		c.names = append(c.names, x.names)
	}
	c.text, c.markers = w.Text(subs, readings...), w.Markers(markers, readings...)
	return nil
}

// arguments are the values for the markers of the whole.
func (c *composed) arguments(args *wire.Execute) (*wire.Execute, error) {
	e := &wire.Execute{Args: make([]wire.Arg, len(c.markers))}
	for i, n := range c.markers {
		e.Args[i] = args.Args[n]
		if r := c.reads[n]; r.m.Param != nil {
			var err error
			if e.Args[i], err = r.x.argument(r.m, args.Args[n]); err != nil {
				return nil, err
			}
		}
	}
	return e, nil
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

// admit has the gate check the whole. In a profile that runs no SQL as typed, the statement must read nothing but what its questions read.
func (c *composed) admit(w *front.Wrapped, gate guard.Gate, args *wire.Execute) error {
	s := c.s
	gate = s.withViews(gate, c.text)
	check := gate.Check
	if w.Params > 0 {
		check = gate.Prepare
	}
	st, err := s.check(check, c.text)
	if err == nil && args != nil && st.ByArguments() {
		if args, err = c.arguments(args); err == nil {
			gate.Session.Arguments = kindsOf(args.Args)
			st, err = s.check(gate.Prepare, c.text)
		}
	}
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
		s.srv.stats.AskNanos.Add(int64(x.record.Total))
		if err != nil {
			s.srv.stats.AskErrors.Add(1)
		}
		if s.srv.cfg.Recorder.Full() {
			s.task.Detach()
		}
		s.srv.cfg.Recorder.Finish(context.WithoutCancel(s.ctx), x.record)
	}
}
