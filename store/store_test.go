package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

func options(t testing.TB, dsn, schema string) Options {
	return Options{
		DSN: dsn, Schema: schema, Audit: Required, AuditPlain: All, SpoolDir: t.TempDir(), retry: time.Millisecond,
		Clock: func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) },
	}
}

func start(t testing.TB, o Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, s) })
	return s
}

func shut(t testing.TB, s *Store) {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	if err := s.Close(ctx); err != nil {
		t.Error(err)
	}
}

func ready(t testing.TB, s *Store) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	if err := s.Ready(ctx); err != nil {
		t.Fatalf("%v: %v", err, errors.Unwrap(err))
	}
}

func count(t testing.TB, db *sql.DB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func record(id string) *askwire.QueryRecord {
	return &askwire.QueryRecord{
		ID: id, At: time.Date(2026, 3, 1, 11, 59, 0, 123456000, time.UTC), User: "ana", Account: "bi", Profile: "customer", ClientAddr: "127.0.0.1:5",
		Kind: "ask", Backend: "main", Database: "shop", Question: "서울 고객의 주문은?", Draft: "SELECT 1", Statement: "SELECT 1 LIMIT 11",
		Tables: []string{"shop.orders", "shop.customers"}, Verdict: "allowed", Trust: askwire.Generated, Model: "default",
		PromptDigest: "d1", Tokens: askwire.Tokens{Input: 100, Output: 20}, Rows: 3, Bytes: 99, Plan: 1500 * time.Microsecond,
		Run: time.Second, Total: 2 * time.Second,
	}
}

func TestHistory(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		schema := e.NewDatabase(t)
		db := e.DB(t)
		if _, err := db.ExecContext(t.Context(), "DROP DATABASE "+schema); err != nil {
			t.Fatal(err)
		}
		s := start(t, options(t, e.DSN, schema))
		ready(t, s)
		db = e.Open(t, schema)

		intent := record("q1")
		intent.Draft, intent.Statement, intent.Verdict, intent.Tables = "", "", "", nil
		if err := s.Begin(t.Context(), intent); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db, "SELECT COUNT(*) FROM query_log WHERE id = 'q1' AND verdict = 'begun' AND `user` = 'ana'"); n != 1 {
			t.Fatalf("%d intent records are durable after Begin", n)
		}
		s.ModelCall(t.Context(), &askwire.ModelCall{QueryID: "q1", At: intent.At, User: "ana", Profile: "customer", Stage: askwire.StageSQL,
			Model: "default", Question: intent.Question, Prompt: "프롬프트", Response: "```sql\nSELECT 1\n```",
			Tokens: askwire.Tokens{Input: 100, Output: 20}, Cost: 0.5, Duration: time.Second})
		s.Finish(t.Context(), record("q1"))
		s.Finish(t.Context(), record("q2"))
		hostile := record("q3")
		hostile.Statement = "SELECT '\\' \xff\x00" + strings.Repeat("가", 200_000)
		hostile.User = strings.Repeat("u", 500)
		s.Finish(t.Context(), hostile)
		shut(t, s)

		if st := s.Status(); st.Lost+st.Rejected+st.Spooled != 0 {
			t.Errorf("status %+v", st)
		}
		var got [29]string
		dest := make([]any, len(got))
		for i := range got {
			dest[i] = &got[i]
		}
		if err := db.QueryRowContext(t.Context(), "SELECT `"+strings.Join(logColumns, "`, `")+"` FROM query_log WHERE id = 'q1'").Scan(dest...); err != nil {
			t.Fatal(err)
		}
		want := []string{"q1", "2026-03-01 11:59:00.123456", "ana", "customer", "127.0.0.1:5", "ask", "서울 고객의 주문은?", "SELECT 1",
			"SELECT 1 LIMIT 11", "shop.orders, shop.customers", "allowed", "generated", "default", "d1", "100", "20", "3", "99",
			"1.5", "1000", "2000", "0", "", "0", "main", "shop", "bi", "0", ""}
		if !slices.Equal(got[:], want) {
			t.Errorf("row\n%q, want\n%q", got, want)
		}
		if n := count(t, db, "SELECT COUNT(*) FROM query_log"); n != 3 {
			t.Errorf("%d rows in query_log", n)
		}
		if n := count(t, db, "SELECT LENGTH(statement) FROM query_log WHERE id = 'q3'"); n < capStatement-4 || n > capStatement {
			t.Errorf("a long statement was kept with %d bytes", n)
		}
		if n := count(t, db, "SELECT COUNT(*) FROM llm_log WHERE query_id = 'q1' AND stage = 'sql' AND prompt = '프롬프트' AND duration_ms = 1000"); n != 1 {
			t.Errorf("%d rows in llm_log", n)
		}
	})
}

func TestAuditPlain(t *testing.T) {
	e := enginetest.Get(t, "mariadb")
	for mode, want := range map[string]int{All: 3, Denied: 1, Off: 0} {
		t.Run(mode, func(t *testing.T) {
			o := options(t, e.DSN, e.NewDatabase(t))
			o.AuditPlain = mode
			s := start(t, o)
			ready(t, s)
			for _, verdict := range []string{"allowed", "denied", "failed"} {
				r := record(verdict)
				r.Kind, r.Verdict = "plain", verdict
				s.Finish(t.Context(), r)
			}
			shut(t, s)
			if n := count(t, e.Open(t, o.Schema), "SELECT COUNT(*) FROM query_log"); n != want {
				t.Errorf("%d records, want %d", n, want)
			}
		})
	}
}

// TestMigrateTogether starts proxies at once on a server without the schema.
func TestMigrateTogether(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		schema := e.NewDatabase(t)
		if _, err := e.DB(t).ExecContext(t.Context(), "DROP DATABASE "+schema); err != nil {
			t.Fatal(err)
		}
		stores := make([]*Store, 3)
		for i := range stores {
			stores[i] = start(t, options(t, e.DSN, schema))
		}
		for i, s := range stores {
			ready(t, s)
			if err := s.Begin(t.Context(), record(fmt.Sprint("q", i))); err != nil {
				t.Fatal(err)
			}
		}
		if n := count(t, e.Open(t, schema), "SELECT COUNT(*) FROM query_log"); n != len(stores) {
			t.Errorf("%d records", n)
		}
		if n := count(t, e.Open(t, schema), "SELECT COUNT(*) FROM goose_db_version WHERE version_id = 1"); n != 1 {
			t.Errorf("migration 1 was applied %d times", n)
		}
	})
}

// TestServerDown starts without a server, lets one appear, takes it away in between, and brings it back.
func TestServerDown(t *testing.T) {
	for _, audit := range []string{Required, BestEffort} {
		t.Run(audit, func(t *testing.T) {
			e := enginetest.Get(t, "mariadb")
			schema := e.NewDatabase(t)
			db := e.Open(t, schema)
			if err := db.PingContext(t.Context()); err != nil {
				t.Fatal(err)
			}
			enginetest.NoLeaks(t)
			gate := enginetest.NewGate(t, e.Addr)
			o := options(t, "root@tcp("+gate.Addr+")/", schema)
			o.Audit = audit
			s := start(t, o)

			begin := func(id string) {
				t.Helper()
				r := record(id)
				r.Draft = ""
				err := s.Begin(t.Context(), r)
				if audit == Required && askwire.CodeOf(err) != askwire.BackendUnavailable {
					t.Fatalf("Begin without a server: %v", err)
				}
				if audit == BestEffort && err != nil {
					t.Fatalf("Begin without a server: %v", err)
				}
			}
			begin("a1")
			s.Finish(t.Context(), record("a1"))
			r, err := s.Asked(t.Context(), "ana", "a1")
			if err != nil || r.Draft != "SELECT 1" || r.Question == "" {
				t.Errorf("Asked without a server: %+v %v", r, err)
			}

			gate.Open()
			ready(t, s)
			if err := s.Begin(t.Context(), record("a2")); err != nil {
				t.Fatal(err)
			}
			gate.Close()
			s.Finish(t.Context(), record("a2"))
			s.ModelCall(t.Context(), &askwire.ModelCall{QueryID: "a2", User: "ana", Stage: askwire.StageSQL})
			down(t, s)
			begin("a3")
			s.Finish(t.Context(), record("a3"))
			spooled(t, s)

			gate.Open()
			ready(t, s)
			shut(t, s)
			if st := s.Status(); st.Lost != 0 || st.Spooled != 0 || st.Replayed == 0 {
				t.Errorf("status %+v", st)
			}
			for _, id := range []string{"a1", "a2", "a3"} {
				if n := count(t, db, "SELECT COUNT(*) FROM query_log WHERE id = ? AND verdict = 'allowed' AND draft = 'SELECT 1'", id); n != 1 {
					t.Errorf("%s: %d completed records", id, n)
				}
			}
			if n := count(t, db, "SELECT COUNT(*) FROM llm_log"); n != 1 {
				t.Errorf("%d model calls", n)
			}
		})
	}
}

func down(t *testing.T, s *Store) {
	t.Helper()
	waitUntil(t, s, func() bool { return !s.health.ready() })
}

func spooled(t *testing.T, s *Store) {
	t.Helper()
	waitUntil(t, s, func() bool { return s.Status().Queued == 0 && s.spool.size() > 0 })
}

// waitUntil yields to the writer until ok; the writer tries again every few milliseconds in tests.
func waitUntil(t *testing.T, s *Store, ok func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("status %+v", s.Status())
		}
	}
}

// TestNextProcessReplays closes a store that never had a server; the spool is the next one's, also from a folder of
// another process that is gone.
func TestNextProcessReplays(t *testing.T) {
	e := enginetest.Get(t, "mariadb")
	schema := e.NewDatabase(t)
	gate := enginetest.NewGate(t, e.Addr)
	o := options(t, "root@tcp("+gate.Addr+")/", schema)
	var dead []*Store
	for i := range 2 {
		s := start(t, o)
		s.Finish(t.Context(), record(fmt.Sprint("q", i)))
		s.AddTokens("ana", 10)
		dead = append(dead, s)
	}
	for _, s := range dead {
		shut(t, s)
	}
	torn, err := filepath.Glob(filepath.Join(o.SpoolDir, "0", "*.jsonl"))
	if err != nil || len(torn) != 1 {
		t.Fatalf("segments %v, %v", torn, err)
	}
	f, err := os.OpenFile(torn[0], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"query":{"id":"torn`); err != nil {
		t.Fatal(err)
	}
	f.Close()

	gate.Open()
	s := start(t, o)
	ready(t, s)
	shut(t, s)
	db := e.Open(t, schema)
	if n := count(t, db, "SELECT COUNT(*) FROM query_log"); n != 2 {
		t.Errorf("%d records", n)
	}
	if n := count(t, db, "SELECT SUM(tokens) FROM quota"); n != 20 {
		t.Errorf("%d tokens", n)
	}
	if st := s.Status(); st.Rejected != 1 || st.Lost != 0 || st.Spooled != 0 {
		t.Errorf("status %+v", st)
	}
	kept, err := os.ReadFile(filepath.Join(o.SpoolDir, "0", "rejected.jsonl"))
	if err != nil || !strings.Contains(string(kept), "torn") {
		t.Errorf("rejected.jsonl: %q, %v", kept, err)
	}
}

// TestSpoolFull injects a spool with room for little: what does not fit is counted.
func TestSpoolFull(t *testing.T) {
	gate := enginetest.NewGate(t, "127.0.0.1:1")
	o := options(t, "root@tcp("+gate.Addr+")/", "askwire")
	o.SpoolLimit = 2500
	s := start(t, o)
	for i := range 10 {
		s.Finish(t.Context(), record(fmt.Sprint("q", i)))
		waitUntil(t, s, func() bool { return s.Status().Queued == 0 })
	}
	shut(t, s)
	st := s.Status()
	if st.Lost == 0 || st.Spooled == 0 || st.Spooled > o.SpoolLimit {
		t.Errorf("status %+v", st)
	}
	lines := 0
	for _, name := range s.spool.segments() {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines += strings.Count(string(b), "\n")
	}
	if lines+int(st.Lost) != 10 {
		t.Errorf("%d records spooled and %d lost of 10", lines, st.Lost)
	}
}

// TestRejectedRecord puts a record with too long a name into the spool, as an older version might have: it must not keep
// the others from the server.
func TestRejectedRecord(t *testing.T) {
	e := enginetest.Get(t, "mariadb")
	o := options(t, e.DSN, e.NewDatabase(t))
	sp, err := openSpool(o.SpoolDir, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	bad := &queryRow{ID: "bad", User: strings.Repeat("x", 500), StartedAt: o.Clock(), QueryTexts: &QueryTexts{}}
	good := &queryRow{ID: "good", User: "ana", StartedAt: o.Clock(), QueryTexts: &QueryTexts{}}
	if err := errors.Join(sp.append([]entry{{Query: bad}, {Query: good}}), sp.close()); err != nil {
		t.Fatal(err)
	}
	s := start(t, o)
	ready(t, s)
	shut(t, s)
	if n := count(t, e.Open(t, o.Schema), "SELECT COUNT(*) FROM query_log WHERE id = 'good'"); n != 1 {
		t.Error("the good record did not arrive")
	}
	if st := s.Status(); st.Rejected != 1 || st.Lost != 0 || st.Spooled != 0 {
		t.Errorf("status %+v", st)
	}
}

func TestBeginShared(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		o := options(t, e.DSN, e.NewDatabase(t))
		s := start(t, o)
		ready(t, s)
		var wg sync.WaitGroup
		errs := make([]error, 200)
		for i := range errs {
			wg.Go(func() {
				r := record(fmt.Sprint("q", i))
				if errs[i] = s.Begin(t.Context(), r); errs[i] == nil {
					s.Finish(t.Context(), r)
				}
			})
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		shut(t, s)
		if n := count(t, e.Open(t, o.Schema), "SELECT COUNT(*) FROM query_log WHERE verdict = 'allowed'"); n != len(errs) {
			t.Errorf("%d completed records of %d", n, len(errs))
		}
	})
}

func TestBeginAfterClose(t *testing.T) {
	e := enginetest.Get(t, "mariadb")
	o := options(t, e.DSN, e.NewDatabase(t))
	s := start(t, o)
	ready(t, s)
	shut(t, s)
	if err := s.Begin(t.Context(), record("q")); askwire.CodeOf(err) != askwire.ShuttingDown {
		t.Errorf("Begin after Close: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"Audit":      func(o *Options) { o.Audit = "maybe" },
		"AuditPlain": func(o *Options) { o.AuditPlain = "" },
		"Schema":     func(o *Options) { o.Schema = "a`b" },
		"Spool":      func(o *Options) { o.SpoolDir = "" },
		"DSN":        func(o *Options) { o.DSN = "root:geheim@nowhere" },
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, "root@tcp(127.0.0.1:1)/", "askwire")
			change(&o)
			s, err := Open(t.Context(), o)
			if err == nil {
				shut(t, s)
				t.Fatal("no error")
			}
			if askwire.CodeOf(err) != askwire.WrongValue || strings.Contains(err.Error(), "geheim") {
				t.Errorf("error %v", err)
			}
		})
	}
}
