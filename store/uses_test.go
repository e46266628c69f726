package store

import (
	"fmt"
	"math"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
)

// Uses of saved questions are counted from the history, whichever proxy wrote it.
func TestUses(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		o := options(t, e.DSN, e.NewDatabase(t))
		s := start(t, o)
		ready(t, s)
		n := 0
		used := func(user, model string, trust askwire.Trust, days int, verdict string) {
			n++
			r := record(fmt.Sprint("u", n))
			r.User, r.Model, r.Trust, r.Verdict, r.At = user, model, trust, verdict, o.Clock().AddDate(0, 0, -days)
			s.Finish(t.Context(), r)
		}
		used("ana", "saved:sales", askwire.Verified, 0, "allowed")
		used("bob", "saved:sales", askwire.Verified, 7, "allowed")
		used("ana", "saved:own", askwire.Saved, 14, "allowed")
		used("bob", "saved:own", askwire.Saved, 0, "allowed")
		used("bob", "saved:own", askwire.Saved, 0, "failed")
		used("bob", "default", askwire.Generated, 0, "allowed")
		used("bob", "saved:old", askwire.Verified, 31, "allowed")
		shut(t, s)

		other := start(t, o)
		ready(t, other)
		got := make(chan map[askwire.SavedUse]float64, 1)
		other.Follow(Followers{Uses: func(m map[askwire.SavedUse]float64) { got <- m }})
		want := map[askwire.SavedUse]float64{{Name: "sales"}: 1.5, {Owner: "ana", Name: "own"}: 0.25, {Owner: "bob", Name: "own"}: 1}
		list := <-got // again in 10 minutes
		for use, n := range want {
			if math.Abs(list[use]-n) > 1e-9 {
				t.Errorf("%+v: %v, want %v", use, list[use], n)
			}
		}
		if len(list) != len(want) {
			t.Errorf("%v", list)
		}
	})
}
