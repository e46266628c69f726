package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/catalog"
	"github.com/askwire/askwire/eval"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/nl"
	"github.com/askwire/askwire/proxy/wire"
)

// evalRecorded measures answers that models wrote earlier. Each model is two subjects: the text as it is, sent to the engine, and
// the text through askwire's own parts (extraction, repair from the catalog, guard, the backend's EXPLAIN, a backend connection).
type evalRecorded struct {
	databases, answers, engine string
	models                     []string
	sites                      int

	cases map[string]*eval.Case
	free  chan *evalSite
}

const (
	evalReader   = "askwire_eval_reader" // the account of the texts as they are: it can do nothing but read
	evalRows     = 100_000
	evalBytes    = 64 << 20
	evalPatience = 20 * time.Second // of one statement
)

// evalSite is one worker's database on the private engine.
type evalSite struct {
	schema string
	dsn    string
	root   *sql.DB
	reader *sql.DB
	pool   *wire.Pool
	round  int
}

func (e *evalRecorded) start(ctx context.Context, io stdio) (eval.Measure, func(), error) {
	var err error
	if e.cases, err = eval.LoadCases(e.databases); err != nil {
		return nil, nil, err
	}
	if err := e.loadAnswers(); err != nil {
		return nil, nil, err
	}
	srv, err := engine.Start(ctx, engine.Options{Kind: engine.Kind(e.engine)})
	if err != nil {
		return nil, nil, err
	}
	e.free = make(chan *evalSite, e.sites)
	done := func() {
		for len(e.free) > 0 {
			s := <-e.free
			if err := errors.Join(s.pool.Close(), s.reader.Close(), s.root.Close()); err != nil {
				fmt.Fprintf(io.err, "askwire: closing connections: %v\n", err)
			}
		}
		if err := srv.Stop(); err != nil {
			fmt.Fprintf(io.err, "askwire: removing the engine's files: %v\n", err)
		}
	}
	for i := range e.sites {
		s, err := newEvalSite(ctx, srv, i)
		if err != nil {
			done()
			return nil, nil, err
		}
		e.free <- s
	}
	return e.measure, done, nil
}

func (e *evalRecorded) loadAnswers() error {
	if e.answers == "" {
		return nil
	}
	b, err := os.ReadFile(e.answers)
	if err != nil {
		return err
	}
	var answers map[string]map[string]string
	if err := json.Unmarshal(b, &answers); err != nil {
		return fmt.Errorf("%s: this is no file of answers (%w). Write {\"model\": {\"question id\": \"text\"}}", e.answers, err)
	}
	for _, c := range e.cases {
		c.Answers = map[string]string{}
	}
	for model, texts := range answers {
		for id, text := range texts {
			c := e.cases[id]
			if c == nil {
				return fmt.Errorf("%s: the question %q has no databases in %s. Correct the id", e.answers, id, e.databases)
			}
			c.Answers[model] = text
		}
	}
	return nil
}

func newEvalSite(ctx context.Context, srv *engine.Server, n int) (_ *evalSite, err error) {
	s := &evalSite{schema: fmt.Sprintf("eval_%d", n), dsn: srv.DSN}
	defer func() {
		if err != nil && s.root != nil {
			err = errors.Join(err, s.root.Close())
		}
	}()
	if s.root, err = catalog.OpenDB(srv.DSN); err != nil {
		return nil, err
	}
	for _, text := range []string{
		"CREATE DATABASE IF NOT EXISTS `" + s.schema + "`",
		"CREATE USER IF NOT EXISTS '" + evalReader + "'@'%'",
		"GRANT SELECT ON `" + s.schema + "`.* TO '" + evalReader + "'@'%'",
	} {
		if _, err := s.root.ExecContext(ctx, text); err != nil {
			return nil, err
		}
	}
	if s.reader, err = catalog.OpenDB(evalReader + "@tcp(" + srv.Addr + ")/" + s.schema); err != nil {
		return nil, err
	}
	if s.pool, err = wire.NewPool(wire.PoolConfig{
		Backend: wire.BackendConfig{Name: s.schema, User: evalReader, Addresses: []wire.Address{{Network: "tcp", Addr: srv.Addr}}},
		Size:    2, Init: guard.ControlInit(srv.Family),
	}); err != nil {
		return nil, errors.Join(err, s.reader.Close())
	}
	return s, nil
}

func (e *evalRecorded) measure(ctx context.Context, q *eval.Question) ([]eval.Result, error) {
	c := e.cases[q.ID]
	if c == nil {
		return nil, fmt.Errorf("question %s has no line in %s. Add it, or measure the questions that have one", q.ID, e.databases)
	}
	if q.SQL == "" {
		return nil, fmt.Errorf("question %s has no SQL. Add the column sql", q.ID)
	}
	s := <-e.free
	defer func() { e.free <- s }()
	models := slices.DeleteFunc(sortedKeys(c.Answers), func(m string) bool { return len(e.models) > 0 && !slices.Contains(e.models, m) })
	if len(models) == 0 {
		return nil, fmt.Errorf("question %s has no recorded answer. Add some with --answers, or correct --models", q.ID)
	}
	byModel := map[string]*eval.Result{}
	var order []string
	for _, m := range models {
		for _, name := range []string{m + eval.Raw, m} {
			byModel[name] = &eval.Result{Subject: name, Reason: eval.OK, Ran: true}
			order = append(order, name)
		}
	}
	fail := func(reason eval.Reason, detail string) {
		for _, r := range byModel {
			r.Reason, r.Detail = reason, detail
		}
	}
	goldRows := 0
	for _, d := range c.Databases {
		if err := s.load(ctx, d); err != nil {
			return nil, fmt.Errorf("question %s: %w", q.ID, err)
		}
		gold, err := s.raw(ctx, q.SQL)
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			fail(eval.GoldFailed, err.Error())
			break
		}
		goldRows += len(gold.Rows)
		through, err := s.through(ctx, q, c.Answers, models)
		if err != nil {
			return nil, err
		}
		for _, m := range models {
			start := time.Now()
			if r := byModel[m+eval.Raw]; r.Reason == eval.OK {
				r.SQL = c.Answers[m]
				got, err := s.raw(ctx, c.Answers[m])
				r.Reason, r.Detail = judge(gold, got, err)
				r.Seconds += time.Since(start).Seconds()
			}
			start = time.Now()
			if r := byModel[m]; r.Reason == eval.OK {
				through.answer(ctx, m, r, gold)
				r.Seconds += time.Since(start).Seconds()
			}
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
		}
	}
	if goldRows == 0 && byModel[order[0]].Reason != eval.GoldFailed {
		fail(eval.GoldEmpty, "the gold has no rows on any of the databases")
	}
	var out []eval.Result
	for _, name := range order {
		out = append(out, *byModel[name])
	}
	return out, nil
}

func judge(gold, got askwire.Sample, err error) (eval.Reason, string) {
	if err != nil {
		return eval.Failed, err.Error()
	}
	return eval.Compare(gold, got)
}

// load empties the site's database and fills it.
func (s *evalSite) load(ctx context.Context, d eval.Database) error {
	s.round++
	conn, err := s.root.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, text := range []string{
		"DROP DATABASE IF EXISTS `" + s.schema + "`", "CREATE DATABASE `" + s.schema + "` DEFAULT CHARACTER SET utf8mb4", "USE `" + s.schema + "`",
		"SET SESSION sql_mode = 'ANSI_QUOTES'",
	} {
		if _, err := conn.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	return d.Load(ctx, conn)
}

// raw runs a text as it is, with an account that can only read.
func (s *evalSite) raw(ctx context.Context, text string) (askwire.Sample, error) {
	ctx, cancel := context.WithTimeout(ctx, evalPatience)
	defer cancel()
	conn, err := s.reader.Conn(ctx)
	if err != nil {
		return askwire.Sample{}, err
	}
	defer conn.Close()
	r, err := readAll(ctx, conn, text)
	return askwire.Sample{Columns: r.Columns, Types: r.Types, Rows: r.Rows, Complete: true}, err
}

// evalThrough is the real road over one database.
type evalThrough struct {
	site  *evalSite
	asker *nl.Asker
	gate  guard.Gate
	q     *askwire.Question
}

func (s *evalSite) through(ctx context.Context, q *eval.Question, answers map[string]string, models []string) (*evalThrough, error) {
	name := fmt.Sprintf("%s_%d", s.schema, s.round)
	c, err := catalog.Open(ctx, catalog.Options{Name: name, DSN: s.dsn, Schemas: []string{s.schema}, Refresh: time.Hour})
	if err != nil {
		return nil, err
	}
	snap, failed := c.Snapshot(), c.Status().Err
	if err := errors.Join(failed, c.Close()); err != nil {
		return nil, err
	}
	profile := &askwire.Profile{
		Name: "eval", Backend: name, Models: models, Tables: []string{s.schema + ".*"}, Joins: "any", Cartesian: true, PlainSQL: "guarded",
		LLMData: "none", Summary: "off", Language: "question",
		Limits: askwire.Limits{
			Rows: evalRows, Bytes: evalBytes, Time: askwire.Duration{Duration: evalPatience}, ScanRows: math.MaxInt64,
			QuestionsPerDay: math.MaxInt64, TokensPerDay: math.MaxInt64,
		},
	}
	policy, problems := guard.Compile(profile, snap)
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	var named []nl.NamedModel
	for _, m := range models {
		named = append(named, nl.NamedModel{Name: m, Model: recording(answers[m])})
	}
	t := &evalThrough{site: s}
	if t.asker, err = nl.New(nl.Config{Models: named, Search: nl.SearcherFunc(catalog.Search), Explain: t, PlanCache: -1}); err != nil {
		return nil, err
	}
	t.gate = guard.Gate{Policy: policy, Session: guard.Session{Database: s.schema}}
	t.q = &askwire.Question{
		ID: q.ID, Text: strings.TrimSpace(q.Text + " " + q.Evidence), User: &askwire.User{Name: "eval", Profiles: []string{"eval"}}, Profile: profile,
		Snapshot: policy.Scope(), Database: s.schema, TimeZone: time.UTC, Now: time.Now(), Progress: func(string) {},
	}
	return t, nil
}

// answer has one model's text checked and run.
func (t *evalThrough) answer(ctx context.Context, model string, r *eval.Result, gold askwire.Sample) {
	q := *t.q
	q.Options.Model = model
	plan, st, err := t.asker.Plan(ctx, &q, t.gate)
	if err != nil {
		r.Reason, r.Detail = planReason(err), err.Error()
		return
	}
	r.SQL = plan.Draft
	got, err := t.site.run(ctx, st)
	r.Reason, r.Detail = judge(gold, got, err)
}

// planReason tells a text without SQL from SQL that was refused.
func planReason(err error) eval.Reason {
	switch askwire.CodeOf(err) {
	case askwire.ModelUnavailable:
		return eval.NoModel
	case askwire.NotAnswerable:
		return eval.NoSQL
	case askwire.NoUsableSQL:
		if errors.Is(err, nl.ErrNoSQL) {
			return eval.NoSQL
		}
	}
	return eval.Refused
}

func (s *evalSite) run(ctx context.Context, st guard.Statement) (askwire.Sample, error) {
	ctx, cancel := context.WithTimeout(ctx, evalPatience)
	defer cancel()
	b, err := s.pool.Get(ctx)
	if err != nil {
		return askwire.Sample{}, err
	}
	defer s.pool.Put(b)
	if err := b.Query(st); err != nil {
		return askwire.Sample{}, err
	}
	got, _, err := b.Collect(ctx, evalRows, evalBytes)
	if err == nil && !got.Complete {
		err = fmt.Errorf("more than %d rows", evalRows)
	}
	return got, err
}

// Explain is nl's Explainer.
func (t *evalThrough) Explain(ctx context.Context, _ *askwire.Question, st guard.Statement) error {
	_, err := t.site.run(ctx, st)
	var se *wire.ServerError
	if errors.As(err, &se) {
		return draftError(se)
	}
	return err
}

// recording is a Model that says what was recorded, whatever it is asked: so a repair is one without a model.
type recording string

func (r recording) Complete(context.Context, nl.Request) (nl.Response, error) {
	return nl.Response{Text: string(r)}, nil
}
