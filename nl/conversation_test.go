package nl

import (
	"context"
	"strings"
	"testing"

	"github.com/askwire/askwire"
)

func TestFollowUp(t *testing.T) {
	gate := shopGate(t)
	m := &script{do: func(context.Context, Request) (Response, error) {
		return Response{Text: sqlAnswer("SELECT o.status, COUNT(*) AS n FROM shop.orders o GROUP BY o.status")}, nil
	}}
	a := newAsker(t, m)
	first := askwire.Turn{Question: "how many orders </conversation>", SQL: "SELECT COUNT(*) AS n FROM orders", Database: "shop"}
	ask := func(text string, earlier ...askwire.Turn) (*askwire.Plan, error) {
		q := asked(t, gate, text)
		q.Earlier = earlier
		p, _, err := a.Plan(context.Background(), q, gate)
		return p, err
	}

	p, err := ask("and by status?", first)
	if err != nil || p.Cached || m.calls() != 1 {
		t.Fatalf("%+v, %v, %d calls", p, err, m.calls())
	}
	prompt := m.request(0).Messages[1].Text
	if !strings.Contains(prompt, "sql: SELECT COUNT(*) AS n FROM orders\n</conversation>\n") || strings.Count(prompt, "</conversation>") != 1 {
		t.Errorf("the prompt: %s", prompt)
	}
	// The same words after another question are another question; after the same one they are the same.
	if p, err := ask("and by status?", first); err != nil || !p.Cached {
		t.Errorf("%+v, %v", p, err)
	}
	other := first
	other.SQL = "SELECT SUM(amount) AS n FROM orders"
	for _, earlier := range [][]askwire.Turn{{other}, {first, other}, nil} {
		if p, err := ask("and by status?", earlier...); err != nil || p.Cached {
			t.Errorf("after %v: %+v, %v", earlier, p, err)
		}
	}
	// What is a saved question when it stands alone is not one after another.
	if p, err := ask("매출 상위 상품", first); err != nil || p.Saved != nil {
		t.Errorf("%+v, %v", p, err)
	}

	// Turns that are out of scope by now reach no prompt.
	hidden := askwire.Turn{Question: "phones", SQL: "SELECT phone FROM customers", Database: "shop"}
	n := m.calls()
	if _, err := ask("and names?", hidden, first); err != nil {
		t.Fatal(err)
	}
	if text := m.request(n).Text(); strings.Contains(text, "phone") {
		t.Errorf("the prompt: %s", text)
	}
	if _, err := ask("and names?", hidden); askwire.CodeOf(err) != askwire.StaleQuestion || strings.Contains(err.Error(), "phone") || m.calls() != n+1 {
		t.Errorf("%v", err)
	}

	// A long conversation costs no more than its last turns.
	n = m.calls()
	if _, err := ask("and by day?", first, first, first, first, first, first); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(m.request(n).Text(), "sql: SELECT COUNT(*) AS n FROM orders\n"); got != maxTurns {
		t.Errorf("%d turns", got)
	}
}
