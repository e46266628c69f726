package proxy

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
	"github.com/askwire/askwire/proxy/wire"
)

// result runs a statement in the text protocol and returns its definitions and its first row.
func (r *rawClient) result(t testing.TB, q string) (columns []wire.Column, row []string) {
	t.Helper()
	r.command(t, wire.COM_QUERY, []byte(q))
	p := r.read(t)
	if p[0] == 0xff {
		t.Fatalf("%s: %s", q, p)
	}
	if p[0] == 0 {
		return nil, nil
	}
	columns = r.columns(t, int(p[0]))
	for {
		p = r.read(t)
		if p[0] == 0xfe && len(p) < 1<<16 && len(p) < 64 { // one end: go-sql-driver has agreed on CLIENT_DEPRECATE_EOF
			return columns, row
		}
		for rest := p; len(rest) > 0 && len(row) < len(columns); {
			if rest[0] == 0xfb {
				row, rest = append(row, "NULL"), rest[1:]
				continue
			}
			n := int(rest[0])
			rest = rest[1:]
			if n == 0xfc {
				n, rest = int(binary.LittleEndian.Uint16(rest)), rest[2:]
			}
			row, rest = append(row, string(rest[:n])), rest[n:]
		}
	}
}

// typesOf prints definitions, and lengths that follow the value as such.
func typesOf(columns []wire.Column, row []string) string {
	var b strings.Builder
	for i, c := range columns {
		length := fmt.Sprint(c.Length)
		if i < len(row) {
			if n := uint32(len([]rune(row[i]))); n > 2 && c.Length%n == 0 && c.Length/n <= 4 {
				length = fmt.Sprint(c.Length/n, " a character")
			}
		}
		fmt.Fprintf(&b, "%s type %#x length %s flags %#x collation %d decimals %d\n", c.Name, byte(c.Type), length, c.Flags, c.Collation, c.Decimals)
	}
	return b.String()
}

// TestProbesAreDescribedAsTheServerDescribesThem: values of the session have the proxy's values, and the server's own types.
func TestProbesAreDescribedAsTheServerDescribesThem(t *testing.T) {
	common := []string{"SELECT VERSION()", "SELECT @@version", "select @@version_comment limit 1", "SELECT DATABASE()", "SELECT USER(), CURRENT_USER() AS me, SESSION_USER()",
		"SELECT CONNECTION_ID()", "SELECT @@session.autocommit, @@global.autocommit, @@sql_mode", "SELECT @@max_allowed_packet, @@wait_timeout, @@net_write_timeout",
		"SELECT @@character_set_client, @@collation_connection, @@time_zone, @@system_time_zone", "SELECT @@lower_case_table_names, @@license, @@init_connect",
		"SELECT @@sql_select_limit, @@div_precision_increment, @@sql_safe_updates", "SELECT LAST_INSERT_ID(), ROW_COUNT()", "SELECT FOUND_ROWS()",
		"SELECT @i, @s, @n, @d, @never", "SELECT @@version, 'a literal', 17, 2.50, NULL", "SELECT @@warning_count, @@error_count", "SELECT CURRENT_ROLE()",
		"SELECT @@local_infile, @@sql_notes, @@foreign_key_checks, @@lc_messages, @@group_concat_max_len"}
	some := map[engine.Kind][]string{
		engine.MariaDB: {"SELECT @@tx_isolation, @@tx_read_only", "SELECT @@max_statement_time", "SELECT @@query_cache_type, @@query_cache_size, @@have_ssl"},
		engine.MySQL:   {"SELECT @@transaction_isolation, @@transaction_read_only", "SELECT @@max_execution_time", "SELECT @@session_track_transaction_info"},
		engine.TiDB:    {"SELECT @@transaction_isolation"},
	}
	for _, kind := range []engine.Kind{engine.MariaDB, engine.MySQL, engine.TiDB} {
		t.Run(string(kind), func(t *testing.T) {
			h := openOn(t, enginetest.Get(t, kind))
			c, direct := h.raw(), h.rawOn("root", "", h.engine.Addr)
			for _, q := range []string{"SET @i = 1", "SET @s = 'text'", "SET @n = NULL", "SET @d = 1.50"} {
				c.query(t, q)
				direct.query(t, q)
			}
			for _, q := range slices.Concat(common, some[kind]) {
				if kind == engine.TiDB && (q == "SELECT DATABASE()" || strings.Contains(q, "@never")) {
					continue // it describes constants, and with them its user variables and an unset database, by their values
				}
				columns, row := c.result(t, q)
				want, wantRow := direct.result(t, q)
				if got, want := typesOf(columns, row), typesOf(want, wantRow); got != want {
					t.Errorf("%s\ngot\n%swant\n%s", q, got, want)
				}
				id, _, announced := c.definitions(t, q)
				if got, want := typesOf(announced, row), typesOf(columns, row); got != want {
					t.Errorf("%s is announced as\n%swant\n%s", q, got, want)
				}
				c.command(t, wire.COM_STMT_EXECUTE, append(slices.Clone(id), 0, 1, 0, 0, 0))
				if p := c.read(t); int(p[0]) != len(columns) {
					t.Fatalf("%s: EXECUTE: % x", q, p)
				}
				c.columns(t, len(columns))
				p := c.read(t)
				if p[0] != 0 {
					t.Fatalf("%s: a binary row: % x", q, p)
				}
				if end := c.read(t); end[0] != 0xfe {
					t.Errorf("%s: behind the row: % x", q, end)
				}
			}
		})
	}
}

// TestSessionValuesInSelects: values of the session that stand in a SELECT of a table, as literals in what is sent, are described as the server
// describes its own.
func TestSessionValuesInSelects(t *testing.T) {
	for _, kind := range []engine.Kind{engine.MariaDB, engine.MariaDB11, engine.MySQL} {
		t.Run(string(kind), func(t *testing.T) {
			h := openOn(t, enginetest.Get(t, kind))
			c, direct := h.raw(), h.rawOn("root", "", h.engine.Addr)
			for _, r := range []*rawClient{c, direct} {
				r.query(t, "USE "+h.db)
			}
			q := "SELECT id, CONNECTION_ID(), DATABASE() AS db, USER(), @@sql_mode, @@autocommit AS a, @@session.wait_timeout, note FROM orders"
			got, row := c.result(t, q)
			want, _ := direct.result(t, q)
			if got, want := typesOf(got, nil), typesOf(want, nil); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
			if row[2] != h.db || row[5] != "1" {
				t.Errorf("values %q", row)
			}
			_, _, got = c.definitions(t, q)
			_, _, want = direct.definitions(t, q)
			if got, want := typesOf(got, nil), typesOf(want, nil); got != want {
				t.Errorf("announced\n%swant\n%s", got, want)
			}
			db := h.conn()
			if got := table(t, db, "SELECT @@autocommit, DATABASE(), CONNECTION_ID() > 0 FROM customers WHERE id = ?", 1); !strings.HasSuffix(got, "\n1|"+h.db+"|1") {
				t.Errorf("prepared: %s", got)
			}
		})
	}
}
