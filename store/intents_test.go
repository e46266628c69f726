package store

import (
	"context"
	"strconv"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
)

// With best_effort only a question that takes long, or that nobody ends, has a record of having begun.
func TestIntentsOfBestEffort(t *testing.T) {
	e := enginetest.Get(t, "mariadb")
	schema := e.NewDatabase(t)
	o := options(t, e.DSN, schema)
	o.Audit = BestEffort
	s := start(t, o)
	ready(t, s)
	db := e.Open(t, schema)

	slow, quick, left := record("slow"), record("quick"), record("left")
	slow.At, quick.At, left.At = o.Clock().Add(-2*intentAge), o.Clock(), o.Clock()
	for _, r := range []*askwire.QueryRecord{slow, quick, left} {
		if err := s.Begin(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	s.Finish(t.Context(), quick)
	waitUntil(t, s, func() bool {
		return count(t, db, "SELECT COUNT(*) FROM query_log WHERE id = 'slow' AND verdict = 'begun'") == 1
	})
	if n := count(t, db, "SELECT COUNT(*) FROM query_log WHERE verdict = 'begun'"); n != 1 {
		t.Errorf("%d questions have begun, by the history", n)
	}
	s.Finish(t.Context(), slow)
	shut(t, s)
	for query, want := range map[string]int{
		"SELECT COUNT(*) FROM query_log WHERE id IN ('slow', 'quick') AND verdict = 'allowed'": 2,
		"SELECT COUNT(*) FROM query_log WHERE id = 'left' AND verdict = 'begun'":               1,
	} {
		if n := count(t, db, query); n != want {
			t.Errorf("%s: %d, want %d", query, n, want)
		}
	}
}

// A group of many records is written in chunks of prepared rows and a rest, over whatever was there.
func TestLargeGroup(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		schema := e.NewDatabase(t)
		s := start(t, options(t, e.DSN, schema))
		ready(t, s)
		n := 2*chunks[0] + 7
		for _, verdict := range []string{"failed", "allowed"} {
			group := make([]entry, n)
			for i := range group {
				r := record("g" + strconv.Itoa(i))
				r.Verdict = verdict
				group[i] = entry{Query: s.queryRow(r)}
			}
			if err := s.write(context.Background(), group); err != nil {
				t.Fatal(err)
			}
		}
		if got := count(t, e.Open(t, schema), "SELECT COUNT(*) FROM query_log WHERE verdict = 'allowed' AND question = ? AND total_ms = 2000", record("").Question); got != n {
			t.Errorf("%d records of %d", got, n)
		}
	})
}
