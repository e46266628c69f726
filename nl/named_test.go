package nl

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/askwire/askwire"
)

// TestCall asks saved questions by name, with arguments in order, by name, and without.
func TestCall(t *testing.T) {
	gate := shopGate(t)
	for _, tt := range []struct {
		name string
		call askwire.Call
		want string // within the SQL; or of the error
		code askwire.Code
	}{
		{"Defaults", askwire.Call{Name: "top-products", Free: true}, "INTERVAL 1 MONTH GROUP BY p.name ORDER BY sales DESC, p.name LIMIT 10", 0},
		{"InOrder", askwire.Call{Name: "top-products", Args: []string{"3", "5"}}, "INTERVAL 3 MONTH GROUP BY p.name ORDER BY sales DESC, p.name LIMIT 5", 0},
		{"OtherCase", askwire.Call{Name: "TOP-products", Args: []string{}}, "LIMIT 10", 0},
		{"ByName", askwire.Call{Name: "top-products", Named: map[string]string{"k": "7", "other": "x"}}, "INTERVAL 1 MONTH GROUP BY p.name ORDER BY sales DESC, p.name LIMIT 7", 0},
		{"OrderWins", askwire.Call{Name: "top-products", Args: []string{"2"}, Named: map[string]string{"n": "9", "k": "4"}}, "INTERVAL 2 MONTH GROUP BY p.name ORDER BY sales DESC, p.name LIMIT 4", 0},
		{"Month", askwire.Call{Name: "city-orders", Args: []string{"2026-01", "서울"}}, "c.city = 'Seoul' AND o.ordered_on >= CONCAT('2026-01', '-01')", 0},
		{"FreeText", askwire.Call{Name: "name-orders", Named: map[string]string{"name": "O'Neil \\ Kim"}}, `c.name = 'O''Neil \\ Kim'`, 0},
		{"Example", askwire.Call{Name: "city-orders", Example: true}, "c.city = 'Seoul' AND o.ordered_on >= CONCAT('2026-02', '-01')", 0},
		{"Missing", askwire.Call{Name: "city-orders", Args: []string{"2026-01"}}, "needs a value for city", askwire.WrongArguments},
		{"TooMany", askwire.Call{Name: "city-orders", Args: []string{"2026-01", "Seoul", "x"}}, "takes 2 arguments, not 3", askwire.WrongArguments},
		{"WrongType", askwire.Call{Name: "top-products", Args: []string{"many"}}, "'many' is no value for n", askwire.WrongArguments},
		{"OutOfBounds", askwire.Call{Name: "top-products", Args: []string{"1", "1000"}}, "'1000' is no value for k", askwire.WrongArguments},
		{"OutOfList", askwire.Call{Name: "city-orders", Args: []string{"2026-01", "Paris' OR 1"}}, "It takes one of Seoul, Busan, New York.", askwire.WrongArguments},
		{"Unknown", askwire.Call{Name: "nothing"}, "no saved question 'nothing'", askwire.UnknownTable},
		{"UnknownWithArguments", askwire.Call{Name: "how many orders", Free: true, Args: []string{"1"}}, "no saved question", askwire.UnknownTable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := &script{}
			q := asked(t, gate, tt.call.Name)
			q.Call = &tt.call
			p, st, err := newAsker(t, m).Plan(context.Background(), q, gate)
			if m.calls() != 0 {
				t.Error("a model was asked")
			}
			if tt.code != 0 {
				if askwire.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v, want %q", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(p.Draft, tt.want) || !st.Valid() || p.Trust != askwire.Verified {
				t.Errorf("got %s, %s", p.Draft, p.Trust)
			}
		})
	}
}

// TestCallScope: a name is found for its owner, or when it is verified and passes the gate; else it is unknown, and no word of its SQL is told.
func TestCallScope(t *testing.T) {
	hidden := askwire.SavedQuestion{Name: "phones", Questions: []string{"all phones"}, SQL: "SELECT phone FROM shop.customers", Verified: true}
	loop := askwire.SavedQuestion{Name: "loop", Questions: []string{"itself"}, SQL: "SELECT * FROM ask.`loop`", Verified: true}
	a := newAsker(t, &script{}, func(c *Config) { c.Saved = append(c.Saved, hidden, loop) })
	if problems := a.SetStored([]askwire.SavedQuestion{
		{ID: "s1", Owner: "bob", Name: "bobs", Questions: []string{"bob's orders"}, SQL: "SELECT id FROM shop.orders"},
		{ID: "s2", Owner: "ana", Name: "anas", Questions: []string{"ana's orders"}, SQL: "SELECT id FROM shop.orders"},
	}); len(problems) > 0 {
		t.Fatal(problems)
	}
	gate := shopGate(t)
	for name, want := range map[string]askwire.Code{"anas": 0, "s2": 0, "bobs": askwire.UnknownTable, "s1": askwire.UnknownTable, "loop": askwire.UnknownTable, "phones": askwire.UnknownTable} {
		q := asked(t, gate, name)
		q.Call = &askwire.Call{Name: name}
		_, st, err := a.Plan(context.Background(), q, gate)
		if st.Valid() != (want == 0) || err != nil && (askwire.CodeOf(err) != want || strings.Contains(err.Error(), "customers")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestColumns: one plan serves all statements around a question that it has the columns for.
func TestColumns(t *testing.T) {
	gate := shopGate(t)
	narrow, wide := sqlAnswer("SELECT c.name FROM shop.customers c"), sqlAnswer("SELECT c.name, c.city FROM shop.customers c")
	plan := func(a *Asker, columns ...string) (string, error) {
		q := asked(t, gate, "who are they")
		q.Columns = columns
		p, _, err := a.Plan(context.Background(), q, gate)
		if err != nil {
			return "", err
		}
		return p.Draft, nil
	}
	t.Run("OneCall", func(t *testing.T) {
		m := &script{texts: []string{wide}}
		a := newAsker(t, m)
		for _, columns := range [][]string{{"City"}, nil, {"name"}, {"name", "city"}} {
			if got, err := plan(a, columns...); err != nil || !strings.Contains(got, "c.city") {
				t.Errorf("%v: %s, %v", columns, got, err)
			}
		}
		if m.calls() != 1 {
			t.Errorf("%d calls", m.calls())
		}
		if text := m.request(0).Text(); !strings.Contains(text, "<columns>\n") || !strings.Contains(text, "\nCity\n</columns>") {
			t.Errorf("the model was not told the columns: %s", text)
		}
	})
	t.Run("Wider", func(t *testing.T) {
		m := &script{texts: []string{narrow, wide}}
		a := newAsker(t, m)
		for range 2 { // the plan that has them is found again, and the first one stays
			if got, err := plan(a); err != nil || strings.Contains(got, "city") {
				t.Errorf("%s, %v", got, err)
			}
			if got, err := plan(a, "city"); err != nil || !strings.Contains(got, "city") {
				t.Errorf("%s, %v", got, err)
			}
		}
		if m.calls() != 2 || strings.Contains(m.request(0).Text(), "<columns>") {
			t.Errorf("%d calls", m.calls())
		}
	})
	t.Run("Repaired", func(t *testing.T) {
		m := &script{texts: []string{narrow, wide}}
		if got, err := plan(newAsker(t, m), "city"); err != nil || !strings.Contains(got, "city") {
			t.Errorf("%s, %v", got, err)
		}
		if text := m.request(1).Text(); !strings.Contains(text, "no column 'city'") {
			t.Errorf("the model was not told: %s", text)
		}
	})
	t.Run("NotToBeHad", func(t *testing.T) {
		if _, err := plan(newAsker(t, &script{texts: []string{narrow, narrow, narrow}}), "city"); askwire.CodeOf(err) != askwire.NoUsableSQL {
			t.Errorf("got %v", err)
		}
	})
	t.Run("AtOnce", func(t *testing.T) {
		m := &script{do: func(_ context.Context, r Request) (Response, error) {
			if strings.Contains(r.Text(), "\ncity\n") {
				return Response{Text: wide}, nil
			}
			return Response{Text: narrow}, nil
		}}
		a := newAsker(t, m)
		var wg sync.WaitGroup
		for i := range 20 {
			columns := []string{"name"}
			if i%2 == 0 {
				columns = []string{"city"}
			}
			wg.Add(1)
			go func() {
				defer wg.Done()
				if got, err := plan(a, columns...); err != nil || !strings.Contains(got, columns[0]) {
					t.Errorf("%s, %v", got, err)
				}
			}()
		}
		wg.Wait()
		if n := m.calls(); n > 2 {
			t.Errorf("%d calls", n)
		}
	})
}
