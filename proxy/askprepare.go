package proxy

import (
	"context"
	"strconv"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/front"
	"github.com/askwire/askwire/proxy/wire"
)

// A prepared question is known by its words or comes as a parameter. Words that are known are planned at PREPARE, which
// announces the columns of the answer, and planned again at each EXECUTE: that finds the plan in the cache, unless the day,
// the policy or the catalog has changed since, and has the gate check it anew. Markers inside of the words are parameters of
// the SQL: their values reach the backend alone.

// questionParams is how many markers stand inside of a question's words.
func questionParams(a *front.Ask) (int, error) {
	if a.Question.Param > 0 || a.Verb == front.Run || a.Verb == front.New || a.Verb >= front.Save && a.Verb <= front.Bad {
		return 0, nil
	}
	_, n := askwire.NameParams(a.Question.Text)
	switch a.Verb {
	case front.Rows:
		if n > askwire.MaxParams {
			return 0, tooManyMarkers(n)
		}
		return n, nil
	case front.Receipt, front.Prompt, front.Tables:
		return 0, nil // nothing runs, so that values are not needed
	}
	if n > 0 {
		return 0, askwire.Errorf(askwire.NotSupported, "A ? inside the question is a marker, which ASK '…' alone can take.").
			WithHint("Prepare ASK '…' or FROM ASK('…'); a question mark that ends a question stands right behind its last word.")
	}
	return 0, nil
}

func tooManyMarkers(n int) error {
	return askwire.Errorf(askwire.TooComplex, "The question has %d markers.", n).WithHint("Use at most %d.", askwire.MaxParams)
}

// prepareAsk is PREPARE of a question.
func (s *session) prepareAsk(p *stmt, a *front.Ask) error {
	inside, err := questionParams(a)
	if err != nil {
		return err
	}
	p.inside = inside
	p.params = wire.NewParams(inside + a.Params)
	var columns []wire.Column
	if a.Params == 0 { // else the question or its options come with the execute, and the columns with them
		if columns, err = s.describe(a); err != nil {
			return err
		}
	}
	return s.announce(p, columns)
}

// announce answers the PREPARE of a statement that the proxy carries out itself.
func (s *session) announce(p *stmt, columns []wire.Column) error {
	params := make([]wire.Column, p.params.Len())
	for i := range params {
		params[i] = wire.ParamColumn()
	}
	return s.c.WritePrepareOK(s.keep(p), params, columns, 0)
}

// describe is the columns of a question's answer, for which a question with rows is planned. They are nil where only the
// execute can tell.
func (s *session) describe(a *front.Ask) (columns []wire.Column, err error) {
	if a.Verb != front.Rows {
		return ownColumns(a.Verb, a.Column), nil
	}
	started := s.srv.cfg.Clock()
	restore, opts, err := s.askOptions(a)
	if err != nil {
		return nil, err
	}
	defer restore()
	if opts.noExecute {
		return ownColumns(front.SQL, ""), nil
	}
	x, err := s.newAsking(a, opts, started)
	if err != nil {
		return nil, err
	}
	x.record.Kind = "prepare"
	s.setDeadline(planPatience)
	if t := x.q.Options.Timeout; t > 0 {
		s.setDeadline(t)
	}
	err = askwire.Errorf(askwire.Internal, "The question ended in a panic.") // unless it ends
	defer func() {
		s.complete(x.record, x.st, started, err)
		s.srv.cfg.Recorder.Finish(context.WithoutCancel(s.ctx), x.record)
	}()
	if err = x.makePlan(); err != nil {
		return nil, err
	}
	if err = x.intend(); err != nil {
		return nil, err
	}
	s.setDeadline(x.timeLeft())
	d, err := s.definitions(x.st, false)
	columns = d.columns
	if err == nil && len(columns) > 0 && x.q.Options.Summary != "off" {
		columns = append(columns[:len(columns):len(columns)], wire.LongTextColumn(wire.UniqueName(summaryColumn, columns)))
	}
	return columns, err
}

// ownColumns are the columns of a verb's answer that is always the same.
func ownColumns(v front.Verb, heading string) []wire.Column {
	switch v {
	case front.SQL:
		return []wire.Column{wire.TextColumn("id"), wire.LongTextColumn("sql"), wire.TextColumn("tables"), wire.LongTextColumn("explanation")}
	case front.Narrate:
		return []wire.Column{wire.LongTextColumn(firstOf(heading, "answer"))}
	case front.Receipt:
		return []wire.Column{wire.TextColumn("item"), wire.LongTextColumn("value")}
	case front.Prompt:
		return []wire.Column{wire.LongTextColumn("prompt")}
	case front.Tables:
		return []wire.Column{wire.IntColumn("rank"), wire.TextColumn("table"), wire.TextColumn("score"), wire.TextColumn("reason"), wire.TextColumn("comment")}
	}
	return nil
}

// definition is what COM_STMT_PREPARE says.
type definition struct {
	params, columns []wire.Column
	warnings        []warning
}

// definitions prepares a statement on the backend, which knows the types of its parameters and columns.
func (s *session) definitions(st guard.Statement, toStore bool) (d definition, err error) {
	for attempt := 0; ; attempt++ {
		l, err := s.borrow(s.ctx, toStore, false)
		if err != nil {
			return d, err
		}
		def, err := l.conn.Prepare(s.ctx, st)
		if err == nil {
			d.params, d.columns = clientParams(st, def.Params), def.Columns
			d.warnings, err = preparedWarnings(s.ctx, l.conn, def, st)
			s.log("warnings not read", err)
			s.giveBack(l)
			return d, nil
		}
		unsent := l.conn.Unsent()
		s.giveBack(l)
		if se, ok := wire.IsServerError(err); ok {
			return d, s.masked(st, se)
		}
		if attempt > 0 || !unsent || l.kept || s.ctx.Err() != nil || askwire.CodeOf(err) != askwire.BackendUnavailable {
			return d, s.reason(err)
		}
	}
}

// executeAsk is EXECUTE of a question.
func (s *session) executeAsk(p *stmt, a *front.Ask, args []wire.Arg) error {
	inside, given := args[:p.inside], args[p.inside:]
	if a.Params > 0 {
		texts := make([]string, len(given))
		for i, arg := range given {
			v := arg.Text()
			if v.Kind == askwire.Null {
				return askwire.Errorf(askwire.WrongArguments, "Parameter %d of the question is NULL.", p.inside+i+1).WithHint("Send a text.")
			}
			texts[i] = v.Text
		}
		a = a.Bind(texts)
	}
	s.warnings = s.warnings[:0]
	return s.askWith(a, inside)
}

// arguments are the values for the statement's markers: the client's, as it sent them, or as a saved question reads them.
func (x *asking) arguments() (*wire.Execute, error) {
	if len(x.args) == 0 {
		return nil, nil
	}
	e := &wire.Execute{Args: make([]wire.Arg, len(x.plan.Markers))}
	for i, m := range x.plan.Markers {
		arg := x.args[m.Number-1]
		if m.Param != nil {
			var err error
			if arg, err = x.argument(m, arg); err != nil {
				return nil, err
			}
		}
		e.Args[i] = arg
	}
	return e, nil
}

// argument is a client's value as the saved question's parameter reads it.
func (x *asking) argument(m askwire.Marker, arg wire.Arg) (wire.Arg, error) {
	v, err := x.s.srv.cfg.Asker.Argument(x.q, m, arg.Text())
	return wire.NewArg(v), err
}

// withoutArguments replaces what equals a parameter's value in a sample: the words are all that a model learns of it.
func (x *asking) withoutArguments(sample askwire.Sample) askwire.Sample {
	if len(x.args) == 0 {
		return sample
	}
	unknown := "?"
	for _, arg := range x.args {
		v := arg.Text()
		for _, row := range sample.Rows {
			for i, cell := range row {
				if cell != nil && v.Kind != askwire.Null && same(*cell, v.Text) {
					row[i] = &unknown
				}
			}
		}
	}
	return sample
}

// same reports whether two values in text are one: letter by letter, or as numbers.
func same(a, b string) bool {
	if strings.EqualFold(a, b) {
		return true
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && x == y
}
