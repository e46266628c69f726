package nl

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

// prepared is a question with markers, as the proxy hands it over.
func prepared(t *testing.T, gate guard.Gate, text string) *askwire.Question {
	t.Helper()
	named, n := askwire.NameParams(text)
	q := asked(t, gate, named)
	q.Params = n
	return q
}

func numbers(p *askwire.Plan) string {
	var out []string
	for _, m := range p.Markers {
		name := ""
		if m.Param != nil {
			name = "=" + m.Param.Name
		}
		out = append(out, fmt.Sprint(m.Number)+name)
	}
	return strings.Join(out, " ")
}

func TestPreparedByModel(t *testing.T) {
	rec := &log{}
	m := &script{texts: []string{sqlAnswer("SELECT o.id FROM shop.orders o WHERE o.ordered_on >= :pb AND (o.customer_id = :pa OR :pa = 0)")}}
	a := newAsker(t, m, func(c *Config) { c.Record, c.Saved = rec, nil })
	gate := shopGate(t)
	q := prepared(t, gate, "orders of customer ? since ?")
	p, st, err := a.Plan(context.Background(), q, gate)
	if err != nil {
		t.Fatal(err)
	}
	if st.Params() != 3 || numbers(p) != "2 1 1" || strings.Contains(p.Draft, ":p") || strings.Count(p.Draft, "?") != 3 || p.Calls != 1 {
		t.Errorf("markers %s, draft %s, %d in the statement", numbers(p), p.Draft, st.Params())
	}
	if text := rec.calls[0].Prompt; !strings.Contains(text, "orders of customer :pa since :pb\n</question>") || !strings.Contains(text, ":pb: one value of the type") {
		t.Errorf("the prompt does not speak of the parameters:\n%s", text)
	}
	if p, _, err = a.Plan(context.Background(), q, gate); err != nil || !p.Cached || p.Calls != 0 || m.calls() != 1 || numbers(p) != "2 1 1" {
		t.Errorf("the second time: %+v, %d calls, %v", p, m.calls(), err)
	}
	// The same words without parameters are another question.
	m.texts = append(m.texts, sqlAnswer("SELECT 1 AS n"))
	if p, _, err = a.Plan(context.Background(), asked(t, gate, q.Text), gate); err != nil || p.Cached || len(p.Markers) != 0 {
		t.Errorf("as plain text: %+v, %v", p, err)
	}
}

func TestPreparedRepairs(t *testing.T) {
	good := sqlAnswer("SELECT o.id FROM shop.orders o WHERE o.customer_id = :pa")
	for name, bad := range map[string]string{
		"Unused":  "SELECT o.id FROM shop.orders o",
		"Quoted":  "SELECT o.id FROM shop.orders o WHERE o.customer_id = ':pa'",
		"Marker":  "SELECT o.id FROM shop.orders o WHERE o.customer_id = ?",
		"Unknown": "SELECT o.id FROM shop.orders o WHERE o.customer_id = :pb",
		"Name":    "SELECT o.:pa FROM shop.orders o",
	} {
		t.Run(name, func(t *testing.T) {
			m := &script{texts: []string{sqlAnswer(bad), good}}
			a := newAsker(t, m, func(c *Config) { c.Saved = nil })
			gate := shopGate(t)
			p, st, err := a.Plan(context.Background(), prepared(t, gate, "orders of customer ?"), gate)
			if err != nil || st.Params() != 1 || numbers(p) != "1" || p.Calls != 2 {
				t.Errorf("%+v, %v", p, err)
			}
		})
	}
}

func TestPreparedSavedQuestion(t *testing.T) {
	m := &script{}
	a := newAsker(t, m)
	gate := shopGate(t)
	for text, want := range map[string]string{
		"orders from ? in ?":                           "1=city 2=month",
		"? ? 주문 수":                                     "2=city 1=month",
		"지난달 ? 주문 수":                                   "1=city",
		"orders of customer ? on ?":                    "1=name 2=day 2=day",
		"orders of customer ?":                         "1=name",
		"top ? products by sales of the last 3 months": "1=k",
		"최근 ?개월 매출 상위 ?개 상품은?":                         "1=n 2=k",
	} {
		q := prepared(t, gate, text)
		p, st, err := a.Plan(context.Background(), q, gate)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if numbers(p) != want || st.Params() != len(p.Markers) || p.Trust != askwire.Verified || m.calls() != 0 {
			t.Errorf("%s: markers %s, want %s; %s", text, numbers(p), want, p.Draft)
		}
	}
	p, _, err := a.Plan(context.Background(), prepared(t, gate, "orders from ? in ?"), gate)
	if err != nil {
		t.Fatal(err)
	}
	q := prepared(t, gate, "orders from ? in ?")
	text := func(s string) askwire.Value { return askwire.Value{Kind: askwire.String, Text: s} }
	for _, c := range []struct {
		marker int
		in     askwire.Value
		want   string // "" = refused
	}{
		{0, text("서울"), "Seoul"}, {0, text("new york"), "New York"}, {0, text("Paris"), ""}, {0, askwire.Value{}, ""}, {0, text("Seoul' OR 1=1"), ""},
		{1, text("2026-01"), "2026-01"}, {1, text("last month"), "2026-02"}, {1, text("soon"), ""},
	} {
		got, err := a.Argument(q, p.Markers[c.marker], c.in)
		if c.want == "" {
			if askwire.CodeOf(err) != askwire.WrongArguments || c.in.Text != "" && strings.Contains(err.Error(), c.in.Text) {
				t.Errorf("%v was taken as %v, %v", c.in, got, err)
			}
			continue
		}
		if err != nil || got != text(c.want) {
			t.Errorf("%v: %v, %v", c.in, got, err)
		}
	}
	if got, err := a.Argument(q, askwire.Marker{Number: 1}, askwire.Value{Kind: askwire.Float, Text: "1.5"}); err != nil || got.Text != "1.5" {
		t.Errorf("a value that nothing reads: %v, %v", got, err)
	}
}

// TestPreparedKinds: what the values are of decides where the gate may put a condition, and is told it where it does.
func TestPreparedKinds(t *testing.T) {
	status := askwire.SavedQuestion{Name: "s", Questions: []string{"orders that are {status}"}, SQL: "SELECT o.id FROM shop.orders o WHERE o.status = :status",
		Params: []askwire.Param{{Name: "status", Type: askwire.StringParam}}, Verified: true}
	m := &script{texts: []string{sqlAnswer("SELECT o.id FROM shop.orders o WHERE o.amount > :pb AND o.status = :pa")}}
	a := newAsker(t, m, func(c *Config) { c.Saved = []askwire.SavedQuestion{status} })
	gate := shopGate(t, func(p *askwire.Profile) { p.Rows = map[string]string{"shop.orders": "customer_id = @u"} })
	gate.Session.Vars = map[string]askwire.Value{"u": {Kind: askwire.Int, Text: "7"}}
	text := func(words, kinds string) string {
		t.Helper()
		q := prepared(t, gate, words)
		q.Kinds = kinds
		_, st, err := a.Plan(context.Background(), q, gate)
		if err != nil {
			t.Fatal(err)
		}
		return st.Text()
	}
	const words = "orders of status ? above ?"
	plain := text(words, "")
	if s := text(words, "sn"); s == plain || !strings.Contains(plain, "`amount` > ?") {
		t.Errorf("with a text: %s", s)
	}
	if s := text(words, "nn"); s != plain {
		t.Errorf("a number beside a text: %s", s)
	}
	if s, want := text("orders that are ?", "n"), text("orders that are ?", ""); s == want { // its parameter makes a text of it
		t.Errorf("a saved question: %s", s)
	}
}
