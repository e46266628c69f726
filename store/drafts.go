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
// redacted, and while the server is down.
type recent struct {
	mu    sync.Mutex
	byID  map[string]*askwire.QueryRecord
	order []string // ring of ids, oldest at next
	next  int
}

const (
	recentDrafts = 1000
	recentBytes  = 32 << 10 // of one draft; what is longer is looked up on the server
)

func newRecent() *recent { return &recent{byID: make(map[string]*askwire.QueryRecord)} }

func (r *recent) get(id string) (askwire.QueryRecord, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if d := r.byID[id]; d != nil {
		return *d, true
	}
	return askwire.QueryRecord{}, false
}

func (r *recent) put(id string, d askwire.QueryRecord) {
	if len(d.Draft)+len(d.Question) > recentBytes {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	at := r.byID[id]
	switch {
	case at != nil:
	case len(r.order) < recentDrafts:
		r.order = append(r.order, id)
		at = new(askwire.QueryRecord)
	default:
		at = r.byID[r.order[r.next]] // the oldest one's memory
		delete(r.byID, r.order[r.next])
		r.order[r.next] = id
		r.next = (r.next + 1) % recentDrafts
	}
	*at = d
	r.byID[id] = at
}
