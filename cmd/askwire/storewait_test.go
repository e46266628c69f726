package main

import (
	"os"
	"testing"
	"time"
)

// A store that answers is waited for while its tables are migrated, however long that takes, so that nothing that follows is refused.
func TestStoreWaitedFor(t *testing.T) {
	s := realSite(t)
	s.write(siteBob)
	if code := s.serve().stop(os.Interrupt); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	other, err := s.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for _, q := range []string{"DELETE FROM askwire.goose_db_version WHERE version_id = 11", "LOCK TABLES askwire.query_texts WRITE"} {
		if _, err := other.ExecContext(t.Context(), q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	p := launch(t, s.env, "serve", "-c", s.file)
	p.waitLog(0, "waiting for the store")
	if readyLine.MatchString(p.text()) {
		t.Errorf("it serves before its history can be written: %s", p.text())
	}
	if _, err := other.ExecContext(t.Context(), "UNLOCK TABLES"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.exit:
		t.Fatalf("askwire ended: %s", p.text())
	case p.addr = <-p.address():
	case <-time.After(patience):
		t.Fatalf("askwire does not say that it is ready: %s", p.text())
	}
	query(t, p.conn("bob", "pw"), "SELECT COUNT(*) FROM askwire.query_log")
}
