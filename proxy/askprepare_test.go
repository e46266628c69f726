package proxy

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
	"github.com/askwire/askwire/proxy/wire"
)

// definitions prepares a statement and returns what was announced of it.
func (r *rawClient) definitions(t testing.TB, q string) (id []byte, params int, columns []wire.Column) {
	t.Helper()
	r.command(t, wire.COM_STMT_PREPARE, []byte(q))
	p := slices.Clone(r.read(t))
	if p[0] != 0 {
		t.Fatalf("%s: %s", q, p)
	}
	params = int(binary.LittleEndian.Uint16(p[7:]))
	for range params {
		r.read(t)
	}
	return p[1:5], params, r.columns(t, int(binary.LittleEndian.Uint16(p[5:])))
}

func (r *rawClient) columns(t testing.TB, n int) []wire.Column {
	t.Helper()
	out := make([]wire.Column, n)
	for i := range out {
		var err error
		if out[i], err = wire.ParseColumn(r.read(t)); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// described prints what a driver reads of definitions.
func described(columns []wire.Column) string {
	var b strings.Builder
	for _, c := range columns {
		fmt.Fprintf(&b, "%s.%s %s %d %d %d\n", c.Table, c.Name, c.TypeName(), c.Length, c.Decimals, c.Collation)
	}
	return b.String()
}

// What a PREPARE of a question announces is what its EXECUTE sends, with types that only the backend knows.
func TestPreparedQuestionIsDescribed(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		h := openOn(t, e)
		h.ask("all", "SELECT o.*, o.total * 2 AS twice, c.name FROM orders o JOIN customers c ON c.id = o.customer_id ORDER BY o.id")
		raw := h.raw()
		for q, want := range map[string]int{
			"ASK 'all'": 8, "ASK 'all' USING summary = 'off'": 7, "SELECT ASK('all')": 1, "ASK SQL 'all'": 4, "EXPLAIN ASK 'all'": 2,
			"ASK PROMPT 'all'": 1, "ASK TABLES 'all'": 5, "CALL askwire.ask('all')": 8,
		} {
			id, params, announced := raw.definitions(t, q)
			if params != 0 || len(announced) != want {
				t.Errorf("%s: %d parameters, %d columns announced: %s", q, params, len(announced), described(announced))
			}
			raw.command(t, wire.COM_STMT_EXECUTE, append(id, 0, 1, 0, 0, 0))
			p := raw.read(t)
			if p[0] == 0xff {
				t.Fatalf("%s: %s", q, p)
			}
			if sent := described(raw.columns(t, int(p[0]))); sent != described(announced) {
				t.Errorf("%s\nannounced\n%ssent\n%s", q, described(announced), sent)
			}
			if rows, _, message := raw.rows(t); message != "" || len(rows) == 0 {
				t.Errorf("%s: %d rows, %s", q, len(rows), message)
			}
		}
		for q, params := range map[string]int{"ASK ?": 1, "ASK 'all' USING limit = ?": 1, "ASK MORE 'all'": 0} {
			if _, n, columns := raw.definitions(t, q); n != params || len(columns) != 0 {
				t.Errorf("%s: %d parameters, columns %s", q, n, described(columns))
			}
		}
	})
}

func TestPreparedQuestionWithParameters(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		h := openOn(t, e)
		h.ask("orders of customer :pa since :pb", "SELECT id, total, at FROM orders WHERE customer_id = :pa AND at >= :pb ORDER BY id")
		h.ask("고객 :pa의 주문 :pb건", "SELECT id, total FROM orders WHERE customer_id = :pa ORDER BY id LIMIT :pb")
		db := h.client()
		st, err := db.PrepareContext(t.Context(), "ASK 'orders of customer ? since ?'")
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		since := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		for _, c := range []struct {
			customer, since any
			want            string
		}{
			{1, since, "id|total|at|summary\n1|10.50|2026-01-01 10:00:00|2 rows, complete true\n2|20.25|2026-01-02 11:00:00|NULL"},
			{"1", "2026-01-02 00:00:00", "id|total|at|summary\n2|20.25|2026-01-02 11:00:00|1 rows, complete true"},
			{int64(3), since, "id|total|at|summary\n4|7.75|2026-02-01 00:00:00|1 rows, complete true"},
			{nil, since, "id|total|at|summary"},
			{"1' OR '1'='1", since.AddDate(1, 0, 0), "id|total|at|summary"},
		} {
			if got := table(t, stmtQuerier{st}, "", c.customer, c.since); got != c.want {
				t.Errorf("%v, %v: got %s", c.customer, c.since, got)
			}
		}
		if got := table(t, db, "ASK '고객 ?의 주문 ?건' USING summary = ?", 1, 1, "off"); got != "id|total\n1|10.50" {
			t.Errorf("markers within and behind the question: %s", got)
		}
		// No value is in the question, the SQL, or the history.
		h.rec.mu.Lock()
		defer h.rec.mu.Unlock()
		for _, r := range append(h.rec.begun, h.rec.done...) {
			if r.Error != "" {
				t.Errorf("%s failed: %s", r.Question, r.Error)
			}
			if all := fmt.Sprintf("%+v", r); strings.Contains(all, "OR '1'") || strings.Contains(all, "2026-01-02 00") || !strings.Contains(r.Statement, "?") {
				t.Errorf("recorded: %s", all)
			}
		}
		if n := len(h.rec.done); n != 7 || h.rec.done[0].Kind != "prepare" || h.rec.done[0].Question != "orders of customer ? since ?" || h.rec.done[1].Kind != "ask" {
			t.Errorf("%d records", n)
		}
	})
}

func TestPreparedQuestionRefusals(t *testing.T) {
	h := open(t)
	h.ask("orders of :pa", "SELECT id FROM orders WHERE customer_id = :pa")
	h.ask("denied :pa", "SELECT ssn FROM customers WHERE id = :pa")
	db := h.client()
	for q, want := range map[string]int{
		"ASK 'orders of ?'": 1064, "ASK orders of ?": 1064, "ASK NARRATE 'orders of ?'": 1235, "ASK MORE 'of ?'": 1235, "ASK SQL 'orders of ?'": 1235,
		"ASK '" + strings.Repeat("? ", 101) + "'": 50305,
	} {
		if got := number(t, db, q); got != want {
			t.Errorf("%s: error %d, want %d", q, got, want)
		}
	}
	if got := number(t, db, "ASK ?", "orders of ?"); got != 1064 {
		t.Errorf("a marker within the value of a marker: error %d", got)
	}
	for q, want := range map[string]int{"ASK 'denied ?'": 1143, "ASK 'unknown'": 50301, "ASK NARRATE 'orders of ?'": 1235, "ASK MORE 'of ?'": 1235} {
		if _, err := db.PrepareContext(t.Context(), q); errNumber(err) != want {
			t.Errorf("PREPARE of %s: %v, want %d", q, err, want)
		}
	}
	if got := table(t, db, "ASK PROMPT 'orders of ?'"); got != "prompt\nprompt for orders of :pa" {
		t.Errorf("ASK PROMPT: %s", got)
	}
	if got := table(t, db, "EXPLAIN ASK 'orders of ?'"); !strings.Contains(got, "question|orders of ?\n") || !strings.Contains(got, "`customer_id` = ?") && !strings.Contains(got, "customer_id`=?") {
		t.Errorf("EXPLAIN ASK: %s", got)
	}
	// A policy that changes binds the statement at its next execute.
	st, err := db.PrepareContext(t.Context(), "ASK 'orders of ?'")
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	table(t, stmtQuerier{st}, "", 1)
	h.dir.change(func() {
		p := *h.dir.profiles["customer"]
		p.Tables = []string{h.db + ".customers"}
		h.dir.profiles = map[string]*askwire.Profile{"customer": &p}
	})
	if got := number(t, stmtQuerier{st}, "", 1); got != 1142 && got != 1146 {
		t.Errorf("after the table was taken away: error %d", got)
	}
}

// What equals a parameter's value is not shown to the model that words the summary.
func TestPreparedQuestionSample(t *testing.T) {
	h := open(t)
	h.ask("orders of :pa above :pb", "SELECT id, customer_id, total, note FROM orders WHERE customer_id = :pa AND total > :pb ORDER BY id")
	if got := table(t, h.conn(), "ASK 'orders of ? above ?'", 1, 10.5); !strings.HasPrefix(got, "id|customer_id|total|note|summary\n2|1|20.25|NULL|") {
		t.Errorf("got %s", got)
	}
	h.asker.mu.Lock()
	defer h.asker.mu.Unlock()
	if r := h.asker.samples[0].Rows[0]; *r[0] != "2" || *r[1] != "?" || *r[2] != "20.25" || r[3] != nil {
		t.Errorf("the sample: %q %q %q", *r[0], *r[1], *r[2])
	}
}
