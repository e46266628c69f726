package guard

import (
	"slices"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
)

// TestRecursionIsBounded: a recursion without an end comes to one after maxRounds, on every server, whatever its own setting.
func TestRecursionIsBounded(t *testing.T) {
	onServers(t, func(t *testing.T, s *enginetest.Server) {
		loadShop(t, s)
		g := Gate{Policy: compile(t, shopProfile(), shopSnapshot(s.Family)), Session: Session{Database: "shop"}}
		st, err := g.Check("WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT COUNT(*) FROM t")
		if err != nil {
			t.Fatal(err)
		}
		r, err := query(t.Context(), pinned(t, s, ""), st.Text())
		if s.Family == askwire.MariaDB {
			if err != nil || !slices.Equal(r.rows, []string{"1001|"}) {
				t.Errorf("%v, %v", r.rows, err)
			}
		} else if errorNumber(err) != 3636 {
			t.Errorf("%v, %v", r.rows, err)
		}
	})
}
