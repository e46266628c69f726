package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"

	"github.com/askwire/askwire"
)

// Asked returns the question and the SQL that an id stands for: of the record, ID, At, User, Backend, Database, Question, Draft,
// Trust and Follows are set. Only its own principal gets it; for everyone else it does not exist (code UnknownStatement).
func (s *Store) Asked(ctx context.Context, user, id string) (*askwire.QueryRecord, error) {
	id = strings.ToLower(id)
	unknown := askwire.Errorf(askwire.UnknownStatement, "You have no statement with this id.").
		WithHint("Make one with ASK SQL '…'; SHOW ASK HISTORY lists yours.")
	if d, ok := s.recent.get(id); ok {
		if d.User != user || d.Draft == "" {
			return nil, unknown
		}
		return &d, nil
	}
	if !s.health.ready() {
		return nil, s.down(s.health.cause())
	}
	ctx, stop := context.WithTimeout(ctx, writeTimeout)
	defer stop()
	var redacted bool
	r := askwire.QueryRecord{ID: id, User: user}
	err := s.db.QueryRowContext(ctx, "SELECT started_at, backend, database_name, question, draft, trust, follows, redacted FROM query_log WHERE id = ? AND `user` = ? AND draft <> ''",
		id, user).Scan(&r.At, &r.Backend, &r.Database, &r.Question, &r.Draft, &r.Trust, &r.Follows, &redacted)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, unknown
	case err != nil:
		return nil, s.down(err)
	case redacted || strings.Contains(r.Draft, cutMark):
		return nil, askwire.Errorf(askwire.StaleQuestion, "The SQL of this id was not kept as it was: it is too long, or the "+
			"configuration keeps its values out of the logs.").WithHint("Ask the question again.")
	}
	return &r, nil
}

// recent holds the latest questions, so that an id works before its record is written, with its values where they are
// redacted, and while the server is down. Each question puts one in and hardly any is asked for, so it is a ring without an index.
type recent struct {
	mu   sync.Mutex
	ring []askwire.QueryRecord // as Asked returns them
	next int                   // the oldest
}

const (
	recentDrafts = 1000
	recentBytes  = 32 << 10 // of one draft; what is longer is looked up on the server
)

func (r *recent) get(id string) (askwire.QueryRecord, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.ring {
		if d := &r.ring[(r.next+len(r.ring)-1-i)%len(r.ring)]; d.ID == id {
			return *d, true
		}
	}
	return askwire.QueryRecord{}, false
}

// put keeps a question under the id and the time of its record.
func (r *recent) put(row *queryRow, q *askwire.QueryRecord) {
	if len(q.Draft)+len(q.Question) > recentBytes {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.ring) < recentDrafts {
		r.ring = append(r.ring, askwire.QueryRecord{})
		r.next = len(r.ring) - 1
	}
	d := &r.ring[r.next]
	r.next = (r.next + 1) % len(r.ring)
	d.ID, d.At, d.User, d.Backend, d.Database = row.ID, row.StartedAt, q.User, q.Backend, q.Database
	d.Question, d.Draft, d.Trust, d.Follows = q.Question, q.Draft, q.Trust, q.Follows
}
