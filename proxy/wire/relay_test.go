package wire

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

var framings = map[string]Capabilities{"EOF": CLIENT_DEPRECATE_EOF, "DeprecateEOF": 0}

// rowsOf reads a whole result as text.
func rowsOf(t testing.TB, db *sql.DB, query string, args ...any) ([]string, [][]string) {
	t.Helper()
	columns, rows, err := tryRows(db, query, args...)
	if err != nil {
		t.Fatalf("%.100s: %v", query, err)
	}
	return columns, rows
}

func tryRows(db *sql.DB, query string, args ...any) (columns []string, out [][]string, err error) {
	rows, err := db.Query(query, args...)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	if columns, err = rows.Columns(); err != nil {
		return nil, nil, err
	}
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			return nil, nil, err
		}
		row := make([]string, len(columns))
		for i := range values {
			switch v := (*values[i].(*any)).(type) {
			case nil:
				row[i] = "NULL"
			case []byte:
				row[i] = "'" + string(v) + "'"
			default:
				row[i] = fmt.Sprintf("%T %v", v, v)
			}
		}
		out = append(out, row)
	}
	return columns, out, rows.Err()
}

func str(s string) *string { return &s }

// Results of 1 to 40 columns with every kind of NULL pattern arrive as they are sent directly, with and without the
// appended column, in both protocols and both framings.
func TestRelayIsFaithful(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, s *enginetest.Server) {
		direct := s.DB(t)
		for framing, withhold := range framings {
			t.Run(framing, func(t *testing.T) {
				p := newMiniProxy(t, PoolConfig{Backend: backendOf(t, s.DSN)}, withhold)
				through := p.db(t, "")
				rnd := rand.New(rand.NewPCG(1, 2))
				for n := 1; n <= 40; n++ {
					query := selectOf(rnd, n, 1+rnd.IntN(4))
					for _, args := range [][]any{nil, {0}} {
						q := query
						if args != nil {
							q += " LIMIT 100 OFFSET ?"
						}
						p.set(func() RelayOptions { return RelayOptions{} })
						wantColumns, want := rowsOf(t, direct, q, args...)
						gotColumns, got := rowsOf(t, through, q, args...)
						if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(gotColumns, wantColumns) {
							t.Fatalf("%s\ngot  %v\nwant %v", q, got, want)
						}
						for _, place := range []Place{FirstRow, AllRows, LastRow} {
							var sample askwire.Sample
							p.set(func() RelayOptions {
								return RelayOptions{Append: &Append{
									Name: "summary", Place: place, Rows: 2,
									Sample: func(h *Head) (err error) { sample, err = h.Decode(); return err },
									Text:   func() *string { return str("요약 \x00 text") },
								}}
							})
							gotColumns, got = rowsOf(t, through, q, args...)
							checkAppended(t, place, gotColumns, wantColumns, got, want)
							if len(sample.Rows) != min(2, len(want)) || sample.Complete != (len(want) <= 2) {
								t.Fatalf("sample of %d rows (complete: %v) of %d", len(sample.Rows), sample.Complete, len(want))
							}
						}
					}
				}
			})
		}
	})
}

// selectOf is a SELECT of n columns; which are NULL differs from row to row.
func selectOf(rnd *rand.Rand, n, rows int) string {
	values := []string{"1", "-7", "18446744073709551615", "'x'", "''", "1.50", "1e100", "CAST('2026-11-22' AS DATE)",
		"CAST('2026-11-22 01:02:03' AS DATETIME)", "CAST('-12:34:56' AS TIME)", "REPEAT('long', 100)", "'한국어'", "NULL"}
	var b strings.Builder
	for r := range rows {
		if r > 0 {
			b.WriteString(" UNION ALL ")
		}
		b.WriteString("SELECT ")
		for i := range n {
			if i > 0 {
				b.WriteString(", ")
			}
			v := values[i%len(values)]
			if i == 0 {
				v = fmt.Sprint(r) // TiDB returns the parts of a UNION in any order
			} else if r > 0 && rnd.IntN(3) == 0 {
				v = "NULL"
			}
			fmt.Fprintf(&b, "%s AS c%d", v, i)
		}
	}
	return "SELECT * FROM (" + b.String() + ") AS q ORDER BY c0"
}

func checkAppended(t *testing.T, place Place, gotColumns, wantColumns []string, got, want [][]string) {
	t.Helper()
	if !reflect.DeepEqual(gotColumns, append(wantColumns[:len(wantColumns):len(wantColumns)], "summary")) {
		t.Fatalf("columns %v", gotColumns)
	}
	if len(got) != len(want) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i := range want {
		last := len(got[i]) - 1
		if !reflect.DeepEqual(got[i][:last], want[i]) {
			t.Fatalf("row %d: got %v, want %v", i, got[i], want[i])
		}
		text := "NULL"
		if place == AllRows || place == FirstRow && i == 0 || place == LastRow && i == len(want)-1 {
			text = "'요약 \x00 text'"
		}
		if got[i][last] != text {
			t.Fatalf("place %d, row %d of %d: text %q, want %q", place, i, len(want), got[i][last], text)
		}
	}
}

// The sample has the text protocol's text in both protocols.
func TestSampleTextIsTheSameInBothProtocols(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, s *enginetest.Server) {
		db := s.NewDatabase(t)
		direct := s.Open(t, db)
		for _, q := range []string{
			`CREATE TABLE v (id INT PRIMARY KEY, a TINYINT, b SMALLINT UNSIGNED, c MEDIUMINT, d BIGINT UNSIGNED, e FLOAT, f DOUBLE,
				g DECIMAL(20,6), h DATE, i DATETIME, j DATETIME(3), k TIME, l TIME(6), m YEAR, n CHAR(5), o VARCHAR(20), p TEXT,
				q BLOB, r ENUM('x','y'), s VARBINARY(4), t TIMESTAMP NULL, u BIT(9))`,
			`INSERT INTO v VALUES (1, -128, 65535, -8388608, 18446744073709551615, 1.5, -2.25e-7, 1234567.890123, '2026-11-22',
				'2026-11-22 01:02:03', '2026-11-22 01:02:03.456', '-838:59:58', '01:02:03.000004', 2026, 'ab', '한국', 'text',
				'bl', 'y', 'bin', '2026-01-02 03:04:05', b'101')`,
			`INSERT INTO v VALUES (2, 0, 0, 0, 0, 0, 0, 0, '1000-01-01', '2000-01-01 00:00:00', '2000-01-01 00:00:00', '00:00:01',
				'24:00:00', 1901, '', '', '', '', 'x', '', '2000-01-01 00:00:00', b'0')`,
			`INSERT INTO v (id) VALUES (3)`,
			`INSERT INTO v (id, e, f) VALUES (4, 16777216, 1e20), (5, 0.1, 123456789012345680), (6, 3.4e38, 1e15), (7, 1e-20, 1e-16),
				(8, 100000, 0.1), (9, 1234567, 999999999999999)`,
		} {
			if _, err := direct.Exec(q); err != nil {
				t.Fatal(err)
			}
		}
		b, err := dialBackend(t.Context(), ptr(backendOf(t, s.DSNOf(db))), Address{"tcp", s.Addr})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		text := admitted("SELECT * FROM v ORDER BY id")
		if err := b.Query(text); err != nil {
			t.Fatal(err)
		}
		want, _, err := b.Collect(t.Context(), 100, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		prep, err := b.Prepare(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Execute(prep, Execute{}); err != nil {
			t.Fatal(err)
		}
		got, _, err := b.CollectBinary(t.Context(), 100, 1<<20)
		if err != nil {
			t.Fatal(err, errors.Unwrap(err))
		}
		if len(want.Rows) != 9 || !want.Complete || !got.Complete {
			t.Fatalf("%d rows", len(want.Rows))
		}
		for r := range want.Rows {
			for c, w := range want.Rows[r] {
				typ := want.Types[c]
				if s.Kind == engine.TiDB && typ == "float" || s.Kind == engine.Embedded && (typ == "float" || typ == "double" || typ == "datetime") {
					continue // their text protocol prints these in ways of their own
				}
				if g := got.Rows[r][c]; (g == nil) != (w == nil) || w != nil && *g != *w {
					t.Errorf("row %d, %s %s: binary %q, text %q", r, want.Columns[c], want.Types[c], deref(g), deref(w))
				}
			}
		}
	})
}

func ptr[T any](v T) *T { return &v }

func deref(s *string) string {
	if s == nil {
		return "NULL"
	}
	return *s
}

func TestRelayManyRows(t *testing.T) {
	s := enginetest.Get(t, engine.MariaDB)
	const query = "SELECT seq, CONCAT('row ', seq), NULL FROM seq_1_to_200000"
	for framing, withhold := range framings {
		t.Run(framing, func(t *testing.T) {
			p := newMiniProxy(t, PoolConfig{Backend: backendOf(t, s.DSNOf("mysql"))}, withhold)
			db := p.db(t, "")
			for _, appended := range []bool{false, true} {
				p.set(func() RelayOptions {
					if !appended {
						return RelayOptions{}
					}
					return RelayOptions{Append: &Append{Name: "summary", Text: func() *string { return str("t") }}}
				})
				for _, args := range [][]any{nil, {200000}} {
					q := query
					if args != nil {
						q += " WHERE seq <= ?"
					}
					rows, err := db.Query(q, args...)
					if err != nil {
						t.Fatal(err)
					}
					n := 0
					for rows.Next() {
						var id int
						var name string
						var null, summary sql.NullString
						dest := []any{&id, &name, &null, &summary}
						if !appended {
							dest = dest[:3]
						}
						if err := rows.Scan(dest...); err != nil {
							t.Fatal(err)
						}
						if n++; id != n || name != fmt.Sprint("row ", n) || null.Valid || summary.Valid != (appended && n == 1) {
							t.Fatalf("row %d: %d %q %v %v", n, id, name, null, summary)
						}
					}
					if err := rows.Err(); err != nil || n != 200000 {
						t.Fatalf("%d rows, %v", n, err)
					}
					res, err := p.lastResult(t)
					if err != nil || res.Rows != 200000 || res.Bytes < 200000*10 || !res.Answered {
						t.Errorf("%+v, %v", res, err)
					}
				}
			}
		})
	}
}

// Rows whose length is around a multiple of 16,777,215 bytes are cut where MySQL cuts them.
func TestRelayHugeRows(t *testing.T) {
	s, _ := enginetest.Own(t, engine.MariaDB, "--max-allowed-packet=1G") // other tests use the shared one meanwhile
	p := newMiniProxy(t, PoolConfig{Backend: backendOf(t, s.DSNOf("mysql"))}, 0)
	db := p.db(t, "maxAllowedPacket=0")
	for _, appended := range []bool{false, true} {
		for _, base := range []int{bulkBuffer, maxPayload, 2 * maxPayload} {
			// The other columns take 12 bytes of the text row and more of the binary one, the appended text 5.
			for _, delta := range []int{-40, -19, -18, -17, -16, -14, -13, -12, -11, -10, 0} {
				if base > bulkBuffer && (!appended && delta%12 != 0 || base > maxPayload && delta%6 != 0) {
					continue
				}
				for _, args := range [][]any{nil, {0}} {
					place := []Place{FirstRow, AllRows, LastRow}[(delta+60)%3]
					p.set(func() RelayOptions {
						if !appended {
							return RelayOptions{}
						}
						return RelayOptions{Append: &Append{Name: "s", Place: place, Text: func() *string { return str("text") }}}
					})
					// 6 columns: the NULL bitmap of the binary protocol grows by a byte.
					query := fmt.Sprintf("SELECT 'a', NULL, 3, NULL, 5, REPEAT('x', %d) UNION ALL SELECT 'z', 1, 3, NULL, 5, 'y'", base+delta)
					if args != nil {
						query += " LIMIT 10 OFFSET ?"
					}
					rows, err := db.Query(query, args...)
					if err != nil {
						t.Fatal(err)
					}
					n := 0
					for rows.Next() {
						var a sql.RawBytes
						var b, c, d, e, text sql.NullString
						var x sql.RawBytes
						dest := []any{&a, &b, &c, &d, &e, &x, &text}
						if !appended {
							dest = dest[:6]
						}
						if err := rows.Scan(dest...); err != nil {
							t.Fatal(err)
						}
						n++
						wantText := appended && (n == 1 && place != LastRow || n == 2 && place != FirstRow)
						if n == 1 && (string(a) != "a" || len(x) != base+delta || strings.Trim(string(x), "x") != "" || b.Valid) ||
							n == 2 && (string(a) != "z" || string(x) != "y" || b.String != "1") || e.String != "5" || text.Valid != wantText {
							t.Fatalf("%d%+d, appended %v, place %d, row %d: %q %v %v %v %v %d bytes %v", base, delta, appended, place, n, a, b, c, d, e, len(x), text)
						}
					}
					if err := rows.Err(); err != nil || n != 2 {
						t.Fatalf("%d%+d: %d rows, %v", base, delta, n, err)
					}
					rows.Close()
				}
			}
		}
	}
}
