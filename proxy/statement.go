package proxy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/front"
	"github.com/askwire/askwire/proxy/wire"
)

func (s *session) options() front.Options {
	o := front.Options{Mode: s.vars.lexMode(), Word: s.set.AskWord}
	o.Func = slices.ContainsFunc(s.b.Profile.FunctionsAllow, func(name string) bool { return strings.EqualFold(name, o.Word) })
	for _, t := range s.b.Policy.Scope().Tables {
		o.Taken = o.Taken || strings.EqualFold(t.DB, o.Word)
		o.Table = o.Table || strings.EqualFold(t.Name, o.Word)
	}
	o.Home = !o.Taken && s.db == o.Word
	return o
}

// statement carries out one statement of COM_QUERY.
func (s *session) statement(text string) error {
	s.begin(text, 0)
	defer s.finish()
	if err := s.fresh(); err != nil {
		return err
	}
	if len(text) > maxInline {
		s.task.Detach()
	}
	cmd, err := front.Parse(text, s.front)
	if err != nil {
		s.warnings = s.warnings[:0]
		s.srv.stats.Denied.Add(1)
		return err
	}
	return s.carryOut(cmd, text)
}

// maxInline is the length of a statement that is read while other sessions wait: some microseconds' work.
const maxInline = 16 << 10

// carryOut does what a command says. text is the statement as it was typed.
func (s *session) carryOut(cmd front.Command, text string) error {
	if !stays(cmd) {
		s.task.Detach()
	}
	if !readsWarnings(cmd) {
		s.warnings = s.warnings[:0]
	}
	switch cmd := cmd.(type) {
	case front.Plain:
		err := s.plain(text, cmd.Store)
		s.uncounted = s.uncounted || cmd.Counts
		return err
	case *front.Assigned:
		return s.assigned(cmd, text)
	case *front.Ask:
		if cmd.User != "" {
			return s.callVariable(cmd)
		}
		return s.ask(cmd)
	case *front.Wrapped:
		return s.wrapped(cmd)
	case *front.Probe:
		return s.probe(cmd)
	case *front.Show:
		return s.show(cmd)
	case *front.ShowAsk:
		return s.showAsk(cmd)
	case *front.Set:
		return s.done(s.assign(s.ctx, cmd.Assignments))
	case *front.SetStatement:
		return s.setStatement(cmd)
	case *front.Annotate:
		return s.annotate(cmd, text)
	case front.Use:
		return s.done(s.use(cmd.DB))
	case front.Begin:
		return s.done(s.beginTx(s.ctx, cmd))
	case front.End:
		return s.done(s.endOrChain(s.ctx, cmd))
	case *front.Kill:
		return s.done(s.killOther(cmd.ID, cmd.Query))
	case *front.Explain:
		return s.explain(cmd)
	case front.Savepoint:
		return s.done(s.savepoint(cmd))
	case front.Empty:
		if cmd.Comment {
			return s.ok()
		}
		return askwire.Errorf(askwire.EmptyStatement, "The statement is empty.").WithHint("Write a SELECT, or ASK 'your question'.")
	}
	return askwire.Errorf(askwire.Internal, "A command without a way to carry it out.")
}

// stays reports whether a command may be carried out while other sessions wait: SQL, and questions whose words are known, which detach
// where they turn out to be more than a statement for the backend.
func stays(cmd front.Command) bool {
	switch cmd := cmd.(type) {
	case front.Plain, *front.Wrapped:
		return true
	case *front.Ask:
		return cmd.Verb == front.Rows && cmd.User == ""
	}
	return false
}

// readsWarnings reports whether a command looks at the warnings of the statement before it, which must then be kept.
func readsWarnings(cmd front.Command) bool {
	switch cmd := cmd.(type) {
	case *front.Show:
		return cmd.What >= front.Warnings && cmd.What <= front.CountErrors
	case *front.Probe:
		for _, i := range cmd.Items {
			if i.Expr.Name == "warning_count" || i.Expr.Name == "error_count" {
				return true
			}
		}
	}
	return false
}

// done answers a statement that has no rows.
func (s *session) done(err error) error {
	if err != nil {
		return err
	}
	return s.ok()
}

// plain sends SQL of the client's own through the gate. names says that it names the schema askwire.
func (s *session) plain(text string, names bool) error { return s.plainAs(text, text, names) }

// plainAs sends a statement that was typed as another text.
func (s *session) plainAs(text, typed string, names bool) error {
	s.srv.stats.Plain.Add(1)
	toStore := names || s.db == storeSchema
	if toStore {
		s.task.Detach()
	}
	st, err := s.admit(text, toStore)
	started := s.srv.cfg.Clock()
	var res wire.RelayResult
	if err == nil {
		s.setDeadline(s.statementTime() + timeGrace)
		j := job{st: st, toStore: toStore}
		if !toStore && metadataOnly(st) {
			j.columns = s.asBackend(s.metadataShape(typed, s.gate, st, s.manner(), nil))
			j.told = j.columns != nil
		}
		if !toStore {
			j.columns = s.sessionColumns(st, j.columns)
		}
		j.ended = func(res wire.RelayResult, why error) { s.recordPlain(typed, st, res, started, why) }
		if res, err = s.send(j); err == nil && res.Cursor {
			return nil // the history is written when the cursor ends
		}
	}
	s.recordPlain(typed, st, res, started, err)
	return err
}

// assigned runs a SELECT that assigns user variables, without them. Their values were the rows', and are known no more.
func (s *session) assigned(cmd *front.Assigned, typed string) error {
	if err := s.vars.lose(cmd.Names); err != nil {
		return err
	}
	return s.plainAs(cmd.SQL, typed, cmd.Store)
}

// timeGrace lets the backend's own time limit, which leaves the connection usable, come first.
const timeGrace = 500 * time.Millisecond

// admit asks the gate.
func (s *session) admit(text string, toStore bool) (guard.Statement, error) {
	if err := s.plainAllowed(toStore); err != nil {
		return guard.Statement{}, err
	}
	gate := s.withViews(s.gate, text)
	if toStore {
		if s.b.Store == nil {
			return guard.Statement{}, noStore()
		}
		gate = *s.storeGate(text)
	}
	st, err := s.check(gate.Check, text)
	if err != nil {
		s.srv.stats.Denied.Add(1)
		return st, s.storeMix(err, toStore)
	}
	return st, nil
}

// plainAllowed refuses SQL as typed where the profile takes questions only.
func (s *session) plainAllowed(toStore bool) error {
	if s.b.Profile.PlainSQL != "deny" || toStore {
		return nil
	}
	s.srv.stats.Denied.Add(1)
	return askwire.Errorf(askwire.PolicyDenied, "This profile does not run SQL as typed.").WithHint("Ask in your own words: ASK '…'.")
}

// check asks the gate, with sql_select_limit as MySQL has it: a LIMIT of the statement's own wins, which makes the text
// with another one behind it no SQL.
func (s *session) check(gate func(string) (guard.Statement, error), text string) (guard.Statement, error) {
	if s.vars.limit > 0 && s.vars.limit < s.b.Profile.Limits.Rows {
		st, err := gate(strings.TrimRight(text, "; \t\r\n") + "\nLIMIT " + itoa(s.vars.limit))
		if err == nil {
			return st, nil
		}
	}
	return gate(text)
}

// storeMix says why a statement that names askwire.* cannot name anything else.
func (s *session) storeMix(err error, toStore bool) error {
	if !toStore {
		return err
	}
	switch askwire.CodeOf(err) {
	case askwire.UnknownTable, askwire.TableDenied, askwire.UnknownDatabase, askwire.DatabaseDenied:
		return askwire.Errorf(askwire.NotSupported, "The statement names askwire.* together with other tables, or a table of askwire that you may not read.").
			WithHint("Query askwire.* alone; SHOW TABLES FROM askwire lists what you may read, to which the right catalog adds tables, columns, terms, relationships and drift.").Wrap(err)
	}
	return err
}

// setStatement is MariaDB's SET STATEMENT … FOR: the settings hold for one statement.
func (s *session) setStatement(cmd *front.SetStatement) error {
	inner, err := front.Parse(cmd.Rest, s.front)
	if err != nil {
		return err
	}
	switch inner.(type) {
	case *front.Set, *front.SetStatement, front.Use, front.Begin, front.End:
		return askwire.Errorf(askwire.NotSupported, "SET STATEMENT … FOR takes a statement with rows.").WithHint("Write SET STATEMENT max_statement_time = 10 FOR SELECT ….")
	}
	if slices.ContainsFunc(cmd.Assignments, namesEndUser) {
		return askwire.Errorf(askwire.NotSupported, "The person behind a service account cannot be named for one statement.").
			WithHint("SET askwire.end_user = 'name' as the first statement of the session.")
	}
	before := s.vars.clone()
	defer func() {
		s.vars = before
		s.regate()
	}()
	if err := s.assign(s.ctx, cmd.Assignments); err != nil {
		return err
	}
	s.changes = s.changes[:0] // they do not outlast the statement
	if t := s.vars.maxTime; t > 0 && slices.ContainsFunc(cmd.Assignments, bounds) && (s.vars.ask.timeout == 0 || t < s.vars.ask.timeout) {
		s.vars.ask.timeout = t // MariaDB Connector/J's setQueryTimeout: a question has no more, its model's time included
	}
	return s.carryOut(inner, cmd.Rest)
}

// bounds reports whether an assignment bounds the time of a statement.
func bounds(a front.Assignment) bool {
	return !a.User && (strings.EqualFold(a.Name, "max_statement_time") || strings.EqualFold(a.Name, "max_execution_time"))
}

// explain is EXPLAIN SELECT: the backend's plan of the statement as it would be sent, or the guard's receipt.
func (s *session) explain(cmd *front.Explain) error {
	parsed, err := front.Parse(cmd.SQL, s.front)
	if err != nil {
		return err
	}
	pl, ok := parsed.(front.Plain)
	toStore := ok && pl.Store || s.db == storeSchema
	sql := cmd.SQL
	var st guard.Statement
	if w, ok := parsed.(*front.Wrapped); ok {
		sql, st, err = s.explainWrapped(w)
	} else {
		st, err = s.admit(sql, toStore)
	}
	if err != nil {
		return err
	}
	if cmd.Format == "receipt" {
		rows := s.receiptRows(st)
		w := s.result(wire.TextColumn("item"), wire.LongTextColumn("value"))
		for _, r := range rows {
			_ = w.Row(r[0], r[1])
		}
		return s.endResult(w)
	}
	gate := &s.gate
	if toStore {
		gate = s.storeGate(sql)
	}
	ex, err := gate.Explain(sql, cmd.Format)
	if err != nil {
		s.srv.stats.Denied.Add(1)
		return err
	}
	if ex.PlanHidden() {
		s.srv.stats.Denied.Add(1)
		return planHidden()
	}
	s.setDeadline(s.statementTime() + timeGrace)
	_, err = s.send(job{st: ex, toStore: toStore})
	return err
}

// planHidden refuses a plan whose estimates would tell of rows that a policy hides.
func planHidden() error {
	return askwire.Errorf(askwire.PolicyDenied, "The backend's plan is not shown, because it depends on rows that this profile hides.").
		WithHint("EXPLAIN FORMAT = RECEIPT says what was checked and added.")
}

// receiptRows is the guard's account of a statement as item and value, with the limits that it runs under.
func (s *session) receiptRows(st guard.Statement) [][2]string {
	r := st.Receipt()
	rows := [][2]string{{"statement", st.Shown()}}
	add := func(item string, values []string) {
		if len(values) > 0 {
			rows = append(rows, [2]string{item, strings.Join(values, "\n")})
		}
	}
	add("tables", r.Tables)
	add("columns", r.Columns)
	add("rules", r.Rules)
	add("predicates", r.Predicates)
	add("masks", r.Masks)
	add("functions", r.Functions)
	if r.RowLimit > 0 {
		rows = append(rows, [2]string{"row limit", itoa(r.RowLimit)})
	}
	l := s.b.Profile.Limits
	return append(rows,
		[2]string{"limits", fmt.Sprintf("%d rows, %d bytes, %s, %d rows read by the backend's estimate", s.rowLimit(), l.Bytes, s.statementTime(), l.ScanRows)},
		[2]string{"profile", s.b.Profile.Name}, [2]string{"policy", s.b.Policy.Digest()}, [2]string{"digest", st.Digest()})
}

// checkText refuses what is not UTF-8, or holds a zero byte, in text that does not pass the guard.
func checkText(what, text string) error {
	if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
		return askwire.Errorf(askwire.BadText, "The %s is not valid UTF-8 text.", what).WithHint("Send it as utf8mb4.")
	}
	return nil
}

// recordPlain writes plain SQL into the history, as the settings say.
func (s *session) recordPlain(text string, st guard.Statement, res wire.RelayResult, started time.Time, err error) {
	mode := s.set.AuditPlain
	if mode == "off" || mode != "all" && err == nil {
		return
	}
	if s.srv.cfg.Recorder.Full() {
		s.task.Detach()
	}
	r := &askwire.QueryRecord{ID: askwire.NewID(), At: started, User: s.user.Name, Account: s.via(), Profile: s.b.Profile.Name, ClientAddr: s.addr, Kind: "plain",
		Draft: text, Verdict: "allowed", Rows: res.Rows, Bytes: res.Bytes}
	s.complete(r, st, started, err)
	s.srv.cfg.Recorder.Finish(context.WithoutCancel(s.ctx), r)
}

// complete fills in how a statement ended.
func (s *session) complete(r *askwire.QueryRecord, st guard.Statement, started time.Time, err error) {
	r.Total = s.srv.cfg.Clock().Sub(started)
	if st.Valid() {
		r.Statement, r.Tables = st.Shown(), st.Receipt().Tables
	}
	if err == nil {
		return
	}
	if se, ok := wire.IsServerError(err); ok {
		err = s.masked(st, se) // people read their own history
	}
	number, _, message := wire.ErrorNumber(err, false)
	r.ErrorNumber, r.Error = int(number), message
	r.Verdict = "failed"
	var own *askwire.Error
	if errors.As(err, &own) && !st.Valid() && own.Code.Denial() {
		r.Verdict = "denied"
	}
}
