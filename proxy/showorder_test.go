package proxy

import (
	"strings"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
)

// Tables are listed in the server's order, and the process list has the server's columns.
func TestListsAreTheServers(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		if e.Family == askwire.Embedded {
			return // its lists are its own
		}
		h := openOn(t, e, func(p *askwire.Profile, _ *askwire.User) {
			p.Tables = []string{p.Tables[0][:strings.IndexByte(p.Tables[0], '.')] + ".*"}
		})
		for _, name := range []string{"order_items", "Zeta", "`주문`", "orders_b", "`order items`"} {
			h.exec("CREATE TABLE " + name + " (id INT PRIMARY KEY)")
		}
		h.dir.change(func() { h.dir.snap = h.introspect() })
		c := h.conn()
		for _, q := range []string{"SHOW TABLES", "SHOW FULL TABLES", "SHOW TABLES LIKE 'o%'"} {
			if got, want := table(t, c, q), table(t, h.direct, q); got != want {
				t.Errorf("%s: got\n%s\nwant\n%s", q, got, want)
			}
		}
		heading := func(q querier) string { return strings.Split(table(t, q, "SHOW PROCESSLIST"), "\n")[0] }
		if got, want := heading(c), heading(h.direct); got != want {
			t.Errorf("the process list has %s, the server's %s", got, want)
		}
	})
}
