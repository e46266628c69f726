package store

import (
	"context"
	"database/sql"
	"strings"
)

// write commits a group. Every statement in it may be repeated: an intent never overwrites a completion, a completion
// overwrites itself, a model call is ignored the second time.
func (s *Store) write(ctx context.Context, group []entry) error {
	if len(group) == 0 {
		return nil
	}
	ended := make(map[string]bool, len(group))
	for _, e := range group {
		if e.Query != nil {
			ended[e.Query.ID] = true
		}
	}
	var intents, queries, calls [][]any
	var uses []*useRow
	for _, e := range group {
		switch {
		case e.Intent != nil:
			if !ended[e.Intent.ID] {
				intents = append(intents, e.Intent.values())
			}
		case e.Query != nil:
			queries = append(queries, e.Query.values())
		case e.Call != nil:
			calls = append(calls, e.Call.values())
		case e.Use != nil:
			uses = append(uses, e.Use)
		}
	}
	ctx, stop := context.WithTimeout(ctx, writeTimeout)
	defer stop()
	if len(group) == 1 && len(queries) == 1 { // a statement is a transaction
		return insert(ctx, s.db, "query_log", queryColumns, queries, queryUpdate)
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, step := range []struct {
		head, tail string
		columns    []string
		rows       [][]any
	}{
		{"query_log", " ON DUPLICATE KEY UPDATE id = VALUES(id)", queryColumns, intents},
		{"query_log", queryUpdate, queryColumns, queries},
		{"llm_log", " ON DUPLICATE KEY UPDATE id = VALUES(id)", callColumns, calls},
	} {
		rows, err := s.insertChunks(ctx, tx, step.head, step.columns, step.rows, step.tail)
		if err == nil {
			err = insert(ctx, tx, step.head, step.columns, rows, step.tail)
		}
		if err != nil {
			return err
		}
	}
	for _, u := range uses {
		if err := addUse(ctx, tx, u); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// queryUpdate overwrites all that a completion knows. VALUES() is old-fashioned in MySQL, but the one form that all
// servers take.
var queryUpdate = func() string {
	var b strings.Builder
	for i, c := range queryColumns[1:] {
		if i == 0 {
			b.WriteString(" ON DUPLICATE KEY UPDATE ")
		} else {
			b.WriteString(", ")
		}
		b.WriteString("`" + c + "` = VALUES(`" + c + "`)")
	}
	return b.String()
}()

type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// insertChunks writes as many rows as fill whole chunks, and returns the rest. A prepared INSERT of many rows costs the server
// little more than half of the same one as text, which it has to parse.
func (s *Store) insertChunks(ctx context.Context, tx *sql.Tx, table string, columns []string, rows [][]any, tail string) (rest [][]any, err error) {
	for len(rows) >= chunkRows {
		key := table + tail
		st := s.inserts[key]
		if st == nil {
			if st, err = s.db.PrepareContext(ctx, insertText(table, columns, chunkRows, tail)); err != nil {
				return rows, err
			}
			s.inserts[key] = st
		}
		if err := execIn(ctx, tx, st, flat(rows[:chunkRows], len(columns))); err != nil {
			return rows, err
		}
		rows = rows[chunkRows:]
	}
	return rows, nil
}

// execIn runs a prepared statement in a transaction.
func execIn(ctx context.Context, tx *sql.Tx, st *sql.Stmt, args []any) error {
	here := tx.StmtContext(ctx, st)
	defer here.Close()
	_, err := here.ExecContext(ctx, args...)
	return err
}

func insert(ctx context.Context, db execer, table string, columns []string, rows [][]any, tail string) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := db.ExecContext(ctx, insertText(table, columns, len(rows), tail), flat(rows, len(columns))...)
	return err
}

func insertText(table string, columns []string, rows int, tail string) string {
	marks := "(" + strings.Repeat("?, ", len(columns)-1) + "?)"
	return "INSERT INTO " + table + " (`" + strings.Join(columns, "`, `") + "`) VALUES " + strings.Repeat(marks+",", rows-1) + marks + tail
}

func flat(rows [][]any, columns int) []any {
	args := make([]any, 0, len(rows)*columns)
	for _, r := range rows {
		args = append(args, r...)
	}
	return args
}

// refusedForContent are the server's errors that trying again cannot change: the record itself does not fit. They should
// not occur, as texts are made valid and cut before; one bad record must not keep all others waiting for ever.
func refusedForContent(err error) bool {
	switch errorNumber(err) {
	case 1048, 1153, 1264, 1265, 1292, 1300, 1366, 1367, 1406, 3988:
		return true
	}
	return false
}

// deadlocked are deadlock, lock wait timeout, and TiDB's write conflict.
func deadlocked(err error) bool {
	switch errorNumber(err) {
	case 1205, 1213, 9007, 8022, 8028:
		return true
	}
	return false
}
