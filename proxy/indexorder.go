package proxy

import (
	"context"
	"slices"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/front"
	"github.com/askwire/askwire/proxy/wire"
)

// indexKey is a table as a catalog has it.
type indexKey struct {
	pool      *wire.Pool
	catalog   uint64
	db, table string
}

// maxIndexRows bounds what is read of a table's indexes, one row for each of their columns.
const maxIndexRows = 1024

// indexOrder lists the indexes of a table that the scope shows in the backend's own order, which is that of their making and is kept
// nowhere else. It is nil where the backend cannot be asked now: then they are in the order of their names.
func (s *session) indexOrder(t *askwire.Table) []string {
	if len(t.Indexes) < 2 || s.b.Backend == nil || s.server().Family == askwire.Embedded {
		return nil
	}
	key := indexKey{s.b.Backend, s.b.Policy.Scope().Version, t.DB, t.Name}
	all, known := s.srv.indexes.get(key)
	if !known {
		var err error
		if all, err = s.askIndexes(t); err != nil {
			s.log("indexes are listed by name: the backend did not say in which order they were made", err)
			return nil
		}
		s.srv.indexes.put(key, all)
	}
	var shown []string
	for _, name := range all {
		if slices.ContainsFunc(t.Indexes, func(x askwire.Index) bool { return x.Name == name }) {
			shown = append(shown, name)
		}
	}
	return shown
}

// askIndexes are the names of all indexes of a table.
func (s *session) askIndexes(t *askwire.Table) (names []string, err error) {
	err = s.aside(func(ctx context.Context, conn *wire.Backend) error {
		if err := conn.Query(guard.ControlIndexes(t.DB, t.Name)); err != nil {
			return err
		}
		sample, _, err := conn.Collect(ctx, maxIndexRows, sampleBytes)
		if err != nil {
			return err
		}
		column := slices.Index(sample.Columns, "Key_name")
		if column < 0 {
			return askwire.Errorf(askwire.Internal, "SHOW INDEX has no column Key_name.")
		}
		for _, row := range sample.Rows {
			if name := row[column]; name != nil && !slices.Contains(names, *name) {
				names = append(names, *name)
			}
		}
		return nil
	})
	return names, err
}

// ordered is a table with its indexes in the backend's order.
func (s *session) ordered(t *askwire.Table) *askwire.Table {
	order := s.indexOrder(t)
	if order == nil {
		return t
	}
	c := *t
	c.Indexes = slices.Clone(t.Indexes)
	slices.SortStableFunc(c.Indexes, func(a, b askwire.Index) int { return slices.Index(order, a.Name) - slices.Index(order, b.Name) })
	return &c
}

// orderIndexes has SHOW INDEX list them in that order.
func (s *session) orderIndexes(sh *front.Show) {
	if t, ok := s.b.Policy.Scope().Table(sh.DB, sh.Table); ok && sh.What == front.Indexes {
		sh.Order = s.indexOrder(t)
	}
}
