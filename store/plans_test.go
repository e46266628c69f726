package store

import (
	"testing"
	"time"

	"github.com/askwire/askwire/internal/enginetest"
)

func TestPlans(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		schema := e.NewDatabase(t)
		now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		o := options(t, e.DSN, schema)
		o.Clock = func() time.Time { return now }
		o.Redact = []string{"phone"}
		s, other := start(t, o), start(t, options(t, e.DSN, schema))
		ready(t, s)
		ready(t, other)
		until := func(p *Store, key, want string, wantMaking bool) {
			t.Helper()
			for deadline := time.Now().Add(time.Minute); ; {
				value, making, err := p.Plan(t.Context(), key) // which gives the server half a second, in which this machine may stand still
				if err == nil && string(value) == want && making == wantMaking {
					return
				}
				if time.Now().After(deadline) {
					t.Fatalf("%q, making %v, %v", value, making, err)
				}
			}
		}
		until(other, "a", "", false)
		s.ClaimPlan("a")
		until(other, "a", "", true)
		until(s, "a", "", false) // one's own claim is nothing to wait for
		s.KeepPlan("a", "SELECT 1", []byte(`{"sql": "é \\ '"}`), time.Time{})
		until(other, "a", `{"sql": "é \\ '"}`, false)
		s.DropPlan("a")
		until(other, "a", "", false)

		s.KeepPlan("b", "SELECT 1", []byte("x"), now.Add(time.Hour))
		until(other, "b", "x", false)
		s.ClaimPlan("c")
		until(other, "c", "", true)
		s.KeepPlan("c", "SELECT * FROM t WHERE phone = '010'", []byte("y"), time.Time{})
		until(other, "c", "", false)
		s.ClaimPlan("d")
		until(other, "d", "", true)
		shut(t, other)

		later := options(t, e.DSN, schema)
		later.Clock = func() time.Time { return now.Add(2 * time.Hour) }
		third := start(t, later)
		ready(t, third)
		until(third, "b", "", false) // expired
		until(third, "d", "", false) // whoever claimed it is taken for dead
	})
}
