package nl

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

func TestPlanVerified(t *testing.T) {
	m := &script{}
	a := newAsker(t, m)
	gate := shopGate(t)
	q := asked(t, gate, "지난달 서울 주문 수")
	p, st, err := a.Plan(context.Background(), q, gate)
	if err != nil {
		t.Fatal(err)
	}
	if m.calls() != 0 || p.Calls != 0 || p.Trust != askwire.Verified || p.Model != "saved:city-orders" || p.Saved == nil {
		t.Errorf("calls %d, plan %+v", m.calls(), p)
	}
	if !strings.Contains(p.Draft, "c.city = 'Seoul'") || !strings.Contains(p.Draft, "CONCAT('2026-02', '-01')") {
		t.Errorf("draft: %s", p.Draft)
	}
	if !st.Valid() || strings.Join(p.Tables, " ") != "shop.customers shop.orders" {
		t.Errorf("statement %q, tables %v", st.Text(), p.Tables)
	}
}

func TestPlanVerifiedOutsideTheGateIsNotOffered(t *testing.T) {
	m := &script{texts: []string{`{"sql": "", "cannot_answer": "There are no products here."}`}}
	a := newAsker(t, m)
	gate := shopGate(t, func(p *askwire.Profile) { p.Tables = []string{"shop.customers", "shop.orders"} })
	_, _, err := a.Plan(context.Background(), asked(t, gate, "매출 상위 상품"), gate)
	if askwire.CodeOf(err) != askwire.NotAnswerable || m.calls() != 1 {
		t.Fatalf("calls %d, error %v", m.calls(), err)
	}
	if strings.Contains(err.Error(), "상위") || strings.Contains(err.Error(), "products by") {
		t.Errorf("offers a question that the gate refuses: %v", err)
	}
	if strings.Contains(m.request(0).Text(), "product_id = p.id") || strings.Contains(m.request(0).Text(), "products p") {
		t.Error("an example outside the scope reached the prompt")
	}
	for _, s := range a.SuggestionsFor(asked(t, gate, ""), gate) {
		if strings.Contains(s, "상품") {
			t.Errorf("suggested %q", s)
		}
	}
	if s := a.SuggestionsFor(asked(t, gate, ""), gate); len(s) != 2 {
		t.Errorf("suggestions of the scope: %q", s)
	}
}

func TestPlanByModel(t *testing.T) {
	rec := &log{}
	m := &script{texts: []string{sqlAnswer("SELECT COUNT(*) AS n FROM shop.orders o WHERE o.status = 'paid'")}}
	a := newAsker(t, m, func(c *Config) { c.Record = rec })
	gate := shopGate(t)
	q := asked(t, gate, "결제된 주문은 몇 건?")
	var stages []string
	q.Progress = func(s string) { stages = append(stages, s) }
	p, st, err := a.Plan(context.Background(), q, gate)
	if err != nil {
		t.Fatal(err)
	}
	if p.Trust != askwire.Assisted || p.Calls != 1 || p.Cached || p.Model != "default" || p.Explanation != "e" || len(p.Assumptions) != 1 || p.Tokens.Input != 100 {
		t.Errorf("plan: %+v", p)
	}
	if len(p.Attempts) != 1 || p.Attempts[0].Err != nil || len(p.Ranked) != 3 || p.PromptDigest == "" {
		t.Errorf("attempts %+v, ranked %d", p.Attempts, len(p.Ranked))
	}
	if !st.Valid() || strings.Join(stages, ",") != "linking,asking the model" {
		t.Errorf("statement %q, stages %v", st.Text(), stages)
	}
	if len(rec.calls) != 1 {
		t.Fatalf("%d calls recorded", len(rec.calls))
	}
	c := rec.calls[0]
	want, err := a.Prompt(context.Background(), q, gate)
	if err != nil {
		t.Fatal(err)
	}
	if c.Prompt != want {
		t.Error("ASK PROMPT shows another text than the model got")
	}
	if c.QueryID != "q1" || c.User != "ana" || c.Profile != "customer" || c.Stage != askwire.StageSQL || c.Model != "default" || c.Cost != 0.5 || c.Tokens.Output != 10 || c.Response == "" || c.PromptDigest != p.PromptDigest {
		t.Errorf("recorded %+v", c)
	}
}

func TestPlanWithoutExamplesIsGenerated(t *testing.T) {
	a := newAsker(t, &script{texts: []string{sqlAnswer("SELECT COUNT(*) AS n FROM shop.orders o")}}, func(c *Config) { c.Saved = nil })
	gate := shopGate(t)
	p, _, err := a.Plan(context.Background(), asked(t, gate, "how many orders"), gate)
	if err != nil || p.Trust != askwire.Generated {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestPlanRepairs(t *testing.T) {
	const good = "SELECT COUNT(*) AS n FROM shop.orders o"
	cases := []struct {
		name  string
		texts []string
		how   []string // Repair of each attempt
		err   askwire.Code
	}{
		{"FromTheCatalog", []string{`SELECT COUNT(\*) AS n FROM shop.orders o WHERE o.ordered\_on > '2026-01-01'`}, []string{"", "catalog"}, 0},
		{"QuotedColumn", []string{`SELECT "status", COUNT(*) AS n FROM shop.orders o GROUP BY o.status`}, []string{"", "catalog"}, 0},
		{"Once", []string{sqlAnswer("SELECT o.nothing FROM shop.orders o"), sqlAnswer(good)}, []string{"", "model"}, 0},
		{"Twice", []string{sqlAnswer("SELECT o.nothing FROM shop.orders o"), "I am not sure.", sqlAnswer(good)}, []string{"", "model", "model"}, 0},
		{"ThreeTimesIsTooOften", []string{"no", "no", "no", sqlAnswer(good)}, nil, askwire.NoUsableSQL},
		{"Write", []string{"DELETE FROM shop.orders", sqlAnswer(good)}, []string{"", "model"}, 0},
		{"Several", []string{"SELECT 1; DROP TABLE orders", sqlAnswer(good)}, []string{"", "model"}, 0},
		{"Empty", []string{"", sqlAnswer(good)}, []string{"", "model"}, 0},
		{"GivesUp", []string{"no", `{"sql": "", "cannot_answer": "no weather"}`}, nil, askwire.NotAnswerable},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			rec := &log{}
			a := newAsker(t, &script{texts: c.texts}, func(cfg *Config) { cfg.Record = rec })
			gate := shopGate(t)
			p, st, err := a.Plan(context.Background(), asked(t, gate, "how many orders"), gate)
			if c.err != 0 {
				if askwire.CodeOf(err) != c.err {
					t.Fatalf("got %v", err)
				}
				if c.err == askwire.NoUsableSQL && strings.Count(err.Error(), "holds no SQL") != 3 {
					t.Errorf("does not list the attempts: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var how []string
			for i, at := range p.Attempts {
				how = append(how, at.Repair)
				if (at.Err == nil) != (i == len(p.Attempts)-1) {
					t.Errorf("attempt %d: %v", i, at.Err)
				}
			}
			if fmt.Sprint(how) != fmt.Sprint(c.how) || !st.Valid() || p.Calls != len(c.texts) {
				t.Errorf("attempts %q, calls %d", how, p.Calls)
			}
			for i, call := range rec.calls {
				if want := map[bool]askwire.Stage{true: askwire.StageSQL, false: askwire.StageRepair}[i == 0]; call.Stage != want {
					t.Errorf("call %d has stage %s", i, call.Stage)
				}
			}
		})
	}
}

func TestPlanRepairPromptNamesNothingOutsideTheScope(t *testing.T) {
	m := &script{texts: []string{sqlAnswer("SELECT c.phone FROM shop.customers c"), sqlAnswer("SELECT s.amount FROM shop.salaries s"), sqlAnswer("SELECT c.name FROM shop.customers c")}}
	a := newAsker(t, m)
	gate := shopGate(t)
	if _, _, err := a.Plan(context.Background(), asked(t, gate, "who are the customers"), gate); err != nil {
		t.Fatal(err)
	}
	for i, r := range m.requests {
		for j, msg := range r.Messages {
			if msg.Role != Assistant && (strings.Contains(msg.Text, "010-1") || i == 0 && strings.Contains(msg.Text, "phone")) {
				t.Errorf("request %d, message %d: %s", i, j, msg.Text)
			}
		}
	}
}

func TestPlanRefusesWhatIsNoQuestion(t *testing.T) {
	m := &script{}
	a := newAsker(t, m)
	gate := shopGate(t)
	for name, c := range map[string]struct {
		text string
		code askwire.Code
	}{
		"Empty": {"", askwire.EmptyStatement}, "Spaces": {" \n\t", askwire.EmptyStatement}, "Punctuation": {"???", askwire.EmptyStatement},
		"Long": {strings.Repeat("가", 10000), askwire.TooComplex}, "LongASCII": {strings.Repeat("a ", 5000), askwire.TooComplex},
		"NotUTF8": {"매출\xff", askwire.BadText}, "NUL": {"a\x00b", askwire.BadText},
	} {
		t.Run(name, func(t *testing.T) {
			q := asked(t, gate, c.text)
			if _, _, err := a.Plan(context.Background(), q, gate); askwire.CodeOf(err) != c.code {
				t.Errorf("Plan: %v", err)
			}
			if _, err := a.Prompt(context.Background(), q, gate); askwire.CodeOf(err) != c.code {
				t.Errorf("Prompt: %v", err)
			}
			if _, err := a.Tables(context.Background(), q, gate); askwire.CodeOf(err) != c.code {
				t.Errorf("Tables: %v", err)
			}
		})
	}
	if m.calls() != 0 {
		t.Errorf("%d model calls", m.calls())
	}
}

func TestPlanEnds(t *testing.T) {
	hang := func(ctx context.Context, _ Request) (Response, error) {
		<-ctx.Done()
		return Response{}, ctx.Err()
	}
	gate := shopGate(t)
	t.Run("ClientGone", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		rec := &log{}
		a := newAsker(t, &script{do: func(ctx context.Context, r Request) (Response, error) {
			cancel()
			return hang(ctx, r)
		}}, func(c *Config) { c.Record = rec })
		_, _, err := a.Plan(ctx, asked(t, gate, "how many orders"), gate)
		if askwire.CodeOf(err) != askwire.Interrupted {
			t.Errorf("got %v", err)
		}
		if len(rec.calls) != 1 || rec.calls[0].Error == "" {
			t.Errorf("the call is not recorded: %+v", rec.calls)
		}
	})
	t.Run("StatementTimeout", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		_, _, err := newAsker(t, &script{do: hang}).Plan(ctx, asked(t, gate, "how many orders"), gate)
		if askwire.CodeOf(err) != askwire.Timeout {
			t.Errorf("got %v", err)
		}
	})
	t.Run("ModelTooLate", func(t *testing.T) {
		a := newAsker(t, &script{do: hang}, func(c *Config) { c.Models[0].Timeout = time.Millisecond })
		_, _, err := a.Plan(context.Background(), asked(t, gate, "how many orders"), gate)
		if askwire.CodeOf(err) != askwire.ModelUnavailable || !strings.Contains(err.Error(), "did not answer within") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("ModelFails", func(t *testing.T) {
		a := newAsker(t, &script{do: func(context.Context, Request) (Response, error) { return Response{}, errors.New("secret-host refused") }})
		_, _, err := a.Plan(context.Background(), asked(t, gate, "how many orders"), gate)
		if askwire.CodeOf(err) != askwire.ModelUnavailable || strings.Contains(err.Error(), "secret-host") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("ModelPanics", func(t *testing.T) {
		a := newAsker(t, &script{do: func(context.Context, Request) (Response, error) { panic("boom") }})
		_, _, err := a.Plan(context.Background(), asked(t, gate, "how many orders"), gate)
		if askwire.CodeOf(err) != askwire.Internal || strings.Contains(err.Error(), "boom") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("ModelRefuses", func(t *testing.T) {
		a := newAsker(t, &script{do: func(context.Context, Request) (Response, error) { return Response{Refused: "I may not."}, nil }})
		_, _, err := a.Plan(context.Background(), asked(t, gate, "how many orders"), gate)
		if askwire.CodeOf(err) != askwire.NotAnswerable || !strings.Contains(err.Error(), "I may not.") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("AlreadyGone", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		m := &script{}
		_, _, err := newAsker(t, m).Plan(ctx, asked(t, gate, "how many orders"), gate)
		if askwire.CodeOf(err) != askwire.Interrupted || m.calls() != 0 {
			t.Errorf("got %v", err)
		}
	})
}

func TestPlanQuota(t *testing.T) {
	answer := func(context.Context, Request) (Response, error) {
		return Response{Text: sqlAnswer("SELECT COUNT(*) AS n FROM shop.orders o"), Tokens: askwire.Tokens{Input: 90, Output: 10}}, nil
	}
	gate := shopGate(t)
	now := time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)
	plan := func(a *Asker, text string, limits askwire.Limits) error {
		q := asked(t, gate, text)
		q.Profile.Limits = limits
		_, _, err := a.Plan(context.Background(), q, gate)
		return err
	}
	for name, limits := range map[string]askwire.Limits{"Questions": {QuestionsPerDay: 2}, "Tokens": {TokensPerDay: 150}} {
		t.Run(name, func(t *testing.T) {
			now := now
			a := newAsker(t, &script{do: answer}, func(c *Config) { c.Clock = func() time.Time { return now } })
			for i, want := range []askwire.Code{0, 0, askwire.QuotaExceeded} {
				err := plan(a, fmt.Sprintf("how many orders %d", i), limits)
				if (err != nil) != (want != 0) || err != nil && askwire.CodeOf(err) != want {
					t.Errorf("question %d: %v", i, err)
				}
			}
			if err := plan(a, "how many orders 1", limits); err != nil {
				t.Errorf("a cached plan is refused: %v", err)
			}
			if err := plan(a, "매출 상위 상품", limits); err != nil {
				t.Errorf("a verified question is refused: %v", err)
			}
			now = now.AddDate(0, 0, 1)
			if err := plan(a, "how many orders 9", limits); err != nil {
				t.Errorf("the next day: %v", err)
			}
		})
	}
}

func TestPlanLimitOption(t *testing.T) {
	a := newAsker(t, &script{texts: []string{sqlAnswer("SELECT o.id FROM shop.orders o")}})
	gate := shopGate(t)
	q := asked(t, gate, "list the orders")
	q.Options.Limit = 7
	_, st, err := a.Plan(context.Background(), q, gate)
	if err != nil || st.RowLimit() != 7 {
		t.Errorf("limit %d, %v", st.RowLimit(), err)
	}
}

func TestPlanModelOption(t *testing.T) {
	m := &script{texts: []string{sqlAnswer("SELECT o.id FROM shop.orders o")}}
	a := newAsker(t, &script{}, func(c *Config) { c.Models = append(c.Models, NamedModel{Name: "big", Model: m}) })
	gate := shopGate(t)
	q := asked(t, gate, "list the orders")
	q.Options.Model = "big"
	if _, _, err := a.Plan(context.Background(), q, gate); askwire.CodeOf(err) != askwire.WrongValue {
		t.Errorf("a model outside the profile: %v", err)
	}
	q.Profile.Models = []string{"default", "big"}
	if p, _, err := a.Plan(context.Background(), q, gate); err != nil || p.Model != "big" {
		t.Errorf("%+v, %v", p, err)
	}
}

// explainer is a backend that refuses the first draft.
type explainer struct {
	err  error
	seen []string
}

func (e *explainer) Explain(_ context.Context, _ *askwire.Question, st guard.Statement) error {
	e.seen = append(e.seen, st.Text())
	if len(e.seen) == 1 {
		return e.err
	}
	return nil
}

func TestPlanExplain(t *testing.T) {
	const a1, a2 = "SELECT o.id FROM shop.orders o", "SELECT o.amount FROM shop.orders o"
	gate := shopGate(t)
	t.Run("BackendRefuses", func(t *testing.T) {
		e := &explainer{err: askwire.Errorf(askwire.Syntax, "You have an error near 'x'.")}
		m := &script{texts: []string{sqlAnswer(a1), sqlAnswer(a2)}}
		p, _, err := newAsker(t, m, func(c *Config) { c.Explain = e }).Plan(context.Background(), asked(t, gate, "list the orders"), gate)
		if err != nil || p.Draft != a2 || len(p.Attempts) != 2 {
			t.Fatalf("%+v, %v", p, err)
		}
		if !strings.Contains(m.request(1).Text(), "near 'x'") || !strings.HasPrefix(e.seen[0], "EXPLAIN") {
			t.Errorf("explained %q", e.seen[0])
		}
	})
	t.Run("WordsAreHiddenBehindARowPolicy", func(t *testing.T) {
		e := &explainer{err: askwire.Errorf(askwire.Syntax, "Bad value 'hidden row'.")}
		m := &script{texts: []string{sqlAnswer(a1), sqlAnswer(a2)}}
		q := asked(t, gate, "list the orders")
		q.Profile.Rows = map[string]string{"shop.orders": "customer_id = @user_id"}
		if _, _, err := newAsker(t, m, func(c *Config) { c.Explain = e }).Plan(context.Background(), q, gate); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(m.request(1).Text(), "hidden row") {
			t.Error("the backend's words reached the model")
		}
	})
	t.Run("BackendDown", func(t *testing.T) {
		e := &explainer{err: askwire.Errorf(askwire.BackendUnavailable, "The backend is down.")}
		p, _, err := newAsker(t, &script{texts: []string{sqlAnswer(a1)}}, func(c *Config) { c.Explain = e }).Plan(context.Background(), asked(t, gate, "list the orders"), gate)
		if err != nil || p.Draft != a1 {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

func TestReload(t *testing.T) {
	a := newAsker(t, &script{texts: []string{"no", "no", "no"}})
	gate := shopGate(t)
	q := asked(t, gate, "매출 상위 상품")
	if err := a.Reload([]askwire.SavedQuestion{{Name: "bad"}}); err == nil {
		t.Error("a bad set was taken")
	}
	if _, _, err := a.Plan(context.Background(), q, gate); err != nil {
		t.Errorf("after a refused reload: %v", err)
	}
	if err := a.Reload(nil); err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.Plan(context.Background(), q, gate); askwire.CodeOf(err) != askwire.NoUsableSQL {
		t.Errorf("the question is still known: %v", err)
	}
}

func BenchmarkPlanCached(b *testing.B) {
	m := &script{do: func(context.Context, Request) (Response, error) {
		return Response{Text: sqlAnswer("SELECT COUNT(*) AS n FROM shop.orders o WHERE o.status = 'paid'")}, nil
	}}
	a := newAsker(b, m)
	gate := shopGate(b)
	q := asked(b, gate, "지난달 결제된 주문은 몇 건이야?")
	ctx := context.Background()
	if _, _, err := a.Plan(ctx, q, gate); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := a.Plan(ctx, q, gate); err != nil {
			b.Fatal(err)
		}
	}
	if m.calls() != 1 {
		b.Fatalf("%d model calls", m.calls())
	}
}

func BenchmarkPlanVerified(b *testing.B) {
	a := newAsker(b, &script{})
	gate := shopGate(b)
	q := asked(b, gate, "최근 3개월 매출 상위 5개 상품은?")
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := a.Plan(ctx, q, gate); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPlanFresh is what ASK costs beside a model that answers at once.
func BenchmarkPlanFresh(b *testing.B) {
	m := &script{do: func(context.Context, Request) (Response, error) {
		return Response{Text: sqlAnswer("SELECT COUNT(*) AS n FROM shop.orders o WHERE o.status = 'paid'")}, nil
	}}
	a := newAsker(b, m, func(c *Config) { c.PlanCache = -1 })
	gate := shopGate(b)
	q := asked(b, gate, "지난달 결제된 주문은 몇 건이야?")
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		m.requests = m.requests[:0]
		if _, _, err := a.Plan(ctx, q, gate); err != nil {
			b.Fatal(err)
		}
	}
}
