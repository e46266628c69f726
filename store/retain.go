package store

import (
	"context"
	"strconv"
	"time"
)

const retainRows = 1000 // deleted by one statement, so that no lock is held for long

// retainLoop deletes what is older than Retain, at the start and then every hour.
func (s *Store) retainLoop(ctx context.Context) {
	if s.opts.Retain <= 0 {
		return
	}
	for !s.health.ready() {
		changed := s.health.changed()
		if s.health.ready() {
			break
		}
		select {
		case <-changed:
		case <-s.stop:
			return
		}
	}
	ticker := time.NewTicker(retainPeriod)
	defer ticker.Stop()
	for {
		select {
		case <-s.stop:
			return
		default:
		}
		if n, err := s.Expire(ctx); err != nil {
			s.log.Warn("store: old records could not be deleted; trying again in an hour", "error", err)
		} else if n > 0 {
			s.log.Info("store: old records deleted", "records", n)
		}
		select {
		case <-ticker.C:
		case <-s.stop:
			return
		}
	}
}

// Expire deletes what is older than Retain and returns how many records that were. Saved questions stay. The history of several
// proxies may be expired by all of them.
func (s *Store) Expire(ctx context.Context) (int64, error) {
	if s.opts.Retain <= 0 {
		return 0, nil
	}
	before := s.opts.Clock().Add(-s.opts.Retain)
	var total int64
	for _, d := range []struct {
		query string
		arg   any
	}{
		{"DELETE FROM query_records WHERE started_at < ? LIMIT ", before.UTC()},
		{"DELETE FROM query_texts WHERE last_at < ? LIMIT ", before.UTC().Add(-textsHour)},
		{"DELETE FROM llm_log WHERE started_at < ? LIMIT ", before.UTC()},
		{"DELETE FROM feedback WHERE given_at < ? LIMIT ", before.UTC()},
		{"DELETE FROM drift WHERE found_at < ? LIMIT ", before.UTC()},
		{"DELETE FROM vectors WHERE made_at < ? LIMIT ", before.UTC()},
		{"DELETE FROM verify_candidates WHERE last_at < ? LIMIT ", before.UTC()},
		{"DELETE FROM quota WHERE day < ? LIMIT ", before.Format(dayFormat)},
	} {
		for {
			res, err := s.db.ExecContext(ctx, d.query+strconv.Itoa(retainRows), d.arg)
			if err != nil {
				return total, err
			}
			n, err := res.RowsAffected()
			if err != nil {
				return total, err
			}
			total += n
			if n < retainRows {
				break
			}
		}
	}
	return total, nil
}
