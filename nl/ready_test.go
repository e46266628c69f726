package nl

import (
	"context"
	"testing"

	"github.com/askwire/askwire"
)

// Ready has what Plan has found before, and saved questions; nothing else, and it asks no model.
func TestReady(t *testing.T) {
	gate := shopGate(t)
	m := &script{texts: []string{sqlAnswer("SELECT COUNT(*) AS n FROM shop.orders o")}}
	a := newAsker(t, m)
	q := asked(t, gate, "how many orders")
	if _, _, ok := a.Ready(q, gate); ok || m.calls() != 0 {
		t.Fatalf("a question that nobody has asked is ready, after %d calls", m.calls())
	}
	want, _, err := a.Plan(context.Background(), q, gate)
	if err != nil {
		t.Fatal(err)
	}
	p, st, ok := a.Ready(asked(t, gate, "how many orders"), gate)
	if !ok || !st.Valid() || p.Draft != want.Draft || !p.Cached || p.Calls != 0 || m.calls() != 1 {
		t.Errorf("got %+v, %v, after %d calls", p, ok, m.calls())
	}
	narrow := shopGate(t, func(p *askwire.Profile) { p.Tables = []string{"shop.customers"} })
	if _, _, ok := a.Ready(asked(t, narrow, "how many orders"), narrow); ok {
		t.Error("a plan is ready for a profile that may not read its table")
	}
	for _, bad := range []string{"", "\x00", "?"} {
		if _, _, ok := a.Ready(asked(t, gate, bad), gate); ok {
			t.Errorf("%q is ready", bad)
		}
	}
}

// Said knows a text by the rows' digest, for the same question and rights only.
func TestSaid(t *testing.T) {
	gate := shopGate(t)
	st, err := gate.Check("SELECT p.name, SUM(o.amount) AS sales FROM shop.orders o JOIN shop.products p ON p.id = o.product_id GROUP BY p.name")
	if err != nil {
		t.Fatal(err)
	}
	m := &script{texts: []string{"사과가 10원으로 가장 많습니다."}}
	a := newAsker(t, m)
	ask := func(change func(*askwire.Question)) *askwire.Question {
		q := asked(t, gate, "상품별 매출은?")
		change(q)
		return q
	}
	same := func(*askwire.Question) {}
	p := &askwire.Plan{Calls: 1}
	rows := sample(true, "name|sales:decimal", "사과|10", "배|5")
	rows.Digest = [32]byte{1}
	if _, ok := a.Said(ask(same), p, st, rows.Digest); ok {
		t.Fatal("something was said before anybody asked")
	}
	want, err := a.Summarize(context.Background(), ask(same), p, st, rows)
	if err != nil {
		t.Fatal(err)
	}
	if text, ok := a.Said(ask(same), p, st, rows.Digest); !ok || text != want || m.calls() != 1 {
		t.Errorf("said %q, %v, after %d calls", text, ok, m.calls())
	}
	for name, change := range map[string]func(*askwire.Question){
		"Question": func(q *askwire.Question) { q.Text += " 서울" },
		"Language": func(q *askwire.Question) { q.Options.Language = "en" },
		"Day":      func(q *askwire.Question) { q.Now = q.Now.AddDate(0, 0, 1) },
		"Denied": func(q *askwire.Question) {
			p := *q.Profile
			p.LLMDenyColumns = append(p.LLMDenyColumns[:0:0], "shop.products.name")
			q.Profile = &p
		},
		"NoData": func(q *askwire.Question) {
			p := *q.Profile
			p.LLMData = "none"
			q.Profile = &p
		},
	} {
		if _, ok := a.Said(ask(change), p, st, rows.Digest); ok {
			t.Errorf("%s: the text of another question", name)
		}
	}
	if _, ok := a.Said(ask(same), p, st, [32]byte{2}); ok {
		t.Error("the text of other rows")
	}
}
