package nl

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

// generate asks the model, and has it correct what the gate refuses.
func (a *Asker) generate(ctx context.Context, q *askwire.Question, gate guard.Gate, m NamedModel, dates []dateRange, progress func(string)) (draft, error) {
	progress("linking")
	p, err := a.prompt(ctx, q, gate, m, dates)
	if err != nil {
		return draft{}, err
	}
	d := draft{model: m.Name, promptDigest: p.digest, ranked: p.ranked, trust: askwire.Generated}
	if len(p.examples) > 0 {
		d.trust = askwire.Assisted
	}
	req := p.request
	req.Facts = &Facts{Question: q, Language: languageOf(q)}
	if m.local() {
		req.Facts.Offered = questionsOf(a.saved.Load().nearest(q, gate, normalise(q.Text), 3))
	}
	progress("asking the model")
	for repairs := 0; ; repairs++ {
		ans, resp, err := a.listen(ctx, q, gate, m, req, p.digest, &d)
		if err != nil {
			return d, err
		}
		err = a.try(ctx, q, gate, m, &d, ans, resp)
		if err == nil {
			return d, a.vote(ctx, q, gate, m, p, req, &d)
		}
		if !askwire.CodeOf(err).ModelCanCorrect() {
			return d, err
		}
		if repairs == maxRepairs {
			return d, noUsable(d.attempts)
		}
		progress("repairing")
		req.Stage = askwire.StageRepair
		req.Messages = append(p.request.Messages[:2:2],
			Message{Assistant, cut(strings.TrimSpace(withoutThinking(resp.Text)), 6000)},
			Message{User, "That answer cannot be used: " + block(clientText(err), 1000) +
				"\nWrite the whole answer again, corrected, in the same JSON form."})
	}
}

// listen makes one call for a draft, counts it, and takes the answer out of its text.
func (a *Asker) listen(ctx context.Context, q *askwire.Question, gate guard.Gate, m NamedModel, req Request, digest string, d *draft) (answerOrError, Response, error) {
	resp, err := a.call(ctx, q, m, req, digest)
	if err != nil {
		return answerOrError{}, resp, err
	}
	d.calls++
	d.tokens.Input += resp.Tokens.Input
	d.tokens.Output += resp.Tokens.Output
	if sql, err := extract(resp.Text); req.decoys.in(sql.sql) || err != nil && req.decoys.in(resp.Text) {
		return answerOrError{}, resp, req.decoys.alarm(m.Name)
	}
	resp.Text, resp.Refused = req.decoys.hide(resp.Text), req.decoys.hide(resp.Refused)
	ans, err := a.read(q, gate, resp)
	return ans, resp, err
}

// read turns a refusal of the model into the error that the person sees.
func (a *Asker) read(q *askwire.Question, gate guard.Gate, resp Response) (answerOrError, error) {
	reason := resp.Refused
	ans, err := extract(resp.Text)
	if reason == "" {
		reason = ans.cannotAnswer
	}
	if reason == "" {
		return answerOrError{ans, err}, nil
	}
	near := questionsOf(a.saved.Load().nearest(q, gate, normalise(q.Text), 3))
	if len(near) == 0 {
		near = questionsOf(a.suggest(q, gate, 3))
	}
	return answerOrError{}, notAnswerable(korean(languageOf(q)), sentence(data(reason, 300)), near)
}

// notAnswerable is error 50301 in the language of the question: its reason is.
func notAnswerable(ko bool, reason string, near []string) error {
	if ko {
		e := askwire.Errorf(askwire.NotAnswerable, "이 질문에는 답할 수 없습니다: %s", reason)
		if len(near) == 0 {
			return e.WithHint("SHOW ASK TABLES 로 물어볼 수 있는 테이블을 볼 수 있습니다.")
		}
		return e.WithHint("답할 수 있는 질문: %s.", strings.Join(near, " · "))
	}
	e := askwire.Errorf(askwire.NotAnswerable, "The question cannot be answered: %s", reason)
	if len(near) == 0 {
		return e.WithHint("SHOW ASK TABLES lists what can be asked about.")
	}
	return e.WithHint("These can be answered: %s.", strings.Join(near, " · "))
}

// answerOrError is an answer, or why none could be taken out of the text (which a model can correct).
type answerOrError struct {
	answer
	err error
}

// try passes one answer through extraction, repair from the catalog, the gate and the backend's EXPLAIN, and writes the
// attempts down.
func (a *Asker) try(ctx context.Context, q *askwire.Question, gate guard.Gate, m NamedModel, d *draft, ans answerOrError, resp Response) error {
	how := ""
	if len(d.attempts) > 0 {
		how = "model"
	}
	if ans.err != nil {
		err := ans.err
		if resp.Cut {
			err = askwire.Errorf(askwire.Syntax, "The model's answer was cut at its token limit.").WithHint("Write a shorter query.")
		}
		d.attempts = append(d.attempts, askwire.Attempt{Draft: cut(resp.Text, 4000), Repair: how, Err: err})
		return err
	}
	d.answer = ans.answer
	sql, err := a.withVectors(ctx, q, m, ans.sql)
	if err != nil {
		d.attempts = append(d.attempts, askwire.Attempt{Draft: ans.sql, Repair: how, Err: err})
		return err
	}
	if fixed, ok := quotedNames(sql, q.Snapshot); ok {
		d.attempts = append(d.attempts, askwire.Attempt{Draft: sql, Repair: how,
			Err: askwire.Errorf(askwire.Syntax, "A column name stands in double quotes, which MySQL reads as text.")})
		sql, how = fixed, "catalog"
	}
	ok, err := admit(q, gate, sql, nil)
	if err != nil && askwire.CodeOf(err).ModelCanCorrect() {
		if fixed, can := repairFromCatalog(sql, q.Snapshot); can {
			d.attempts = append(d.attempts, askwire.Attempt{Draft: sql, Repair: how, Err: err})
			sql, how = fixed, "catalog"
			ok, err = admit(q, gate, sql, nil)
		}
	}
	if err == nil {
		err = ok.unused(q)
	}
	if err == nil {
		err = lacks(q, ok.st)
	}
	if err == nil {
		err = a.explained(ctx, q, gate, rehearsal(q, sql))
	}
	d.attempts = append(d.attempts, askwire.Attempt{Draft: sql, Repair: how, Err: err})
	if err != nil {
		return err
	}
	d.sql, d.tables = sql, ok.st.Receipt().Tables
	return nil
}

// explained asks the backend whether it can plan the draft. Where a profile hides rows or values, also from the model alone, the
// backend's words could carry them, so only their class goes on.
func (a *Asker) explained(ctx context.Context, q *askwire.Question, gate guard.Gate, sql string) error {
	if a.explain == nil {
		return nil
	}
	st, _ := gate.Explain(sql, "") // the gate has admitted the statement itself; this is only a rehearsal
	if !st.Valid() {
		return nil
	}
	err := a.explain.Explain(ctx, q, st)
	if ctx.Err() != nil {
		return contextError(ctx)
	}
	var e *askwire.Error
	if !errors.As(err, &e) || !e.Code.ModelCanCorrect() {
		return nil
	}
	if p := q.Profile; p.LLMData != "rows" || len(p.LLMDenyColumns)+len(p.Rows)+len(p.Masks) > 0 {
		return askwire.Errorf(e.Code, "The database refuses this statement.").WithHint("Write it in a simpler way.").Wrap(err)
	}
	return e
}

// reserve counts a question that needs a model.
func (a *Asker) reserve(ctx context.Context, q *askwire.Question) error {
	err := a.quota.Reserve(ctx, q.User.Name, q.Profile.Limits)
	if err != nil && ctx.Err() != nil {
		return contextError(ctx)
	}
	return err
}

// call makes one model call, bounded in time, counted and recorded whatever came of it.
func (a *Asker) call(ctx context.Context, q *askwire.Question, m NamedModel, r Request, digest string) (Response, error) {
	if ctx.Err() != nil {
		return Response{}, contextError(ctx)
	}
	start := a.clock()
	cctx, cancel := context.WithTimeout(ctx, m.Timeout)
	resp, err := m.Model.Complete(cctx, r)
	late := cctx.Err() != nil
	cancel()
	var own *askwire.Error
	switch {
	case err == nil:
	case ctx.Err() != nil:
		err = contextError(ctx)
	case late:
		err = askwire.Errorf(askwire.ModelUnavailable, "The model %q did not answer within %s.", m.Name, m.Timeout).
			WithHint("Try again, or choose another model with the model option.").Wrap(err)
	case !errors.As(err, &own):
		err = askwire.Errorf(askwire.ModelUnavailable, "The model %q could not be called.", m.Name).
			WithHint("Try again in a moment; the administrator sees the cause in the log.").Wrap(err)
	}
	if n := resp.Tokens.Input + resp.Tokens.Output; n > 0 {
		a.quota.AddTokens(q.User.Name, n)
	}
	if a.record == nil {
		return resp, err
	}
	call := &askwire.ModelCall{
		QueryID: q.ID, At: start, User: q.User.Name, Profile: q.Profile.Name, Stage: r.Stage, Model: m.Name, Question: q.Text,
		PromptDigest: digest, Prompt: r.decoys.hide(r.Text()), Response: r.decoys.hide(resp.Text), Tokens: resp.Tokens, Cost: resp.Cost, Duration: a.clock().Sub(start),
	}
	if err != nil {
		call.Error = logText(err)
	}
	// The record is owed even when the client has left.
	rctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	a.record.ModelCall(rctx, call)
	return resp, err
}

// noUsable is error 50302 with what was tried.
func noUsable(attempts []askwire.Attempt) error {
	var b strings.Builder
	var errs []error
	for i, at := range attempts {
		errs = append(errs, at.Err)
		if i > 0 {
			b.WriteString(" ")
		}
		fmt.Fprintf(&b, "(%d) %s", i+1, sentence(data(messageOf(at.Err), 200)))
	}
	return askwire.Errorf(askwire.NoUsableSQL, "The model gave no usable SQL in %d attempts: %s", len(attempts), b.String()).
		WithHint("Ask in other words, or name the table and the columns you mean.").Wrap(errors.Join(errs...))
}

// clientText is an error as a client would see it: never its cause, which may hold a backend's own words.
func clientText(err error) string {
	var e *askwire.Error
	if errors.As(err, &e) {
		return e.Error()
	}
	return "It cannot be used."
}

func messageOf(err error) string {
	var e *askwire.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return "It could not be used."
}

// logText is an error with its causes, for llm_log.
func logText(err error) string {
	s := err.Error()
	for cause := errors.Unwrap(err); cause != nil; cause = errors.Unwrap(cause) {
		s += ": " + cause.Error()
	}
	return cut(s, 2000)
}

// sentence ends a text with a full stop.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".!?") || strings.HasSuffix(s, "…") {
		return s
	}
	return s + "."
}
