package catalog_test

import (
	"testing"
	"time"

	"github.com/askwire/askwire/catalog"
	"github.com/askwire/askwire/internal/enginetest"
)

// TestHurry: a catalog that is hurried reads the backend long before its time.
func TestHurry(t *testing.T) {
	s := enginetest.Get(t, "mariadb")
	name := s.NewDatabase(t)
	db := s.Open(t, name)
	load(t, db, "CREATE TABLE t (a INT)")
	attempts := make(chan catalog.Status, 1)
	c, err := catalog.Open(t.Context(), catalog.Options{
		Name: "main", DSN: s.DSN, Schemas: []string{name}, Refresh: time.Hour,
		OnRefresh: func(s catalog.Status) {
			select {
			case attempts <- s:
			case <-t.Context().Done():
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	waitFor(t, attempts, func(s catalog.Status) bool { return s.Err == nil })
	for i, column := range []string{"b", "c"} {
		load(t, db, "ALTER TABLE t ADD COLUMN "+column+" INT")
		for range 1000 { // however often
			c.Hurry()
		}
		waitFor(t, attempts, func(s catalog.Status) bool {
			return s.Err == nil && len(table(t, c.Snapshot(), name, "t").Columns) == 2+i
		})
	}
}
