package proxy

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/front"
	"github.com/askwire/askwire/proxy/wire"
)

const (
	maxQuestion  = 4000            // characters
	planPatience = 3 * time.Minute // for linking, the model and repairs together, unless the timeout option says less
)

// asking is one ASK on its way.
type asking struct {
	s       *session
	verb    front.Verb
	q       *askwire.Question
	gate    guard.Gate
	record  *askwire.QueryRecord
	plan    *askwire.Plan
	st      guard.Statement
	args    []wire.Arg // of the markers inside of the question's words
	started time.Time
	oddMode bool  // the draft is not in MySQL's default mode: it may mean something else there
	open    bool  // the answer is a cursor, which ends the question
	limit   int64 // of rows; 0 = the profile's
}

// ask carries out a question that comes without parameters.
func (s *session) ask(a *front.Ask) error {
	if a.Params > 0 {
		return askwire.Errorf(askwire.Syntax, "The question is a marker without a value.").WithHint("Send ASK ? as a prepared statement.")
	}
	return s.askWith(a, nil)
}

// askWith carries out a question with the values of the markers inside of its words.
func (s *session) askWith(a *front.Ask, args []wire.Arg) (err error) {
	switch inside, err := questionParams(a); {
	case err != nil:
		return err
	case inside != len(args):
		return askwire.Errorf(askwire.Syntax, "The question has %d markers (?) without a value.", inside-len(args)).
			WithHint("Prepare the statement and send values, or write the values; a question mark that ends a question stands right behind its last word.")
	}
	if a.Verb == front.New {
		s.turns = nil
		return s.ok()
	}
	if a.Verb >= front.Save {
		return s.aboutSaved(a)
	}
	s.srv.stats.Asks.Add(1)
	started := s.srv.cfg.Clock()
	defer func() {
		s.srv.stats.AskNanos.Add(int64(s.srv.cfg.Clock().Sub(started)))
		if err != nil {
			s.srv.stats.AskErrors.Add(1)
		}
	}()
	restore, opts, err := s.askOptions(a)
	if err != nil {
		return err
	}
	defer restore()
	x, err := s.newAsking(a, opts, started)
	if err != nil {
		return err
	}
	x.args, x.q.Kinds = args, string(kindsOf(args))
	if t := x.q.Options.Timeout; t > 0 {
		s.setDeadline(t)
	} else {
		s.setDeadline(planPatience)
	}
	err = errPanicked // unless it ends
	defer func() {
		s.remember(x, err)
		if !x.open {
			x.end(err)
		}
	}()
	err = ofQuestion(x.carryOut(a))
	return err
}

var errPanicked = askwire.Errorf(askwire.Internal, "The question ended in a panic.")

// ofQuestion words a time limit as a question's.
func ofQuestion(err error) error {
	if err == nil {
		return nil
	}
	var told toldError
	if errors.As(err, &told) || !errors.Is(err, errTimeout) {
		return err
	}
	return errAskTimeout
}

// askOptions merges the options of the statement over the session's. A profile named in the statement holds for it alone.
func (s *session) askOptions(a *front.Ask) (restore func(), opts askVars, err error) {
	restore = func() {}
	for _, o := range a.Options {
		if o.Name != "profile" {
			continue
		}
		s.task.Detach()
		if s.tx.conn != nil {
			return restore, opts, askwire.Errorf(askwire.NotSupported, "The profile cannot change within a transaction.").WithHint("COMMIT first.")
		}
		b, err := s.bindTo(o.Value.Text)
		if err != nil {
			return restore, opts, err
		}
		before := s.b
		s.b = b
		s.regate()
		restore = func() {
			s.b = before
			s.regate()
		}
	}
	opts = s.vars.ask
	for _, o := range a.Options {
		if o.Name == "profile" {
			continue
		}
		if o.Name == "conversation" && a.Verb == front.More {
			opts.conversation = o.Value.Text
			continue
		}
		if err := s.askOption(&opts, o.Name, o.Value.Text); err != nil {
			restore()
			return func() {}, opts, err
		}
	}
	return restore, opts, nil
}

func (s *session) newAsking(a *front.Ask, opts askVars, started time.Time) (*asking, error) {
	question := strings.TrimSpace(a.Question.Text)
	if a.Verb != front.Run {
		if err := checkText("question", question); err != nil {
			return nil, err
		}
		switch n := utf8.RuneCountInString(question); {
		case n == 0:
			return nil, askwire.Errorf(askwire.Syntax, "The question is empty.").WithHint("Write ASK 'your question'.")
		case n > maxQuestion:
			return nil, askwire.Errorf(askwire.TooComplex, "The question has %d characters.", n).WithHint("Ask in at most %d.", maxQuestion)
		}
	}
	s.begun = true
	x := &asking{s: s, verb: a.Verb, started: started}
	id := askwire.NewID()
	zone := s.location()
	named, params := question, 0
	if a.Verb != front.Run && a.Question.Param == 0 {
		named, params = askwire.NameParams(question)
	}
	x.q = &askwire.Question{
		ID: id, Text: named, Params: params, User: s.user, Profile: s.b.Profile, Snapshot: s.b.Policy.Scope(), Database: s.dataDB(), TimeZone: zone, Now: started.In(zone),
		Options: askwire.AskOptions{Model: opts.model, Summary: firstOf(opts.summary, s.b.Profile.Summary, "first"), Limit: opts.limit,
			Timeout: opts.timeout, Language: firstOf(opts.language, s.b.Profile.Language), Execute: !opts.noExecute,
			OnAmbiguous: opts.onAmbiguous, Candidates: opts.candidates},
		Progress: s.progress,
	}
	x.gate = guard.Gate{Policy: s.b.Policy, Session: guard.Session{Database: s.dataDB(), Vars: s.b.Vars, NoValue: s.b.NoValue}}
	x.limit = opts.limit
	if n := s.vars.limit; n > 0 && (x.limit <= 0 || n < x.limit) { // sql_select_limit, which is no part of the question
		x.limit = n
	}
	if n := x.limit; n > 0 && n < s.b.Profile.Limits.Rows {
		x.gate.Session.Limit = n
	}
	kind, follows := a.Verb.String(), ""
	switch {
	case a.Verb == front.Rows && opts.noExecute:
		x.verb, kind = front.SQL, front.SQL.String()
	case a.Verb == front.More:
		var err error
		if x.q.Earlier, err = s.earlier(opts.conversation); err != nil {
			return nil, err
		}
		question = followUp + question
		if follows = strings.ToLower(opts.conversation); follows == "" && s.last != nil {
			follows = s.last.ID
		}
		if opts.noExecute {
			x.verb = front.SQL
		}
	}
	x.record = &askwire.QueryRecord{ID: id, At: started, User: s.user.Name, Account: s.via(), Profile: s.b.Profile.Name, ClientAddr: s.addr, Kind: kind,
		Backend: s.b.Profile.Backend, Database: x.q.Database, Question: question, Follows: follows, Verdict: "allowed"}
	return x, nil
}

func (x *asking) carryOut(a *front.Ask) error {
	switch x.verb {
	case front.Rows, front.More:
		return x.rows()
	case front.Run:
		return x.run(a)
	case front.SQL:
		return x.sql()
	case front.Narrate:
		return x.narrate(a)
	case front.Receipt:
		return x.receipt()
	case front.Prompt:
		return x.prompt()
	case front.Tables:
		return x.tables()
	}
	return askwire.Errorf(askwire.Internal, "A verb without a way to carry it out.")
}

// makePlan asks the Asker, which also keeps the day's limits.
func (x *asking) makePlan() error {
	s := x.s
	var err error
	var ready bool
	if x.plan, x.st, ready = s.srv.cfg.Asker.Ready(x.q, x.gate); !ready {
		s.task.Detach()
		ctx := askwire.WithID(s.ctx, x.q.ID)
		s.watched(func() { x.plan, x.st, err = s.srv.cfg.Asker.Plan(ctx, x.q, x.gate) })
	}
	x.record.Plan = s.srv.cfg.Clock().Sub(x.started)
	s.srv.stats.PlanNanos.Add(int64(x.record.Plan))
	if p := x.plan; p != nil {
		if p.Candidates > 0 {
			x.record.Confidence = float64(p.Agreed) / float64(p.Candidates)
		}
		x.record.Draft, x.record.Trust, x.record.Model, x.record.PromptDigest, x.record.Tokens = p.Draft, p.Trust, p.Model, p.PromptDigest, p.Tokens
	}
	if askwire.CodeOf(err) == askwire.DecoyUsed {
		s.srv.stats.Decoys.Add(1)
		s.log("a decoy was used: question "+x.q.ID, err)
	}
	if err != nil {
		return ofQuestion(s.unnamed(s.reason(err)))
	}
	if !x.st.Valid() {
		return askwire.Errorf(askwire.NoUsableSQL, "The question led to no statement.").WithHint("Ask it in other words.")
	}
	return nil
}

// intend keeps the intent durably, before the first byte leaves.
func (x *asking) intend() error {
	if x.st.Valid() {
		x.record.Statement, x.record.Tables = x.st.Shown(), x.st.Receipt().Tables
	}
	if x.s.set.AuditRequired || x.s.srv.cfg.Recorder.Full() {
		x.s.task.Detach()
	}
	err := x.s.srv.cfg.Recorder.Begin(x.s.ctx, x.record)
	if err != nil && x.s.set.AuditRequired {
		return unrecorded(err)
	}
	x.s.log("intent not recorded", err)
	return nil
}

func unrecorded(err error) error {
	return askwire.Errorf(askwire.BackendUnavailable, "The question cannot be recorded, and the audit is required.").
		WithHint("Try again later; if it happens again, tell the operator that the store is unavailable.").Wrap(err)
}

// end records how the question ended. The statement's context may be over; the record must be written all the same.
func (x *asking) end(err error) {
	s := x.s
	s.complete(x.record, x.st, x.started, err)
	if s.srv.cfg.Recorder.Full() {
		s.task.Detach()
	}
	s.srv.cfg.Recorder.Finish(context.WithoutCancel(s.ctx), x.record)
}

// rows is ASK '…': the result, with the summary as its last column.
func (x *asking) rows() error {
	if err := x.makePlan(); err != nil {
		return err
	}
	if err := x.intend(); err != nil {
		return err
	}
	return x.answer()
}

// answer runs the statement and relays its rows.
func (x *asking) answer() error {
	s := x.s
	s.watched(func() { s.progress("running the query") })
	s.setDeadline(x.timeLeft())
	args, err := x.arguments()
	if err != nil {
		return err
	}
	j := job{st: x.st, prep: args, again: x.plan.Cached || x.plan.Saved != nil}
	sum := newSummary(x)
	j.add = sum.column()
	j.notes = func() {
		x.provenance()
		sum.notes()
	}
	begin := s.srv.cfg.Clock()
	ended := func(res wire.RelayResult) {
		sum.stop()
		x.record.Run, x.record.Rows, x.record.Bytes = s.srv.cfg.Clock().Sub(begin), res.Rows, res.Bytes
	}
	j.wait, j.ended = x.wait(), func(res wire.RelayResult, why error) {
		ended(res)
		x.end(why)
	}
	res, err := s.send(j)
	if x.open = res.Cursor && err == nil; !x.open {
		ended(res)
	}
	return err
}

// timeLeft is the time for the run: the profile's, within what the timeout option leaves.
func (x *asking) timeLeft() time.Duration {
	d := x.s.statementTime()
	if d > 0 {
		d += timeGrace + x.wait()
	}
	if t := x.q.Options.Timeout; t > 0 {
		left := max(t-x.s.srv.cfg.Clock().Sub(x.started), time.Millisecond)
		if d <= 0 || left < d {
			d = left
		}
	}
	return d
}

func (x *asking) wait() time.Duration {
	if w := x.s.b.Profile.SummaryWait.Duration; w > 0 {
		return w
	}
	return defaultWait
}

// provenance says in Notes where the answer comes from.
func (x *asking) provenance() {
	p := x.plan
	cached := ""
	if p.Cached {
		cached = "; plan from the cache"
	}
	x.s.note("askwire: id " + x.q.ID + "; " + string(p.Trust) + " by " + firstOf(p.Model, "?") + cached + "; tables " +
		firstOf(strings.Join(p.Tables, ", "), strings.Join(x.st.Receipt().Tables, ", "), "none"))
	if p.Candidates > 0 {
		x.s.note(fmt.Sprintf("askwire: %d of %d drafts agree", p.Agreed, p.Candidates))
	}
	if len(p.Readings) > 1 {
		x.s.note("askwire: read as: " + strings.TrimRight(p.Readings[0], ".") + ". It could mean: " + p.Readings[1])
	}
	for _, r := range p.Resolved {
		x.s.note("askwire: read " + r)
	}
	for _, a := range p.Assumptions {
		x.s.note("askwire: assumed: " + a)
	}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
