package proxy

import (
	"context"
	"fmt"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/proxy/front"
	"github.com/askwire/askwire/proxy/wire"
)

// sql is ASK SQL '…': the statement, which is not run.
func (x *asking) sql() error {
	if err := x.makePlan(); err != nil {
		return err
	}
	if err := x.intend(); err != nil {
		return err
	}
	s := x.s
	x.provenance()
	w := s.result(ownColumns(front.SQL, "")...)
	_ = w.Row(x.q.ID, x.plan.Draft, strings.Join(x.st.Receipt().Tables, ", "), nullable(x.plan.Explanation))
	x.record.Rows = 1
	return s.endResult(w)
}

func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// narrate is ASK NARRATE '…': the answer in words.
func (x *asking) narrate(a *front.Ask) error {
	if err := x.makePlan(); err != nil {
		return err
	}
	if err := x.intend(); err != nil {
		return err
	}
	s := x.s
	s.watched(func() { s.progress("running the query") })
	s.setDeadline(x.timeLeft())
	begin := s.srv.cfg.Clock()
	sample, err := s.collect(job{st: x.st}, sampleRows, sampleBytes)
	x.record.Run, x.record.Rows = s.srv.cfg.Clock().Sub(begin), int64(len(sample.Rows))
	if err != nil {
		return err
	}
	s.progress("narrating")
	if x.q.Options.Timeout == 0 {
		s.setDeadline(planPatience)
	}
	text, err := s.srv.cfg.Asker.Narrate(askwire.WithID(s.ctx, x.q.ID), x.q, x.plan, x.st, x.cutByOption(sample))
	if err != nil {
		return s.reason(err)
	}
	x.provenance()
	w := s.result(ownColumns(front.Narrate, a.Column)...)
	_ = w.Row(text)
	return s.endResult(w)
}

// collect runs a job's statement on the backend and takes the head of its result.
func (s *session) collect(j job, rows int, bytes int64) (askwire.Sample, error) {
	s.reads(j.st)
	if err := s.affordable(j); err != nil {
		return askwire.Sample{}, err
	}
	l, err := s.borrow(s.ctx, false, s.begins(j.st))
	if err != nil {
		return askwire.Sample{}, err
	}
	defer s.giveBack(l)
	take := l.conn.Collect
	if j.prep != nil {
		take = l.conn.CollectBinary
	}
	if _, err = s.start(l, j); err != nil {
		return askwire.Sample{}, s.reason(err)
	}
	sample, _, err := take(s.ctx, rows, bytes)
	if se, ok := wire.IsServerError(err); ok {
		err = s.masked(j.st, se)
	}
	if err != nil {
		return sample, s.reason(err) // a statement that was stopped ends with a server's error as well
	}
	return sample, nil
}

// receipt is EXPLAIN ASK '…': how the question became a statement, and what the backend would do with it.
func (x *asking) receipt() error {
	err := x.makePlan()
	if err != nil {
		return err
	}
	if err := x.intend(); err != nil {
		return err
	}
	s, p := x.s, x.plan
	rows := [][2]string{{"id", x.q.ID}, {"question", x.record.Question}, {"trust", string(p.Trust)}, {"model", p.Model}, {"draft", p.Draft}}
	rows = append(rows, s.receiptRows(x.st)...)
	add := func(item, value string) {
		if value != "" {
			rows = append(rows, [2]string{item, value})
		}
	}
	var considered []string
	for _, r := range p.Ranked {
		considered = append(considered, fmt.Sprintf("%s (%.2f: %s)", r.Table.ID(), r.Score, r.Reason))
	}
	add("tables considered", strings.Join(considered, "\n"))
	add("explanation", p.Explanation)
	add("assumptions", strings.Join(p.Assumptions, "\n"))
	add("dates and amounts", strings.Join(p.Resolved, "\n"))
	if p.Saved != nil {
		add("parameters", strings.Join(parameters(p.Saved.Params), "\n"))
	}
	add("readings", strings.Join(p.Readings, "\n"))
	if p.Candidates > 0 {
		add("confidence", fmt.Sprintf("%.2f (%d of %d drafts agree)", float64(p.Agreed)/float64(p.Candidates), p.Agreed, p.Candidates))
	}
	for i, at := range p.Attempts {
		text := "taken"
		if at.Err != nil {
			_, _, text = wire.ErrorNumber(at.Err, false)
		}
		if at.Repair != "" {
			text = at.Repair + " repair: " + text
		}
		add(fmt.Sprintf("attempt %d", i+1), at.Draft+"\n"+text)
	}
	add("backend plan", x.backendPlan())
	add("tokens", fmt.Sprintf("%d in, %d out, %d model calls", p.Tokens.Input, p.Tokens.Output, p.Calls))
	add("prompt digest", p.PromptDigest)
	if p.Cached {
		add("plan cache", "hit")
	}
	w := s.result(ownColumns(front.Receipt, "")...)
	for _, r := range rows {
		_ = w.Row(r[0], r[1])
	}
	return s.endResult(w)
}

// backendPlan is the backend's EXPLAIN as text, or why there is none.
func (x *asking) backendPlan() string {
	s := x.s
	st, err := x.gate.Explain(x.plan.Draft, "")
	if err == nil && st.PlanHidden() {
		err = planHidden()
	}
	if err == nil {
		s.setDeadline(x.timeLeft())
		var sample askwire.Sample
		if sample, err = s.collect(job{st: st}, sampleRows, sampleBytes); err == nil {
			return tabled(sample)
		}
	}
	_, _, message := wire.ErrorNumber(err, false)
	return "not available: " + message
}

// tabled prints a small result, one line a row.
func tabled(sample askwire.Sample) string {
	lines := make([]string, 0, len(sample.Rows))
	for _, r := range sample.Rows {
		var cells []string
		for i, v := range r {
			if v != nil && *v != "" {
				cells = append(cells, sample.Columns[i]+"="+*v)
			}
		}
		lines = append(lines, strings.Join(cells, " "))
	}
	return strings.Join(lines, "\n")
}

// prompt is ASK PROMPT '…': what the model would get. No model is called.
func (x *asking) prompt() error {
	s := x.s
	text, err := s.srv.cfg.Asker.Prompt(askwire.WithID(s.ctx, x.q.ID), x.q, x.gate)
	if err != nil {
		return s.reason(err)
	}
	w := s.result(ownColumns(front.Prompt, "")...)
	_ = w.Row(text)
	return s.endResult(w)
}

// tables is ASK TABLES '…': the tables that fit, best first.
func (x *asking) tables() error {
	s := x.s
	ranked, err := s.srv.cfg.Asker.Tables(askwire.WithID(s.ctx, x.q.ID), x.q, x.gate)
	if err != nil {
		return s.reason(err)
	}
	w := s.result(ownColumns(front.Tables, "")...)
	for i, r := range ranked {
		_ = w.Row(i+1, r.Table.ID(), fmt.Sprintf("%.3f", r.Score), r.Reason, nullable(firstOf(r.Table.Description, r.Table.Comment)))
	}
	return s.endResult(w)
}

// showAsk answers SHOW ASK ….
func (s *session) showAsk(sh *front.ShowAsk) error {
	list := &front.Show{Like: sh.Like}
	two := []wire.Column{wire.TextColumn("name"), wire.TextColumn("value")}
	switch sh.What {
	case "status":
		return s.rows(list, two, s.askStatus())
	case "profiles":
		return s.askProfiles(list)
	case "tables":
		var rows [][]*string
		for _, t := range s.b.Policy.Scope().Tables {
			rows = append(rows, texts(t.ID(), t.NameKo, t.NameEn, firstOf(t.Description, t.Comment), restricted(s.b.Policy.RowPolicy(t.DB, t.Name))))
		}
		return s.rows(list, textColumns("table", "name_ko", "name_en", "description", "rows"), rows)
	case "history":
		// Newest first. The store's policy shows each caller its own.
		like := ""
		if sh.Like != nil {
			like = " AND question LIKE " + front.QuoteText(*sh.Like, s.vars.lexMode())
		}
		return s.plain("SELECT id, started_at, kind, question, draft, verdict, trust, model, result_rows, total_ms, error "+
			"FROM askwire.query_log WHERE kind <> 'plain'"+like+" ORDER BY started_at DESC LIMIT 100", true)
	case "limits":
		return s.askLimits(list)
	case "saved":
		return s.showSaved(list)
	case "candidates":
		return s.showCandidates(list)
	}
	var rows [][]*string
	for _, text := range s.srv.cfg.Asker.SuggestionsFor(s.aQuestion(), s.askGate()) {
		rows = append(rows, texts(text))
	}
	return s.rows(list, textColumns("question"), rows)
}

func restricted(on bool) string {
	if on {
		return "yours only"
	}
	return "all"
}

func (s *session) askStatus() [][]*string {
	server := s.server()
	return [][]*string{
		texts("version", s.door.hands.Version()),
		texts("user", s.user.Name),
		texts("account", s.login.User),
		texts("profile", s.b.Profile.Name),
		texts("backend", fmt.Sprintf("%s %s", server.Family, server.Version)),
		texts("catalog", fmt.Sprintf("version %d, %d tables, %s", s.b.Policy.Scope().Version, len(s.b.Policy.Scope().Tables),
			s.b.Policy.Scope().At.UTC().Format("2006-01-02 15:04:05 UTC"))),
		texts("models", strings.Join(s.b.Profile.Models, ", ")),
		texts("summary", firstOf(s.vars.ask.summary, s.b.Profile.Summary, "first")),
		texts("llm_data", firstOf(s.b.Profile.LLMData, "none")),
		texts("plain_sql", firstOf(s.b.Profile.PlainSQL, "guarded")),
		texts("time_zone", s.location().String()),
		texts("policy", s.b.Policy.Digest()),
	}
}

func (s *session) askProfiles(list *front.Show) error {
	var rows [][]*string
	for i, name := range s.user.Profiles {
		b, err := s.bindTo(name)
		state, tables := "ready", ""
		if err != nil {
			_, _, state = wire.ErrorNumber(err, false)
		} else {
			tables = fmt.Sprint(len(b.Policy.Scope().Tables))
		}
		marks := ""
		switch {
		case name == s.b.Profile.Name:
			marks = "current"
		case i == 0:
			marks = "default"
		}
		rows = append(rows, texts(name, marks, tables, state))
	}
	return s.rows(list, textColumns("profile", "use", "tables", "state"), rows)
}

func (s *session) askLimits(list *front.Show) error {
	l := s.b.Profile.Limits
	used, err := s.srv.cfg.Recorder.Usage(s.ctx, s.user.Name)
	if err != nil && s.ctx.Err() != nil {
		return context.Cause(s.ctx)
	}
	questions, tokens := itoa(used.Questions), itoa(used.Tokens)
	if err != nil {
		questions, tokens = "unknown", "unknown"
	}
	return s.rows(list, textColumns("limit", "value", "used_today"), [][]*string{
		texts("rows", itoa(s.rowLimit()), ""), texts("bytes", itoa(int64(l.Bytes)), ""), texts("time", l.Time.String(), ""),
		texts("scan_rows", itoa(l.ScanRows), ""), texts("questions_per_day", itoa(l.QuestionsPerDay), questions),
		texts("tokens_per_day", itoa(l.TokensPerDay), tokens)})
}

// texts makes a row; "" is NULL.
func texts(values ...string) []*string {
	row := make([]*string, len(values))
	for i := range values {
		if values[i] != "" {
			row[i] = &values[i]
		}
	}
	return row
}

func textColumns(names ...string) []wire.Column {
	out := make([]wire.Column, len(names))
	for i, n := range names {
		out[i] = wire.TextColumn(n)
	}
	return out
}
