package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/askwire/askwire"
)

const (
	maxSaved    = 200             // of one principal
	maxLoaded   = 10_000          // of all; the verified ones first
	capParams   = 4000            // bytes of its parameters
	capSaved    = 16 << 10        // bytes of a question, and of its SQL: every proxy holds all of them
	pollPeriod  = 5 * time.Second // how late another proxy's change may be seen
	pollTimeout = 3 * time.Second // of one look at the version
)

// Save keeps a question of its owner and sets its ID. One of the owner's with the same name is replaced, and is verified
// no longer.
func (s *Store) Save(ctx context.Context, q *askwire.SavedQuestion) error {
	if n := utf8.RuneCountInString(q.Name); n > askwire.MaxQuestionName {
		return askwire.Errorf(askwire.NameTooLong, "The name of the question has %d characters; that of a table, which it is in the schema ask, has %d at most.", n, askwire.MaxQuestionName).
			WithHint("Save it by a shorter name.")
	}
	if len(q.Questions) != 1 || len(q.Questions[0]) > capSaved || len(q.SQL) > capSaved {
		return askwire.Errorf(askwire.TooComplex, "The question or its SQL is too long to be saved.").WithHint("Save a shorter one.")
	}
	columns, err := json.Marshal(q.Columns)
	if err != nil {
		return err
	}
	params, err := json.Marshal(q.Params)
	if err != nil {
		return err
	}
	if len(params) > capParams {
		return askwire.Errorf(askwire.TooComplex, "The parameters of the question are too long to be saved.").WithHint("Save it with fewer, or with shorter values.")
	}
	return s.change(ctx, "questions", func(ctx context.Context, tx *sql.Tx) error {
		var id string
		var others int
		if err := tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(CASE WHEN name = ? THEN id ELSE '' END), ''), COALESCE(SUM(CASE WHEN name = ? THEN 0 ELSE 1 END), 0) FROM questions WHERE `user` = ?",
			q.Name, q.Name, q.Owner).Scan(&id, &others); err != nil {
			return err
		}
		if others >= maxSaved {
			return askwire.Errorf(askwire.UserLimit, "You have %s.", plural(int64(others), "saved question")).
				WithHint("Forget one with ASK FORGET 'name'; SHOW ASK SAVED lists them.")
		}
		if id == "" {
			id = askwire.NewID()
		}
		q.ID, q.Verified, q.VerifiedBy, q.VerifiedAt = id, false, "", time.Time{}
		_, err := tx.ExecContext(ctx, "REPLACE INTO questions (id, name, `user`, backend, database_name, question, statement, columns_read, parameters, verified, verified_by, verified_at, saved_at) "+
			"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', NULL, ?)",
			q.ID, q.Name, q.Owner, q.Backend, q.Database, q.Questions[0], q.SQL, string(columns), string(params), q.SavedAt.UTC())
		return err
	})
}

// Verify marks a saved question as verified. When its SQL has changed since q was read, what was looked at is not what
// would be verified, and the answer is StaleQuestion.
func (s *Store) Verify(ctx context.Context, q *askwire.SavedQuestion, by string) error {
	columns, err := json.Marshal(q.Columns)
	if err != nil {
		return err
	}
	return s.change(ctx, "questions", func(ctx context.Context, tx *sql.Tx) error {
		var statement, question, backend, database string
		err := tx.QueryRowContext(ctx, "SELECT statement, question, backend, database_name FROM questions WHERE id = ?", q.ID).
			Scan(&statement, &question, &backend, &database)
		switch {
		case errors.Is(err, sql.ErrNoRows), err == nil && (statement != q.SQL || question != q.Questions[0] || backend != q.Backend || database != q.Database):
			return changedMeanwhile()
		case err != nil:
			return err
		}
		// The texts stand in the condition as well: between the two statements its owner may save it anew.
		res, err := tx.ExecContext(ctx, "UPDATE questions SET verified = 1, verified_by = ?, verified_at = ?, columns_read = ? WHERE id = ? AND statement = ? AND question = ?",
			by, s.opts.Clock().UTC(), string(columns), q.ID, q.SQL, q.Questions[0])
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err == nil && n == 0 {
			return changedMeanwhile()
		}
		return err
	})
}

func changedMeanwhile() error {
	return askwire.Errorf(askwire.StaleQuestion, "The saved question was changed or forgotten meanwhile.").
		WithHint("Look at it again with SHOW ASK SAVED.")
}

// Forget deletes a saved question.
func (s *Store) Forget(ctx context.Context, q *askwire.SavedQuestion) error {
	return s.change(ctx, "questions", func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM questions WHERE id = ?", q.ID)
		return err
	})
}

// change alters the saved questions or the annotations in one transaction, and has this proxy's follower see it before it
// returns.
func (s *Store) change(ctx context.Context, what string, do func(ctx context.Context, tx *sql.Tx) error) error {
	if !s.health.ready() {
		return s.down(s.health.cause())
	}
	ctx, stop := context.WithTimeout(ctx, writeTimeout)
	defer stop()
	once := func() error {
		tx, err := s.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		// Before, so that changes take turns: whoever counts what is there counts what will be there. And after, for the
		// embedded engine, which shows a change before it is committed.
		const bump = "UPDATE versions SET version = version + 1, changed_at = ? WHERE name = ?"
		if _, err := tx.ExecContext(ctx, bump, s.opts.Clock().UTC(), what); err != nil {
			return err
		}
		if err := do(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, bump, s.opts.Clock().UTC(), what); err != nil {
			return err
		}
		return tx.Commit()
	}
	err := once()
	for range 3 {
		if !deadlocked(err) {
			break
		}
		err = once()
	}
	if err != nil {
		return s.own(err)
	}
	if err := s.follow(ctx); err != nil {
		s.log.Warn("store: what changed could not be read; trying again", "error", err)
	}
	return nil
}

// own passes errors that are for people, and says of all others that the store is down.
func (s *Store) own(err error) error {
	var e *askwire.Error
	if errors.As(err, &e) {
		return e
	}
	return s.down(err)
}

func (s *Store) questions(ctx context.Context) ([]askwire.SavedQuestion, error) {
	return readQuestions(ctx, s.db, s.log)
}

// reader is a database, or one connection to it.
type reader interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func readQuestions(ctx context.Context, db reader, log *slog.Logger) ([]askwire.SavedQuestion, error) {
	rows, err := db.QueryContext(ctx, "SELECT id, name, `user`, backend, database_name, question, statement, columns_read, parameters, verified, verified_by, verified_at, saved_at "+
		"FROM questions ORDER BY verified DESC, saved_at, id LIMIT ?", maxLoaded)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []askwire.SavedQuestion
	for rows.Next() {
		var q askwire.SavedQuestion
		var question, columns, params string
		var at sql.NullTime
		if err := rows.Scan(&q.ID, &q.Name, &q.Owner, &q.Backend, &q.Database, &question, &q.SQL, &columns, &params, &q.Verified, &q.VerifiedBy, &at, &q.SavedAt); err != nil {
			return nil, err
		}
		q.Questions, q.VerifiedAt = []string{question}, at.Time
		if params == "" {
			params = "null" // saved before there were any
		}
		if err := errors.Join(json.Unmarshal([]byte(columns), &q.Columns), json.Unmarshal([]byte(params), &q.Params)); err != nil {
			log.Warn("store: a saved question is left out: its columns or parameters cannot be read", "id", q.ID, "error", err)
			continue
		}
		out = append(out, q)
	}
	return out, rows.Err()
}

// Feedback keeps what a principal says about the answer to a question of its own, in place of what it said before.
func (s *Store) Feedback(ctx context.Context, user, id string, good bool, note string) error {
	if !s.health.ready() {
		return s.down(s.health.cause())
	}
	ctx, stop := context.WithTimeout(ctx, writeTimeout)
	defer stop()
	id = strings.ToLower(id)
	r, known := s.recent.get(id)
	if !known {
		err := s.db.QueryRowContext(ctx, "SELECT `user` FROM query_log WHERE id = ?", short(id, 32)).Scan(&r.User)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return s.down(err)
		}
	}
	if r.User == "" || r.User != user {
		return askwire.Errorf(askwire.UnknownStatement, "You have asked no question with this id.").WithHint("SHOW ASK HISTORY lists yours.")
	}
	_, err := s.db.ExecContext(ctx, "INSERT INTO feedback (query_id, `user`, given_at, good, note) VALUES (?, ?, ?, ?, ?) "+
		"ON DUPLICATE KEY UPDATE given_at = VALUES(given_at), good = VALUES(good), note = VALUES(note)",
		id, user, s.opts.Clock().UTC(), good, clip(note, capText))
	if err != nil {
		return s.down(err)
	}
	return nil
}
