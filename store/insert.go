package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
)

// write commits a group. Every statement in it may be repeated: an intent never overwrites a completion, a completion
// overwrites itself, a model call is ignored the second time.
func (s *Store) write(ctx context.Context, group []entry) error {
	if len(group) == 0 {
		return nil
	}
	ended := make(map[string]bool)
	if slices.ContainsFunc(group, func(e entry) bool { return e.Intent != nil }) {
		for _, e := range group {
			if e.Query != nil {
				ended[e.Query.ID] = true
			}
		}
	}
	var intents, queries, short, calls []valued
	var uses []*useRow
	texts := repeated(group)
	for _, e := range group {
		switch {
		case e.Intent != nil:
			if !ended[e.Intent.ID] {
				intents = append(intents, e.Intent)
			}
		case e.Query != nil && texts[e.Query.QueryTexts] != nil:
			short = append(short, (*shortRow)(e.Query))
		case e.Query != nil:
			queries = append(queries, e.Query)
		case e.Call != nil:
			calls = append(calls, e.Call)
		case e.Use != nil:
			uses = append(uses, e.Use)
		}
	}
	ctx, stop := context.WithTimeout(ctx, writeTimeout)
	defer stop()
	if len(group) == 1 && len(queries) == 1 { // a statement is a transaction
		return insert(ctx, s.db, queryInsert, queries)
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, step := range []struct {
		into *insertion
		rows []valued
	}{{intentInsert, intents}, {textInsert, inOrder(texts)}, {queryInsert, queries}, {shortInsert, short}, {callInsert, calls}} {
		rows, err := s.insertChunks(ctx, tx, step.into, step.rows)
		if err == nil {
			err = insert(ctx, tx, step.into, rows)
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

// valued is a row to be inserted.
type valued interface {
	values(to []any) []any // appends
}

// cells is a row of nothing but values.
type cells []any

func (r cells) values(to []any) []any { return append(to, r...) }

// insertion is an INSERT of any number of rows.
type insertion struct {
	table     string
	columns   []string
	fixed     []string // further columns
	constants string   // and their values, the same in every row
	tail      string
}

// Every insertion may be repeated. VALUES() is old-fashioned in MySQL, but the one form that all servers take.
var (
	intentInsert = &insertion{table: "query_records", columns: queryColumns, tail: unchanged}
	queryInsert  = &insertion{table: "query_records", columns: queryColumns, tail: overwriting(queryColumns[1:])}
	callInsert   = &insertion{table: "llm_log", columns: callColumns, tail: unchanged}

	// shortInsert is queryInsert of rows whose texts are in query_texts: the columns of their own are empty, or those of an intent.
	shortInsert = &insertion{table: "query_records", columns: shortColumns, fixed: slices.Concat([]string{"verdict", "error_number", "error", "follows"}, textColumns),
		constants: "'allowed', 0, '', ''" + strings.Repeat(", ''", 12) + strings.Repeat(", 0", len(textColumns)-12), tail: overwriting(slices.Concat(shortColumns[1:], []string{"verdict"}))}
	textInsert = &insertion{table: "query_texts", columns: slices.Concat([]string{"id", "last_at"}, textColumns), tail: " ON DUPLICATE KEY UPDATE last_at = GREATEST(last_at, VALUES(last_at))"}
)

const unchanged = " ON DUPLICATE KEY UPDATE id = VALUES(id)"

// overwriting is the tail of an INSERT whose row wins over one that is there.
func overwriting(columns []string) string {
	set := make([]string, len(columns))
	for i, c := range columns {
		set[i] = "`" + c + "` = VALUES(`" + c + "`)"
	}
	return " ON DUPLICATE KEY UPDATE " + strings.Join(set, ", ")
}

func (i *insertion) text(rows int) string {
	marks := "(" + strings.Repeat("?, ", len(i.columns)-1) + "?"
	if i.constants != "" {
		marks += ", " + i.constants
	}
	marks += ")"
	return "INSERT INTO " + i.table + " (`" + strings.Join(slices.Concat(i.columns, i.fixed), "`, `") + "`) VALUES " + strings.Repeat(marks+",", rows-1) + marks + i.tail
}

type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// insertChunks writes as many rows as fill whole chunks, and returns the rest. A prepared INSERT of many rows costs the server
// little more than half of the same one as text, which it has to parse.
func (s *Store) insertChunks(ctx context.Context, tx *sql.Tx, into *insertion, rows []valued) (rest []valued, err error) {
	for _, n := range chunks {
		for len(rows) >= n {
			key := chunk{into, n}
			st := s.inserts[key]
			if st == nil {
				if st, err = s.db.PrepareContext(ctx, into.text(n)); err != nil {
					return rows, err
				}
				s.inserts[key] = st
			}
			if err := execIn(ctx, tx, st, flat(rows[:n], len(into.columns))); err != nil {
				return rows, err
			}
			rows = rows[n:]
		}
	}
	return rows, nil
}

// chunk is a prepared INSERT of n rows.
type chunk struct {
	into *insertion
	n    int
}

// execIn runs a prepared statement in a transaction.
func execIn(ctx context.Context, tx *sql.Tx, st *sql.Stmt, args []any) error {
	here := tx.StmtContext(ctx, st)
	defer here.Close()
	_, err := here.ExecContext(ctx, args...)
	return err
}

func insert(ctx context.Context, db execer, into *insertion, rows []valued) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := db.ExecContext(ctx, into.text(len(rows)), flat(rows, len(into.columns))...)
	return err
}

func flat(rows []valued, columns int) []any {
	args := make([]any, 0, len(rows)*columns)
	for _, r := range rows {
		args = r.values(args)
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
