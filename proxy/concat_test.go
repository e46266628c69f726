package proxy

import (
	"strings"
	"testing"

	"github.com/askwire/askwire/internal/enginetest"
)

// group_concat_max_len holds for its session alone, in both protocols, though sessions share connections.
func TestGroupConcatLength(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		h := openOn(t, e)
		short, other := h.conn(), h.conn()
		const q, prepared = "SELECT GROUP_CONCAT(name ORDER BY id) AS names FROM customers", "SELECT GROUP_CONCAT(name ORDER BY id) AS names FROM customers WHERE id < ?"
		whole := table(t, h.direct, q)
		if got := table(t, short, q); got != whole {
			t.Errorf("got %s, want %s", got, whole)
		}
		do(t, short, "SET SESSION group_concat_max_len = 10")
		if got := table(t, short, "SELECT @@group_concat_max_len"); !strings.HasSuffix(got, "\n10") {
			t.Errorf("the variable: %s", got)
		}
		for range 3 {
			cut := table(t, short, q)
			if cut == whole || !strings.HasPrefix(whole, strings.TrimRight(cut, "\ufffd")) {
				t.Errorf("with 10 bytes: %s", cut)
			}
			if got := table(t, short, prepared, 100); got != cut {
				t.Errorf("prepared: %s, not %s", got, cut)
			}
			for _, got := range []string{table(t, other, q), table(t, other, prepared, 100)} {
				if got != whole {
					t.Errorf("another session: %s", got)
				}
			}
		}
		do(t, short, "SET group_concat_max_len = 18446744073709551615")
		if got := table(t, short, "SHOW WARNINGS"); !strings.Contains(got, "Warning|1292|") {
			t.Errorf("more than may be: %s", got)
		}
		for _, set := range []string{"SET @x = 1", "SET group_concat_max_len = DEFAULT"} {
			do(t, short, set)
			if got := table(t, short, q); got != whole {
				t.Errorf("behind %s: %s", set, got)
			}
		}
		if got := number(t, short, "SET group_concat_max_len = 'x'"); got != 1231 {
			t.Errorf("no number: error %d", got)
		}
	})
}
