package nl

import (
	"context"
	"strings"
	"testing"
	"time"

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
		{"Bounds", "orders over 5000 of 2026", "SELECT o.id FROM orders o WHERE o.amount > 5000", []askwire.Param{{Name: "least", Default: "5000", Min: "1", Max: "10,000"}},
			"orders over {least} of 2026", "o.amount > :least", "number"},
		{"List", "orders in Busan", "SELECT o.id" + join + "c.city = 'Busan'", []askwire.Param{{Name: "city", Default: "Busan", Values: []string{"Busan", "Seoul"}}},
			"orders in {city}", "c.city = :city", "string"},
		{"OutOfBounds", "orders over 5000", "SELECT o.id FROM orders o WHERE o.amount > 5000", []askwire.Param{{Name: "least", Default: "5000", Max: "100"}}, "", "takes a number up to 100", ""},
		{"NotInList", "orders in Busan", "SELECT o.id" + join + "c.city = 'Busan'", []askwire.Param{{Name: "city", Default: "Busan", Values: []string{"Seoul"}}}, "", "takes one of Seoul", ""},
		{"BoundsOfText", "orders in Busan", "SELECT o.id" + join + "c.city = 'Busan'", []askwire.Param{{Name: "city", Default: "Busan", Min: "A"}}, "", "is a text", ""},
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

// TestParamsWithin: numbers, months and dates keep within their bounds and lists, which are read like values.
func TestParamsWithin(t *testing.T) {
	for _, c := range []struct {
		param    askwire.Param
		yes, no  string // each, with blanks between
		describe string
	}{
		{askwire.Param{Type: askwire.IntParam, Min: "0", Max: "1,000"}, "0 7 1000 1,000", "-1 1001 1.5 many", "a whole number from 0 to 1000"},
		{askwire.Param{Type: askwire.IntParam, Max: "-1"}, "-1 -9", "0", "a whole number up to -1"},
		{askwire.Param{Type: askwire.NumberParam, Min: "0.5"}, "0.5 0.50 12,000.25", "0.49 -1", "a number from 0.5 on"},
		{askwire.Param{Type: askwire.NumberParam, Values: []string{"1", "2.50"}}, "1 1.0 2.5", "2 3", "one of 1, 2.50"},
		{askwire.Param{Type: askwire.MonthParam, Min: "2026-02", Max: "2026-11"}, "2026-02 2026-11", "2026-01 2026-12", "a month such as '2026-01' from 2026-02 to 2026-11"},
		{askwire.Param{Type: askwire.DateParam, Min: "February 1 2026"}, "2026-02-01 2027-01-01", "2026-01-31 2026", "a date such as '2026-01-31' from 2026-02-01 on"},
	} {
		p := c.param
		p.Name, p.Default = "p", strings.Fields(c.yes)[0]
		if err := checkParam(&p); err != nil {
			t.Errorf("%+v: %v", p, err)
			continue
		}
		if p.Takes() != c.describe || p.String() != "p: "+c.describe+"; "+p.Default+" if none is given" {
			t.Errorf("%q, want %q", p.String(), c.describe)
		}
		cal := calendar{today: time.Date(2026, 5, 20, 0, 0, 0, 0, time.UTC)}
		for _, text := range strings.Fields(c.yes) {
			if _, ok := parseArg(&p, text, cal); !ok {
				t.Errorf("%s: %s is refused", c.describe, text)
			}
		}
		for _, text := range strings.Fields(c.no) {
			if v, ok := parseArg(&p, text, cal); ok {
				t.Errorf("%s: %s is taken as %s", c.describe, text, v.Text)
			}
		}
		p.Default = ""
		if _, ok := parseArg(&p, sampleArg(&p, cal), cal); !ok {
			t.Errorf("%s: its example %s is refused", c.describe, sampleArg(&p, cal))
		}
	}
}
