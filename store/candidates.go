package store

import (
	"context"
	"sort"
	"strings"
	"time"
	"unicode"

	"github.com/askwire/askwire"
)

const (
	candidateDays   = 30
	candidateRows   = 50_000 // of the history that are looked at, newest first
	candidateLeast  = 3      // times asked
	maxCandidates   = 200
	candidateBytes  = 16 << 10         // of question and SQL together
	candidateMaxAge = 10 * time.Second // below which they are not collected again
)

// Candidates collects the questions that were asked often lately and answered by a model with the same SQL, without anyone
// calling an answer bad, the widest asked first. They are kept in table verify_candidates. Whether a saved question has
// come since, and who may see one, is for the caller to say.
func (s *Store) Candidates(ctx context.Context) ([]askwire.Candidate, error) {
	if !s.health.ready() {
		return nil, s.down(s.health.cause())
	}
	ctx, stop := context.WithTimeout(ctx, 2*writeTimeout)
	defer stop()
	now := s.opts.Clock().UTC()
	// One proxy collects, the others read what it found.
	res, err := s.db.ExecContext(ctx, "UPDATE versions SET version = version + 1, changed_at = ? WHERE name = 'candidates' AND changed_at <= ?",
		now, now.Add(-s.opts.candidateAge))
	if err != nil {
		return nil, s.down(err)
	}
	n, err := res.RowsAffected()
	if err == nil && n > 0 {
		err = s.collect(ctx, now)
	}
	var out []askwire.Candidate
	if err == nil {
		out, err = s.candidates(ctx)
	}
	if err != nil {
		return nil, s.down(err)
	}
	return out, nil
}

func (s *Store) collect(ctx context.Context, now time.Time) error {
	found, err := s.frequent(ctx, now)
	if err != nil {
		return err
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "DELETE FROM verify_candidates"); err != nil {
		return err
	}
	rows := make([]valued, len(found))
	for i, c := range found {
		rows[i] = cells{c.ID, c.Profile, c.Backend, c.Database, c.Question, c.SQL, c.Asked, c.Users, c.Last}
	}
	for len(rows) > 0 {
		part := rows[:min(len(rows), 20)]
		rows = rows[len(part):]
		if err := insert(ctx, tx, candidateInsert, part); err != nil {
			return err
		}
	}
	return tx.Commit()
}

var candidateInsert = &insertion{table: "verify_candidates", columns: []string{"id", "profile", "backend", "database_name", "question", "statement", "asked", "users", "last_at"},
	tail: " ON DUPLICATE KEY UPDATE asked = VALUES(asked)"}

// frequent reads the history. Questions that differ in spaces, case and closing punctuation alone are one.
func (s *Store) frequent(ctx context.Context, now time.Time) ([]askwire.Candidate, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT r.id, r.`user`, r.started_at, r.profile, r.backend, r.database_name, r.question, r.draft, COALESCE(f.good, 1) "+
		"FROM (SELECT id, `user`, started_at, profile, backend, database_name, question, draft FROM query_log WHERE started_at >= ? AND verdict = 'allowed' "+
		"AND kind IN ('ask', 'sql', 'narrate') AND trust IN ('generated', 'assisted') AND redacted = 0 AND LENGTH(question) + LENGTH(draft) <= ? "+
		"ORDER BY started_at DESC LIMIT ?) r LEFT JOIN feedback f ON f.query_id = r.id ORDER BY r.started_at DESC",
		now.AddDate(0, 0, -candidateDays), candidateBytes, candidateRows)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	type group struct {
		askwire.Candidate
		users map[string]bool
		bad   bool
	}
	groups := map[[5]string]*group{}
	for rows.Next() {
		var c askwire.Candidate
		var user string
		var good bool
		if err := rows.Scan(&c.ID, &user, &c.Last, &c.Profile, &c.Backend, &c.Database, &c.Question, &c.SQL, &good); err != nil {
			return nil, err
		}
		key := [5]string{c.Profile, c.Backend, c.Database, folded(c.Question), c.SQL}
		g := groups[key]
		if g == nil {
			g = &group{Candidate: c, users: map[string]bool{}}
			groups[key] = g
		}
		g.Asked++
		g.users[user] = true
		g.bad = g.bad || !good
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	var out []askwire.Candidate
	for _, g := range groups {
		if g.Users = int64(len(g.users)); g.Asked >= candidateLeast && !g.bad {
			out = append(out, g.Candidate)
		}
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := out[i], out[j]
		switch {
		case a.Users != b.Users:
			return a.Users > b.Users
		case a.Asked != b.Asked:
			return a.Asked > b.Asked
		}
		return a.ID < b.ID
	})
	return out[:min(len(out), maxCandidates)], nil
}

func folded(question string) string {
	return strings.TrimRightFunc(strings.ToLower(strings.Join(strings.Fields(question), " ")), func(r rune) bool {
		return unicode.IsPunct(r) || unicode.IsSpace(r)
	})
}

func (s *Store) candidates(ctx context.Context) ([]askwire.Candidate, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT id, profile, backend, database_name, question, statement, asked, users, last_at FROM verify_candidates ORDER BY users DESC, asked DESC, id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []askwire.Candidate
	for rows.Next() {
		var c askwire.Candidate
		if err := rows.Scan(&c.ID, &c.Profile, &c.Backend, &c.Database, &c.Question, &c.SQL, &c.Asked, &c.Users, &c.Last); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}
