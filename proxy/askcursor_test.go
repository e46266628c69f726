package proxy

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
	"github.com/askwire/askwire/proxy/wire"
)

// eachWithCursors runs a test on every engine that opens cursors for the proxy.
func eachWithCursors(t *testing.T, test func(t *testing.T, e *enginetest.Server)) {
	for _, kind := range []engine.Kind{engine.MariaDB, engine.MariaDB11, engine.MySQL, engine.TiDB} {
		t.Run(string(kind), func(t *testing.T) { test(t, enginetest.Get(t, kind)) })
	}
}

// all fetches n rows at a time until the last has come, and gives how often.
func (r *rawClient) all(t testing.TB, id []byte, n uint32) (rows []string, fetches int) {
	t.Helper()
	for {
		some, st, message := r.fetch(t, id, n)
		if message != "" || len(some) > int(n) {
			t.Fatalf("fetch: %d rows, %s", len(some), message)
		}
		rows, fetches = append(rows, some...), fetches+1
		if st&wire.SERVER_STATUS_LAST_ROW_SENT != 0 {
			return rows, fetches
		}
	}
}

// warned is what SHOW WARNINGS says, one line a row.
func (r *rawClient) warned(t testing.TB) string {
	t.Helper()
	r.command(t, wire.COM_QUERY, []byte("SHOW WARNINGS"))
	r.columns(t, int(r.read(t)[0]))
	rows, _, message := r.rows(t)
	if message != "" {
		t.Fatal(message)
	}
	return strings.Join(rows, "\n")
}

// summaries are the texts in the last of a row's columns, "" for NULL. Rows are of id and n, both BIGINT.
func summaries(t testing.TB, rows []string) (ids []int64, texts []string) {
	t.Helper()
	for _, row := range rows {
		if len(row) < 2+16 {
			t.Fatalf("a row of %d bytes: %q", len(row), row)
		}
		ids = append(ids, int64(binary.LittleEndian.Uint64([]byte(row[2:]))))
		text := row[2+16:]
		if null := row[1]&(1<<4) != 0; null != (text == "") {
			t.Fatalf("the bitmap and the text of %q do not agree", row)
		}
		if text != "" {
			text = text[1:]
		}
		texts = append(texts, text)
	}
	return ids, texts
}

// A question that is executed with a cursor has one, with its summary, its notes and its record.
func TestQuestionWithCursor(t *testing.T) {
	eachWithCursors(t, func(t *testing.T, e *enginetest.Server) {
		h := openOn(t, e)
		h.exec("CREATE TABLE numbers (n BIGINT PRIMARY KEY)")
		var values []string
		for i := 1; i <= 500; i++ {
			values = append(values, fmt.Sprintf("(%d)", i))
		}
		h.exec("INSERT INTO numbers VALUES " + strings.Join(values, ","))
		h.dir.change(func() {
			p := *h.dir.profiles["customer"]
			p.Tables = append(slices.Clone(p.Tables), h.db+".numbers")
			h.dir.profiles["customer"] = &p
			h.dir.snap = h.introspect()
		})
		h.ask("few", "SELECT n, n * 2 AS twice FROM numbers WHERE n <= 3 ORDER BY n")
		h.ask("many", "SELECT n, n * 2 AS twice FROM numbers ORDER BY n")
		h.ask("none", "SELECT n, n * 2 AS twice FROM numbers WHERE n < 0")
		raw := h.raw()
		for _, tc := range []struct {
			question string
			n        uint32
			fetches  int
			want     map[int]string // row → text
		}{
			{"ASK 'few'", 1, 4, map[int]string{0: "3 rows, complete true"}},
			{"ASK 'few'", 2, 2, map[int]string{0: "3 rows, complete true"}},
			{"ASK 'few'", 100, 1, map[int]string{0: "3 rows, complete true"}},
			{"ASK 'few' USING summary = 'all'", 2, 2, map[int]string{0: "3 rows, complete true", 1: "3 rows, complete true", 2: "3 rows, complete true"}},
			{"ASK 'few' USING summary = 'last'", 1, 4, map[int]string{2: "3 rows, complete true"}},
			{"ASK 'few' USING summary = 'last'", 100, 1, map[int]string{2: "3 rows, complete true"}},
			{"ASK 'many'", 7, 72, map[int]string{0: "200 rows, complete false"}},
			{"ASK 'many'", 300, 2, map[int]string{0: "200 rows, complete false"}},
			{"ASK 'many' USING summary = 'last'", 300, 2, map[int]string{499: "200 rows, complete false"}},
			{"ASK 'none'", 10, 1, nil},
		} {
			before := len(h.rec.finished())
			id := raw.prepare(t, tc.question)
			n, st := raw.executeCursor(t, id)
			if n != 0 || st&wire.SERVER_STATUS_CURSOR_EXISTS == 0 || h.lent() != 1 {
				t.Fatalf("%s: execute: %d rows, status %#x, %d connections lent", tc.question, n, st, h.lent())
			}
			rows, fetches := raw.all(t, id, tc.n)
			if fetches != tc.fetches {
				t.Errorf("%s by %d: %d fetches, want %d", tc.question, tc.n, fetches, tc.fetches)
			}
			ids, texts := summaries(t, rows)
			for i, id := range ids {
				if id != int64(i+1) || texts[i] != tc.want[i] {
					t.Errorf("%s by %d: row %d is %d, %q, want %q", tc.question, tc.n, i, id, texts[i], tc.want[i])
				}
			}
			for at := range tc.want {
				if at >= len(rows) {
					t.Errorf("%s by %d: %d rows", tc.question, tc.n, len(rows))
				}
			}
			if w := raw.warned(t); !strings.Contains(w, "askwire: id") || tc.want == nil && !strings.Contains(w, "0 rows, complete true") {
				t.Errorf("%s: SHOW WARNINGS: %s", tc.question, w)
			}
			until(t, "the connection to come back", func() bool { return h.lent() == 0 })
			done := h.rec.finished()[before:]
			i := slices.IndexFunc(done, func(r askwire.QueryRecord) bool { return r.Kind == "ask" })
			if i < 0 || done[i].Rows != int64(len(rows)) || done[i].Verdict != "allowed" {
				t.Errorf("%s: the history has %+v", tc.question, done)
			}
		}
		// The same text without a cursor, which a MySQL answers in another form where one statement has been executed in both ways.
		for _, q := range []string{"ASK 'few'", "SELECT n, n * 2 AS twice FROM numbers WHERE n <= 3 ORDER BY n"} {
			id := raw.prepare(t, q)
			if _, st := raw.executeCursor(t, id); st&wire.SERVER_STATUS_CURSOR_EXISTS == 0 {
				t.Fatalf("%s: status %#x", q, st)
			}
			raw.all(t, id, 10)
			raw.command(t, wire.COM_STMT_EXECUTE, append(slices.Clone(id), 0, 1, 0, 0, 0))
			p := raw.read(t)
			if p[0] == 0xff {
				t.Fatalf("%s: %s", q, p)
			}
			raw.columns(t, int(p[0]))
			if rows, _, message := raw.rows(t); len(rows) != 3 || message != "" {
				t.Errorf("%s: %d rows, %s", q, len(rows), message)
			}
		}
	})
}

// A question's cursor that is closed before its end is recorded with the rows that went out; rights that go end it, and so do limits.
func TestQuestionCursorEnds(t *testing.T) {
	h := open(t, func(p *askwire.Profile, _ *askwire.User) { p.Limits.Rows = 3 })
	h.ask("all", "SELECT id, customer_id * 1 AS n FROM orders ORDER BY id")
	raw := h.raw()
	id := raw.prepare(t, "ASK 'all'")
	raw.executeCursor(t, id)
	if rows, _, message := raw.fetch(t, id, 2); len(rows) != 2 || message != "" {
		t.Errorf("within the limit: %d rows, %s", len(rows), message)
	}
	if rows, _, message := raw.fetch(t, id, 2); len(rows) != 1 || !strings.HasPrefix(message, "50305 ") {
		t.Errorf("beyond the limit: %d rows, %s", len(rows), message)
	}
	until(t, "the connection to come back", func() bool { return h.lent() == 0 })
	before := len(h.rec.finished())
	raw.executeCursor(t, id)
	raw.fetch(t, id, 1)
	raw.command(t, wire.COM_STMT_RESET, id)
	if p := raw.read(t); p[0] != 0 {
		t.Errorf("COM_STMT_RESET: % x", p)
	}
	if done := h.rec.finished()[before:]; len(done) != 1 || done[0].Rows != 1 {
		t.Errorf("closed early: %+v", done)
	}
	h.endsWithRights(t, raw, id)
}

// What a server opens a cursor for has one, whoever makes the rows.
func TestOwnRowsWithCursor(t *testing.T) {
	for _, kind := range []engine.Kind{engine.MariaDB, engine.MySQL} {
		t.Run(string(kind), func(t *testing.T) {
			h := openOn(t, enginetest.Get(t, kind))
			h.ask("all", "SELECT id, note FROM orders ORDER BY id")
			c := h.raw()
			for q, want := range map[string]bool{"SHOW DATABASES": true, "SHOW COLUMNS FROM DB.orders": true, "SHOW VARIABLES LIKE 'version%'": true, "SHOW INDEX FROM DB.orders": true,
				"SHOW ENGINES": true, "SELECT @@sql_mode, DATABASE()": true, "SELECT TABLE_NAME FROM information_schema.TABLES": true,
				"SHOW CREATE TABLE DB.orders": false, "SHOW GRANTS": false} {
				n, st := c.executeCursor(t, c.prepare(t, h.withDB(q)))
				if got := st&wire.SERVER_STATUS_CURSOR_EXISTS != 0; got != want || got != (n == 0) {
					t.Errorf("%s: %d rows at once, status %#x", q, n, st)
				}
			}
			for q, want := range map[string]int{"SELECT ASK('all')": 1, "SELECT * FROM ask('all') AS q": 4, "ASK SQL 'all'": 1, "SELECT VERSION()": 1} {
				id := c.prepare(t, q)
				if n, st := c.executeCursor(t, id); n != 0 || st&wire.SERVER_STATUS_CURSOR_EXISTS == 0 {
					t.Fatalf("%s: %d rows, status %#x", q, n, st)
				}
				if rows, fetches := c.all(t, id, 1); len(rows) != want || fetches != want+1 {
					t.Errorf("%s: %d rows in %d fetches", q, len(rows), fetches)
				}
				if _, _, message := c.fetch(t, id, 1); !strings.HasPrefix(message, "1421 ") {
					t.Errorf("%s: behind the end: %s", q, message)
				}
			}
			c.command(t, wire.COM_QUIT, nil) // with cursors open
			until(t, "the connections to come back", func() bool { return h.lent() == 0 })
		})
	}
}
