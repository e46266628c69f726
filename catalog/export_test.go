package catalog

import (
	"context"
	"database/sql"

	"github.com/askwire/askwire"
)

// CachedIndexes is the number of snapshots whose index is kept.
func CachedIndexes() int {
	indexes.mu.Lock()
	defer indexes.mu.Unlock()
	return len(indexes.entries)
}

// Introspect is one reading of a backend.
func Introspect(ctx context.Context, db *sql.DB) (*askwire.Snapshot, error) {
	return introspect(ctx, db, "main", nil)
}

// Changed compares two readings.
func Changed(a, b *askwire.Snapshot) bool { return changed(a, b) }
