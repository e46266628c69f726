package nl

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// script is a Model that gives the next text of a list, or calls a function.
type script struct {
	mu       sync.Mutex
	texts    []string
	do       func(ctx context.Context, r Request) (Response, error)
	requests []Request
}

func (s *script) Complete(ctx context.Context, r Request) (Response, error) {
	s.mu.Lock()
	s.requests = append(s.requests, r)
	n := len(s.requests)
	s.mu.Unlock()
	if s.do != nil {
		return s.do(ctx, r)
	}
	if n > len(s.texts) {
		return Response{}, errors.New("the script has ended")
	}
	return Response{Text: s.texts[n-1], Tokens: askwire.Tokens{Input: 100, Output: 10}, Cost: 0.5}, nil
}

// request is the nth that came.
func (s *script) request(n int) Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests[n]
}

func (s *script) calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

// log is a Recorder.
type log struct {
	mu    sync.Mutex
	calls []askwire.ModelCall
}

func (l *log) ModelCall(_ context.Context, c *askwire.ModelCall) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, *c)
}

// everything ranks every table of the snapshot, in its order.
var everything = SearcherFunc(func(snap *askwire.Snapshot, _ string, k int) []askwire.RankedTable {
	var out []askwire.RankedTable
	for _, t := range snap.Tables[:min(len(snap.Tables), k)] {
		out = append(out, askwire.RankedTable{Table: t, Score: 1, Reason: "test"})
	}
	return out
})

func newAsker(t testing.TB, m Model, change ...func(*Config)) *Asker {
	t.Helper()
	c := Config{
		Models: []NamedModel{{Name: "default", Model: m}}, Search: everything,
		Saved: []askwire.SavedQuestion{topProducts, ordersOfCity, ordersOfName},
	}
	for _, f := range change {
		f(&c)
	}
	a, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// shopGate is a real gate over the shop, without customers.phone.
func shopGate(t testing.TB, change ...func(*askwire.Profile)) guard.Gate {
	t.Helper()
	p := &askwire.Profile{
		Name: "customer", Backend: "main", Tables: []string{"shop.*"}, DenyColumns: []string{"shop.customers.phone"}, Joins: "any", PlainSQL: "guarded",
		LLMData: "rows", Summary: "first", Language: "question",
		Limits: askwire.Limits{Rows: 10000, Bytes: 64 << 20, Time: askwire.Duration{Duration: 30 * time.Second}, ScanRows: 1 << 40},
	}
	for _, f := range change {
		f(p)
	}
	policy, problems := guard.Compile(p, shopSnapshot())
	if policy == nil {
		t.Fatal(errors.Join(problems...))
	}
	return guard.Gate{Policy: policy, Session: guard.Session{Database: "shop"}}
}

// asked is a question whose snapshot is the gate's scope.
func asked(t testing.TB, gate guard.Gate, text string) *askwire.Question {
	q := question(t, text)
	q.Snapshot = gate.Policy.Scope()
	return q
}

func sqlAnswer(sql string) string {
	return fmt.Sprintf(`{"sql": %q, "explanation": "e", "tables": [], "assumptions": ["a"], "cannot_answer": ""}`, sql)
}
