package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/askwire/askwire"
)

const (
	planAge     = 7 * 24 * time.Hour // after which a plan is made anew
	planClaim   = time.Minute        // after which a proxy that makes a plan is taken for dead
	planPatient = 500 * time.Millisecond
	planQueue   = 256 // changes that wait; more are dropped, as losing one costs a model call at most
)

// Plan returns the value of KeepPlan, or whether another proxy is making one.
func (s *Store) Plan(ctx context.Context, key string) (value []byte, making bool, err error) {
	if !s.health.ready() {
		return nil, false, s.down(s.health.cause())
	}
	ctx, stop := context.WithTimeout(ctx, planPatient)
	defer stop()
	var by string
	var until, expires time.Time
	err = s.db.QueryRowContext(ctx, "SELECT draft, claimed_by, claimed_until, expires_at FROM plans WHERE id = ?", key).Scan(&value, &by, &until, &expires)
	now := s.opts.Clock()
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, false, nil
	case err != nil:
		return nil, false, s.down(err)
	case len(value) == 0:
		return nil, by != s.id && now.Before(until), nil
	case !now.Before(expires):
		return nil, false, nil
	}
	return value, false, nil
}

// ClaimPlan tells other proxies that this one is making the plan.
func (s *Store) ClaimPlan(key string) {
	now := s.opts.Clock().UTC()
	s.changePlan("INSERT INTO plans (id, draft, claimed_by, claimed_until, made_at, expires_at) VALUES (?, '', ?, ?, ?, ?) "+
		"ON DUPLICATE KEY UPDATE draft = '', claimed_by = VALUES(claimed_by), claimed_until = VALUES(claimed_until), expires_at = VALUES(expires_at)",
		key, s.id, now.Add(planClaim), now, now.Add(planClaim))
}

// KeepPlan keeps a plan until it expires, at most for a week. One whose SQL names a redacted column is not kept.
func (s *Store) KeepPlan(key, statement string, value []byte, expires time.Time) {
	if _, _, _, _, redacted := s.redact.query(&askwire.QueryRecord{Draft: statement}); redacted || len(value) > capStatement {
		s.DropPlan(key)
		return
	}
	now := s.opts.Clock().UTC()
	if last := now.Add(planAge); expires.IsZero() || last.Before(expires) {
		expires = last
	}
	s.changePlan("REPLACE INTO plans (id, draft, claimed_by, claimed_until, made_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
		key, string(value), s.id, now, now, expires.UTC())
}

// DropPlan forgets a plan, or gives up a claim.
func (s *Store) DropPlan(key string) { s.changePlan("DELETE FROM plans WHERE id = ?", key) }

type planChange struct {
	query string
	args  []any
}

func (s *Store) changePlan(query string, args ...any) {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed || !s.health.ready() {
		return
	}
	select {
	case s.planning <- planChange{query, args}:
	default:
	}
}

// planLoop writes plans behind the answers, in the order in which they came, and deletes those that have expired.
func (s *Store) planLoop(ctx context.Context) {
	clean := time.NewTicker(retainPeriod)
	defer clean.Stop()
	for {
		var c planChange
		select {
		case c = <-s.planning:
		case <-clean.C:
			c = planChange{"DELETE FROM plans WHERE expires_at < ? LIMIT 10000", []any{s.opts.Clock().UTC()}}
		case <-s.stop:
			return
		}
		write, stop := context.WithTimeout(ctx, writeTimeout)
		if _, err := s.db.ExecContext(write, c.query, c.args...); err != nil && ctx.Err() == nil {
			s.log.Warn("store: the shared plans could not be written", "error", err)
		}
		stop()
	}
}
