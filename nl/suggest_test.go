package nl

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
)

func TestSuggestions(t *testing.T) {
	gate := shopGate(t)
	saved := func(name string, change func(*askwire.SavedQuestion)) askwire.SavedQuestion {
		s := askwire.SavedQuestion{Name: name, Database: "shop", Questions: []string{"how many " + name}, SQL: "SELECT COUNT(*) AS n FROM orders o", Verified: true}
		change(&s)
		return s
	}
	q := asked(t, gate, "")
	a := newAsker(t, &script{}, func(c *Config) {
		c.Clock = func() time.Time { return q.Now }
		c.Saved = []askwire.SavedQuestion{
			saved("old", func(s *askwire.SavedQuestion) { s.VerifiedAt = q.Now.AddDate(-1, 0, 0) }),
			saved("new", func(s *askwire.SavedQuestion) { s.VerifiedAt = q.Now.AddDate(0, 0, -1) }),
			saved("first", func(s *askwire.SavedQuestion) { s.Onboarding = true }),
			saved("gone", func(s *askwire.SavedQuestion) { s.SQL = "SELECT n.x FROM nowhere n" }),
		}
	})
	a.SetStored([]askwire.SavedQuestion{{ID: "o", Owner: "ana", Name: "own", Backend: "main", Database: "shop", Questions: []string{"how many own"}, SQL: "SELECT COUNT(*) AS n FROM orders o"}})
	suggested := func(now time.Time) string {
		at := *q
		at.Now = now
		return strings.ReplaceAll(strings.Join(a.SuggestionsFor(&at, gate), " "), "how many ", "")
	}
	if got := suggested(q.Now); got != "first new old own" {
		t.Errorf("before any use: %s", got)
	}
	use := func(text string, times int) {
		for range times {
			if _, _, err := a.Plan(context.Background(), asked(t, gate, text), gate); err != nil {
				t.Fatal(err)
			}
		}
	}
	use("how many own", 1)
	use("how many old", 2)
	if got := suggested(q.Now); got != "old own first new" {
		t.Errorf("after some use: %s", got)
	}
	a.SetUses(map[askwire.SavedUse]float64{{Name: "new"}: 3, {Owner: "ana", Name: "own"}: 2, {Owner: "bob", Name: "own"}: 9}) // by all proxies
	if got := suggested(q.Now); got != "new own first old" {
		t.Errorf("as the history has it: %s", got)
	}
	use("how many own", 2)
	if got := suggested(q.Now); got != "own new first old" {
		t.Errorf("and what came since: %s", got)
	}
	if got := suggested(q.Now.Add(8 * useHalves)); got != "first new old own" {
		t.Errorf("after eight weeks without use: %s", got)
	}
}
