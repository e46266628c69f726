package store

import (
	"context"
	"math"
	"strings"
	"time"

	"github.com/askwire/askwire"
)

const (
	usesDays   = 30
	usesRows   = 50_000 // of the history that are looked at, newest first
	usesPeriod = 10 * time.Minute
)

// uses is how much each saved question answered lately, by the history: a use of a week ago counts half.
func (s *Store) uses(ctx context.Context) (map[askwire.SavedUse]float64, error) {
	now := s.opts.Clock().UTC()
	rows, err := s.db.QueryContext(ctx, "SELECT r.model, r.owner, r.age, COUNT(*) FROM (SELECT model, CASE WHEN trust = 'saved' THEN `user` ELSE '' END AS owner, "+
		"TIMESTAMPDIFF(DAY, started_at, ?) AS age FROM query_log WHERE started_at >= ? AND verdict = 'allowed' AND trust IN ('saved', 'verified') "+
		"ORDER BY started_at DESC LIMIT ?) r GROUP BY r.model, r.owner, r.age", now, now.AddDate(0, 0, -usesDays), usesRows)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := make(map[askwire.SavedUse]float64)
	for rows.Next() {
		var model, owner string
		var age, n float64
		if err := rows.Scan(&model, &owner, &age, &n); err != nil {
			return nil, err
		}
		if name, ok := strings.CutPrefix(model, "saved:"); ok {
			out[askwire.SavedUse{Owner: owner, Name: name}] += n * math.Exp2(-age/7)
		}
	}
	return out, rows.Err()
}

// followUses hands the uses over now and then: the history has no version that could be followed. What fails is not tried before
// its time either, because a history that is too large to be read in time stays so.
func (s *Store) followUses(ctx context.Context) error {
	s.following.Lock()
	defer s.following.Unlock()
	if s.takeUses == nil || !s.usesTaken.IsZero() && time.Since(s.usesTaken) < usesPeriod {
		return nil
	}
	s.usesTaken = time.Now()
	list, err := s.uses(ctx)
	if err != nil {
		return err
	}
	s.takeUses(list)
	return nil
}
