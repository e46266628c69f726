package store

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
)

// TestServerDiskFull lets the server answer every insert as one with a full disk does (1114), by a trigger, then lets it
// recover.
func TestServerDiskFull(t *testing.T) {
	e := enginetest.Get(t, "mariadb")
	o := options(t, e.DSN, e.NewDatabase(t))
	s := start(t, o)
	ready(t, s)
	db := e.Open(t, o.Schema)
	exec := func(q string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	exec("CREATE TRIGGER disk_full BEFORE INSERT ON query_records FOR EACH ROW SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1114, MESSAGE_TEXT = 'The table is full'")
	if err := s.Begin(t.Context(), record("refused")); askwire.CodeOf(err) != askwire.BackendUnavailable {
		t.Fatalf("Begin with a full disk: %v", err)
	}
	const n = 1000
	for i := range n {
		s.Finish(t.Context(), record(fmt.Sprint("q", i)))
	}
	spooled(t, s)
	exec("DROP TRIGGER disk_full")
	ready(t, s)
	shut(t, s)
	if got := count(t, db, "SELECT COUNT(*) FROM query_log"); got != n {
		t.Errorf("%d records of %d", got, n)
	}
	if st := s.Status(); st.Lost != 0 || st.Rejected != 0 || st.Spooled != 0 || st.Replayed == 0 {
		t.Errorf("status %+v", st)
	}
}

// TestServerHangs locks the table, so that the server answers nothing: callers do not wait with it.
func TestServerHangs(t *testing.T) {
	e := enginetest.Get(t, "mariadb")
	o := options(t, e.DSN, e.NewDatabase(t))
	s := start(t, o)
	ready(t, s)
	db := e.Open(t, o.Schema)
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), "LOCK TABLES query_records WRITE"); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if err := s.Begin(ctx, record("late")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Begin: %v", err)
	}
	const n = queueSize + groupRows + 50 // more than the queue and the group under way hold: the rest goes to the spool
	for i := range n {
		gone, leave := context.WithCancel(t.Context())
		leave()
		s.Finish(gone, record(fmt.Sprint("q", i)))
	}
	if s.spool.size() == 0 {
		t.Error("nothing was spooled although the queue is full")
	}
	if err := conn.Close(); err != nil { // returns it to the pool; closing the pool ends it and its lock
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, s, func() bool { st := s.Status(); return st.Queued == 0 && st.Spooled == 0 && st.Ready })
	shut(t, s)
	if got := count(t, e.Open(t, o.Schema), "SELECT COUNT(*) FROM query_log WHERE verdict = 'allowed'"); got != n {
		t.Errorf("%d records of %d", got, n)
	}
	if st := s.Status(); st.Lost != 0 || st.Rejected != 0 {
		t.Errorf("status %+v", st)
	}
}

// TestRecordWithoutID: ids are keys, so two records without one must not become one.
func TestRecordWithoutID(t *testing.T) {
	e := enginetest.Get(t, "mariadb")
	o := options(t, e.DSN, e.NewDatabase(t))
	s := start(t, o)
	ready(t, s)
	s.Finish(t.Context(), record(""))
	s.Finish(t.Context(), record(""))
	shut(t, s)
	if got := count(t, e.Open(t, o.Schema), "SELECT COUNT(*) FROM query_log"); got != 2 {
		t.Errorf("%d records of 2", got)
	}
}
