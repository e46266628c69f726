package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
)

// logged is a record as query_log shows it, but for its id.
func logged(t *testing.T, db *sql.DB, id string) string {
	t.Helper()
	var got [29]sql.NullString
	dest := make([]any, len(got))
	for i := range got {
		dest[i] = &got[i]
	}
	if err := db.QueryRowContext(t.Context(), "SELECT `"+strings.Join(logColumns, "`, `")+"` FROM query_log WHERE id = ?", id).Scan(dest...); err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	var out []string
	for _, v := range got[1:] {
		if !v.Valid {
			v.String = "NULL"
		}
		out = append(out, v.String)
	}
	return strings.Join(out, "|")
}

// inGroups writes each record in a group of its own, then all of them in one, under other ids.
func inGroups(t *testing.T, s *Store, records []*askwire.QueryRecord) {
	t.Helper()
	var group []entry
	for i, r := range records {
		r.ID = fmt.Sprint("alone", i)
		if err := s.write(context.Background(), []entry{{Query: s.queryRow(r)}}); err != nil {
			t.Fatal(err)
		}
		r.ID = fmt.Sprint("together", i)
		group = append(group, entry{Query: s.queryRow(r)})
	}
	if err := s.write(context.Background(), group); err != nil {
		t.Fatal(err)
	}
}

// Records whose texts are written once look like those that have them in their row.
func TestTextsOnce(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		o := options(t, e.DSN, e.NewDatabase(t))
		s := start(t, o)
		ready(t, s)
		db := e.Open(t, o.Schema)
		var records []*askwire.QueryRecord
		for i := range 3 * fewTexts {
			r := record("")
			r.Rows, r.Total, r.At = int64(i), time.Duration(i)*time.Second, r.At.Add(time.Duration(i)*time.Minute)
			switch { // of the first two questions there are enough, and of the others there are not
			case i%3 == 1:
				r.Question, r.Statement, r.Tables, r.Confidence = "다른 질문 'é'", "SELECT 2", nil, 0.5
			case i%3 == 2:
				r.Question = fmt.Sprint("question ", i)
			}
			records = append(records, r)
		}
		failed := record("")
		failed.Verdict, failed.ErrorNumber, failed.Error = "failed", 50301, "no"
		follows := record("")
		follows.Follows = "q1"
		plain := record("")
		plain.Kind = "plain"
		records = append(records, failed, follows, plain)
		for i := range records {
			if err := s.Begin(t.Context(), record(fmt.Sprint("together", i))); err != nil {
				t.Fatal(err)
			}
		}
		inGroups(t, s, records)
		if n := count(t, db, "SELECT COUNT(*) FROM query_texts"); n != 2 {
			t.Errorf("%d rows of texts, want 2", n)
		}
		if n := count(t, db, "SELECT COUNT(*) FROM query_records WHERE text_id <> ''"); n != 2*fewTexts {
			t.Errorf("%d records without texts of their own, want %d", n, 2*fewTexts)
		}
		for i := range records {
			if alone, together := logged(t, db, fmt.Sprint("alone", i)), logged(t, db, fmt.Sprint("together", i)); alone != together {
				t.Errorf("record %d\n%s, written with others\n%s", i, alone, together)
			}
		}
		inGroups(t, s, records) // once more, as after an answer that was lost
		for i := range records {
			records[i].ID = fmt.Sprint("together", i)
			if err := s.write(t.Context(), []entry{{Query: s.queryRow(records[i])}}); err != nil {
				t.Fatal(err)
			}
		}
		if n := count(t, db, "SELECT COUNT(*) FROM query_records WHERE text_id <> ''"); n != 0 {
			t.Errorf("%d records refer to texts although they were written again with theirs", n)
		}
		if n := count(t, db, "SELECT COUNT(*) FROM query_log WHERE question IS NULL OR question = ''"); n != 0 {
			t.Errorf("%d records without a question", n)
		}
	})
}

// Texts stay as long as a record that has them.
func TestTextsExpire(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		o := options(t, e.DSN, e.NewDatabase(t))
		o.Retain = 24 * time.Hour
		s := start(t, o)
		ready(t, s)
		db := e.Open(t, o.Schema)
		for age, question := range map[time.Duration]string{23*time.Hour + 59*time.Minute: "young", 48 * time.Hour: "old"} {
			group := make([]entry, fewTexts)
			for i := range group {
				r := record(fmt.Sprint(question, i))
				r.Question, r.At = question, o.Clock().Add(-age)
				group[i] = entry{Query: s.queryRow(r)}
			}
			if err := s.write(t.Context(), group); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Expire(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db, "SELECT COUNT(*) FROM query_log WHERE question = 'young'"); n != fewTexts {
			t.Errorf("%d young records with their question, want %d", n, fewTexts)
		}
		if n := count(t, db, "SELECT COUNT(*) FROM query_texts"); n != 1 {
			t.Errorf("%d rows of texts are left, want 1", n)
		}
	})
}

// What the history held before its texts were apart is there afterwards, and after a way back all of it.
func TestTextsApart(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		schema := e.NewDatabase(t)
		db := e.Open(t, schema)
		all, err := steps(db)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := all.UpTo(t.Context(), 10); err != nil {
			t.Fatal(err)
		}
		old := record("old")
		insertOld := "INSERT INTO query_log (`" + strings.Join(logColumns, "`, `") + "`) VALUES (?" + strings.Repeat(", ?", len(logColumns)-1) + ")"
		args := []any{old.ID, old.At, old.User, old.Profile, old.ClientAddr, old.Kind, old.Question, old.Draft, old.Statement, strings.Join(old.Tables, ", "), old.Verdict,
			string(old.Trust), old.Model, old.PromptDigest, 100, 20, old.Rows, old.Bytes, 1.5, 1000, 2000, 0, "", 0, old.Backend, old.Database, old.Account, 0, ""}
		if _, err := db.ExecContext(t.Context(), insertOld, args...); err != nil {
			t.Fatal(err)
		}
		want := logged(t, db, "old")

		s := start(t, options(t, e.DSN, schema))
		ready(t, s)
		if got := logged(t, db, "old"); got != want {
			t.Errorf("after the migration\n%s, before\n%s", got, want)
		}
		group := make([]entry, fewTexts)
		for i := range group {
			r := *old
			r.ID = fmt.Sprint("new", i)
			group[i] = entry{Query: s.queryRow(&r)}
		}
		if err := s.write(t.Context(), group); err != nil {
			t.Fatal(err)
		}
		shut(t, s)
		if _, err := all.DownTo(t.Context(), 10); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"old", "new0", fmt.Sprint("new", fewTexts-1)} {
			if got := logged(t, db, id); got != want {
				t.Errorf("%s after the way back\n%s, want\n%s", id, got, want)
			}
		}
		if _, err := all.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}
