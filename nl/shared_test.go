package nl

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/askwire/askwire"
)

// shelf is a Plans in memory, as one of several proxies sees it.
type shelf struct {
	*shelved
	me string
}

type shelved struct {
	mu      sync.Mutex
	values  map[string][]byte
	claims  map[string]string
	claimed chan string
	down    error
}

func (s shelf) Plan(_ context.Context, key string) ([]byte, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	by := s.claims[key]
	return s.values[key], s.values[key] == nil && by != "" && by != s.me, s.down
}

func (s shelf) ClaimPlan(key string) {
	s.mu.Lock()
	s.claims[key] = s.me
	s.mu.Unlock()
	s.claimed <- s.me
}

func (s shelf) KeepPlan(key, sql string, value []byte, _ time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[key] = value
	delete(s.claims, key)
}

func (s shelf) DropPlan(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.values, key)
	delete(s.claims, key)
}

func TestSharedPlans(t *testing.T) {
	const sql = "SELECT COUNT(*) AS n FROM shop.orders o"
	gate := shopGate(t)
	two := func(t *testing.T, m *script) (*shelved, *Asker, *Asker) {
		s := &shelved{values: map[string][]byte{}, claims: map[string]string{}, claimed: make(chan string, 10)}
		return s, newAsker(t, m, func(c *Config) { c.Plans = shelf{s, "one"} }), newAsker(t, m, func(c *Config) { c.Plans = shelf{s, "two"} })
	}
	ask := func(t *testing.T, a *Asker, text string) *askwire.Plan {
		t.Helper()
		p, st, err := a.Plan(context.Background(), asked(t, gate, text), gate)
		if err != nil || !st.Valid() {
			t.Fatal(err)
		}
		return p
	}
	t.Run("PaidOnce", func(t *testing.T) {
		m := &script{texts: []string{"not sql at all", sqlAnswer(sql)}}
		_, one, other := two(t, m)
		first, second := ask(t, one, "how many orders"), ask(t, other, "How many orders?")
		if m.calls() != 2 || first.Cached || !second.Cached || second.Calls != 0 {
			t.Fatalf("%d calls, %+v", m.calls(), second)
		}
		if second.Draft != sql || len(second.Attempts) != 2 || second.Attempts[0].Err == nil || second.Attempts[1].Err != nil ||
			len(second.Ranked) != len(first.Ranked) || second.PromptDigest != first.PromptDigest || second.Assumptions[0] != "a" {
			t.Errorf("%+v\n%+v", first, second)
		}
	})
	t.Run("WaitsForTheOther", func(t *testing.T) {
		m := &script{}
		s, one, other := two(t, m)
		release := make(chan struct{})
		m.do = func(context.Context, Request) (Response, error) {
			<-release
			return Response{Text: sqlAnswer(sql)}, nil
		}
		var done sync.WaitGroup
		done.Go(func() { ask(t, one, "how many orders") })
		<-s.claimed // the first proxy makes the plan now
		waits := make(chan struct{})
		done.Go(func() {
			q := asked(t, gate, "how many orders")
			q.Progress = func(stage string) {
				if stage == "waiting for another proxy" {
					close(waits)
				}
			}
			if p, _, err := other.Plan(context.Background(), q, gate); err != nil || !p.Cached {
				t.Errorf("%+v %v", p, err)
			}
		})
		<-waits
		close(release)
		done.Wait()
		if m.calls() != 1 {
			t.Errorf("%d calls", m.calls())
		}
	})
	t.Run("FailureGivesUpTheClaim", func(t *testing.T) {
		m := &script{}
		s, one, other := two(t, m)
		if _, _, err := one.Plan(context.Background(), asked(t, gate, "how many orders"), gate); err == nil {
			t.Fatal("the script has no answer")
		}
		if len(s.claims) != 0 {
			t.Error("the claim stays")
		}
		m.do = func(context.Context, Request) (Response, error) { return Response{Text: sqlAnswer(sql)}, nil }
		ask(t, other, "how many orders")
	})
	t.Run("EveryHitPassesTheGate", func(t *testing.T) {
		m := &script{texts: []string{sqlAnswer(sql), sqlAnswer(sql)}}
		s, one, other := two(t, m)
		ask(t, one, "how many orders")
		for key := range s.values { // somebody who writes into the store gains nothing
			s.values[key] = []byte(`{"sql": "SELECT phone FROM shop.customers", "model": "default"}`)
		}
		if p := ask(t, other, "how many orders"); p.Cached || p.Draft != sql {
			t.Errorf("%+v", p)
		}
	})
	t.Run("StoreDown", func(t *testing.T) {
		m := &script{texts: []string{sqlAnswer(sql)}}
		s, one, _ := two(t, m)
		s.down = errors.New("down")
		ask(t, one, "how many orders")
	})
	t.Run("Midnight", func(t *testing.T) {
		m := &script{texts: []string{sqlAnswer("SELECT COUNT(*) AS n FROM shop.orders o WHERE o.ordered_on = '2026-03-05'"), sqlAnswer(sql)}}
		_, one, other := two(t, m)
		ask(t, one, "how many fresh orders")
		q := asked(t, gate, "how many fresh orders")
		q.Now = q.Now.AddDate(0, 0, 1)
		if p, _, err := other.Plan(context.Background(), q, gate); err != nil || p.Cached {
			t.Errorf("%+v %v", p, err)
		}
	})
}
