package store

import (
	"fmt"
	"testing"

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
	exec("CREATE TRIGGER disk_full BEFORE INSERT ON query_log FOR EACH ROW SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1114, MESSAGE_TEXT = 'The table is full'")
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
