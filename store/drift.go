package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/askwire/askwire"
)

// maxDrift is how many of the latest changes are handed to followers.
const maxDrift = 10_000

// KeepDrift writes down what a refresh found. What another proxy wrote already is not there twice.
func (s *Store) KeepDrift(ctx context.Context, found []askwire.Drift) error {
	if !s.health.ready() {
		return s.down(s.health.cause())
	}
	ctx, stop := context.WithTimeout(ctx, writeTimeout)
	defer stop()
	rows := make([]valued, len(found))
	for i, d := range found {
		sum := sha256.Sum256([]byte(strings.Join([]string{d.Backend, d.Database, d.Table, d.Column, d.Kind, d.Was, d.Is}, "\x00")))
		rows[i] = cells{hex.EncodeToString(sum[:16]), d.At.UTC(), short(d.Backend, capName), short(d.Database, 64), short(d.Table, 64), short(d.Column, 64),
			d.Kind, clip(d.Was, capText), clip(d.Is, capText)}
	}
	// A change that comes again, after it was undone, is found anew.
	for len(rows) > 0 {
		part := rows[:min(len(rows), 100)]
		rows = rows[len(part):]
		if err := insert(ctx, s.db, driftInsert, part); err != nil {
			return s.down(err)
		}
	}
	if _, err := s.db.ExecContext(ctx, "UPDATE versions SET version = version + 1, changed_at = ? WHERE name = 'drift'", s.opts.Clock().UTC()); err != nil {
		return s.down(err)
	}
	s.wakeFollower()
	return nil
}

var driftInsert = &insertion{table: "drift", columns: []string{"id", "found_at", "backend", "database_name", "table_name", "column_name", "kind", "was", "is_now"},
	tail: " ON DUPLICATE KEY UPDATE found_at = VALUES(found_at)"}

func (s *Store) drift(ctx context.Context) ([]askwire.Drift, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT found_at, backend, database_name, table_name, column_name, kind, was, is_now FROM drift ORDER BY found_at DESC, id LIMIT ?", maxDrift)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []askwire.Drift
	for rows.Next() {
		var d askwire.Drift
		if err := rows.Scan(&d.At, &d.Backend, &d.Database, &d.Table, &d.Column, &d.Kind, &d.Was, &d.Is); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, rows.Err()
}
