package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
)

func TestRetain(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		o := options(t, e.DSN, e.NewDatabase(t))
		now := o.Clock()
		o.Retain = 24 * time.Hour
		s := start(t, o)
		ready(t, s)
		for i, age := range []time.Duration{time.Hour, 23 * time.Hour, 25 * time.Hour, 1000 * time.Hour} {
			r := record(fmt.Sprint("q", i))
			r.At = now.Add(-age)
			if err := s.Begin(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		db := e.Open(t, o.Schema)
		for _, q := range []string{
			"INSERT INTO feedback (query_id, `user`, given_at, good, note) VALUES ('q1', 'ana', ?, 1, ''), ('q2', 'ana', ?, 1, '')",
			"INSERT INTO verify_candidates (id, profile, backend, database_name, question, statement, asked, users, last_at) VALUES ('q1', '', '', '', '', '', 3, 1, ?), ('q2', '', '', '', '', '', 3, 1, ?)",
		} {
			if _, err := db.ExecContext(t.Context(), q, now, now.Add(-25*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		old := savedBy("ana", "old")
		old.SavedAt = now.Add(-1000 * time.Hour)
		if err := s.Save(t.Context(), old); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Expire(t.Context()); err != nil { // how many is not known: the store's own round may have come first
			t.Fatal(err)
		}
		if n := count(t, db, "SELECT COUNT(*) FROM query_log WHERE id IN ('q0', 'q1')"); n != 2 {
			t.Errorf("%d of 2 young records are left", n)
		}
		if n := count(t, db, "SELECT COUNT(*) FROM query_log"); n != 2 {
			t.Errorf("%d records are left", n)
		}
		for _, table := range []string{"feedback", "verify_candidates", "questions"} {
			if n := count(t, db, "SELECT COUNT(*) FROM "+table); n != 1 {
				t.Errorf("%d rows are left in %s", n, table)
			}
		}
	})
}

func TestDraft(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		o := options(t, e.DSN, e.NewDatabase(t))
		one := start(t, o)
		ready(t, one)
		one.Finish(t.Context(), record("q1"))
		shut(t, one)
		other := start(t, o) // another proxy: it has only the server's records
		ready(t, other)
		for name, s := range map[string]*Store{"SameProxy": one, "OtherProxy": other} {
			t.Run(name, func(t *testing.T) {
				r, err := s.Asked(t.Context(), "ana", "Q1")
				if err != nil || r.Draft != "SELECT 1" || r.Question != "서울 고객의 주문은?" || r.Trust != askwire.Generated {
					t.Errorf("asked %+v, %v", r, err)
				}
				if _, err := s.Asked(t.Context(), "eve", "q1"); askwire.CodeOf(err) != askwire.UnknownStatement {
					t.Errorf("somebody else's draft: %v", err)
				}
				if _, err := s.Asked(t.Context(), "Ana", "q1"); askwire.CodeOf(err) != askwire.UnknownStatement {
					t.Errorf("a principal whose name differs in case: %v", err)
				}
			})
		}
		if _, err := other.Asked(t.Context(), "ana", "nothere"); askwire.CodeOf(err) != askwire.UnknownStatement {
			t.Errorf("an id that does not exist: %v", err)
		}
	})
}

// TestRedact looks for the secret values everywhere in the stored rows.
func TestRedact(t *testing.T) {
	e := enginetest.Get(t, "mariadb")
	o := options(t, e.DSN, e.NewDatabase(t))
	o.Redact = []string{"shop.customers.Phone"}
	s := start(t, o)
	ready(t, s)
	r := record("q1")
	r.Question = "전화번호가 010-1234-5678인 고객은?"
	if err := s.Begin(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	db := e.Open(t, o.Schema)
	if n := count(t, db, "SELECT COUNT(*) FROM query_log WHERE question LIKE '%5678%'"); n != 0 {
		t.Error("the intent record holds the value")
	}
	r.Draft = "SELECT * FROM customers c WHERE c.phone = '010-1234-5678' AND note = \"it's 010-1234-5678\" -- 5678"
	r.Statement = r.Draft + " LIMIT 11"
	r.Error = "Incorrect value: '010-1234-5678'"
	s.Finish(t.Context(), r)
	s.ModelCall(t.Context(), &askwire.ModelCall{QueryID: "q1", User: "ana", Question: r.Question, Prompt: "phone varchar; " + r.Question,
		Response: `{"sql": "SELECT 1 FROM customers WHERE phone = '010-1234-5678'"}`})
	plain := record("q2")
	plain.Draft, plain.Statement = "", "SELECT * FROM orders WHERE id = 42"
	s.Finish(t.Context(), plain)
	if r, err := s.Asked(t.Context(), "ana", "q1"); err != nil || !strings.Contains(r.Draft, "5678") {
		t.Errorf("the draft lost its values while its principal is here: %+v, %v", r, err)
	}
	shut(t, s)

	for _, column := range []string{"question", "draft", "statement", "error"} {
		if n := count(t, db, "SELECT COUNT(*) FROM query_log WHERE "+column+" LIKE '%5678%'"); n != 0 {
			t.Errorf("query_log.%s holds the value", column)
		}
	}
	for _, column := range []string{"question", "prompt", "response"} {
		if n := count(t, db, "SELECT COUNT(*) FROM llm_log WHERE "+column+" LIKE '%5678%'"); n != 0 {
			t.Errorf("llm_log.%s holds the value", column)
		}
	}
	if n := count(t, db, "SELECT COUNT(*) FROM query_log WHERE id = 'q2' AND statement LIKE '%id = 42' AND redacted = 0"); n != 1 {
		t.Error("a statement without the column was changed")
	}
	next := start(t, o)
	ready(t, next)
	if _, err := next.Asked(t.Context(), "ana", "q1"); askwire.CodeOf(err) != askwire.StaleQuestion {
		t.Errorf("a redacted draft: %v", err)
	}
}

func TestMaskSQL(t *testing.T) {
	for in, want := range map[string]string{
		"SELECT `a1`, b2 FROM t3 WHERE x = 'it''s' AND y IN (1, -2.5, 0xFF, 1e9)": "SELECT `a1`, b2 FROM t3 WHERE x = ? AND y IN (?, -?, ?, ?)",
		`SELECT 'a\'b', "q" # 12`:                  "SELECT ?, ? ",
		"SELECT /* 7 */ x FROM t -- 8\nWHERE z=.5": "SELECT  x FROM t \nWHERE z=.?",
		"SELECT 'open":                             "SELECT ?",
		"SELECT 이름1 FROM 표 WHERE 값 = '비밀'":         "SELECT 이름1 FROM 표 WHERE 값 = ?",
	} {
		if got := maskSQL(in); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", in, got, want)
		}
	}
}

func TestClip(t *testing.T) {
	for _, in := range []string{"", "가나다", strings.Repeat("가", 100), "a\xffb\x00c", strings.Repeat("\xff", 300)} {
		got := clip(in, 100)
		if len(got) > 100 || strings.ContainsRune(got, 0) || strings.ToValidUTF8(got, "!") != got {
			t.Errorf("%q became %q", in, got)
		}
		if len(strings.ToValidUTF8(in, "\uFFFD")) > 100 && !strings.Contains(got, cutMark) {
			t.Errorf("%q does not say that it was cut", got)
		}
	}
	if got := short("가나다라", 2); got != "가나" {
		t.Errorf("short: %q", got)
	}
}

func FuzzMask(f *testing.F) {
	f.Add("SELECT 'a' FROM t WHERE x = 5 -- c")
	f.Add("\"\\")
	f.Fuzz(func(t *testing.T, in string) {
		masked := maskSQL(in)
		for i := 0; i < len(masked); i++ {
			if masked[i] == '\'' || masked[i] == '"' {
				if !strings.Contains(masked, "`") {
					t.Fatalf("%q: a quote is left in %q", in, masked)
				}
			}
		}
		maskWords(in)
	})
}
