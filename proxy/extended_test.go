package proxy

import (
	"encoding/binary"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
	"github.com/askwire/askwire/proxy/wire"
)

// mariaConn makes of go-sql-driver's login that of a client that asks for MariaDB's extended metadata.
type mariaConn struct {
	net.Conn
	asked bool
}

func (c *mariaConn) Write(b []byte) (int, error) {
	if !c.asked && len(b) > 36 {
		c.asked = true
		b = slices.Clone(b)
		b[4] &^= 1 // CLIENT_MYSQL
		binary.LittleEndian.PutUint32(b[4+28:], wire.MARIADB_CLIENT_EXTENDED_METADATA)
	}
	return c.Conn.Write(b)
}

// TestExtendedMetadata: a client that asks a MariaDB for its extended metadata gets it through the proxy, and one that does not is
// not troubled by the connections that have it.
func TestExtendedMetadata(t *testing.T) {
	for _, kind := range []engine.Kind{engine.MariaDB, engine.MariaDB11} {
		t.Run(string(kind), func(t *testing.T) {
			h := openOn(t, enginetest.Get(t, kind))
			h.exec("CREATE TABLE kinds (id INT PRIMARY KEY, j JSON, u INET6, g POINT, t TEXT)")
			h.exec(`INSERT INTO kinds VALUES (1, '{"a": 1}', '::1', POINT(1, 2), 'x')`)
			h.dir.change(func() {
				h.dir.snap = h.introspect()
				p := h.dir.profiles["customer"]
				p.Tables = append(p.Tables, h.db+".kinds")
			})
			h.ask("q", "SELECT id, j, u FROM kinds")
			maria := func(c net.Conn) net.Conn { return &mariaConn{Conn: c} }
			c, direct := h.rawOver("ana", "secret", h.addr, maria), h.rawOver("root", "", h.engine.Addr, maria)
			bare, bareDirect := h.raw(), h.rawOn("root", "", h.engine.Addr)
			all := func(columns []wire.Column) string {
				var b strings.Builder
				for _, c := range columns {
					b.WriteString(c.OrgName + " " + c.Extended + "\n")
				}
				return typesOf(columns, nil) + b.String()
			}
			for _, q := range []string{"SELECT * FROM kinds", "SELECT j, JSON_EXTRACT(j, '$.a') AS a FROM kinds WHERE id = 1", "SELECT id FROM orders", "SELECT CONNECTION_ID()",
				"SELECT k.j FROM kinds k JOIN kinds o ON o.id = k.id"} {
				got, _ := c.result(t, q)
				want, _ := direct.result(t, q)
				if all(got) != all(want) {
					t.Errorf("%s\ngot\n%swant\n%s", q, all(got), all(want))
				}
				if strings.HasPrefix(q, "SELECT *") && !strings.Contains(all(got), "json") {
					t.Errorf("no extended metadata in\n%s", all(got))
				}
				_, _, got = c.definitions(t, q)
				_, _, want = direct.definitions(t, q)
				if all(got) != all(want) {
					t.Errorf("%s is announced as\n%swant\n%s", q, all(got), all(want))
				}
				got, _ = bare.result(t, q)
				want, _ = bareDirect.result(t, q)
				if all(got) != all(want) || strings.Contains(all(got), "json") {
					t.Errorf("without it: %s\ngot\n%swant\n%s", q, all(got), all(want))
				}
			}
			for q, n := range map[string]int{"ASK 'q'": 4, "SHOW TABLES": 1, "SHOW WARNINGS": 3, "ASK SQL 'q'": 4, "SHOW COLUMNS FROM kinds": 6, "SHOW CREATE TABLE kinds": 2} {
				if columns, _ := c.result(t, q); len(columns) != n {
					t.Errorf("%s: %d columns", q, len(columns))
				}
			}
			c.command(t, wire.COM_FIELD_LIST, []byte("kinds\x00"))
			for i := range 6 {
				p := c.read(t)
				if last := p[0] == 0xfe; last != (i == 5) {
					t.Fatalf("COM_FIELD_LIST, packet %d: % x", i, p)
				}
			}
		})
	}
}
