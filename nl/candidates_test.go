package nl

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/askwire/askwire"
)

func TestCandidates(t *testing.T) {
	gate := shopGate(t)
	count, same, sum := "SELECT COUNT(*) AS n FROM shop.orders o", "select count(*) as n\nfrom `shop`.orders AS o", "SELECT SUM(o.id) AS n FROM shop.orders o"
	for _, c := range []struct {
		name       string
		drafts     []string // the first, then the candidates
		want       string
		agreed, of int
	}{
		{"AllAgree", []string{count, same, count}, count, 3, 3},
		{"MajorityWins", []string{sum, count, same}, count, 2, 3},
		{"FirstWinsATie", []string{sum, count}, sum, 1, 2},
		{"RefusedHasNoVote", []string{sum, "SELECT phone FROM shop.customers c", "no sql"}, sum, 1, 3},
		{"One", []string{sum}, sum, 0, 0},
		{"TooMany", []string{sum, count, count, count, count, count, count, count}, count, 4, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			var calls, varied atomic.Int64
			m := &script{do: func(_ context.Context, r Request) (Response, error) {
				n := calls.Add(1)
				if r.Varied {
					varied.Add(1)
				}
				return Response{Text: sqlAnswer(c.drafts[n-1]), Tokens: askwire.Tokens{Input: 10}}, nil
			}}
			a := newAsker(t, m)
			q := asked(t, gate, "how many orders")
			q.Options.Candidates = len(c.drafts)
			p, st, err := a.Plan(context.Background(), q, gate)
			if err != nil || !st.Valid() {
				t.Fatal(err)
			}
			if p.Agreed != c.agreed || p.Candidates != c.of || strings.ToLower(strings.Join(strings.Fields(p.Draft), "")) == "" {
				t.Errorf("%d of %d agree on %s", p.Agreed, p.Candidates, p.Draft)
			}
			want, _ := gate.Check(c.want)
			if st.Text() != want.Text() {
				t.Errorf("took %s", p.Draft)
			}
			if n := calls.Load(); int(n) != p.Calls || p.Tokens.Input != 10*n || varied.Load() != n-1 {
				t.Errorf("%d calls, %d varied, %+v", n, varied.Load(), p.Tokens)
			}
		})
	}
}

func TestAmbiguous(t *testing.T) {
	gate := shopGate(t)
	text := fmt.Sprintf(`{"sql": %q, "explanation": "e", "tables": [], "assumptions": [], "readings": ["Orders that were placed.", "Orders that were paid <b>"], "cannot_answer": ""}`,
		"SELECT COUNT(*) AS n FROM shop.orders o")
	m := &script{do: func(context.Context, Request) (Response, error) { return Response{Text: text}, nil }}
	a := newAsker(t, m)
	ask := func(how, question string) (*askwire.Plan, error) {
		q := asked(t, gate, question)
		q.Options.OnAmbiguous = how
		p, _, err := a.Plan(context.Background(), q, gate)
		return p, err
	}
	for _, question := range []string{"how many orders", "주문 수"} {
		_, err := ask("ask", question)
		if askwire.CodeOf(err) != askwire.Ambiguous || !strings.Contains(err.Error(), "(1) Orders that were placed. (2) Orders that were paid ‹b>.") ||
			!strings.Contains(err.Error(), "on_ambiguous = 'answer'") {
			t.Errorf("%v", err)
		}
	}
	before := m.calls()
	p, err := ask("answer", "how many orders") // the same plan, which has been paid for
	if err != nil || m.calls() != before || len(p.Readings) != 2 {
		t.Fatal(p, err)
	}
	profile := *asked(t, gate, "x").Profile
	profile.OnAmbiguous = "ask"
	for how, want := range map[string]bool{"": true, "answer": false} {
		q := asked(t, gate, "how many orders")
		q.Profile, q.Options.OnAmbiguous = &profile, how
		if _, _, err := a.Plan(context.Background(), q, gate); (err != nil && askwire.CodeOf(err) == askwire.Ambiguous) != want {
			t.Errorf("the profile asks back, the option is %q: %v", how, err)
		}
	}
	for _, c := range []struct{ question, text, want string }{
		{"how many orders", "There are 3.", "There are 3. (Read as: Orders that were placed.)"},
		{"주문 수", "3건입니다.", "3건입니다. (이렇게 읽었습니다: Orders that were placed.)"},
		{"how many orders", "", ""},
	} {
		if got := a.asRead(asked(t, gate, c.question), p, c.text); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
