package nl

import (
	"context"
	"strings"
	"testing"

	"github.com/askwire/askwire"
)

func TestSavingWithParams(t *testing.T) {
	a := newAsker(t, &script{})
	gate := shopGate(t)
	const join = " FROM orders o JOIN customers c ON c.id = o.customer_id WHERE "
	for _, c := range []struct {
		name, question, sql string
		params              []askwire.Param
		text, want          string // of the question and the SQL, or the error
		types               string
	}{
		{"Text", "orders of people in Busan", "SELECT o.id" + join + "c.city = 'Busan'", []askwire.Param{{Name: "city", Default: "Busan"}},
			"orders of people in {city}", "c.city = :city", "string"},
		{"Types", "orders over 5000 by customer 7 since 2026-01-02", "SELECT o.id" + join + "o.amount > 5000 AND `c`.`id` IN (7) AND o.ordered_on >= DATE '2026-01-02'",
			[]askwire.Param{{Name: "least", Default: "5000"}, {Name: "who", Default: "7"}, {Name: "since", Default: "2026-01-02"}},
			"orders over {least} by customer {who} since {since}", "o.amount > :least AND `c`.`id` IN (:who) AND o.ordered_on >= DATE :since", "number int date"},
		{"Between", "orders from 10 to 20 KRW", "SELECT o.id FROM orders o WHERE o.amount BETWEEN 10 AND 20", []askwire.Param{{Name: "a", Default: "10"}, {Name: "b", Default: "20"}},
			"orders from {a} to {b} KRW", "BETWEEN :a AND :b", "number number"},
		{"Reversed", "products above 10", "SELECT p.id FROM products p WHERE 10 < p.price", []askwire.Param{{Name: "n", Default: "10"}}, "products above {n}", ":n < p.price", "number"},
		{"Limit", "top 3 products", "SELECT p.id FROM products p ORDER BY p.price DESC LIMIT 3", []askwire.Param{{Name: "k", Default: "3"}}, "top {k} products", "LIMIT :k", "int"},
		{"Period", "지난달 Busan 주문", "SELECT o.id" + join + "c.city = 'Busan' AND o.ordered_on >= '2026-02-01' AND o.ordered_on < '2026-03-01'",
			[]askwire.Param{{Name: "city", Default: "Busan"}}, "지난달 {city} 주문", "c.city = :city AND o.ordered_on >= :period1_from", "string"},
		{"NotInQuestion", "orders of the second city", "SELECT o.id" + join + "c.city = 'Busan'", []askwire.Param{{Name: "city", Default: "Busan"}}, "", "does not stand in the question once", ""},
		{"InsideAWord", "orders in Busandong", "SELECT o.id" + join + "c.city = 'Busan'", []askwire.Param{{Name: "city", Default: "Busan"}}, "", "does not stand in the question once", ""},
		{"NotInSQL", "orders in 부산 now", "SELECT o.id" + join + "c.city = 'Busan'", []askwire.Param{{Name: "city", Default: "부산"}}, "", "does not stand in the SQL", ""},
		{"TwoMeanings", "the 5 orders of customer", "SELECT o.id FROM orders o WHERE o.customer_id = 5 LIMIT 5", []askwire.Param{{Name: "n", Default: "5"}}, "", "several places", ""},
		{"Name", "orders in Busan", "SELECT o.id" + join + "c.city = 'Busan'", []askwire.Param{{Name: "period1_from", Default: "Busan"}}, "", "parameter name", ""},
		{"NoValue", "orders in Busan", "SELECT o.id" + join + "c.city = 'Busan'", []askwire.Param{{Name: "city"}}, "", "has no value", ""},
		{"NothingAround", "Busan 7", "SELECT o.id" + join + "c.city = 'Busan' AND o.id = 7", []askwire.Param{{Name: "city", Default: "Busan"}, {Name: "id", Default: "7"}}, "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			saved, err := a.Saving(asked(t, gate, c.question), gate, c.sql, c.params)
			if c.text == "" {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Fatalf("got %v, want %q", err, c.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var types []string
			for _, p := range saved.Params {
				types = append(types, string(p.Type))
			}
			if saved.Questions[0] != c.text || !strings.Contains(saved.SQL, c.want) || strings.Join(types, " ") != c.types {
				t.Errorf("%q, %q, %q", saved.Questions[0], saved.SQL, types)
			}
		})
	}
}

// TestStoredWithParams asks a stored question with other values, in words, by name and with arguments.
func TestStoredWithParams(t *testing.T) {
	m := &script{}
	a := newAsker(t, m)
	gate := shopGate(t)
	saved, err := a.Saving(asked(t, gate, "orders over 5000 in Busan of last month"), gate,
		"SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.amount > 5000 AND c.city = 'Busan' AND o.ordered_on >= '2026-02-01' AND o.ordered_on < '2026-03-01'",
		[]askwire.Param{{Name: "least", Default: "5000"}, {Name: "city", Default: "Busan"}})
	if err != nil {
		t.Fatal(err)
	}
	saved.ID, saved.Name, saved.Owner = "id1", "big orders", "ana"
	stored(t, a, saved)
	for _, c := range []struct {
		text string
		call *askwire.Call
		want string // in the draft, or the error
		code askwire.Code
	}{
		{"orders over 12,000.50 in New York of last month", nil, "o.amount > 12000.50 AND c.city = 'New York' AND o.ordered_on >= '2026-02-01'", 0},
		{"big orders", nil, "o.amount > 5000 AND c.city = 'Busan'", 0},
		{"x", &askwire.Call{Name: "big orders", Args: []string{"7", "it's"}}, "o.amount > 7 AND c.city = 'it''s'", 0},
		{"x", &askwire.Call{Name: "big orders", Named: map[string]string{"city": "Seoul"}}, "o.amount > 5000 AND c.city = 'Seoul'", 0},
		{"x", &askwire.Call{Name: "big orders", Args: []string{"many"}}, `'many' is no value for least of the saved question "big orders". It takes a number.`, askwire.WrongArguments},
		{"x", &askwire.Call{Name: "big orders", Args: []string{"1", "2", "3"}}, "takes 2 arguments, not 3. They are, in this order: least, city.", askwire.WrongArguments},
	} {
		q := asked(t, gate, c.text)
		q.Call = c.call
		p, st, err := a.Plan(context.Background(), q, gate)
		if c.code != 0 {
			if askwire.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%q: got %v, want %q", c.text, err, c.want)
			}
			continue
		}
		if err != nil || !st.Valid() || !strings.Contains(p.Draft, c.want) || p.Model != "saved:big orders" || m.calls() != 0 {
			t.Errorf("%q: %+v, %v, want %q", c.text, p, err, c.want)
		}
	}
	for _, broken := range []func(*askwire.SavedQuestion){
		func(s *askwire.SavedQuestion) { s.Params = s.Params[:1] }, // the SQL has one more
		func(s *askwire.SavedQuestion) { s.Params[0].Type = "colour" },
		func(s *askwire.SavedQuestion) { s.Questions = []string{"{least}{city}"} },
	} {
		s := saved
		s.Params = append([]askwire.Param{}, saved.Params...)
		broken(&s)
		if errs := a.SetStored([]askwire.SavedQuestion{s}); len(errs) != 1 {
			t.Errorf("%+v is taken: %v", s, errs)
		}
	}
}
