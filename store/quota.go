package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"

	"github.com/askwire/askwire"
)

// quota counts in memory what each principal uses, so that a question far from its limit costs no commit; the writer
// adds the counts to the server's. Near a limit, or when the server's count was not seen for a while (other proxies
// count too), Reserve asks the server.
type quota struct {
	clock askwire.Clock

	mu      sync.Mutex
	day     string
	users   map[string]*use
	waiting bool      // some counts are not written
	taken   time.Time // when counts were last taken to be written
}

type use struct {
	server  askwire.Usage // as last read, this process's written counts included
	seen    time.Time     // when; zero = never
	pending askwire.Usage // not written yet
}

const (
	dayFormat = "2006-01-02"
	trusted   = 5 * time.Second        // that the server's count is believed
	gather    = 100 * time.Millisecond // between two writings of the counts
	nearly    = 0.9                    // of a limit: from here on every question is counted on the server first
)

func newQuota(clock askwire.Clock) *quota {
	return &quota{clock: clock, users: make(map[string]*use)}
}

// of returns the counts of a principal today. Counts of yesterday that wait to be written stay under their day.
// The caller holds mu.
func (q *quota) of(user string) *use {
	key := q.day + "\x00" + user
	u := q.users[key]
	if u == nil {
		u = &use{}
		q.users[key] = u
	}
	return u
}

// turn starts a new day when it is time, forgetting what is written. The caller holds mu.
func (q *quota) turn() time.Time {
	now := q.clock()
	if day := now.Format(dayFormat); day != q.day {
		for key, u := range q.users {
			if u.pending == (askwire.Usage{}) {
				delete(q.users, key)
			}
		}
		q.day = day
	}
	return now
}

// due is when counts should be written; a long time when none wait.
func (q *quota) due() time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.waiting {
		return time.Minute
	}
	return max(0, gather-time.Since(q.taken))
}

// take hands out what waits to be written; what cannot be written is given back with giveBack.
func (q *quota) take() []*useRow {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting, q.taken = false, time.Now()
	var rows []*useRow
	for key, u := range q.users {
		if u.pending == (askwire.Usage{}) {
			continue
		}
		waiting := u.take()
		rows = append(rows, &useRow{Day: key[:len(dayFormat)], User: key[len(dayFormat)+1:], Questions: waiting.Questions, Tokens: waiting.Tokens})
	}
	return rows
}

// take hands out what waits. Until the write has succeeded it still counts, as if the server had it.
func (u *use) take() askwire.Usage {
	waiting := u.pending
	u.server.Questions += waiting.Questions
	u.server.Tokens += waiting.Tokens
	u.pending = askwire.Usage{}
	return waiting
}

func (q *quota) giveBack(rows []*useRow) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = true
	for _, r := range rows {
		key := r.Day + "\x00" + r.User
		u := q.users[key]
		if u == nil {
			u = &use{}
			q.users[key] = u
		}
		u.pending.Questions += r.Questions
		u.pending.Tokens += r.Tokens
		u.server.Questions -= r.Questions
		u.server.Tokens -= r.Tokens
	}
}

// takeAll is take for the spool.
func (q *quota) takeAll() []entry {
	var out []entry
	for _, r := range q.take() {
		out = append(out, entry{Use: r})
	}
	return out
}

// Reserve counts one question of the principal, or refuses it with code QuotaExceeded when the day's questions or tokens
// are used up. A limit of 0 is none. When the server is down, audit = best_effort goes by what this proxy has counted.
func (s *Store) Reserve(ctx context.Context, user string, limits askwire.Limits) error {
	q := s.quota
	q.mu.Lock()
	now := q.turn()
	u := q.of(user)
	total := askwire.Usage{Questions: u.server.Questions + u.pending.Questions, Tokens: u.server.Tokens + u.pending.Tokens}
	fresh := !u.seen.IsZero() && time.Since(u.seen) < trusted
	far := below(total.Questions+1, limits.QuestionsPerDay, nearly) && below(total.Tokens, limits.TokensPerDay, nearly)
	if fresh && far {
		u.pending.Questions++
		first := !q.waiting
		q.waiting = true
		q.mu.Unlock()
		if first {
			s.wakeWriter()
		}
		return nil
	}
	q.mu.Unlock()

	left, err := s.reserveOnServer(ctx, user, limits)
	if err == nil {
		if !left {
			return exceeded(now, limits)
		}
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.failed(err)
	if s.opts.Audit == Required {
		return s.down(err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.turn()
	u = q.of(user)
	total = askwire.Usage{Questions: u.server.Questions + u.pending.Questions, Tokens: u.server.Tokens + u.pending.Tokens}
	if !below(total.Questions, limits.QuestionsPerDay, 1) || !below(total.Tokens, limits.TokensPerDay, 1) {
		return exceeded(now, limits)
	}
	u.pending.Questions++
	q.waiting = true
	return nil
}

// below reports whether n is under the fraction of the limit; no limit is never reached.
func below(n, limit int64, fraction float64) bool {
	return limit <= 0 || float64(n) < float64(limit)*fraction
}

func exceeded(now time.Time, limits askwire.Limits) error {
	y, m, d := now.Date()
	midnight := time.Date(y, m, d+1, 0, 0, 0, 0, now.Location())
	return askwire.Errorf(askwire.QuotaExceeded, "Your questions or tokens of today are used up (%s).", limitText(limits)).
		WithHint("Ask again after %s.", midnight.Format("2006-01-02 15:04 -07:00"))
}

func limitText(l askwire.Limits) string {
	switch {
	case l.QuestionsPerDay > 0 && l.TokensPerDay > 0:
		return plural(l.QuestionsPerDay, "question") + " and " + plural(l.TokensPerDay, "token") + " a day"
	case l.QuestionsPerDay > 0:
		return plural(l.QuestionsPerDay, "question") + " a day"
	}
	return plural(l.TokensPerDay, "token") + " a day"
}

// reserveOnServer writes this process's waiting counts of the principal and takes one question in the same transaction,
// if there is one left.
func (s *Store) reserveOnServer(ctx context.Context, user string, limits askwire.Limits) (left bool, err error) {
	if !s.health.ready() {
		return false, s.health.cause()
	}
	s.using.Lock()
	defer s.using.Unlock()
	q := s.quota
	q.mu.Lock()
	day := q.turn().Format(dayFormat)
	u := q.of(user)
	waiting := u.take()
	q.mu.Unlock()
	var total askwire.Usage
	for range 4 {
		if left, total, err = s.takeQuestion(ctx, user, day, waiting, limits); !deadlocked(err) {
			break
		}
	}
	if err != nil {
		q.giveBack([]*useRow{{Day: day, User: user, Questions: waiting.Questions, Tokens: waiting.Tokens}})
		return false, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	u.server, u.seen = total, time.Now()
	return left, nil
}

func (s *Store) takeQuestion(ctx context.Context, user, day string, waiting askwire.Usage, limits askwire.Limits) (
	left bool, total askwire.Usage, err error) {
	ctx, stop := context.WithTimeout(ctx, writeTimeout)
	defer stop()
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return false, total, err
	}
	defer tx.Rollback()
	// This also makes the row and locks it: what is read below cannot be changed by another proxy. TiDB reads the newest
	// state only when it is asked FOR UPDATE.
	if err = addUse(ctx, tx, &useRow{User: user, Day: day, Questions: waiting.Questions, Tokens: waiting.Tokens}); err != nil {
		return false, total, err
	}
	if total, err = readUse(ctx, tx, user, day, " FOR UPDATE"); err != nil {
		return false, total, err
	}
	left = below(total.Questions, limits.QuestionsPerDay, 1) && below(total.Tokens, limits.TokensPerDay, 1)
	if left {
		if err = addUse(ctx, tx, &useRow{User: user, Day: day, Questions: 1}); err != nil {
			return false, total, err
		}
		total.Questions++
	}
	return left, total, tx.Commit()
}

func addUse(ctx context.Context, db execer, u *useRow) error {
	_, err := db.ExecContext(ctx, "INSERT INTO quota (`user`, day, questions, tokens) VALUES (?, ?, ?, ?) "+
		"ON DUPLICATE KEY UPDATE questions = questions + VALUES(questions), tokens = tokens + VALUES(tokens)",
		short(u.User, capName), u.Day, u.Questions, u.Tokens)
	return err
}

type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func readUse(ctx context.Context, db querier, user, day, lock string) (askwire.Usage, error) {
	var u askwire.Usage
	err := db.QueryRowContext(ctx, "SELECT questions, tokens FROM quota WHERE `user` = ? AND day = ?"+lock,
		short(user, capName), day).Scan(&u.Questions, &u.Tokens)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return u, err
}

// AddTokens counts what a model read and wrote for the principal. It returns at once.
func (s *Store) AddTokens(user string, tokens int64) {
	q := s.quota
	q.mu.Lock()
	q.turn()
	q.of(user).pending.Tokens += tokens
	first := !q.waiting
	q.waiting = true
	q.mu.Unlock()
	if first {
		s.wakeWriter()
	}
}

// Usage returns what the principal has used today, as far as the server knows and this proxy has counted.
func (s *Store) Usage(ctx context.Context, user string) (askwire.Usage, error) {
	q := s.quota
	q.mu.Lock()
	day := q.turn().Format(dayFormat)
	q.mu.Unlock()
	if !s.health.ready() {
		return askwire.Usage{}, s.down(s.health.cause())
	}
	total, err := readUse(ctx, s.db, user, day, "")
	if err != nil {
		return askwire.Usage{}, s.down(err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	p := q.of(user).pending
	return askwire.Usage{Questions: total.Questions + p.Questions, Tokens: total.Tokens + p.Tokens}, nil
}

// flushUse writes the waiting counts, those of a day and principal in one statement.
func (s *Store) flushUse(ctx context.Context) {
	if !s.health.ready() {
		return
	}
	s.using.Lock()
	defer s.using.Unlock()
	rows := s.quota.take()
	if len(rows) == 0 {
		return
	}
	group := make([]entry, len(rows))
	for i, r := range rows {
		group[i] = entry{Use: r}
	}
	if err := s.writeOrReject(ctx, group); err != nil {
		s.quota.giveBack(rows)
		s.failed(err)
	}
}
