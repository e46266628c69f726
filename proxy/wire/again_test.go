package wire

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// clientGets is what a client gets for a statement, to the byte, or the server's error. Warnings are told as the session does.
func clientGets(t *testing.T, b *Backend, st guard.Statement, send func() error) string {
	t.Helper()
	client := &replay{in: bytes.NewReader(nil)}
	c := NewConn(client)
	c.SetCapabilities(CLIENT_PROTOCOL_41)
	if err := send(); err != nil {
		t.Fatal(err)
	}
	res, err := b.Relay(t.Context(), c, RelayOptions{})
	if err != nil {
		t.Fatal(err, errors.Unwrap(err))
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	if res.Warnings > 0 {
		b.NotAgain(st)
	}
	return fmt.Sprintf("%v %q", res.ServerError, client.out.String())
}

func (a *again) keeps(text string) bool {
	return slices.ContainsFunc(a.kept[:], func(x *seen) bool { return x != nil && x.key.text == text })
}

// A statement that comes again and again is answered as by its text: definitions, rows, status, warnings and errors.
func TestQueryAgain(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, s *enginetest.Server) {
		db := s.NewDatabase(t)
		direct := s.Open(t, db)
		exec := func(queries ...string) {
			t.Helper()
			for _, q := range queries {
				if _, err := direct.ExecContext(t.Context(), q); err != nil {
					t.Fatalf("%s: %v", q, err)
				}
			}
		}
		exec(`CREATE TABLE v (id INT PRIMARY KEY, a TINYINT, b SMALLINT UNSIGNED, c MEDIUMINT, d BIGINT UNSIGNED, e FLOAT, f DOUBLE,
				g DECIMAL(20,6), h DATE, i DATETIME, j DATETIME(3), k TIME, l TIME(6), m YEAR, n CHAR(5), o VARCHAR(20), p TEXT,
				q BLOB, r ENUM('x','y'), s VARBINARY(4), t TIMESTAMP NULL, u BIT(9), KEY (o))`,
			`INSERT INTO v VALUES (1, -128, 65535, -8388608, 18446744073709551615, 1.5, -2.25e-7, 1234567.890123, '2026-11-22',
				'2026-11-22 01:02:03', '2026-11-22 01:02:03.456', '-838:59:58', '01:02:03.000004', 2026, 'ab', '한국', 'text',
				'bl', 'y', 'bin', '2026-01-02 03:04:05', b'101')`,
			`INSERT INTO v (id, e, f) VALUES (4, 16777216, 1e20), (5, 0.1, 123456789012345680), (6, 3.4e38, 1e15), (7, 1e-20, 1e-16)`,
			`INSERT INTO v (id, o) VALUES (8, 'it''s')`)
		b, err := dialBackend(t.Context(), ptr(backendOf(t, s.DSNOf(db))), Address{"tcp", s.Addr})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		b.Pinned = "as it is"
		same := func(texts ...string) {
			t.Helper()
			for _, text := range texts {
				st := admitted(text)
				want := clientGets(t, b, st, func() error { return b.Query(st) })
				for i := range keepAfter + 3 {
					if got := clientGets(t, b, st, func() error { return b.QueryAgain(t.Context(), st) }); got != want {
						t.Fatalf("%s, for time %d (kept: %v)\n%s, as text\n%s", text, i+1, b.again.keeps(text), got, want)
					}
				}
			}
		}
		texts := []string{
			"SELECT * FROM v ORDER BY id",
			"SELECT v.id AS `한국`, v.o FROM " + db + ".v WHERE v.o = 'it''s' LIMIT 3",
			"SELECT id, CONCAT(LEFT(o, 1), REPEAT('*', GREATEST(CHAR_LENGTH(o) - 2, 0)), RIGHT(o, 1)) AS o, NULL AS p FROM v WHERE id = 8 LIMIT 10001",
			"SELECT COUNT(*), SUM(a), AVG(g), MIN(h), MAX(j), GROUP_CONCAT(o ORDER BY id) FROM v",
			"SELECT o, COUNT(*) AS n, SUM(f) FROM v GROUP BY o HAVING COUNT(*) > 0 ORDER BY n DESC, o LIMIT 5 OFFSET 1",
			"SELECT x.id, y.id, x.g * 1.5, x.a / 3, x.h + INTERVAL 1 MONTH FROM v x LEFT JOIN v y ON y.id = x.id + 4 ORDER BY x.id",
			"SELECT DISTINCT DATE_FORMAT(i, '%Y-%m'), EXTRACT(YEAR FROM h), CASE WHEN a < 0 THEN 'under' ELSE '한국어' END FROM v ORDER BY 1, 2",
			"SELECT 1, 'x', 1.50, 18446744073709551615, NULL, DATE '2026-01-02', COALESCE(NULL, 'é')",
			"SELECT id FROM v WHERE id IN (1, 2, 3, 8) AND o LIKE '%s' OR h BETWEEN '2026-01-01' AND '2026-12-31' ORDER BY id",
			"SELECT id FROM v WHERE id < 0",
		}
		same(texts...)
		if s.Kind != engine.Embedded { // which reads nothing that is cheaper to keep, and may refuse
			for _, text := range texts {
				if !b.again.keeps(text) && (s.Kind != engine.TiDB || strings.Contains(text, "FROM")) { // it warns of one without a table
					t.Errorf("not kept: %s", text)
				}
			}
		}
		same("SELECT nothing FROM v", "SELECT CAST('abc' AS SIGNED), CAST(CONCAT(id, 'x') AS SIGNED) FROM v ORDER BY id", "SELECT id FROM v WHERE h > 'no date' ORDER BY id",
			`SELECT 'a\\b'`, "SELECT id FROM (SELECT id FROM v) x ORDER BY id")

		limits := map[askwire.Family]string{askwire.MariaDB: "SET SESSION max_statement_time = 0.3", askwire.MySQL: "SET SESSION max_execution_time = 300", askwire.TiDB: "SET SESSION max_execution_time = 300"}
		if limit := limits[s.Kind.Family()]; limit != "" {
			if _, err := b.Exec(t.Context(), admitted(limit)); err != nil {
				t.Fatal(err)
			}
			b.Pinned = "with a limit"
			same("SELECT SUM(a.id + j.id) FROM v a, v b, v c, v d, v e, v f, v g, v h, v i, v j") // 60 million rows
			if _, err := b.Exec(t.Context(), admitted(strings.Replace(strings.Replace(limit, "0.3", "0", 1), " 300", " 0", 1))); err != nil {
				t.Fatal(err)
			}
		}
		b.Pinned = "otherwise" // what was kept before stays apart
		same(texts[1])
		exec("ALTER TABLE v MODIFY o VARCHAR(40), ADD COLUMN w INT DEFAULT 7")
		same(texts...)
		exec("UPDATE v SET o = 'new' WHERE id = 8", "INSERT INTO v (id, o) VALUES (9, 'more')")
		same(texts...)
		for round := range 2 { // more than are kept, so that their numbers are given again
			for i := range maxKept + 8 {
				st := admitted(fmt.Sprintf("SELECT %d AS n FROM v WHERE id = 1", i))
				for range keepAfter + 2 {
					if got, want := clientGets(t, b, st, func() error { return b.QueryAgain(t.Context(), st) }), fmt.Sprintf("%q", fmt.Sprint(i)); !strings.Contains(got, strings.Trim(want, `"`)) {
						t.Fatalf("round %d, statement %d: %s", round, i, got)
					}
				}
				same(st.Text())
			}
		}
		if err := b.Reset(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.Pinned = "otherwise"
		same(texts[1])
		if n := len(b.again.seen); n > maxSeen {
			t.Errorf("%d texts are counted", n)
		}
	})
}

// What reaches the server, where it keeps a statement and where it does not.
func TestQueryAgainSends(t *testing.T) {
	var refuse, hang atomic.Bool
	s := newScripted(t, func(c *Conn, cmd Command, text string) error {
		switch {
		case cmd == COM_QUIT || hang.Load() && strings.HasPrefix(text, "PREPARE"):
			return errHangUp
		case refuse.Load() && strings.HasPrefix(text, "PREPARE"):
			return errors.Join(c.WriteError(&ServerError{Number: 1295, State: "HY000", Message: "not here"}), c.Flush())
		}
		return errors.Join(c.WriteOK(OK{}), c.Flush())
	})
	ask := func(b *Backend, times int) error {
		for range times {
			if err := b.QueryAgain(t.Context(), admitted("SELECT 'it''s'")); err != nil {
				return err
			}
			if _, _, err := b.Collect(t.Context(), 1, 1); err != nil {
				return err
			}
		}
		return nil
	}
	const text, keep = "SELECT 'it''s'", "PREPARE askwire_0 FROM 'SELECT ''it''''s'''"
	for _, c := range []struct {
		name         string
		refuse, hang bool
		pinned       any
		want         []string
	}{
		{"Kept", false, false, 1, []string{text, text, text, keep, "EXECUTE askwire_0", "EXECUTE askwire_0"}},
		{"Refused", true, false, 1, []string{text, text, text, keep, text, text}},
		{"NotPinned", false, false, nil, []string{text, text, text, text, text}},
		{"Lost", false, true, 1, []string{text, text, text, keep}},
	} {
		t.Run(c.name, func(t *testing.T) {
			refuse.Store(c.refuse)
			hang.Store(c.hang)
			before := len(s.queries())
			b := s.dial(t)
			b.Pinned = c.pinned
			err := ask(b, keepAfter+2)
			if lost := err != nil; lost != c.hang || lost && !b.Unsent() {
				t.Errorf("error %v, unsent: %v", err, b.Unsent())
			}
			var got []string
			for _, q := range s.queries()[before:] {
				if _, sent, ok := strings.Cut(q, " COM_QUERY "); ok {
					got = append(got, sent)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("sent\n%s, want\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}
