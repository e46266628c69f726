package proxy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
	"github.com/askwire/askwire/proxy/wire"
)

// Savepoints, comments and quotes are answered as the server answers them: the same error numbers and flags.
func TestSavepoints(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		if e.Family == askwire.Embedded {
			return // has no savepoints
		}
		h := openOn(t, e)
		proxied, _, _ := h.logIn(0, 0)
		server, _, _ := logIn(t, e.Addr, "root", "", h.db, 0, 0)
		for _, q := range []string{"BEGIN", "SAVEPOINT a", "SAVEPOINT b", "SAVEPOINT A", "ROLLBACK TO SAVEPOINT b", "ROLLBACK TO a", "SAVEPOINT a", "RELEASE SAVEPOINT b",
			"RELEASE SAVEPOINT a", "SAVEPOINT `a b`", "ROLLBACK WORK TO `A B`", "COMMIT", "BEGIN", "ROLLBACK TO `a b`", "SAVEPOINT c", "ROLLBACK", "BEGIN", "RELEASE SAVEPOINT c",
			"SAVEPOINT c", "BEGIN", "ROLLBACK TO c", "COMMIT", "SAVEPOINT 'a'", "-- nothing", "/* nothing */", "SET sql_mode = 'ANSI_QUOTES'", "BEGIN", "COMMIT", "SET sql_mode = ''"} {
			if e.Family == askwire.TiDB && (strings.Contains(q, "nothing") || strings.Contains(q, "WORK TO")) {
				continue // no statement, and no syntax, to TiDB
			}
			var said [2]string
			for i, c := range []*rawClient{server, proxied} {
				c.command(t, wire.COM_QUERY, []byte(q))
				p := c.read(t)
				if p[0] == 0xff {
					said[i] = fmt.Sprintf("error %d %s", int(p[1])|int(p[2])<<8, p[4:9])
					continue
				}
				_, st := tracked(p)
				said[i] = fmt.Sprintf("status %#x", st)
			}
			if said[0] != said[1] {
				t.Errorf("%s: the server says %s, askwire %s", q, said[0], said[1])
			}
		}
	})
}

// Rows that a LIMIT has cut off are not counted, and it is not said that they were.
func TestFoundRows(t *testing.T) {
	h := open(t)
	c := h.conn()
	for _, tt := range []struct {
		query string
		want  int // error of FOUND_ROWS()
	}{
		{"SELECT id FROM orders LIMIT 2", 0},
		{"SELECT SQL_CALC_FOUND_ROWS id FROM orders", 0},
		{"SELECT SQL_CALC_FOUND_ROWS id FROM orders LIMIT 2", 1235},
		{"SELECT SQL_CALC_FOUND_ROWS id FROM orders WHERE id > ? LIMIT 2", 1235},
		{"SELECT id FROM orders WHERE id > ? LIMIT 2", 0},
	} {
		var args []any
		if strings.Contains(tt.query, "?") {
			args = append(args, 0)
		}
		table(t, c, tt.query, args...)
		if got := number(t, c, "SELECT FOUND_ROWS()"); got != tt.want {
			t.Errorf("behind %s: error %d, want %d", tt.query, got, tt.want)
		}
	}
}
