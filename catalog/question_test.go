package catalog

import (
	"slices"
	"testing"

	"github.com/askwire/askwire"
)

func weightOf(t *testing.T, question, text string) float32 {
	t.Helper()
	terms := newAnalyser().question(question)
	i := slices.IndexFunc(terms, func(x term) bool { return x.text == text })
	if i < 0 {
		t.Fatalf("%q has no term %q: %+v", question, text, terms)
	}
	return terms[i].weight
}

func TestQuestionTerms(t *testing.T) {
	for _, c := range []struct {
		question, text string
		want           float32
	}{
		{"the floating IPs of a port", "float", 1},
		{"the floating IPs of a port", "floatingip", joinedWeight},
		{"the floating IPs of a port", "float ip", pairWeight},
		{"date of birth", "birth date", pairWeight},
		{"the number of singers", "number", formWeight},
		{"orders of last month", "month", timeWeight},
		{"what runs on star-76?", "star", codedWeight},
		{"what runs on star 76?", "star", 1},
		{"7월매출", "월매출", 1},
	} {
		if got := weightOf(t, c.question, c.text); got != c.want {
			t.Errorf("%q: %q counts %v, want %v", c.question, c.text, got, c.want)
		}
	}
	for _, x := range newAnalyser().question("students in alphabetical order, sorted by name") {
		if x.text == "order" || x.text == "sort" {
			t.Errorf("%q says how, not what", x.text)
		}
	}
}

func TestKin(t *testing.T) {
	snap := askwire.NewSnapshot(askwire.Snapshot{Tables: []*askwire.Table{
		{DB: "w", Name: "country", Columns: []askwire.Column{{Name: "independence"}, {Name: "consumer"}}},
		{DB: "w", Name: "inventory", Columns: []askwire.Column{{Name: "id"}}},
	}})
	x := newIndex(snap, &tuned)
	for question, want := range map[string][]string{
		"who became independently rich": nil, // independ, as the column
		"consumption":                   {"consum"},
		"countries":                     nil,
		"independencies":                nil,
		"inventor":                      {"inventori"},
	} {
		terms := newAnalyser().question(question)
		var got []string
		for _, k := range x.withKin(terms)[len(terms):] {
			got = append(got, k.text)
			if k.weight <= 0 || k.weight > kinWeight {
				t.Errorf("%q: %q counts %v", question, k.text, k.weight)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: kin %q, want %q", question, got, want)
		}
	}
}

// TestCopies: a table that only repeats another is below it, unless the question says what is special about it.
func TestCopies(t *testing.T) {
	table := func(name string, columns ...string) *askwire.Table {
		x := &askwire.Table{DB: "shop", Name: name}
		for _, c := range columns {
			x.Columns = append(x.Columns, askwire.Column{Name: c})
		}
		return x
	}
	tables := []*askwire.Table{
		table("order_items", "id", "order_id", "quantity"), table("orders", "id", "customer", "amount", "state"),
		table("orders_2019", "id", "customer", "amount", "state"), table("shadow_orders", "id", "customer", "amount", "state"),
	}
	if got := copiesOf(tables); !slices.Equal(got, []string{"", "", "", "shadow"}) {
		t.Errorf("copies %q", got)
	}
	snap := askwire.NewSnapshot(askwire.Snapshot{Tables: tables})
	for question, want := range map[string]string{"amounts of orders": "orders", "amounts of shadow orders": "shadow_orders"} {
		if got := Search(snap, question, 1); len(got) != 1 || got[0].Table.Name != want {
			t.Errorf("%q: %+v, want %s", question, got, want)
		}
	}
}
