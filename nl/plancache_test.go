package nl

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

func TestPlanCache(t *testing.T) {
	const sql = "SELECT COUNT(*) AS n FROM shop.orders o"
	gate := shopGate(t)
	cases := []struct {
		name   string
		text   string // of both questions
		change func(q *askwire.Question, g *guard.Gate)
		cached bool
	}{
		{"Same", "how many orders", func(*askwire.Question, *guard.Gate) {}, true},
		{"OtherSpelling", "how many orders", func(q *askwire.Question, _ *guard.Gate) { q.Text = " HOW many   orders? " }, true},
		{"OtherUserOfThePolicy", "how many orders", func(q *askwire.Question, _ *guard.Gate) { q.User = &askwire.User{Name: "bob"} }, true},
		{"NextDay", "how many orders", func(q *askwire.Question, _ *guard.Gate) { q.Now = q.Now.AddDate(0, 0, 1) }, true},
		{"NextDayOfARelativeQuestion", "how many orders yesterday", func(q *askwire.Question, _ *guard.Gate) { q.Now = q.Now.AddDate(0, 0, 1) }, false},
		{"LaterTheSameDay", "how many orders yesterday", func(q *askwire.Question, _ *guard.Gate) { q.Now = q.Now.Add(2 * time.Hour) }, true},
		{"OtherZone", "how many orders", func(q *askwire.Question, _ *guard.Gate) { q.TimeZone = time.UTC }, false},
		{"OtherDatabase", "how many orders", func(q *askwire.Question, _ *guard.Gate) { q.Database = "" }, false},
		{"OtherPolicy", "how many orders", func(_ *askwire.Question, g *guard.Gate) {
			*g = shopGate(t, func(p *askwire.Profile) { p.DenyColumns = nil })
		}, false},
		{"OtherInstructions", "how many orders", func(q *askwire.Question, _ *guard.Gate) {
			p := *q.Profile
			p.Instructions = "count twice"
			q.Profile = &p
		}, false},
		{"OtherCatalog", "how many orders", func(q *askwire.Question, _ *guard.Gate) {
			s := *q.Snapshot
			s.Terms = append(s.Terms[:len(s.Terms):len(s.Terms)], askwire.Term{Name: "fresh", Meaning: "of today"})
			q.Snapshot = askwire.NewSnapshot(s)
		}, false},
		{"OtherModel", "how many orders", func(q *askwire.Question, _ *guard.Gate) {
			p := *q.Profile
			p.Models = []string{"other"}
			q.Profile = &p
		}, false},
		{"OneWordMore", "how many orders", func(q *askwire.Question, _ *guard.Gate) { q.Text = "how many orders not" }, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := &script{texts: []string{sqlAnswer(sql), sqlAnswer(sql)}}
			a := newAsker(t, m, func(c *Config) { c.Models = append(c.Models, NamedModel{Name: "other", Model: m}) })
			if _, _, err := a.Plan(context.Background(), asked(t, gate, c.text), gate); err != nil {
				t.Fatal(err)
			}
			q, g := asked(t, gate, c.text), gate
			c.change(q, &g)
			p, st, err := a.Plan(context.Background(), q, g)
			if err != nil {
				t.Fatal(err)
			}
			if p.Cached != c.cached || (m.calls() == 1) != c.cached || !st.Valid() {
				t.Errorf("cached %v, %d calls", p.Cached, m.calls())
			}
			if p.Cached && (p.Calls != 0 || p.Tokens.Input != 0 || p.Draft != sql) {
				t.Errorf("a cached plan cost something: %+v", p)
			}
		})
	}
}

func TestPlanCacheForgetsAtMidnightWhatNamesToday(t *testing.T) {
	m := &script{texts: []string{sqlAnswer("SELECT COUNT(*) AS n FROM shop.orders o WHERE o.ordered_on = '2026-03-05'"), sqlAnswer("SELECT COUNT(*) AS n FROM shop.orders o")}}
	a := newAsker(t, m)
	gate := shopGate(t)
	for day, calls := range []int{1, 2} {
		q := asked(t, gate, "how many fresh orders")
		q.Now = q.Now.AddDate(0, 0, day)
		if _, _, err := a.Plan(context.Background(), q, gate); err != nil || m.calls() != calls {
			t.Errorf("day %d: %d calls, %v", day, m.calls(), err)
		}
	}
}

func TestPlanCacheIsBounded(t *testing.T) {
	m := &script{do: func(context.Context, Request) (Response, error) {
		return Response{Text: sqlAnswer("SELECT COUNT(*) AS n FROM shop.orders o")}, nil
	}}
	a := newAsker(t, m, func(c *Config) { c.PlanCache = 3 })
	gate := shopGate(t)
	for i := range 10 {
		if _, _, err := a.Plan(context.Background(), asked(t, gate, fmt.Sprintf("how many orders %d", i)), gate); err != nil {
			t.Fatal(err)
		}
	}
	if n := a.plans.len(); n != 3 {
		t.Errorf("%d entries", n)
	}
}

func TestPlanSingleFlight(t *testing.T) {
	release := make(chan struct{})
	m := &script{do: func(ctx context.Context, _ Request) (Response, error) {
		select {
		case <-release:
			return Response{Text: sqlAnswer("SELECT COUNT(*) AS n FROM shop.orders o")}, nil
		case <-ctx.Done():
			return Response{}, ctx.Err()
		}
	}}
	a := newAsker(t, m)
	gate := shopGate(t)
	ctx, leave := context.WithCancel(context.Background())
	asking := make(chan struct{}, 8)
	errs := make(chan error, 8)
	plan := func(ctx context.Context) {
		q := asked(t, gate, "how many orders")
		q.Progress = func(s string) {
			if s == "asking the model" {
				asking <- struct{}{}
			}
		}
		_, _, err := a.Plan(ctx, q, gate)
		errs <- err
	}
	go plan(ctx) // the first, who leaves
	<-asking
	for range 7 {
		go plan(context.Background())
	}
	waitFor(t, func() bool { return a.planning.waiting() == 8 })
	leave()
	if err := <-errs; askwire.CodeOf(err) != askwire.Interrupted {
		t.Errorf("the first: %v", err)
	}
	close(release)
	for range 7 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if m.calls() != 1 {
		t.Errorf("%d model calls", m.calls())
	}
}

// waiting counts the callers of all flights.
func (s *flights[T]) waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, f := range s.now {
		f.mu.Lock()
		n += len(f.waiters)
		f.mu.Unlock()
	}
	return n
}

// waitFor yields until a condition that other goroutines bring about holds.
func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
		runtime.Gosched()
	}
}
